use axum::{
    Router,
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

use crate::{
    config::FrameAncestors,
    http::pages::{for_script, page_headers},
    random::Random,
};

/// The page whose scripts come from unpkg.com, pinned by their hashes: a build needs Rust alone.
pub fn page(random: &Random, frame_ancestors: &FrameAncestors, config: &Value) -> Response {
    let page = include_str!("cdn.html").replace("{{config}}", &for_script(config));
    nonce_page(
        random,
        &page,
        "script-src 'nonce-{{nonce}}' https://unpkg.com; \
         style-src 'unsafe-inline' https://unpkg.com; font-src data:; img-src data:; \
         connect-src 'self'",
        frame_ancestors,
    )
}

/// None: they are at unpkg.com.
pub fn files() -> Router {
    Router::new()
}

/// A page whose scripts run only if they carry a number that nobody else can know. `page` and
/// `policy` have `{{nonce}}` where it goes.
fn nonce_page(
    random: &Random,
    page: &str,
    policy: &str,
    frame_ancestors: &FrameAncestors,
) -> Response {
    let nonce = BASE64_STANDARD.encode(random.bytes::<16>());
    let mut headers = page_headers(&policy.replace("{{nonce}}", &nonce), frame_ancestors);
    // A copy would bring the same number again.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    (headers, Html(page.replace("{{nonce}}", &nonce))).into_response()
}
