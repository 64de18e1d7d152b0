//! A signal that comes late, twice, or close to a sign-in ends nothing that is newer than it.

use chrono::TimeDelta;
use domain::State;
use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Provider};
use serde_json::{Value, json};

use super::{BELIEVED, world};
use crate::harness::on_both_empty_databases;

on_both_empty_databases! {
    async fn a_sign_in_that_is_newer_than_the_signal_stands(database: Database) {
        let world = world(database).await;
        for provider in BELIEVED {
            let ada = world.user("ada@example.com");
            let grant = ada.connected_for_a_while(provider).await;
            let late = world.simulator.signal_revoked(grant).unwrap();
            world.advance(TimeDelta::minutes(1));
            ada.connected(provider, GrantScript::stable()).await;
            world.server.connections.look_up_due().await.unwrap();
            let before = world.row(ada.id, provider).await;
            let status = world.signal(provider, &late).await;
            assert!((200..300).contains(&status), "{provider}: {status}");
            assert_eq!(world.row(ada.id, provider).await, before, "{provider}");
        }
    }

    async fn a_refresh_that_was_written_after_the_signal_is_followed_by_another(
        database: Database
    ) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        let grant = ada.connected_for_a_while(Provider::Google).await;
        let late = world.simulator.signal_revoked(grant).unwrap();
        world.advance(TimeDelta::minutes(1));
        ada.refresh(Provider::Google).await.data("/refreshProviderToken");
        assert_eq!(world.signal(Provider::Google, &late).await, 202);
        // The provider may have answered it before, and an outage of the database put off its commit.
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        assert_eq!((row.state, row.refresh_due_at), (State::Active, Some(world.now())));
    }

    async fn a_signal_as_old_as_the_sign_in_is_a_reason_to_ask_the_provider(database: Database) {
        let world = world(database).await;
        let worker = world.replica_with(|config| config.refresh.pacing.concurrency = 4).await;
        let ada = world.user("ada@example.com");
        let grant = ada.connected(Provider::Google, GrantScript::stable()).await;
        world.server.connections.look_up_due().await.unwrap();
        let message = world.simulator.signal_revoked(grant).unwrap();
        world.advance(TimeDelta::seconds(3));
        assert_eq!(world.signal(Provider::Google, &message).await, 202);
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        assert_eq!((row.state, row.refresh_due_at), (State::Active, Some(world.now())));
        worker.work().await;
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1);
        assert_eq!(world.state(ada.id, Provider::Google).await, State::Active);
    }

    async fn a_repetition_changes_nothing_at_any_replica(database: Database) {
        let world = world(database).await;
        for provider in BELIEVED {
            let ada = world.user("ada@example.com");
            let grant = ada.connected_for_a_while(provider).await;
            world.simulator.revoke(grant);
            let message = world.simulator.signal_revoked(grant).unwrap();
            let status = world.signal(provider, &message).await;
            let row = world.row(ada.id, provider).await;
            assert_eq!(row.as_ref().unwrap().state, State::ReauthenticationRequired);
            assert_eq!(world.signal(provider, &message).await, status, "no other answer");
            assert_eq!(world.row(ada.id, provider).await, row, "{provider}");
            // The user is back, and somebody repeats what they have seen then.
            ada.connected(provider, GrantScript::stable()).await;
            world.server.connections.look_up_due().await.unwrap();
            let row = world.row(ada.id, provider).await;
            let other = world.replica_with(|config| {
                config.signals = super::settings(&world.simulator, &config.nhost_auth_url);
            });
            let other = other.await;
            let url = super::receiver_at(&other.url, provider);
            assert_eq!(message.send(&url).await.unwrap(), status);
            assert_eq!(world.row(ada.id, provider).await, row, "{provider}");
        }
    }

    async fn a_refresh_under_way_is_not_disturbed_and_is_followed_by_another(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        let grant = ada.connected_for_a_while(Provider::Google).await;
        let gate = world.simulator.gate_answers(Endpoint::RefreshProviderToken);
        let meanwhile = async {
            gate.arrived(1).await;
            let message = world.simulator.signal_revoked(grant).unwrap();
            assert_eq!(world.signal(Provider::Google, &message).await, 202);
            assert_eq!(
                world.state(ada.id, Provider::Google).await,
                State::ReauthenticationRequired
            );
            gate.release();
        };
        let (refreshed, ()) = tokio::join!(ada.refresh(Provider::Google), meanwhile);
        // It was answered before the grant ended, or after the signal was wrong: nobody knows yet.
        refreshed.data("/refreshProviderToken/accessToken");
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        assert_eq!((row.state, row.generation), (State::Active, 2));
        assert_eq!((row.refresh_due_at, row.signalled_at), (Some(world.now()), None));
        let worker = world.replica_with(|config| config.refresh.pacing.concurrency = 4).await;
        world.simulator.revoke(grant);
        worker.work().await;
        assert_ne!(world.state(ada.id, Provider::Google).await, State::Active);
    }

    async fn an_account_that_was_not_looked_up_since_the_sign_in_is_a_reason_to_ask(
        database: Database
    ) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        ada.sign_in_as(Provider::Google, "first@example.com", GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        world.server.connections.look_up_due().await.unwrap();
        world.advance(TimeDelta::minutes(1));
        ada.sign_in_as(Provider::Google, "second@example.com", GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        world.advance(TimeDelta::minutes(1));
        // Of the account before: the digest is still its.
        let first = world.id_of(Provider::Google, "first@example.com");
        let message = world.simulator.google_signal("tokens-revoked", &first);
        assert_eq!(world.signal(Provider::Google, &message).await, 202);
        assert_eq!(world.state(ada.id, Provider::Google).await, State::Active);
    }

    async fn where_a_signal_came_before_the_look_up_the_look_up_finds_out(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        let script = GrantScript::no_refresh_token().lifetime(60 * 86400);
        let grant = ada.connected(Provider::Facebook, script).await;
        world.simulator.fail_next(Endpoint::Userinfo, Fault::Empty(503));
        world.server.connections.look_up_due().await.unwrap();
        // It finds nobody: whose account it is, is not known yet.
        world.revoked(Provider::Facebook, grant).await;
        assert_eq!(world.state(ada.id, Provider::Facebook).await, State::Active);
        world.advance(TimeDelta::minutes(1));
        let error = json!({ "type": "OAuthException", "code": 190, "error_subcode": 458 });
        let refusal = Fault::json(400, &json!({ "error": error }));
        world.simulator.fail_next(Endpoint::Userinfo, refusal);
        world.server.connections.look_up_due().await.unwrap();
        let row = world.row(ada.id, Provider::Facebook).await.unwrap();
        assert_eq!((row.state, row.refresh_due_at), (State::ReauthenticationRequired, None));
        let evidence = "Facebook answered at its user-info endpoint that the token is no longer \
                        valid";
        assert_eq!(world.ends(evidence).await, 1);
        let read = ada.read(Provider::Facebook).await;
        assert_eq!(read.at("/data/providerConnection/accessToken"), &Value::Null);
        // The next sign-in begins anew.
        ada.connected(Provider::Facebook, GrantScript::no_refresh_token()).await;
        world.server.connections.look_up_due().await.unwrap();
        let row = world.row(ada.id, Provider::Facebook).await.unwrap();
        assert_eq!((row.state, row.account_digest.is_some()), (State::Active, true));
    }

    async fn old_signals_are_forgotten(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        let grant = ada.connected_for_a_while(Provider::Google).await;
        world.revoked(Provider::Google, grant).await;
        let known = "SELECT COUNT(*) FROM provider_connection_signal";
        assert_eq!(world.database.number(known).await, 1);
        world.server.connections.prune_tombstones().await.unwrap();
        assert_eq!(world.database.number(known).await, 1);
        world.advance(TimeDelta::days(91));
        world.server.connections.prune_tombstones().await.unwrap();
        assert_eq!(world.database.number(known).await, 0);
    }
}
