use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use rust_embed::RustEmbed;
use serde_json::Value;

use super::gzipped::gzipped;
use crate::{
    config::FrameAncestors,
    http::pages::{for_script, page_headers},
};

/// What `npm run build` in packages/graphiql makes: `index.html`, and the rest compressed.
#[derive(RustEmbed)]
#[folder = "packages/graphiql/dist"]
struct Bundle;

/// Nothing comes from elsewhere. Monaco, the editor, writes its themes and the places of its lines
/// as `<style>` and `style="…"`, and takes no nonce for them. So 'unsafe-inline' is allowed, for styles
/// alone, which have nowhere to send what they see.
const POLICY: &str = "script-src 'self'; worker-src 'self'; connect-src 'self'; img-src 'self' \
                      data:; font-src 'self'; style-src 'self' 'unsafe-inline'";
/// The names have hashes of what is in the files (RFC 8246).
const FOR_A_YEAR: &str = "public, max-age=31536000, immutable";

pub fn page(frame_ancestors: &FrameAncestors, config: &Value) -> Response {
    let page = Bundle::get("index.html").expect("the build script looked for it");
    let page = String::from_utf8_lossy(&page.data).replace("{{config}}", &for_script(config));
    let mut headers = page_headers(POLICY, frame_ancestors);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    (headers, Html(page)).into_response()
}

/// The page's scripts, styles and fonts, and the licences of what is in them.
pub fn files() -> Router {
    let asset = async |Path(name): Path<String>, request: HeaderMap| {
        compressed(&format!("assets/{name}"), FOR_A_YEAR, &request)
    };
    let licences = async |request: HeaderMap| compressed("legal/licenses.md", "no-cache", &request);
    Router::new()
        .route("/graphiql/assets/{name}", get(asset))
        .route("/graphiql/licenses", get(licences))
}

fn compressed(path: &str, cache_control: &'static str, request: &HeaderMap) -> Response {
    match Bundle::get(&format!("{path}.gz")) {
        Some(file) => gzipped(path, file.data, cache_control, request),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
