use chrono::DateTime;
use http::HeaderValue;
use serde_json::{Value, json};

use super::{JwtSecret, SECRET, authenticator, headers, now, payload, secret, tokens::sign_with};
use crate::{
    auth::{Caller, JwtSecrets},
    fuzz::{corpus, fuzz},
};

/// Whatever is made of tokens, the ones that were signed verify, and nothing else does.
#[test]
fn no_token_verifies_but_those_that_were_signed() {
    let payload = payload();
    let mut seeds = corpus("jwt");
    for header in [json!({"alg": "HS256", "typ": "JWT"}), json!({"alg": "HS256", "kid": "a"})] {
        seeds.push(sign_with(&header, &payload.to_string()).into_bytes());
    }
    let good = [seeds[seeds.len() - 2].clone(), seeds[seeds.len() - 1].clone()];
    let authenticator = authenticator();
    let mut verified = 0;
    fuzz(&seeds, |input| {
        let bearer = [b"Bearer ", input].concat();
        let Ok(value) = HeaderValue::from_bytes(&bearer) else { return };
        let mut request = headers(&[]);
        request.insert("authorization", value);
        let Ok(caller) = super::who(&authenticator, &request) else { return };
        verified += 1;
        // White space around a token is none of it.
        assert!(good.iter().any(|good| good.as_slice() == input.trim_ascii()));
        let Caller::User(user) = caller else { panic!("a token makes no service") };
        assert_eq!((user.id(), user.is_anonymous()), (super::USER, false));
        assert_eq!(user.expires_at(), DateTime::from_timestamp(super::NOW + 800, 0).unwrap());
    });
    assert!(verified >= 2, "the good ones verify");
}

/// Problems name claims and other fields as they were written: a key that was put there is no secret.
fn is_only_where_keys_are(text: &str, key: &str) -> bool {
    let Ok(Value::Object(mut fields)) = serde_json::from_str(text) else { return true };
    for secret in ["key", "signing_key", "jwk_url"] {
        fields.remove(secret);
    }
    !Value::Object(fields).to_string().contains(key)
}

/// A secret that is accepted can be used, and no problem with one says what is in it.
#[test]
fn a_jwt_secret_is_usable_or_refused_without_a_word_of_it() {
    // Long enough to be found again in what is said.
    const KEYS: [&str; 3] =
        ["k3y-of-h3x-and-more-0123456789ab", "MIIBIjANBgkqhkiG9w0BAQEF", SECRET];
    let mut seeds = corpus("jwt_secret");
    seeds.push(json!({ "type": "HS256", "key": SECRET }).to_string().into_bytes());
    fuzz(&seeds, |input| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        let said = match JwtSecret::parse(text) {
            Ok(secret) => {
                let token = sign_with(&json!({ "alg": "HS256" }), &payload().to_string());
                let verified = secret.verify(&token, now()).is_ok();
                format!("{secret:?} {verified}")
            }
            Err(error) => error.to_string(),
        };
        let of_several = match JwtSecrets::parse(&format!("[{text}]")) {
            Ok(secrets) => format!("{secrets:?}"),
            Err(error) => error.to_string(),
        };
        for key in KEYS.into_iter().filter(|key| is_only_where_keys_are(text, key)) {
            assert!(!said.contains(key) && !of_several.contains(key), "{said} {of_several}");
        }
    });
    assert!(secret(json!({})).verify(&super::sign(&payload()), now()).is_ok());
}
