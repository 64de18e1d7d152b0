//! Taking Nhost Auth down and back up.

use nhost_auth_simulator::{Endpoint, GrantScript, Provider};

use crate::world::World;

#[tokio::test]
async fn it_goes_down_with_its_connections_and_comes_back_on_the_same_port_with_its_memory() {
    let mut world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    world.running.sign_in(ada, Provider::Google, GrantScript::stable());
    let base = world.running.base_url();
    assert_eq!(world.get("/v1/healthz", "").await.status, 200);

    world.running.stop().await;
    assert!(world.http.get(world.url("/v1/healthz")).send().await.is_err());

    world.running.start_again().await.unwrap();
    assert_eq!(world.running.base_url(), base);
    let answer = world.fetch("google", &world.running.jwt(ada)).await;
    assert_eq!((answer.status, &answer.body["expiresIn"]), (200, &3600.into()));
}

#[tokio::test]
async fn a_call_that_is_held_is_cut() {
    let mut world = World::new().await;
    let gate = world.running.gate(Endpoint::Healthz);
    let call = tokio::spawn(world.http.get(world.url("/v1/healthz")).send());
    gate.arrived(1).await;
    world.running.stop().await;
    assert!(call.await.unwrap().is_err());
}

#[tokio::test]
async fn dropping_it_takes_it_down() {
    let world = World::new().await;
    let (http, url) = (world.http.clone(), world.url("/v1/healthz"));
    let address = world.running.address();
    drop(world);
    // The listener goes as soon as its task runs.
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(http.get(url).send().await.is_err());
}

#[tokio::test]
async fn it_says_its_version_and_dates_its_answers_by_its_own_clock() {
    let world = World::new().await;
    let answer = world.get("/v1/version", "").await;
    assert_eq!((answer.status, answer.body), (200, serde_json::json!({ "version": "0.46.0" })));
    world.running.advance(chrono::Duration::minutes(7));
    let answer = world.http.get(world.url("/v1/healthz")).send().await.unwrap();
    assert_eq!(answer.headers()["date"], "Tue, 01 Jan 2030 12:07:00 GMT");
}
