//! Where the Hasura claims are: `claims_namespace`, `claims_namespace_path`, `claims_format` and
//! `claims_map`.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{CLAIMS, USER, now, payload, secret, tokens::sign};
use crate::auth::{AuthError, Claims};

fn verify(fields: Value, payload: &Value) -> Result<Claims, AuthError> {
    secret(fields).verify(&sign(payload), now())
}

/// A payload whose claims are elsewhere.
fn moved(place: impl FnOnce(&mut Value, Value)) -> Value {
    let mut payload = payload();
    let claims = payload[CLAIMS].take();
    payload.as_object_mut().unwrap().remove(CLAIMS);
    place(&mut payload, claims);
    payload
}

#[test]
fn claims_are_found_by_another_name() {
    let payload = moved(|payload, claims| payload["claims.jwt.example"] = claims);
    let fields = || json!({"claims_namespace": "claims.jwt.example"});
    assert_eq!(verify(fields(), &payload).unwrap().user_id(), USER);
    assert!(verify(json!({}), &payload).is_err(), "the default is another name");
    assert!(verify(fields(), &super::payload()).is_err());
}

#[test]
fn claims_are_found_by_a_path() {
    let nested = moved(|payload, claims| payload["my-app"] = json!({"all": [{}, claims]}));
    let at_root = moved(|payload, claims| {
        payload.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    });
    let found = |path: &str, payload: &Value| {
        verify(json!({"claims_namespace_path": path}), payload).map(|claims| claims.user_id())
    };
    for path in ["$.my-app.all[1]", "$['my-app'].all[1]", "$[\"my-app\"][\"all\"][1]"] {
        assert_eq!(found(path, &nested), Ok(USER), "{path}");
    }
    assert_eq!(found("$", &at_root), Ok(USER));
    assert_eq!(found(&format!("$['{CLAIMS}']"), &payload()), Ok(USER));
    for path in ["$.my-app", "$.my-app.all[0]", "$.my-app.all[2]", "$.my-app[1]", "$.other"] {
        assert!(found(path, &nested).is_err(), "{path}");
    }
}

/// Hasura v2's own grammar (`Data/Parser/JSONPath.hs`), and what each of its forms finds.
#[test]
fn every_form_that_hasura_knows_finds_the_claims() {
    let in_namespace = |name: &str| {
        moved(|payload, claims| payload["a"] = json!([0, Value::from_iter([(name, claims)])]))
    };
    for (path, name) in [
        ("a[1].b", "b"),
        (".a[1].b", "b"),
        ("$a[1]b", "b"),
        ("$.a.[1].b", "b"),
        ("$['a'].[1].['b']", "b"),
        ("['a'][1]['b']", "b"),
        ("$[\"a\"][1][\"b\"]", "b"),
        ("$.a[01]._b-1", "_b-1"),
        ("$.a[1].été", "été"),
        ("$.a[1]['https://hasura.io/jwt/claims']", "https://hasura.io/jwt/claims"),
        ("$.a.[1].[\"it's\"]", "it's"),
        (r"$.a[1]['it\'s']", "it's"),
        (r#"$.a[1]["a\"b\\c]"]"#, r#"a"b\c]"#),
        ("$.a[1]['']", ""),
        ("$.a[1]['a[0].b']", "a[0].b"),
    ] {
        let found = verify(json!({"claims_namespace_path": path}), &in_namespace(name));
        assert_eq!(found.map(|claims| claims.user_id()), Ok(USER), "{path}");
    }
}

#[test]
fn what_is_no_path_is_refused_at_the_start() {
    for path in [
        "",
        ".",
        "$$",
        "$.$a",
        "$.1a",
        "$.-a",
        "1",
        "$.'a'",
        "$['a\\']",
        "$['a']'b'",
        "$.",
        "$.a.",
        "$[",
        "$[]",
        "$[-1]",
        "$[a]",
        "$['a]",
        "$['a'",
        "$.a b",
        "$..a",
        "$.*",
        "$.a[1",
        "$[99999999999999999999]",
    ] {
        let fields = json!({"type": "HS256", "key": super::SECRET, "claims_namespace_path": path});
        assert!(super::JwtSecret::parse(&fields.to_string()).is_err(), "{path}");
    }
}

#[test]
fn stringified_claims_are_read_and_others_are_not_where_strings_are_expected() {
    let stringified = || json!({"claims_format": "stringified_json"});
    let payload = moved(|payload, claims| payload[CLAIMS] = claims.to_string().into());
    assert_eq!(verify(stringified(), &payload).unwrap().user_id(), USER);
    assert!(verify(json!({}), &payload).is_err(), "json is the default");
    for wrong in [json!({}), json!("not JSON"), json!("[]"), json!(null), json!(1)] {
        let error = verify(stringified(), &moved(|payload, _| payload[CLAIMS] = wrong));
        assert!(error.unwrap_err().message.contains("stringified_json"));
    }
    let error = verify(stringified(), &super::payload()).unwrap_err();
    assert!(error.message.contains("expecting a string"), "{error}");
}

/// What an issuer that knows nothing of Hasura puts into its tokens.
fn foreign() -> Value {
    moved(|payload, _| {
        payload["user"] = json!({"id": USER, "roles": ["editor", "user"]});
        payload["guest"] = json!(true);
    })
}

fn map() -> Value {
    json!({
        "x-hasura-user-id": {"path": "$.user.id"},
        "x-hasura-allowed-roles": {"path": "$.user.roles", "default": ["guest"]},
        "x-hasura-default-role": {"path": "$.user.roles[0]", "default": "guest"},
    })
}

#[test]
fn a_claims_map_finds_each_claim_by_its_own_path() {
    let claims = verify(json!({"claims_map": map()}), &foreign()).unwrap();
    assert_eq!(claims.user_id(), USER);
    assert_eq!(claims.default_role(), "editor");
    assert!(claims.allows("user") && !claims.allows("guest"));
    assert!(!claims.is_anonymous());
}

#[test]
fn a_default_stands_in_for_what_a_token_lacks_and_a_literal_for_all() {
    let mut payload = foreign();
    payload["user"].as_object_mut().unwrap().remove("roles");
    let claims = verify(json!({"claims_map": map()}), &payload).unwrap();
    assert_eq!(claims.default_role(), "guest");
    assert!(claims.allows("guest") && !claims.allows("user"));

    let mut literal = map();
    literal["x-hasura-allowed-roles"] = json!(["me"]);
    literal["x-hasura-default-role"] = json!("me");
    literal["x-hasura-user-is-anonymous"] = json!({"path": "$.guest"});
    let claims = verify(json!({"claims_map": literal}), &foreign()).unwrap();
    assert_eq!(claims.default_role(), "me");
    assert!(claims.is_anonymous());
}

#[test]
fn a_mapped_claim_without_a_default_must_be_there() {
    let mut payload = foreign();
    payload["user"].as_object_mut().unwrap().remove("id");
    let error = verify(json!({"claims_map": map()}), &payload).unwrap_err();
    assert!(error.message.contains("JWT claim from claims_map not found"), "{error}");
}

#[test]
fn with_a_claims_map_the_namespace_proves_nothing() {
    let mut payload = foreign();
    payload[CLAIMS] = json!({"x-hasura-user-id": Uuid::from_u128(2)});
    let fields = json!({"claims_map": map(), "claims_namespace": CLAIMS});
    assert_eq!(verify(fields, &payload).unwrap().user_id(), USER);
}

#[test]
fn a_subject_that_is_another_user_is_refused_wherever_the_claims_are() {
    let mut payload = foreign();
    payload["sub"] = json!(Uuid::from_u128(2));
    let error = verify(json!({"claims_map": map()}), &payload).unwrap_err();
    assert!(error.message.contains("are different users"), "{error}");
    // Other issuers name their users otherwise.
    payload["sub"] = json!("auth0|5f7c8ec7c33c6c004bbafe82");
    assert!(verify(json!({"claims_map": map()}), &payload).is_ok());
}
