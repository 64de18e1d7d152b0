//! Who calls a provider's endpoint: client authentication (RFC 6749 §2.3.1).

use std::collections::HashMap;

use axum::http::{HeaderMap, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::state::Settings;

/// Whether the caller is the client: by HTTP basic authentication, or by `client_id` and
/// `client_secret` in the form.
pub(super) fn is_authentic(
    settings: &Settings,
    headers: &HeaderMap,
    form: &HashMap<String, String>,
) -> bool {
    let given = basic(headers).or_else(|| {
        let secret = form.get("client_secret").cloned().unwrap_or_default();
        Some((form.get("client_id")?.clone(), secret))
    });
    given.is_some_and(|(id, secret)| id == settings.client_id && secret == settings.client_secret)
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((unescaped(id)?, unescaped(secret)?))
}

/// RFC 6749 wants both form-encoded before they are put together.
fn unescaped(value: &str) -> Option<String> {
    let pair = format!("v={value}");
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
}

/// The token in `Authorization: Bearer`, if it is one.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}
