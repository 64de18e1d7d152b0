//! Clients that take their time: a byte now and then, on hundreds of connections.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::interval};

use crate::arena::{Arena, Target, wire};

const CLIENTS: usize = 300;
/// A byte each.
const PACE: Duration = Duration::from_millis(100);

/// Sends `bytes` one by one on many connections, once each of them has been prepared.
async fn drip<F>(target: Target, prepare: impl Fn(Target) -> F, bytes: Vec<u8>)
where
    F: Future<Output = std::io::Result<TcpStream>>,
{
    let prepared = join_all((0..CLIENTS).map(|_| prepare(target.clone()))).await;
    let mut streams: Vec<_> = prepared.into_iter().flatten().collect();
    target.in_place();
    let mut pace = interval(PACE);
    for byte in bytes.iter().cycle() {
        if !target.goes_on() {
            break;
        }
        pace.tick().await;
        for stream in &mut streams {
            target.sent();
            // Whom the server has cut off says nothing more.
            let _ = stream.write_all(&[*byte]).await;
        }
    }
}

async fn began(target: Target, head: String) -> std::io::Result<TcpStream> {
    let mut stream = target.connect().await?;
    stream.write_all(head.as_bytes()).await?;
    Ok(stream)
}

async fn heads(target: Target) {
    let bytes = b"X-Header: abcdefghijklmnopqrstuvwxyz\r\n".to_vec();
    let head = "POST /graphql HTTP/1.1\r\nHost: attacked\r\n".to_owned();
    drip(target, |target| began(target, head.clone()), bytes).await;
}

async fn bodies(target: Target) {
    let head = wire::post_head("Content-Length: 10000\r\n");
    drip(target, |target| began(target, head.clone()), b" ".to_vec()).await;
}

async fn chunks(target: Target) {
    let head = wire::post_head("Transfer-Encoding: chunked\r\n");
    drip(target, |target| began(target, head.clone()), b"1\r\n \r\n".to_vec()).await;
}

async fn events(target: Target) {
    let head = wire::post_head("Accept: text/event-stream\r\nContent-Length: 10000\r\n");
    drip(target, |target| began(target, head.clone()), b" ".to_vec()).await;
}

async fn frames(target: Target) {
    let init = wire::frame(0x81, br#"{"type":"connection_init"}"#);
    let upgraded = async |target: Target| wire::upgraded(&target).await;
    drip(target, upgraded, init).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_slow_harms_nobody() {
    let mut arena = Arena::open("slow").await;
    arena.attack("heads byte by byte", heads).await;
    arena.attack("bodies byte by byte", bodies).await;
    arena.attack("chunks byte by byte", chunks).await;
    arena.attack("bodies for SSE byte by byte", events).await;
    arena.attack("WebSocket frames byte by byte", frames).await;
    arena.close().await;
}
