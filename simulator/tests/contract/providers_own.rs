//! The providers' own endpoints.

use nhost_auth_simulator::{Endpoint, Fault, GrantId, GrantScript, Provider};
use reqwest::RequestBuilder;
use serde_json::json;

use crate::world::{Answer, World, answer};

const POST: &str = "client_id=simulator-client&client_secret=simulator-secret";

fn grant(world: &World, provider: Provider, script: GrantScript) -> (GrantId, String) {
    let ada = world.running.add_user("ada@example.com");
    let grant = world.running.sign_in(ada, provider, script);
    (grant, world.running.grant(grant).current_refresh_token.unwrap())
}

fn ask(world: &World, provider: &str, form: String) -> RequestBuilder {
    let url = world.url(&format!("/providers/{provider}/token"));
    let form_encoded = "application/x-www-form-urlencoded";
    world.http.post(url).header("content-type", form_encoded).body(form)
}

fn refused(status: u16, error: &str) -> Answer {
    let body = json!({ "error": error, "error_description": "The simulated provider refused." });
    Answer { status, body }
}

#[tokio::test]
async fn a_refresh_by_the_client_answers_as_rfc_6749_says() {
    let world = World::new().await;
    let (id, token) = grant(&world, Provider::Google, GrantScript::stable());
    let form = format!("grant_type=refresh_token&refresh_token={token}");
    let by_post = answer(ask(&world, "google", format!("{form}&{POST}"))).await;
    assert_eq!(by_post.status, 200);
    assert_eq!(by_post.body["expires_in"], 3600);
    assert_eq!(by_post.body.get("refresh_token"), None);
    let basic = ask(&world, "google", form);
    let by_basic = answer(basic.basic_auth("simulator-client", Some("simulator-secret"))).await;
    let current = world.running.grant(id).current_access_token;
    assert_eq!(by_basic.body["access_token"], current);
    assert_eq!(world.opens("google", &current).await, 200);
}

#[tokio::test]
async fn a_rotating_provider_sends_the_new_refresh_token() {
    let world = World::new().await;
    let (id, token) = grant(&world, Provider::Discord, GrantScript::rotating());
    let form = format!("grant_type=refresh_token&refresh_token={token}&{POST}");
    let first = answer(ask(&world, "discord", form.clone())).await;
    let current = world.running.grant(id).current_refresh_token.unwrap();
    assert_eq!(first.body["refresh_token"], current);
    assert_eq!(answer(ask(&world, "discord", form)).await, refused(400, "invalid_grant"));
}

#[tokio::test]
async fn refusals_have_the_codes_of_rfc_6749() {
    let world = World::new().await;
    let (id, token) = grant(&world, Provider::Google, GrantScript::stable());
    let form = format!("grant_type=refresh_token&refresh_token={token}");
    let no_client = answer(ask(&world, "google", form.clone())).await;
    assert_eq!(no_client, refused(401, "invalid_client"));
    let wrong = ask(&world, "google", form.clone()).basic_auth("simulator-client", Some("wrong"));
    assert_eq!(answer(wrong).await, refused(401, "invalid_client"));
    let other = format!("grant_type=password&{POST}");
    let other = answer(ask(&world, "google", other)).await;
    assert_eq!(other, refused(400, "unsupported_grant_type"));
    world.running.revoke(id);
    let revoked = answer(ask(&world, "google", format!("{form}&{POST}"))).await;
    assert_eq!(revoked, refused(400, "invalid_grant"));
    world.running.provider_outage(Provider::Google, true);
    let down = answer(ask(&world, "google", format!("{form}&{POST}"))).await;
    assert_eq!(down, refused(503, "temporarily_unavailable"));
    world.running.fail_next(Endpoint::ProviderToken, Fault::OauthError("slow_down".to_owned()));
    assert_eq!(answer(ask(&world, "google", form)).await, refused(400, "slow_down"));
}

#[tokio::test]
async fn client_credentials_can_be_set() {
    let world = World::new().await;
    let (_, token) = grant(&world, Provider::Google, GrantScript::stable());
    world.running.set_client(Provider::Google, "app one", "s:e%c+ret");
    let form = format!("grant_type=refresh_token&refresh_token={token}");
    let basic = ask(&world, "google", form.clone()).basic_auth("app+one", Some("s%3Ae%25c%2Bret"));
    assert_eq!(answer(basic).await.status, 200);
    assert_eq!(answer(ask(&world, "google", format!("{form}&{POST}"))).await.status, 401);
}

#[tokio::test]
async fn github_says_200_to_errors_and_writes_forms_unless_asked_for_json() {
    let world = World::new().await;
    let (_, token) = grant(&world, Provider::Github, GrantScript::rotating());
    let form = format!("grant_type=refresh_token&refresh_token={token}&{POST}");
    let good = answer(ask(&world, "github", form.clone())).await;
    assert!(good.body.as_str().unwrap().contains("access_token=sim-at-github-"));
    let reused = answer(ask(&world, "github", form.clone())).await;
    let expected = Answer { status: 200, body: json!("error=bad_refresh_token") };
    assert_eq!(reused, expected);
    let reused = answer(ask(&world, "github", form).header("accept", "application/json")).await;
    assert_eq!(reused, Answer { status: 200, body: json!({ "error": "bad_refresh_token" }) });
}

#[tokio::test]
async fn strava_and_twitch_have_errors_of_their_own() {
    let world = World::new().await;
    let form = format!("grant_type=refresh_token&refresh_token=unknown&{POST}");
    let strava = answer(ask(&world, "strava", form.clone())).await;
    assert_eq!(
        (strava.status, &strava.body["errors"][0]["resource"]),
        (400, &json!("RefreshToken"))
    );
    let twitch = answer(ask(&world, "twitch", form)).await;
    let body = json!({ "status": 400, "message": "Invalid refresh token" });
    assert_eq!(twitch, Answer { status: 400, body });
}

#[tokio::test]
async fn revoking_either_token_ends_the_grant_and_an_unknown_one_is_no_error() {
    let world = World::new().await;
    let (id, token) = grant(&world, Provider::Gitlab, GrantScript::stable());
    let url = world.url("/providers/gitlab/revoke");
    let revoke = |form: String| answer(world.http.post(&url).body(form));
    assert_eq!(revoke(format!("token=unknown&{POST}")).await.status, 200);
    assert_eq!(revoke(format!("token={token}")).await, refused(401, "invalid_client"));
    assert!(world.running.grant(id).alive);
    assert_eq!(revoke(format!("token={token}&{POST}")).await.status, 200);
    assert!(!world.running.grant(id).alive);
    let access_token = world.running.grant(id).current_access_token;
    assert_eq!(world.opens("gitlab", &access_token).await, 401);
}

#[tokio::test]
async fn google_takes_the_token_alone_and_twitch_the_client_id_and_both_refuse_unknown_ones() {
    let world = World::new().await;
    for (provider, extra) in
        [(Provider::Google, ""), (Provider::Twitch, "&client_id=simulator-client")]
    {
        let (id, token) = grant(&world, provider, GrantScript::stable());
        let url = world.url(&format!("/providers/{provider}/revoke"));
        let revoke = || answer(world.http.post(&url).body(format!("token={token}{extra}")));
        assert_eq!(revoke().await.status, 200);
        assert!(!world.running.grant(id).alive);
        assert_eq!(revoke().await.status, 400);
    }
}

#[tokio::test]
async fn github_facebook_and_strava_revoke_by_a_live_access_token() {
    let world = World::new().await;
    for provider in [Provider::Github, Provider::Facebook, Provider::Strava] {
        let (id, _) = grant(&world, provider, GrantScript::rotating());
        let token = world.running.grant(id).current_access_token;
        let url = world.url(&format!("/providers/{provider}/revoke"));
        let revoke = || {
            answer(match provider {
                Provider::Github => world
                    .http
                    .delete(&url)
                    .basic_auth("simulator-client", Some("simulator-secret"))
                    .json(&json!({ "access_token": token })),
                Provider::Facebook => world.http.delete(&url).bearer_auth(&token),
                _ => world.http.post(&url).body(format!("access_token={token}")),
            })
        };
        assert!((200..=204).contains(&revoke().await.status), "{provider}");
        assert!(!world.running.grant(id).alive);
        assert!((400..=404).contains(&revoke().await.status), "{provider}");
    }
}

#[tokio::test]
async fn userinfo_is_for_live_access_tokens_of_this_provider() {
    let world = World::new().await;
    let (id, _) = grant(&world, Provider::Google, GrantScript::stable());
    let token = world.running.grant(id).current_access_token;
    let info = world.get("/providers/google/userinfo", &token).await.body;
    assert_eq!(
        (&info["email"], &info["sub"]),
        (&json!("ada@example.com"), &json!("google|ada@example.com"))
    );
    let refused = Answer { status: 401, body: json!({ "error": "invalid_token" }) };
    assert_eq!(world.get("/providers/spotify/userinfo", &token).await, refused);
    assert_eq!(world.get("/providers/google/userinfo", "").await, refused);
    world.running.provider_outage(Provider::Google, true);
    assert_eq!(world.opens("google", &token).await, 503);
}
