//! A client of `graphql-transport-ws`.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Error, Message, client::IntoClientRequest, error::ProtocolError,
        handshake::client::Request, protocol::CloseFrame,
    },
};
use url::Url;

use super::LIMIT;

/// All of a change.
pub const CHANGED: &str = "subscription { providerConnectionChanged \
     { userId provider event { id kind actor at times code evidence } } }";

/// A WebSocket that is open.
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// All that has come, as text.
    pub heard: String,
}

impl Socket {
    /// Connects with these headers; an error is the status of the answer.
    pub async fn connect(url: &str, headers: &[(&str, &str)]) -> Result<Self, u16> {
        Self::connect_by(TcpSocket::new_v4().unwrap(), url, headers).await
    }

    /// The same with a socket that can hold next to nothing.
    pub async fn connect_narrowly(url: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(2048).unwrap();
        Self::connect_by(socket, url, &[]).await.unwrap_or_else(|status| panic!("{status}"))
    }

    async fn connect_by(
        socket: TcpSocket,
        url: &str,
        headers: &[(&str, &str)],
    ) -> Result<Self, u16> {
        let url = Url::parse(url).unwrap();
        let address = url.socket_addrs(|| None).unwrap()[0];
        let stream = socket.connect(address).await.unwrap();
        match client_async(request(&url, headers), stream).await {
            Ok((stream, _)) => Ok(Self { stream, heard: String::new() }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Connects, and is let in with this JWT.
    pub async fn of(url: &str, jwt: &str) -> Self {
        let mut socket = Self::connect(url, &[]).await.unwrap();
        socket.init(json!({ "Authorization": format!("Bearer {jwt}") })).await;
        socket
    }

    /// Connects, subscribes, and has had the first message.
    pub async fn subscribed(url: &str, jwt: &str) -> Self {
        let mut socket = Self::of(url, jwt).await;
        socket.subscribe("1", CHANGED).await;
        socket.gap().await;
        socket
    }

    /// Says who it is, and is let in.
    pub async fn init(&mut self, payload: Value) {
        self.send(&json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(self.next().await, json!({ "type": "connection_ack" }));
    }

    pub async fn subscribe(&mut self, id: &str, query: &str) {
        let payload = json!({ "query": query });
        self.send(&json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }

    pub async fn send(&mut self, message: &Value) {
        self.send_text(message.to_string()).await;
    }

    pub async fn send_text(&mut self, text: String) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    /// Closes by this code.
    pub async fn close(&mut self, code: u16) {
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        self.stream.send(Message::Close(Some(frame))).await.unwrap();
    }

    /// The next message.
    pub async fn next(&mut self) -> Value {
        match self.next_or_close().await {
            Ok(message) => message,
            Err(close) => panic!("closed: {close:?}"),
        }
    }

    /// The next message, or the code and the reason of the close; code 1006: there was none.
    pub async fn next_or_close(&mut self) -> Result<Value, (u16, String)> {
        loop {
            let message = tokio::time::timeout(LIMIT, self.stream.next()).await;
            match message.expect("nothing comes") {
                Some(Ok(Message::Text(text))) => {
                    self.heard.push_str(&text);
                    return Ok(serde_json::from_str(&text).unwrap());
                }
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Err((frame.code.into(), frame.reason.to_string()));
                }
                None
                | Some(
                    Ok(Message::Close(None))
                    | Err(
                        Error::ConnectionClosed
                        | Error::Io(_)
                        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake),
                    ),
                ) => return Err((1006, String::new())),
                Some(Ok(_)) => {}
                Some(Err(error)) => panic!("{error}"),
            }
        }
    }

    /// Reads on until the server closes, and answers by which code.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Err((code, _)) = self.next_or_close().await {
                return code;
            }
        }
    }

    /// The next change.
    pub async fn change(&mut self) -> Value {
        let message = self.next().await;
        assert_eq!(message["type"], "next", "{message}");
        message["payload"]["data"]["providerConnectionChanged"].clone()
    }

    /// The next change says that there may have been others.
    pub async fn gap(&mut self) {
        let change = self.change().await;
        assert!(change["provider"].is_null() && change["event"].is_null(), "{change}");
        assert!(change["userId"].is_string(), "{change}");
    }

    /// The next change with an event. Reads of tokens are passed over: they are written when it
    /// suits the server.
    pub async fn event(&mut self) -> Value {
        loop {
            let change = self.change().await;
            if !change["event"].is_null() && change["event"]["kind"] != "TOKEN_READ" {
                return change;
            }
        }
    }

    /// The kinds of the next events.
    pub async fn kinds(&mut self, number: usize) -> Vec<String> {
        let mut kinds = Vec::new();
        for _ in 0..number {
            kinds.push(self.event().await["event"]["kind"].as_str().unwrap().to_owned());
        }
        kinds
    }
}

fn request(url: &Url, headers: &[(&str, &str)]) -> Request {
    let mut url = url.join("/graphql").unwrap();
    url.set_scheme("ws").unwrap();
    let mut request = url.as_str().into_client_request().unwrap();
    let all = request.headers_mut();
    all.insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    for (name, value) in headers {
        let name: http::HeaderName = name.parse().unwrap();
        all.insert(name, value.parse().unwrap());
    }
    request
}
