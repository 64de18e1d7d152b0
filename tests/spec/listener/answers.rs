//! An answer, and what it holds, is there until the client has it or is given up.

use std::{
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    routing::get,
};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use provider_connections::{
    client_address::TrustedProxies,
    config::Timeouts,
    http::listener::{Limits, Listener},
};
use tokio::net::{TcpListener, TcpStream};

use super::{SOON, patient, raw::Raw};
use crate::harness::until;

/// More than sockets hold by themselves.
const LARGE: usize = 16 * 1024 * 1024;
/// What HTTP/2 takes at once, whatever the client does.
pub const SMALL: usize = 8 * 1024;
const ASK: &str = "GET / HTTP/1.1\r\nHost: here\r\n\r\n";

/// A server whose answers are large, and count themselves while they are there.
pub struct Server {
    pub address: SocketAddr,
    held: Arc<AtomicUsize>,
}

impl Server {
    pub async fn start(timeouts: Timeouts, limits: Limits) -> Self {
        Self::behind(TrustedProxies::default(), timeouts, limits).await
    }

    /// One whose clients come by these proxies.
    pub async fn behind(trusted: TrustedProxies, timeouts: Timeouts, limits: Limits) -> Self {
        let held = Arc::new(AtomicUsize::new(0));
        let answer = |size: usize| {
            let counter = held.clone();
            get(async move || Body::new(Counted::new(counter, size)))
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Listener {
            router: Router::new()
                .route("/", answer(LARGE))
                .route("/counted", answer(SMALL))
                .route("/small", get(async || "small")),
            limits,
            timeouts,
            trusted,
        };
        tokio::spawn(server.serve(listener, std::future::pending(), Duration::ZERO));
        Self { address, held }
    }

    pub fn held(&self) -> usize {
        self.held.load(Ordering::SeqCst)
    }

    /// A client that asks, and reads nothing.
    async fn asked(&self) -> Raw {
        let before = self.held();
        let mut raw = Raw::narrow(&format!("http://{}", self.address)).await;
        raw.say(ASK).await;
        until(async || self.held() != before).await;
        raw
    }
}

struct Counted(Option<Bytes>, Arc<AtomicUsize>);

impl Counted {
    fn new(counter: Arc<AtomicUsize>, size: usize) -> Self {
        counter.fetch_add(1, Ordering::SeqCst);
        Self(Some(vec![b'x'; size].into()), counter)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::SeqCst);
    }
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(http_body::Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.0.as_ref().map_or(0, Bytes::len) as u64)
    }
}

#[tokio::test]
async fn it_is_held_until_the_client_has_read_it() {
    let server = Server::start(patient(), Limits::of(100)).await;
    let mut raw = server.asked().await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.held(), 1);
    assert_eq!(raw.answer().await.1.len(), LARGE);
    until(async || server.held() == 0).await;
    // And the connection goes on.
    raw.say("GET /small HTTP/1.1\r\nHost: here\r\n\r\n").await;
    assert_eq!(raw.answer().await, (200, "small".to_owned()));
}

#[tokio::test]
async fn a_client_that_does_not_read_it_is_given_up() {
    let server = Server::start(Timeouts { write: SOON, ..patient() }, Limits::of(100)).await;
    let mut raw = server.asked().await;
    until(async || server.held() == 0).await;
    assert!(raw.closed().await.len() < LARGE);
}

#[tokio::test]
async fn all_that_are_not_read_have_so_many_bytes_and_the_oldest_are_given_up() {
    let limits = Limits { answer_bytes: 4 * LARGE, ..Limits::of(100) };
    let server = Server::start(patient(), limits).await;
    let mut all = Vec::new();
    for _ in 0..4 {
        all.push(server.asked().await);
    }
    let mut one_more = Raw::narrow(&format!("http://{}", server.address)).await;
    one_more.say(ASK).await;
    assert!(all[0].closed().await.len() < LARGE);
    until(async || server.held() <= 4).await;
    // Whoever reads gets what they asked for.
    assert_eq!(one_more.answer().await.1.len(), LARGE);
}

#[tokio::test]
async fn over_http2_a_proxys_other_clients_go_on_until_several_read_nothing() {
    let timeouts = Timeouts { write: SOON, ..patient() };
    let proxies = "127.0.0.1".parse().unwrap();
    let server = Server::behind(proxies, timeouts, Limits::of(100)).await;
    let socket = TcpStream::connect(server.address).await.unwrap();
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(socket))
            .await
            .unwrap();
    let connection = tokio::spawn(connection);
    let get = |path: &str| {
        let uri = format!("http://{}{path}", server.address);
        http::Request::get(uri).body(Empty::<Bytes>::new()).unwrap()
    };
    let unread = client.send_request(get("/")).await.unwrap();
    until(async || server.held() == 0).await;
    let other = client.send_request(get("/small")).await.unwrap();
    assert_eq!(other.into_body().collect().await.unwrap().to_bytes(), "small");
    assert!(unread.into_body().collect().await.is_err());
    let mut many = Vec::new();
    for _ in 0..8 {
        many.push(client.send_request(get("/")).await.unwrap());
    }
    until(async || connection.is_finished()).await;
    until(async || server.held() == 0).await;
}
