use std::{sync::Arc, task::Poll};

use axum::{Router, extract::State, routing::get};
use chrono::TimeDelta;
use futures_util::{future::join_all, poll};
use jsonwebtoken::Algorithm;
use tokio::{net::TcpListener, sync::Semaphore};

use super::*;

/// The public key of RFC 8037, appendix A.2.
const KEYS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"known",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

/// An endpoint that answers as often as it has permits, and hangs otherwise.
async fn endpoint(permits: Arc<Semaphore>) -> Url {
    let answer = async |State(permits): State<Arc<Semaphore>>| {
        permits.acquire().await.unwrap().forget();
        KEYS
    };
    let app = Router::new().route("/", get(answer)).with_state(permits);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    url.parse().unwrap()
}

fn name(kid: &str) -> KeyName {
    KeyName { algorithm: Algorithm::EdDSA, kid: Some(kid.to_owned()) }
}

#[tokio::test]
async fn however_many_wait_for_keys_that_nobody_has_a_known_key_is_there_at_once() {
    let permits = Arc::new(Semaphore::new(1));
    let jwks = Jwks::new(endpoint(permits.clone()).await, Clock::system()).unwrap();
    let known = name("known");
    assert!(jwks.keys_for(&known).await.is_ok());
    let made_up: Vec<_> = (0..=WAITING).map(|number| name(&number.to_string())).collect();
    let mut waiting: Vec<_> = made_up.iter().map(|name| Box::pin(jwks.keys_for(name))).collect();
    let mut last = waiting.pop().unwrap();
    for one in &mut waiting {
        assert!(poll!(one).is_pending());
    }
    assert!(matches!(poll!(&mut last), Poll::Ready(Err(Unavailable))), "nobody waits beside them");
    assert!(jwks.keys_for(&known).await.is_ok());
    permits.add_permits(2);
    for keys in join_all(waiting).await {
        assert!(!keys.unwrap().iter().any(|key| key.may_be(&name("0"))));
    }
    assert!(jwks.keys_for(&name("later")).await.is_ok(), "their places are free again");
}

/// Tokens that were verified with a set stay known as long as it is in use.
#[test]
fn only_a_fetch_that_brings_other_keys_replaces_the_set() {
    let mut known = Known::default();
    let mut fetch = |json: &str| {
        let KeySet { keys, .. } = key_set::read(json.as_bytes()).unwrap();
        known.fetched(keys, None);
        known.keys.clone()
    };
    let first = fetch(KEYS);
    assert!(Arc::ptr_eq(&first, &fetch(KEYS)));
    let rsa = |n: &str, alg: &str| {
        format!(r#"{{"keys":[{{"kty":"RSA","kid":"known","alg":"{alg}","n":"{n}","e":"AQAB"}}]}}"#)
    };
    let number = |first: &str| format!("{first}{}w", "A".repeat(340));
    let sets = [
        KEYS.replace("\"known\"", "\"another\""),
        KEYS.replace("\"kid\":\"known\",", ""),
        rsa(&number("v"), "RS256"),
        rsa(&number("w"), "RS256"),
        rsa(&number("w"), "RS512"),
        KEYS.to_owned(),
    ];
    let mut before = first;
    for set in sets {
        let after = fetch(&set);
        assert!(!Arc::ptr_eq(&before, &after), "{set}");
        assert!(Arc::ptr_eq(&after, &fetch(&set)), "{set}");
        before = after;
    }
}

#[test]
fn a_key_that_was_missing_is_asked_for_again_once_the_clock_was_set_back() {
    let at: DateTime<Utc> = "2026-01-01T12:00:00Z".parse().unwrap();
    let mut known = Known::default();
    known.remember_to_lack(&name("missing"), at);
    assert!(known.lacks(&name("missing"), at + TimeDelta::seconds(4)));
    assert!(!known.lacks(&name("missing"), at + TimeDelta::seconds(5)));
    assert!(!known.lacks(&name("missing"), at - TimeDelta::hours(1)));
}
