//! A database that fails between an upstream's answer and its commit: the tokens are kept until
//! they can be written, and are written once.

use nhost_auth_simulator::{Endpoint, Gate, GrantScript, Provider};
use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::harness::{
    AtCommit, CONNECT, Call, Cluster, Database, Member, Proxy, REFRESH, Replica, until,
};

/// What the operator reads while tokens wait for the database.
const NOT_WRITTEN: &[&str] =
    &["new tokens could not be written to the database yet", "safe in the spool", "Check that"];

/// How many connections the server may have.
const CONNECTIONS: &str = "3";

const LIST: &str = "{ providerConnections { provider status } }";
/// What only the statement of a list has.
const LISTS: &str = "ORDER BY \"provider\" ASC";

/// A process whose way to the database can be broken.
struct Faulty {
    cluster: Cluster,
    proxy: Proxy,
    server: Replica,
}

impl Faulty {
    async fn new() -> Self {
        let database = Database::postgres().await;
        let url = database.url.clone();
        Self::at(database, &url).await
    }

    /// A server that reaches the database by this URL, through the proxy.
    async fn at(database: Database, url: &str) -> Self {
        let mut cluster = Cluster::over(database).await;
        let proxy = Proxy::to(url).await;
        cluster.database_url = proxy.url(url);
        let binary = cluster.binary("server").env("DATABASE_MAX_CONNECTIONS", CONNECTIONS);
        let server = Replica::start(binary).await;
        Self { cluster, proxy, server }
    }

    /// A user who has connected with a refresh token that is good once.
    async fn connected(&self) -> Member {
        self.cluster.connected(&self.server, GrantScript::rotating_single_use()).await
    }

    async fn held_refresh(&self, ada: &Member) -> (Call, Gate) {
        self.cluster.held(ada, &self.server, REFRESH, Endpoint::RefreshProviderToken).await
    }

    /// The client was given the new token, which is in the row, once, and works.
    async fn refreshed_once(&self, ada: &Member, call: Call) {
        let answer = call.await.unwrap().unwrap();
        let token = answer.text("/refreshProviderToken/accessToken");
        // It may have been answered from memory, as it is until the server knows of the commit.
        self.cluster.until_generation(2).await;
        until(async || self.cluster.spooled("server").is_empty()).await;
        assert_eq!(ada.working_token(&self.server).await, token);
        let cluster = &self.cluster;
        assert_eq!((cluster.generation().await, cluster.events("rotated").await), (2, 1));
        assert_eq!(cluster.simulator.calls(Endpoint::RefreshProviderToken), 1);
        // The refresh token in the row is the one that the provider still takes.
        cluster.expire_tokens().await;
        assert_ne!(ada.working_token(&self.server).await, token);
        let grant = cluster.simulator.grant_of(ada.id, Provider::Google).unwrap();
        assert!(cluster.simulator.grant(grant).alive);
    }

    async fn connected_once(&self, ada: &Member, call: Call) {
        let answer = call.await.unwrap().unwrap();
        let token = answer.text("/connectProvider/accessToken");
        self.cluster.until_generation(1).await;
        assert_eq!(ada.working_token(&self.server).await, token);
        let cluster = &self.cluster;
        assert_eq!((cluster.generation().await, cluster.events("connected").await), (1, 1));
        assert_eq!(cluster.simulator.calls(Endpoint::ProviderTokens), 1);
    }

    fn sign_in(&self) -> Member {
        let ada = self.cluster.member("ada@example.com");
        let script = GrantScript::rotating_single_use();
        self.cluster.simulator.sign_in(ada.id, Provider::Google, script);
        ada
    }
}

/// New tokens whose commit was refused, because the database had become read-only.
struct ReadOnly {
    faulty: Faulty,
    ada: Member,
    call: Call,
    /// The statement after which new connections may write.
    writable: String,
}

impl ReadOnly {
    async fn new() -> Self {
        let database = Database::postgres().await;
        let role = database.role("").await;
        let mut faulty = Faulty::at(database, &role.url).await;
        let ada = faulty.connected().await;
        let (call, gate) = faulty.held_refresh(&ada).await;
        let read_only =
            |on| format!("ALTER ROLE {} SET default_transaction_read_only = {on}", role.name);
        faulty.cluster.database.execute(&read_only("on")).await;
        faulty.proxy.cut();
        gate.release();
        faulty.server.logged(NOT_WRITTEN).await;
        faulty.server.logged(&["read-only transaction", "reachable and writable"]).await;
        Self { writable: read_only("off"), faulty, ada, call }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_cut_before_the_commit_loses_nothing_postgres() {
    let mut faulty = Faulty::new().await;
    let ada = faulty.connected().await;
    faulty.proxy.cut_next(AtCommit::BeforeItIsSent);
    let call = tokio::spawn(ada.ask(&faulty.server, REFRESH));
    faulty.refreshed_once(&ada, call).await;
    faulty.server.logged(NOT_WRITTEN).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_looked_up_postgres() {
    let mut faulty = Faulty::new().await;
    let ada = faulty.connected().await;
    faulty.proxy.cut_next(AtCommit::BeforeItIsAnswered);
    let call = tokio::spawn(ada.ask(&faulty.server, REFRESH));
    faulty.refreshed_once(&ada, call).await;
    faulty.server.logged(NOT_WRITTEN).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_looked_up_once_the_database_is_back_postgres() {
    let mut faulty = Faulty::new().await;
    let ada = faulty.connected().await;
    faulty.proxy.go_down(AtCommit::BeforeItIsAnswered);
    let call = tokio::spawn(ada.ask(&faulty.server, REFRESH));
    faulty.server.logged(NOT_WRITTEN).await;
    faulty.proxy.up_for_a_transaction();
    faulty.refreshed_once(&ada, call).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connect_whose_commit_is_not_answered_is_looked_up_postgres() {
    let mut faulty = Faulty::new().await;
    let ada = faulty.sign_in();
    faulty.proxy.cut_next(AtCommit::BeforeItIsAnswered);
    let call = tokio::spawn(ada.ask(&faulty.server, CONNECT));
    faulty.server.logged(NOT_WRITTEN).await;
    faulty.connected_once(&ada, call).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connect_whose_commit_is_not_answered_is_looked_up_once_the_database_is_back_postgres() {
    let mut faulty = Faulty::new().await;
    let ada = faulty.sign_in();
    faulty.proxy.go_down(AtCommit::BeforeItIsAnswered);
    let call = tokio::spawn(ada.ask(&faulty.server, CONNECT));
    faulty.server.logged(NOT_WRITTEN).await;
    faulty.proxy.up_for_a_transaction();
    faulty.connected_once(&ada, call).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_were_refreshed_while_the_database_is_away_are_written_when_it_is_back_postgres()
 {
    let mut faulty = Faulty::new().await;
    let ada = faulty.connected().await;
    let (call, gate) = faulty.held_refresh(&ada).await;
    faulty.proxy.down();
    gate.release();
    faulty.server.logged(NOT_WRITTEN).await;
    assert_eq!(faulty.cluster.generation().await, 1);
    faulty.proxy.up();
    faulty.refreshed_once(&ada, call).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_was_fetched_while_the_database_is_away_is_kept_when_it_is_back_postgres() {
    let mut faulty = Faulty::new().await;
    let ada = faulty.sign_in();
    let (call, gate) =
        faulty.cluster.held(&ada, &faulty.server, CONNECT, Endpoint::ProviderTokens).await;
    faulty.proxy.down();
    gate.release();
    faulty.server.logged(NOT_WRITTEN).await;
    faulty.proxy.up();
    faulty.connected_once(&ada, call).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_freezes_only_delays_the_commit_postgres() {
    let faulty = Faulty::new().await;
    let ada = faulty.connected().await;
    let (call, gate) = faulty.held_refresh(&ada).await;
    faulty.proxy.freeze();
    gate.release();
    faulty.proxy.holds_back().await;
    assert_eq!(faulty.cluster.generation().await, 1);
    faulty.proxy.thaw();
    faulty.refreshed_once(&ada, call).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_freezes_and_then_breaks_loses_nothing_postgres() {
    let mut faulty = Faulty::new().await;
    let ada = faulty.connected().await;
    let (call, gate) = faulty.held_refresh(&ada).await;
    faulty.proxy.freeze();
    gate.release();
    faulty.proxy.holds_back().await;
    faulty.proxy.down();
    faulty.proxy.thaw();
    faulty.server.logged(NOT_WRITTEN).await;
    faulty.proxy.up();
    faulty.refreshed_once(&ada, call).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_written_once_a_database_that_became_read_only_can_be_written_postgres() {
    let ReadOnly { faulty, ada, call, writable } = ReadOnly::new().await;
    // A switch-over ends the connections to what was the replica.
    faulty.cluster.database.execute(&writable).await;
    faulty.proxy.cut();
    faulty.refreshed_once(&ada, call).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_written_after_a_failover_that_leaves_the_old_primary_read_only_postgres() {
    let ReadOnly { faulty, ada, call, writable } = ReadOnly::new().await;
    // The name leads to the new primary now. Nothing ends the connections to the old one, which is up.
    faulty.cluster.database.execute(&writable).await;
    faulty.refreshed_once(&ada, call).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_written_once_a_database_that_ran_out_of_connections_has_one_postgres() {
    let database = Database::postgres().await;
    let role = database.role(&format!("CONNECTION LIMIT {CONNECTIONS}")).await;
    let mut faulty = Faulty::at(database, &role.url).await;
    let ada = faulty.connected().await;
    let (call, gate) = faulty.held_refresh(&ada).await;
    faulty.proxy.down();
    let others =
        faulty.cluster.database.hold_connections(&role.url, CONNECTIONS.parse().unwrap()).await;
    faulty.proxy.up();
    gate.release();
    faulty.server.logged(NOT_WRITTEN).await;
    faulty.proxy.refused("too many connections").await;
    assert_eq!(faulty.cluster.generation().await, 1);
    for other in others {
        other.close().await.unwrap();
    }
    faulty.refreshed_once(&ada, call).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_that_ends_every_backend_loses_nothing_postgres() {
    let mut faulty = Faulty::new().await;
    let ada = faulty.connected().await;
    let (call, gate) = faulty.held_refresh(&ada).await;
    faulty.cluster.database.execute(&faulty.proxy.terminate_backends()).await;
    gate.release();
    faulty.server.logged(NOT_WRITTEN).await;
    faulty.refreshed_once(&ada, call).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_upstream_is_called_while_its_answer_could_not_be_written_postgres() {
    let mut faulty = Faulty::new().await;
    let ada = faulty.connected().await;
    let bob = faulty.cluster.member("bob@example.com");
    faulty.cluster.simulator.sign_in(bob.id, Provider::Google, GrantScript::stable());
    faulty.cluster.expire_tokens().await;
    let fetched = faulty.cluster.simulator.calls(Endpoint::ProviderTokens);
    faulty.proxy.down();
    for answer in [
        ada.read(&faulty.server).await,
        ada.refresh(&faulty.server).await,
        bob.connect(&faulty.server).await,
    ] {
        answer.at("/errors/0/message");
    }
    faulty.server.logged(&["the database failed: check that it is up"]).await;
    assert_eq!(faulty.cluster.simulator.calls(Endpoint::RefreshProviderToken), 0);
    assert_eq!(faulty.cluster.simulator.calls(Endpoint::ProviderTokens), fetched);
    faulty.proxy.up();
    ada.working_token(&faulty.server).await;
    bob.connect(&faulty.server).await.data("/connectProvider/id");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_has_a_connection_that_is_written_while_it_is_read_postgres() {
    let faulty = Faulty::new().await;
    let (cluster, ada) = (&faulty.cluster, faulty.sign_in());
    let (call, gate) = cluster.held(&ada, &faulty.server, CONNECT, Endpoint::ProviderTokens).await;
    // The row is there by now, without tokens, and nobody can write to it.
    let lock = cluster.database.connect().await.begin().await.unwrap();
    let writes_wait = "LOCK TABLE provider_connection IN SHARE ROW EXCLUSIVE MODE";
    lock.execute_unprepared(writes_wait).await.unwrap();
    gate.release();
    // From memory.
    call.await.unwrap().unwrap();
    faulty.proxy.delay_answer(LISTS);
    let list = tokio::spawn(ada.ask(&faulty.server, LIST));
    // PostgreSQL has read the table: nothing is in it yet.
    faulty.proxy.holds_back().await;
    lock.commit().await.unwrap();
    cluster.until_generation(1).await;
    until(async || cluster.spooled("server").is_empty()).await;
    faulty.proxy.end_delay();
    let list = list.await.unwrap().unwrap();
    assert_eq!(list.text("/providerConnections/0/provider"), "google");
}
