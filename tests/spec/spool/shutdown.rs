//! A shutdown waits for what the database has not taken yet, and says what it leaves behind.

use nhost_auth_simulator::{Endpoint, GrantScript};

use super::{SETTLED, SPOOLED};
use crate::harness::{Database, Ended, Outage, REFRESH, Replica, on_both_empty_databases};

const LEFT: &str = "are still in the spool: the next start writes them";

/// It ended in order, and lost nothing.
#[track_caller]
fn is_orderly(ended: &Ended) {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("stopped"), "{ended:?}");
    assert!(!ended.stderr.contains("are not in the spool"), "{ended:?}");
}

on_both_empty_databases! {
    async fn it_waits_until_the_database_is_back(database: Database) {
        let mut outage = Outage::over(database).await;
        let mut server = outage.cluster.start("server").await;
        let ada = outage.cluster.connected(&server, GrantScript::rotating_single_use()).await;
        let call = outage.refresh_into(&ada, &server).await;
        call.await.unwrap().unwrap().data("/refreshProviderToken/accessToken");
        server.process.terminate();
        server.logged(&["shutting down"]).await;
        assert_eq!(outage.cluster.generation().await, 1);
        assert!(!server.process.has_ended());
        outage.end().await;
        let ended = server.process.end().await;
        is_orderly(&ended);
        assert!(!ended.stderr.contains(LEFT), "{ended:?}");
        assert_eq!(outage.cluster.generation().await, 2);
        assert_eq!(outage.cluster.spooled("server").len(), 0);
    }

    async fn it_does_not_wait_for_ever_and_says_what_is_left_in_the_spool(database: Database) {
        let mut outage = Outage::over(database).await;
        let binary = outage.cluster.binary("server").env("SHUTDOWN_TIMEOUT", "1s");
        let mut server = Replica::start(binary).await;
        let ada = outage.cluster.connected(&server, GrantScript::rotating_single_use()).await;
        let call = outage.refresh_into(&ada, &server).await;
        let answer = call.await.unwrap().unwrap();
        server.logged(SPOOLED).await;
        let ended = server.stop().await;
        is_orderly(&ended);
        let folder = outage.cluster.spool("server");
        let says = |line: &str| {
            let parts = [LEFT, "number=1", "\"number\":1", folder.to_str().unwrap()];
            line.contains(parts[0])
                && (line.contains(parts[1]) || line.contains(parts[2]))
                && line.contains(parts[3])
        };
        assert!(ended.stderr.lines().any(says), "{ended:?}");
        outage.end().await;
        let mut server = outage.cluster.start("server").await;
        let token = answer.text("/refreshProviderToken/accessToken");
        assert_eq!(ada.working_token(&server).await, token);
        server.logged(SETTLED).await;
        outage.cluster.is_settled(&ada, &server, token).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_network_does_not_hold_it_up_postgres() {
    let outage = Outage::over(Database::postgres().await).await;
    let binary = outage.cluster.binary("server").env("SHUTDOWN_TIMEOUT", "1s");
    let mut server = Replica::start(binary).await;
    let ada = outage.cluster.connected(&server, GrantScript::rotating_single_use()).await;
    let endpoint = Endpoint::RefreshProviderToken;
    let (call, gate) = outage.cluster.held(&ada, &server, REFRESH, endpoint).await;
    outage.freeze();
    gate.release();
    // It is answered though PostgreSQL never says a word.
    call.await.unwrap().unwrap().data("/refreshProviderToken/accessToken");
    server.logged(SPOOLED).await;
    let ended = server.stop().await;
    is_orderly(&ended);
    assert!(ended.stderr.contains(LEFT), "{ended:?}");
}
