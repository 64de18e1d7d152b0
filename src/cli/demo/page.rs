//! The demo's page at `/`, and its files below `/demo`.

use axum::{
    Router,
    extract::Path,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use url::Url;

use crate::{config::FrameAncestors, http::page_headers};

/// Every file of the page: its name, its media type and what is in it.
macro_rules! files {
    ($($name:literal: $media_type:expr),+ $(,)?) => {
        [$(($name, $media_type, include_str!(concat!("page/", $name)))),+]
    };
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const FILES: [(&str, &str, &str); 19] = files! {
    "page.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "account.js": SCRIPT,
    "agent.js": SCRIPT,
    "calls.js": SCRIPT,
    "controls.js": SCRIPT,
    "dom.js": SCRIPT,
    "main.js": SCRIPT,
    "neighbour.js": SCRIPT,
    "requests.js": SCRIPT,
    "session.js": SCRIPT,
    "simulator.js": SCRIPT,
    "steps.js": SCRIPT,
    "story.js": SCRIPT,
    "token.js": SCRIPT,
    "tour.js": SCRIPT,
    "webhooks.js": SCRIPT,
    "words.js": SCRIPT,
    "world.js": SCRIPT,
};
/// The demo is started again with another version: nothing of it may be kept.
const FRESH: (HeaderName, &str) = (header::CACHE_CONTROL, "no-store");
const NOSNIFF: (HeaderName, &str) = (header::X_CONTENT_TYPE_OPTIONS, "nosniff");

/// `server` and `simulator` are origins; the page talks to them and to nobody else. `run` is another
/// for each start, so that a page can tell that its demo is over.
pub fn page(server: &Url, simulator: &Url, run: &str) -> Router {
    let simulator = simulator.as_str().trim_end_matches('/');
    let html = include_str!("page/index.html").replace("{{simulator}}", simulator);
    let html = html.replace("{{run}}", run);
    let mut headers = page_headers(&policy(server, simulator), &FrameAncestors::default());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Router::new()
        .route("/", get(async move || (headers, Html(html))))
        .route("/demo/{file}", get(async |Path(name): Path<String>| file(&name)))
        // Browsers ask for it at every address, even one that returns JSON.
        .route("/favicon.ico", get(async || ([(header::CACHE_CONTROL, "max-age=86400")], ())))
}

/// Nothing in the page itself runs or styles, and text never becomes HTML.
fn policy(server: &Url, simulator: &str) -> String {
    // To some browsers a WebSocket to the page's own server is not 'self'.
    let websocket = server.as_str().trim_end_matches('/').replacen("http", "ws", 1);
    format!(
        "script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self' {websocket} {simulator}; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

fn file(name: &str) -> Response {
    match FILES.into_iter().find(|(file, ..)| *file == name) {
        Some((_, media_type, text)) => {
            ([(header::CONTENT_TYPE, media_type), FRESH, NOSNIFF], text).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
