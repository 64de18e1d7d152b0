//! How new users come in, and what a sign-in hands on to the provider.

use nhost_auth_simulator::{Options, RateLimits, SignUp};
use reqwest::Url;

use crate::{
    browser::{ask, decide, open, query},
    world::{World, error},
};

async fn with(sign_up: SignUp) -> World {
    World::with(Options { sign_up, ..Options::default() }).await
}

const SIGN_UP: &str = "/v1/signup/provider/google";

#[tokio::test]
async fn without_automatic_sign_up_a_new_user_comes_by_signup_alone() {
    let world = with(SignUp::OnRequest).await;
    let consent = ask(&world, "google", &[]).await;
    let end = query(&decide(&world, &consent, "new@example.com", "allow").await);
    assert_eq!(end["error"], "invalid-email-password", "the same as for a wrong password");

    let consent = open(&world, SIGN_UP, &[]).await;
    let end = query(&decide(&world, &consent, "new@example.com", "allow").await);
    assert!(end.contains_key("refreshToken"));

    let consent = ask(&world, "google", &[]).await;
    let end = query(&decide(&world, &consent, "new@example.com", "allow").await);
    assert!(end.contains_key("refreshToken"), "who is a user signs in");
}

#[tokio::test]
async fn without_any_sign_up_nobody_comes_in_and_users_still_do() {
    let world = with(SignUp::Disabled).await;
    let disabled = error(403, "signup-disabled", "Sign up is disabled.");
    assert_eq!(world.get(SIGN_UP, "").await, disabled);
    let consent = ask(&world, "google", &[]).await;
    let end = query(&decide(&world, &consent, "new@example.com", "allow").await);
    assert_eq!(end["error"], "signup-disabled");
    world.running.add_user("ada@example.com");
    let consent = ask(&world, "google", &[]).await;
    let end = query(&decide(&world, &consent, "ada@example.com", "allow").await);
    assert!(end.contains_key("refreshToken"));
}

#[tokio::test]
async fn a_sign_up_links_to_nobody() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let consent = open(&world, SIGN_UP, &[("connect", &world.running.jwt(ada))]).await;
    let end = query(&decide(&world, &consent, "new@example.com", "allow").await);
    assert!(end.contains_key("refreshToken"));
}

#[tokio::test]
async fn sign_ups_have_a_limit_of_their_own() {
    let rate_limits = RateLimits::nhost_auth();
    let world = World::with(Options { rate_limits, ..Options::default() }).await;
    for _ in 0..10 {
        open(&world, SIGN_UP, &[]).await;
    }
    assert_eq!(world.get(SIGN_UP, "").await.status, 429);
    ask(&world, "google", &[]).await;
}

#[tokio::test]
async fn upstream_params_reach_the_provider_and_names_of_the_protocol_are_refused() {
    let world = World::new().await;
    let params =
        [("upstreamParams[prompt]", "consent"), ("upstreamParams[access_type]", "offline")];
    let consent: Url = ask(&world, "google", &params).await.parse().unwrap();
    let consent = query(&consent);
    assert_eq!((&*consent["prompt"], &*consent["access_type"]), ("consent", "offline"));
    assert!(consent["client_id"] == "simulator-client" && consent.contains_key("state"));

    for name in [
        "client_id",
        "client_secret",
        "redirect_uri",
        "response_type",
        "scope",
        "Scope",
        "state",
        "code",
        "code_challenge",
        "code_challenge_method",
        "nonce",
    ] {
        let path = format!("/v1/signin/provider/google?upstreamParams%5B{name}%5D=x");
        let refused = error(400, "invalid-request", "The request payload is incorrect");
        assert_eq!(world.get(&path, "").await, refused, "{name}");
    }
}
