use std::borrow::Cow;

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde_json::Value;

use super::gzipped::gzipped;
use crate::{
    config::FrameAncestors,
    http::pages::{for_script, page_headers},
};

/// A file that scripts/graphiql-vendor makes: its name, and what is in it.
macro_rules! vendored {
    ($name:literal) => {
        ($name, include_bytes!(concat!("vendored/", $name, ".gz")).as_slice())
    };
}

const FILES: [(&str, &[u8]); 4] = [
    vendored!("graphiql-4.1.2.min.js"),
    vendored!("graphiql-4.1.2.min.css"),
    vendored!("react-18.3.1.min.js"),
    vendored!("react-dom-18.3.1.min.js"),
];
const LICENSES: (&str, &[u8]) = vendored!("licenses.md");
/// The page's own, which are small.
const SCRIPT: &str = include_str!("vendored.js");
const STYLE: &str = include_str!("vendored.css");

/// Nothing comes from elsewhere. The editor writes `<style>` and takes no nonce for it, so
/// 'unsafe-inline', for styles alone, which have nowhere to send what they see.
const POLICY: &str = "script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; \
                      img-src 'self' data:; connect-src 'self'";
/// The files of another build may have other contents and the same names.
const FRESH: &str = "no-cache";

/// The page of a build that needs Rust alone, without npm.
pub fn page(frame_ancestors: &FrameAncestors, config: &Value) -> Response {
    let page = include_str!("vendored.html").replace("{{config}}", &for_script(config));
    let mut headers = page_headers(POLICY, frame_ancestors);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    (headers, Html(page)).into_response()
}

/// The page's scripts and styles, and the licences of what is in them.
pub fn files() -> Router {
    let licenses = async |request: HeaderMap| sent(LICENSES, &request);
    Router::new()
        .route("/graphiql/assets/page.js", get(async || own("text/javascript", SCRIPT)))
        .route("/graphiql/assets/page.css", get(async || own("text/css", STYLE)))
        .route("/graphiql/assets/{name}", get(asset))
        .route("/graphiql/licenses", get(licenses))
}

async fn asset(Path(name): Path<String>, request: HeaderMap) -> Response {
    match FILES.into_iter().find(|(file, _)| *file == name) {
        Some(file) => sent(file, &request),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn sent((name, data): (&str, &'static [u8]), request: &HeaderMap) -> Response {
    gzipped(name, Cow::Borrowed(data), FRESH, request)
}

fn own(kind: &str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format!("{kind}; charset=utf-8")),
        (header::CACHE_CONTROL, FRESH.to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use aws_lc_rs::digest::{SHA384, digest};
    use base64::{Engine, prelude::BASE64_STANDARD};
    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn each_file_is_the_one_that_the_page_pins() {
        for (name, data) in FILES {
            let mut inflated = Vec::new();
            GzDecoder::new(data).read_to_end(&mut inflated).unwrap();
            let hash = BASE64_STANDARD.encode(digest(&SHA384, &inflated));
            let pinned = format!("/graphiql/assets/{name}\" integrity=\"sha384-{hash}\"");
            assert!(include_str!("vendored.html").contains(&pinned), "{name} is {hash}");
        }
    }
}
