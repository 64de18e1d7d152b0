//! `importProviderConnection`: the same for one token, for the service alone.

use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use provider_connections::hasura::Role;
use serde_json::json;
use uuid::Uuid;

use crate::harness::{Answer, SERVICE_SECRET, User, World, on_both_databases};

const IMPORT: &str = "mutation Import($userId: uuid!, $token: String!, $replace: Boolean! = false) {
  importProviderConnection(userId: $userId, provider: google, refreshToken: $token, replace: $replace) {
    userId provider status accessToken refreshable
  }
}";

const ADMIN: [(&str, &str); 2] = [("x-service-secret", SERVICE_SECRET), ("x-hasura-role", "admin")];

async fn import(world: &World, headers: &[(&str, &str)], user: Uuid, token: &str) -> Answer {
    world.server.ask(headers, IMPORT, json!({ "userId": user, "token": token })).await
}

/// A user, and a refresh token that another system has got for them.
fn ada(world: &World, script: GrantScript) -> (User<'_>, String) {
    let ada = world.user("ada@example.com");
    let grant = ada.sign_in(Provider::Google, script);
    let token = world.simulator.grant(grant).current_refresh_token.unwrap();
    (ada, token)
}

on_both_databases! {
    async fn the_service_imports_a_token_and_may_repeat_it(world: World) {
        let (ada, token) = ada(&world, GrantScript::rotating_single_use());
        for headers in [&ADMIN[..], &ADMIN[..1]] {
            let answer = import(&world, headers, ada.id, &token).await;
            assert_eq!(answer.text("/importProviderConnection/status"), "ACTIVE");
            assert_eq!(answer.text("/importProviderConnection/userId"), ada.id.to_string());
            assert!(answer.data("/importProviderConnection/refreshable").as_bool().unwrap());
        }
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1);
        ada.refresh(Provider::Google).await.data("/refreshProviderToken/accessToken");
    }

    async fn nobody_else_may(world: World) {
        let (ada, token) = ada(&world, GrantScript::stable());
        let bearer = format!("Bearer {}", ada.jwt);
        let me = ada.id.to_string();
        for headers in [
            vec![("authorization", bearer.as_str())],
            vec![("authorization", bearer.as_str()), ("x-hasura-role", "user")],
            // As Hasura passes a user's own call on.
            vec![
                ("x-service-secret", SERVICE_SECRET),
                ("x-hasura-role", "user"),
                ("x-hasura-user-id", me.as_str()),
            ],
        ] {
            let answer = import(&world, &headers, ada.id, &token).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{headers:?}");
            assert!(answer.message().contains("x-service-secret"), "{answer:?}");
        }
        assert_eq!(import(&world, &[], ada.id, &token).await.code(), "UNAUTHENTICATED");
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 0);
        assert!(world.row(ada.id, Provider::Google).await.is_none());
    }

    async fn what_stands_in_its_way_is_said_by_reason(world: World) {
        let (ada, token) = ada(&world, GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        let answer = import(&world, &ADMIN, ada.id, &token).await;
        assert_eq!(answer.code(), "IMPORT_REFUSED");
        assert_eq!(answer.extension("reason"), "already-connected");
        assert_eq!(answer.extension("provider"), "google");
        ada.disconnect(Provider::Google).await.data("/disconnectProvider/id");
        let answer = import(&world, &ADMIN, ada.id, &token).await;
        assert_eq!(answer.extension("reason"), "disconnected");
        for broken in ["", " ", "two words", "line\nbreak"] {
            let answer = import(&world, &ADMIN, Uuid::from_u128(7), broken).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT");
        }
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 0);
    }

    async fn through_nhost_auth_a_token_is_dead_once_it_was_refused_while_others_were_renewed(world: World) {
        let (ada, token) = ada(&world, GrantScript::stable());
        world.simulator.revoke(world.simulator.grant_of(ada.id, Provider::Google).unwrap());
        let mut bob = world.user("bob@example.com");
        bob.connected(Provider::Google, GrantScript::stable()).await;
        let mut codes = Vec::new();
        for _ in 0..4 {
            codes.push(import(&world, &ADMIN, ada.id, &token).await.code().to_owned());
            // At once it is not sent again.
            import(&world, &ADMIN, ada.id, &token).await.code();
            world.advance(chrono::TimeDelta::minutes(6));
            bob.renew_jwt();
            bob.refresh(Provider::Google).await.data("/refreshProviderToken/accessToken");
        }
        let (unclear, dead) = ("UPSTREAM_UNAVAILABLE", "REAUTHENTICATION_REQUIRED");
        assert_eq!(codes, [unclear, unclear, dead, dead]);
        // Three of Ada's, and four of Bob's.
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 7);
        assert!(world.row(ada.id, Provider::Google).await.is_none());
    }
}

#[test]
fn no_role_of_hasura_sees_it() {
    let schema = include_str!("../../../schema.graphql");
    assert!(schema.contains("importProviderConnection"));
    let role = Role::parse("user", schema).unwrap();
    assert!(!role.schema.contains("importProviderConnection"));
    assert!(role.schema.contains("connectProvider"));
}
