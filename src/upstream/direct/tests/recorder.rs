//! A provider that writes down what it is asked, and answers what it was told to.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, Response, Uri},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::StreamExt;
use tokio::{net::TcpListener, task::JoinHandle};

/// An answer that was thought of beforehand.
#[derive(Clone)]
pub struct Canned {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// The connection breaks after the body, which is said to be longer.
    breaks: bool,
}

impl Canned {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::bare(status, body).with("content-type", content_type)
    }

    /// Without headers.
    pub fn bare(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), breaks: false }
    }

    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, "application/json", body)
    }

    pub fn tokens() -> Self {
        Self::json(200, r#"{"access_token":"new-access-token","token_type":"bearer"}"#)
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn breaking(self) -> Self {
        Self { breaks: true, ..self }
    }
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Seen {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The form, in order.
    pub fn form(&self) -> Vec<(String, String)> {
        assert_eq!(self.header("content-type"), "application/x-www-form-urlencoded");
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    pub fn field(&self, name: &str) -> String {
        self.form().into_iter().collect::<HashMap<_, _>>().remove(name).unwrap_or_default()
    }

    /// What is in `Authorization: Basic`.
    pub fn basic(&self) -> Option<String> {
        let encoded = self.header("authorization").strip_prefix("Basic ")?;
        Some(String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap())
    }
}

#[derive(Clone, Default)]
struct Book {
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<VecDeque<Canned>>>,
}

pub struct Recorder {
    pub origin: String,
    book: Book,
    task: JoinHandle<()>,
}

impl Recorder {
    /// Gives these answers, one after the other, and the last one from then on.
    pub async fn start(answers: impl IntoIterator<Item = Canned>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let book = Book::default();
        book.answers.lock().unwrap().extend(answers);
        let router = Router::new().fallback(record).with_state(book.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { origin, book, task }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.book.seen.lock().unwrap().clone()
    }

    #[track_caller]
    pub fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:#?}");
        seen[0].clone()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn record(
    State(book): State<Book>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let body = String::from_utf8(body.to_vec()).unwrap();
    book.seen.lock().unwrap().push(Seen { method, path: uri.to_string(), headers, body });
    let canned = {
        let mut answers = book.answers.lock().unwrap();
        let next = answers.pop_front();
        if answers.is_empty() {
            answers.extend(next.clone());
        }
        next
    };
    let Some(canned) = canned else { std::future::pending().await };
    let mut response = Response::builder().status(canned.status);
    for (name, value) in canned.headers {
        response = response.header(name, value);
    }
    if canned.breaks {
        let part = Ok(Bytes::from(canned.body));
        let parts = [part, Err(std::io::Error::other("the connection breaks"))];
        // Sent apart, so that the part is on its way when the connection breaks.
        let parts = futures_util::stream::iter(parts).then(|part| async {
            tokio::task::yield_now().await;
            part
        });
        return response.body(Body::from_stream(parts)).unwrap();
    }
    response.body(Body::from(canned.body)).unwrap()
}
