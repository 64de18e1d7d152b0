//! The body of a `POST`: its declared type, its maximum size, and its bytes.

use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
};
use futures_util::StreamExt;

use super::{live::Page, refusal::Refusal};
use crate::auth::{AuthError, Caller};

/// A body that is too large is read and discarded up to this size, because a client that is still
/// sending would not see the response.
const DRAIN_LIMIT: usize = 32 * 1024 * 1024;

/// Headers that no page can make a browser send to another origin unless a preflight has allowed it
/// (Fetch standard, CORS-safelisted request headers). Headers that proxies add are not among them.
const NOT_FROM_ANOTHER_PAGE: [&str; 9] = [
    "authorization",
    "x-requested-with",
    "x-service-secret",
    "x-hasura-role",
    "x-hasura-admin-secret",
    "apollo-require-preflight",
    "graphql-require-preflight",
    "x-apollo-operation-name",
    "x-graphql-client-name",
];

/// Content encodings that clients and proxies use (RFC 9110, 8.4.1). None is decoded, because a few
/// bytes can become gigabytes.
const CODINGS: [&str; 6] = ["gzip", "x-gzip", "br", "deflate", "zstd", "compress"];

/// The maximum size of a body. A URL is always smaller: hyper limits it to 64 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    bytes: usize,
    said: &'static str,
}

impl Limit {
    /// The introspection query of every common tool has less than 4 KiB.
    pub const STRANGER: Self = Self { bytes: 64 * 1024, said: "64 KiB" };
    /// Queries are much smaller.
    pub const USER: Self = Self { bytes: 256 * 1024, said: "256 KiB" };
    /// Hasura sends one alias per row of a joined table: 2,600 rows are 288 kB.
    pub const SERVICE: Self = Self { bytes: 4 * 1024 * 1024, said: "4 MiB" };

    pub fn of(caller: &Result<Caller, AuthError>) -> Self {
        match caller {
            Ok(Caller::Service(_)) => Self::SERVICE,
            Ok(_) => Self::USER,
            Err(_) => Self::STRANGER,
        }
    }
}

/// The declared type of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declared {
    Json,
    /// Another type, or none, from a client that another site's page can't have made send it:
    /// nhost-js with its own `headers` declares `text/plain`, and curl a form.
    Otherwise,
}

/// The sender, according to the headers.
pub struct Sender<'a> {
    pub caller: &'a Result<Caller, AuthError>,
    pub page: Page,
}

impl Sender<'_> {
    /// Whether a page of another origin could have made a browser send this without a preflight.
    /// Such a request never proves a caller, because a cookie alone is not accepted.
    fn may_be_another_page(&self, headers: &HeaderMap) -> bool {
        self.caller.is_err()
            && !NOT_FROM_ANOTHER_PAGE.iter().any(|name| headers.contains_key(*name))
            && !matches!(self.page, Page::Known | Page::Any)
    }
}

/// Whether the body can be read, according to its headers.
///
/// # Errors
/// It is compressed, in another character set, or a form that any page can send.
pub fn declared(headers: &HeaderMap, sender: &Sender<'_>) -> Result<Declared, Refusal> {
    refuse_compressed(headers)?;
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let mut parts = value.unwrap_or_default().split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let charset = parts
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .map(|(_, charset)| charset.trim().trim_matches('"').to_ascii_lowercase());
    // RFC 8259, 8.1: JSON is UTF-8.
    if charset.is_some_and(|charset| !["utf-8", "utf8", "us-ascii"].contains(&charset.as_str())) {
        return Err(unsupported("The body's character set is not UTF-8. Send JSON in UTF-8."));
    }
    // None of these is a form: a page of another origin needs a preflight to send one.
    let is_json = essence == "application/json"
        || essence.starts_with("application/") && essence.ends_with("+json");
    if is_json {
        Ok(Declared::Json)
    } else if sender.may_be_another_page(headers) {
        Err(not_json())
    } else {
        Ok(Declared::Otherwise)
    }
}

/// The body is not JSON, and is not declared as JSON either.
pub fn not_json() -> Refusal {
    unsupported("Send GraphQL as JSON, with the header 'Content-Type: application/json'.")
}

fn unsupported(message: &'static str) -> Refusal {
    Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message)
}

fn refuse_compressed(headers: &HeaderMap) -> Result<(), Refusal> {
    let codings = headers.get_all(header::CONTENT_ENCODING).iter();
    let mut codings = codings.flat_map(|value| match value.to_str() {
        Ok(value) => value.split(',').map(str::trim).collect(),
        Err(_) => vec!["?"],
    });
    let Some(coding) =
        codings.find(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"))
    else {
        return Ok(());
    };
    let known = CODINGS.iter().find(|known| known.eq_ignore_ascii_case(coding));
    let message = format!(
        "The body has the Content-Encoding {}, which this server does not support. Send it without \
         one.",
        known.unwrap_or(&"something unknown")
    );
    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    let refusal = Refusal::new(status, "UNSUPPORTED_MEDIA_TYPE", message);
    // RFC 9110, 15.5.16: a 415 says which encodings are accepted.
    Err(refusal.with_header(header::ACCEPT_ENCODING, "identity"))
}

/// The whole body.
///
/// # Errors
/// It is too large, or broke off.
pub async fn read(body: Body, limit: Limit) -> Result<Vec<u8>, Refusal> {
    match bytes(body, limit.bytes).await {
        Some(Some(bytes)) => Ok(bytes),
        Some(None) => Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "PAYLOAD_TOO_LARGE",
            format!("The request is larger than {}. Send a smaller one.", limit.said),
        )),
        None => Err(Refusal::bad_request(
            "The request ended before its body was complete. Send it again.",
        )),
    }
}

/// `None`: it broke off; the inner `None`: it has more than `limit` bytes.
async fn bytes(body: Body, limit: usize) -> Option<Option<Vec<u8>>> {
    let mut stream = body.into_data_stream();
    let (mut bytes, mut seen) = (Vec::new(), 0);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.ok()?;
        seen += chunk.len();
        if seen <= limit {
            bytes.extend_from_slice(&chunk);
        } else if seen > DRAIN_LIMIT {
            break;
        }
    }
    Some((seen <= limit).then_some(bytes))
}
