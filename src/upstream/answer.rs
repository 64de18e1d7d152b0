//! Reading what an upstream answers, whatever it is.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{RequestBuilder, Response, StatusCode, header::RETRY_AFTER};
use serde::Deserialize;

use super::UpstreamError;
use crate::metrics;

/// A provider session is a few kilobytes; more than this is not read.
const LIMIT: usize = 256 * 1024;

/// An upstream that asks for more patience than this is asked again all the same.
const PATIENCE: Duration = Duration::from_hours(24);

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
    /// Sends a request and reads what comes. `call` is its name in the metrics; `now` judges a
    /// `Retry-After` that is a date.
    pub async fn to(
        request: RequestBuilder,
        call: &'static str,
        now: DateTime<Utc>,
    ) -> Result<Self, UpstreamError> {
        let called = metrics::upstream_called(call);
        let answer = match request.send().await {
            Ok(response) => Self::read(response, now).await,
            Err(error) => Err(unreachable(&error)),
        };
        called.answered(answer.as_ref().ok().map(|answer| answer.status.as_u16()));
        answer
    }

    async fn read(mut response: Response, now: DateTime<Utc>) -> Result<Self, UpstreamError> {
        let status = response.status();
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| patience(value.to_str().ok()?, now));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
            if body.len() + chunk.len() > LIMIT {
                return Err(UpstreamError::unavailable("its answer is far too large"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self { status, retry_after, body })
    }

    pub fn body(&self) -> &[u8] {
        &self.body
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

/// `Retry-After` is a number of seconds or a date (RFC 9110 §10.2.3). A date that is over asks for
/// no patience.
fn patience(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    let wait = if let Ok(seconds) = value.parse() {
        Duration::from_secs(seconds)
    } else {
        let at = DateTime::parse_from_rfc2822(value).ok()?;
        (at.to_utc() - now).to_std().unwrap_or_default()
    };
    Some(wait.min(PATIENCE))
}

/// Why there is no answer. The error's own text holds the URL, which is no secret, but says
/// nothing that helps a user.
pub(super) fn unreachable(error: &reqwest::Error) -> UpstreamError {
    UpstreamError::unavailable(if error.is_timeout() {
        TOO_SLOW
    } else if error.is_connect() {
        "it can't be reached"
    } else {
        "the connection broke before it had answered"
    })
}

pub(super) const TOO_SLOW: &str = "it did not answer in time";

/// What is said of a 5xx.
pub(super) fn server_error(status: StatusCode) -> &'static str {
    match status {
        StatusCode::INTERNAL_SERVER_ERROR => "it answered HTTP 500",
        StatusCode::BAD_GATEWAY => "it answered HTTP 502",
        StatusCode::SERVICE_UNAVAILABLE => "it answered HTTP 503",
        StatusCode::GATEWAY_TIMEOUT => "it answered HTTP 504",
        _ => "it answered with a server error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_seconds_and_as_a_date() {
        let now = "2015-10-21T07:27:00Z".parse().unwrap();
        let wait = |value| patience(value, now).map(|wait| wait.as_secs());
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait(" 0 "), Some(0));
        assert_eq!(wait("Wed, 21 Oct 2015 07:28:00 GMT"), Some(60));
        assert_eq!(wait("Wed, 21 Oct 2015 07:26:00 GMT"), Some(0));
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("-5"), None);
    }

    #[test]
    fn nobody_is_waited_for_longer_than_a_day() {
        let now = "2015-10-21T07:27:00Z".parse().unwrap();
        assert_eq!(patience("18446744073709551615", now), Some(PATIENCE));
        assert_eq!(patience("Wed, 21 Oct 2065 07:28:00 GMT", now), Some(PATIENCE));
    }
}
