//! Faults, gates, and the log of calls.

use std::time::Duration;

use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Provider};
use reqwest::Client;
use serde_json::json;

use crate::world::World;

/// A world, a JWT, and a refresh token at Google.
async fn connected(script: GrantScript) -> (World, String, String) {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let grant = world.running.sign_in(ada, Provider::Google, script);
    let token = world.running.grant(grant).current_refresh_token.unwrap();
    let jwt = world.running.jwt(ada);
    (world, jwt, token)
}

/// A refresh whose answer may not come.
async fn try_refresh(world: &World, jwt: &str, token: &str) -> reqwest::Result<serde_json::Value> {
    let request = world.http.post(world.url("/v1/token/provider/google")).bearer_auth(jwt);
    request.json(&json!({ "refreshToken": token })).send().await?.json().await
}

#[tokio::test]
async fn queued_faults_come_first_and_standing_ones_stay_until_healed() {
    let (world, jwt, token) = connected(GrantScript::stable()).await;
    let endpoint = Endpoint::RefreshProviderToken;
    world.running.fail_always(endpoint, Some(Provider::Google), Fault::Empty(502));
    world.running.fail_always(endpoint, None, Fault::Empty(500));
    world.running.fail_next(endpoint, Fault::Html(503));
    world.running.fail_next_for(endpoint, Provider::Spotify, Fault::RateLimited);
    let first = world.refresh("google", &jwt, &token).await;
    assert_eq!(first.status, 503);
    assert!(first.body.as_str().unwrap().starts_with("<html>"));
    assert_eq!(world.refresh("google", &jwt, &token).await.status, 502);
    assert_eq!(world.refresh("spotify", &jwt, &token).await.status, 429);
    assert_eq!(world.refresh("spotify", &jwt, &token).await.status, 500);
    world.running.heal(endpoint);
    assert_eq!(world.refresh("google", &jwt, &token).await.status, 200);
    world.running.fail_next(endpoint, Fault::nhost(500, "internal-server-error"));
    let shaped = world.refresh("google", &jwt, &token).await;
    assert_eq!(shaped.body["error"], "internal-server-error");
}

#[tokio::test]
async fn a_lost_answer_did_the_work_and_a_dropped_connection_did_not() {
    let (world, jwt, token) = connected(GrantScript::rotating()).await;
    let endpoint = Endpoint::RefreshProviderToken;
    world.running.fail_next(endpoint, Fault::Disconnect);
    assert!(try_refresh(&world, &jwt, &token).await.is_err());
    world.running.fail_next(endpoint, Fault::LostAfterWork);
    assert!(try_refresh(&world, &jwt, &token).await.is_err());
    assert_eq!(world.refresh("google", &jwt, &token).await.status, 400);

    world.running.fail_next(Endpoint::ProviderTokens, Fault::LostAfterWork);
    let url = world.url("/v1/signin/provider/google/callback/tokens");
    assert!(world.http.get(url).bearer_auth(&jwt).send().await.is_err());
    assert_eq!(world.fetch("google", &jwt).await.status, 500);
}

#[tokio::test]
async fn garbage_and_huge_bodies_are_sent_as_they_are() {
    let (world, jwt, token) = connected(GrantScript::stable()).await;
    let endpoint = Endpoint::RefreshProviderToken;
    world.running.fail_next(endpoint, Fault::Garbage);
    assert!(try_refresh(&world, &jwt, &token).await.unwrap_err().is_decode());
    world.running.fail_next(endpoint, Fault::Huge(5_000_000));
    let huge = try_refresh(&world, &jwt, &token).await.unwrap();
    assert_eq!(huge.as_str().unwrap().len(), 4_999_998);
}

#[tokio::test]
async fn slow_and_trickling_answers_outlast_a_clients_patience() {
    let (world, jwt, token) = connected(GrantScript::stable()).await;
    let hasty = Client::builder().timeout(Duration::from_millis(200)).build().unwrap();
    for fault in [Fault::Slow(Duration::from_hours(1)), Fault::Trickle] {
        world.running.fail_next(Endpoint::RefreshProviderToken, fault);
        let request = hasty.post(world.url("/v1/token/provider/google")).bearer_auth(&jwt);
        let sent = request.json(&json!({ "refreshToken": token })).send().await;
        let late = match sent {
            Ok(head) => head.bytes().await.unwrap_err(),
            Err(error) => error,
        };
        assert!(late.is_timeout(), "{late:?}");
    }
}

#[tokio::test]
async fn a_gate_holds_calls_before_the_work_or_answers_after_it() {
    let (world, jwt, token) = connected(GrantScript::stable()).await;
    let ada = world.running.add_user("ada@example.com");
    let id = world.running.grant_of(ada, Provider::Google).unwrap();
    let generation = || world.running.grant(id).generation;

    let gate = world.running.gate(Endpoint::RefreshProviderToken);
    let check = async {
        gate.arrived(2).await;
        assert_eq!(generation(), 0);
        gate.release_one();
        gate.release();
    };
    tokio::join!(
        world.refresh("google", &jwt, &token),
        world.refresh("google", &jwt, &token),
        check
    );
    assert_eq!((generation(), gate.count()), (2, 2));

    let gate = world.running.gate_answers(Endpoint::RefreshProviderToken);
    let check = async {
        gate.arrived(1).await;
        assert_eq!(generation(), 3);
        drop(gate);
    };
    tokio::join!(world.refresh("google", &jwt, &token), check);
}

#[tokio::test]
async fn calls_are_counted_by_endpoint_and_provider_and_the_log_has_no_secrets() {
    let (world, jwt, token) = connected(GrantScript::stable()).await;
    world.refresh("google", &jwt, &token).await;
    world.refresh("spotify", &jwt, &token).await;
    world.fetch("myspace", &jwt).await;
    assert_eq!(world.running.calls(Endpoint::RefreshProviderToken), 2);
    assert_eq!(world.running.calls_for(Endpoint::RefreshProviderToken, Provider::Google), 1);
    let log = world.running.call_log();
    let statuses: Vec<_> = log.iter().map(|call| call.status).collect();
    assert_eq!(statuses, [Some(200), Some(400), Some(400)]);
    assert_eq!(log[2].provider, None);
    let text = serde_json::to_string(&log).unwrap();
    assert!(world.running.secrets().iter().all(|secret| !text.contains(secret)));
    world.running.reset_calls();
    assert_eq!(world.running.call_log(), []);
}

#[tokio::test]
async fn every_secret_that_was_handed_out_is_known() {
    let (world, jwt, token) = connected(GrantScript::rotating()).await;
    let ada = world.running.add_user("ada@example.com");
    let pat = world.running.personal_access_token(ada).to_string();
    let body = json!({ "personalAccessToken": pat });
    let session = world.post("/v1/signin/pat", "", body).await.body["session"].clone();
    let refreshed = world.refresh("google", &jwt, &token).await.body;
    let secrets = world.running.secrets();
    let given = [
        &refreshed["accessToken"],
        &refreshed["refreshToken"],
        &session["accessToken"],
        &session["refreshToken"],
    ];
    for secret in
        given.map(|value| value.as_str().unwrap()).into_iter().chain([&*jwt, &token, &pat])
    {
        assert!(secrets.iter().any(|known| known == secret), "{secret}");
    }
}
