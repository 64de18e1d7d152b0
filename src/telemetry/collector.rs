//! Calls the collector through this project's own HTTP client. Logs only when exporting starts to
//! fail and when it works again.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use http::{Request, Response};
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use reqwest::{Client, redirect};
use tokio::runtime::Handle;
use tracing::{instrument::WithSubscriber, subscriber::NoSubscriber};

use crate::{config::Export, http_client};

/// A response lists the rejected data; only this much of it is read.
const LIMIT: usize = 64 * 1024;

/// Sends the exports of one signal. The exporter's threads call it, and it runs on the server's
/// runtime.
pub struct Collector {
    signal: &'static str,
    http: Client,
    runtime: Handle,
    fails: AtomicBool,
}

impl Collector {
    /// # Errors
    /// The TLS roots of the machine can't be read.
    pub fn new(signal: &'static str, export: &Export) -> Result<Self, reqwest::Error> {
        let http = http_client::builder()
            .timeout(export.timeout)
            // A redirect would send the headers to any target.
            .redirect(redirect::Policy::none())
            .build()?;
        Ok(Self { signal, http, runtime: Handle::current(), fails: AtomicBool::new(false) })
    }

    async fn send(http: Client, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        let (parts, body) = request.into_parts();
        let url = parts.uri.to_string();
        let mut response = http
            .request(parts.method, url)
            .headers(parts.headers)
            .body(body)
            .send()
            .await
            .map_err(|error| why(&error).to_owned())?;
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = response.chunk().await {
            if body.len() + chunk.len() > LIMIT {
                break;
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = Response::new(Bytes::from(body));
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        Ok(answer)
    }

    /// One line when it starts to fail, and one when it works again, however long the collector is
    /// down.
    fn note(&self, failure: Option<&str>) {
        let failed_before = self.fails.swap(failure.is_some(), Ordering::Relaxed);
        match failure {
            Some(cause) if !failed_before => tracing::warn!(
                signal = self.signal,
                cause,
                "the OpenTelemetry collector does not accept this server's data, which is dropped \
                 until it does: check OTEL_EXPORTER_OTLP_ENDPOINT and the collector"
            ),
            None if failed_before => {
                tracing::info!(
                    signal = self.signal,
                    "the OpenTelemetry collector accepts this \
                                                      server's data again"
                );
            }
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // What the client logs about its own work is not exported in turn.
        let sent = Self::send(self.http.clone(), request).with_subscriber(NoSubscriber::default());
        let sent = self.runtime.spawn(sent).await;
        let sent = sent.unwrap_or_else(|_| Err("the server is shutting down".to_owned()));
        match &sent {
            Ok(answer) if answer.status().is_success() => self.note(None),
            Ok(answer) => {
                self.note(Some(&format!("it answered HTTP {}", answer.status().as_u16())));
            }
            Err(cause) => self.note(Some(cause)),
        }
        Ok(sent?)
    }
}

/// Without the URL, which may contain a password.
fn why(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "it did not answer in time"
    } else if error.is_connect() {
        "it can't be reached"
    } else {
        "the connection broke"
    }
}

/// Prints no header.
impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").field("signal", &self.signal).finish_non_exhaustive()
    }
}
