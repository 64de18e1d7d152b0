use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    CLAIMS, USER, now, payload, payload_but, secret,
    tokens::{sign, sign_with},
};
use crate::auth::{AuthError, Claims, Reason};

fn claims_but(change: impl FnOnce(&mut Value)) -> Result<Claims, AuthError> {
    let token = sign(&payload_but(|payload| change(&mut payload[CLAIMS])));
    secret(json!({})).verify(&token, now())
}

fn without(name: &str) -> Result<Claims, AuthError> {
    claims_but(|claims| drop(claims.as_object_mut().unwrap().remove(name)))
}

#[test]
fn the_user_and_the_roles_are_those_of_the_claims() {
    let claims = claims_but(|_| ()).unwrap();
    assert_eq!(claims.user_id(), USER);
    assert_eq!(claims.default_role(), "user");
    assert!(claims.allows("me") && claims.allows("user"));
    assert!(!claims.allows("admin") && !claims.allows("") && !claims.allows("USER"));
    assert!(!claims.is_anonymous());
}

#[test]
fn another_jwt_that_nhost_auth_signed_has_no_hasura_claims_and_is_refused() {
    for claims in [json!(null), json!("{}"), json!([]), json!(true)] {
        let token = sign(&payload_but(|payload| payload[CLAIMS] = claims));
        let error = secret(json!({})).verify(&token, now()).unwrap_err();
        assert!(error.message.contains("no Hasura claims"), "{error}");
    }
    let state = payload_but(|payload| drop(payload.as_object_mut().unwrap().remove(CLAIMS)));
    let error = secret(json!({})).verify(&sign(&state), now()).unwrap_err();
    assert_eq!(error.reason, Reason::JwtInvalid);
}

#[test]
fn the_claims_are_read_from_the_configured_namespace_only() {
    let elsewhere = secret(json!({"claims_namespace": "https://example.com/claims"}));
    assert!(elsewhere.verify(&sign(&payload()), now()).is_err());
    let moved = payload_but(|payload| {
        payload["https://example.com/claims"] = payload[CLAIMS].take();
    });
    assert!(elsewhere.verify(&sign(&moved), now()).is_ok());
}

#[test]
fn every_claim_that_is_needed_must_be_there_and_of_its_kind() {
    let wrong = [
        ("x-hasura-allowed-roles", json!("user")),
        ("x-hasura-allowed-roles", json!(["user", 1])),
        ("x-hasura-allowed-roles", json!({"user": true})),
        ("x-hasura-default-role", json!(["user"])),
        ("x-hasura-default-role", json!(null)),
        ("x-hasura-user-id", json!("not-a-uuid")),
        ("x-hasura-user-id", json!("")),
        ("x-hasura-user-id", json!(1)),
    ];
    for (name, value) in wrong {
        let error = claims_but(|claims| claims[name] = value).unwrap_err();
        assert_eq!(error.reason, Reason::JwtInvalid);
        assert!(error.message.contains(name), "{error}");
        assert_eq!(without(name).unwrap_err(), error);
    }
}

#[test]
fn claim_names_are_case_insensitive() {
    let claims = claims_but(|claims| {
        *claims = json!({
            "X-Hasura-User-Id": USER,
            "X-HASURA-DEFAULT-ROLE": "user",
            "x-hasura-Allowed-Roles": ["user"],
            "X-Hasura-User-Is-Anonymous": "true",
        });
    });
    let claims = claims.unwrap();
    assert_eq!(claims.user_id(), USER);
    assert!(claims.is_anonymous());
}

#[test]
fn a_claim_that_comes_in_two_spellings_is_refused() {
    let error = claims_but(|claims| claims["X-Hasura-User-Id"] = json!(Uuid::from_u128(2)));
    assert!(error.unwrap_err().message.contains("a Hasura claim twice"));
}

#[test]
fn a_claim_that_comes_twice_in_one_spelling_counts_as_its_last() {
    // RFC 7519, 4 allows this or a refusal.
    let text = payload().to_string();
    let twice = text.replacen(
        "\"x-hasura-default-role\"",
        "\"x-hasura-default-role\":\"me\",\"x-hasura-default-role\"",
        1,
    );
    assert_ne!(text, twice);
    let token = sign_with(&json!({"alg": "HS256"}), &twice);
    assert_eq!(secret(json!({})).verify(&token, now()).unwrap().default_role(), "user");
}

#[test]
fn anonymous_is_true_as_a_string_or_a_boolean() {
    let anonymous = |value: Value| {
        claims_but(|c| c["x-hasura-user-is-anonymous"] = value).unwrap().is_anonymous()
    };
    for yes in [json!("true"), json!(true), json!("True")] {
        assert!(anonymous(yes));
    }
    for no in [json!("false"), json!(false), json!(null)] {
        assert!(!anonymous(no));
    }
    assert!(!without("x-hasura-user-is-anonymous").unwrap().is_anonymous());
}

#[test]
fn a_token_that_names_two_users_is_refused() {
    let token = sign(&payload_but(|payload| {
        payload["sub"] = json!(Uuid::from_u128(2));
    }));
    let error = secret(json!({})).verify(&token, now()).unwrap_err();
    assert!(error.message.contains("are different users"), "{error}");
    // Not Nhost's, but no second user either.
    for sub in [json!("auth0|1"), json!(null), json!(USER.to_string().to_uppercase())] {
        let token = sign(&payload_but(|payload| payload["sub"] = sub));
        assert!(secret(json!({})).verify(&token, now()).is_ok());
    }
}
