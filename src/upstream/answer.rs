//! Reading what an upstream answers, whatever it is.

use std::time::Duration;

use reqwest::{Response, StatusCode, header::RETRY_AFTER};
use serde::Deserialize;

use super::UpstreamError;

/// A provider session is a few kilobytes; more than this is not read.
const LIMIT: usize = 256 * 1024;

/// A status and a body of bounded size.
pub(super) struct Answer {
    pub status: StatusCode,
    pub retry_after: Option<Duration>,
    body: Vec<u8>,
}

/// The one field of Nhost Auth's error bodies that may be relied on.
#[derive(Deserialize)]
struct ErrorBody {
    error: Option<String>,
}

impl Answer {
    pub async fn read(mut response: Response) -> Result<Self, UpstreamError> {
        let status = response.status();
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(Duration::from_secs);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
            if body.len() + chunk.len() > LIMIT {
                return Err(UpstreamError::unavailable("its answer is far too large"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self { status, retry_after, body })
    }

    pub fn json<T: for<'de> Deserialize<'de>>(&self) -> Result<T, UpstreamError> {
        // serde's error can quote the body: it is not kept.
        serde_json::from_slice(&self.body)
            .map_err(|_| UpstreamError::unavailable("its answer is not the JSON that was expected"))
    }

    /// The string `error`, if the body is JSON that has one.
    pub fn error_code(&self) -> Option<String> {
        serde_json::from_slice::<ErrorBody>(&self.body).ok()?.error
    }
}

/// Why there is no answer. The error's own text holds the URL, which is no secret, but says
/// nothing that helps a user.
pub(super) fn unreachable(error: &reqwest::Error) -> UpstreamError {
    UpstreamError::unavailable(if error.is_timeout() {
        "it did not answer in time"
    } else if error.is_connect() {
        "it can't be reached"
    } else {
        "the connection broke before it had answered"
    })
}
