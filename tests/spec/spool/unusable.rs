//! A spool that can't be written: found out at the start, or said in the log.

use std::fs;

use nhost_auth_simulator::GrantScript;

use super::SETTLED;
use crate::harness::{Binary, Database, Outage, Replica, simulator};

#[tokio::test]
async fn a_spool_folder_that_can_not_be_made_stops_the_start() {
    let database = Database::sqlite();
    let simulator = simulator().await;
    let file = database.folder.path().join("file");
    fs::write(&file, "of somebody's").unwrap();
    // Nobody makes a folder in there, not even root.
    for folder in [file.to_str().unwrap(), "/proc/spool"] {
        let binary = Binary::serve(&simulator, &database.url).env("SPOOL_DIR", folder);
        let ended = binary.run().await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let expected = format!("the spool folder {folder} can't be written: ");
        assert!(ended.stderr.contains(&expected), "{ended:?}");
        assert!(ended.stderr.contains("Set SPOOL_DIR to a persistent folder"), "{ended:?}");
    }
    assert_eq!(fs::read_to_string(file).unwrap(), "of somebody's");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_neither_the_database_nor_the_spool_takes_wait_in_memory_postgres() {
    let mut outage = Outage::over(Database::postgres().await).await;
    let binary = outage.cluster.binary("server").survives_full_disks();
    let mut server = Replica::start(binary).await;
    let ada = outage.cluster.connected(&server, GrantScript::rotating_single_use()).await;
    server.process.limit_file_size("1");
    let call = outage.refresh_into(&ada, &server).await;
    let answer = call.await.unwrap().unwrap();
    let token = answer.text("/refreshProviderToken/accessToken").to_owned();
    assert_eq!(ada.working_token(&server).await, token);
    server.logged(&["to the database or the spool", "don't stop it", "disk has space"]).await;
    outage.end().await;
    outage.cluster.until_generation(2).await;
    assert_eq!(outage.cluster.refreshes(), 1);
    outage.cluster.is_settled(&ada, &server, &token).await;
    // Nothing is left that a start would take for torn tokens.
    assert_eq!(outage.cluster.spooled("server").len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_spooled_once_its_disk_has_room_postgres() {
    let mut outage = Outage::over(Database::postgres().await).await;
    let binary = outage.cluster.binary("server").survives_full_disks();
    let mut server = Replica::start(binary).await;
    let ada = outage.cluster.connected(&server, GrantScript::rotating_single_use()).await;
    server.process.limit_file_size("1");
    let call = outage.refresh_into(&ada, &server).await;
    let answer = call.await.unwrap().unwrap();
    server.logged(&["to the database or the spool"]).await;
    server.process.limit_file_size("unlimited");
    server.logged(super::SPOOLED).await;
    server.process.kill().await;
    outage.end().await;
    let mut server = outage.cluster.start("server").await;
    let token = answer.text("/refreshProviderToken/accessToken");
    assert_eq!(ada.working_token(&server).await, token);
    server.logged(SETTLED).await;
    outage.cluster.is_settled(&ada, &server, token).await;
}
