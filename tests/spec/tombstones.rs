//! What was disconnected stays so, however late its tokens come: out of a spool, out of memory, or
//! out of a call that was under way.

use chrono::TimeDelta;
use nhost_auth_simulator::{GrantScript, Provider};
use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::harness::{
    Cluster, DISCONNECT, Database, Outage, Replica, SERVICE_SECRET, on_both_databases,
    on_both_empty_databases, until,
};

/// What the log has when tokens wait no longer.
const SETTLED: &[&str] = &["the database is back:"];

impl Cluster {
    /// As Hasura tells of it.
    async fn deleted(&self, replica: &Replica, user_id: Uuid) {
        let body = json!({ "event": { "op": "DELETE", "data": { "old": { "id": user_id } } } });
        let hook = reqwest::Client::new().post(format!("{}/hooks/user-deleted", replica.url));
        let hook = hook.header("x-service-secret", SERVICE_SECRET).json(&body);
        assert_eq!(hook.send().await.unwrap().status(), StatusCode::OK);
    }

    async fn rows(&self) -> i64 {
        self.database.number("SELECT COUNT(*) FROM provider_connection").await
    }
}

on_both_empty_databases! {
    async fn a_user_deleted_while_the_first_connect_waits_in_a_spool_stays_deleted(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = outage.cluster.start("server").await;
        let ada = outage.signed_in(GrantScript::stable());
        let call = outage.connect_into(&ada, &server).await;
        outage.leaves_in_the_spool(call, server).await.data("/connectProvider/id");
        let other = outage.other("other").await;
        outage.cluster.deleted(&other, ada.id).await;
        assert_eq!(outage.cluster.rows().await, 0);
        let mut server = outage.cluster.start("server").await;
        server.logged(SETTLED).await;
        for replica in [&server, &other] {
            assert!(ada.read(replica).await.data("/providerConnection").is_null());
        }
        assert_eq!((outage.cluster.rows().await, outage.cluster.spooled("server").len()), (0, 0));
        assert_eq!(outage.cluster.events("connected").await, 0);
    }

    async fn what_is_only_in_a_spool_can_be_disconnected_and_its_grant_is_revoked(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = Replica::start(outage.cluster.binary_at_google("server")).await;
        let ada = outage.signed_in(GrantScript::stable());
        let grant = outage.cluster.simulator.grant_of(ada.id, Provider::Google).unwrap();
        let call = outage.connect_into(&ada, &server).await;
        outage.leaves_in_the_spool(call, server).await.data("/connectProvider/id");
        let other = outage.other("other").await;
        ada.ask(&other, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
        assert!(outage.cluster.simulator.grant(grant).alive, "nobody there has its tokens");
        let mut server = Replica::start(outage.cluster.binary_at_google("server")).await;
        server.logged(SETTLED).await;
        assert!(ada.read(&server).await.data("/providerConnection").is_null());
        let revoked = async || !outage.cluster.simulator.grant(grant).alive;
        until(revoked).await;
        assert_eq!((outage.cluster.rows().await, outage.cluster.spooled("server").len()), (0, 0));
    }

    async fn a_spool_whose_row_was_cleared_away_is_removed_by_a_disconnection_all_the_same(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = outage.cluster.start("server").await;
        let ada = outage.signed_in(GrantScript::stable());
        let call = outage.connect_into(&ada, &server).await;
        outage.leaves_in_the_spool(call, server).await.data("/connectProvider/id");
        outage.cluster.end_leases().await;
        let other = outage.other("other").await;
        // Another replica finds no session, and clears the row away.
        assert_eq!(ada.connect(&other).await.code(), "PROVIDER_SESSION_NOT_FOUND");
        assert_eq!(outage.cluster.rows().await, 0);
        // It knows of no connection, and remembers what was wanted.
        assert_eq!(ada.ask(&other, DISCONNECT).await.unwrap().code(), "NOT_CONNECTED");
        let mut server = outage.cluster.start("server").await;
        server.logged(SETTLED).await;
        assert!(ada.read(&server).await.data("/providerConnection").is_null());
        assert_eq!((outage.cluster.rows().await, outage.cluster.spooled("server").len()), (0, 0));
    }

    async fn what_waits_in_memory_is_disconnected_as_soon_as_the_database_answers(database: Database) {
        let mut outage = Outage::over(database).await;
        let mut server = outage.cluster.start("server").await;
        let ada = outage.signed_in(GrantScript::stable());
        let call = outage.connect_into(&ada, &server).await;
        call.await.unwrap().unwrap().data("/connectProvider/id");
        let away = ada.ask(&server, DISCONNECT).await.unwrap();
        assert_eq!(away.code(), "INTERNAL", "nobody can remember it: {away:?}");
        outage.end().await;
        let other = outage.other("other").await;
        ada.ask(&other, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
        server.logged(SETTLED).await;
        for replica in [&server, &other] {
            assert!(ada.read(replica).await.data("/providerConnection").is_null());
        }
        assert_eq!((outage.cluster.rows().await, outage.cluster.spooled("server").len()), (0, 0));
    }

    async fn who_connects_again_after_it_is_connected(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = outage.cluster.start("server").await;
        let ada = outage.signed_in(GrantScript::stable());
        let call = outage.connect_into(&ada, &server).await;
        outage.leaves_in_the_spool(call, server).await.data("/connectProvider/id");
        let other = outage.other("other").await;
        ada.ask(&other, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
        outage.cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::stable());
        ada.connect(&other).await.data("/connectProvider/id");
        let token = ada.working_token(&other).await;
        let mut server = outage.cluster.start("server").await;
        server.logged(SETTLED).await;
        assert_eq!(ada.working_token(&server).await, token);
        assert_eq!(outage.cluster.events("connected").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_was_cut_off_serves_nothing_of_what_was_disconnected_meanwhile_postgres() {
    let mut outage = Outage::over(Database::postgres().await).await;
    let mut server = Replica::start(outage.cluster.binary_at_google("server")).await;
    let ada = outage.signed_in(GrantScript::stable());
    let grant = outage.cluster.simulator.grant_of(ada.id, Provider::Google).unwrap();
    let call = outage.connect_into(&ada, &server).await;
    call.await.unwrap().unwrap().data("/connectProvider/id");
    let other = outage.other("other").await;
    ada.ask(&other, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
    outage.end().await;
    server.logged(SETTLED).await;
    for replica in [&server, &other] {
        assert!(ada.read(replica).await.data("/providerConnection").is_null());
    }
    until(async || !outage.cluster.simulator.grant(grant).alive).await;
    assert_eq!((outage.cluster.rows().await, outage.cluster.spooled("server").len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_memory_has_can_be_disconnected_postgres() {
    let mut outage = Outage::over(Database::postgres().await).await;
    let mut server = outage.cluster.start("server").await;
    let ada = outage.signed_in(GrantScript::stable());
    let call = outage.connect_into(&ada, &server).await;
    call.await.unwrap().unwrap().data("/connectProvider/id");
    outage.cluster.end_leases().await;
    let other = outage.other("other").await;
    // Another replica finds no session, and clears the row away.
    assert_eq!(ada.connect(&other).await.code(), "PROVIDER_SESSION_NOT_FOUND");
    outage.end().await;
    ada.ask(&server, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
    assert!(ada.read(&server).await.data("/providerConnection").is_null());
    server.logged(SETTLED).await;
    assert!(ada.read(&server).await.data("/providerConnection").is_null());
    assert_eq!((outage.cluster.rows().await, outage.cluster.spooled("server").len()), (0, 0));
}

on_both_databases! {
    async fn they_are_kept_as_long_as_events(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        let count = "SELECT COUNT(*) FROM provider_connection_tombstone";
        for user in [&ada, &bob] {
            user.connected(Provider::Google, GrantScript::stable()).await;
            user.disconnect(Provider::Google).await.data("/disconnectProvider/id");
        }
        world.advance(TimeDelta::days(89));
        world.server.connections.prune_tombstones().await.unwrap();
        assert_eq!(world.database.number(count).await, 2);
        world.advance(TimeDelta::days(2));
        world.server.connections.prune_tombstones().await.unwrap();
        assert_eq!(world.database.number(count).await, 0);
    }
}
