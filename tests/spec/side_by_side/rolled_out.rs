//! A release is rolled out while users read: no request of theirs fails.

use std::sync::Arc;

use nhost_auth_simulator::GrantScript;

use super::{load::Load, next_release, readyz};
use crate::harness::{Cluster, Database, Replica, until};

async fn is_ready(replica: &Replica, migrations: &str) {
    let ready = async || {
        let (status, body) = readyz(replica).await;
        status == 200 && body["migrations"].as_str().unwrap().starts_with(migrations)
    };
    until(ready).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_while_the_next_release_is_rolled_out_and_this_one_starts_again_postgres()
{
    let cluster = Arc::new(Cluster::over(Database::postgres().await).await);
    let (one, other) = (cluster.start("one").await, cluster.start("other").await);
    let load = Load::begin(&cluster, &[&one, &other]).await;

    let store = cluster.database.store().await;
    let applied = store.apply(&next_release::migrations()).await.unwrap();
    assert_eq!(applied, ["m29990101_000001_expand", "m29990101_000002_large_index"]);
    store.close().await;
    load.goes_on().await;

    // This version starts again beside the newer one, as after a crash or on another machine.
    load.at(&[&other]).await;
    assert_eq!(one.stop().await.code, Some(0));
    let one = cluster.start("one").await;
    load.at(&[&one, &other]).await;

    assert_eq!(load.end().await, Vec::<String>::new());
    is_ready(&one, "newer").await;
    is_ready(&other, "newer").await;
    let kept = "SELECT count(*) FROM provider_connection WHERE note = 'kept'";
    assert_eq!(cluster.database.number(kept).await, 4);
    assert!(cluster.events("rotated").await > 4, "nothing was refreshed meanwhile");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_newer_version_wrote_into_a_row_outlives_a_refresh_by_an_older_one_postgres() {
    let cluster = Cluster::over(Database::postgres().await).await;
    let server = cluster.start("old").await;
    let ada = cluster.connected(&server, GrantScript::rotating()).await;
    let store = cluster.database.store().await;
    store.apply(&next_release::migrations()).await.unwrap();
    store.close().await;
    cluster.database.execute("UPDATE provider_connection SET note = 'newer'").await;
    cluster.expire_tokens().await;
    ada.working_token(&server).await;
    cluster.until_generation(2).await;
    let kept = "SELECT count(*) FROM provider_connection WHERE note = 'newer'";
    assert_eq!(cluster.database.number(kept).await, 1);
}

/// For `scripts/upgrade-check`, which builds an earlier version.
#[ignore = "needs OLD_SERVER, the binary of the version before"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_while_this_version_replaces_the_one_before_postgres() {
    let program = std::env::var_os("OLD_SERVER").expect("OLD_SERVER is not set");
    let cluster = Arc::new(Cluster::over(Database::postgres().await).await);
    let old = |name: &str| Replica::start(cluster.binary(name).of(&program));
    let (one, other) = (old("one").await, old("other").await);
    let kept =
        "SELECT count(*) FROM pg_class WHERE oid = to_regclass('provider_connection_schema')";
    let understands_newer = cluster.database.number(kept).await == 1;
    let load = Load::begin(&cluster, &[&one, &other]).await;

    // It migrates while the old ones serve.
    let new = cluster.start("new").await;
    load.at(&[&one, &other, &new]).await;
    load.at(&[&other, &new]).await;
    assert_eq!(one.stop().await.code, Some(0));
    if understands_newer {
        let again = old("one").await;
        load.at(&[&again, &other, &new]).await;
        load.at(&[&other, &new]).await;
        again.stop().await;
    } else {
        println!("the version before refuses every newer schema: it is not started again");
    }
    let one = cluster.start("one").await;
    load.at(&[&one, &new]).await;
    assert_eq!(other.stop().await.code, Some(0));

    assert_eq!(load.end().await, Vec::<String>::new());
    is_ready(&one, "done").await;
    assert!(cluster.events("rotated").await > 4, "nothing was refreshed meanwhile");
}
