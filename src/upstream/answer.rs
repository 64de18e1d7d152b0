//! Reads an upstream's response, as much of it as arrives.

use std::{future::Future, time::Duration};

use chrono::{DateTime, Utc};
use reqwest::{
    RequestBuilder, Response, StatusCode,
    header::{AsHeaderName, CONTENT_ENCODING, HeaderMap, WWW_AUTHENTICATE},
};
use tracing::Instrument;

use super::{
    UpstreamError,
    reader::{Fields, LIMIT, decode},
    retry_after::retry_after,
};
use crate::{
    metrics,
    telemetry::{inject, spans},
};

/// A status, and as much of the body as could be read.
pub(super) struct Answer {
    pub status: StatusCode,
    pub retry_after: Option<Duration>,
    /// `WWW-Authenticate`.
    pub challenge: String,
    /// `X-RateLimit-Remaining` says that no more calls are allowed for now.
    rate_limited: bool,
    /// `X-OAuth-Scopes`, as GitHub and Bitbucket have it.
    pub oauth_scopes: String,
    pub fields: Fields,
    /// Why the rest of the body is missing.
    pub broken: Option<&'static str>,
    /// The call's name in the metrics.
    call: &'static str,
}

/// Why there is no response.
#[derive(Clone, Copy, Debug)]
pub(super) enum NoAnswer {
    /// The request was never sent.
    Unreachable(&'static str),
    /// The request was sent, and its outcome is unknown.
    Lost(&'static str),
}

impl Answer {
    /// Sends a request and reads the response. `call` is its name in the metrics; a `Retry-After`
    /// that is a date is compared with `now`.
    pub async fn to(
        request: RequestBuilder,
        call: &'static str,
        now: DateTime<Utc>,
    ) -> Result<Self, NoAnswer> {
        send(request, call, |response| Self::read(response, call, now)).await
    }

    /// If the connection breaks or the body is too long, only the rest is lost, not what was read.
    async fn read(mut response: Response, call: &'static str, now: DateTime<Utc>) -> Self {
        let mut body = Vec::new();
        let broken = loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > LIMIT => {
                    body.extend_from_slice(&chunk[..LIMIT - body.len()]);
                    break Some("its answer is far too large");
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break None,
                Err(error) => break Some(no_answer(&error).what()),
            }
        };
        let headers = response.headers();
        let (body, decoded_oddly) = decode(body, &joined(headers, CONTENT_ENCODING));
        let mut fields = Fields::read(&body, broken.is_some());
        fields.repaired |= decoded_oddly || broken.is_some();
        Self {
            status: response.status(),
            retry_after: retry_after(headers, &fields, now),
            challenge: joined(headers, WWW_AUTHENTICATE),
            rate_limited: joined(headers, "x-ratelimit-remaining") == "0",
            oauth_scopes: joined(headers, "x-oauth-scopes"),
            fields,
            broken,
            call,
        }
    }

    /// It was rejected because there were too many calls, whatever its status.
    pub fn is_rate_limited(&self) -> bool {
        self.rate_limited
    }

    /// Its tokens were used. If they could only be read with luck, the operator is told.
    pub fn used(&self) {
        if self.fields.repaired {
            metrics::answer_repaired(self.call);
            tracing::warn!(
                call = self.call,
                http_status = self.status.as_u16(),
                "an upstream's response was damaged, but its tokens could be read. If this \
                 continues, look for a proxy that alters responses"
            );
        }
    }

    /// The error for a response that should have tokens but has none.
    pub fn unreadable(&self) -> UpstreamError {
        let what = self.broken.unwrap_or("no tokens can be read from its answer");
        UpstreamError::Unreadable { what }
    }

    /// The string `error`, if there is one.
    pub fn error_code(&self) -> Option<&str> {
        self.fields.text("error")
    }
}

/// Sends a request, and has `read` read the response, as one call in the metrics and the traces.
pub(super) async fn send<R: Future>(
    request: RequestBuilder,
    call: &'static str,
    read: impl FnOnce(Response) -> R,
) -> Result<R::Output, NoAnswer> {
    let called = metrics::upstream_called(call);
    let (http, request) = request.build_split();
    let mut request = request.map_err(|error| no_answer(&error))?;
    let span = spans::upstream(call, request.method(), request.url());
    inject(&span, request.headers_mut());
    let answered = async {
        let response = http.execute(request).await.map_err(|error| no_answer(&error))?;
        let status = response.status().as_u16();
        Ok((status, read(response).await))
    };
    let answered: Result<(u16, R::Output), NoAnswer> = answered.instrument(span.clone()).await;
    let status = answered.as_ref().map(|(status, _)| *status);
    spans::upstream_answered(&span, status.map_err(|no_answer| no_answer.what()));
    called.answered(status.ok());
    answered.map(|(_, read)| read)
}

/// All values of a header, which may occur several times.
fn joined(headers: &HeaderMap, name: impl AsHeaderName) -> String {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.collect::<Vec<_>>().join(",")
}

impl NoAnswer {
    pub fn what(self) -> &'static str {
        match self {
            Self::Unreachable(what) | Self::Lost(what) => what,
        }
    }
}

impl From<NoAnswer> for UpstreamError {
    fn from(no_answer: NoAnswer) -> Self {
        Self::unavailable(no_answer.what())
    }
}

/// The error's own text contains the URL, which isn't secret but does not help a user.
pub(super) fn no_answer(error: &reqwest::Error) -> NoAnswer {
    if error.is_connect() || error.is_builder() {
        NoAnswer::Unreachable("it can't be reached")
    } else if error.is_timeout() {
        NoAnswer::Lost(TOO_SLOW)
    } else {
        NoAnswer::Lost(BROKE)
    }
}

pub(super) const TOO_SLOW: &str = "it did not answer in time";
pub(super) const BROKE: &str = "the connection broke before it had answered";
/// A proxy's error, which says nothing about the upstream behind it.
pub(super) const GATEWAY_TIMEOUT: &str = "it answered HTTP 504";

/// The error for a response in which the upstream says that it is unavailable; `None`: it says
/// something else.
pub(super) fn of_upstream(status: StatusCode) -> Option<&'static str> {
    Some(match status {
        StatusCode::REQUEST_TIMEOUT => "it answered HTTP 408",
        StatusCode::TOO_EARLY => "it answered HTTP 425",
        StatusCode::INTERNAL_SERVER_ERROR => "it answered HTTP 500",
        StatusCode::BAD_GATEWAY => "it answered HTTP 502",
        StatusCode::SERVICE_UNAVAILABLE => "it answered HTTP 503",
        StatusCode::GATEWAY_TIMEOUT => GATEWAY_TIMEOUT,
        status if status.is_server_error() => "it answered with a server error",
        status if status.is_redirection() => "it answered with a redirect, which is not followed",
        _ => return None,
    })
}
