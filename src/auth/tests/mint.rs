use chrono::Duration;
use jsonwebtoken::decode_header;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::{CLAIMS, JwtSecret, NOW, USER, keys::Pair, now, secret};
use crate::auth::{Issuer, JwtSecrets};

fn parse(fields: &Value) -> JwtSecret {
    JwtSecret::parse(&fields.to_string()).unwrap()
}

fn mint(secret: &JwtSecret) -> String {
    let issuer = match JwtSecrets::from(secret.clone()).issuer() {
        Issuer::Configured(issuer) | Issuer::Seen(issuer) => issuer,
        Issuer::Unknown => "hasura-auth".to_owned(),
    };
    let token = secret.mint(USER, &issuer, now(), Duration::minutes(5)).unwrap();
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
        assert!(secret.mint(USER, "hasura-auth", now(), Duration::minutes(5)).is_none());
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

#[test]
fn the_issuer_of_a_session_that_verified_is_learnt_by_every_clone_of_the_secret() {
    let verifying = secret(json!({}));
    let secrets = JwtSecrets::from(verifying.clone());
    assert_eq!(secrets.issuer(), Issuer::Unknown);
    let jwt = |issuer: &str| {
        let minted = verifying.mint(USER, issuer, now(), Duration::minutes(5)).unwrap();
        minted.expose_secret().to_owned()
    };
    verifying.verify(&jwt("https://auth.example.com/v1"), now()).unwrap();
    let seen = Issuer::Seen("https://auth.example.com/v1".to_owned());
    assert_eq!(secrets.issuer(), seen);
    let expired = now() + Duration::minutes(6);
    verifying.verify(&jwt("expired"), expired).unwrap_err();
    let mut forged = jwt("forged");
    forged.truncate(forged.len() - 4);
    verifying.verify(&forged, now()).unwrap_err();
    assert_eq!(secrets.issuer(), seen, "what does not verify teaches nothing");
}

#[test]
fn a_configured_issuer_is_the_only_one() {
    let secret = secret(json!({ "issuer": "mine" }));
    secret.verify(&mint(&secret), now()).unwrap();
    assert_eq!(JwtSecrets::from(secret).issuer(), Issuer::Configured("mine".to_owned()));
}
