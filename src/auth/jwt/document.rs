//! A JSON document that an issuer publishes: its keys, or where they are.

use std::time::Duration;

use http::{HeaderMap, Method};
use reqwest::{Client, redirect};
use tracing::Instrument;
use url::Url;

use crate::{
    http_client, metrics,
    telemetry::{inject, spans},
};

/// Time limit of a whole fetch, including connecting and reading.
const TIMEOUT: Duration = Duration::from_secs(5);
/// A larger response is not a key set.
const LIMIT: usize = 256 * 1024;

/// The URL of the document, and the name of its fetch in the metrics.
pub(super) struct Document {
    url: Url,
    call: &'static str,
    http: Client,
}

impl Document {
    /// # Errors
    /// The TLS roots of the machine can't be read.
    pub(super) fn new(url: Url, call: &'static str) -> Result<Self, reqwest::Error> {
        let http = http_client::builder()
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::limited(3))
            .build()?;
        Ok(Self { url, call, http })
    }

    /// The URL without its query, which may contain a secret.
    pub(super) fn url(&self) -> String {
        format!("{}{}", self.url.origin().ascii_serialization(), self.url.path())
    }

    /// The document as it is now, with its headers.
    ///
    /// # Errors
    /// Says what went wrong, as the end of a sentence.
    pub(super) async fn get(&self) -> Result<(HeaderMap, Vec<u8>), &'static str> {
        let called = metrics::upstream_called(self.call);
        let url = self.url.clone();
        let span = spans::upstream(self.call, &Method::GET, &url);
        let mut headers = HeaderMap::new();
        inject(&span, &mut headers);
        let request = self.http.get(url).headers(headers);
        let response = request.send().instrument(span.clone()).await;
        let status = response.as_ref().ok().map(|response| response.status().as_u16());
        spans::upstream_answered(&span, status.ok_or("it did not answer"));
        called.answered(status);
        let mut response = response.map_err(|error| {
            if error.is_timeout() {
                "it did not answer in time"
            } else if error.is_connect() {
                "it can't be reached"
            } else {
                "the connection broke before it had answered"
            }
        })?;
        if !response.status().is_success() {
            return Err("it answered with an HTTP error");
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| "its answer broke off")? {
            if body.len() + chunk.len() > LIMIT {
                return Err("its answer is over 256 KiB: that is not a key set");
            }
            body.extend_from_slice(&chunk);
        }
        Ok((response.headers().clone(), body))
    }
}
