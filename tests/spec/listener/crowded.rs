//! When connections are used up, those that keep the server waiting make room for those that don't.

use nhost_auth_simulator::{Endpoint, GrantScript, Provider, Signing};
use serde_json::{Value, json};

use super::{
    patient,
    raw::{Raw, request},
};
use crate::harness::{Binary, Database, Socket, World, simulator};

/// A world with so few connections.
async fn small(limit: usize) -> World {
    World::on_with(Database::sqlite(), Signing::hs256(), |config| {
        config.listener.timeouts = patient();
        config.listener.connection_limit = Some(limit);
    })
    .await
}

async fn silent(url: &str, number: usize) -> Vec<Raw> {
    let mut all = Vec::new();
    for _ in 0..number {
        all.push(Raw::connect(url).await);
    }
    all
}

/// Over a connection of its own.
async fn healthz(url: &str) -> Value {
    let response = reqwest::Client::new().get(format!("{url}/healthz")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_clients_make_room_the_oldest_first() {
    let world = small(16).await;
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::stable()).await;
    let mut all = silent(&world.server.url, 100).await;
    for _ in 0..10 {
        healthz(&world.server.url).await;
        let fresh = reqwest::Client::new().post(format!("{}/graphql", world.server.url));
        let query = json!({ "query": "{ providerConnections { accessToken } }" });
        let answer = fresh.bearer_auth(&ada.jwt).json(&query).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert!(answer["data"]["providerConnections"][0]["accessToken"].is_string(), "{answer}");
    }
    assert_eq!(all[0].closed().await, b"");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_all_are_at_work_health_checks_are_answered_and_others_told() {
    let world = World::on_with(Database::sqlite(), Signing::hs256(), |config| {
        config.listener.timeouts = patient();
        config.listener.connection_limit = Some(8);
        // Its connections are not counted by address.
        config.listener.trusted_proxies = "127.0.0.1".parse().unwrap();
    })
    .await;
    health_is_told_while_eight_are_at_work(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_all_of_an_address_are_at_work_its_health_checks_are_answered_and_others_told() {
    // Half of them are for one address.
    health_is_told_while_eight_are_at_work(&small(16).await).await;
}

async fn health_is_told_while_eight_are_at_work(world: &World) {
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::rotating()).await;
    let gate = world.simulator.gate_answers(Endpoint::RefreshProviderToken);
    let url = format!("{}/graphql", world.server.url);
    let query = json!({ "query": "mutation { refreshProviderToken(provider: google) { id } }" });
    let mut refreshes = Vec::new();
    for _ in 0..8 {
        let request = reqwest::Client::new().post(&url).bearer_auth(&ada.jwt).json(&query);
        refreshes.push(tokio::spawn(request.send()));
    }
    gate.arrived(1).await;
    crate::harness::until(async || {
        healthz(&world.server.url).await;
        let other = reqwest::Client::new().post(&url).json(&json!({ "query": "{ __typename }" }));
        let other = other.send().await;
        // It is told, on one of the few connections that are kept for that.
        other.is_ok_and(|other| other.status() == 503)
    })
    .await;
    gate.release();
    for refresh in refreshes {
        let answer: Value = refresh.await.unwrap().unwrap().json().await.unwrap();
        assert!(answer["data"]["refreshProviderToken"]["id"].is_string(), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_is_not_trusted_brings_subscribers_and_others_as_well() {
    let world = small(16).await;
    let mut subscribers = Vec::new();
    for number in 0..10 {
        let user = world.user(&format!("ada{number}@example.com"));
        subscribers.push(Socket::subscribed(&world.server.url, &user.jwt).await);
    }
    for _ in 0..10 {
        healthz(&world.server.url).await;
        let query = request("", "{ __typename }");
        assert_eq!(Raw::saying(&world.server.url, &query).await.answer().await.0, 200);
    }
    drop(subscribers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn few_open_files_are_shared_with_the_database_and_a_flood_of_silence_does_not_use_them_up() {
    let simulator = simulator().await;
    let database = Database::sqlite();
    let mut process = Binary::serve(&simulator, &database.url).with_open_files(256).start();
    let url = process.url().await;
    let log = process.log();
    assert!(log.contains("SUBSCRIPTION_LIMIT"), "{log}");
    let ada = simulator.add_user("ada@example.com");
    simulator.sign_in(ada, Provider::Google, GrantScript::stable());
    let silence = silent(&url, 600).await;
    for _ in 0..10 {
        healthz(&url).await;
        let query = json!({ "query": "mutation { connectProvider(provider: google) { status } }" });
        let request = reqwest::Client::new().post(format!("{url}/graphql"));
        let request = request.bearer_auth(simulator.jwt(ada)).json(&query);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["data"]["connectProvider"]["status"], "ACTIVE", "{answer}");
    }
    let ended = process.stop().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!ended.stderr.contains("can't be accepted"), "{}", ended.stderr);
    drop(silence);
}
