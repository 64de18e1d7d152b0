//! Where a sign-in comes back to that did not work: what fails at the provider at `AUTH_CLIENT_URL`, what
//! fails afterwards at `redirectTo`.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Duration;
use nhost_auth_simulator::{Options, Provider};
use reqwest::Url;
use serde_json::Value;

use crate::{
    browser::{APP, answer, ask, decide, query},
    world::{World, error, location},
};

const FRONT: &str = "https://app.example.com/front?lang=en";

/// With an app whose front page is known.
async fn with_front_page() -> World {
    let client_url = Some(FRONT.parse().unwrap());
    World::with(Options { client_url, ..Options::default() }).await
}

fn is_front_page(url: &Url) -> bool {
    url.as_str().starts_with(FRONT)
}

#[tokio::test]
async fn a_user_who_says_no_comes_back_to_the_front_page_with_the_providers_error_and_the_state() {
    let world = with_front_page().await;
    let consent = ask(&world, "google", &[("state", "mine")]).await;
    let end = decide(&world, &consent, "ada@example.com", "deny").await;
    assert!(is_front_page(&end), "{end}");
    let end = query(&end);
    assert_eq!(end["lang"], "en");
    assert_eq!(end["error"], "oauth-provider-error");
    assert_eq!(end["errorDescription"], "Provider returned an error");
    assert_eq!(end["provider_error"], "access_denied");
    assert_eq!(end["provider_error_description"], "The user denied access.");
    assert_eq!(end["provider_error_url"], "");
    assert_eq!(end["state"], "mine");
    assert!(!end.contains_key("refreshToken"));
}

#[tokio::test]
async fn without_a_front_page_of_the_apps_there_is_one_of_the_simulators() {
    let world = World::new().await;
    let consent = ask(&world, "google", &[]).await;
    let end = decide(&world, &consent, "ada@example.com", "deny").await;
    assert_eq!(end.origin(), world.running.origin().origin());
    assert_eq!(end.path(), "/");
    let page = world.http.get(end).send().await.unwrap();
    assert_eq!(page.status(), 200);
}

#[tokio::test]
async fn a_sign_in_may_take_a_minute_and_no_longer() {
    let world = with_front_page().await;
    let consent = ask(&world, "google", &[("state", "mine")]).await;
    world.running.advance(Duration::seconds(59));
    let end = decide(&world, &consent, "ada@example.com", "allow").await;
    assert!(query(&end).contains_key("refreshToken"));

    let consent = ask(&world, "google", &[("state", "mine")]).await;
    world.running.advance(Duration::seconds(60));
    let end = decide(&world, &consent, "ada@example.com", "allow").await;
    assert!(is_front_page(&end), "{end}");
    let end = query(&end);
    assert_eq!(end["error"], "invalid-state");
    assert!(!end.contains_key("state"), "what can't be trusted is not echoed");
    let payload = end["provider_state"].split('.').nth(1).unwrap();
    let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    assert_eq!(payload["state"], "mine", "it is in the provider's state all the same");
}

#[tokio::test]
async fn what_is_no_state_of_a_sign_in_is_refused() {
    let world = with_front_page().await;
    let ada = world.running.add_user("ada@example.com");
    for state in ["x", &world.running.jwt(ada)] {
        let path = format!("/v1/signin/provider/google/callback?state={state}&code=x");
        let response = world.http.get(world.url(&path)).send().await.unwrap();
        let end: Url = location(&response).parse().unwrap();
        assert!(is_front_page(&end), "{end}");
        assert_eq!(query(&end)["error"], "invalid-state");
    }
}

#[tokio::test]
async fn what_fails_after_the_provider_comes_back_to_redirect_to_with_the_state() {
    let world = with_front_page().await;
    world.running.provider_outage(Provider::Spotify, true);
    let consent = ask(&world, "spotify", &[("state", "mine")]).await;
    let end = decide(&world, &consent, "ada@example.com", "allow").await;
    assert!(end.as_str().starts_with(APP), "{end}");
    assert_eq!(query(&end)["error"], "oauth-token-echange-failed");
    assert_eq!(query(&end)["state"], "mine");

    let ada = world.running.add_user("ada@example.com");
    world.running.disable_user(ada);
    let consent = ask(&world, "google", &[]).await;
    let end = decide(&world, &consent, "ada@example.com", "allow").await;
    assert!(end.as_str().starts_with(APP), "{end}");
    assert_eq!(query(&end)["error"], "disabled-user");
}

#[tokio::test]
async fn a_code_of_the_providers_is_good_once() {
    let world = World::new().await;
    let consent = ask(&world, "google", &[]).await;
    let callback = answer(&world, &consent, "ada@example.com", "allow").await;
    let mut ends = Vec::new();
    for _ in 0..2 {
        let response = world.http.get(&callback).send().await.unwrap();
        ends.push(query(&location(&response).parse().unwrap()));
    }
    assert!(ends[0].contains_key("refreshToken"));
    assert_eq!(ends[1]["error"], "oauth-token-echange-failed");
}

#[tokio::test]
async fn a_provider_that_is_not_configured_sends_back_at_once_and_one_that_is_unknown_does_not() {
    let world = with_front_page().await;
    world.running.disable_provider(Provider::Google);
    let end: Url = ask(&world, "google", &[]).await.parse().unwrap();
    assert!(end.as_str().starts_with(APP), "{end}");
    assert_eq!(query(&end)["error"], "disabled-endpoint");

    let unknown = world.get("/v1/signin/provider/myspace", "").await;
    assert_eq!(unknown.body["error"], "request-validation-error");
}

fn not_allowed() -> crate::world::Answer {
    error(400, "redirectTo-not-allowed", "The value of \"options.redirectTo\" is not allowed.")
}

#[tokio::test]
async fn a_target_that_is_not_a_web_address_is_refused() {
    let world = World::new().await;
    for target in ["javascript:alert(1)", "/relative", "app://x"] {
        let path = format!("/v1/signin/provider/google?redirectTo={target}");
        assert_eq!(world.get(&path, "").await, not_allowed());
    }
}

#[tokio::test]
async fn a_list_of_addresses_allows_what_is_below_them_by_parts_of_the_name() {
    let redirect_urls =
        ["https://app.example.com/in", "https://*.preview.example.com", "http://localhost:3000"];
    let redirect_urls = redirect_urls.map(str::to_owned).to_vec();
    let client_url = Some(FRONT.parse().unwrap());
    let world = World::with(Options { redirect_urls, client_url, ..Options::default() }).await;
    let status = async |target: &str| {
        let mut url = Url::parse(&world.url("/v1/signin/provider/google")).unwrap();
        url.query_pairs_mut().append_pair("redirectTo", target);
        world.http.get(url).send().await.unwrap().status().as_u16()
    };
    for allowed in [
        "https://app.example.com/in",
        "https://app.example.com:443/in/side?next=https://evil.example#x",
        "https://pr-7.preview.example.com/a/b",
        "http://localhost:3000",
        // The front page is always allowed.
        "https://app.example.com/front?lang=en",
    ] {
        assert_eq!(status(allowed).await, 302, "{allowed}");
    }
    for refused in [
        "https://app.example.com/inside",
        "https://app.example.com/",
        "https://a.b.preview.example.com/",
        "https://preview.example.com/",
        "http://pr-7.preview.example.com/",
        "http://localhost:3001/",
        "https://app.example.com.evil.example/in",
        "https://evil.example/https://app.example.com/in",
    ] {
        assert_eq!(status(refused).await, 400, "{refused}");
    }
}
