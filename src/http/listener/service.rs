use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
};

use axum::{
    Router,
    http::{HeaderValue, Request, Response, StatusCode, Version, header},
};
use hyper::body::Incoming;
use serde_json::json;
use tower::ServiceExt;

use super::{
    answer::AnswerBody, body::RequestBody, connection::Connection, exchange::Exchange,
    relief::Relief,
};
use crate::{
    client_address::{ClientAddress, TrustedProxies},
    http::answer::{MediaType, refused},
};

/// Answers the requests of one connection.
#[derive(Clone)]
pub struct Service {
    pub router: Router,
    pub peer: SocketAddr,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted: Arc<TrustedProxies>,
    pub connection: Arc<Connection>,
    pub relief: Arc<Relief>,
}

impl Service {
    pub async fn answer(
        self,
        request: Request<Incoming>,
    ) -> Result<Response<AnswerBody>, Infallible> {
        let http2 = request.version() == Version::HTTP_2;
        let exchange = self.connection.begin(http2);
        let mut request = request.map(|body| RequestBody::of(body, &exchange, &self.relief));
        let client = ClientAddress::of(self.peer.ip(), request.headers(), &self.trusted);
        request.extensions_mut().insert(client);
        let mut response = if self.connection.reserved && request.uri().path() != "/healthz" {
            busy()
        } else if !names_one_host(&request) {
            no_host()
        } else {
            match self.router.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        };
        if exchange.body_was_cut.load(Ordering::Acquire) {
            response = cut_short(&exchange);
        }
        if self.connection.reserved && !http2 {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            self.relief.0.upgraded(&self.connection);
        }
        Ok(response.map(|body| AnswerBody::of(body, exchange, &self.relief)))
    }
}

/// With two hosts, or none, a proxy and this server may read the request differently (RFC 9112,
/// section 3.2).
fn names_one_host<B>(request: &Request<B>) -> bool {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    match request.version() {
        Version::HTTP_11 => hosts == 1,
        _ => hosts <= 1,
    }
}

fn no_host() -> axum::response::Response {
    refused(
        MediaType::Json,
        StatusCode::BAD_REQUEST,
        "BAD_REQUEST",
        "The request has no Host header, or more than one. Send exactly one.",
        &json!({}),
    )
}

fn busy() -> axum::response::Response {
    refused(
        MediaType::Json,
        StatusCode::SERVICE_UNAVAILABLE,
        "RATE_LIMITED",
        "This server has reached its limit of clients. Try again in a second.",
        &json!({ "retryAfter": 1 }),
    )
}

/// Whatever the handler made of a body that was cut off, this is the cause.
fn cut_short(exchange: &Exchange) -> axum::response::Response {
    if exchange.too_slow.load(Ordering::Acquire) {
        refused(
            MediaType::Json,
            StatusCode::REQUEST_TIMEOUT,
            "BAD_REQUEST",
            "The request body did not arrive in time. Send it again.",
            &json!({}),
        )
    } else {
        refused(
            MediaType::Json,
            StatusCode::TOO_MANY_REQUESTS,
            "RATE_LIMITED",
            "This server is waiting for too many request bodies. Try again in a second.",
            &json!({ "retryAfter": 1 }),
        )
    }
}
