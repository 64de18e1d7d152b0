use std::borrow::Cow;

use async_graphql::ServerError;
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::json;

use super::answer::{MediaType, refused, refused_in_a_list};
use crate::live::Refused;

/// Why a request did not reach GraphQL.
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    /// What would be accepted instead.
    header: Option<(HeaderName, &'static str)>,
    /// How many operations a batch has. `None`: it is not a batch.
    times: Option<usize>,
}

impl Refusal {
    pub fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, code, message: message.into(), header: None, times: None }
    }

    pub fn bad_request(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    /// `allow` is the `Allow` header, which a 405 must have (RFC 9110, section 15.5.6).
    pub fn method(allow: &'static str, message: &'static str) -> Self {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self::new(status, "METHOD_NOT_ALLOWED", message).with_header(header::ALLOW, allow)
    }

    pub fn with_header(self, name: HeaderName, value: &'static str) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    /// The response to a batch: the same error for each of its operations.
    pub fn in_a_list(self, times: usize) -> Self {
        Self { times: Some(times), ..self }
    }

    pub fn rate_limited(message: &'static str) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message)
    }

    /// There is no place for another subscriber.
    pub fn no_subscription(refused: Refused) -> Self {
        let message = match refused {
            Refused::Off => {
                "Subscriptions are turned off on this server. Poll providerConnections instead."
            }
            Refused::Full => "This server has reached its limit of subscribers. Try again later.",
            Refused::FullForUser => {
                "You have reached the limit of connected clients per user. Close one of them first."
            }
        };
        Self::rate_limited(message)
    }

    /// The same over WebSocket, which has no status.
    pub fn into_error(self) -> ServerError {
        let mut error = ServerError::new(self.message, None);
        error.extensions.get_or_insert_default().set("code", self.code);
        error
    }

    pub fn into_response(self, media_type: MediaType) -> Response {
        let more = match self.code {
            "RATE_LIMITED" => json!({ "retryAfter": 1 }),
            "UPSTREAM_UNAVAILABLE" => {
                json!({ "upstream": "provider-connections", "retryAfter": 5 })
            }
            _ => json!({}),
        };
        let mut response = match self.times {
            None => refused(media_type, self.status, self.code, &self.message, &more),
            Some(times) => {
                refused_in_a_list(media_type, self.status, self.code, &self.message, times)
            }
        };
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
