//! Many of what is cheap to send.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Interval, MissedTickBehavior, interval},
};

use crate::arena::{self, Arena, Document, Target, wire};

const CLIENTS: usize = 4;
/// How often each of them sends, at most. More than all of them send is for a proxy to stop.
const EVERY: Duration = Duration::from_millis(10);

fn pace() -> Interval {
    let mut pace = interval(EVERY);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pace
}

/// Opens a connection for each client, and lets each send these bytes over and over, reading
/// whatever comes; opens another one where the server ends it.
async fn pour(target: Target, first: Vec<u8>, then: Vec<u8>) {
    target.in_place();
    let clients = (0..CLIENTS).map(async |_| {
        let mut pace = pace();
        while target.goes_on() {
            target.sent();
            let Ok(stream) = target.connect().await else { continue };
            let (mut reader, mut writer) = stream.into_split();
            let write = async {
                let _ = writer.write_all(&first).await;
                while target.goes_on() && writer.write_all(&then).await.is_ok() {
                    target.sent();
                    pace.tick().await;
                }
            };
            let read = async {
                let mut buffer = vec![0; 64 * 1024];
                while reader.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
            };
            tokio::select! {
                () = write => {}
                () = read => {}
                () = target.over() => {}
            }
        }
    });
    join_all(clients).await;
}

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
        let http = target.http().build().unwrap();
        let aliases = arena::repeat(500, |n| format!("a{n}: __typename "));
        let mut number = 0;
        while number < 150 || target.goes_on() {
            target.sent();
            number += 1;
            let query = format!("query Q{client}_{number} {{ {aliases} }}");
            let request = http.post(format!("{}/graphql", target.url()));
            let _ = request.json(&json!({ "query": query })).send().await;
            if number == 100 {
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
