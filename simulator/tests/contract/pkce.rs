//! PKCE: a sign-in that began with a challenge comes back with a code, which takes the verifier.

use chrono::Duration;
use serde_json::{Value, json};

use crate::{
    browser::{ask, decide, query},
    world::{Answer, World, error},
};

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn code(world: &World) -> String {
    let consent = ask(world, "google", &[("codeChallenge", CHALLENGE), ("state", "mine")]).await;
    let end = query(&decide(world, &consent, "ada@example.com", "allow").await);
    assert!(!end.contains_key("refreshToken"));
    assert_eq!(end["state"], "mine");
    end["code"].clone()
}

async fn exchange(world: &World, code: &str, verifier: &str) -> Answer {
    let body = json!({ "code": code, "codeVerifier": verifier });
    world.post("/v1/token/exchange", "", body).await
}

fn refused() -> Answer {
    error(400, "invalid-request", "The request payload is incorrect")
}

#[tokio::test]
async fn the_code_and_its_verifier_bring_a_session_once() {
    let world = World::new().await;
    let code = code(&world).await;
    let answer = exchange(&world, &code, VERIFIER).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["session"]["user"]["email"], "ada@example.com");
    let jwt = answer.body["session"]["accessToken"].as_str().unwrap();
    assert_eq!(world.fetch("google", jwt).await.body["expiresIn"], 3600);
    assert_eq!(exchange(&world, &code, VERIFIER).await, refused());
}

#[tokio::test]
async fn a_code_without_its_verifier_is_worth_nothing_and_waits_for_it() {
    let world = World::new().await;
    let code = code(&world).await;
    let another = VERIFIER.replace('d', "e");
    assert_eq!(exchange(&world, &code, &another).await, refused());
    assert_eq!(exchange(&world, "made-up", VERIFIER).await, refused());
    for length in [42, 129] {
        let answer = exchange(&world, &code, &"v".repeat(length)).await;
        assert_eq!(
            (answer.status, &answer.body["error"]),
            (400, &json!("schema-validation-error"))
        );
    }
    assert_eq!(exchange(&world, &code, VERIFIER).await.status, 200);
}

#[tokio::test]
async fn a_code_lives_five_minutes() {
    let world = World::new().await;
    let first = code(&world).await;
    world.running.advance(Duration::seconds(299));
    assert_eq!(exchange(&world, &first, VERIFIER).await.status, 200);
    let second = code(&world).await;
    world.running.advance(Duration::minutes(5));
    assert_eq!(exchange(&world, &second, VERIFIER).await, refused());
}

#[tokio::test]
async fn a_challenge_is_43_characters_of_base64url() {
    let world = World::new().await;
    let padded = format!("{CHALLENGE}=");
    for challenge in ["short", &CHALLENGE.replace('9', "+"), &padded, &CHALLENGE[1..]] {
        let challenge: Value = challenge.into();
        let path = format!(
            "/v1/signin/provider/google?codeChallenge={}",
            challenge.as_str().unwrap().replace('+', "%2B")
        );
        assert_eq!(world.get(&path, "").await, refused(), "{challenge}");
    }
}

#[tokio::test]
async fn who_links_gets_no_code() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let jwt = world.running.jwt(ada);
    let consent = ask(&world, "spotify", &[("connect", &*jwt), ("codeChallenge", CHALLENGE)]).await;
    let end = query(&decide(&world, &consent, "ada@example.com", "allow").await);
    assert!(!end.contains_key("code") && !end.contains_key("error"));
}
