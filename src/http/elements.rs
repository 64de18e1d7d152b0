//! `/elements/…`: serves the custom element `<provider-connections>` from the same server that the
//! element calls. Pages of any origin may load it; it contains no secret.

use std::{io::Write, sync::LazyLock};

use aws_lc_rs::digest::{SHA384, digest};
use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use flate2::{Compression, write::GzEncoder};
use headers::{ETag, HeaderMapExt, IfNoneMatch};
use serde_json::json;

use super::{answer::not_found, encoding::takes_gzip};

const SCRIPT: &str = include_str!("../../packages/element/dist/provider-connections.js");
/// The providers' logos, which the element shows.
macro_rules! marks {
    ($($provider:literal),+ $(,)?) => {
        [$((concat!($provider, ".svg"), include_str!(concat!("../../packages/element/dist/marks/", $provider, ".svg")))),+]
    };
}

const MARKS: [(&str, &str); 11] = marks![
    "apple",
    "bitbucket",
    "discord",
    "facebook",
    "github",
    "gitlab",
    "google",
    "spotify",
    "strava",
    "twitch",
    "twitter",
];
/// npm's manifest, for its version.
const PACKAGE: &str = include_str!("../../packages/element/package.json");

/// Revalidated each time, because a new release of the server has another script.
const REVALIDATED: &str = "no-cache";
/// The script at a URL with its hash never changes.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

static ELEMENT: LazyLock<Element> = LazyLock::new(Element::new);

/// The script, its manifest and the logos, with everything for their URLs and headers.
struct Element {
    script: Asset,
    manifest: Asset,
    /// `provider-connections-<hash>.js`.
    hashed_name: String,
    marks: Vec<(&'static str, Asset)>,
}

impl Element {
    fn new() -> Self {
        let script = Asset::new("text/javascript; charset=utf-8", SCRIPT.into());
        // Half the length of a SHA-256: two scripts never have the same by chance.
        let hashed_name = format!(
            "provider-connections-{}.js",
            BASE64_URL_SAFE_NO_PAD.encode(&script.sha384[..16])
        );
        let package: serde_json::Value =
            serde_json::from_str(PACKAGE).expect("npm reads it as JSON, too");
        let manifest = json!({
            "url": format!("/elements/{hashed_name}"),
            "integrity": format!("sha384-{}", BASE64_STANDARD.encode(&script.sha384)),
            "version": package["version"],
        });
        let manifest = Asset::new("application/json", manifest.to_string().into());
        let marks = MARKS.map(|(name, svg)| (name, Asset::new("image/svg+xml", svg.into()))).into();
        Self { script, manifest, hashed_name, marks }
    }
}

/// A file, plain and compressed.
struct Asset {
    content_type: &'static str,
    sha384: Vec<u8>,
    /// Weak, because it stands for both forms (RFC 9110, section 8.8.1).
    etag: ETag,
    plain: Bytes,
    gzip: Bytes,
}

impl Asset {
    fn new(content_type: &'static str, plain: Bytes) -> Self {
        let sha384 = digest(&SHA384, &plain).as_ref().to_vec();
        let etag = format!("W/\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&sha384[..16]));
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&plain).expect("memory takes it");
        let gzip = gzip.finish().expect("memory takes it").into();
        let etag = etag.parse().expect("these are characters of an entity tag");
        Self { content_type, sha384, etag, plain, gzip }
    }

    /// The file as the browser accepts it, or 304 if it has it already.
    fn answer(&self, asked: &HeaderMap, cache_control: &'static str) -> Response {
        let unchanged = asked
            .typed_get::<IfNoneMatch>()
            .is_some_and(|known| !known.precondition_passes(&self.etag));
        let mut response = if unchanged {
            StatusCode::NOT_MODIFIED.into_response()
        } else if takes_gzip(asked) {
            ([(header::CONTENT_ENCODING, "gzip")], self.gzip.clone()).into_response()
        } else {
            self.plain.clone().into_response()
        };
        let headers = response.headers_mut();
        headers.typed_insert(self.etag.clone());
        for (name, value) in [
            (header::CONTENT_TYPE, self.content_type),
            (header::CACHE_CONTROL, cache_control),
            (header::VARY, "accept-encoding"),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            (header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// The paths below `/elements`.
pub fn elements() -> Router {
    Router::new().route("/elements/{file}", get(element)).route("/elements/marks/{file}", get(mark))
}

async fn mark(Path(file): Path<String>, headers: HeaderMap) -> Response {
    match ELEMENT.marks.iter().find(|(name, _)| *name == file) {
        Some((_, svg)) => svg.answer(&headers, REVALIDATED),
        None => not_found("There is no provider logo with this name.").into_response(),
    }
}

async fn element(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Element { script, manifest, hashed_name, .. } = &*ELEMENT;
    match file.as_str() {
        "provider-connections.js" => script.answer(&headers, REVALIDATED),
        "provider-connections.json" => manifest.answer(&headers, REVALIDATED),
        hashed if hashed == hashed_name => script.answer(&headers, IMMUTABLE),
        _ => {
            let message = "This server has no such element, or a different version of it. The \
                           current path is in /elements/provider-connections.json.";
            // During an upgrade, another replica may have it.
            ([(header::CACHE_CONTROL, "no-store")], not_found(message)).into_response()
        }
    }
}
