//! Sends webhooks to the app's backend, by Standard Webhooks (<https://www.standardwebhooks.com>).
//! The operator sets the URL, but someone else may control what it resolves to: so nothing is sent
//! to private addresses, and no redirect is followed.

mod public_address;
mod resolver;
mod secrets;
mod url;

use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use reqwest::{
    Client, Response, StatusCode,
    header::{CONTENT_TYPE, HeaderMap},
    redirect,
};
use resolver::{NotPublic, PublicAddresses};
pub use secrets::{WebhookSecretError, WebhookSecrets};
use tokio::time::timeout;
pub use url::{WebhookUrl, WebhookUrlError};

use super::{reader::Fields, retry_after::retry_after};
use crate::{clock::Clock, http_client};

/// Time limit of a whole attempt: resolving the name, connecting, and the response.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How much of a response's body is read, and for how long, so that the connection can be reused.
/// The content is ignored.
const READ_AT_MOST: usize = 4 * 1024;
const READ_FOR: Duration = Duration::from_secs(1);

/// The receiver, and the secrets that prove the sender to it.
#[derive(Clone, Debug)]
pub struct WebhookTarget {
    pub url: WebhookUrl,
    pub secrets: WebhookSecrets,
}

/// Sends webhooks to one receiver. Cheap to clone.
#[derive(Clone)]
pub struct WebhookSender {
    http: Client,
    target: WebhookTarget,
    clock: Clock,
}

/// The result of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookAnswer {
    /// 2xx.
    Delivered(StatusCode),
    /// 410: the receiver wants no more webhooks.
    Gone,
    /// Any other status. `pause`: how long the receiver asks to wait.
    Refused { status: StatusCode, pause: Option<Duration> },
    /// No response, and why.
    Failed(&'static str),
}

impl fmt::Display for WebhookAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => f.write_str("HTTP 410"),
            Self::Refused { status, .. } if status.is_redirection() => {
                write!(f, "HTTP {}: redirects are not followed", status.as_u16())
            }
            Self::Delivered(status) | Self::Refused { status, .. } => {
                write!(f, "HTTP {}", status.as_u16())
            }
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl WebhookSender {
    /// # Errors
    /// The TLS roots of the machine can't be read.
    pub fn new(target: WebhookTarget, clock: Clock) -> Result<Self, reqwest::Error> {
        let mut http = http_client::builder()
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            // A proxy would resolve the name itself, without the check of addresses.
            .no_proxy();
        if !target.url.allows_private() {
            http = http.dns_resolver(Arc::new(PublicAddresses));
        }
        Ok(Self { http: http.build()?, target, clock })
    }

    /// The receiver without the path, which may contain a secret.
    pub fn origin(&self) -> String {
        self.target.url.origin()
    }

    /// A digest of the receiver, under which the database knows it.
    pub fn endpoint(&self) -> String {
        self.target.url.digest()
    }

    /// Sends a message once. `id` is the same for each attempt.
    pub async fn send(&self, id: &str, body: String) -> WebhookAnswer {
        let timestamp = self.clock.now().timestamp();
        let signature = self.target.secrets.sign(id, timestamp, &body);
        let request = self
            .http
            .post(self.target.url.as_str())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", signature)
            .body(body);
        match request.send().await {
            Ok(response) => self.read(response).await,
            Err(error) => WebhookAnswer::Failed(why(&error)),
        }
    }

    async fn read(&self, response: Response) -> WebhookAnswer {
        let answer = self.answer(response.status(), response.headers());
        let _ = timeout(READ_FOR, drain(response)).await;
        answer
    }

    fn answer(&self, status: StatusCode, headers: &HeaderMap) -> WebhookAnswer {
        match status {
            StatusCode::GONE => WebhookAnswer::Gone,
            status if status.is_success() => WebhookAnswer::Delivered(status),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                let pause = retry_after(headers, &Fields::default(), self.clock.now());
                WebhookAnswer::Refused { status, pause }
            }
            status => WebhookAnswer::Refused { status, pause: None },
        }
    }
}

impl fmt::Debug for WebhookSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSender").field("target", &self.target).finish_non_exhaustive()
    }
}

/// Reads the body as far as that is cheap. If some is left, the connection is closed.
async fn drain(mut response: Response) {
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if read >= READ_AT_MOST {
            return;
        }
    }
}

/// This server's own words, because an error of the HTTP client contains the URL.
fn why(error: &reqwest::Error) -> &'static str {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return "the host name resolves to a private address: see \
                    WEBHOOK_ALLOW_PRIVATE_ADDRESSES";
        }
        cause = error.source();
    }
    if error.is_timeout() {
        "no response within 10 s"
    } else if error.is_connect() {
        "can't connect: the host name, the port or the certificate is wrong, or the receiver is \
         down"
    } else {
        "the connection was lost before the response"
    }
}

#[cfg(test)]
mod tests;
