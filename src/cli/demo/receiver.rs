//! The app's own backend, as far as the demo needs one: it receives webhooks, verifies them and
//! shows them. See docs/webhooks.md.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tokio::{net::TcpListener, task::JoinHandle};
use url::Url;

use crate::{cli::CommandError, clock::Clock};

/// The page shows no more of them.
const KEPT: usize = 100;
/// How far a webhook's time may be from now, as Standard Webhooks advises.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// A receiver that listens. It ends with the demo.
pub struct Receiver {
    /// Where webhooks are sent to.
    pub url: Url,
    inbox: Inbox,
    task: JoinHandle<()>,
}

/// What has arrived, and what is needed to judge it.
#[derive(Clone)]
struct Inbox {
    received: Arc<Mutex<VecDeque<Received>>>,
    webhook: Arc<Webhook>,
    clock: Clock,
}

/// A webhook that arrived, as the page gets it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Received {
    id: String,
    at: DateTime<Utc>,
    /// Whether its signature is the server's. If it isn't, nothing in it may be believed.
    verified: bool,
    r#type: Option<String>,
    provider: Option<String>,
    user_id: Option<String>,
}

impl Receiver {
    /// Listens on a free port of this machine.
    pub async fn start(secret: &SecretString, clock: Clock) -> Result<Self, CommandError> {
        let inbox = Inbox {
            received: Arc::default(),
            webhook: Arc::new(Webhook::new(secret.expose_secret())?),
            clock,
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}/webhooks", listener.local_addr()?).parse()?;
        let router = Router::new().route("/webhooks", post(receive)).with_state(inbox.clone());
        let task = tokio::spawn(async move {
            // It ends when the task is aborted.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, inbox, task })
    }

    /// What the demo's page asks: what has arrived, in which run of the demo, and to send a webhook
    /// that is forged.
    pub fn routes(&self, run: &str) -> Router {
        let (inbox, run) = (self.inbox.clone(), run.to_owned());
        let received = async move || Json(json!({ "run": run, "webhooks": inbox.newest_first() }));
        let url = self.url.clone();
        let forged = async move || forge(&url).await;
        Router::new()
            .route("/demo/webhooks", get(received))
            .route("/demo/webhooks/forged", post(forged))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Inbox {
    fn newest_first(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// A webhook may be sent more than once, with the same id: one that is known changes nothing.
    fn keep(&self, webhook: Received) {
        let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        if received.iter().any(|known| known.verified && known.id == webhook.id) {
            return;
        }
        received.push_front(webhook);
        received.truncate(KEPT);
    }

    /// When a webhook was sent, if it is signed with the secret.
    fn signed_at(&self, headers: &HeaderMap, body: &[u8]) -> Option<DateTime<Utc>> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let timestamp = text("webhook-timestamp")?.parse::<i64>().ok()?;
        let expected = self.webhook.sign(text("webhook-id")?, timestamp, body).ok()?;
        let is_right =
            |given: &str| verify_slices_are_equal(given.as_bytes(), expected.as_bytes()).is_ok();
        let sent_at = DateTime::from_timestamp(timestamp, 0)?;
        text("webhook-signature")?.split(' ').any(is_right).then_some(sent_at)
    }

    /// By the demo's clock, which may be hours ahead: standardwebhooks has the machine's alone.
    fn is_recent(&self, sent_at: DateTime<Utc>) -> bool {
        (self.clock.now() - sent_at).abs() <= TOLERANCE
    }
}

/// Takes a webhook as a backend should: verified with its body exactly as it came.
async fn receive(State(inbox): State<Inbox>, headers: HeaderMap, body: String) -> StatusCode {
    let signed_at = inbox.signed_at(&headers, body.as_bytes());
    let verified = signed_at.is_some_and(|sent_at| inbox.is_recent(sent_at));
    if signed_at.is_some() && !verified {
        // The demo's clock was put forward while it was on its way. It is sent again, and isn't forged.
        return StatusCode::UNAUTHORIZED;
    }
    let message: Value = serde_json::from_str(&body).unwrap_or_default();
    let text = |pointer: &str| Some(message.pointer(pointer)?.as_str()?.to_owned());
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    inbox.keep(Received {
        id: id.to_owned(),
        at: inbox.clock.now(),
        verified,
        r#type: text("/type"),
        provider: text("/data/provider"),
        user_id: text("/data/userId"),
    });
    if verified { StatusCode::NO_CONTENT } else { StatusCode::UNAUTHORIZED }
}

/// Sends what somebody without the secret can send, and answers what the receiver made of it.
async fn forge(url: &Url) -> Result<Json<Value>, StatusCode> {
    let message = json!({
        "type": "connection.disconnected",
        "timestamp": "2026-01-31T08:00:00.000Z",
        "data": { "provider": "google" },
    });
    let sent = reqwest::Client::new()
        .post(url.clone())
        .header("webhook-id", "msg_forged")
        .header("webhook-timestamp", "1769846400")
        .header("webhook-signature", "v1,bm90IHRoZSBzaWduYXR1cmUgb2YgdGhpcyBzZXJ2ZXI=")
        .json(&message)
        .send();
    let answer = sent.await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(Json(json!({ "status": answer.status().as_u16() })))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT_AT: i64 = 1_900_000_000;

    /// Receives a webhook that was signed at [`SENT_AT`], so much later; the status, and what is kept.
    async fn received_after(delay: TimeDelta, signature: Option<&str>) -> (StatusCode, Vec<bool>) {
        let now = DateTime::from_timestamp(SENT_AT, 0).unwrap() + delay;
        let webhook = Webhook::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let own = webhook.sign("msg_1", SENT_AT, b"{}").unwrap();
        let inbox = Inbox {
            received: Arc::default(),
            webhook: Arc::new(webhook),
            clock: Clock::from_fn(move || now),
        };
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", "msg_1".parse().unwrap());
        headers.insert("webhook-timestamp", SENT_AT.into());
        headers.insert("webhook-signature", signature.unwrap_or(&own).parse().unwrap());
        let status = receive(State(inbox.clone()), headers, "{}".to_owned()).await;
        (status, inbox.newest_first().iter().map(|received| received.verified).collect())
    }

    #[tokio::test]
    async fn a_webhook_that_an_hour_of_the_demo_overtook_is_refused_and_not_shown_as_forged() {
        let in_time = received_after(TimeDelta::seconds(1), None).await;
        assert_eq!(in_time, (StatusCode::NO_CONTENT, vec![true]));
        let late = received_after(TimeDelta::hours(1), None).await;
        assert_eq!(late, (StatusCode::UNAUTHORIZED, vec![]));
        let forged = received_after(TimeDelta::seconds(1), Some("v1,Zm9yZ2Vk")).await;
        assert_eq!(forged, (StatusCode::UNAUTHORIZED, vec![false]));
    }
}
