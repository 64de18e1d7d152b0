use serde_json::{Value, json};

use super::{NOW, now, payload_but, secret, tokens::sign};
use crate::auth::{AuthError, Reason};

/// Verifies the usual payload after `change` under the usual secret with `fields`.
fn verify(fields: Value, change: impl FnOnce(&mut Value)) -> Result<(), AuthError> {
    secret(fields).verify(&sign(&payload_but(change)), now()).map(drop)
}

fn reason(fields: Value, change: impl FnOnce(&mut Value)) -> Option<Reason> {
    verify(fields, change).err().map(|error| error.reason)
}

#[test]
fn a_token_is_good_until_the_second_it_expires() {
    let expired = Some(Reason::JwtExpired);
    let expiring = |at: Value| move |p: &mut Value| p["exp"] = at;
    assert_eq!(reason(json!({}), expiring(json!(NOW + 1))), None);
    assert_eq!(reason(json!({}), expiring(json!(NOW))), expired);
    assert_eq!(reason(json!({}), expiring(json!(NOW - 1))), expired);
    assert_eq!(reason(json!({}), expiring(json!(0))), expired);
    assert_eq!(reason(json!({}), expiring(json!(-1))), expired);
    assert_eq!(reason(json!({}), expiring(json!(i64::MAX))), None);
    assert_eq!(reason(json!({}), expiring(json!(1_800_000_001.5))), None, "a fraction is allowed");
    let error = verify(json!({}), expiring(json!(NOW))).unwrap_err();
    assert!(error.message.starts_with("Could not verify JWT: JWTExpired"), "{error}");
}

#[test]
fn a_token_that_does_not_say_when_it_expires_is_refused() {
    let invalid = Some(Reason::JwtInvalid);
    assert_eq!(reason(json!({}), |p| drop(p.as_object_mut().unwrap().remove("exp"))), invalid);
    for exp in [json!(null), json!("1900000000"), json!(1e300), json!(u64::MAX), json!([NOW + 9])] {
        assert_eq!(reason(json!({}), |p| p["exp"] = exp), invalid);
    }
}

#[test]
fn a_token_that_is_not_valid_yet_is_refused() {
    let invalid = Some(Reason::JwtInvalid);
    assert_eq!(reason(json!({}), |p| p["nbf"] = json!(NOW)), None);
    assert_eq!(reason(json!({}), |p| p["nbf"] = json!(NOW + 1)), invalid);
    assert_eq!(reason(json!({}), |p| p["nbf"] = json!("soon")), invalid);
    assert_eq!(reason(json!({}), |p| p["nbf"] = json!(null)), invalid);
}

#[test]
fn the_allowed_skew_stretches_both_ends_and_no_further() {
    let skew = || json!({"allowed_skew": 10});
    assert_eq!(reason(skew(), |p| p["exp"] = json!(NOW - 9)), None);
    assert_eq!(reason(skew(), |p| p["exp"] = json!(NOW - 10)), Some(Reason::JwtExpired));
    assert_eq!(reason(skew(), |p| p["nbf"] = json!(NOW + 10)), None);
    assert_eq!(reason(skew(), |p| p["nbf"] = json!(NOW + 11)), Some(Reason::JwtInvalid));
    assert_eq!(reason(skew(), |p| p["exp"] = json!(i64::MAX)), None);
}

#[test]
fn a_configured_issuer_must_be_the_tokens() {
    let issuer = || json!({"issuer": "hasura-auth"});
    assert_eq!(reason(issuer(), |_| ()), None);
    for iss in [json!("another"), json!("Hasura-Auth"), json!(null), json!(["hasura-auth"])] {
        let error = verify(issuer(), |p| p["iss"] = iss).unwrap_err();
        assert!(error.message.contains("JWTNotInIssuer"), "{error}");
    }
}

#[test]
fn a_token_without_an_issuer_is_no_way_round_a_configured_one() {
    let without = |p: &mut Value| drop(p.as_object_mut().unwrap().remove("iss"));
    assert_eq!(reason(json!({"issuer": "hasura-auth"}), without), Some(Reason::JwtInvalid));
    assert_eq!(reason(json!({}), without), None);
}

#[test]
fn a_configured_audience_must_be_among_the_tokens() {
    for audience in [json!("mine"), json!(["mine", "also mine"])] {
        let fields = || json!({"audience": audience});
        for aud in [json!("mine"), json!(["other", "mine"])] {
            assert_eq!(reason(fields(), |p| p["aud"] = aud), None);
        }
        for aud in [json!("other"), json!([]), json!(["other"]), json!(null), json!({"mine": 1})] {
            let error = verify(fields(), |p| p["aud"] = aud).unwrap_err();
            assert!(error.message.contains("JWTNotInAudience"), "{error}");
        }
        assert_eq!(reason(fields(), |_| ()), Some(Reason::JwtInvalid), "no aud at all");
    }
    assert_eq!(reason(json!({}), |p| p["aud"] = json!("any")), None, "none is configured");
}
