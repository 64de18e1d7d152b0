//! The shapes of error bodies, one for each layer.

use nhost_auth_simulator::{
    Endpoint, Fault, GrantScript, JwtOptions, Options, Provider, Simulator,
};
use serde_json::json;

use crate::world::{Answer, World, answer};

fn unauthorized(reason: &str) -> Answer {
    let body = json!({ "error": "unauthorized", "reason": reason, "securityScheme": "BearerAuth" });
    Answer { status: 401, body }
}

#[tokio::test]
async fn the_bearer_layer_refuses_a_missing_malformed_expired_or_foreign_jwt() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let malformed = unauthorized("missing or malformed authorization header");
    assert_eq!(world.refresh("google", "", "token").await, malformed);
    let request = world.http.post(world.url("/v1/token/provider/google"));
    assert_eq!(answer(request.header("authorization", "Basic abc")).await, malformed);

    let invalid = unauthorized("invalid or expired token");
    let expired =
        JwtOptions { lifetime: Some(chrono::Duration::seconds(-1)), ..JwtOptions::default() };
    let future = JwtOptions {
        issued_at: Some(world.running.now() + chrono::Duration::seconds(5)),
        ..JwtOptions::default()
    };
    let foreign_issuer =
        JwtOptions { issuer: Some("elsewhere".to_owned()), ..JwtOptions::default() };
    let other_key = Simulator::new(Options { clock: world.running.clock(), ..Options::default() });
    for jwt in [
        "not-a-jwt".to_owned(),
        world.running.jwt_with(ada, expired),
        world.running.jwt_with(ada, future),
        world.running.jwt_with(ada, foreign_issuer),
        other_key.jwt(ada),
    ] {
        assert_eq!(world.refresh("google", &jwt, "token").await, invalid);
        assert_eq!(world.fetch("google", &jwt).await, invalid);
    }
}

#[tokio::test]
async fn a_jwt_ends_when_its_time_is_over() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let jwt = world.running.jwt(ada);
    world.running.advance(chrono::Duration::seconds(899));
    assert_eq!(world.fetch("google", &jwt).await.status, 200);
    world.running.advance(chrono::Duration::seconds(1));
    assert_eq!(world.fetch("google", &jwt).await, unauthorized("invalid or expired token"));
}

#[tokio::test]
async fn an_unknown_provider_name_is_refused_by_the_api_description() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let answer = world.fetch("myspace", &world.running.jwt(ada)).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.body["error"], "request-validation-error");
    assert!(answer.body["reason"].is_string());
    assert_eq!(answer.body.get("status"), None);
}

#[tokio::test]
async fn a_body_that_does_not_fit_is_refused_by_the_api_description() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let jwt = world.running.jwt(ada);
    let path = "/v1/token/provider/google";
    let missing = world.post(path, &jwt, json!({})).await;
    assert_eq!((missing.status, &missing.body["error"]), (400, &json!("schema-validation-error")));
    let wrong = world.post(path, &jwt, json!({ "refreshToken": 7 })).await;
    assert_eq!(wrong.body["error"], "schema-validation-error");
    let request = world.http.post(world.url(path)).bearer_auth(&jwt);
    let no_json = answer(request.body("refreshToken=x")).await;
    assert_eq!((no_json.status, &no_json.body["error"]), (400, &json!("request-validation-error")));
}

#[tokio::test]
async fn the_last_resort_says_errors_in_the_plural() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    world.running.fail_next(Endpoint::ProviderTokens, Fault::InternalServerError);
    let answer = world.fetch("google", &world.running.jwt(ada)).await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.body["errors"], "internal-server-error");
    assert_eq!(answer.body.get("error"), None);
}

#[tokio::test]
async fn a_rate_limit_is_a_429_with_an_empty_body_and_no_retry_after() {
    let world = World::new().await;
    world.running.fail_next(Endpoint::ProviderTokens, Fault::RateLimited);
    let url = world.url("/v1/signin/provider/google/callback/tokens");
    let response = world.http.get(url).send().await.unwrap();
    assert_eq!(response.status(), 429);
    assert!(!response.headers().contains_key("retry-after"));
    assert_eq!(response.bytes().await.unwrap().len(), 0);
}

#[tokio::test]
async fn an_oauth_state_passes_the_bearer_layer_like_any_jwt_of_the_project() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let grant = world.running.sign_in(ada, Provider::Google, GrantScript::stable());
    let token = world.running.grant(grant).current_refresh_token.unwrap();
    let answer = world.refresh("google", &world.running.state_jwt(), &token).await;
    assert_eq!(answer.status, 200);
}
