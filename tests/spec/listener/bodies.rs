//! Bodies that do not come stop nobody else.

use std::time::Duration;

use axum::{Router, body::Body, routing::post};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use nhost_auth_simulator::{GrantScript, Provider, Signing};
use provider_connections::{
    client_address::TrustedProxies,
    config::Timeouts,
    http::listener::{Limits, Listener, descriptors},
};
use tokio::net::TcpListener;

use super::{
    SOON, patient,
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

#[tokio::test]
async fn one_that_comes_whole_after_all_is_answered_for_what_was_done() {
    // It reads what is there, and asks for the rest only when its time is over.
    let read = async |mut body: Body| {
        body.frame().await.unwrap().unwrap();
        assert!(body.frame().now_or_never().is_none());
        tokio::time::sleep(2 * SOON).await;
        body.collect().await.unwrap();
        "done"
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = Listener {
        router: Router::new().route("/", post(read)),
        limits: Limits::of(100),
        timeouts: Timeouts { body: SOON, ..patient() },
        trusted: TrustedProxies::default(),
    };
    tokio::spawn(server.serve(listener, std::future::pending(), Duration::ZERO));
    let half = "POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 8\r\n\r\nhalf";
    let mut raw = Raw::saying(&url, half).await;
    tokio::time::sleep(SOON / 5).await;
    raw.say("half").await;
    assert_eq!(raw.answer().await, (200, "done".to_owned()));
}
