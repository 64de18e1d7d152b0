//! Hasura takes a client's JWT for the user's, and calls with the service secret; the JWT that it
//! forwards shows who is behind it.

use nhost_auth_simulator::{GrantScript, Provider, Signing};
use provider_connections::auth::JwtSecret;
use serde_json::{Value, json};

use super::{CLIENT, Client, LIST, ada_who_granted, not_granted};
use crate::harness::{Answer, Database, SERVICE_SECRET, World, on_both_databases};

/// Asks as Hasura does for whoever sent it `authorizations`.
async fn ask(
    world: &World,
    (role, user_id): (Option<&str>, Option<&str>),
    authorizations: &[&str],
    query: &str,
) -> Answer {
    let mut request = world.server.post().header("x-service-secret", SERVICE_SECRET);
    let named = [("x-hasura-role", role), ("x-hasura-user-id", user_id)];
    for (name, value) in named.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        request = request.header(name, value);
    }
    for authorization in authorizations {
        request = request.header("authorization", *authorization);
    }
    let request = request.json(&json!({ "query": query }));
    Answer(request.send().await.unwrap().json().await.unwrap())
}

on_both_databases! {
    async fn a_client_is_not_the_user_through_hasura_either(world: World) {
        let ada = ada_who_granted(&world).await;
        let (id, jwt) = (ada.id.to_string(), Client::of(&ada, CLIENT).jwt);
        let bearer = format!("Bearer {jwt}");
        let disconnect = "mutation { disconnectProvider(provider: google) { id } }";
        for role in [Some("user"), Some("me"), Some("admin"), None] {
            let session = (role, Some(id.as_str()));
            let answer = ask(&world, session, &[&bearer], disconnect).await;
            not_granted(&answer, Some(CLIENT));
            let listed = ask(&world, session, &[&bearer], "{ providerConnections { provider } }").await;
            assert_eq!(listed.data("/providerConnections"), &json!([{ "provider": "google" }]));
        }
        assert!(world.row(ada.id, Provider::Google).await.is_some());
        // A remote relationship presets whose connections they are.
        let preset = format!("{{ providerConnections(userId: \"{id}\") {{ provider }} }}");
        let answer = ask(&world, (Some("user"), Some(&id)), &[&bearer], &preset).await;
        assert_eq!(answer.data("/providerConnections"), &json!([{ "provider": "google" }]));
    }

    async fn the_user_is_the_user_and_the_service_the_service(world: World) {
        let ada = ada_who_granted(&world).await;
        let id = ada.id.to_string();
        let session = format!("Bearer {}", ada.jwt);
        for authorizations in [&[session.as_str()][..], &[], &["Basic YWRhOmFkYQ=="], &["Bearer x"]] {
            let answer = ask(&world, (Some("user"), Some(&id)), authorizations, LIST).await;
            assert_eq!(answer.data("/providerConnections").as_array().unwrap().len(), 2);
        }
        // One that names no user acts for nobody: what it was sent along does not bind it.
        let client = format!("Bearer {}", Client::of(&ada, CLIENT).jwt);
        let query = format!("{{ providerConnections(userId: \"{id}\") {{ accessToken }} }}");
        for role in [Some("admin"), None] {
            let answer = ask(&world, (role, None), &[&client], &query).await;
            assert_eq!(answer.data("/providerConnections").as_array().unwrap().len(), 2);
        }
    }

    async fn a_clients_jwt_that_cannot_be_verified_does_not_make_it_the_user(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let id = ada.id.to_string();
        let jwt = Client::of(&ada, CLIENT).jwt;
        let (bearer, session) = (format!("Bearer {jwt}"), format!("Bearer {}", ada.jwt));
        let (unsigned, _) = jwt.rsplit_once('.').unwrap();
        let broken = format!("Bearer {unsigned}.{}", "A".repeat(43));
        for authorizations in [
            &[broken.as_str()][..],
            &[&bearer, &session],
            &[&session, &bearer],
            &[&bearer, "Basic YWRhOmFkYQ=="],
            &[&format!("Bearer  x, {bearer}")],
            &[&format!("Basic {jwt}")],
        ] {
            let answer = ask(&world, (Some("user"), Some(&id)), authorizations, LIST).await;
            assert!(answer.0["data"].is_null(), "{authorizations:?}: {:#}", answer.0);
        }
        world.advance(chrono::TimeDelta::minutes(20));
        let answer = ask(&world, (Some("user"), Some(&id)), &[&bearer], LIST).await;
        assert_eq!(answer.extension("reason"), "jwt-expired");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_keys_cannot_be_fetched_a_clients_jwt_makes_nobody_the_user() {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    // Nobody listens at port 9.
    let secret = json!({ "jwk_url": "http://127.0.0.1:9/jwks.json" }).to_string();
    let secret = JwtSecret::parse(&secret).unwrap();
    let world = World::on_with(Database::sqlite(), Signing::hs256(), |config| {
        config.jwt_secrets = secret.into();
    })
    .await;
    let ada = world.user("ada@example.com");
    let id = ada.id.to_string();
    let part = |json: Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    let bearer = |payload: Value| {
        format!("Bearer {}.{}.AAAA", part(json!({ "alg": "RS256", "kid": "k" })), part(payload))
    };
    let client = bearer(json!({ "sub": ada.id, "aud": CLIENT, "scope": "graphql" }));
    let answer = ask(&world, (Some("user"), Some(&id)), &[&client], LIST).await;
    assert_eq!(answer.extension("reason"), "keys-unavailable");
    // Hasura has verified it, and it shows no client.
    let session = bearer(json!({ "sub": ada.id }));
    let answer = ask(&world, (Some("user"), Some(&id)), &[&session], LIST).await;
    assert_eq!(answer.data("/providerConnections"), &json!([]));
}
