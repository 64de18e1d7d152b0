//! Clients that begin, and don't go on.

use futures_util::future::join_all;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{
    arena::{Arena, Target, wire},
    harness::Binary,
};

/// Opens so many connections from so many addresses, sends these bytes on each, and waits.
async fn hold(target: Target, connections: usize, addresses: usize, bytes: Vec<u8>) {
    let mut held: Vec<TcpStream> = Vec::new();
    for some in (0..connections).collect::<Vec<_>>().chunks(100) {
        if !target.goes_on() {
            break;
        }
        let opened = some.iter().map(async |number| {
            target.sent();
            let from = wire::address(number % addresses);
            let mut stream = target.connect_from(from).await.ok()?;
            stream.write_all(&bytes).await.ok()?;
            Some(stream)
        });
        held.extend(join_all(opened).await.into_iter().flatten());
    }
    target.in_place();
    target.over().await;
}

async fn silent(target: Target) {
    hold(target, 2_500, 1, Vec::new()).await;
}

async fn silent_from_many(target: Target) {
    hold(target, 2_500, 2_500, Vec::new()).await;
}

async fn half_heads(target: Target) {
    hold(target, 1_024, 64, b"POST /graphql HTTP/1.1\r\nHost: a".to_vec()).await;
}

async fn half_bodies(target: Target) {
    let request = wire::post_head("Content-Length: 100\r\n") + "{\"query\":\"{ __typename";
    hold(target, 1_024, 1, request.into_bytes()).await;
}

async fn half_bodies_from_many(target: Target) {
    let request = wire::post_head("Content-Length: 100\r\n") + "{\"query\":\"{ __typename";
    hold(target, 1_024, 1_024, request.into_bytes()).await;
}

async fn large_half_bodies(target: Target) {
    let request = wire::post_head("Content-Length: 262144\r\n") + &" ".repeat(200_000);
    hold(target, 500, 500, request.into_bytes()).await;
}

async fn continued(target: Target) {
    let head = wire::post_head("Expect: 100-continue\r\nContent-Length: 100\r\n");
    hold(target, 500, 50, head.into_bytes()).await;
}

async fn idle(target: Target) {
    let request = b"GET /healthz HTTP/1.1\r\nHost: attacked\r\n\r\n".to_vec();
    hold(target, 1_500, 1_500, request).await;
}

async fn sockets(target: Target) {
    hold(target, 400, 400, wire::UPGRADE.into()).await;
}

async fn sockets_from_one(target: Target) {
    hold(target, 400, 1, wire::UPGRADE.into()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_only_begins_harms_nobody() {
    // What a process mostly has; and fewer subscribers than those who open a WebSocket here.
    let limits = |binary: Binary| binary.env("SUBSCRIPTION_LIMIT", "200").with_open_files(1_024);
    let mut arena = Arena::open_with("half-open", limits).await;
    arena.attack("half heads", half_heads).await;
    arena.attack("half bodies", half_bodies).await;
    arena.attack("half bodies from many addresses", half_bodies_from_many).await;
    arena.attack("large half bodies from many addresses", large_half_bodies).await;
    arena.attack("bodies that never come after Expect", continued).await;
    arena.attack("WebSockets without connection_init", sockets_from_one).await;
    arena.attack("WebSockets without connection_init from many addresses", sockets).await;
    arena.attack("silent connections", silent).await;
    arena.attack("silent connections from many addresses", silent_from_many).await;
    arena.attack("idle connections from many addresses", idle).await;
    arena.close().await;
}
