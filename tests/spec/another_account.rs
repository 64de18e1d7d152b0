//! A sign-in that brings no refresh token keeps the older one, which may be another account's:
//! nobody is ever given a token of an account other than the one that they signed in with last.

use std::time::Duration;

use chrono::TimeDelta;
use domain::Sealed;
use nhost_auth_simulator::{Endpoint, Fault, GrantId, GrantScript, Provider};
use provider_connections::{
    random::Random,
    vault::{Binding, Field, KeyRing, Vault},
};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::harness::{Answer, KEYS, User, World, on_both_databases};

const FIRST: &str = "first@example.com";
const SECOND: &str = "second@example.com";

impl World {
    /// Signed in with a refresh token, and then, as `second`, without one.
    async fn signed_in_again(&self, ada: &User<'_>, second: &str) -> GrantId {
        let first = ada.sign_in_as(Provider::Google, FIRST, GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        self.advance(TimeDelta::seconds(10));
        ada.sign_in_as(Provider::Google, second, GrantScript::no_refresh_token());
        let answer = ada.connect(Provider::Google).await;
        let token = answer.text("/connectProvider/accessToken");
        assert_eq!(ada.account(Provider::Google, token).await, second);
        assert_eq!(answer.data("/connectProvider/refreshable"), true);
        first
    }
}

/// They are led to sign in again.
#[track_caller]
fn is_not_refreshable(answer: &Answer) {
    assert_eq!(answer.code(), "NOT_REFRESHABLE");
    assert!(answer.extension("reauthenticationUrl").as_str().unwrap().contains("google"));
}

on_both_databases! {
    async fn the_token_of_the_account_before_is_never_answered(world: World) {
        let mut ada = world.user("ada@example.com");
        world.signed_in_again(&ada, SECOND).await;
        ada.account_is_known(Provider::Google).await;
        world.advance(TimeDelta::hours(1));
        ada.renew_jwt();
        let read = ada.read(Provider::Google).await;
        is_not_refreshable(&read);
        assert_eq!(read.at("/data/providerConnection/accessToken"), &Value::Null);
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        assert_eq!((row.refresh_token, row.account, row.lease_owner), (None, None, None));
        assert_eq!((row.generation, row.refresh_due_at), (3, None));
        // The older refresh token is not tried again.
        let calls = world.simulator.calls(Endpoint::RefreshProviderToken);
        is_not_refreshable(&ada.refresh(Provider::Google).await);
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), calls);
        let read = ada.ask("{ providerConnection(provider: google) { status refreshable } }").await;
        assert_eq!(read.text("/providerConnection/status"), "REAUTHENTICATION_REQUIRED");
        assert_eq!(read.data("/providerConnection/refreshable"), false);
        let told = "SELECT COUNT(*) FROM provider_connection_event WHERE kind = 'refresh_failed' \
                    AND detail = 'NOT_REFRESHABLE' AND evidence LIKE '%another account%'";
        assert_eq!(world.database.number(told).await, 1);
    }

    async fn a_token_that_is_alive_is_served_though_its_refresh_is_not_possible(world: World) {
        let ada = world.user("ada@example.com");
        world.signed_in_again(&ada, SECOND).await;
        world.advance(TimeDelta::seconds(10));
        // Nobody has said whose the token is until now.
        is_not_refreshable(&ada.refresh(Provider::Google).await);
        let read = ada.read(Provider::Google).await;
        assert_eq!(read.text("/providerConnection/status"), "ACTIVE");
        assert_eq!(read.data("/providerConnection/refreshable"), false);
        let token = read.text("/providerConnection/accessToken");
        assert_eq!(ada.account(Provider::Google, token).await, SECOND);
    }

    async fn a_refresh_ahead_keeps_the_account_that_has_signed_in(world: World) {
        let worker = world.replica_with(|config| config.refresh.pacing.concurrency = 4).await;
        let mut ada = world.user("ada@example.com");
        world.signed_in_again(&ada, SECOND).await;
        world.advance(TimeDelta::minutes(58));
        worker.work().await;
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1);
        ada.renew_jwt();
        let token = ada.ask("{ providerConnection(provider: google) { accessToken(minValidFor: 0) } }");
        let token = token.await.text("/providerConnection/accessToken").to_owned();
        assert_eq!(ada.account(Provider::Google, &token).await, SECOND);
        world.advance(TimeDelta::minutes(5));
        worker.work().await;
        is_not_refreshable(&ada.read(Provider::Google).await);
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1);
    }

    async fn a_user_info_endpoint_that_is_down_for_a_while_costs_no_refresh_token(world: World) {
        let mut ada = world.user("ada@example.com");
        let grant = ada.sign_in_as(Provider::Google, FIRST, GrantScript::rotating_single_use());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        world.advance(TimeDelta::seconds(10));
        ada.sign_in_as(Provider::Google, FIRST, GrantScript::no_refresh_token());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        ada.account_is_known(Provider::Google).await;
        world.advance(TimeDelta::hours(1));
        for fault in [Fault::Empty(503), Fault::RateLimited, Fault::Disconnect] {
            ada.renew_jwt();
            world.simulator.fail_always(Endpoint::Userinfo, None, fault.clone());
            // Whose the token is can't be said, so it is not handed out.
            let refused = ada.read(Provider::Google).await;
            assert_eq!(refused.code(), "UPSTREAM_UNAVAILABLE", "{fault:?}");
            assert_eq!(refused.at("/data/providerConnection/accessToken"), &Value::Null);
            let row = world.row(ada.id, Provider::Google).await.unwrap();
            assert!(row.refresh_token_unproven && row.refresh_token.is_some(), "{fault:?}");
            world.advance(TimeDelta::minutes(2));
        }
        // Each of those refreshes has rotated the refresh token, and none was lost.
        assert_eq!(world.simulator.grant(grant).generation, 3);
        world.simulator.heal_all();
        ada.renew_jwt();
        let token = ada.access_token(Provider::Google).await;
        assert_eq!(ada.account(Provider::Google, &token).await, FIRST);
    }

    async fn an_outage_costs_no_unproven_refresh_token_where_others_fail_too(world: World) {
        let mut ada = world.user("ada@example.com");
        let bob = world.user("bob@example.com");
        bob.connected(Provider::Google, GrantScript::stable()).await;
        world.signed_in_again(&ada, FIRST).await;
        ada.account_is_known(Provider::Google).await;
        world.advance(TimeDelta::hours(1));
        world.simulator.provider_outage(Provider::Google, true);
        ada.renew_jwt();
        let mut bob = bob;
        bob.renew_jwt();
        assert_eq!(bob.read(Provider::Google).await.code(), "UPSTREAM_UNAVAILABLE");
        assert_eq!(ada.read(Provider::Google).await.code(), "UPSTREAM_UNAVAILABLE");
        world.simulator.provider_outage(Provider::Google, false);
        world.advance(TimeDelta::minutes(1));
        let token = ada.access_token(Provider::Google).await;
        assert_eq!(ada.account(Provider::Google, &token).await, FIRST);
    }

    async fn the_same_account_goes_on_with_its_refresh_token(world: World) {
        let mut ada = world.user("ada@example.com");
        world.signed_in_again(&ada, FIRST).await;
        assert!(world.row(ada.id, Provider::Google).await.unwrap().refresh_token_unproven);
        ada.account_is_known(Provider::Google).await;
        world.advance(TimeDelta::hours(1));
        ada.renew_jwt();
        let token = ada.access_token(Provider::Google).await;
        assert_eq!(ada.account(Provider::Google, &token).await, FIRST);
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        assert!(!row.refresh_token_unproven && row.refresh_token.is_some());
        // It was shown once; nobody is asked again.
        let asked = world.simulator.calls(Endpoint::Userinfo);
        world.advance(TimeDelta::hours(1));
        ada.renew_jwt();
        ada.access_token(Provider::Google).await;
        assert_eq!(world.simulator.calls(Endpoint::Userinfo), asked);
    }

    async fn where_the_provider_does_not_say_the_older_token_is_not_used(world: World) {
        let mut ada = world.user("ada@example.com");
        world.simulator.fail_always(Endpoint::Userinfo, None, Fault::Empty(503));
        let first = ada.sign_in_as(Provider::Google, FIRST, GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        ada.sign_in_as(Provider::Google, FIRST, GrantScript::no_refresh_token());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        world.advance(TimeDelta::hours(1));
        ada.renew_jwt();
        is_not_refreshable(&ada.read(Provider::Google).await);
        assert!(world.simulator.grant(first).alive);
    }

    async fn a_refusal_of_the_older_token_says_nothing_of_the_new_grant(world: World) {
        let ada = world.user("ada@example.com");
        let first = world.signed_in_again(&ada, SECOND).await;
        world.simulator.revoke(first);
        world.advance(TimeDelta::seconds(10));
        is_not_refreshable(&ada.refresh(Provider::Google).await);
        let read = ada.read(Provider::Google).await;
        assert_eq!(read.text("/providerConnection/status"), "ACTIVE");
        let token = read.text("/providerConnection/accessToken");
        assert_eq!(ada.account(Provider::Google, token).await, SECOND);
    }

    async fn an_outage_of_nhost_auth_does_not_cost_the_older_token(world: World) {
        let mut ada = world.user("ada@example.com");
        world.signed_in_again(&ada, FIRST).await;
        ada.account_is_known(Provider::Google).await;
        world.advance(TimeDelta::hours(1));
        ada.renew_jwt();
        world.simulator.fail_next(Endpoint::RefreshProviderToken, Fault::Empty(503));
        assert_eq!(ada.read(Provider::Google).await.code(), "UPSTREAM_UNAVAILABLE");
        world.advance(TimeDelta::minutes(1));
        let token = ada.access_token(Provider::Google).await;
        assert_eq!(ada.account(Provider::Google, &token).await, FIRST);
    }

    async fn a_sign_in_with_a_refresh_token_needs_no_proof(world: World) {
        let mut ada = world.user("ada@example.com");
        world.signed_in_again(&ada, SECOND).await;
        ada.account_is_known(Provider::Google).await;
        world.advance(TimeDelta::seconds(10));
        ada.sign_in_as(Provider::Google, SECOND, GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        assert_eq!((row.refresh_token_unproven, row.account), (false, None));
        let asked = world.simulator.calls(Endpoint::Userinfo);
        world.advance(TimeDelta::hours(1));
        ada.renew_jwt();
        let token = ada.access_token(Provider::Google).await;
        assert_eq!(world.simulator.calls(Endpoint::Userinfo), asked);
        assert_eq!(ada.account(Provider::Google, &token).await, SECOND);
    }

    async fn what_a_later_sign_in_replaced_does_not_say_whose_it_is(world: World) {
        let ada = world.user("ada@example.com");
        let gate = world.simulator.gate(Endpoint::Userinfo);
        ada.sign_in_as(Provider::Google, FIRST, GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        for account in [SECOND, "third@example.com"] {
            ada.sign_in_as(Provider::Google, account, GrantScript::no_refresh_token());
            ada.connect(Provider::Google).await.data("/connectProvider/id");
        }
        let asked = tokio::time::timeout(Duration::from_secs(30), gate.arrived(1)).await;
        asked.expect("it is asked whose the token is");
        gate.release();
        ada.account_is_known(Provider::Google).await;
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        assert_eq!(row.generation, 3);
        let vault = Vault::new(KeyRing::parse(KEYS).unwrap(), Random::system());
        let binding = Binding { user_id: ada.id, provider: "google" };
        let sealed = Sealed::from_bytes(row.account.unwrap());
        let account = vault.open(binding, Field::Account, &sealed).unwrap();
        assert_eq!(account.expose_secret(), "google|third@example.com");
    }

    async fn whose_it_is_stays_sealed_and_goes_with_the_connection(world: World) {
        let ada = world.user("ada@example.com");
        world.signed_in_again(&ada, FIRST).await;
        ada.account_is_known(Provider::Google).await;
        let account = world.row(ada.id, Provider::Google).await.unwrap().account.unwrap();
        let plain = FIRST.as_bytes();
        assert!(!account.windows(plain.len()).any(|bytes| bytes == plain));
        ada.disconnect(Provider::Google).await.data("/disconnectProvider/id");
        assert!(world.row(ada.id, Provider::Google).await.is_none());
    }
}
