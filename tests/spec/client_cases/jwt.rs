//! Tokens, and the keys that they are verified with.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use jsonwebtoken::Algorithm;
use nhost_auth_simulator::{JwtOptions, Signing, Simulator};
use provider_connections::{auth::JwtSecret, config::Config};
use serde_json::{Value, json};

use super::Case;
use crate::{
    harness::{Database, Issuer, IssuerKey, Published, World},
    jwks::{ask, assert_good, jwt, world},
};

pub async fn jwk_leading_zero(_: &Case) {
    let key = IssuerKey::new("a", Algorithm::RS256);
    let mut jwk = key.jwk();
    let n = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
    jwk["n"] = URL_SAFE_NO_PAD.encode([&[0], &*n].concat()).into();
    let issuer = Issuer::start(Published::set(&json!({ "keys": [jwk] }))).await;
    let world = world(&issuer).await;
    assert_good(&ask(&world, &jwt(&world, &key)).await);
}

/// How often keys with this header are fetched by two requests that are so far apart.
async fn fetches(headers: &[(&'static str, &str)], apart: TimeDelta) -> usize {
    let key = IssuerKey::new("a", Algorithm::ES256);
    let published = headers
        .iter()
        .fold(Published::keys(&[&key]), |answer, (name, value)| answer.header(name, value));
    let issuer = Issuer::start(published).await;
    let world = world(&issuer).await;
    let jwt = jwt(&world, &key);
    assert_good(&ask(&world, &jwt).await);
    world.advance(apart);
    assert_good(&ask(&world, &jwt).await);
    issuer.fetches()
}

pub async fn cache_control_case(case: &Case) {
    let header = case.input("/jwks header").as_str().unwrap();
    let value = header.strip_prefix("Cache-Control: ").unwrap();
    assert_eq!(fetches(&[("cache-control", value)], TimeDelta::milliseconds(999)).await, 1);
    assert_eq!(fetches(&[("cache-control", value)], TimeDelta::seconds(1)).await, 2);
}

pub async fn hasura_3655(_: &Case) {
    let long = [("cache-control", "public, max-age=18341, must-revalidate, no-transform")];
    assert_eq!(fetches(&long, TimeDelta::seconds(18_340)).await, 1);
    assert_eq!(fetches(&long, TimeDelta::seconds(18_341)).await, 2);
    for (name, value) in
        [("cache-control", "no-cache"), ("cache-control", "max-age=\"1\""), ("expires", "0")]
    {
        assert_eq!(fetches(&[(name, value)], TimeDelta::seconds(1)).await, 2, "{value}");
    }
}

pub async fn keycloak_enc_key(_: &Case) {
    let (signs, encrypts) =
        (IssuerKey::new("sig", Algorithm::RS256), IssuerKey::new("enc", Algorithm::RS256));
    let mut enc = encrypts.jwk();
    enc["use"] = "enc".into();
    enc["alg"] = "RSA-OAEP".into();
    let issuer = Issuer::start(Published::set(&json!({ "keys": [enc, signs.jwk()] }))).await;
    let world = world(&issuer).await;
    assert_good(&ask(&world, &jwt(&world, &signs)).await);
    assert_eq!(ask(&world, &jwt(&world, &encrypts)).await.code(), "UNAUTHENTICATED");
}

pub async fn kid_missing(_: &Case) {
    let keys = ["a", "b"].map(|kid| IssuerKey::new(kid, Algorithm::ES256));
    let issuer = Issuer::start(Published::keys(&keys.each_ref())).await;
    let world = world(&issuer).await;
    for key in &keys {
        let exp = (world.now() + TimeDelta::hours(1)).timestamp();
        assert_good(&ask(&world, &key.jwt_without_kid(uuid::Uuid::from_u128(1), exp)).await);
    }
}

pub async fn hasura_7272(_: &Case) {
    let in_cookie = |config: &mut Config, simulator: &Simulator| {
        let mut secret: Value = serde_json::from_str(&simulator.jwt_secret_json()).unwrap();
        secret["header"] = json!({ "type": "Cookie", "name": "session" });
        config.jwt_secrets = JwtSecret::parse(&secret.to_string()).unwrap().into();
    };
    let world = World::on_with_simulator(Database::sqlite(), Signing::hs256(), in_cookie).await;
    for cookie in ["theme=dark", "", "session=", "sessions=a; xsession=b"] {
        let headers = [("cookie", cookie), ("x-requested-with", "XMLHttpRequest")];
        let answer = world.server.ask(&headers, "{ providerConnections { id } }", json!({})).await;
        assert_eq!(answer.extension("reason"), "jwt-missing", "{cookie:?}");
    }
}

pub async fn hasura_1678(_: &Case) {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    let options = JwtOptions {
        roles: Some(vec!["public".to_owned()]),
        default_role: Some("public".to_owned()),
        extra_claims: [("x-hasura-user-id".to_owned(), Value::Null)].into_iter().collect(),
        ..JwtOptions::default()
    };
    let bearer = format!("Bearer {}", world.simulator.jwt_with(ada.id, options));
    let headers = [("authorization", bearer.as_str()), ("x-hasura-role", "public")];
    let query = "{ providerSignInUrl(provider: google) }";
    let answer = world.server.ask(&headers, query, json!({})).await;
    assert!(answer.text("/providerSignInUrl").starts_with(world.simulator.base_url().as_str()));
}

pub async fn bearer_variants(_: &Case) {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    let send = async |value: &str| {
        let headers = [("authorization", value)];
        world.server.ask(&headers, "{ providerConnections { id } }", json!({})).await
    };
    for good in ["bearer", "BEARER", "Bearer ", " Bearer"] {
        assert_good(&send(&format!("{good} {}", ada.jwt)).await);
    }
    for (value, reason) in [
        ("", "jwt-missing"),
        ("Bearer", "jwt-missing"),
        ("Bearer ", "jwt-missing"),
        ("Bearer null", "jwt-invalid"),
        ("Bearer undefined", "jwt-invalid"),
    ] {
        assert_eq!(send(value).await.extension("reason"), reason, "{value:?}");
    }
}
