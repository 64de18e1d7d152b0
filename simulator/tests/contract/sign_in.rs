//! Signing in as a browser does it.

use nhost_auth_simulator::Provider;
use serde_json::json;

use crate::{
    browser::{ask, decide, query},
    world::World,
};

#[tokio::test]
async fn the_redirects_end_at_the_app_with_a_refresh_token_and_a_session_waits() {
    let world = World::new().await;
    let consent = ask(&world, "google", &[("state", "mine")]).await;
    assert!(consent.starts_with(&world.url("/providers/google/authorize?")));
    let end = decide(&world, &consent, "Ada@Example.com", "allow").await;
    assert!(end.as_str().starts_with("http://localhost:3000/welcome?tab=2&"));
    let query = query(&end);
    assert_eq!(query["state"], "mine");

    let body = json!({ "refreshToken": query["refreshToken"] });
    let session = world.post("/v1/token", "", body).await.body;
    assert_eq!(session["user"]["email"], "ada@example.com");
    let jwt = session["accessToken"].as_str().unwrap();
    let fetched = world.fetch("google", jwt).await;
    let ada = world.running.add_user("ada@example.com");
    let grant = world.running.grant_of(ada, Provider::Google).unwrap();
    let token = world.running.grant(grant).current_access_token;
    assert_eq!(fetched.body["accessToken"], token);
}

#[tokio::test]
async fn connect_links_one_more_provider_to_the_user_of_the_jwt() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let jwt = world.running.jwt(ada);
    let consent = ask(&world, "spotify", &[("connect", &jwt)]).await;
    let end = decide(&world, &consent, "countess@example.com", "allow").await;
    assert!(!query(&end).contains_key("refreshToken"));
    assert_eq!(world.fetch("spotify", &jwt).await.body["expiresIn"], 3600);

    let consent = ask(&world, "spotify", &[("connect", &jwt)]).await;
    let again = decide(&world, &consent, "countess@example.com", "allow").await;
    assert_eq!(query(&again)["error"], "provider-account-already-linked");

    let consent = ask(&world, "google", &[("connect", "not-a-jwt")]).await;
    let bad = decide(&world, &consent, "ada@example.com", "allow").await;
    assert_eq!(query(&bad)["error"], "invalid-request");
}

#[tokio::test]
async fn who_signs_in_again_is_the_owner_of_the_account() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let consent = ask(&world, "spotify", &[("connect", &world.running.jwt(ada))]).await;
    decide(&world, &consent, "countess@example.com", "allow").await;
    let consent = ask(&world, "spotify", &[]).await;
    let end = query(&decide(&world, &consent, "countess@example.com", "allow").await);
    let body = json!({ "refreshToken": end["refreshToken"] });
    let session = world.post("/v1/token", "", body).await.body;
    assert_eq!(session["user"]["id"], json!(ada));
}
