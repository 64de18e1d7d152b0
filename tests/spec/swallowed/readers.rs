//! While the database is away all who read are told so, together and soon.

use super::*;

/// A herd of readers, each for somebody else.
async fn all_fail_together(it: &Swallowed) {
    let members: Vec<_> =
        (0..24).map(|n| it.cluster.member(&format!("reader-{n}@example.com"))).collect();
    let since = Instant::now();
    // They come one after the other, so that some find a statement under way.
    let reads = members.iter().enumerate().map(|(n, member)| {
        let read = member.ask(&it.server, READ);
        async move {
            tokio::time::sleep(Duration::from_millis(50 * n as u64)).await;
            let asked = Instant::now();
            (read.await.unwrap(), asked.elapsed())
        }
    });
    for (answer, took) in futures_util::future::join_all(reads).await {
        is_away(&answer);
        // Under three seconds, and what a busy machine adds.
        assert!(took < Duration::from_millis(4_500), "{took:?}");
    }
    assert!(since.elapsed() < Duration::from_secs(8), "{:?}", since.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_fail_together_while_the_network_swallows_postgres() {
    let it = Swallowed::new().await;
    let ada = it.connected().await;
    it.proxy.swallow();
    all_fail_together(&it).await;
    it.recovers(&ada, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_fail_together_while_postgres_is_stopped() {
    let it = Swallowed::new().await;
    it.connected().await;
    it.proxy.stop();
    all_fail_together(&it).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_needs_the_database_is_answered_in_seconds_while_it_is_away_postgres() {
    let it = Swallowed::new().await;
    let ada = it.connected().await;
    let bob = it.cluster.member("bob@example.com");
    it.cluster.simulator.sign_in(bob.id, Provider::Google, GrantScript::stable());
    it.cluster.expire_tokens().await;
    let fetched = it.cluster.simulator.calls(Endpoint::ProviderTokens);
    it.proxy.swallow();
    let since = Instant::now();
    let ready = reqwest::get(format!("{}/readyz", it.server.url));
    let (read, refreshed, disconnected, connected, ready) = tokio::join!(
        ada.read(&it.server),
        ada.refresh(&it.server),
        ada.ask(&it.server, crate::harness::DISCONNECT),
        bob.connect(&it.server),
        ready,
    );
    for answer in [read, refreshed, disconnected.unwrap(), connected] {
        is_away(&answer);
    }
    assert_eq!(ready.unwrap().status(), 503);
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    // Nobody was called whose answer could not have been kept.
    assert_eq!(it.cluster.simulator.calls(Endpoint::RefreshProviderToken), 0);
    assert_eq!(it.cluster.simulator.calls(Endpoint::ProviderTokens), fetched);
    it.proxy.restore();
    until(async || !it.has_failed(&bob, CONNECT).await).await;
    ada.working_token(&it.server).await;
}
