//! Clients that ask, and never read an answer.

use futures_util::future::join_all;
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{
    aliased::introspections,
    arena::{Arena, Document, Target, wire},
};

const CLIENTS: usize = 300;

/// Sends `bytes` on each of many connections, reads nothing, and holds them.
async fn hold(target: Target, clients: usize, bytes: Vec<u8>) {
    let streams = (0..clients).map(async |number| {
        target.sent();
        let mut stream: TcpStream =
            target.connect_narrowly(wire::address(number / 10)).await.ok()?;
        // A server that reads no more, because nobody reads what it writes, does well.
        tokio::select! {
            _ = stream.write_all(&bytes) => {}
            () = target.over() => {}
        }
        Some(stream)
    });
    let mut streams = Box::pin(join_all(streams));
    // The normal client asks while they are sent, and while they are held.
    target.in_place();
    let streams = tokio::select! {
        streams = &mut streams => streams,
        () = target.over() => streams.await,
    };
    target.over().await;
    drop(streams);
}

fn post(query: &str, accept: &str) -> Vec<u8> {
    let body = Document::bounded("", query).json();
    let more = format!("Accept: {accept}\r\nContent-Length: {}\r\n", body.len());
    (wire::post_head(&more) + &body).into_bytes()
}

/// The largest answers that a stranger gets.
async fn introspection(target: Target) {
    hold(target, CLIENTS, post(&introspections(20), "application/json")).await;
}

async fn one_introspection(target: Target) {
    hold(target, CLIENTS, post(&introspections(1), "application/json")).await;
}

async fn events(target: Target) {
    hold(target, CLIENTS, post(&introspections(1), "text/event-stream")).await;
}

async fn by_url(target: Target) {
    let path = Document::bounded("", introspections(1)).path();
    let request = format!("GET {path} HTTP/1.1\r\nHost: attacked\r\n\r\n");
    hold(target, CLIENTS, request.into_bytes()).await;
}

/// Many requests on each connection, all at once.
async fn pipelined(target: Target) {
    let requests = post(&introspections(1), "application/json").repeat(20);
    hold(target, 20, requests).await;
}

async fn errors(target: Target) {
    let requests = post(&format!("{{ {} }}", "nothing ".repeat(900)), "application/json");
    hold(target, CLIENTS, requests).await;
}

/// A WebSocket that asks for pongs and refusals, and reads none.
async fn messages(target: Target) {
    let token = format!("Bearer {}", target.jwt());
    let init = json!({ "type": "connection_init", "payload": { "Authorization": token } });
    let query = format!("subscription {{ {} }}", "nothing ".repeat(900));
    let refused = json!({ "type": "subscribe", "id": "1", "payload": { "query": query } });
    let mut bytes = wire::UPGRADE.as_bytes().to_vec();
    bytes.extend(wire::frame(0x81, init.to_string().as_bytes()));
    for _ in 0..10 {
        bytes.extend(wire::frame(0x81, br#"{"type":"ping"}"#).repeat(50));
        bytes.extend(wire::frame(0x89, &[b'x'; 125]).repeat(50));
        bytes.extend(wire::frame(0x81, refused.to_string().as_bytes()));
    }
    hold(target, 40, bytes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_nothing_harms_nobody() {
    let mut arena = Arena::open("unread").await;
    arena.attack("unread introspection", one_introspection).await;
    arena.attack("unread introspection by many names", introspection).await;
    arena.attack("unread introspection by SSE", events).await;
    arena.attack("unread introspection by GET", by_url).await;
    arena.attack("unread answers to pipelined requests", pipelined).await;
    arena.attack("unread errors", errors).await;
    arena.attack("unread WebSocket messages", messages).await;
    arena.close().await;
}
