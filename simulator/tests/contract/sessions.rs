//! Nhost Auth's own sessions.

use serde_json::json;
use uuid::Uuid;

use crate::world::{World, error};

#[tokio::test]
async fn a_personal_access_token_brings_a_session() {
    let world = World::new().await;
    let service = world.running.add_user("service@example.com");
    let pat = world.running.personal_access_token(service);
    let body = json!({ "personalAccessToken": pat });
    for _ in 0..2 {
        let answer = world.post("/v1/signin/pat", "", body.clone()).await;
        assert_eq!(answer.status, 200);
        let session = &answer.body["session"];
        assert_eq!(session["accessTokenExpiresIn"], 900);
        assert_eq!(session["user"]["id"], json!(service));
        let jwt = session["accessToken"].as_str().unwrap();
        assert_eq!(world.fetch("google", jwt).await.status, 200);
    }
    let unknown = world.post("/v1/signin/pat", "", json!({ "personalAccessToken": Uuid::nil() }));
    let invalid = error(401, "invalid-pat", "Invalid or expired personal access token");
    assert_eq!(unknown.await, invalid);
    world.running.disable_user(service);
    let disabled = error(401, "disabled-user", "User is disabled");
    assert_eq!(world.post("/v1/signin/pat", "", body).await, disabled);
}

#[tokio::test]
async fn a_refresh_token_renews_a_session_and_is_rotated() {
    let world = World::new().await;
    let service = world.running.add_user("service@example.com");
    let pat = world.running.personal_access_token(service);
    let first = world.post("/v1/signin/pat", "", json!({ "personalAccessToken": pat })).await.body;
    let body = json!({ "refreshToken": first["session"]["refreshToken"] });
    let second = world.post("/v1/token", "", body.clone()).await;
    assert_eq!(second.status, 200);
    assert_eq!(second.body["user"]["email"], "service@example.com");
    assert!(second.body["refreshTokenId"].is_string());
    assert_ne!(second.body["refreshToken"], body["refreshToken"]);
    let invalid = error(401, "invalid-refresh-token", "Invalid or expired refresh token");
    assert_eq!(world.post("/v1/token", "", body).await, invalid);
}

#[tokio::test]
async fn healthz_answers_200() {
    let world = World::new().await;
    assert_eq!(world.get("/v1/healthz", "").await.status, 200);
}
