//! Sets of keys that no issuer of sound mind publishes, and keys that nobody can use beside others.

use base64::{
    Engine,
    engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD},
};
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
    let weak = |name: &str, value: &str| {
        let mut key = IssuerKey::new("rsa", Algorithm::RS256).jwk();
        key[name] = value.into();
        key
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
        ("a symmetric key", changed(&|key| *key = json!({"kty": "oct", "k": "c2VjcmV0"}))),
        ("a symmetric key of no kind", changed(&|key| *key = json!({"k": "c2VjcmV0"}))),
        ("a private key", changed(&|key| key["d"] = "AQ".into())),
        (
            "a private key for encryption",
            changed(&|key| {
                key["use"] = "enc".into();
                key["d"] = Value::Null;
            }),
        ),
        ("a private key that can't be read", changed(&|key| *key = json!({"kty": 5, "p": "AQ"}))),
        ("a key that is none", set(json!([good.jwk(), 5]))),
        ("nothing but a key of 1024 bits", set(json!([weak("n", SMALL_MODULUS)]))),
        ("null, where the secret is shared", b"{\"keys\":null}".to_vec()),
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
        // Otherwise the next fetch would wait for its turn.
        world.advance(TimeDelta::seconds(1));
        assert_eq!(ask(&world, &of_other).await.code(), "UPSTREAM_UNAVAILABLE", "{what}");
    }
}

#[tokio::test]
async fn a_key_that_can_not_be_used_is_passed_over_and_the_others_go_on() {
    let good = IssuerKey::new("good", Algorithm::ES256);
    let bad = IssuerKey::new("bad", Algorithm::RS256);
    let (rsa, ec) = (bad.jwk(), IssuerKey::new("bad", Algorithm::ES256).jwk());
    let with = |key: &Value, name: &str, value: Value| {
        let mut key = key.clone();
        key[name] = value;
        key
    };
    let issuer = Issuer::start(Published::set(&json!({ "keys": [] }))).await;
    let world = world(&issuer).await;
    let (of_good, of_bad) = (jwt(&world, &good), jwt(&world, &bad));
    for (what, key) in [
        ("a key of 1024 bits", with(&rsa, "n", SMALL_MODULUS.into())),
        ("an exponent of 1", with(&rsa, "e", "AQ".into())),
        ("an even exponent", with(&rsa, "e", "AQAA".into())),
        ("no modulus", with(&rsa, "n", Value::Null)),
        ("a modulus that is a number", with(&rsa, "n", 5.into())),
        ("a modulus that is no base64url", with(&rsa, "n", "a+/b!".into())),
        ("no kind", with(&rsa, "kty", Value::Null)),
        ("a point off its curve", with(&ec, "y", ec["x"].clone())),
        ("a coordinate that is too long", with(&ec, "x", rsa["n"].clone())),
        ("half a point", with(&ec, "y", Value::Null)),
        ("a certificate alone", json!({ "kty": "RSA", "kid": "bad", "x5c": ["AQ"] })),
    ] {
        issuer.publish(
            Published::set(&json!({ "keys": [key, good.jwk()] }))
                .header("cache-control", "max-age=60"),
        );
        world.advance(TimeDelta::minutes(2));
        assert_good(&ask(&world, &of_good).await);
        world.advance(TimeDelta::seconds(1));
        let refused = ask(&world, &of_bad).await;
        assert_eq!((refused.code(), what), ("UNAUTHENTICATED", what));
    }
}

#[tokio::test]
async fn keys_are_read_as_real_issuers_write_them() {
    let (rsa, ec) = (IssuerKey::new("rsa", Algorithm::RS256), with_a_zero_in_front());
    let ed = IssuerKey::new("ed", Algorithm::EdDSA);
    // Every field as bytes, and as these are written.
    let written = |key: &IssuerKey, fields: &[&str], write: &dyn Fn(Vec<u8>) -> String| {
        let mut jwk = key.jwk();
        for field in fields {
            jwk[*field] =
                write(URL_SAFE_NO_PAD.decode(jwk[*field].as_str().unwrap()).unwrap()).into();
        }
        jwk
    };
    let zero = |bytes: Vec<u8>| URL_SAFE_NO_PAD.encode([&[0], &*bytes].concat());
    let no_zero = |bytes: Vec<u8>| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        URL_SAFE_NO_PAD.encode(&bytes[zeros..])
    };
    let padded = |bytes: Vec<u8>| URL_SAFE.encode(bytes);
    for (what, jwk, key) in [
        ("a zero before n and e, as Firebase did", written(&rsa, &["n", "e"], &zero), &rsa),
        ("padded n and e", written(&rsa, &["n", "e"], &padded), &rsa),
        ("a zero before x and y", written(&ec, &["x", "y"], &zero), &ec),
        ("x and y without their zeros", written(&ec, &["x", "y"], &no_zero), &ec),
        ("padded x and y", written(&ec, &["x", "y"], &padded), &ec),
        ("a padded x", written(&ed, &["x"], &padded), &ed),
    ] {
        let issuer = Issuer::start(Published::set(&json!({ "keys": [jwk] }))).await;
        let world = world(&issuer).await;
        let answer = ask(&world, &jwt(&world, key)).await;
        assert!(answer.0.get("errors").is_none(), "{what}: {:#}", answer.0);
    }
}

/// A key on P-256 whose x begins with a zero: one in 256.
fn with_a_zero_in_front() -> IssuerKey {
    loop {
        let key = IssuerKey::new("ec", Algorithm::ES256);
        if URL_SAFE_NO_PAD.decode(key.jwk()["x"].as_str().unwrap()).unwrap()[0] == 0 {
            return key;
        }
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
