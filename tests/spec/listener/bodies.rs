//! Bodies that do not come stop nobody else.

use nhost_auth_simulator::{GrantScript, Provider, Signing};
use provider_connections::http::listener::descriptors;

use super::{
    patient,
    raw::{Raw, half, request},
};
use crate::harness::{Database, World};

const QUERY: &str = "{ providerConnections { id } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_that_are_half_sent_do_not_stop_a_client() {
    descriptors::prepare_process();
    let world = World::on_with(Database::sqlite(), Signing::hs256(), |config| {
        config.listener.timeouts = patient();
    })
    .await;
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::stable()).await;
    let mut halves = Vec::new();
    for _ in 0..1_100 {
        halves.push(Raw::saying(&world.server.url, &half(QUERY)).await);
    }
    for _ in 0..20 {
        ada.access_token(Provider::Google).await;
    }
    // The first had waited longest when the room was needed.
    let (status, body) = halves[0].answer().await;
    assert!(status == 429 && body.contains("RATE_LIMITED"), "{body}");
    // The last has all the time of the world, and is answered when the rest comes.
    let last = halves.last_mut().unwrap();
    let whole = request("", QUERY);
    last.say(&whole[whole.len() - 5..]).await;
    let (status, body) = last.answer().await;
    assert!(status == 200 && body.contains("UNAUTHENTICATED"), "{status} {body}");
}
