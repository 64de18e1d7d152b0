//! While the database takes no commit, new tokens are answered from memory, and wait in a file that
//! survives the process: nothing of them is lost, and nothing is refreshed twice.

mod shutdown;
mod superseded;
mod unreadable;
mod unusable;

use std::{fs, os::unix::fs::PermissionsExt};

use nhost_auth_simulator::{Endpoint, GrantScript, Provider};

use crate::harness::{Cluster, Member, Outage, Replica, on_both_empty_databases};

/// What the operator reads while tokens wait for the database.
const SPOOLED: &[&str] = &["could not be written to the database yet", "safe in the spool"];
/// And when they wait no longer.
const SETTLED: &[&str] = &["the database is back:"];

impl Cluster {
    /// The tokens are in one file, which only its owner may read, and none can be read in it.
    fn tokens_wait_sealed(&self, name: &str) {
        let files = self.spooled(name);
        let [file] = files.as_slice() else { panic!("{files:?}") };
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        let folder = fs::metadata(self.spool(name)).unwrap();
        assert_eq!(folder.permissions().mode() & 0o777, 0o700);
        let text = fs::read_to_string(file).unwrap();
        for secret in self.simulator.secrets() {
            assert!(!text.contains(&secret), "{text}");
        }
    }

    /// The user has this token, the database has it, once, and the refresh token beside it works.
    async fn is_settled(&self, ada: &Member, server: &Replica, token: &str) {
        assert_eq!(ada.working_token(server).await, token);
        let generation = self.generation().await;
        self.expire_tokens().await;
        assert_ne!(ada.working_token(server).await, token);
        assert_eq!(self.generation().await, generation + 1);
        let grant = self.simulator.grant_of(ada.id, Provider::Google).unwrap();
        assert!(self.simulator.grant(grant).alive);
    }

    fn refreshes(&self) -> usize {
        self.simulator.calls(Endpoint::RefreshProviderToken)
    }
}

on_both_empty_databases! {
    async fn new_tokens_are_answered_at_once_and_written_when_the_database_is_back(database: Database) {
        let mut outage = Outage::over(database).await;
        let mut server = outage.cluster.start("server").await;
        let ada = outage.cluster.connected(&server, GrantScript::rotating_single_use()).await;
        let call = outage.refresh_into(&ada, &server).await;
        let answer = call.await.unwrap().unwrap();
        let token = answer.text("/refreshProviderToken/accessToken").to_owned();
        // Whoever asks meanwhile gets the same.
        for _ in 0..2 {
            assert_eq!(ada.working_token(&server).await, token);
            assert_eq!(ada.refresh(&server).await.text("/refreshProviderToken/accessToken"), token);
        }
        let cluster = &outage.cluster;
        cluster.tokens_wait_sealed("server");
        assert_eq!((cluster.generation().await, cluster.refreshes()), (1, 1));
        server.logged(SPOOLED).await;
        outage.end().await;
        server.logged(SETTLED).await;
        let cluster = &outage.cluster;
        assert_eq!((cluster.generation().await, cluster.events("rotated").await), (2, 1));
        assert_eq!((cluster.spooled("server").len(), cluster.refreshes()), (0, 1));
        cluster.is_settled(&ada, &server, &token).await;
    }

    async fn a_new_connection_is_answered_at_once_and_written_when_the_database_is_back(database: Database) {
        let mut outage = Outage::over(database).await;
        let mut server = outage.cluster.start("server").await;
        let ada = outage.signed_in(GrantScript::rotating_single_use());
        let call = outage.connect_into(&ada, &server).await;
        let answer = call.await.unwrap().unwrap();
        let token = answer.text("/connectProvider/accessToken").to_owned();
        let again = ada.connect(&server).await;
        assert_eq!(again.text("/connectProvider/accessToken"), token);
        assert_eq!(ada.working_token(&server).await, token);
        outage.cluster.tokens_wait_sealed("server");
        server.logged(SPOOLED).await;
        outage.end().await;
        server.logged(SETTLED).await;
        let cluster = &outage.cluster;
        assert_eq!((cluster.generation().await, cluster.events("connected").await), (1, 1));
        // The second call was for a newer sign-in, and there was none.
        assert_eq!(cluster.simulator.calls(Endpoint::ProviderTokens), 2);
        assert_eq!(cluster.spooled("server").len(), 0);
        cluster.is_settled(&ada, &server, &token).await;
    }

    async fn tokens_of_a_killed_process_are_there_when_it_starts_again(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = outage.cluster.start("server").await;
        let ada = outage.cluster.connected(&server, GrantScript::rotating_single_use()).await;
        let call = outage.refresh_into(&ada, &server).await;
        let answer = call.await.unwrap().unwrap();
        let token = answer.text("/refreshProviderToken/accessToken").to_owned();
        server.process.kill().await;
        outage.end().await;
        // The token in the database is of no use to anybody any more.
        outage.cluster.expire_tokens().await;
        let mut server = outage.cluster.start("server").await;
        assert_eq!(ada.working_token(&server).await, token);
        server.logged(SETTLED).await;
        let cluster = &outage.cluster;
        assert_eq!((cluster.generation().await, cluster.events("rotated").await), (2, 1));
        assert_eq!((cluster.spooled("server").len(), cluster.refreshes()), (0, 1));
        cluster.is_settled(&ada, &server, &token).await;
    }

    async fn the_next_start_does_not_wait_for_the_lease_of_the_killed_process(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = outage.cluster.start("server").await;
        let ada = outage.cluster.connected(&server, GrantScript::rotating_single_use()).await;
        let call = outage.refresh_into(&ada, &server).await;
        let answer = call.await.unwrap().unwrap();
        server.process.kill().await;
        outage.end().await;
        let mut server = outage.cluster.start("server").await;
        server.logged(SETTLED).await;
        let leased = "SELECT COUNT(*) FROM provider_connection WHERE lease_owner IS NOT NULL";
        assert_eq!(outage.cluster.database.number(leased).await, 0);
        // So the other replicas have it at once.
        let other = outage.other("other").await;
        let token = answer.text("/refreshProviderToken/accessToken");
        assert_eq!(ada.working_token(&other).await, token);
        assert_eq!(outage.cluster.refreshes(), 1);
    }

    async fn no_worker_refreshes_with_what_the_spool_has_replaced(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = outage.cluster.start("server").await;
        let ada = outage.cluster.connected(&server, GrantScript::rotating_single_use()).await;
        let call = outage.refresh_into(&ada, &server).await;
        let answer = call.await.unwrap().unwrap();
        server.process.kill().await;
        outage.end().await;
        let cluster = &outage.cluster;
        cluster.expire_tokens().await;
        cluster.end_leases().await;
        let due = "UPDATE provider_connection SET refresh_due_at = access_token_expires_at";
        cluster.database.execute(due).await;
        let binary = cluster.binary("server").env("REFRESH_CONCURRENCY", "16");
        let mut server = Replica::start(binary).await;
        server.logged(SETTLED).await;
        let token = answer.text("/refreshProviderToken/accessToken");
        assert_eq!(ada.working_token(&server).await, token);
        assert_eq!((cluster.generation().await, cluster.refreshes()), (2, 1));
    }

    async fn a_connection_of_a_killed_process_is_there_when_it_starts_again(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = outage.cluster.start("server").await;
        let ada = outage.signed_in(GrantScript::rotating_single_use());
        let call = outage.connect_into(&ada, &server).await;
        let answer = call.await.unwrap().unwrap();
        let token = answer.text("/connectProvider/accessToken").to_owned();
        server.process.kill().await;
        outage.end().await;
        let mut server = outage.cluster.start("server").await;
        assert_eq!(ada.working_token(&server).await, token);
        server.logged(SETTLED).await;
        assert_eq!(outage.cluster.events("connected").await, 1);
        outage.cluster.is_settled(&ada, &server, &token).await;
    }

    async fn a_connection_is_there_also_if_another_replica_has_cleared_its_row_away(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = outage.cluster.start("server").await;
        let ada = outage.signed_in(GrantScript::rotating_single_use());
        let call = outage.connect_into(&ada, &server).await;
        let answer = call.await.unwrap().unwrap();
        server.process.kill().await;
        outage.end().await;
        outage.cluster.end_leases().await;
        let other = outage.other("other").await;
        assert_eq!(ada.connect(&other).await.code(), "PROVIDER_SESSION_NOT_FOUND");
        let rows = "SELECT COUNT(*) FROM provider_connection";
        assert_eq!(outage.cluster.database.number(rows).await, 0);
        let server = outage.cluster.start("server").await;
        let token = answer.text("/connectProvider/accessToken");
        assert_eq!(ada.working_token(&server).await, token);
        assert_eq!(ada.working_token(&other).await, token);
        outage.cluster.is_settled(&ada, &server, token).await;
    }
}
