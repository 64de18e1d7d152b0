//! Many of what is cheap to send.

use futures_util::future::join_all;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::arena::{
    Arena, Document, Target,
    pour::{pace, pour},
    repeat, wire,
};

/// Clients at once.
const CLIENTS: usize = 4;

async fn connections(target: Target) {
    target.in_place();
    let clients = (0..CLIENTS).map(async |_| {
        let mut pace = pace();
        while target.goes_on() {
            pace.tick().await;
            target.sent();
            drop(target.connect().await);
        }
    });
    join_all(clients).await;
}

/// More requests at once than there are places, from as many connections.
async fn at_once(target: Target) {
    target.in_place();
    let body = Document::bounded("", "{ __typename }").json();
    let request = wire::post_head(&format!("Content-Length: {}\r\n", body.len())) + &body;
    while target.goes_on() {
        let sent = (0..1_100).map(async |number| {
            target.sent();
            let mut stream = target.connect_from(wire::address(number)).await.ok()?;
            stream.write_all(request.as_bytes()).await.ok()?;
            stream.read_u8().await.ok()
        });
        tokio::select! {
            _ = join_all(sent) => {}
            () = target.over() => {}
        }
    }
}

fn post(more: &str, query: &str) -> Vec<u8> {
    let body = Document::bounded("", query).json();
    let head = wire::post_head(&format!("{more}Content-Length: {}\r\n", body.len()));
    (head + &body).into_bytes()
}

async fn pipelined(target: Target) {
    pour(target, Vec::new(), post("", "{ __typename }").repeat(5)).await;
}

/// Documents of 8 kB, each of which is new to a cache.
async fn parsed(target: Target) {
    let clients = (0..CLIENTS).map(async |client| {
        let http = Target::http().build().unwrap();
        let aliases = repeat(500, |n| format!("a{n}: __typename "));
        let mut number = 0;
        // 400 of them were 175 MiB, and stayed.
        while number < 100 || target.goes_on() {
            target.sent();
            number += 1;
            let query = format!("query Q{client}_{number} {{ {aliases} }}");
            let request = http.post(format!("{}/graphql", target.url()));
            let _ = request.json(&json!({ "query": query })).send().await;
            if number == 50 {
                target.in_place();
            }
        }
    });
    join_all(clients).await;
}

async fn tokens(target: Target) {
    let authorization = format!("Authorization: Bearer {}\r\n", target.jwt());
    let read = "{ providerConnections { id accessToken } }";
    pour(target, Vec::new(), post(&authorization, read)).await;
}

async fn paths(target: Target) {
    let requests: Vec<u8> =
        ["GET /healthz", "GET /readyz", "GET /nothing", "OPTIONS /graphql", "HEAD /graphql"]
            .iter()
            .flat_map(|line| format!("{line} HTTP/1.1\r\nHost: attacked\r\n\r\n").into_bytes())
            .collect();
    pour(target, Vec::new(), requests).await;
}

async fn upgrades(target: Target) {
    target.in_place();
    let clients = (0..CLIENTS).map(async |_| {
        let mut pace = pace();
        while target.goes_on() {
            pace.tick().await;
            target.sent();
            drop(wire::upgraded(&target).await);
        }
    });
    join_all(clients).await;
}

fn init(target: &Target) -> Vec<u8> {
    let payload = json!({ "Authorization": format!("Bearer {}", target.jwt()) });
    let init = json!({ "type": "connection_init", "payload": payload });
    [wire::UPGRADE.as_bytes(), &wire::frame(0x81, init.to_string().as_bytes())].concat()
}

async fn pings(target: Target) {
    let first = init(&target);
    pour(target, first, wire::frame(0x89, b"ping").repeat(100)).await;
}

async fn ping_messages(target: Target) {
    let first = init(&target);
    pour(target, first, wire::frame(0x81, br#"{"type":"ping"}"#).repeat(100)).await;
}

async fn inits(target: Target) {
    let first = init(&target);
    let again = wire::frame(0x81, br#"{"type":"connection_init","payload":{}}"#);
    pour(target, first, again).await;
}

async fn empty_frames(target: Target) {
    let first = [init(&target), wire::frame(0x01, b"")].concat();
    pour(target, first, wire::frame(0x00, b"").repeat(500)).await;
}

/// Begins subscriptions, and ends them.
async fn subscriptions(target: Target) {
    let first = init(&target);
    let query = "subscription { providerConnectionChanged { userId } }";
    let begin = json!({ "type": "subscribe", "id": "1", "payload": { "query": query } });
    let end = json!({ "type": "complete", "id": "1" });
    let both = [begin, end].map(|message| wire::frame(0x81, message.to_string().as_bytes()));
    pour(target, first, both.concat().repeat(5)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_harms_nobody() {
    let mut arena = Arena::open("flooded").await;
    arena.attack("a flood of connections", connections).await;
    arena.attack("1,100 requests at once", at_once).await;
    arena.attack("a flood of pipelined requests", pipelined).await;
    arena.attack("a flood of new documents", parsed).await;
    arena.attack("a flood of token reads", tokens).await;
    arena.attack("a flood of other paths", paths).await;
    arena.attack("a flood of WebSockets", upgrades).await;
    arena.attack("a flood of WebSocket pings", pings).await;
    arena.attack("a flood of ping messages", ping_messages).await;
    arena.attack("a flood of connection_init", inits).await;
    arena.attack("a flood of empty frames", empty_frames).await;
    arena.attack("a flood of subscriptions", subscriptions).await;
    arena.close().await;
}
