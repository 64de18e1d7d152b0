//! JWTs, the secret's format, JWKS.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use nhost_auth_simulator::{JwtOptions, Options, Signing};
use serde_json::{Value, json};

use crate::world::World;

fn claims(jwt: &str) -> Value {
    let payload = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn a_users_jwt_has_the_claims_that_hasura_reads() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let jwt = world.running.jwt(ada);
    let now = world.running.now().timestamp();
    assert_eq!(
        claims(&jwt),
        json!({
            "sub": ada,
            "iss": "hasura-auth",
            "iat": now,
            "exp": now + 900,
            "https://hasura.io/jwt/claims": {
                "x-hasura-user-id": ada,
                "x-hasura-default-role": "user",
                "x-hasura-allowed-roles": ["user", "me"],
                "x-hasura-user-is-anonymous": "false",
            },
        })
    );
    assert_eq!(decode_header(&jwt).unwrap().kid, None);
    let anonymous = claims(&world.running.jwt(world.running.add_anonymous_user()));
    let anonymous = &anonymous["https://hasura.io/jwt/claims"];
    assert_eq!(anonymous["x-hasura-user-is-anonymous"], "true");
}

#[tokio::test]
async fn custom_claims_are_strings_and_arrays_postgres_literals() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let extra = json!({
        "x-hasura-auth-elevated": ada,
        "teams": ["a", "b"],
        "X-Hasura-User-Is-Anonymous": null,
    });
    let options = JwtOptions {
        roles: Some(vec!["editor".to_owned()]),
        default_role: Some("editor".to_owned()),
        extra_claims: extra.as_object().unwrap().clone(),
        ..JwtOptions::default()
    };
    assert_eq!(
        claims(&world.running.jwt_with(ada, options))["https://hasura.io/jwt/claims"],
        json!({
            "x-hasura-user-id": ada,
            "x-hasura-default-role": "editor",
            "x-hasura-allowed-roles": ["editor"],
            "x-hasura-auth-elevated": ada,
            "x-hasura-teams": "{\"a\",\"b\"}",
        })
    );
}

#[tokio::test]
async fn an_oauth_state_is_signed_with_the_same_key_and_has_no_hasura_claims() {
    let world = World::new().await;
    let claims = claims(&world.running.state_jwt());
    assert_eq!(claims["iss"], "hasura-auth");
    assert_eq!(claims.get("sub"), None);
    assert_eq!(claims.get("https://hasura.io/jwt/claims"), None);
}

#[tokio::test]
async fn hmac_has_no_key_set_and_a_secret_that_verifies() {
    let world = World::new().await;
    let set = world.get("/v1/.well-known/jwks.json", "").await;
    assert_eq!(set.body, json!({ "keys": null }));
    let secret: Value = serde_json::from_str(&world.running.jwt_secret_json()).unwrap();
    assert_eq!((&secret["type"], &secret["issuer"]), (&json!("HS256"), &json!("hasura-auth")));
    let key = DecodingKey::from_secret(secret["key"].as_str().unwrap().as_bytes());
    let ada = world.running.add_user("ada@example.com");
    decode::<Value>(world.running.jwt(ada), &key, &without_clock(Algorithm::HS256)).unwrap();
}

#[tokio::test]
async fn rsa_has_a_kid_a_key_set_and_both_keys_in_the_secret() {
    let world = World::with(Options { signing: Signing::rs256(), ..Options::default() }).await;
    let ada = world.running.add_user("ada@example.com");
    let jwt = world.running.jwt(ada);
    let kid = decode_header(&jwt).unwrap().kid.unwrap();
    let set = world.get("/v1/.well-known/jwks.json", "").await.body;
    let set: JwkSet = serde_json::from_value(set).unwrap();
    let key = DecodingKey::from_jwk(set.find(&kid).unwrap()).unwrap();
    decode::<Value>(&jwt, &key, &without_clock(Algorithm::RS256)).unwrap();

    let secret = world.running.jwt_secret_json();
    let parsed: Value = serde_json::from_str(&secret).unwrap();
    assert_eq!((&parsed["type"], &parsed["kid"]), (&json!("RS256"), &json!(kid)));
    let pem = parsed["key"].as_str().unwrap();
    let key = DecodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    decode::<Value>(&jwt, &key, &without_clock(Algorithm::RS256)).unwrap();

    let again = World::with(Options::default().with_jwt_secret(&secret).unwrap()).await;
    assert_eq!(again.running.jwt_secret_json(), secret);
    again.running.add_user("ada@example.com");
    assert_ne!(again.fetch("google", &jwt).await.status, 401);
}

#[test]
fn a_secret_that_cant_sign_is_refused() {
    let refuse = |secret: &str| Options::default().with_jwt_secret(secret).unwrap_err().to_string();
    assert!(refuse("{").contains("Nhost's format"));
    assert!(refuse(r#"{"type":"ES256","key":"x"}"#).contains("ES256"));
    assert!(refuse(r#"{"type":"RS256","key":"x"}"#).contains("signing_key"));
}

fn without_clock(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation
}

#[tokio::test]
async fn a_third_partys_jwt_has_an_audience_a_scope_and_the_users_claims() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let session = claims(&world.running.jwt(ada));
    let mut third = claims(&world.running.third_party_jwt(ada, "agent", "graphql"));
    assert_eq!((&third["aud"], &third["scope"]), (&json!("agent"), &json!("graphql")));
    third.as_object_mut().unwrap().retain(|name, _| name != "aud" && name != "scope");
    assert_eq!(third, session, "nothing else tells it from a session's");

    let consent = json!({
        "email": "ada@example.com", "clientId": "agent", "scope": "openid graphql:role:me",
    });
    let answer = world.post("/control/third-party-jwts", "", consent).await.body;
    let third = claims(answer["jwt"].as_str().unwrap());
    assert_eq!(third["sub"], json!(ada));
    let hasura = &third["https://hasura.io/jwt/claims"];
    assert_eq!(hasura["x-hasura-default-role"], "me");
    assert_eq!(hasura["x-hasura-allowed-roles"], json!(["me"]));
}
