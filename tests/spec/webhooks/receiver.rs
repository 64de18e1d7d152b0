use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde_json::Value;
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};

use crate::harness::until;

/// What a body without an end is made of.
static PIECE: [u8; 64 * 1024] = [b'x'; 64 * 1024];

/// A backend that webhooks are sent to.
pub struct Receiver {
    pub url: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    received: Mutex<Vec<Received>>,
    replies: Mutex<VecDeque<Reply>>,
    held: Arc<Notify>,
    /// Pieces of 64 KiB of bodies without an end that were taken.
    pieces: AtomicUsize,
}

/// How the next webhook is answered; 204 if nothing is said.
#[derive(Clone, Copy, Debug)]
pub enum Reply {
    Status(u16),
    RetryAfter(u16, &'static str),
    /// To wherever.
    Redirect(&'static str),
    /// Not until it is let go.
    Hang,
    /// 200, and a gigabyte.
    Gigabyte,
}

/// A webhook as it came.
#[derive(Clone, Debug)]
pub struct Received {
    pub id: String,
    pub timestamp: i64,
    pub signature: String,
    pub text: String,
}

impl Received {
    pub fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub fn kind(&self) -> String {
        self.body()["type"].as_str().unwrap().to_owned()
    }

    /// A field of `data`.
    pub fn data(&self, field: &str) -> Value {
        self.body()["data"][field].clone()
    }
}

impl Receiver {
    pub async fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let router = Router::new().fallback(receive).with_state(shared.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhooks", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shared, task }
    }

    /// Answers the next webhooks so, one after the other.
    pub fn replies(&self, replies: impl IntoIterator<Item = Reply>) {
        self.shared.replies.lock().unwrap().extend(replies);
    }

    /// Lets all answers go that are held back.
    pub fn release(&self) {
        self.shared.held.notify_waiters();
    }

    /// All that came, in the order in which it did.
    pub fn all(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// The types of all that came.
    pub fn kinds(&self) -> Vec<String> {
        self.all().iter().map(Received::kind).collect()
    }

    /// Forgets what came.
    pub fn forget(&self) {
        self.shared.received.lock().unwrap().clear();
    }

    /// Waits until so many came.
    pub async fn until(&self, number: usize) {
        until(async || self.all().len() >= number).await;
    }

    /// Bytes of bodies without an end that were taken, at most.
    pub fn megabytes(&self) -> usize {
        self.shared.pieces.load(Ordering::SeqCst) / 16
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let received = Received {
        id: text("webhook-id"),
        timestamp: text("webhook-timestamp").parse().unwrap(),
        signature: text("webhook-signature"),
        text: String::from_utf8(body.to_vec()).unwrap(),
    };
    let reply = shared.replies.lock().unwrap().pop_front();
    let held = shared.held.clone().notified_owned();
    shared.received.lock().unwrap().push(received);
    match reply {
        None => StatusCode::NO_CONTENT.into_response(),
        Some(Reply::Status(status)) => StatusCode::from_u16(status).unwrap().into_response(),
        Some(Reply::RetryAfter(status, after)) => {
            (StatusCode::from_u16(status).unwrap(), [(header::RETRY_AFTER, after)]).into_response()
        }
        Some(Reply::Redirect(to)) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Some(Reply::Hang) => {
            held.await;
            StatusCode::NO_CONTENT.into_response()
        }
        Some(Reply::Gigabyte) => {
            let pieces = stream::unfold(0, move |number| {
                let shared = shared.clone();
                async move {
                    shared.pieces.fetch_add(1, Ordering::SeqCst);
                    let piece = Bytes::from_static(&PIECE);
                    (number < 16 * 1024).then_some((Ok::<_, Infallible>(piece), number + 1))
                }
            });
            Body::from_stream(pieces).into_response()
        }
    }
}
