//! `jwk_url`: keys that an issuer publishes, and changes.

mod refused;
mod rotation;

use axum::http::StatusCode;
use chrono::TimeDelta;
use jsonwebtoken::Algorithm;
use nhost_auth_simulator::Signing;
use provider_connections::auth::{JwtSecret, JwtSecrets};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Answer, Binary, Database, Issuer, IssuerKey, Published, World, simulator};

/// A world whose users have the JWTs of this issuer.
pub async fn world(issuer: &Issuer) -> World {
    world_with(&json!({ "jwk_url": issuer.jwk_url })).await
}

async fn world_with(secret: &Value) -> World {
    let secret: JwtSecrets = JwtSecret::parse(&secret.to_string()).unwrap().into();
    World::on_with(Database::sqlite(), Signing::hs256(), |config| config.jwt_secrets = secret).await
}

/// What a user with this JWT is answered.
pub async fn ask(world: &World, jwt: &str) -> Answer {
    let bearer = format!("Bearer {jwt}");
    let headers = [("authorization", bearer.as_str())];
    world.server.ask(&headers, "{ providerConnections { id } }", json!({})).await
}

/// A JWT that is good for a year.
pub fn jwt(world: &World, key: &IssuerKey) -> String {
    key.jwt(Uuid::from_u128(1), (world.now() + TimeDelta::days(365)).timestamp())
}

pub fn assert_good(answer: &Answer) {
    assert_eq!(answer.data("/providerConnections"), &json!([]));
}

#[tokio::test]
async fn a_token_by_a_published_key_of_each_kind_makes_a_user() {
    use Algorithm::{ES256, ES384, EdDSA, RS256, RS384, RS512};
    let keys = [RS256, RS384, RS512, ES256, ES384, EdDSA];
    let keys = keys.map(|algorithm| IssuerKey::new(&format!("{algorithm:?}"), algorithm));
    let issuer = Issuer::start(Published::keys(&keys.each_ref())).await;
    let world = world(&issuer).await;
    for key in &keys {
        assert_good(&ask(&world, &jwt(&world, key)).await);
        let forged = IssuerKey::new(&key.kid, key.algorithm);
        let refused = ask(&world, &jwt(&world, &forged)).await;
        assert_eq!(refused.code(), "UNAUTHENTICATED", "{}", key.kid);
        assert!(refused.at("/errors/0/message").as_str().unwrap().contains("JWSInvalidSignature"));
    }
    assert_eq!(issuer.fetches(), 1, "no key was unknown");
}

#[tokio::test]
async fn a_token_without_a_key_id_is_tried_with_every_key_of_its_kind() {
    let keys = ["a", "b"].map(|kid| IssuerKey::new(kid, Algorithm::ES256));
    let mut set = json!({ "keys": [keys[0].jwk(), keys[1].jwk()] });
    // Published without names, and used by names.
    for key in set["keys"].as_array_mut().unwrap() {
        key.as_object_mut().unwrap().remove("kid");
    }
    let issuer = Issuer::start(Published::set(&set)).await;
    let world = world(&issuer).await;
    for key in &keys {
        assert_good(&ask(&world, &jwt(&world, key)).await);
    }
}

#[tokio::test]
async fn a_type_beside_the_url_is_the_only_algorithm_that_is_good() {
    let keys = [Algorithm::ES256, Algorithm::EdDSA]
        .map(|algorithm| IssuerKey::new(&format!("{algorithm:?}"), algorithm));
    let issuer = Issuer::start(Published::keys(&keys.each_ref())).await;
    let world = world_with(&json!({ "jwk_url": issuer.jwk_url, "type": "ES256" })).await;
    assert_good(&ask(&world, &jwt(&world, &keys[0])).await);
    let refused = ask(&world, &jwt(&world, &keys[1])).await;
    assert!(refused.at("/errors/0/message").as_str().unwrap().contains("JWSInvalidAlgorithm"));
}

#[tokio::test]
async fn a_public_key_is_no_shared_secret_and_no_reason_to_fetch() {
    let key = IssuerKey::new("a", Algorithm::ES256);
    let issuer = Issuer::start(Published::keys(&[&key])).await;
    let world = world(&issuer).await;
    assert_good(&ask(&world, &jwt(&world, &key)).await);
    // The simulator's JWTs are by a shared secret, HS256.
    let ada = world.user("ada@example.com");
    let refused = ask(&world, &ada.jwt).await;
    assert!(refused.at("/errors/0/message").as_str().unwrap().contains("JWSInvalidAlgorithm"));
    assert_eq!(issuer.fetches(), 1);
}

type Headers<'a> = &'a [(&'static str, &'a str)];

#[tokio::test]
async fn keys_are_fetched_again_when_their_headers_say_so() {
    let key = IssuerKey::new("a", Algorithm::ES256);
    let expires = ("expires", "Thu, 01 Jan 2026 12:02:00 GMT");
    // The headers of the answer; until when, in seconds, it is good.
    let table: &[(Headers<'_>, Option<i64>)] = &[
        (&[("cache-control", "max-age=120")], Some(120)),
        (&[("cache-control", "public, max-age=60, s-maxage=120")], Some(120)),
        (&[("cache-control", "s-maxage=120"), ("expires", "0")], Some(120)),
        (&[expires], Some(120)),
        (&[("expires", "0")], Some(1)),
        (&[("cache-control", "no-cache"), expires], Some(1)),
        (&[("cache-control", "no-store, max-age=120")], Some(1)),
        (&[("cache-control", "max-age=0")], Some(1)),
        (&[("cache-control", "Max-Age=120")], Some(120)),
        (&[("cache-control", "max-age=\"120\", must-revalidate")], Some(120)),
        (&[("cache-control", "public, MAX-AGE = 60,S-MaxAge=\"120\"")], Some(120)),
        (&[("cache-control", "public"), ("cache-control", "max-age=120")], Some(120)),
        (&[("cache-control", "max-age=300, max-age=120")], Some(120)),
        (
            &[("cache-control", "public, max-age=18341, must-revalidate, no-transform")],
            Some(18_341),
        ),
        (&[("cache-control", "max-age=99999999999999999999999")], Some(7 * 86_400)),
        (&[("cache-control", "max-age=soon")], Some(1)),
        (&[("cache-control", "No-Cache, max-age=120")], Some(1)),
        (&[("cache-control", "no-cache=\"set-cookie\"")], Some(1)),
        (&[("cache-control", "public"), ("expires", "0")], Some(1)),
        (&[], None),
    ];
    for &(headers, good_for) in table {
        let published = headers
            .iter()
            .fold(Published::keys(&[&key]), |answer, (name, value)| answer.header(name, value));
        let issuer = Issuer::start(published).await;
        let world = world(&issuer).await;
        let jwt = jwt(&world, &key);
        assert_good(&ask(&world, &jwt).await);
        let Some(good_for) = good_for else {
            world.advance(TimeDelta::days(300));
            assert_good(&ask(&world, &jwt).await);
            assert_eq!(issuer.fetches(), 1, "{headers:?}: never");
            continue;
        };
        world.advance(TimeDelta::milliseconds(good_for * 1000 - 1));
        assert_good(&ask(&world, &jwt).await);
        assert_eq!(issuer.fetches(), 1, "{headers:?}: it is good yet");
        world.advance(TimeDelta::milliseconds(1));
        assert_good(&ask(&world, &jwt).await);
        assert_eq!(issuer.fetches(), 2, "{headers:?}: it is over");
    }
}

#[tokio::test]
async fn while_the_endpoint_is_down_the_old_keys_go_on_and_it_is_asked_once_a_minute() {
    let key = IssuerKey::new("a", Algorithm::ES256);
    let good = || Published::keys(&[&key]).header("cache-control", "max-age=60");
    let issuer = Issuer::start(good()).await;
    let world = world(&issuer).await;
    let jwt = jwt(&world, &key);
    assert_good(&ask(&world, &jwt).await);
    issuer.publish(Published::down());
    for minute in 1..=3 {
        world.advance(TimeDelta::minutes(1));
        for _ in 0..5 {
            assert_good(&ask(&world, &jwt).await);
        }
        assert_eq!(issuer.fetches(), 1 + minute);
    }
    issuer.publish(good());
    world.advance(TimeDelta::minutes(1));
    assert_good(&ask(&world, &jwt).await);
    world.advance(TimeDelta::seconds(59));
    assert_good(&ask(&world, &jwt).await);
    assert_eq!(issuer.fetches(), 5, "it is up again, and good for a minute");
}

#[tokio::test]
async fn without_any_keys_nobody_is_told_to_sign_in_again_and_all_is_well_once_they_come() {
    let key = IssuerKey::new("a", Algorithm::ES256);
    let issuer = Issuer::start(Published::down()).await;
    let world = world(&issuer).await;
    let jwt = jwt(&world, &key);
    let refused = ask(&world, &jwt).await;
    assert_eq!(refused.code(), "UPSTREAM_UNAVAILABLE");
    assert_eq!(refused.extension("upstream"), "jwks");
    assert_eq!(refused.extension("retryAfter"), 5);
    let without = world.server.ask(&[], "{ providerConnections { id } }", json!({})).await;
    assert_eq!(without.extension("reason"), "jwt-missing");
    issuer.publish(Published::keys(&[&key]));
    assert_good(&ask(&world, &jwt).await);
}

#[tokio::test]
async fn another_secret_works_while_the_keys_of_one_cannot_be_had() {
    let issuer = Issuer::start(Published::down()).await;
    let ours = World::on(Database::sqlite()).await;
    let fixed: Value = serde_json::from_str(&ours.simulator.jwt_secret_json()).unwrap();
    let secrets = json!([{ "jwk_url": issuer.jwk_url }, fixed]).to_string();
    let server =
        ours.replica_with(|config| config.jwt_secrets = JwtSecrets::parse(&secrets).unwrap()).await;
    let ada = ours.user("ada@example.com");
    let ask = async |jwt: &str| {
        let bearer = format!("Bearer {jwt}");
        server.ask(&[("authorization", &bearer)], "{ providerConnections { id } }", json!({})).await
    };
    assert_good(&ask(&ada.jwt).await);
    let key = IssuerKey::new("a", Algorithm::ES256);
    assert_eq!(ask(&jwt(&ours, &key)).await.code(), "UPSTREAM_UNAVAILABLE");
}

#[tokio::test]
async fn an_answer_by_way_of_a_redirect_is_taken_and_an_error_page_is_not() {
    let key = IssuerKey::new("a", Algorithm::ES256);
    let behind = Issuer::start(Published::keys(&[&key])).await;
    let mut moved = Published::down().header("location", &behind.jwk_url);
    moved.status = StatusCode::FOUND;
    let issuer = Issuer::start(moved).await;
    let world = world(&issuer).await;
    assert_good(&ask(&world, &jwt(&world, &key)).await);

    let mut error_page = Published::keys(&[&key]);
    error_page.status = StatusCode::NOT_FOUND;
    let issuer = Issuer::start(error_page).await;
    let world = self::world(&issuer).await;
    assert_eq!(ask(&world, &jwt(&world, &key)).await.code(), "UPSTREAM_UNAVAILABLE");
}

#[tokio::test]
async fn it_starts_without_the_keys_and_says_so() {
    let simulator = simulator().await;
    let issuer = Issuer::start(Published::down()).await;
    let secret = json!({ "jwk_url": format!("{}?token=planted", issuer.jwk_url) }).to_string();
    let mut server =
        Binary::serve(&simulator, "sqlite://test.db").env("NHOST_JWT_SECRET", &secret).start();
    server.url().await;
    server.logged_line(&["the keys at jwk_url can't be fetched", &issuer.jwk_url]).await;
    let ended = server.stop().await;
    assert!(!ended.stderr.contains("planted"), "{}", ended.stderr);

    let key = IssuerKey::new("a", Algorithm::ES256);
    issuer.publish(Published::keys(&[&key]));
    let mut server =
        Binary::serve(&simulator, "sqlite://test.db").env("NHOST_JWT_SECRET", &secret).start();
    server.logged_line(&["fetched the JWTs' keys", &issuer.jwk_url]).await;
}
