//! `POST /v1/token/provider/{provider}`

use nhost_auth_simulator::{
    Endpoint, Fault, GrantId, GrantScript, Provider, RefreshAnswer, RefreshTokenWire,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, error, oauth_provider_error};

fn sign_in(world: &World, provider: Provider, script: GrantScript) -> (Uuid, GrantId, String) {
    let ada = world.running.add_user("ada@example.com");
    let grant = world.running.sign_in(ada, provider, script);
    let token = world.running.grant(grant).current_refresh_token.unwrap_or_default();
    (ada, grant, token)
}

#[tokio::test]
async fn a_refresh_token_that_does_not_rotate_comes_back_as_it_was_sent() {
    let world = World::new().await;
    let (ada, grant, token) = sign_in(&world, Provider::Google, GrantScript::stable());
    let answer = world.refresh("google", &world.running.jwt(ada), &token).await;
    let view = world.running.grant(grant);
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body,
        json!({
            "accessToken": view.current_access_token,
            "expiresIn": 3600,
            "expiresAt": "2030-01-01T13:00:00Z",
            "refreshToken": token,
        })
    );
    assert_eq!(view.generation, 1);
}

#[tokio::test]
async fn an_unchanged_refresh_token_may_be_omitted_null_or_empty_too() {
    let world = World::new().await;
    for (wire, expected) in [
        (RefreshTokenWire::Omitted, None),
        (RefreshTokenWire::Null, Some(Value::Null)),
        (RefreshTokenWire::Empty, Some(json!(""))),
    ] {
        let script = GrantScript::stable().unrotated(wire);
        let (ada, _, token) = sign_in(&world, Provider::Google, script);
        let answer = world.refresh("google", &world.running.jwt(ada), &token).await;
        assert_eq!(answer.body.get("refreshToken"), expected.as_ref(), "{wire:?}");
    }
}

#[tokio::test]
async fn a_chain_of_refreshes_mixes_rotation_and_every_wire_form() {
    use RefreshAnswer::{Rotated, Unrotated};
    let world = World::new().await;
    let (ada, grant, mut current) = sign_in(&world, Provider::Google, GrantScript::rotating());
    let jwt = world.running.jwt(ada);
    let cycle = [
        Rotated,
        Unrotated(RefreshTokenWire::Omitted),
        Unrotated(RefreshTokenWire::Null),
        Unrotated(RefreshTokenWire::Empty),
        Unrotated(RefreshTokenWire::Same),
    ];
    let answers: Vec<_> = cycle.into_iter().cycle().take(20).collect();
    world.running.next_refresh_answers(grant, answers.clone());
    for expected in answers {
        let answer = world.refresh("google", &jwt, &current).await;
        assert_eq!(answer.status, 200, "{expected:?}");
        let sent = answer.body.get("refreshToken").cloned();
        match expected {
            Rotated => {
                let new = sent.unwrap().as_str().unwrap().to_owned();
                assert_ne!(new, current);
                current = new;
            }
            Unrotated(RefreshTokenWire::Omitted) => assert_eq!(sent, None),
            Unrotated(RefreshTokenWire::Null) => assert_eq!(sent, Some(Value::Null)),
            Unrotated(RefreshTokenWire::Empty) => assert_eq!(sent, Some(json!(""))),
            Unrotated(RefreshTokenWire::Same) => assert_eq!(sent, Some(json!(current))),
        }
    }
    assert_eq!(world.running.grant(grant).generation, 20);
    assert_eq!(world.running.grant(grant).current_refresh_token, Some(current));
}

#[tokio::test]
async fn the_jwts_user_is_not_compared_with_the_refresh_tokens_owner() {
    let world = World::new().await;
    let (_, _, token) = sign_in(&world, Provider::Google, GrantScript::stable());
    let service = world.running.add_user("service@example.com");
    let answer = world.refresh("google", &world.running.jwt(service), &token).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn every_failure_is_the_same_400() {
    let world = World::new().await;
    let (ada, grant, token) = sign_in(&world, Provider::Google, GrantScript::stable());
    let jwt = world.running.jwt(ada);

    world.running.provider_outage(Provider::Google, true);
    assert_eq!(world.refresh("google", &jwt, &token).await, oauth_provider_error());
    world.running.provider_outage(Provider::Google, false);

    world.running.fail_next(Endpoint::RefreshProviderToken, Fault::RefuseProvider);
    assert_eq!(world.refresh("google", &jwt, &token).await, oauth_provider_error());

    assert_eq!(world.refresh("google", &jwt, "unknown").await, oauth_provider_error());
    assert_eq!(world.refresh("spotify", &jwt, &token).await, oauth_provider_error());
    assert_eq!(world.refresh("google", &jwt, &token).await.status, 200);

    world.running.revoke(grant);
    assert_eq!(world.refresh("google", &jwt, &token).await, oauth_provider_error());
}

#[tokio::test]
async fn a_provider_that_is_not_configured_is_a_409_and_an_unknown_name_a_400() {
    let world = World::new().await;
    let (ada, _, token) = sign_in(&world, Provider::Google, GrantScript::stable());
    let jwt = world.running.jwt(ada);
    world.running.disable_provider(Provider::Google);
    let disabled = error(409, "disabled-endpoint", "This endpoint is disabled");
    assert_eq!(world.refresh("google", &jwt, &token).await, disabled);
    world.running.enable_provider(Provider::Google);
    assert_eq!(world.refresh("google", &jwt, &token).await.status, 200);

    let unknown = world.refresh("myspace", &jwt, &token).await;
    assert_eq!(unknown.status, 400);
    assert_eq!(unknown.body["error"], "request-validation-error");
}

#[tokio::test]
async fn oauth_1_cant_be_refreshed() {
    let world = World::new().await;
    let (ada, _, _) = sign_in(&world, Provider::Twitter, GrantScript::oauth1());
    let jwt = world.running.jwt(ada);
    assert_eq!(world.refresh("twitter", &jwt, "whatever").await, oauth_provider_error());
}

#[tokio::test]
async fn an_older_access_token_stays_alive_until_it_expires() {
    let world = World::new().await;
    let (ada, grant, token) = sign_in(&world, Provider::Google, GrantScript::stable());
    let old = world.running.grant(grant).current_access_token;
    world.running.advance(chrono::Duration::minutes(30));
    world.refresh("google", &world.running.jwt(ada), &token).await;
    let new = world.running.grant(grant).current_access_token;
    assert_eq!(world.opens("google", &old).await, 200);
    assert_eq!(world.opens("google", &new).await, 200);
    world.running.advance(chrono::Duration::minutes(30));
    assert_eq!(world.opens("google", &old).await, 401);
    assert_eq!(world.opens("google", &new).await, 200);
    world.running.expire_access_token(grant);
    assert_eq!(world.opens("google", &new).await, 401);
    assert!(world.running.grant(grant).alive);
}
