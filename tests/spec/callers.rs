//! Who is calling: a user by a JWT that verifies, the service by its secret, and nobody by
//! anything else.

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use nhost_auth_simulator::{GrantScript, JwtOptions, Provider, Signing};
use serde_json::{Value, json};

use crate::harness::{Answer, Database, SERVICE_SECRET, User, World, on_both_databases};

const LIST: &str = "{ providerConnections { userId provider accessToken } }";
const CLAIMS: &str = "https://hasura.io/jwt/claims";

/// Asks with these headers, and expects the answer of every refusal: JSON, status 200, no data.
async fn refused(world: &World, headers: &[(&str, &str)], reason: &str) {
    let mut request = world.server.post().json(&json!({ "query": LIST }));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200, "{reason}");
    assert_eq!(response.headers()["content-type"], "application/json", "{reason}");
    let answer = Answer(response.json().await.unwrap());
    assert_eq!(answer.at("/data"), &Value::Null, "{reason}");
    assert_eq!(answer.code(), "UNAUTHENTICATED", "{reason}: {:#}", answer.0);
    assert_eq!(answer.extension("reason"), reason, "{:#}", answer.0);
}

async fn refused_jwt(world: &World, jwt: &str, reason: &str) {
    refused(world, &[("authorization", &format!("Bearer {jwt}"))], reason).await;
}

/// The payload of an access token of the user, as good as Nhost Auth's own.
fn payload(user: &User<'_>) -> Value {
    let now = user.world.now().timestamp();
    json!({
        "sub": user.id,
        "iss": "hasura-auth",
        "iat": now,
        "exp": now + 900,
        CLAIMS: {
            "x-hasura-user-id": user.id,
            "x-hasura-default-role": "user",
            "x-hasura-allowed-roles": ["user", "me"],
            "x-hasura-user-is-anonymous": "false",
        },
    })
}

/// What is in the app's JWT secret.
fn secret(world: &World) -> Value {
    serde_json::from_str(&world.simulator.jwt_secret_json()).unwrap()
}

fn hs256(payload: &Value, key: &str) -> String {
    let key = EncodingKey::from_secret(key.as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), payload, &key).unwrap()
}

fn part(json: &Value) -> String {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
}

on_both_databases! {
    async fn a_users_jwt_is_enough(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let listed = ada.ask(LIST).await;
        assert_eq!(listed.text("/providerConnections/0/userId"), ada.id.to_string());
        let key = secret(&world)["key"].as_str().unwrap().to_owned();
        let handmade = User { world: &world, id: ada.id, jwt: hs256(&payload(&ada), &key) };
        assert_eq!(handmade.ask(LIST).await, listed, "what the refusals below start from");
    }

    async fn nobody_reads_without_a_jwt(world: World) {
        refused(&world, &[], "jwt-missing").await;
        refused(&world, &[("authorization", "")], "jwt-missing").await;
        refused(&world, &[("authorization", "Bearer ")], "jwt-missing").await;
        refused(&world, &[("cookie", "Authorization=Bearer x")], "jwt-missing").await;
        refused(&world, &[("authorization", "Basic YWRhOmFkYQ==")], "jwt-invalid").await;
    }

    async fn nobody_writes_without_a_jwt(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let before = world.row(ada.id, Provider::Google).await;
        for mutation in ["connectProvider", "refreshProviderToken", "disconnectProvider"] {
            let query = format!("mutation {{ {mutation}(provider: google) {{ id }} }}");
            let answer = world.server.ask(&[], &query, json!({})).await;
            assert_eq!(answer.code(), "UNAUTHENTICATED", "{mutation}");
        }
        assert_eq!(world.row(ada.id, Provider::Google).await, before);
    }

    async fn a_jwt_is_good_until_it_expires(world: World) {
        let ada = world.user("ada@example.com");
        world.advance(TimeDelta::seconds(899));
        ada.ask(LIST).await.data("/providerConnections");
        world.advance(TimeDelta::seconds(1));
        refused_jwt(&world, &ada.jwt, "jwt-expired").await;
    }

    async fn a_jwt_is_good_from_its_nbf_on(world: World) {
        let ada = world.user("ada@example.com");
        let mut payload = payload(&ada);
        payload["nbf"] = (world.now().timestamp() + 10).into();
        let key = secret(&world)["key"].as_str().unwrap().to_owned();
        let jwt = hs256(&payload, &key);
        refused_jwt(&world, &jwt, "jwt-invalid").await;
        world.advance(TimeDelta::seconds(10));
        User { world: &world, id: ada.id, jwt }.ask(LIST).await.data("/providerConnections");
    }

    async fn a_jwt_of_another_make_is_refused(world: World) {
        let ada = world.user("ada@example.com");
        let key = secret(&world)["key"].as_str().unwrap().to_owned();
        let but = |change: &dyn Fn(&mut Value)| {
            let mut payload = payload(&ada);
            change(&mut payload);
            hs256(&payload, &key)
        };
        let good = hs256(&payload(&ada), &key);
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let body = part(&payload(&ada));
        let unsigned = |alg: &str| format!("{}.{body}", part(&json!({ "alg": alg, "typ": "JWT" })));
        let none = |payload: &mut Value| payload[CLAIMS] = Value::Null;
        for (make, jwt) in [
            ("another issuer", but(&|payload| payload["iss"] = "https://evil.example".into())),
            ("no issuer", but(&|payload| payload["iss"] = Value::Null)),
            ("no expiry", but(&|payload| payload["exp"] = Value::Null)),
            ("expiry as text", but(&|payload| payload["exp"] = "9999999999".into())),
            ("no Hasura claims", but(&none)),
            ("two users", but(&|payload| payload["sub"] = uuid::Uuid::from_u128(7).to_string().into())),
            ("no user", but(&|payload| payload[CLAIMS]["x-hasura-user-id"] = "".into())),
            ("another key", hs256(&payload(&ada), "another-shared-secret-of-over-32-characters")),
            ("alg none", format!("{}.", unsigned("none"))),
            ("alg None, with a signature", format!("{}.{signature}", unsigned("None"))),
            ("alg none, in two parts", unsigned("none")),
            ("alg HS256, unsigned", format!("{}.", unsigned("HS256"))),
            ("another algorithm", format!("{}.{signature}", unsigned("HS512"))),
            ("no signature", format!("{signed}.")),
            ("four parts", format!("{good}.{signature}")),
            ("Nhost Auth's OAuth state", world.simulator.state_jwt()),
            ("not a JWT", "undefined".to_owned()),
            ("the service secret", SERVICE_SECRET.to_owned()),
        ] {
            println!("{make}");
            refused_jwt(&world, &jwt, "jwt-invalid").await;
        }
    }

    async fn a_role_is_one_that_the_jwt_allows(world: World) {
        let ada = world.user("ada@example.com");
        let bearer = format!("Bearer {}", ada.jwt);
        let bearer = ("authorization", bearer.as_str());
        for role in ["user", "me"] {
            let answer = world.server.ask(&[bearer, ("x-hasura-role", role)], LIST, json!({})).await;
            answer.data("/providerConnections");
        }
        for role in ["admin", "service", "USER", "", "user,admin"] {
            refused(&world, &[bearer, ("x-hasura-role", role)], "role-not-allowed").await;
        }
        refused(&world, &[bearer, ("x-hasura-role", "me"), ("x-hasura-role", "user")], "role-not-allowed").await;
        let roles = JwtOptions { default_role: Some("editor".to_owned()), ..JwtOptions::default() };
        refused_jwt(&world, &world.simulator.jwt_with(ada.id, roles), "role-not-allowed").await;
    }

    async fn an_admin_by_jwt_reads_only_their_own(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        bob.connected(Provider::Google, GrantScript::stable()).await;
        let options = JwtOptions {
            roles: Some(vec!["user".to_owned(), "admin".to_owned()]),
            default_role: Some("admin".to_owned()),
            ..JwtOptions::default()
        };
        let admin = User { world: &world, id: ada.id, jwt: world.simulator.jwt_with(ada.id, options) };
        assert_eq!(admin.ask(LIST).await.data("/providerConnections"), &json!([]));
        let of_bob = format!("{{ providerConnections(userId: \"{}\") {{ id }} }}", bob.id);
        assert_eq!(admin.ask(&of_bob).await.code(), "FORBIDDEN");
    }

    async fn two_authorization_headers_are_refused(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        let [ada, bob] = [ada, bob].map(|user| format!("Bearer {}", user.jwt));
        for second in [&ada, &bob, ""] {
            let headers = [("authorization", ada.as_str()), ("authorization", second)];
            refused(&world, &headers, "jwt-invalid").await;
        }
    }

    async fn headers_of_a_stranger_change_nothing(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        ada.connected(Provider::Google, GrantScript::stable()).await;
        bob.connected(Provider::Github, GrantScript::stable()).await;
        let own = ada.ask(LIST).await;
        let (bob, bearer) = (bob.id.to_string(), format!("Bearer {}", ada.jwt));
        for forged in [
            vec![("x-hasura-user-id", bob.as_str())],
            vec![("X-Hasura-User-Id", bob.as_str()), ("x-hasura-role", "user")],
            vec![("x-hasura-user-id", "not-a-uuid")],
            vec![("x-hasura-admin-secret", SERVICE_SECRET), ("x-hasura-user-id", bob.as_str())],
            vec![("x-hasura-user-is-anonymous", "true"), ("x-hasura-allowed-roles", "admin")],
            vec![("x-nhost-webhook-secret", SERVICE_SECRET), ("x-hasura-user-id", bob.as_str())],
        ] {
            refused(&world, &forged, "jwt-missing").await;
            let headers = [vec![("authorization", bearer.as_str())], forged].concat();
            assert_eq!(world.server.ask(&headers, LIST, json!({})).await, own, "{headers:?}");
        }
        refused(&world, &[("x-hasura-role", "admin"), ("x-hasura-user-id", &bob)], "jwt-missing").await;
    }
}

/// Where the app's JWTs are signed with RS256.
async fn with_rs256() -> World {
    World::on_with(Database::sqlite(), Signing::rs256(), |_| {}).await
}

#[tokio::test]
async fn a_public_key_is_no_shared_secret() {
    let world = with_rs256().await;
    let ada = world.user("ada@example.com");
    ada.ask(LIST).await.data("/providerConnections");
    let pem = secret(&world)["key"].as_str().unwrap().to_owned();
    assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----"));
    for key in [&pem, pem.trim_end(), &pem.replace('\n', "")] {
        refused_jwt(&world, &hs256(&payload(&ada), key), "jwt-invalid").await;
    }
    let body = part(&payload(&ada));
    let none = format!("{}.{body}.", part(&json!({ "alg": "none" })));
    refused_jwt(&world, &none, "jwt-invalid").await;
}

#[tokio::test]
async fn a_key_that_the_jwt_brings_along_is_not_used() {
    let world = with_rs256().await;
    let ada = world.user("ada@example.com");
    let other = nhost_auth_simulator::Simulator::new(nhost_auth_simulator::Options {
        signing: Signing::rs256(),
        ..nhost_auth_simulator::Options::default()
    });
    let theirs: Value = serde_json::from_str(&other.jwt_secret_json()).unwrap();
    let key =
        EncodingKey::from_rsa_pem(theirs["signing_key"].as_str().unwrap().as_bytes()).unwrap();
    let mut header = Header::new(Algorithm::RS256);
    header.jku = Some(format!("{}.well-known/jwks.json", world.simulator.base_url()));
    header.kid = secret(&world)["kid"].as_str().map(str::to_owned);
    let jwt = jsonwebtoken::encode(&header, &payload(&ada), &key).unwrap();
    refused_jwt(&world, &jwt, "jwt-invalid").await;
}
