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

    /// By the demo's clock, which may be hours ahead: standardwebhooks has the machine's alone.
    fn is_signed(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let (Some(id), Some(timestamp), Some(signatures)) =
            (text("webhook-id"), text("webhook-timestamp"), text("webhook-signature"))
        else {
            return false;
        };
        let Ok(timestamp) = timestamp.parse::<i64>() else { return false };
        let Some(sent) = DateTime::from_timestamp(timestamp, 0) else { return false };
        let Ok(expected) = self.webhook.sign(id, timestamp, body) else { return false };
        let is_right =
            |given: &str| verify_slices_are_equal(given.as_bytes(), expected.as_bytes()).is_ok();
        (self.clock.now() - sent).abs() <= TOLERANCE && signatures.split(' ').any(is_right)
    }
}

/// Takes a webhook as a backend should: verified with its body exactly as it came.
async fn receive(State(inbox): State<Inbox>, headers: HeaderMap, body: String) -> StatusCode {
    let verified = inbox.is_signed(&headers, body.as_bytes());
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
