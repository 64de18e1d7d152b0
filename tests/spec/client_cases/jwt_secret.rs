//! JWT secrets as they are set for Hasura.

use jsonwebtoken::{EncodingKey, Header};
use nhost_auth_simulator::Signing;
use provider_connections::auth::JwtSecret;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Case;
use crate::harness::{Answer, Binary, Database, World, simulator};

const KEY: &str = "a-shared-secret-of-well-over-forty-eight-characters";
const USER: Uuid = Uuid::from_u128(7);

fn claims() -> Value {
    json!({
        "x-hasura-user-id": USER,
        "x-hasura-default-role": "user",
        "x-hasura-allowed-roles": ["user"],
    })
}

/// What a token with this payload is answered by a server with this secret.
async fn answered(mut secret: Value, mut payload: Value) -> Answer {
    secret["type"] = "HS256".into();
    secret["key"] = KEY.into();
    payload["exp"] = 4_102_444_800_i64.into();
    let secrets = JwtSecret::parse(&secret.to_string()).unwrap().into();
    let world =
        World::on_with(Database::sqlite(), Signing::hs256(), |config| config.jwt_secrets = secrets)
            .await;
    let key = EncodingKey::from_secret(KEY.as_bytes());
    let jwt = jsonwebtoken::encode(&Header::default(), &payload, &key).unwrap();
    let bearer = format!("Bearer {jwt}");
    let headers = [("authorization", bearer.as_str())];
    let query = format!("{{ providerConnections(userId: \"{USER}\") {{ id }} }}");
    world.server.ask(&headers, &query, json!({})).await
}

pub async fn jsonpath_dot_bracket(case: &Case) {
    let mut secret = case.input("/NHOST_JWT_SECRET").clone();
    let answer =
        answered(secret.clone(), json!({ "https://hasura.io/jwt/claims": claims() })).await;
    assert_eq!(answer.data("/providerConnections"), &json!([]));
    secret["key"] = KEY.into();
    let (simulator, database) = (simulator().await, Database::sqlite());
    let server = Binary::serve(&simulator, &database.url);
    let mut process = server.env("NHOST_JWT_SECRET", &secret.to_string()).start();
    process.url().await;
    process.stop().await;
}

pub async fn pem_double_escaped(case: &Case) {
    let secret = case.input("/NHOST_JWT_SECRET").as_str().unwrap();
    let (simulator, database) = (simulator().await, Database::sqlite());
    let server = Binary::serve(&simulator, &database.url).env("NHOST_JWT_SECRET", secret);
    let ended = server.run().await;
    assert_ne!(ended.code, Some(0));
    assert!(ended.stderr.contains("its line breaks are escaped twice"), "{}", ended.stderr);
}

pub async fn hasura_7081(_: &Case) {
    let map = json!({
        "x-hasura-user-id": { "path": "$.sub" },
        "x-hasura-default-role": "user",
        "x-hasura-allowed-roles": ["user"],
    });
    let secret = json!({ "claims_map": map, "claims_namespace": "https://hasura.io/jwt/claims" });
    let mut other = claims();
    other["x-hasura-user-id"] = json!(Uuid::from_u128(8));
    let payload = json!({ "sub": USER, "https://hasura.io/jwt/claims": other });
    assert_eq!(answered(secret, payload).await.data("/providerConnections"), &json!([]));
}

/// Firebase's configuration in that issue: literals for the roles, a path for the user.
pub async fn hasura_9405(_: &Case) {
    let map = json!({
        "x-hasura-allowed-roles": ["user"],
        "x-hasura-default-role": "user",
        "x-hasura-user-id": { "path": "$.sub" },
    });
    let secret = json!({ "claims_map": map, "claims_format": "json" });
    let answer = answered(secret, json!({ "sub": USER })).await;
    assert_eq!(answer.data("/providerConnections"), &json!([]));
    // A literal for the user would make everyone that user.
    let literal = json!({ "type": "HS256", "key": KEY, "claims_map": {
        "x-hasura-allowed-roles": ["user"],
        "x-hasura-default-role": "user",
        "x-hasura-user-id": USER,
    } });
    let error = JwtSecret::parse(&literal.to_string()).unwrap_err().to_string();
    assert!(error.contains("give everyone the same user"), "{error}");
}

pub async fn hasura_8341(_: &Case) {
    let map = json!({
        "x-hasura-user-id": { "path": "$.test.user_id" },
        "x-hasura-default-role": { "path": "$.test.default_role", "default": "user" },
        "x-hasura-allowed-roles": { "path": "$.test.roles", "default": ["user"] },
    });
    let secret = json!({
        "claims_map": map,
        "claims_namespace": "test",
        "claims_format": "stringified_json",
    });
    let payload = json!({ "test": json!({ "user_id": USER }).to_string() });
    let answer = answered(secret, payload).await;
    assert_eq!(answer.extension("reason"), "jwt-invalid");
    assert!(answer.message().contains("JWT claim from claims_map not found"));
}
