use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::json;

use super::answer::{MediaType, refused};
use crate::live::Refused;

/// Why a request did not get as far as GraphQL.
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    /// The methods that would do, where this one does not.
    allow: Option<&'static str>,
}

impl Refusal {
    pub fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self { status, code, message, allow: None }
    }

    pub fn bad_request(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    /// `allow` is the `Allow` header, which a 405 has to have (RFC 9110, section 15.5.6).
    pub fn method(allow: &'static str, message: &'static str) -> Self {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self { allow: Some(allow), ..Self::new(status, "METHOD_NOT_ALLOWED", message) }
    }

    pub fn rate_limited(message: &'static str) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message)
    }

    /// There is no place for one more client that wants to hear of changes.
    pub fn no_subscription(refused: Refused) -> Self {
        let message = match refused {
            Refused::Off => {
                "Subscriptions are switched off here. Ask providerConnections now and then."
            }
            Refused::Full => "This server has as many subscribers as it may have. Try again later.",
            Refused::FullForUser => {
                "You have as many clients connected as a user may have. Close one of them first."
            }
        };
        Self::rate_limited(message)
    }

    pub fn into_response(self, media_type: MediaType) -> Response {
        let more = match self.code {
            "RATE_LIMITED" => json!({ "retryAfter": 1 }),
            "UPSTREAM_UNAVAILABLE" => {
                json!({ "upstream": "provider-connections", "retryAfter": 5 })
            }
            _ => json!({}),
        };
        let mut response = refused(media_type, self.status, self.code, self.message, &more);
        if let Some(allow) = self.allow {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}
