use std::{borrow::Cow, io::Read};

use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use flate2::read::GzDecoder;
use rust_embed::RustEmbed;
use serde_json::Value;

use crate::{
    config::FrameAncestors,
    http::{
        encoding::takes_gzip,
        pages::{for_script, page_headers},
    },
    random::Random,
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
/// A worker goes by the policy of its own script: it may load more of them, and reach nothing.
const POLICY_OF_ASSETS: &str = "default-src 'none'; script-src 'self'; frame-ancestors 'none'";
/// The names have hashes of what is in the files (RFC 8246).
const FOR_A_YEAR: &str = "public, max-age=31536000, immutable";

pub fn page(_: &Random, frame_ancestors: &FrameAncestors, config: &Value) -> Response {
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

/// A file, as it is in the binary where the client takes gzip.
fn compressed(path: &str, cache_control: &'static str, request: &HeaderMap) -> Response {
    let Some(file) = Bundle::get(&format!("{path}.gz")) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut headers = HeaderMap::from_iter(
        [
            (header::CONTENT_TYPE, content_type(path)),
            (header::CACHE_CONTROL, cache_control),
            (header::CONTENT_SECURITY_POLICY, POLICY_OF_ASSETS),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::VARY, "accept-encoding"),
        ]
        .map(|(name, value)| (name, HeaderValue::from_static(value))),
    );
    if takes_gzip(request) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let body = match file.data {
            Cow::Borrowed(data) => Bytes::from_static(data),
            Cow::Owned(data) => Bytes::from(data),
        };
        return (headers, body).into_response();
    }
    let mut inflated = Vec::new();
    match GzDecoder::new(&*file.data).read_to_end(&mut inflated) {
        Ok(_) => (headers, inflated).into_response(),
        Err(error) => {
            tracing::error!(path, %error, "a bundled file is damaged: build the server again");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("ttf") => "font/ttf",
        Some("svg") => "image/svg+xml",
        Some("md") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
