use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::{
    JwtSecret, SECRET, USER,
    keys::Pair,
    now, payload, secret,
    tokens::{assemble, sign, sign_by, sign_with, unsigned},
};
use crate::auth::{AuthError, Reason};

fn parse(fields: &Value) -> JwtSecret {
    JwtSecret::parse(&fields.to_string()).unwrap()
}

fn refusal(secret: &JwtSecret, token: &str) -> AuthError {
    secret.verify(token, now()).unwrap_err()
}

#[test]
fn a_token_of_every_supported_algorithm_verifies_and_under_another_key_does_not() {
    for (pair, other) in Pair::all().iter().zip(Pair::all()) {
        let token = sign_by(pair, &payload());
        let claims = parse(&pair.verifying()).verify(&token, now());
        assert_eq!(claims.unwrap().user_id(), USER, "{}", pair.type_name);
        if pair.signing_key.is_some() {
            let error = refusal(&parse(&other.verifying()), &token);
            assert!(error.message.contains("JWSInvalidSignature"), "{}: {error}", pair.type_name);
        }
    }
}

#[test]
fn the_secret_decides_the_algorithm_and_never_the_token() {
    let pairs = Pair::all();
    for secret in &pairs {
        for pair in pairs.iter().filter(|pair| pair.type_name != secret.type_name) {
            let error = refusal(&parse(&secret.verifying()), &sign_by(pair, &payload()));
            assert!(error.message.contains("JWSInvalidAlgorithm"), "{error}");
        }
    }
}

#[test]
fn a_public_key_is_no_shared_secret() {
    for pair in [Pair::rsa("RS256", Algorithm::RS256), Pair::es256(), Pair::ed25519()] {
        let key = EncodingKey::from_secret(pair.key.as_bytes());
        for alg in ["HS256", pair.alg] {
            let header = json!({"alg": alg, "typ": "JWT"});
            let token = assemble(&header, &payload().to_string(), Algorithm::HS256, &key);
            assert_eq!(refusal(&parse(&pair.verifying()), &token).reason, Reason::JwtInvalid);
        }
    }
}

#[test]
fn an_unsigned_token_never_verifies() {
    for pair in Pair::all() {
        for alg in ["none", "None", "NONE", "", pair.alg] {
            let token = unsigned(&json!({"alg": alg}), &payload().to_string());
            let secret = parse(&pair.verifying());
            for token in [format!("{token}."), token.clone(), format!("{token}.AA")] {
                assert_eq!(refusal(&secret, &token).reason, Reason::JwtInvalid, "{alg}");
            }
        }
    }
}

#[test]
fn a_key_that_the_token_brings_along_is_not_used() {
    let pair = Pair::es256();
    let headers = [
        json!({"alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}),
        json!({"alg": "ES256", "jku": "https://attacker.example/jwks.json", "kid": "theirs"}),
        json!({"alg": "ES256", "x5c": ["AA"], "x5u": "https://attacker.example/chain.pem"}),
    ];
    for header in headers {
        let token =
            assemble(&header, &payload().to_string(), Algorithm::ES256, &pair.encoding_key());
        let error = refusal(&parse(&Pair::es256().verifying()), &token);
        assert!(error.message.contains("JWSInvalidSignature"), "{error}");
    }
    let octets = json!({"alg": "HS256", "jwk": {"kty": "oct", "k": "YXR0YWNrZXI"}});
    let key = EncodingKey::from_secret(b"attacker");
    let token = assemble(&octets, &payload().to_string(), Algorithm::HS256, &key);
    assert_eq!(refusal(&secret(json!({})), &token).reason, Reason::JwtInvalid);
}

#[test]
fn the_key_id_of_a_token_does_not_matter() {
    let header = json!({"alg": "HS256", "kid": "another"});
    let token = sign_with(&header, &payload().to_string());
    assert!(secret(json!({"kid": "mine"})).verify(&token, now()).is_ok());
}

#[test]
fn a_critical_extension_is_refused() {
    for crit in [json!(["b64"]), json!(["exp"]), json!([])] {
        let token = sign_with(&json!({"alg": "HS256", "crit": crit}), &payload().to_string());
        let error = refusal(&secret(json!({})), &token);
        assert!(error.message.contains("crit"), "{error}");
    }
}

#[test]
fn a_token_of_over_16_kib_is_not_even_parsed() {
    let mut long = payload();
    long["padding"] = "x".repeat(16 * 1024).into();
    let error = refusal(&secret(json!({})), &sign(&long));
    assert!(error.message.contains("16 KiB"), "{error}");
    let mut shorter = payload();
    shorter["padding"] = "x".repeat(8 * 1024).into();
    assert!(secret(json!({})).verify(&sign(&shorter), now()).is_ok());
}

#[test]
fn a_token_with_any_part_changed_or_missing_is_refused() {
    let good = sign(&payload());
    let parts: Vec<&str> = good.split('.').collect();
    let (header, body, signature) = (parts[0], parts[1], parts[2]);
    let other = sign(&json!({"sub": "someone else"}));
    let other_body = other.split('.').nth(1).unwrap();
    let garbled = [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "undefined".to_owned(),
        format!("{header}.{body}"),
        format!("{header}.{other_body}.{signature}"),
        format!("{good}.{signature}"),
        format!("{good}="),
        format!("{good}\n"),
        format!("{header}.{body}.{}", &signature[..signature.len() - 4]),
        format!("{{}}.{body}.{signature}"),
        sign_with(&json!({"alg": "HS256"}), "[]"),
        sign_with(&json!({"alg": "HS256"}), "not JSON"),
        sign_with(&json!({"alg": "HS256"}), &"[".repeat(10_000)),
        sign_with(&json!(["HS256"]), &payload().to_string()),
    ];
    for token in garbled {
        assert_eq!(refusal(&secret(json!({})), &token).reason, Reason::JwtInvalid, "{token}");
    }
}

#[test]
fn no_refusal_repeats_the_token() {
    let marker = "marker-in-the-token";
    let tokens = [
        marker.to_owned(),
        sign_with(&json!({"alg": marker}), &payload().to_string()),
        sign_with(&json!({"alg": "HS256"}), marker),
        sign(&json!({"exp": marker})),
    ];
    for token in tokens {
        let error = refusal(&secret(json!({})), &token);
        assert!(!format!("{error} {error:?}").contains(marker), "{error:?}");
    }
    assert!(!format!("{:?}", refusal(&secret(json!({})), SECRET)).contains(SECRET));
}
