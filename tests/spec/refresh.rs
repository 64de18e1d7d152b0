//! Reading and refreshing access tokens: fresh when read, rotated safely, served while alive.

use chrono::TimeDelta;
use futures_util::future::join_all;
use nhost_auth_simulator::{
    Endpoint, Fault, GrantScript, Provider, RefreshAnswer, RefreshTokenWire,
};
use serde_json::json;

use crate::harness::{Database, on_both_databases};

/// SQL after which a statement that reads the column `access_token` fails.
fn fails_whoever_reads_an_access_token(database: &Database) -> &'static str {
    if database.is_sqlite() {
        // SQLite takes an unknown column in quotes for a string. An overflow it does not let pass.
        "ALTER TABLE provider_connection RENAME TO stored_connection;
         CREATE VIEW provider_connection AS
           SELECT id, user_id, provider, state, abs(-9223372036854775807 - generation) AS access_token,
             refresh_token, access_token_expires_at, refresh_token_expires_at,
             refresh_token_end_known_at, refresh_token_granted_at, generation, refresh_due_at, failure_count,
             first_failed_at, last_failed_at, last_failure, refusal_count, first_refused_at, connected_at, refreshed_at
           FROM stored_connection"
    } else {
        "ALTER TABLE provider_connection RENAME access_token TO away"
    }
}

on_both_databases! {
    async fn a_token_that_lives_long_enough_is_answered_as_it_is(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let first = ada.access_token(Provider::Google).await;
        world.advance(TimeDelta::minutes(10));
        assert_eq!(ada.access_token(Provider::Google).await, first);
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 0);
    }

    async fn a_token_that_would_expire_within_min_valid_for_is_refreshed_first(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let first = ada.access_token(Provider::Google).await;
        world.advance(TimeDelta::minutes(59) - TimeDelta::seconds(1));
        ada.renew_jwt();
        assert_eq!(ada.access_token(Provider::Google).await, first, "61 s are left of it");
        world.advance(TimeDelta::seconds(1));
        let answer = ada.read(Provider::Google).await;
        let second = answer.text("/providerConnection/accessToken");
        assert_ne!(second, first, "60 s are left of it");
        assert!(ada.can_use(Provider::Google, second).await);
        // The other fields tell of the new token.
        assert_eq!(answer.text("/providerConnection/expiresAt"), "2026-01-01T13:59:00Z");
        assert_eq!(answer.text("/providerConnection/refreshedAt"), "2026-01-01T12:59:00Z");
    }

    async fn min_valid_for_says_how_fresh(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.advance(TimeDelta::minutes(20));
        ada.renew_jwt();
        let read = |seconds: i32| {
            format!("{{ providerConnection(provider: google) {{ accessToken(minValidFor: {seconds}) }} }}")
        };
        ada.ask(&read(2_399)).await.data("/providerConnection/accessToken");
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 0);
        ada.ask(&read(2_400)).await.data("/providerConnection/accessToken");
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1);
    }

    async fn a_token_that_cannot_live_that_long_is_answered_as_fresh_as_it_gets(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable().lifetime(600)).await;
        world.advance(TimeDelta::minutes(2));
        let query = "{ providerConnection(provider: google) { accessToken(minValidFor: 3600) } }";
        let first = ada.ask(query).await;
        first.data("/providerConnection/accessToken");
        assert_eq!(ada.ask(query).await, first);
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1);
    }

    async fn a_token_is_neither_read_nor_refreshed_unless_it_is_selected(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.advance(TimeDelta::hours(2));
        ada.renew_jwt();
        world.database.execute(fails_whoever_reads_an_access_token(&world.database)).await;
        for query in [
            "{ providerConnections { id provider status expiresAt refreshable lastFailure { code } } }",
            "{ providerConnections { id accessToken @skip(if: true) } }",
            "{ providerConnections { id ... @include(if: false) { accessToken } } }",
        ] {
            ada.ask(query).await.data("/providerConnections/0/id");
        }
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 0);
    }

    async fn fifty_readers_of_an_expired_token_refresh_it_once(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating_single_use()).await;
        world.advance(TimeDelta::hours(1));
        ada.renew_jwt();
        let answers = join_all((0..50).map(|_| ada.read(Provider::Google))).await;
        answers[0].text("/providerConnection/accessToken");
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1);
    }

    async fn two_replicas_refresh_a_single_use_token_once(world: World) {
        let mut ada = world.user("ada@example.com");
        let grant = ada.connected(Provider::Google, GrantScript::rotating_single_use()).await;
        let other = world.replica().await;
        world.advance(TimeDelta::hours(1));
        ada.renew_jwt();
        let query = "{ providerConnection(provider: google) { accessToken } }";
        let gate = world.simulator.gate(Endpoint::RefreshProviderToken);
        let both = async {
            tokio::join!(
                ada.ask_at(&world.server, query, json!({})),
                ada.ask_at(&other, query, json!({})),
            )
        };
        let open = async {
            gate.arrived(1).await;
            gate.release();
        };
        let ((here, there), ()) = tokio::join!(both, open);
        here.text("/providerConnection/accessToken");
        assert_eq!(here, there);
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1);
        assert!(world.simulator.grant(grant).alive);
    }

    async fn while_a_replica_refreshes_another_answers_the_token_that_still_lives(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating_single_use()).await;
        let old = ada.access_token(Provider::Google).await;
        let other = world.replica().await;
        world.advance(TimeDelta::minutes(59) + TimeDelta::seconds(30));
        ada.renew_jwt();
        let query = "{ providerConnection(provider: google) { accessToken } }";
        let gate = world.simulator.gate(Endpoint::RefreshProviderToken);
        let elsewhere = async {
            gate.arrived(1).await;
            let answer = tokio::select! {
                answer = ada.ask_at(&other, query, json!({})) => answer,
                () = gate.arrived(2) => panic!("the lease is held by the first replica"),
            };
            assert_eq!(answer.text("/providerConnection/accessToken"), old);
            gate.release();
        };
        let (here, ()) = tokio::join!(ada.ask_at(&world.server, query, json!({})), elsewhere);
        assert_ne!(here.text("/providerConnection/accessToken"), old);
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1);
    }

    async fn a_reader_that_hangs_up_cancels_nothing(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating_single_use()).await;
        world.advance(TimeDelta::hours(1));
        ada.renew_jwt();
        let gate = world.simulator.gate_answers(Endpoint::RefreshProviderToken);
        tokio::select! {
            _ = ada.read(Provider::Google) => panic!("the gate is closed"),
            () = gate.arrived(1) => {}
        }
        gate.release();
        let token = ada.access_token(Provider::Google).await;
        assert!(ada.can_use(Provider::Google, &token).await);
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1);
    }

    async fn a_refresh_that_ended_under_five_seconds_ago_is_joined(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating()).await;
        let first = ada.refresh(Provider::Google).await;
        first.data("/refreshProviderToken");
        world.advance(TimeDelta::seconds(4));
        assert_eq!(ada.refresh(Provider::Google).await, first);
        world.advance(TimeDelta::seconds(1));
        assert_ne!(ada.refresh(Provider::Google).await, first);
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 2);
    }

    async fn a_failure_under_five_seconds_ago_is_joined_too(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating()).await;
        world.simulator.fail_next(Endpoint::RefreshProviderToken, Fault::RateLimited);
        assert_eq!(ada.refresh(Provider::Google).await.code(), "UPSTREAM_UNAVAILABLE");
        assert_eq!(ada.refresh(Provider::Google).await.code(), "UPSTREAM_UNAVAILABLE");
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1);
        // A rate limit that names no time is left alone for ten seconds.
        world.advance(TimeDelta::seconds(10));
        ada.refresh(Provider::Google).await.data("/refreshProviderToken");
    }

    async fn refresh_with_min_valid_for_leaves_a_fresh_token_alone(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating()).await;
        let query =
            "mutation { refreshProviderToken(provider: google, minValidFor: 300) { accessToken } }";
        ada.ask(query).await.data("/refreshProviderToken");
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 0);
        world.advance(TimeDelta::minutes(55));
        ada.renew_jwt();
        ada.ask(query).await.data("/refreshProviderToken");
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1);
    }

    async fn after_twenty_refreshes_of_every_kind_the_token_still_works(world: World) {
        let mut ada = world.user("ada@example.com");
        let rotating = ada.connected(Provider::Gitlab, GrantScript::rotating_single_use()).await;
        let stable = ada.connected(Provider::Google, GrantScript::stable()).await;
        let kinds = [
            RefreshAnswer::Rotated,
            RefreshAnswer::Unrotated(RefreshTokenWire::Omitted),
            RefreshAnswer::Unrotated(RefreshTokenWire::Empty),
            RefreshAnswer::Rotated,
            RefreshAnswer::Unrotated(RefreshTokenWire::Same),
            RefreshAnswer::Unrotated(RefreshTokenWire::Null),
        ];
        for grant in [rotating, stable] {
            let answers = kinds.iter().copied().cycle().take(20).collect();
            world.simulator.next_refresh_answers(grant, answers);
        }
        for round in 0..20 {
            world.advance(TimeDelta::minutes(61));
            ada.renew_jwt();
            for provider in [Provider::Gitlab, Provider::Google] {
                let token = ada.access_token(provider).await;
                assert!(ada.can_use(provider, &token).await, "{provider}, round {round}");
            }
        }
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 40);
        assert_eq!(world.row(ada.id, Provider::Google).await.unwrap().generation, 21);
    }

    async fn several_providers_are_refreshed_side_by_side_and_one_failing_leaves_the_others(world: World) {
        let mut ada = world.user("ada@example.com");
        for provider in [Provider::Google, Provider::Spotify, Provider::Twitch] {
            ada.connected(provider, GrantScript::rotating()).await;
        }
        world.advance(TimeDelta::hours(2));
        ada.renew_jwt();
        world.simulator.provider_outage(Provider::Spotify, true);
        let gate = world.simulator.gate(Endpoint::RefreshProviderToken);
        let open = async {
            gate.arrived(3).await;
            gate.release();
        };
        let query = "{ providerConnections { provider accessToken } }";
        let (answer, ()) = tokio::join!(ada.ask(query), open);
        assert_eq!(answer.at("/errors").as_array().unwrap().len(), 1);
        assert_eq!(answer.at("/errors/0/path"), &json!(["providerConnections", 1, "accessToken"]));
        assert_eq!(answer.at("/data/providerConnections/1/accessToken"), &json!(null));
        for (index, provider) in [(0, Provider::Google), (2, Provider::Twitch)] {
            let token = answer.at(&format!("/data/providerConnections/{index}/accessToken"));
            assert!(ada.can_use(provider, token.as_str().unwrap()).await);
        }
    }

    async fn a_service_refreshes_for_a_user_who_is_away(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating()).await;
        world.advance(TimeDelta::hours(3));
        let query = format!(
            "{{ providerConnection(provider: google, userId: \"{}\") {{ accessToken }} }}",
            ada.id
        );
        let answer = world.ask_as_service(&[], &query).await;
        let token = answer.text("/providerConnection/accessToken");
        assert!(ada.can_use(Provider::Google, token).await);
    }
}
