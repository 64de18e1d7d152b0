//! Sets of keys that no issuer of sound mind publishes.

use chrono::TimeDelta;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::{ask, assert_good, jwt, world};
use crate::harness::{Issuer, IssuerKey, Published};

/// An RSA key of 1024 bits, made with OpenSSL.
const SMALL_MODULUS: &str = "tI8NY7cI2M057o2FErIvsRuURRX_J7M86bRSpop76wpMK-Vh0NpwuxfydEOIJvoQ7WjFqrtqipg2\
Pas4TcN8q88N9NROAEdZ_kTNueNV39dn06ek6QicV-0f6kaMt4Adoy3pSWnkhRsFY1hxA0qmdL-G5McwcsDAmpo5M5dlQ2M";

fn sets(good: &IssuerKey, other: &IssuerKey) -> Vec<(&'static str, Vec<u8>)> {
    let set = |keys: Value| json!({ "keys": keys }).to_string().into_bytes();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut key = other.jwk();
        change(&mut key);
        set(json!([good.jwk(), key]))
    };
    let rsa = IssuerKey::new("rsa", Algorithm::RS256).jwk();
    let weak = |name: &str, value: &str| {
        let mut key = rsa.clone();
        key[name] = value.into();
        set(json!([other.jwk(), key]))
    };
    let many: Vec<_> = (0..101)
        .map(|number| {
            let mut key = other.jwk();
            key["kid"] = number.to_string().into();
            key
        })
        .collect();
    vec![
        ("10 MB", [set(json!([other.jwk()])), vec![b' '; 10_000_000]].concat()),
        ("two keys of one kid", changed(&|key| key["kid"] = good.kid.clone().into())),
        ("a key of 1024 bits", weak("n", SMALL_MODULUS)),
        ("an exponent of 1", weak("e", "AQ")),
        ("an even exponent", weak("e", "AQAA")),
        ("a symmetric key", changed(&|key| *key = json!({"kty": "oct", "k": "c2VjcmV0"}))),
        ("a private key", changed(&|key| key["d"] = "AQ".into())),
        ("a point off its curve", changed(&|key| key["y"] = key["x"].clone())),
        ("over a hundred keys", set(many.into())),
        ("no keys", set(json!([]))),
        (
            "keys for encryption alone",
            set({
                let mut key = other.jwk();
                key["use"] = "enc".into();
                json!([key])
            }),
        ),
        ("no set", b"{}".to_vec()),
        ("no JSON", b"<html>".to_vec()),
        ("half of it", set(json!([other.jwk()]))[..40].to_vec()),
    ]
}

#[tokio::test]
async fn such_a_set_is_refused_as_a_whole_and_the_keys_at_hand_go_on() {
    let (good, other) =
        (IssuerKey::new("good", Algorithm::ES256), IssuerKey::new("other", Algorithm::ES256));
    let issuer =
        Issuer::start(Published::keys(&[&good]).header("cache-control", "max-age=60")).await;
    let world = world(&issuer).await;
    let (of_good, of_other) = (jwt(&world, &good), jwt(&world, &other));
    assert_good(&ask(&world, &of_good).await);
    for (what, body) in sets(&good, &other) {
        let fetches = issuer.fetches();
        issuer.publish(Published { body, ..Published::keys(&[]) });
        world.advance(TimeDelta::minutes(1));
        assert_good(&ask(&world, &of_good).await);
        assert_eq!(issuer.fetches(), fetches + 1, "{what}: it was looked at");
        assert_eq!(ask(&world, &of_other).await.code(), "UPSTREAM_UNAVAILABLE", "{what}");
    }
}

#[tokio::test]
async fn keys_of_kinds_that_are_not_known_here_are_passed_over() {
    let good = IssuerKey::new("good", Algorithm::ES256);
    let more = json!([
        {"kty": "EC", "crv": "P-521", "kid": "p521", "x": "AQ", "y": "AQ"},
        {"kty": "OKP", "crv": "X25519", "kid": "x25519", "x": "AQ"},
        {"kty": "AKP", "alg": "ML-DSA-44", "kid": "new", "pub": "AQ"},
        {"kty": "RSA", "alg": "RSA-OAEP", "use": "enc", "kid": "enc", "n": "AQ", "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "key_ops": ["deriveKey"], "kid": "dh", "x": "AQ", "y": "AQ"},
        good.jwk(),
    ]);
    let issuer = Issuer::start(Published::set(&json!({ "keys": more, "more": 1 }))).await;
    let world = world(&issuer).await;
    assert_good(&ask(&world, &jwt(&world, &good)).await);
}
