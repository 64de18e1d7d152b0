//! On PostgreSQL a migration waits for others; nobody waits for it.

use migration::{Migrator, MigratorTrait};
use nhost_auth_simulator::GrantScript;
use sea_orm::{ConnectionTrait, TransactionTrait};

use super::next_release::{self, INDEX};
use crate::harness::{Cluster, Database, until};

const NEXT: [&str; 2] = ["m29990101_000001_expand", "m29990101_000002_large_index"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_that_waits_for_a_table_holds_nobody_up_postgres() {
    let cluster = Cluster::over(Database::postgres_apart().await).await;
    let server = cluster.start("server").await;
    let ada = cluster.connected(&server, GrantScript::stable()).await;
    let db = cluster.database.connect().await;
    // Such as a report that somebody runs.
    let report = db.begin().await.unwrap();
    report.execute_unprepared("LOCK TABLE provider_connection IN ACCESS SHARE MODE").await.unwrap();
    let store = cluster.database.store().await;
    let migrating = tokio::spawn(async move { store.apply(&next_release::migrations()).await });
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock' \
                 AND relation = to_regclass('provider_connection')";
    for _ in 0..2 {
        until(async || cluster.database.number(waits).await > 0).await;
        ada.working_token(&server).await;
    }
    assert!(!migrating.is_finished());
    report.rollback().await.unwrap();
    assert_eq!(migrating.await.unwrap().unwrap(), NEXT);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_is_built_while_rows_are_written_and_anew_after_a_kill_postgres() {
    let cluster = Cluster::over(Database::postgres_apart().await).await;
    let server = cluster.start("server").await;
    let ada = cluster.connected(&server, GrantScript::stable()).await;
    let database = &cluster.database;
    let db = database.connect().await;
    // It sees the table as it was: the index is not good for it, and waits for its end.
    let report = db.begin().await.unwrap();
    let old = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ";
    report.execute_unprepared(old).await.unwrap();
    report.execute_unprepared("SELECT 1").await.unwrap();
    let store = database.store().await;
    let migrating = tokio::spawn(async move { store.apply(&next_release::migrations()).await });
    let index = |valid: bool| {
        let not = if valid { "" } else { "NOT" };
        format!(
            "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('{INDEX}') \
             AND {not} indisvalid"
        )
    };
    until(async || database.number(&index(false)).await == 1).await;
    cluster.expire_tokens().await;
    ada.working_token(&server).await;
    assert!(!migrating.is_finished());
    // Whoever builds it is killed.
    let builder = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
         WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' AND pid IN \
         (SELECT pid FROM pg_locks WHERE relation = to_regclass('provider_connection_event'))";
    assert_eq!(database.number(builder).await, 1);
    let failed = migrating.await.unwrap().unwrap_err().to_string();
    assert!(failed.contains(NEXT[1]) && failed.contains("continues where they failed"), "{failed}");
    assert_eq!(database.number(&index(false)).await, 1, "what is left of it");
    report.rollback().await.unwrap();

    let store = database.store().await;
    assert_eq!(store.apply(&next_release::migrations()).await.unwrap(), NEXT[1..]);
    assert_eq!(database.number(&index(true)).await, 1);
    store.close().await;
}

/// The lock that keeps them apart is not waited for inside of a statement, which the building of an
/// index would wait for in turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_that_migrate_at_once_build_one_index_postgres() {
    let database = Database::postgres_apart().await;
    database.at_state(Migrator::migrations().len()).await;
    let migrate = async || {
        let store = database.store().await;
        store.apply(&next_release::migrations()).await.unwrap()
    };
    let applied = tokio::join!(migrate(), migrate(), migrate());
    let mut applied = [applied.0, applied.1, applied.2].concat();
    applied.sort_unstable();
    assert_eq!(applied, NEXT);
}
