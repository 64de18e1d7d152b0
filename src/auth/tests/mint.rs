use chrono::Duration;
use jsonwebtoken::decode_header;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::{CLAIMS, JwtSecret, NOW, USER, keys::Pair, now, secret};

fn parse(fields: &Value) -> JwtSecret {
    JwtSecret::parse(&fields.to_string()).unwrap()
}

fn mint(secret: &JwtSecret) -> String {
    let token = secret.mint(USER, now(), Duration::minutes(5)).unwrap();
    token.expose_secret().to_owned()
}

fn minted_payload(secret: &JwtSecret) -> Map<String, Value> {
    jsonwebtoken::dangerous::insecure_decode(mint(secret)).unwrap().claims
}

#[test]
fn a_minted_jwt_verifies_under_every_secret_that_can_sign() {
    for pair in Pair::all() {
        let secret = parse(&pair.signing());
        assert!(secret.can_mint());
        let claims = secret.verify(&mint(&secret), now()).unwrap();
        assert_eq!(claims.user_id(), USER, "{}", pair.type_name);
        assert_eq!(decode_header(mint(&secret)).unwrap().kid.as_deref(), Some("some-key"));
    }
}

#[test]
fn without_the_private_key_nothing_is_minted() {
    for pair in Pair::all().iter().filter(|pair| pair.signing_key.is_some()) {
        let secret = parse(&pair.verifying());
        assert!(!secret.can_mint());
        assert!(secret.mint(USER, now(), Duration::minutes(5)).is_none());
    }
}

#[test]
fn a_minted_jwt_has_the_claims_of_nhost_auth() {
    let expected = json!({
        "sub": USER,
        "iss": "hasura-auth",
        "iat": NOW,
        "exp": NOW + 300,
        CLAIMS: {
            "x-hasura-user-id": USER,
            "x-hasura-default-role": "user",
            "x-hasura-allowed-roles": ["user", "me"],
            "x-hasura-user-is-anonymous": "false",
        },
    });
    assert_eq!(Value::from(minted_payload(&secret(json!({})))), expected);
}

#[test]
fn a_minted_jwt_has_the_configured_issuer_audience_and_namespace() {
    let fields = json!({"issuer": "mine", "audience": "a", "claims_namespace": "here"});
    let secret_of_one = secret(fields);
    let payload = minted_payload(&secret_of_one);
    assert_eq!((&payload["iss"], &payload["aud"]), (&json!("mine"), &json!("a")));
    assert!(payload["here"].is_object());
    assert!(secret_of_one.verify(&mint(&secret_of_one), now()).is_ok());

    let secret_of_two = secret(json!({"audience": ["a", "b"]}));
    assert_eq!(minted_payload(&secret_of_two)["aud"], json!(["a", "b"]));
    assert!(secret_of_two.verify(&mint(&secret_of_two), now()).is_ok());
}

#[test]
fn a_minted_jwt_expires() {
    let secret = secret(json!({}));
    assert!(secret.verify(&mint(&secret), now() + Duration::seconds(299)).is_ok());
    assert!(secret.verify(&mint(&secret), now() + Duration::seconds(300)).is_err());
}
