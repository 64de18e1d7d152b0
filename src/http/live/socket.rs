use std::{sync::Arc, time::Duration};

use async_graphql::{Request, Response, ServerError};
use axum::{
    extract::ws::{CloseFrame, Message, WebSocket},
    http::HeaderMap,
};
use futures_util::{FutureExt, StreamExt};
use serde_json::Value;
use tokio::time::{Instant, timeout};
use tower_http::request_id::RequestId;

use super::{
    headers,
    message::{Close, FromClient, ToClient},
    operations::{Operations, Outcome},
    origin::Page,
};
use crate::{
    auth::{Caller, Reason},
    client_address::ClientAddress,
    graphql::Expiry,
    http::{
        answer::with_codes, endpoint::GraphqlEndpoint, heavy::is_heavy, persisted::Asked,
        places::Who,
    },
    live::{Session, Waiting},
    metrics,
};

/// The time limit for a client to authenticate.
const INIT: Duration = Duration::from_secs(10);
/// A socket that accepts no data for this long is closed.
const WRITE: Duration = Duration::from_secs(10);
/// Proxies close connections that are idle for a minute.
const PING: Duration = Duration::from_secs(25);
/// Clients answer pings: one that sends nothing for this long is gone.
const SILENCE: Duration = Duration::from_mins(1);
/// How long a client may take to close its side.
const GOODBYE: Duration = Duration::from_secs(1);

/// An authenticated client.
pub struct Client {
    pub endpoint: Arc<GraphqlEndpoint>,
    pub headers: HeaderMap,
    pub page: Page,
    pub address: ClientAddress,
    pub request_id: Option<RequestId>,
}

/// Why the socket is no longer served.
enum Over {
    /// Close with this code and reason.
    Close(Close),
    /// The client closes, and waits for the answer (RFC 6455, 5.5.1).
    Closed,
    /// The client is gone, or reads nothing any more.
    Gone,
}

/// Serves a socket to its end.
pub async fn serve(mut socket: WebSocket, client: Client, waiting: Waiting) {
    let closing = waiting.closing();
    let over = tokio::select! {
        over = talk(&mut socket, client, waiting) => over,
        () = closing.cancelled() => Over::Close(Close::GOING_AWAY),
    };
    let close = match over {
        Over::Close(Close(code, reason)) => {
            Some(Message::Close(Some(CloseFrame { code, reason: reason.into() })))
        }
        Over::Closed => None,
        Over::Gone => return,
    };
    let goodbye = async {
        if let Some(close) = close {
            socket.send(close).await?;
        }
        // Until both sides have closed: closing first would lose messages on their way, and the
        // library answers the client's close while it is read from.
        while let Some(message) = socket.recv().await {
            message?;
        }
        Ok::<_, axum::Error>(())
    };
    let _ = timeout(GOODBYE, goodbye).await;
}

async fn talk(socket: &mut WebSocket, client: Client, waiting: Waiting) -> Over {
    let turned_out = waiting.turned_out();
    let initialised = tokio::select! {
        initialised = timeout(INIT, init(socket, client, waiting)) => initialised,
        () = turned_out.cancelled() => return Over::Close(Close::TURNED_OUT),
    };
    let (authenticated, session) = match initialised {
        Ok(Ok(initialised)) => initialised,
        Ok(Err(over)) => return over,
        Err(_) => return Over::Close(Close::INIT_TIMEOUT),
    };
    let mut operations = Operations::default();
    let over = follow(socket, &authenticated, &session, &mut operations).await;
    if matches!(over, Over::Close(Close::EXPIRED)) {
        // Each of them ends with its own message.
        while let Some((id, outcome)) = operations.next().now_or_never() {
            if let Err(over) = tell(socket, &id, outcome).await {
                return over;
            }
        }
    }
    over
}

/// An accepted client.
struct Authenticated {
    endpoint: Arc<GraphqlEndpoint>,
    caller: Caller,
    request_id: Option<RequestId>,
}

async fn init(
    socket: &mut WebSocket,
    client: Client,
    waiting: Waiting,
) -> Result<(Authenticated, Session), Over> {
    let payload = loop {
        match receive(socket).await? {
            Some(FromClient::ConnectionInit { payload }) => break payload,
            Some(FromClient::Ping) => send(socket, &ToClient::Pong).await?,
            None | Some(FromClient::Pong) => {}
            Some(_) => return Err(Over::Close(Close::NO_INIT_YET)),
        }
    };
    let Client { endpoint, headers, page, address, request_id } = client;
    let headers = headers::of_connection(headers, page, payload.as_ref());
    let headers = headers.ok_or(Over::Close(Close::NOT_A_HEADER))?;
    let caller = authenticate(&endpoint, address, &headers).await?;
    let session = waiting.open(caller.user_id());
    let mut session = session.map_err(|_| Over::Close(Close::FULL))?;
    if let Some(expires_at) = caller.expires_at() {
        session.end_at(expires_at);
    }
    send(socket, &ToClient::ConnectionAck).await?;
    Ok((Authenticated { endpoint, caller, request_id }, session))
}

async fn authenticate(
    endpoint: &GraphqlEndpoint,
    address: ClientAddress,
    headers: &HeaderMap,
) -> Result<Caller, Over> {
    let caller = endpoint.authenticator.authenticate_from(address, headers).await;
    caller.map_err(|error| {
        Over::Close(match error.reason {
            Reason::JwtExpired => Close::EXPIRED,
            Reason::KeysUnavailable => Close::KEYS_UNAVAILABLE,
            Reason::TooManyWrongSecrets { .. } => Close::WRONG_SECRETS,
            _ => Close::UNAUTHORIZED,
        })
    })
}

async fn follow(
    socket: &mut WebSocket,
    client: &Authenticated,
    session: &Session,
    operations: &mut Operations,
) -> Over {
    let expired = session.expired();
    let mut heard = Instant::now();
    let mut ping = tokio::time::interval_at(heard + PING, PING);
    loop {
        let done = tokio::select! {
            () = expired.cancelled() => Err(Over::Close(Close::EXPIRED)),
            (id, outcome) = operations.next() => tell(socket, &id, outcome).await,
            message = receive(socket) => {
                heard = Instant::now();
                match message {
                    Ok(Some(message)) => answer(socket, client, session, operations, message).await,
                    Ok(None) => Ok(()),
                    Err(over) => Err(over),
                }
            }
            _ = ping.tick() => {
                if heard.elapsed() > SILENCE { Err(Over::Gone) } else {
                    write(socket, Message::Ping(axum::body::Bytes::new())).await
                }
            }
        };
        if let Err(over) = done {
            return over;
        }
    }
}

async fn answer(
    socket: &mut WebSocket,
    client: &Authenticated,
    session: &Session,
    operations: &mut Operations,
    message: FromClient,
) -> Result<(), Over> {
    match message {
        FromClient::ConnectionInit { .. } => Err(Over::Close(Close::REPEATED_INIT)),
        FromClient::Ping => send(socket, &ToClient::Pong).await,
        FromClient::Pong => Ok(()),
        FromClient::Complete { id } => {
            operations.end(&id);
            Ok(())
        }
        FromClient::Subscribe { id, .. } if operations.has(&id) => {
            Err(Over::Close(Close::REPEATED_ID))
        }
        FromClient::Subscribe { id, .. } if operations.is_full() => {
            let refused = crate::graphql::too_many_operations(Operations::LIMIT);
            send(socket, &ToClient::Error { id: &id, payload: &[refused] }).await
        }
        FromClient::Subscribe { id, payload } => {
            match client.prepare(payload.into(), session).await {
                Ok(responses) => operations.begin(id, responses),
                Err(response) => tell(socket, &id, Outcome::Failed(*response)).await?,
            }
            Ok(())
        }
    }
}

impl Authenticated {
    /// With all the rules of a request over HTTP.
    async fn prepare(
        &self,
        request: Value,
        session: &Session,
    ) -> Result<futures_util::stream::BoxStream<'static, Response>, Box<Response>> {
        let trusted = self.endpoint.trusted.as_deref();
        let request = Asked::from_json(request)
            .and_then(|asked| asked.resolve(trusted))
            .map_err(|refusal| Box::new(Response::from_errors(vec![refusal.into_error()])))?;
        let who = Who::of_caller(&self.caller);
        let heavy = who != Who::Service && is_heavy(0, &request.query);
        let bytes = request.query.len();
        let prepared = async { self.prepare_now(request, session) };
        if !heavy {
            return prepared.await;
        }
        match self.endpoint.heavy.run(who, bytes, prepared) {
            Ok(prepared) => prepared.await,
            Err(full) => Err(Box::new(Response::from_errors(vec![full.into()]))),
        }
    }

    fn prepare_now(
        &self,
        request: Request,
        session: &Session,
    ) -> Result<futures_util::stream::BoxStream<'static, Response>, Box<Response>> {
        let caller = Ok(self.caller.clone());
        let prepared = self.endpoint.prepare(request, caller, self.request_id.as_ref())?;
        if !prepared.subscribes() {
            let error = ServerError::new(
                "Only subscriptions can run over a WebSocket. Send queries and mutations by POST.",
                None,
            );
            return Err(Box::new(with_codes(Response::from_errors(vec![error]))));
        }
        Ok(prepared.stream(Expiry(session.expired())).boxed())
    }
}

async fn tell(socket: &mut WebSocket, id: &str, outcome: Outcome) -> Result<(), Over> {
    match outcome {
        Outcome::Next(payload) => send(socket, &ToClient::Next { id, payload: &payload }).await,
        Outcome::Failed(response) => {
            send(socket, &ToClient::Error { id, payload: &response.errors }).await
        }
        Outcome::Complete => send(socket, &ToClient::Complete { id }).await,
    }
}

/// The next message; `None` for frames of the WebSocket itself. Safe to cancel.
async fn receive(socket: &mut WebSocket) -> Result<Option<FromClient>, Over> {
    match socket.recv().await {
        Some(Ok(Message::Text(text))) => {
            serde_json::from_str(&text).map(Some).map_err(|_| Over::Close(Close::NOT_A_MESSAGE))
        }
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Binary(_)) | Err(_)) => Err(Over::Close(Close::NOT_A_MESSAGE)),
        Some(Ok(Message::Close(_))) => Err(Over::Closed),
        None => Err(Over::Gone),
    }
}

async fn send(socket: &mut WebSocket, message: &ToClient<'_>) -> Result<(), Over> {
    let text = serde_json::to_string(message).expect("it has nothing that JSON can't hold");
    write(socket, Message::Text(text.into())).await
}

async fn write(socket: &mut WebSocket, message: Message) -> Result<(), Over> {
    match timeout(WRITE, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Over::Gone),
        Err(_) => {
            metrics::subscription_dropped("stuck");
            Err(Over::Gone)
        }
    }
}
