//! Refreshes that fail: nothing is lost, what is alive is served, and only a grant that has ended
//! sends its user to sign in again.

use chrono::TimeDelta;
use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Provider};
use serde_json::json;

use crate::harness::on_both_databases;

on_both_databases! {
    async fn a_token_that_is_alive_is_served_while_refreshes_fail(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating()).await;
        let first = ada.access_token(Provider::Google).await;
        world.simulator.provider_outage(Provider::Google, true);
        world.advance(TimeDelta::minutes(59) + TimeDelta::seconds(30));
        ada.renew_jwt();
        let answer = ada.read(Provider::Google).await;
        assert_eq!(answer.text("/providerConnection/accessToken"), first);
        assert_eq!(answer.text("/providerConnection/status"), "REFRESH_FAILING");
        assert_eq!(answer.text("/providerConnection/lastFailure/code"), "UPSTREAM_UNAVAILABLE");
        assert_eq!(answer.text("/providerConnection/lastFailure/at"), "2026-01-01T12:59:30Z");
        assert_eq!(answer.text("/providerConnection/lastFailure/retryAt"), "2026-01-01T12:59:35Z");

        world.advance(TimeDelta::minutes(1));
        let expired = ada.read(Provider::Google).await;
        assert_eq!(expired.code(), "UPSTREAM_UNAVAILABLE");
        assert_eq!(expired.extension("upstream"), "google");
        assert_eq!(expired.at("/data/providerConnection/accessToken"), &json!(null));

        world.simulator.provider_outage(Provider::Google, false);
        world.advance(TimeDelta::minutes(1));
        let token = ada.access_token(Provider::Google).await;
        assert!(ada.can_use(Provider::Google, &token).await);
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        assert_eq!((row.failure_count, row.last_failure), (0, None));
    }

    async fn nothing_is_lost_whatever_the_upstream_answers(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.advance(TimeDelta::hours(2));
        let before = world.row(ada.id, Provider::Google).await.unwrap();
        for fault in [
            Fault::RateLimited,
            Fault::InternalServerError,
            Fault::Html(502),
            Fault::Html(200),
            Fault::Empty(200),
            Fault::Empty(503),
            Fault::Garbage,
            Fault::Huge(10_000_000),
            Fault::Disconnect,
            Fault::LostAfterWork,
            Fault::RefuseProvider,
        ] {
            ada.renew_jwt();
            world.simulator.fail_next(Endpoint::RefreshProviderToken, fault.clone());
            assert_eq!(ada.read(Provider::Google).await.code(), "UPSTREAM_UNAVAILABLE", "{fault:?}");
            let row = world.row(ada.id, Provider::Google).await.unwrap();
            assert_eq!(row.refresh_token, before.refresh_token, "{fault:?}");
            assert_eq!((row.generation, row.lease_owner), (1, None), "{fault:?}");
            world.advance(TimeDelta::minutes(2));
        }
        ada.renew_jwt();
        ada.access_token(Provider::Google).await;
    }

    async fn an_answer_that_trickles_is_given_up_and_nothing_is_lost(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.advance(TimeDelta::hours(2));
        ada.renew_jwt();
        world.simulator.fail_next(Endpoint::RefreshProviderToken, Fault::Trickle);
        assert_eq!(ada.read(Provider::Google).await.code(), "UPSTREAM_UNAVAILABLE");
        world.advance(TimeDelta::minutes(1));
        ada.access_token(Provider::Google).await;
    }

    async fn a_provider_that_is_switched_off_is_the_operators_fault_not_the_users(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.simulator.disable_provider(Provider::Google);
        for _ in 0..5 {
            world.advance(TimeDelta::hours(2));
            ada.renew_jwt();
            assert_eq!(ada.read(Provider::Google).await.code(), "PROVIDER_NOT_ENABLED");
        }
        world.simulator.enable_provider(Provider::Google);
        world.advance(TimeDelta::minutes(2));
        ada.access_token(Provider::Google).await;
    }

    async fn without_a_refresh_token_an_expired_token_leads_to_signing_in_again(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::no_refresh_token()).await;
        ada.access_token(Provider::Google).await;
        world.advance(TimeDelta::hours(1));
        ada.renew_jwt();
        let answer = ada.read(Provider::Google).await;
        assert_eq!(answer.code(), "NOT_REFRESHABLE");
        assert_eq!(answer.at("/data/providerConnection/status"), "REAUTHENTICATION_REQUIRED");
        assert_eq!(ada.refresh(Provider::Google).await.code(), "NOT_REFRESHABLE");
        let url = answer.extension("reauthenticationUrl").as_str().unwrap();
        assert!(reqwest::get(url).await.unwrap().text().await.unwrap().contains("Allow"));
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 0);
    }

    async fn a_revoked_grant_that_is_the_only_one_of_its_provider_ends_within_a_day(world: World) {
        let mut ada = world.user("ada@example.com");
        let grant = ada.connected(Provider::Google, GrantScript::stable()).await;
        world.simulator.revoke(grant);
        world.advance(TimeDelta::hours(1));
        // Nobody can tell it from an outage of the provider, which lasts shorter than that.
        for _ in 0..12 {
            ada.renew_jwt();
            assert_eq!(ada.read(Provider::Google).await.code(), "UPSTREAM_UNAVAILABLE");
            world.advance(TimeDelta::hours(1));
        }
        ada.renew_jwt();
        assert_eq!(ada.read(Provider::Google).await.code(), "REAUTHENTICATION_REQUIRED");
        let listed = ada.ask("{ providerConnections { status lastFailure { code } } }").await;
        assert_eq!(listed.text("/providerConnections/0/status"), "REAUTHENTICATION_REQUIRED");
        let code = listed.text("/providerConnections/0/lastFailure/code");
        assert_eq!(code, "REAUTHENTICATION_REQUIRED");
    }

    async fn an_outage_for_everyone_logs_no_one_out(world: World) {
        let mut users = ["ada@example.com", "bob@example.com"].map(|email| world.user(email));
        for user in &users {
            user.connected(Provider::Google, GrantScript::stable()).await;
        }
        world.simulator.provider_outage(Provider::Google, true);
        world.advance(TimeDelta::hours(1));
        for _ in 0..12 {
            for user in &mut users {
                user.renew_jwt();
                assert_eq!(user.read(Provider::Google).await.code(), "UPSTREAM_UNAVAILABLE");
            }
            world.advance(TimeDelta::minutes(5));
        }
        world.simulator.provider_outage(Provider::Google, false);
        for user in &mut users {
            user.renew_jwt();
            user.access_token(Provider::Google).await;
        }
    }
}
