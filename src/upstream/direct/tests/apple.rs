//! Apple's client secret.

use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use super::*;

#[tokio::test]
async fn the_secret_is_a_jwt_as_apple_wants_it() {
    let (key, public) = apple_key();
    let recorder = Recorder::start([Canned::tokens()]).await;
    let direct = direct_with(Provider::Apple, ClientSecret::Apple(key), &recorder);
    direct.refresh(Provider::Apple, &"token".into(), NOW.parse().unwrap()).await.unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.validate_exp = false;
    validation.set_audience(&["https://appleid.apple.com"]);
    let public = DecodingKey::from_ec_pem(public.as_bytes()).unwrap();
    let secret = recorder.only().field("client_secret");
    let jwt = jsonwebtoken::decode::<Value>(&secret, &public, &validation).unwrap();
    assert_eq!(jwt.header.kid.as_deref(), Some("KEY1234567"));
    let now = NOW.parse::<DateTime<Utc>>().unwrap().timestamp();
    let expected = json!({
        "iss": "TEAM123456",
        "iat": now,
        "exp": now + 300,
        "aud": "https://appleid.apple.com",
        "sub": "app one",
    });
    assert_eq!(jwt.claims, expected);
}

#[tokio::test]
async fn a_secret_is_used_until_shortly_before_it_ends() {
    let recorder = Recorder::start([Canned::tokens()]).await;
    let start: DateTime<Utc> = NOW.parse().unwrap();
    let time = Arc::new(Mutex::new(start));
    let shown = time.clone();
    let secret = ClientSecret::Apple(apple_key().0);
    let clients = [(Provider::Apple, client(Provider::Apple, secret, &recorder.origin))];
    let clock = Clock::from_fn(move || *shown.lock().unwrap());
    let direct = Direct::new(clients.into_iter().collect(), clock).unwrap();
    // The last is a clock that was put back.
    for seconds in [0, 239, 240, 300, -60] {
        *time.lock().unwrap() = start + TimeDelta::seconds(seconds);
        direct.refresh(Provider::Apple, &"token".into(), NOW.parse().unwrap()).await.unwrap();
    }
    let secrets: Vec<_> = recorder.seen().iter().map(|seen| seen.field("client_secret")).collect();
    assert_eq!(secrets[0], secrets[1]);
    assert_ne!(secrets[1], secrets[2]);
    assert_eq!(secrets[2], secrets[3]);
    assert_ne!(secrets[3], secrets[4]);
}

#[test]
fn a_key_that_cant_sign_for_apple_is_no_key() {
    let new = |pem: &str| AppleKey::new("team".to_owned(), "key".to_owned(), pem).map(|_| ());
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let p256 = pem("PRIVATE KEY", pair.to_pkcs8v1().unwrap().as_ref());
    assert!(new(&p256).is_ok());
    assert!(new(&p256.replace('\n', "\\n")).is_ok());
    let p384 = EcdsaKeyPair::generate(&aws_lc_rs::signature::ECDSA_P384_SHA384_FIXED_SIGNING);
    let p384 = pem("PRIVATE KEY", p384.unwrap().to_pkcs8v1().unwrap().as_ref());
    for other in ["", "secret", &apple_key().1, &pem("PRIVATE KEY", b"nonsense"), &p384] {
        assert!(new(other).is_err(), "{other}");
    }
}
