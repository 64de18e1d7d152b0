//! Signing in as a browser does it.

use std::collections::HashMap;

use nhost_auth_simulator::Provider;
use reqwest::Url;
use serde_json::json;

use crate::world::{World, error, location};

const APP: &str = "http://localhost:3000/welcome?tab=2";

/// Asks to sign in; answers the address of the consent page.
async fn ask(world: &World, provider: &str, more: &[(&str, &str)]) -> String {
    let path = world.url(&format!("/v1/signin/provider/{provider}"));
    let mut url = Url::parse(&path).unwrap();
    url.query_pairs_mut().append_pair("redirectTo", APP).extend_pairs(more);
    let response = world.http.get(url).send().await.unwrap();
    assert_eq!(response.status(), 302);
    location(&response).to_owned()
}

/// Decides on the consent page; answers where the browser ends up.
async fn decide(world: &World, consent: &str, account: &str, decision: &str) -> Url {
    let page = world.http.get(consent).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Allow") && page.contains("Deny"));
    let consent = Url::parse(consent).unwrap();
    let state = consent.query_pairs().find(|(name, _)| name == "state").unwrap().1;
    let form = Url::parse_with_params(
        "x:/",
        [
            ("state", &*state),
            ("account", account),
            ("decision", decision),
            ("behaviour", "rotating"),
        ],
    )
    .unwrap();
    let post = world.http.post(consent.as_str()).body(form.query().unwrap().to_owned());
    let response = post.send().await.unwrap();
    let callback = world.http.get(location(&response)).send().await.unwrap();
    assert_eq!(callback.status(), 302);
    location(&callback).parse().unwrap()
}

fn query(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

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
async fn a_user_who_says_no_comes_back_with_an_error() {
    let world = World::new().await;
    let consent = ask(&world, "google", &[]).await;
    let end = query(&decide(&world, &consent, "ada@example.com", "deny").await);
    assert_eq!(end["error"], "oauth-provider-error");
    assert_eq!(end["errorDescription"], "Provider returned an error");
    assert_eq!(end["provider_error"], "access_denied");
    assert!(!end.contains_key("refreshToken"));
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

#[tokio::test]
async fn a_target_that_is_not_a_web_address_is_refused() {
    let world = World::new().await;
    for target in ["javascript:alert(1)", "/relative", "app://x"] {
        let path = format!("/v1/signin/provider/google?redirectTo={target}");
        let message = "The value of \"options.redirectTo\" is not allowed.";
        let refused = error(400, "redirectTo-not-allowed", message);
        assert_eq!(world.get(&path, "").await, refused);
    }
}

#[tokio::test]
async fn a_provider_that_is_disabled_or_down_ends_the_sign_in_with_an_error() {
    let world = World::new().await;
    world.running.disable_provider(Provider::Google);
    let end = ask(&world, "google", &[]).await;
    assert_eq!(query(&end.parse().unwrap())["error"], "disabled-endpoint");

    world.running.provider_outage(Provider::Spotify, true);
    let consent = ask(&world, "spotify", &[]).await;
    let end = query(&decide(&world, &consent, "ada@example.com", "allow").await);
    assert_eq!(end["error"], "oauth-token-echange-failed");

    let unknown = world.get("/v1/signin/provider/myspace", "").await;
    assert_eq!(unknown.body["error"], "request-validation-error");
}

#[tokio::test]
async fn a_disabled_user_cant_sign_in_and_a_stale_state_is_refused() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    world.running.disable_user(ada);
    let consent = ask(&world, "google", &[]).await;
    let end = query(&decide(&world, &consent, "ada@example.com", "allow").await);
    assert_eq!(end["error"], "disabled-user");

    let consent = ask(&world, "google", &[]).await;
    world.running.advance(chrono::Duration::hours(1));
    let end = decide(&world, &consent, "grace@example.com", "allow").await;
    assert_eq!(query(&end)["error"], "invalid-state");
}
