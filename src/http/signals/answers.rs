//! The responses to providers. All but Google only look at the status.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    http::answer::{MediaType, refused},
    signals::Refused,
};

/// Accepted, whatever it was about: the sender must not learn who is connected.
pub(super) fn taken() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// Not now: it should be sent again.
pub(super) fn again() -> Response {
    let (status, code) = (StatusCode::SERVICE_UNAVAILABLE, "UPSTREAM_UNAVAILABLE");
    let message = "The message can't be processed right now. Send it again.";
    let mut answer = refused(MediaType::Json, status, code, message, &json!({ "retryAfter": 10 }));
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
    answer
}

pub(super) fn no(why: Refused) -> Response {
    let (status, code, message) = match why {
        Refused::Unavailable => return again(),
        Refused::Malformed(what) => {
            let message = format!("The message can't be read: {what}.");
            return refused(
                MediaType::Json,
                StatusCode::BAD_REQUEST,
                "BAD_USER_INPUT",
                &message,
                &json!({}),
            );
        }
        Refused::Signature => (
            StatusCode::UNAUTHORIZED,
            "UNAUTHENTICATED",
            "The message is not signed by the provider for this app. Check the secret or the \
             public key in this server's settings.",
        ),
        Refused::Audience | Refused::Issuer => (
            StatusCode::FORBIDDEN,
            "FORBIDDEN",
            "The message is for another app. Check the ids in this server's settings.",
        ),
        Refused::Time => (
            StatusCode::BAD_REQUEST,
            "BAD_USER_INPUT",
            "The message is too old or dated in the future. Check the clock of this server.",
        ),
    };
    refused(MediaType::Json, status, code, message, &json!({}))
}

/// RFC 8935, section 2.2.
pub(super) fn accepted() -> Response {
    StatusCode::ACCEPTED.into_response()
}

/// RFC 8935, sections 2.3 and 2.4.
pub(super) fn secevent_error(why: Refused) -> Response {
    let (err, description) = match why {
        Refused::Unavailable => return again(),
        Refused::Malformed(what) => {
            ("invalid_request", format!("The token can't be read: {what}."))
        }
        Refused::Signature => (
            "invalid_key",
            "The token is not signed with RS256 and a key of the issuer.".to_owned(),
        ),
        Refused::Audience => ("invalid_audience", "The token is for another client id.".to_owned()),
        Refused::Issuer => ("invalid_issuer", "The token is from another issuer.".to_owned()),
        Refused::Time => {
            ("invalid_request", "The token is too old or dated in the future.".to_owned())
        }
    };
    let body = Json(json!({ "err": err, "description": description }));
    (StatusCode::BAD_REQUEST, [(header::CONTENT_LANGUAGE, "en")], body).into_response()
}
