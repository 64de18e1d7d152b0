//! What a bad answer means. Only codes of these lists are ever passed on: a text of the provider's
//! own could hold anything.

use domain::Provider;
use reqwest::StatusCode;
use serde_json::Value;
use url::Url;

use super::fields::{Fields, text};
use crate::upstream::{
    Evidence, UpstreamError,
    answer::{Answer, server_error},
};

/// The grant has ended, or can't go on without its user: RFC 6749 §5.2, GitHub's, and those by
/// which Microsoft asks for the user (a second factor, a consent).
const ENDED: [&str; 5] = [
    "invalid_grant",
    "bad_refresh_token",
    "interaction_required",
    "consent_required",
    "login_required",
];

/// The client is wrong: RFC 6749 §5.2, GitHub's, and Google's.
const CLIENT: [&str; 5] = [
    "invalid_client",
    "unauthorized_client",
    "incorrect_client_credentials",
    "deleted_client",
    "disabled_client",
];

/// Neither: what is said of them.
const OTHER: [(&str, &str); 8] = [
    ("access_denied", "it answered access_denied"),
    ("invalid_request", "it answered invalid_request"),
    ("invalid_resource", "it answered invalid_resource"),
    ("invalid_scope", "it answered invalid_scope"),
    ("server_error", "it answered server_error"),
    ("slow_down", "it answered slow_down"),
    ("temporarily_unavailable", "it answered temporarily_unavailable"),
    ("unsupported_grant_type", "it answered unsupported_grant_type"),
];

/// Reads a refusal of a token endpoint, or of an RFC 7009 one.
pub(super) fn refusal(
    provider: Provider,
    url: &Url,
    answer: &Answer,
    fields: Option<&Fields>,
) -> UpstreamError {
    let (status, retry_after) = (answer.status, answer.retry_after);
    if status == StatusCode::TOO_MANY_REQUESTS {
        return UpstreamError::RateLimited { retry_after };
    }
    // A broken server is not believed, whatever it says of grants and clients.
    if status.is_server_error() {
        return UpstreamError::Unavailable { what: server_error(status), retry_after };
    }
    let code = fields.and_then(|fields| code(provider, fields));
    if let Some(code) = known(&ENDED, code) {
        return UpstreamError::Ended(evidence(code, status, url));
    }
    if let Some(code) = known(&CLIENT, code) {
        return UpstreamError::ClientRefused(evidence(code, status, url));
    }
    let what = match OTHER.iter().find(|(known, _)| Some(*known) == code) {
        Some((_, what)) => what,
        None if status.is_redirection() => "it answered with a redirect, which is not followed",
        None if status.is_success() => "its answer has no access token",
        None => "it answered what this server does not know",
    };
    UpstreamError::Unavailable { what, retry_after }
}

/// The client was refused by an endpoint that has no codes of its own for it.
pub(super) fn client_refused(status: StatusCode, url: &Url) -> UpstreamError {
    UpstreamError::ClientRefused(evidence("invalid_client", status, url))
}

fn evidence(code: &'static str, status: StatusCode, url: &Url) -> Evidence {
    let host = url.host_str().unwrap_or_default().to_owned();
    Evidence { code, status: status.as_u16(), host }
}

fn known(list: &[&'static str], code: Option<&str>) -> Option<&'static str> {
    list.iter().find(|known| Some(**known) == code).copied()
}

/// The code of RFC 6749 §5.2 that the provider means.
fn code(provider: Provider, fields: &Fields) -> Option<&str> {
    match provider {
        Provider::Strava => strava(fields).or_else(|| text(fields, "error")),
        // Its `error`, where there is one, is the name of the HTTP status.
        Provider::Twitch => twitch(fields).or_else(|| text(fields, "error")),
        _ => text(fields, "error"),
    }
}

/// `{"message":"Bad Request","errors":[{"resource":"RefreshToken","field":"…","code":"invalid"}]}`
fn strava(fields: &Fields) -> Option<&'static str> {
    fields.get("errors")?.as_array()?.iter().find_map(|error| {
        let of = |name| error.get(name).and_then(Value::as_str);
        match (of("resource")?, of("code")?) {
            ("RefreshToken", "invalid") => Some("invalid_grant"),
            ("Application", "invalid") => Some("invalid_client"),
            _ => None,
        }
    })
}

/// `{"status":400,"message":"Invalid refresh token"}`
fn twitch(fields: &Fields) -> Option<&'static str> {
    match text(fields, "message")?.to_ascii_lowercase().as_str() {
        "invalid refresh token" => Some("invalid_grant"),
        "invalid client" | "invalid client secret" | "missing client secret" => {
            Some("invalid_client")
        }
        _ => None,
    }
}
