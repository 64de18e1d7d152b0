//! How the events of all replicas come to the subscribers of each: as PostgreSQL tells of them, and
//! where it can't, by looking.

use std::sync::Arc;

use nhost_auth_simulator::{GrantScript, Provider};
use provider_connections::store::{Carried, Network, Now, StoreError};
use sea_orm::{ConnectionTrait, DbErr, RuntimeErr, TransactionTrait};
use uuid::Uuid;

use crate::harness::{Cluster, DISCONNECT, Database, Proxy, Replica, Socket, until};

async fn two() -> (Cluster, Replica, Replica) {
    let cluster = Cluster::over(Database::postgres().await).await;
    let (one, other) = (cluster.start("one").await, cluster.start("other").await);
    (cluster, one, other)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_listen_a_change_on_one_replica_reaches_another_within_a_second_postgres() {
    let (cluster, one, mut other) = two().await;
    let ada = cluster.member("ada@example.com");
    let mut socket = Socket::subscribed(&other.url, ada.jwt()).await;
    other.logged(&["by LISTEN"]).await;
    cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::stable());
    ada.connect(&one).await.data("/connectProvider/id");
    let since = std::time::Instant::now();
    assert_eq!(socket.event().await["event"]["kind"], "CONNECTED");
    assert!(since.elapsed().as_millis() < 1_000, "{:?}", since.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_listen_is_taken_and_nothing_comes_the_table_is_polled_postgres() {
    let cluster = Cluster::over(Database::postgres().await).await;
    let one = cluster.start("one").await;
    let proxy = Proxy::to(&cluster.database.url).await;
    proxy.deafen();
    let pooled = cluster.binary("other").env("DATABASE_URL", &proxy.url(&cluster.database.url));
    let mut other = Replica::start(pooled).await;
    let ada = cluster.member("ada@example.com");
    let mut socket = Socket::subscribed(&other.url, ada.jwt()).await;
    other.logged(&["by polling", "nothing arrives", "DATABASE_DIRECT_URL"]).await;
    cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::stable());
    ada.connect(&one).await.data("/connectProvider/id");
    assert_eq!(socket.event().await["event"]["kind"], "CONNECTED");
    ada.ask(&one, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
    assert_eq!(socket.event().await["event"]["kind"], "DISCONNECTED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_a_pooler_it_listens_at_the_direct_address_postgres() {
    let cluster = Cluster::over(Database::postgres().await).await;
    let proxy = Proxy::to(&cluster.database.url).await;
    proxy.deafen();
    let binary = cluster.binary("one").env("DATABASE_URL", &proxy.url(&cluster.database.url));
    let mut server = Replica::start(binary.env("DATABASE_DIRECT_URL", &cluster.database.url)).await;
    let ada = cluster.member("ada@example.com");
    let mut socket = Socket::subscribed(&server.url, ada.jwt()).await;
    server.logged(&["by LISTEN"]).await;
    cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::stable());
    ada.connect(&server).await.data("/connectProvider/id");
    assert_eq!(socket.event().await["event"]["kind"], "CONNECTED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_listening_connection_was_killed_a_gap_is_told_and_no_change_is_lost_postgres() {
    let cluster = Cluster::over(Database::postgres().await).await;
    let proxy = Proxy::to(&cluster.database.url).await;
    let one = cluster.start("one").await;
    let direct =
        cluster.binary("other").env("DATABASE_DIRECT_URL", &proxy.url(&cluster.database.url));
    let mut other = Replica::start(direct).await;
    let ada = cluster.member("ada@example.com");
    let mut socket = Socket::subscribed(&other.url, ada.jwt()).await;
    other.logged(&["by LISTEN"]).await;
    cluster.database.execute(&proxy.terminate_backends()).await;
    other.logged(&["listen on is lost"]).await;
    // It listens again, and says that it may have missed something.
    socket.gap().await;
    cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::stable());
    ada.connect(&one).await.data("/connectProvider/id");
    assert_eq!(socket.event().await["event"]["kind"], "CONNECTED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_subscribers_nobody_listens_postgres() {
    let cluster = Cluster::over(Database::postgres().await).await;
    let role = cluster.database.role("").await;
    let server = Replica::start(cluster.binary("one").env("DATABASE_URL", &role.url)).await;
    let ada = cluster.member("ada@example.com");
    let own = format!(
        "SELECT COUNT(*) FROM pg_stat_activity \
         WHERE usename = '{}' AND application_name = 'provider-connections live'",
        role.name
    );
    assert_eq!(cluster.database.number(&own).await, 0);
    let first = Socket::subscribed(&server.url, ada.jwt()).await;
    let second = Socket::subscribed(&server.url, ada.jwt()).await;
    assert_eq!(cluster.database.number(&own).await, 1);
    drop((first, second));
    until(async || cluster.database.number(&own).await == 0).await;
    // And whoever comes then is told as the first was.
    Socket::subscribed(&server.url, ada.jwt()).await;
}

fn event(user_id: Uuid, kind: &str) -> String {
    format!(
        "WITH appended AS (INSERT INTO provider_connection_event \
         (connection_id, user_id, provider, kind, actor, at, times) VALUES \
         ('{user_id}', '{user_id}', 'google', '{kind}', 'worker', now(), 1) RETURNING id, user_id) \
         SELECT pg_notify('provider_connection_event', user_id || ' ' || id) FROM appended"
    )
}

async fn out_of_order(cluster: &Cluster, socket: &mut Socket, user_id: Uuid) {
    let (early, late) = (cluster.database.connect().await, cluster.database.connect().await);
    let begun_first = early.begin().await.unwrap();
    begun_first.execute_unprepared(&event(user_id, "refreshed")).await.unwrap();
    late.execute_unprepared(&event(user_id, "rotated")).await.unwrap();
    // The later id is there, and was told.
    assert_eq!(socket.kinds(1).await, ["ROTATED"]);
    begun_first.commit().await.unwrap();
    assert_eq!(socket.kinds(1).await, ["REFRESHED"]);
    // Neither comes twice.
    late.execute_unprepared(&event(user_id, "connected")).await.unwrap();
    assert_eq!(socket.kinds(1).await, ["CONNECTED"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_are_committed_out_of_order_are_all_told_once_postgres() {
    let cluster = Cluster::over(Database::postgres().await).await;
    let proxy = Proxy::to(&cluster.database.url).await;
    proxy.deafen();
    let pooled = cluster.binary("polls").env("DATABASE_URL", &proxy.url(&cluster.database.url));
    for (name, mut server) in
        [("by LISTEN", cluster.start("hears").await), ("by polling", Replica::start(pooled).await)]
    {
        let ada = cluster.member(&format!("{}@example.com", name.replace(' ', "-")));
        let mut socket = Socket::subscribed(&server.url, ada.jwt()).await;
        server.logged(&[name]).await;
        out_of_order(&cluster, &mut socket, ada.id).await;
    }
}

/// A network on which every statement fails like this.
#[derive(Debug)]
struct Fails(fn() -> DbErr);

#[async_trait::async_trait]
impl Network for Fails {
    async fn carry(&self, _: Carried) -> Result<(), DbErr> {
        Err((self.0)())
    }
}

#[tokio::test]
async fn a_server_does_not_start_before_it_knows_whether_it_can_notify_postgres() {
    let store = Database::postgres().await.open(Now::Database).await;
    assert!(store.notifies());

    let unanswered = || DbErr::Conn(RuntimeErr::Internal("no answer".to_owned()));
    let store = store.through(Arc::new(Fails(unanswered)));
    let error = store.clone().with_notifications().await.err();
    assert!(matches!(error, Some(StoreError::Unavailable(_))), "{error:?}");

    let no_such_function = || DbErr::Custom("unknown function: pg_notify()".to_owned());
    let store = store.through(Arc::new(Fails(no_such_function)));
    assert!(!store.with_notifications().await.unwrap().notifies());
}
