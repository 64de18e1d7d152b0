use std::{error::Error, time::Duration};

use chrono::{DateTime, TimeDelta};
use reqwest::{Client, RequestBuilder, StatusCode, header::DATE, redirect};
use serde_json::Value;
use url::{Host, Url};

use crate::{clock::Clock, http_client};

const TIMEOUT: Duration = Duration::from_secs(5);
/// Hasura's metadata of a large app is a few megabytes.
const LIMIT: usize = 32 * 1024 * 1024;

/// Asks other servers.
pub struct Http {
    pub client: Client,
    clock: Clock,
}

/// What one answered.
pub struct Answer {
    pub status: StatusCode,
    pub took: TimeDelta,
    /// How far its clock is ahead of this machine's, where it dates its answers.
    pub ahead: Option<TimeDelta>,
    body: Vec<u8>,
}

impl Http {
    pub fn new(clock: Clock) -> Result<Self, reqwest::Error> {
        let client = http_client::builder()
            .timeout(TIMEOUT)
            // A redirect would carry secrets to wherever it points.
            .redirect(redirect::Policy::none())
            .build()?;
        Ok(Self { client, clock })
    }

    /// # Errors
    /// Why there is no answer, in words for an operator. No address and no header is in them.
    pub async fn send(&self, request: RequestBuilder) -> Result<Answer, String> {
        let sent_at = self.clock.now();
        let mut response = request.send().await.map_err(|error| why(&error))?;
        let came_at = self.clock.now();
        let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        // In the middle of the call, and of the second that the header is rounded down to.
        let then = sent_at + (came_at - sent_at) / 2;
        let ahead = date.map(|date| date.to_utc() + TimeDelta::milliseconds(500) - then);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| why(&error))? {
            if body.len() + chunk.len() > LIMIT {
                return Err("its answer is far too large".to_owned());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status: response.status(), took: came_at - sent_at, ahead, body })
    }
}

impl Answer {
    /// `Null` if it isn't JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

fn why(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("it did not answer within {} s", TIMEOUT.as_secs());
    }
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    // The outermost error alone would tell the address, and what stands in it.
    if error.source().is_some() { cause.to_string() } else { "the call failed".to_owned() }
}

/// An address for people: without user, password and query, which may be secrets.
pub fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// An address below another.
pub fn below(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}

pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether its name or address is one that only a private network knows.
pub fn is_private(url: &Url) -> bool {
    const SUFFIXES: [&str; 5] = [".local", ".internal", ".svc", ".lan", ".home.arpa"];
    is_loopback(url)
        || match url.host() {
            Some(Host::Domain(name)) => {
                !name.contains('.') || SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
            }
            Some(Host::Ipv4(address)) => address.is_private() || address.is_link_local(),
            Some(Host::Ipv6(address)) => address.is_unique_local(),
            None => false,
        }
}
