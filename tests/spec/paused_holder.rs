//! A process that was paused for longer than its lease lasts writes nothing over what came after.

use chrono::TimeDelta;
use nhost_auth_simulator::{Endpoint, GrantScript, Provider};

use crate::harness::{Answer, Cluster, Database, REFRESH, Replica};

/// What is left after a holder was overtaken while it was paused.
struct Overtaken {
    cluster: Cluster,
    paused: Replica,
    /// What the client of the paused one was told, and what the sibling had refreshed meanwhile.
    told: Answer,
    token: String,
}

async fn overtaken() -> Overtaken {
    let cluster = Cluster::over(Database::postgres().await).await;
    let (paused, sibling) = tokio::join!(cluster.start("paused"), cluster.start("sibling"));
    let script = GrantScript::rotating_with_grace(TimeDelta::minutes(5));
    let ada = cluster.connected(&paused, script).await;
    let (client, gate) = cluster.held(&ada, &paused, REFRESH, Endpoint::RefreshProviderToken).await;
    paused.process.pause();
    cluster.end_leases().await;
    let answer = {
        let refresh = tokio::spawn(ada.ask(&sibling, REFRESH));
        gate.arrived(2).await;
        // The first to have come is let go first: the paused one hears of it when it goes on.
        gate.release();
        refresh.await.unwrap().unwrap()
    };
    let token = answer.text("/refreshProviderToken/accessToken").to_owned();
    assert_eq!(cluster.generation().await, 2);
    paused.process.resume();
    let told = client.await.unwrap().unwrap();
    assert_eq!(ada.working_token(&paused).await, token);
    assert_eq!(ada.working_token(&sibling).await, token);
    let grant = cluster.simulator.grant_of(ada.id, Provider::Google).unwrap();
    assert!(cluster.simulator.grant(grant).alive);
    Overtaken { cluster, paused, told, token }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_holder_writes_nothing_over_what_its_sibling_wrote_postgres() {
    let Overtaken { cluster, told, token, .. } = overtaken().await;
    assert_eq!(told.text("/refreshProviderToken/accessToken"), token);
    assert_eq!(cluster.generation().await, 2);
    assert_eq!(cluster.events("rotated").await, 1);
    assert_eq!(cluster.simulator.calls(Endpoint::RefreshProviderToken), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_holder_says_in_its_log_that_it_was_overtaken_postgres() {
    let Overtaken { paused, .. } = overtaken().await;
    let ended = paused.stop().await;
    let says = |line: &str| line.contains("WARN") && line.contains("overtook");
    assert!(ended.stderr.lines().any(says), "{}", ended.stderr);
}
