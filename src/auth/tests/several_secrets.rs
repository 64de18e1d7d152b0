//! `HASURA_GRAPHQL_JWT_SECRETS`: several secrets at once.

use serde_json::{Value, json};

use super::{
    NOW, SECRET, USER, authenticator_of, bearer, headers,
    keys::Pair,
    now, payload, payload_but,
    tokens::{sign, sign_by},
    who,
};
use crate::{
    auth::{AuthError, Caller, JwtSecrets, Reason},
    clock::Clock,
};

fn caller(secrets: &Value, list: &[(&str, &str)]) -> Result<Caller, AuthError> {
    let secrets = JwtSecrets::parse(&secrets.to_string()).unwrap();
    who(&authenticator_of(secrets, None, Clock::from_fn(now)), &headers(list))
}

fn hs256(more: &Value) -> Value {
    let mut fields = json!({"type": "HS256", "key": SECRET});
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fields
}

#[test]
fn while_a_key_is_changed_tokens_of_the_old_and_the_new_are_good() {
    let (old, new, stranger) = (Pair::es256(), Pair::es256(), Pair::es256());
    let secrets = json!([new.verifying(), old.verifying()]);
    for pair in [&old, &new] {
        let bearer = format!("Bearer {}", sign_by(pair, &payload()));
        let caller = caller(&secrets, &[("authorization", &bearer)]).unwrap();
        assert!(matches!(caller, Caller::User(user) if user.id() == USER));
    }
    let bearer = format!("Bearer {}", sign_by(&stranger, &payload()));
    let error = caller(&secrets, &[("authorization", &bearer)]).unwrap_err();
    assert!(error.message.contains("JWSInvalidSignature"), "{error}");
}

#[test]
fn each_issuers_tokens_are_verified_by_its_own_secret_alone() {
    let theirs = Pair::es256();
    let mut other = theirs.verifying();
    other["issuer"] = "theirs".into();
    let secrets = json!([hs256(&json!({"issuer": "hasura-auth"})), other]);
    let by = |pair: Option<&Pair>, issuer: &str| {
        let payload = payload_but(|payload| payload["iss"] = issuer.into());
        let token = pair.map_or_else(|| sign(&payload), |pair| sign_by(pair, &payload));
        caller(&secrets, &[("authorization", &format!("Bearer {token}"))])
    };
    assert!(by(None, "hasura-auth").is_ok());
    assert!(by(Some(&theirs), "theirs").is_ok());
    // Theirs can't speak for ours, nor ours for theirs, nor anybody for a third.
    for (pair, issuer) in [(Some(&theirs), "hasura-auth"), (None, "theirs"), (None, "another")] {
        assert_eq!(by(pair, issuer).unwrap_err().reason, Reason::JwtInvalid, "{issuer}");
    }
}

#[test]
fn the_refusal_is_that_of_the_secret_that_got_furthest() {
    let expired = bearer(&payload_but(|payload| payload["exp"] = json!(NOW - 1)));
    for secrets in [
        json!([hs256(&json!({})), Pair::es256().verifying()]),
        json!([Pair::es256().verifying(), hs256(&json!({}))]),
    ] {
        let error = caller(&secrets, &[("authorization", &expired)]).unwrap_err();
        assert_eq!(error.reason, Reason::JwtExpired);
    }
}

#[test]
fn each_secret_looks_where_its_own_tokens_come() {
    let theirs = Pair::es256();
    let mut in_cookie = theirs.verifying();
    in_cookie["header"] = json!({"type": "Cookie", "name": "session"});
    let secrets = json!([hs256(&json!({})), in_cookie]);
    let ours = bearer(&payload());
    let cookie = format!("session={}", sign_by(&theirs, &payload()));
    let guard = ("x-requested-with", "XMLHttpRequest");
    assert!(caller(&secrets, &[("authorization", &ours)]).is_ok());
    assert!(caller(&secrets, &[("cookie", &cookie), guard]).is_ok());
    let both = [("authorization", ours.as_str()), ("cookie", cookie.as_str()), guard];
    let error = caller(&secrets, &both).unwrap_err();
    assert!(error.message.contains("several different access tokens"), "{error}");
    let error = caller(&secrets, &[]).unwrap_err();
    assert_eq!(error.reason, Reason::JwtMissing);
    assert!(error.message.starts_with("Missing 'Authorization' or 'Cookie' header"), "{error}");
}

#[test]
fn the_first_that_can_sign_signs() {
    let (first, second) = (Pair::es256(), Pair::es256());
    let published = json!({"jwk_url": "https://example.com/jwks.json"});
    let secrets = json!([published, first.signing(), second.signing()]);
    let secrets = JwtSecrets::parse(&secrets.to_string()).unwrap();
    let minted = secrets.mint(USER, "hasura-auth", now(), chrono::Duration::minutes(1)).unwrap();
    let minted = secrecy::ExposeSecret::expose_secret(&minted);
    let by = |pair: &Pair| super::JwtSecret::parse(&pair.verifying().to_string()).unwrap();
    assert!(by(&first).verify(minted, now()).is_ok());
    assert!(by(&second).verify(minted, now()).is_err());
}

#[test]
fn every_problem_of_every_secret_is_told_with_its_number() {
    let secrets = json!([hs256(&json!({})), {"type": "HS256"}, 1, hs256(&json!({"issuer": 1}))]);
    let error = JwtSecrets::parse(&secrets.to_string()).unwrap_err();
    let numbers: Vec<_> = error.problems().iter().map(|problem| &problem[..8]).collect();
    assert_eq!(numbers, ["number 2", "number 3", "number 4"]);
    for text in ["[]", "{}", "", "x", "{\"type\":\"HS256\"}"] {
        let error = JwtSecrets::parse(text).unwrap_err();
        assert!(error.to_string().contains("not a JSON list"), "{error}");
    }
}
