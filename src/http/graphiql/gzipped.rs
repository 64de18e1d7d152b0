use std::{borrow::Cow, io::Read};

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use flate2::read::GzDecoder;

use crate::http::encoding::takes_gzip;

/// A worker goes by the policy of its own script: it may load more of them, and reach nothing.
const POLICY: &str = "default-src 'none'; script-src 'self'; frame-ancestors 'none'";

/// A file that the binary has in gzip, as it is where the client takes gzip. `path` says what it is.
pub fn gzipped(
    path: &str,
    data: Cow<'static, [u8]>,
    cache_control: &'static str,
    request: &HeaderMap,
) -> Response {
    let mut headers = HeaderMap::from_iter(
        [
            (header::CONTENT_TYPE, content_type(path)),
            (header::CACHE_CONTROL, cache_control),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::VARY, "accept-encoding"),
        ]
        .map(|(name, value)| (name, HeaderValue::from_static(value))),
    );
    if takes_gzip(request) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let body = match data {
            Cow::Borrowed(data) => Bytes::from_static(data),
            Cow::Owned(data) => Bytes::from(data),
        };
        return (headers, body).into_response();
    }
    let mut inflated = Vec::new();
    match GzDecoder::new(&*data).read_to_end(&mut inflated) {
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
