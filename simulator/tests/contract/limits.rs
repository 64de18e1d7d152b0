//! Nhost Auth's rate limits, by client address.

use chrono::Duration;
use nhost_auth_simulator::{Endpoint, Options, RateLimits};
use serde_json::{Value, json};

use crate::world::World;

async fn limited() -> World {
    World::with(Options { rate_limits: RateLimits::nhost_auth(), ..Options::default() }).await
}

async fn status_from(world: &World, path: &str, forwarded_for: &str) -> u16 {
    let request = world.http.get(world.url(path)).header("x-forwarded-for", forwarded_for);
    request.send().await.unwrap().status().as_u16()
}

const SESSION: &str = "v1/signin/provider/google/callback/tokens";

#[tokio::test]
async fn an_address_has_ten_sign_ins_in_five_minutes_and_others_have_theirs() {
    let world = limited().await;
    for _ in 0..10 {
        assert_eq!(status_from(&world, SESSION, "192.0.2.1").await, 400);
    }
    let refused = world.http.get(world.url(SESSION)).header("x-forwarded-for", "192.0.2.1");
    let refused = refused.send().await.unwrap();
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().get("retry-after").is_none());
    assert!(refused.bytes().await.unwrap().is_empty());
    assert_eq!(status_from(&world, SESSION, "192.0.2.2").await, 400);
    assert_eq!(status_from(&world, SESSION, "192.0.2.3, 192.0.2.1").await, 400);
    assert_eq!(world.get(SESSION, "").await.status, 400, "who sends none has one of its own");
}

#[tokio::test]
async fn signing_in_with_a_token_counts_and_refreshing_does_not() {
    let world = limited().await;
    for _ in 0..10 {
        let pat = json!({ "personalAccessToken": "18d2b1a0-0000-4000-8000-000000000000" });
        assert_eq!(world.post("v1/signin/pat", "", pat).await.status, 401);
    }
    assert_eq!(world.get(SESSION, "").await.status, 429);
    let ada = world.running.add_user("ada@example.com");
    let jwt = world.running.jwt(ada);
    let answer = world.post("v1/token/provider/google", &jwt, json!({})).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn the_window_slides_and_refused_calls_count_nowhere() {
    let world = limited().await;
    for _ in 0..30 {
        status_from(&world, SESSION, "192.0.2.1").await;
    }
    // A window later the calls of the last one fade away: one in thirty seconds, rounded up.
    world.running.advance(Duration::minutes(5));
    assert_eq!(status_from(&world, SESSION, "192.0.2.1").await, 429);
    world.running.advance(Duration::seconds(31));
    for expected in [400, 400, 429] {
        assert_eq!(status_from(&world, SESSION, "192.0.2.1").await, expected);
    }
}

#[tokio::test]
async fn an_address_has_a_hundred_calls_a_minute_in_all() {
    let world = limited().await;
    for _ in 0..100 {
        assert_eq!(status_from(&world, "v1/version", "192.0.2.1").await, 200);
    }
    assert_eq!(status_from(&world, "v1/healthz", "192.0.2.1").await, 429);
}

#[tokio::test]
async fn from_046_on_it_issues_by_its_address_and_says_so_where_it_is_an_openid_provider() {
    let options = Options { issues_by_address: true, ..Options::default() };
    let world = World::with(options.clone()).await;
    let secret: Value = serde_json::from_str(&world.running.jwt_secret_json()).unwrap();
    assert_eq!(secret.get("issuer"), None);
    let ada = world.running.add_user("ada@example.com");
    let jwt = world.running.jwt(ada);
    let answer = world.post("v1/token/provider/none", &jwt, json!({})).await;
    assert_eq!(answer.status, 400, "its own JWT is taken, and no provider is called");
    assert_eq!(world.running.calls(Endpoint::JwtCheck), 1);
    assert_eq!(world.running.calls(Endpoint::RefreshProviderToken), 0);
    let other = nhost_auth_simulator::JwtOptions {
        issuer: Some("hasura-auth".to_owned()),
        ..Default::default()
    };
    let jwt = world.running.jwt_with(ada, other);
    assert_eq!(world.post("v1/token/provider/none", &jwt, json!({})).await.status, 401);
    assert_eq!(world.get("v1/.well-known/openid-configuration", "").await.status, 404);

    let world = World::with(Options { is_openid_provider: true, ..options }).await;
    let answer = world.get("v1/.well-known/openid-configuration", "").await;
    assert_eq!(answer.body["issuer"], world.running.base_url().as_str());
}

#[tokio::test]
async fn what_versions_differ_in_goes_by_the_version() {
    for (version, by_address, fails) in [
        ("0.45.3", false, true),
        ("0.46.0", true, true),
        ("0.50.1", true, false),
        ("1.2.0", true, false),
    ] {
        let options = Options::of_version(version);
        assert_eq!(options.fails_with_two_accounts, fails, "{version}");
        let world = World::with(options).await;
        assert_eq!(world.get("v1/version", "").await.body["version"], version);
        let published = world.get("v1/.well-known/openid-configuration", "").await;
        assert_eq!(published.status == 200, by_address, "{version}");
    }
}
