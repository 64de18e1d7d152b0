//! A network that swallows what is sent to PostgreSQL, and tells nobody: connections stay open,
//! nothing comes back. Nothing is lost, everybody has an answer in seconds, and when the network is
//! back this server is too, without a restart.

mod moments;
mod readers;
mod settings;

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use serde_json::Value;

use crate::harness::{
    Answer, AtCommit, CONNECT, Call, Cluster, Database, LIMIT, Member, Proxy, READ, REFRESH,
    Replica, Socket, until,
};

/// How long it may take after the network's return until all is as it was.
const RECOVERY: Duration = Duration::from_secs(15);

/// A process whose way to PostgreSQL can be swallowed.
struct Swallowed {
    cluster: Cluster,
    proxy: Proxy,
    server: Replica,
}

impl Swallowed {
    async fn new() -> Self {
        Self::with(&[]).await
    }

    async fn with(settings: &[(&str, &str)]) -> Self {
        let mut cluster = Cluster::over(Database::postgres().await).await;
        let proxy = Proxy::to(&cluster.database.url).await;
        cluster.database_url = proxy.url(&cluster.database.url);
        let mut binary = cluster.binary("server").env("DATABASE_MAX_CONNECTIONS", "3");
        for (name, value) in settings {
            binary = binary.env(name, value);
        }
        let server = Replica::start(binary).await;
        Self { cluster, proxy, server }
    }

    /// A user who has connected with a refresh token that is good once.
    async fn connected(&self) -> Member {
        self.cluster.connected(&self.server, GrantScript::rotating_single_use()).await
    }

    /// A call whose upstream's answer comes when the network swallows already.
    async fn call_into(&self, ada: &Member, query: &str, endpoint: Endpoint) -> Call {
        let (call, gate) = self.cluster.held(ada, &self.server, query, endpoint).await;
        self.proxy.swallow();
        gate.release();
        call
    }

    /// The network is back: the row has the tokens of the `generation` and the spool is empty.
    async fn recovers(&self, ada: &Member, generation: i64) {
        let restored = Instant::now();
        self.proxy.restore();
        self.cluster.until_generation(generation).await;
        until(async || self.cluster.spooled("server").is_empty()).await;
        until(async || !self.has_failed(ada, READ).await).await;
        took(restored);
    }

    async fn has_failed(&self, ada: &Member, query: &str) -> bool {
        !ada.ask(&self.server, query).await.unwrap().0["errors"].is_null()
    }
}

/// Says how long the recovery took, for whoever measures it.
fn took(restored: Instant) {
    let elapsed = restored.elapsed();
    eprintln!("recovered after {elapsed:?}");
    assert!(elapsed < RECOVERY, "it took {elapsed:?}");
}

/// What a user reads while the database is away.
fn is_away(answer: &Answer) {
    assert_eq!(answer.code(), "INTERNAL");
    let message = answer.at("/errors/0/message").as_str().unwrap();
    assert!(message.starts_with("The database can't be reached right now."), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_came_when_the_network_swallows_are_served_and_written_when_it_is_back_postgres()
 {
    let mut it = Swallowed::new().await;
    let ada = it.connected().await;
    let call = it.call_into(&ada, REFRESH, Endpoint::RefreshProviderToken).await;
    let answer = call.await.unwrap().unwrap();
    let token = answer.text("/refreshProviderToken/accessToken");
    assert_eq!(it.cluster.spooled("server").len(), 1);
    // From memory: the database is not even asked, which would take seconds each time.
    let since = Instant::now();
    for _ in 0..10 {
        assert_eq!(ada.working_token(&it.server).await, token);
    }
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    it.server.logged(&["new tokens could not be written", "safe in the spool"]).await;
    assert_eq!(it.cluster.generation().await, 1);
    it.recovers(&ada, 2).await;
    assert_eq!(ada.working_token(&it.server).await, token);
    assert_eq!(it.cluster.events("rotated").await, 1);
    assert_eq!(it.cluster.simulator.calls(Endpoint::RefreshProviderToken), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_came_when_the_network_swallows_is_kept_when_it_is_back_postgres() {
    let it = Swallowed::new().await;
    let ada = it.cluster.member("ada@example.com");
    it.cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::rotating_single_use());
    let call = it.call_into(&ada, CONNECT, Endpoint::ProviderTokens).await;
    let answer = call.await.unwrap().unwrap();
    let token = answer.text("/connectProvider/accessToken");
    assert_eq!(it.cluster.spooled("server").len(), 1);
    assert_eq!(ada.working_token(&it.server).await, token);
    it.recovers(&ada, 1).await;
    assert_eq!(ada.working_token(&it.server).await, token);
    assert_eq!(it.cluster.events("connected").await, 1);
}

async fn swallowed_at_the_commit(when: AtCommit) {
    let it = Swallowed::new().await;
    let ada = it.connected().await;
    it.proxy.swallow_at_commit(when);
    let answer = ada.refresh(&it.server).await;
    let token = answer.text("/refreshProviderToken/accessToken");
    assert!(it.proxy.swallows());
    assert_eq!(ada.working_token(&it.server).await, token);
    it.recovers(&ada, 2).await;
    assert_eq!(ada.working_token(&it.server).await, token);
    assert_eq!((it.cluster.generation().await, it.cluster.events("rotated").await), (2, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_swallowed_is_made_once_postgres() {
    swallowed_at_the_commit(AtCommit::BeforeItIsSent).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_swallowed_is_not_made_again_postgres() {
    swallowed_at_the_commit(AtCommit::BeforeItIsAnswered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_were_all_forgotten_while_they_were_idle_are_replaced_postgres() {
    let it = Swallowed::new().await;
    let ada = it.connected().await;
    // As many at once as there may be.
    let all = (0..12)
        .map(|_| ada.ask(&it.server, "{ providerConnections { events { nodes { kind } } } }"));
    for answer in futures_util::future::join_all(all).await {
        answer.unwrap();
    }
    it.proxy.swallow();
    it.recovers(&ada, 1).await;
    // All of them, not the one that was found out.
    let restored = Instant::now();
    let all = (0..12).map(|_| ada.ask(&it.server, READ));
    for answer in futures_util::future::join_all(all).await {
        answer.unwrap().text("/providerConnection/accessToken");
    }
    took(restored);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_cut_off_alone_loses_nothing_while_another_goes_on_postgres() {
    let it = Swallowed::new().await;
    let other = it.cluster.binary("other").env("DATABASE_URL", &it.cluster.database.url);
    let other = Replica::start(other).await;
    let script = GrantScript::rotating_with_grace(TimeDelta::hours(1));
    let ada = it.cluster.connected(&it.server, script).await;
    let call = it.call_into(&ada, REFRESH, Endpoint::RefreshProviderToken).await;
    call.await.unwrap().unwrap().text("/refreshProviderToken/accessToken");
    ada.working_token(&it.server).await;
    // The other takes the lease over, and refreshes with what the database has.
    it.cluster.end_leases().await;
    let answer = ada.refresh(&other).await;
    let token = answer.text("/refreshProviderToken/accessToken");
    assert_eq!(it.cluster.generation().await, 2);
    it.recovers(&ada, 2).await;
    // What came later stands, and works at both.
    assert_eq!(ada.working_token(&other).await, token);
    assert_eq!(ada.working_token(&it.server).await, token);
    it.cluster.expire_tokens().await;
    ada.working_token(&it.server).await;
    let grant = it.cluster.simulator.grant_of(ada.id, Provider::Google).unwrap();
    assert!(it.cluster.simulator.grant(grant).alive);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_is_told_of_changes_again_when_the_network_is_back_postgres() {
    let mut it = Swallowed::new().await;
    let one = it.cluster.binary("one").env("DATABASE_URL", &it.cluster.database.url);
    let one = Replica::start(one).await;
    let ada = it.cluster.member("ada@example.com");
    let mut socket = Socket::subscribed(&it.server.url, ada.jwt()).await;
    it.server.logged(&["by LISTEN"]).await;
    it.proxy.swallow();
    let restored = Instant::now();
    it.proxy.restore();
    // It says that it may have missed something, and hears what comes then.
    socket.gap().await;
    took(restored);
    it.cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::stable());
    ada.connect(&one).await.data("/connectProvider/id");
    assert_eq!(socket.event().await["event"]["kind"], Value::from("CONNECTED"));
}
