//! What is in the spool yields to what is newer.

use chrono::TimeDelta;
use nhost_auth_simulator::{Endpoint, GrantScript, Provider};

use super::SETTLED;
use crate::harness::{
    DISCONNECT, Database, Outage, REFRESH, Replica, on_both_empty_databases, until,
};

const REPLACED: &[&str] = &["the database is back:", "newer ones have replaced them"];

on_both_empty_databases! {
    async fn tokens_yield_to_what_another_replica_has_refreshed_meanwhile(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = outage.cluster.start("server").await;
        let script = GrantScript::rotating_with_grace(TimeDelta::minutes(5));
        let ada = outage.cluster.connected(&server, script).await;
        let call = outage.refresh_into(&ada, &server).await;
        outage.leaves_in_the_spool(call, server).await.data("/refreshProviderToken/accessToken");
        outage.cluster.end_leases().await;
        let other = outage.other("other").await;
        let answer = ada.refresh(&other).await;
        let newer = answer.text("/refreshProviderToken/accessToken");
        let mut server = outage.cluster.start("server").await;
        server.logged(REPLACED).await;
        assert_eq!(outage.cluster.spooled("server").len(), 0);
        assert_eq!(outage.cluster.generation().await, 2);
        assert_eq!(ada.working_token(&other).await, newer);
        outage.cluster.is_settled(&ada, &server, newer).await;
    }

    async fn a_connection_yields_to_a_sign_in_that_is_newer(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = outage.cluster.start("server").await;
        let ada = outage.signed_in(GrantScript::stable());
        let call = outage.connect_into(&ada, &server).await;
        outage.leaves_in_the_spool(call, server).await.data("/connectProvider/id");
        outage.cluster.end_leases().await;
        let other = outage.other("other").await;
        outage.cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::stable());
        let answer = ada.connect(&other).await;
        let newer = answer.text("/connectProvider/accessToken");
        let mut server = outage.cluster.start("server").await;
        server.logged(REPLACED).await;
        outage.cluster.is_settled(&ada, &server, newer).await;
    }

    async fn a_sign_in_that_comes_while_an_older_one_waits_counts(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = outage.cluster.start("server").await;
        let ada = outage.signed_in(GrantScript::stable());
        let call = outage.connect_into(&ada, &server).await;
        let answer = call.await.unwrap().unwrap();
        let older = answer.text("/connectProvider/accessToken").to_owned();
        outage.cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::stable());
        let answer = ada.connect(&server).await;
        let newer = answer.text("/connectProvider/accessToken").to_owned();
        assert_ne!(newer, older);
        assert_eq!(ada.working_token(&server).await, newer);
        assert_eq!(outage.cluster.spooled("server").len(), 2);
        outage.end().await;
        until(async || outage.cluster.spooled("server").is_empty()).await;
        outage.cluster.is_settled(&ada, &server, &newer).await;
    }

    async fn a_refresh_token_that_waits_is_kept_by_a_sign_in_without_one(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = outage.cluster.start("server").await;
        let ada = outage.signed_in(GrantScript::stable());
        let call = outage.connect_into(&ada, &server).await;
        call.await.unwrap().unwrap().data("/connectProvider/id");
        let again = GrantScript::no_refresh_token();
        outage.cluster.simulator.sign_in(ada.id, Provider::Google, again);
        ada.connect(&server).await.data("/connectProvider/id");
        // Neither lease is held when the database is back: whichever comes first writes first.
        server.process.kill().await;
        outage.end().await;
        outage.cluster.end_leases().await;
        let server = outage.cluster.start("server").await;
        until(async || outage.cluster.spooled("server").is_empty()).await;
        let kept = "SELECT COUNT(*) FROM provider_connection WHERE refresh_token IS NOT NULL";
        assert_eq!(outage.cluster.database.number(kept).await, 1);
        drop(server);
    }

    async fn of_two_sign_ins_in_the_spool_of_a_killed_process_the_newer_counts(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = outage.cluster.start("server").await;
        let ada = outage.signed_in(GrantScript::stable());
        let call = outage.connect_into(&ada, &server).await;
        call.await.unwrap().unwrap().data("/connectProvider/id");
        outage.cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::stable());
        let answer = ada.connect(&server).await;
        let newer = answer.text("/connectProvider/accessToken").to_owned();
        server.process.kill().await;
        outage.end().await;
        let server = outage.cluster.start("server").await;
        until(async || outage.cluster.spooled("server").is_empty()).await;
        outage.cluster.is_settled(&ada, &server, &newer).await;
    }

    async fn a_refresh_of_a_connection_that_was_removed_does_not_bring_it_back(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = outage.cluster.start("server").await;
        let ada = outage.cluster.connected(&server, GrantScript::stable()).await;
        let call = outage.refresh_into(&ada, &server).await;
        outage.leaves_in_the_spool(call, server).await.data("/refreshProviderToken/accessToken");
        let other = outage.other("other").await;
        ada.ask(&other, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
        let mut server = outage.cluster.start("server").await;
        server.logged(SETTLED).await;
        assert!(ada.read(&server).await.data("/providerConnection").is_null());
        assert_eq!(outage.cluster.spooled("server").len(), 0);
    }

    async fn a_connection_that_was_removed_meanwhile_does_not_come_back(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = outage.cluster.start("server").await;
        let ada = outage.cluster.connected(&server, GrantScript::stable()).await;
        // A sign-in anew: the tokens of it are on their way when the user disconnects.
        outage.cluster.age_connections().await;
        outage.cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::stable());
        let call = outage.connect_into(&ada, &server).await;
        outage.leaves_in_the_spool(call, server).await.data("/connectProvider/id");
        let other = outage.other("other").await;
        ada.ask(&other, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
        let mut server = outage.cluster.start("server").await;
        server.logged(SETTLED).await;
        assert!(ada.read(&server).await.data("/providerConnection").is_null());
    }

    async fn a_first_connection_that_was_removed_meanwhile_does_not_come_back(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = outage.cluster.start("server").await;
        let ada = outage.signed_in(GrantScript::stable());
        let call = outage.connect_into(&ada, &server).await;
        outage.leaves_in_the_spool(call, server).await.data("/connectProvider/id");
        outage.cluster.end_leases().await;
        let other = outage.other("other").await;
        outage.cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::stable());
        ada.connect(&other).await.data("/connectProvider/id");
        ada.ask(&other, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
        let mut server = outage.cluster.start("server").await;
        server.logged(SETTLED).await;
        assert!(ada.read(&server).await.data("/providerConnection").is_null());
    }
}

/// Over SQLite, what one process can't write no other can.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_counts_after_another_replica_has_removed_the_connection_postgres() {
    let mut outage = Outage::over(Database::postgres().await).await;
    let server = outage.cluster.start("server").await;
    let other = outage.other("other").await;
    let ada = outage.cluster.connected(&server, GrantScript::stable()).await;
    let call = outage.refresh_into(&ada, &server).await;
    call.await.unwrap().unwrap().data("/refreshProviderToken/accessToken");
    ada.ask(&other, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
    outage.cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::stable());
    let answer = ada.connect(&server).await;
    let token = answer.text("/connectProvider/accessToken").to_owned();
    outage.end().await;
    until(async || outage.cluster.spooled("server").is_empty()).await;
    outage.cluster.is_settled(&ada, &other, &token).await;
}

/// Each of them has a refresh and two sign-ins that wait. Of two users, another replica has removed the connection
/// before they signed in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_all_that_waits_the_last_sign_in_counts_whichever_is_written_first_postgres() {
    let mut outage = Outage::over(Database::postgres().await).await;
    let server = Replica::start(outage.cluster.binary_at_google("server")).await;
    let other = outage.other("other").await;
    let simulator = &outage.cluster.simulator;
    let script = GrantScript::stable();
    let users = ["ada", "grace", "joan", "mary"].map(|name| outage.cluster.member(name));
    for user in &users {
        simulator.sign_in(user.id, Provider::Google, script);
        user.connect(&server).await.data("/connectProvider/id");
    }
    let gate = simulator.gate_answers(Endpoint::ProviderToken);
    let calls = users.each_ref().map(|user| tokio::spawn(user.ask(&server, REFRESH)));
    gate.arrived(users.len()).await;
    outage.begin().await;
    gate.release();
    for call in calls {
        call.await.unwrap().unwrap().data("/refreshProviderToken/accessToken");
    }
    for user in &users[..2] {
        user.ask(&other, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
    }
    let mut tokens = Vec::new();
    let simulator = &outage.cluster.simulator;
    for user in &users {
        simulator.sign_in(user.id, Provider::Google, script);
        user.connect(&server).await.data("/connectProvider/id");
        simulator.sign_in(user.id, Provider::Google, script);
        tokens.push(user.connect(&server).await.text("/connectProvider/accessToken").to_owned());
    }
    outage.end().await;
    until(async || outage.cluster.spooled("server").is_empty()).await;
    for (user, token) in users.iter().zip(&tokens) {
        assert_eq!(&user.working_token(&other).await, token);
    }
    // That would end the new grant as well.
    assert_eq!(outage.cluster.simulator.calls(Endpoint::ProviderRevoke), 0);
}
