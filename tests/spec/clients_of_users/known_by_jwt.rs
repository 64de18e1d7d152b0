//! Which JWTs are the user's own and which are a client's.

use nhost_auth_simulator::{GrantScript, JwtOptions, Provider, Signing, Simulator, ThirdParty};
use provider_connections::{auth::JwtSecret, config::Config};
use serde_json::{Value, json};

use super::{CLIENT, Client, LIST, ada_who_granted, not_granted};
use crate::harness::{Binary, Database, User, World, on_both_databases, simulator};

/// A session's JWT of this Nhost Auth, as good as its own, with `more` in it.
fn with(simulator: &Simulator, session: &str, more: &Value) -> String {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    let payload = BASE64_URL_SAFE_NO_PAD.decode(session.split('.').nth(1).unwrap()).unwrap();
    let mut payload: Value = serde_json::from_slice(&payload).unwrap();
    payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let secret: Value = serde_json::from_str(&simulator.jwt_secret_json()).unwrap();
    let key = jsonwebtoken::EncodingKey::from_secret(secret["key"].as_str().unwrap().as_bytes());
    jsonwebtoken::encode(&jsonwebtoken::Header::default(), &payload, &key).unwrap()
}

fn client<'a>(user: &User<'a>, more: &Value) -> Client<'a> {
    Client { world: user.world, jwt: with(&user.world.simulator, &user.jwt, more) }
}

on_both_databases! {
    async fn an_audience_or_a_scope_makes_a_client_also_of_unusual_shape(world: World) {
        let ada = ada_who_granted(&world).await;
        for (more, id) in [
            (json!({ "aud": "other", "scope": "graphql" }), Some("other")),
            (json!({ "aud": "other" }), Some("other")),
            (json!({ "aud": ["other"] }), Some("other")),
            (json!({ "scope": "graphql", "azp": "other" }), Some("other")),
            (json!({ "scope": ["graphql"], "client_id": "other" }), Some("other")),
            (json!({ "scope": "" }), None),
            (json!({ "scope": null }), None),
            (json!({ "aud": null }), None),
            (json!({ "aud": 7 }), None),
            (json!({ "aud": {} }), None),
            (json!({ "aud": [] }), None),
            (json!({ "aud": ["a", "b"] }), None),
        ] {
            not_granted(&client(&ada, &more).ask(LIST).await, id);
        }
        // What they are compared with.
        client(&ada, &json!({})).ask(LIST).await.data("/providerConnections");
        client(&ada, &json!({ "azp": CLIENT })).ask(LIST).await.data("/providerConnections");
    }

    async fn a_scope_with_a_role_is_a_clients_too(world: World) {
        let ada = ada_who_granted(&world).await;
        let third_party =
            Some(ThirdParty { client_id: CLIENT.to_owned(), scope: "openid graphql:role:me".to_owned() });
        let options = JwtOptions { third_party, ..JwtOptions::default() };
        let client = Client { world: &world, jwt: world.simulator.jwt_with(ada.id, options) };
        assert_eq!(client.providers().await, ["google"]);
        not_granted(&client.ask("mutation { connectProvider(provider: google) { id } }").await, Some(CLIENT));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_may_carry_an_audience_that_is_configured_and_never_a_scope() {
    let database = Database::sqlite();
    let allowed = |config: &mut Config| {
        let audiences = ["my-app".to_owned(), "my-other-app".to_owned()];
        config.jwt_secrets = config.jwt_secrets.clone().with_session_audiences(&audiences);
    };
    let world = World::on_with(database, Signing::hs256(), allowed).await;
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::stable()).await;
    for aud in [json!("my-app"), json!(["my-other-app"]), json!(["my-app", "my-other-app"])] {
        client(&ada, &json!({ "aud": aud })).ask(LIST).await.data("/providerConnections/0");
    }
    let both = json!({ "aud": ["my-app", "agent"], "azp": "agent" });
    not_granted(&client(&ada, &both).ask(LIST).await, Some("agent"));
    let scoped = json!({ "aud": "my-app", "scope": "graphql" });
    not_granted(&client(&ada, &scoped).ask(LIST).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audience_of_the_jwt_secret_is_the_deployments_own() {
    let with_audience = |config: &mut Config, simulator: &Simulator| {
        let mut secret: Value = serde_json::from_str(&simulator.jwt_secret_json()).unwrap();
        secret["audience"] = json!("my-app");
        config.jwt_secrets = JwtSecret::parse(&secret.to_string()).unwrap().into();
    };
    let world = World::on_with_simulator(Database::sqlite(), Signing::hs256(), with_audience).await;
    let ada = world.user("ada@example.com");
    client(&ada, &json!({ "aud": "my-app" })).ask(LIST).await.data("/providerConnections");
    let more = json!({ "aud": ["my-app", "agent"], "client_id": "agent" });
    not_granted(&client(&ada, &more).ask(LIST).await, Some("agent"));
    let foreign = client(&ada, &json!({ "aud": "agent" })).ask(LIST).await;
    assert_eq!(foreign.code(), "UNAUTHENTICATED", "the JWT secret demands its audience");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn allowed_audiences_are_a_setting() {
    let (simulator, database) = (simulator().await, Database::sqlite());
    let id = simulator.add_user("ada@example.com");
    let session = simulator.jwt(id);
    let jwt = |audience: &str| with(&simulator, &session, &json!({ "aud": audience }));
    let serve =
        Binary::serve(&simulator, &database.url).env("ALLOWED_AUDIENCES", " my-app ,,other");
    let mut process = serve.start();
    let url = process.url().await;
    for (audience, code) in [("my-app", None), ("other", None), ("agent", Some("FORBIDDEN"))] {
        let request = reqwest::Client::new().post(format!("{url}/graphql"));
        let request = request.bearer_auth(jwt(audience)).json(&json!({ "query": LIST }));
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        let found = answer.pointer("/errors/0/extensions/code").and_then(Value::as_str);
        assert_eq!(found, code, "{audience}: {answer}");
    }
    assert_eq!(process.stop().await.code, Some(0));
}
