use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::Bytes,
    client::conn::http2::{SendRequest, handshake},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::{Document, Target, Transport, transport::Answer};

/// A request without an answer by then hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends documents by one transport.
pub struct Client<'a> {
    target: &'a Target,
    transport: Transport,
    is_user: bool,
    http: reqwest::Client,
    http2: Option<SendRequest<Full<Bytes>>>,
    socket: Option<WebSocketStream<TcpStream>>,
}

impl<'a> Client<'a> {
    pub fn new(target: &'a Target, transport: Transport, is_user: bool) -> Self {
        let http = Target::http().build().unwrap();
        Self { target, transport, is_user, http, http2: None, socket: None }
    }

    /// Sends one, and answers what comes back; nothing, where the server ends the connection.
    ///
    /// # Errors
    /// It neither answers nor ends the connection.
    pub async fn send(&mut self, document: &Document) -> Result<Option<Answer>, &'static str> {
        let answer = async {
            match self.transport {
                Transport::Post => self.post(document, "application/json").await,
                Transport::ServerSentEvents => self.post(document, "text/event-stream").await,
                Transport::Get => self.get(document).await,
                Transport::Http2 => {
                    let answer = self.by_http2(document).await;
                    if answer.is_none() {
                        self.http2 = None;
                    }
                    answer
                }
                Transport::WebSocket => {
                    let answer = self.subscribe(document).await;
                    if answer.is_none() {
                        self.socket = None;
                    }
                    answer
                }
            }
        };
        timeout(PATIENCE, answer).await.map_err(|_| "no answer, and the connection stays open")
    }

    async fn post(&self, document: &Document, accept: &str) -> Option<Answer> {
        let mut request = self.http.post(format!("{}/graphql", self.target.url()));
        request = request.header("content-type", "application/json").header("accept", accept);
        if self.is_user {
            request = request.bearer_auth(self.target.jwt());
        }
        let response = request.body(document.json()).send().await.ok()?;
        let status = Some(response.status().as_u16());
        Some(Answer { status, body: response.text().await.ok()? })
    }

    /// By hand: clients know that a URL can't be so long.
    async fn get(&self, document: &Document) -> Option<Answer> {
        let mut stream = self.target.connect().await.ok()?;
        let caller = if self.is_user {
            format!("Authorization: Bearer {}\r\n", self.target.jwt())
        } else {
            String::new()
        };
        let path = document.path();
        let head =
            format!("GET {path} HTTP/1.1\r\nHost: attacked\r\n{caller}Connection: close\r\n\r\n");
        let _ = stream.write_all(head.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Some(Answer { status, body: body.to_owned() })
    }

    /// Without TLS, by prior knowledge (h2c); all requests over one connection.
    async fn by_http2(&mut self, document: &Document) -> Option<Answer> {
        if self.http2.is_none() {
            let stream = TokioIo::new(self.target.connect().await.ok()?);
            let (sender, connection) = handshake(TokioExecutor::new(), stream).await.ok()?;
            tokio::spawn(connection);
            self.http2 = Some(sender);
        }
        let mut request = hyper::Request::post(format!("{}/graphql", self.target.url()))
            .header("content-type", "application/json");
        if self.is_user {
            request = request.header("authorization", format!("Bearer {}", self.target.jwt()));
        }
        let request = request.body(Full::from(document.json())).unwrap();
        let response = self.http2.as_mut().unwrap().send_request(request).await.ok()?;
        let status = Some(response.status().as_u16());
        let body = response.into_body().collect().await.ok()?.to_bytes();
        Some(Answer { status, body: String::from_utf8_lossy(&body).into_owned() })
    }

    async fn subscribe(&mut self, document: &Document) -> Option<Answer> {
        if self.socket.is_none() {
            let mut socket = open(self.target).await?;
            let payload = json!({ "Authorization": format!("Bearer {}", self.target.jwt()) });
            let init = json!({ "type": "connection_init", "payload": payload });
            socket.send(Message::text(init.to_string())).await.ok()?;
            next(&mut socket).await.filter(|ack| ack.contains("connection_ack"))?;
            self.socket = Some(socket);
        }
        let socket = self.socket.as_mut().unwrap();
        let message =
            format!("{{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{}}}", document.json());
        socket.send(Message::text(message)).await.ok()?;
        let body = next(socket).await?;
        let message: Value = serde_json::from_str(&body).ok()?;
        if message["type"] == "next" {
            let complete = json!({ "type": "complete", "id": "1" });
            socket.send(Message::text(complete.to_string())).await.ok()?;
        }
        Some(Answer { status: None, body })
    }
}

/// A WebSocket, before `connection_init`.
async fn open(target: &Target) -> Option<WebSocketStream<TcpStream>> {
    let url = format!("{}/graphql", target.url().replace("http:", "ws:"));
    let mut request = url.into_client_request().unwrap();
    let protocol = "graphql-transport-ws".parse().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let stream = target.connect().await.ok()?;
    client_async(request, stream).await.ok().map(|(socket, _)| socket)
}

/// The next text.
async fn next(socket: &mut WebSocketStream<TcpStream>) -> Option<String> {
    loop {
        match socket.next().await? {
            Ok(Message::Text(text)) => return Some(text.to_string()),
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            _ => return None,
        }
    }
}
