//! `connectProvider`: the session is fetched once, kept sealed, and never lost to a repeat.

use std::pin::pin;

use chrono::TimeDelta;
use futures_util::future::join_all;
use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Provider, RefreshTokenWire};
use serde_json::json;

use crate::harness::on_both_databases;

on_both_databases! {
    async fn a_session_is_fetched_and_kept_sealed(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in(Provider::Google, GrantScript::stable());
        let connected = ada.connect(Provider::Google).await;
        let connection = connected.data("/connectProvider");
        assert_eq!(connection["status"], "ACTIVE");
        assert_eq!(connection["userId"], ada.id.to_string());
        assert_eq!(connection["refreshable"], true);
        assert_eq!(connection["expiresAt"], "2026-01-01T13:00:00Z");
        assert_eq!(connection["connectedAt"], "2026-01-01T12:00:00Z");
        assert_eq!(connection["refreshedAt"], json!(null));
        let token = connection["accessToken"].as_str().unwrap();
        assert!(ada.can_use(Provider::Google, token).await);

        let row = world.row(ada.id, Provider::Google).await.unwrap();
        let stored = row.access_token.unwrap();
        assert!(!stored.windows(token.len()).any(|bytes| bytes == token.as_bytes()));
        assert_eq!((row.generation, row.lease_owner), (1, None));
    }

    async fn fifty_at_once_share_a_few_calls_and_get_the_same_answer(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in(Provider::Google, GrantScript::rotating_single_use());
        let subject = world.subject(ada.id).await;
        let connections = &world.server.connections;
        let all = (0..50).map(|_| connections.connect(&subject, domain::Provider::Google));
        let answers = join_all(all).await;
        let id = answers[0].as_ref().unwrap().id;
        assert!(answers.iter().all(|answer| answer.as_ref().unwrap().id == id));
        // Those who joined ask once more, together: their sign-in may be a newer one. One that comes
        // too late for that asks again.
        assert!((2..=8).contains(&world.simulator.calls(Endpoint::ProviderTokens)));
        assert_eq!(world.row(ada.id, Provider::Google).await.unwrap().generation, 1);
    }

    async fn two_replicas_ask_one_after_the_other_and_answer_the_same(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in(Provider::Google, GrantScript::stable());
        let other = world.replica().await;
        let query = "mutation { connectProvider(provider: google) { id accessToken } }";
        let gate = world.simulator.gate(Endpoint::ProviderTokens);
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
        here.data("/connectProvider/id");
        assert_eq!(here, there);
        assert_eq!(world.simulator.calls(Endpoint::ProviderTokens), 2);
        assert_eq!(world.row(ada.id, Provider::Google).await.unwrap().generation, 1);
    }

    async fn a_repeat_within_sixty_seconds_answers_the_same_connection(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in(Provider::Google, GrantScript::stable());
        let first = ada.connect(Provider::Google).await;
        world.advance(TimeDelta::seconds(59));
        assert_eq!(ada.connect(Provider::Google).await, first);
        world.advance(TimeDelta::seconds(1));
        assert_eq!(ada.connect(Provider::Google).await.code(), "PROVIDER_SESSION_NOT_FOUND");
    }

    async fn the_right_account_after_the_wrong_one_counts_however_soon(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in_as(Provider::Google, "wrong@example.com", GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        world.advance(TimeDelta::seconds(5));
        ada.sign_in_as(Provider::Google, "right@example.com", GrantScript::stable());
        let answer = ada.connect(Provider::Google).await;
        let token = answer.text("/connectProvider/accessToken");
        assert_eq!(ada.account(Provider::Google, token).await, "right@example.com");
        let read = ada.access_token(Provider::Google).await;
        assert_eq!(ada.account(Provider::Google, &read).await, "right@example.com");
    }

    async fn a_call_under_way_does_not_swallow_a_sign_in_that_came_after_it(world: World) {
        let ada = world.user("ada@example.com");
        let (connections, subject) = (&world.server.connections, world.subject(ada.id).await);
        ada.sign_in_as(Provider::Google, "wrong@example.com", GrantScript::stable());
        let gate = world.simulator.gate_answers(Endpoint::ProviderTokens);
        let mut first = pin!(connections.connect(&subject, domain::Provider::Google));
        tokio::select! {
            ended = &mut first => panic!("its answer is held back: {ended:?}"),
            () = gate.arrived(1) => {}
        }
        ada.sign_in_as(Provider::Google, "right@example.com", GrantScript::stable());
        let mut second = pin!(connections.connect(&subject, domain::Provider::Google));
        assert!(futures_util::poll!(&mut second).is_pending(), "it joins the call under way");
        gate.release();
        let (_, second) = tokio::join!(first, second);
        assert_eq!(second.unwrap().generation, 2);
        let read = ada.access_token(Provider::Google).await;
        assert_eq!(ada.account(Provider::Google, &read).await, "right@example.com");
    }

    async fn a_session_that_a_callers_timeout_left_running_ends_in_the_connection(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in(Provider::Google, GrantScript::rotating_single_use());
        let gate = world.simulator.gate_answers(Endpoint::ProviderTokens);
        tokio::select! {
            answer = ada.connect(Provider::Google) => panic!("its answer is held back: {answer:?}"),
            () = gate.arrived(1) => {}
        }
        gate.release();
        let answer = ada.connect(Provider::Google).await;
        let token = answer.text("/connectProvider/accessToken");
        assert!(ada.can_use(Provider::Google, token).await);
        assert_eq!(world.row(ada.id, Provider::Google).await.unwrap().generation, 1);
    }

    async fn who_waits_too_long_for_another_replica_is_told_to_ask_again(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        ada.sign_in(Provider::Google, GrantScript::stable());
        let leased = "UPDATE provider_connection SET lease_owner = id, lease_until";
        let later = if world.database.is_sqlite() {
            "'2026-01-02T12:00:00+00:00'"
        } else {
            "'2026-01-02T12:00:00Z'::timestamptz"
        };
        world.database.execute(&format!("{leased} = {later}")).await;
        let answer = ada.connect(Provider::Google).await;
        assert_eq!(answer.code(), "UPSTREAM_UNAVAILABLE");
        assert_eq!(answer.extension("upstream"), "provider-connections");
        assert!(answer.extension("retryAfter").as_u64().unwrap() > 0);
        let told = answer.message();
        assert!(told.contains("Google is still being connected"), "{told}");
        assert!(told.contains("Call connectProvider again in"), "{told}");
        assert!(!told.to_lowercase().contains("sign in"), "{told}");
        // The session is still there for whoever asks again.
        assert_eq!(world.simulator.calls(Endpoint::ProviderTokens), 1);
        world.advance(TimeDelta::days(2));
        let ada = crate::harness::User { jwt: world.simulator.jwt(ada.id), ..ada };
        ada.connect(Provider::Google).await.data("/connectProvider/id");
    }

    async fn a_rate_limit_of_sessions_stops_no_refresh(world: World) {
        let (mut ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        ada.connected(Provider::Google, GrantScript::stable()).await;
        bob.sign_in(Provider::Google, GrantScript::stable());
        world.advance(TimeDelta::hours(1));
        ada.renew_jwt();
        let bob = crate::harness::User { jwt: world.simulator.jwt(bob.id), ..bob };
        world.simulator.fail_next(Endpoint::ProviderTokens, Fault::RateLimited);
        let limited = bob.connect(Provider::Google).await;
        assert_eq!(limited.code(), "UPSTREAM_UNAVAILABLE");
        assert_eq!(limited.extension("upstream"), "nhost-auth");
        assert!(limited.extension("retryAfter").as_u64().unwrap() > 0);
        let told = limited.message();
        assert!(told.contains("Call connectProvider again in"), "{told}");
        let token = ada.access_token(Provider::Google).await;
        assert!(ada.can_use(Provider::Google, &token).await);
        bob.connect(Provider::Google).await.data("/connectProvider/id");
    }

    async fn without_a_sign_in_there_is_no_session(world: World) {
        let ada = world.user("ada@example.com");
        let answer = ada.connect(Provider::Google).await;
        assert_eq!(answer.code(), "PROVIDER_SESSION_NOT_FOUND");
        assert_eq!(answer.extension("provider"), "google");
        assert!(world.row(ada.id, Provider::Google).await.is_none());
    }

    async fn a_session_that_was_fetched_before_is_gone_and_the_connection_stays(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let before = world.row(ada.id, Provider::Google).await.unwrap();
        world.advance(TimeDelta::seconds(61));
        let answer = ada.connect(Provider::Google).await;
        assert_eq!(answer.code(), "PROVIDER_SESSION_NOT_FOUND");
        let after = world.row(ada.id, Provider::Google).await.unwrap();
        assert_eq!(after.access_token, before.access_token);
        assert_eq!((after.generation, after.lease_owner), (1, None));
        ada.access_token(Provider::Google).await;
    }

    async fn a_provider_that_was_linked_without_a_session_has_none(world: World) {
        let ada = world.user("ada@example.com");
        world.simulator.link_without_session(ada.id, Provider::Github);
        assert_eq!(ada.connect(Provider::Github).await.code(), "PROVIDER_SESSION_NOT_FOUND");
        assert!(world.row(ada.id, Provider::Github).await.is_none());
    }

    async fn no_refresh_token_is_none_however_it_is_written(world: World) {
        for (provider, wire) in [
            (Provider::Google, RefreshTokenWire::Empty),
            (Provider::Github, RefreshTokenWire::Null),
            (Provider::Spotify, RefreshTokenWire::Omitted),
        ] {
            let ada = world.user("ada@example.com");
            ada.sign_in(provider, GrantScript::no_refresh_token().absent(wire));
            let answer = ada.connect(provider).await;
            assert_eq!(answer.data("/connectProvider/refreshable"), false);
            assert_eq!(world.row(ada.id, provider).await.unwrap().refresh_token, None);
        }
    }

    async fn a_token_that_never_expires_has_no_known_expiry(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in(Provider::Github, GrantScript::never_expires());
        let answer = ada.connect(Provider::Github).await;
        assert_eq!(answer.data("/connectProvider/expiresAt"), &json!(null));
        assert_eq!(answer.text("/connectProvider/status"), "ACTIVE");
        let row = world.row(ada.id, Provider::Github).await.unwrap();
        assert_eq!((row.access_token_expires_at, row.refresh_due_at), (None, None));
    }

    async fn the_zero_time_of_oauth_1_is_no_known_expiry(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in(Provider::Twitter, GrantScript::oauth1());
        let answer = ada.connect(Provider::Twitter).await;
        assert_eq!(answer.data("/connectProvider/expiresAt"), &json!(null));
        assert_eq!(answer.text("/connectProvider/status"), "ACTIVE");
        ada.access_token(Provider::Twitter).await;
    }

    async fn a_skewed_clock_at_nhost_auth_does_not_make_a_dead_token_look_alive(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in(Provider::Google, GrantScript::stable().skew(7_200));
        let answer = ada.connect(Provider::Google).await;
        assert_eq!(answer.text("/connectProvider/expiresAt"), "2026-01-01T13:00:00Z");
    }

    async fn a_new_sign_in_without_a_refresh_token_keeps_the_old_one(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.advance(TimeDelta::minutes(5));
        ada.sign_in(Provider::Google, GrantScript::no_refresh_token());
        let answer = ada.connect(Provider::Google).await;
        assert_eq!(answer.data("/connectProvider/refreshable"), true);
        // Whose token it is has been asked by then: `another_account.rs` has the rest.
        ada.account_is_known(Provider::Google).await;
        world.advance(TimeDelta::hours(1));
        ada.renew_jwt();
        let token = ada.access_token(Provider::Google).await;
        assert!(ada.can_use(Provider::Google, &token).await);
    }

    async fn a_new_sign_in_replaces_tokens_and_heals(world: World) {
        let ada = world.user("ada@example.com");
        let first = ada.connected(Provider::Google, GrantScript::stable()).await;
        world.simulator.revoke(first);
        world.advance(TimeDelta::minutes(5));
        ada.sign_in(Provider::Google, GrantScript::stable());
        let answer = ada.connect(Provider::Google).await;
        let token = answer.text("/connectProvider/accessToken");
        assert!(ada.can_use(Provider::Google, token).await);
    }

    async fn nhost_auth_down_keeps_the_session_for_the_next_try(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in(Provider::Google, GrantScript::stable());
        for fault in [
            Fault::RateLimited,
            Fault::InternalServerError,
            Fault::Html(502),
            Fault::Empty(503),
        ] {
            world.simulator.fail_next(Endpoint::ProviderTokens, fault.clone());
            let answer = ada.connect(Provider::Google).await;
            assert_eq!(answer.code(), "UPSTREAM_UNAVAILABLE", "{fault:?}");
            assert_eq!(answer.extension("upstream"), "nhost-auth");
            assert!(answer.extension("retryAfter").as_u64().unwrap() > 0);
            assert!(world.row(ada.id, Provider::Google).await.is_none(), "{fault:?}");
        }
        ada.connect(Provider::Google).await.data("/connectProvider/id");
    }

    async fn an_answer_that_was_lost_or_cant_be_read_leads_the_user_to_sign_in_again(world: World) {
        let ada = world.user("ada@example.com");
        for fault in [
            Fault::LostAfterWork,
            Fault::Disconnect,
            Fault::Garbage,
            Fault::Html(200),
            Fault::Huge(10_000_000),
        ] {
            ada.sign_in(Provider::Google, GrantScript::stable());
            world.simulator.fail_next(Endpoint::ProviderTokens, fault.clone());
            let answer = ada.connect(Provider::Google).await;
            assert_eq!(answer.code(), "PROVIDER_SESSION_NOT_FOUND", "{fault:?}");
            let message = answer.at("/errors/0/message").as_str().unwrap();
            assert!(message.contains("did not arrive or can't be read"), "{fault:?}");
            assert!(world.row(ada.id, Provider::Google).await.is_none(), "{fault:?}");
        }
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        ada.sign_in(Provider::Github, GrantScript::stable());
        world.simulator.fail_next(Endpoint::ProviderTokens, Fault::LostAfterWork);
        let again = ada.connect(Provider::Github).await;
        let url = again.extension("reauthenticationUrl").as_str().unwrap().to_owned();
        let page = reqwest::get(&url).await.unwrap();
        assert!(page.status().is_success(), "{url}");
        assert!(page.text().await.unwrap().contains("Allow"));
    }

    async fn a_disabled_user_is_refused(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in(Provider::Google, GrantScript::stable());
        world.simulator.disable_user(ada.id);
        assert_eq!(ada.connect(Provider::Google).await.code(), "FORBIDDEN");
        assert!(world.row(ada.id, Provider::Google).await.is_none());
    }

    async fn an_anonymous_user_cannot_connect_and_has_no_connections(world: World) {
        let id = world.simulator.add_anonymous_user();
        let anonymous = crate::harness::User { world: &world, id, jwt: world.simulator.jwt(id) };
        assert_eq!(anonymous.connect(Provider::Google).await.code(), "FORBIDDEN");
        let listed = anonymous.ask("{ providerConnections { id } }").await;
        assert_eq!(listed.data("/providerConnections"), &json!([]));
    }

    async fn a_name_that_nhost_auth_does_not_know_is_not_enabled(world: World) {
        let ada = world.user("ada@example.com");
        world.simulator.fail_next(
            Endpoint::ProviderTokens,
            Fault::nhost(400, "request-validation-error"),
        );
        let answer = ada.connect(Provider::Workos).await;
        assert_eq!(answer.code(), "PROVIDER_NOT_ENABLED");
        assert_eq!(answer.extension("provider"), "workos");
    }

    async fn a_service_connects_for_a_user_with_a_jwt_of_its_own_making(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in(Provider::Google, GrantScript::stable());
        let answer = world
            .ask_as_service(
                &[("x-hasura-role", "user"), ("x-hasura-user-id", &ada.id.to_string())],
                "mutation { connectProvider(provider: google) { userId status } }",
            )
            .await;
        assert_eq!(answer.text("/connectProvider/userId"), ada.id.to_string());
    }
}
