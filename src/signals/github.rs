//! GitHub's webhook `github_app_authorization`: a user has revoked the app's authorization.
//!
//! The signature covers only the body, which contains no time: a delivery that GitHub repeats, or
//! that someone has recorded and sends again, may be older than the last sign-in. So it is only a
//! reason to refresh the connection, never to end it.

use chrono::{DateTime, Utc};
use domain::Provider;
use http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Means, Received, Refused, Signal, SignalId, SigningSecrets, Subject,
    received::{account_id, header},
    signature::hexadecimal,
};

/// Verifies and reads GitHub's deliveries.
#[derive(Clone, Debug)]
pub struct Github {
    secrets: SigningSecrets,
}

#[derive(Deserialize)]
struct Delivery {
    action: Option<String>,
    sender: Option<Sender>,
}

#[derive(Deserialize)]
struct Sender {
    id: Value,
}

impl Github {
    pub fn new(secrets: SigningSecrets) -> Self {
        Self { secrets }
    }

    /// # Errors
    /// GitHub has not signed it, or it can't be read.
    pub fn read(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Received, Refused> {
        let header = |name: &str| header(headers, name);
        let mac = header("x-hub-signature-256").and_then(|mac| mac.strip_prefix("sha256="));
        let mac = mac.and_then(hexadecimal).ok_or(Refused::Signature)?;
        self.secrets.check(body, &mac)?;
        match header("x-github-event") {
            Some("ping") => return Ok(Received::Test("ping")),
            Some("github_app_authorization") => {}
            _ => return Ok(Received::OfNoConcern),
        }
        let delivery = header("x-github-delivery")
            .ok_or(Refused::Malformed("it has no header X-GitHub-Delivery"))?;
        let Delivery { action, sender } = serde_json::from_slice(body).map_err(|_| {
            Refused::Malformed("it is not JSON: choose the content type application/json at GitHub")
        })?;
        if action.as_deref() != Some("revoked") {
            return Ok(Received::OfNoConcern);
        }
        let id = sender.map_or(Value::Null, |sender| sender.id);
        Ok(Received::Signals(vec![Signal {
            provider: Provider::Github,
            subject: Subject::Account(account_id(&id)?),
            means: Means::Doubtful,
            name: "github_app_authorization revoked",
            at: now,
            since: now,
            id: SignalId::of("github delivery", delivery.as_bytes()),
        }]))
    }
}
