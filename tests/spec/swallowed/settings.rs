//! What PostgreSQL is told to do about clients that are gone, and what happens where it is not.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_gives_up_what_nobody_waits_for() {
    let it = Swallowed::new().await;
    let ada = it.connected().await;
    let db = it.cluster.database.connect().await;
    let lock = sea_orm::TransactionTrait::begin(&db).await.unwrap();
    let locked = "LOCK TABLE provider_connection IN ACCESS EXCLUSIVE MODE";
    sea_orm::ConnectionTrait::execute_unprepared(&lock, locked).await.unwrap();
    is_away(&ada.read(&it.server).await);
    let waiting = "SELECT COUNT(*) FROM pg_locks \
                   WHERE NOT granted AND relation = 'provider_connection'::regclass";
    until(async || it.cluster.database.number(waiting).await == 0).await;
    lock.rollback().await.unwrap();
    ada.working_token(&it.server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_takes_no_time_limits_is_connected_to_without_them_postgres() {
    let mut cluster = Cluster::over(Database::postgres().await).await;
    let proxy = Proxy::to(&cluster.database.url).await;
    proxy.refuse_options();
    cluster.database_url = proxy.url(&cluster.database.url);
    let mut server = cluster.start("server").await;
    let ada = cluster.connected(&server, GrantScript::stable()).await;
    let all = (0..12).map(|_| ada.ask(&server, READ));
    for answer in futures_util::future::join_all(all).await {
        answer.unwrap().text("/providerConnection/accessToken");
    }
    server.logged(&["does not accept time limits", "docs/operations.md"]).await;
    let ended = server.stop().await;
    assert_eq!(ended.stderr.matches("does not accept time limits").count(), 1, "{}", ended.stderr);
}
