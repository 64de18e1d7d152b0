//! A disk that is full when tokens come back: they are written when it has room again.

use nhost_auth_simulator::{Endpoint, GrantScript, Provider};

use crate::harness::{Cluster, Database, REFRESH, Replica};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_a_full_disk_did_not_take_are_written_when_it_has_room() {
    let cluster = Cluster::over(Database::sqlite()).await;
    let mut server = Replica::start(cluster.binary("server").survives_full_disks()).await;
    let ada = cluster.connected(&server, GrantScript::rotating_single_use()).await;
    let (call, gate) = cluster.held(&ada, &server, REFRESH, Endpoint::RefreshProviderToken).await;
    // From here on no file takes a byte more: SQLite's own are larger already.
    server.process.limit_file_size("1");
    gate.release();
    server.logged(&["could not be written to the database or the spool", "has space"]).await;
    assert_eq!(cluster.generation().await, 1);
    server.process.limit_file_size("unlimited");
    let answer = call.await.unwrap().unwrap();
    let token = answer.text("/refreshProviderToken/accessToken");
    cluster.until_generation(2).await;
    assert_eq!(ada.working_token(&server).await, token);
    assert_eq!((cluster.generation().await, cluster.events("rotated").await), (2, 1));
    assert_eq!(cluster.simulator.calls(Endpoint::RefreshProviderToken), 1);
    let grant = cluster.simulator.grant_of(ada.id, Provider::Google).unwrap();
    assert!(cluster.simulator.grant(grant).alive);
}
