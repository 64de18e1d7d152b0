use std::{
    sync::atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed},
    task::Poll,
};

use axum::{Router, extract::State, http::StatusCode, routing::get};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::poll;
use serde_json::json;
use tokio::net::TcpListener;

use super::*;

/// The public key of RFC 7515, appendix A.2.
const MODULUS: &str = "\
    ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1\
    Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpa\
    SHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4\
    LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";

/// An issuer whose keys can be fetched as often as there are permits. Then the fetch hangs.
async fn issuer(permits: Arc<Semaphore>) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let configuration = json!({ "issuer": "issuer", "jwks_uri": format!("{url}/keys") });
    let configuration = configuration.to_string();
    let keys = async |State(permits): State<Arc<Semaphore>>| {
        permits.acquire().await.unwrap().forget();
        let key = json!({ "kty": "RSA", "alg": "RS256", "kid": "own", "n": MODULUS, "e": "AQAB" });
        json!({ "keys": [key] }).to_string()
    };
    let app = Router::new()
        .route("/", get(move || async move { configuration }))
        .route("/keys", get(keys))
        .with_state(permits);
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    url.parse().unwrap()
}

/// A token with this key's name, which nobody has signed.
fn token(kid: &str) -> String {
    let encoded = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = encoded(json!({ "alg": "RS256", "kid": kid }));
    let claims = encoded(json!({ "iss": "issuer", "aud": "audience" }));
    format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode([0; 256]))
}

#[tokio::test]
async fn however_many_wait_with_keys_that_nobody_has_a_known_key_is_checked_at_once() {
    let permits = Arc::new(Semaphore::new(1));
    let url = issuer(permits).await;
    let events = SecurityEvents::new(url, vec!["audience".to_owned()], Clock::system()).unwrap();
    let own = token("own");
    // It could be checked, and is not good.
    assert_eq!(events.verify(&own).await.unwrap_err(), SecurityEventError::Key);
    let made_up: Vec<_> = (0..=WAITING).map(|number| token(&number.to_string())).collect();
    let mut waiting: Vec<_> = made_up.iter().map(|token| Box::pin(events.verify(token))).collect();
    let mut last = waiting.pop().unwrap();
    for one in &mut waiting {
        assert!(poll!(one).is_pending());
    }
    let refused = poll!(&mut last);
    assert!(matches!(refused, Poll::Ready(Err(SecurityEventError::Unavailable))), "{refused:?}");
    assert_eq!(events.verify(&own).await.unwrap_err(), SecurityEventError::Key);
    drop(waiting);
    let mut later = Box::pin(events.verify(&made_up[0]));
    assert!(poll!(&mut later).is_pending(), "their places are free again");
}

#[tokio::test]
async fn a_document_that_could_not_be_fetched_is_asked_for_again_once_the_clock_was_set_back() {
    let keys = issuer(Arc::new(Semaphore::new(1))).await;
    let fetches = Arc::new(AtomicUsize::new(0));
    let document =
        json!({ "issuer": "issuer", "jwks_uri": keys.join("keys").unwrap().as_str() }).to_string();
    let answer = async move |State(fetches): State<Arc<AtomicUsize>>| {
        let is_first = fetches.fetch_add(1, Relaxed) == 0;
        if is_first { Err(StatusCode::SERVICE_UNAVAILABLE) } else { Ok(document) }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let app = Router::new().route("/", get(answer)).with_state(fetches.clone());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let hours = Arc::new(AtomicI64::new(1));
    let clock = {
        let hours = hours.clone();
        let noon: DateTime<Utc> = "2026-01-01T12:00:00Z".parse().unwrap();
        Clock::from_fn(move || noon + TimeDelta::hours(hours.load(Relaxed)))
    };
    let events =
        SecurityEvents::new(url.parse().unwrap(), vec!["audience".to_owned()], clock).unwrap();
    let verified = async || events.verify(&token("own")).await.unwrap_err();

    for _ in 0..2 {
        assert_eq!(verified().await, SecurityEventError::Unavailable);
    }
    assert_eq!(fetches.load(Relaxed), 1, "it has just failed");

    hours.store(0, Relaxed);
    assert_eq!(verified().await, SecurityEventError::Key);
}
