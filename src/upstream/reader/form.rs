//! Form-encoded responses, as GitHub sends them.

use serde_json::Value;
use url::form_urlencoded;

/// The fields that such a response may begin with. Any text can be read as a form; if it begins
/// otherwise, it is not one.
const FIRST: [&str; 12] = [
    "access_token",
    "error",
    "error_description",
    "error_uri",
    "expires",
    "expires_in",
    "refresh_token",
    "refresh_token_expires_in",
    "scope",
    "state",
    "token_type",
    "x_refresh_token_expires_in",
];

/// `None`: it is not a form. If the body was `cut`, the last field may be cut as well.
pub fn form(body: &[u8], cut: bool) -> Option<Vec<(String, Value)>> {
    let body = body.trim_ascii();
    let first = body.split(|byte| *byte == b'=').next()?;
    let known = FIRST.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(first));
    if !known || first.len() == body.len() || body.contains(&b'<') {
        return None;
    }
    let whole = match body.iter().rposition(|byte| *byte == b'&') {
        Some(last) if cut => &body[..last],
        None if cut => return Some(Vec::new()),
        _ => body,
    };
    let fields = form_urlencoded::parse(whole);
    Some(fields.map(|(name, value)| (name.into_owned(), value.as_ref().into())).collect())
}
