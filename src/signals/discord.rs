//! Discord's webhook events: `APPLICATION_DEAUTHORIZED` means that the user has removed the app.

use chrono::{DateTime, TimeDelta, Utc};
use domain::Provider;
use http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Ed25519Key, Means, Received, Refused, Signal, SignalId, Subject,
    received::{account_id, check_age, header},
    signature::hexadecimal,
};

/// Discord tries for ten minutes.
const AT_MOST: TimeDelta = TimeDelta::hours(1);

/// Verifies and reads Discord's events.
#[derive(Clone, Debug)]
pub struct Discord {
    key: Ed25519Key,
}

#[derive(Deserialize)]
struct Payload {
    /// 0: a ping, 1: an event.
    #[serde(rename = "type")]
    kind: u8,
    event: Option<Event>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    timestamp: Option<DateTime<Utc>>,
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    user: Option<User>,
}

#[derive(Deserialize)]
struct User {
    id: Value,
}

impl Discord {
    pub fn new(key: Ed25519Key) -> Self {
        Self { key }
    }

    /// # Errors
    /// Discord has not signed it for this app, it is old, or it can't be read.
    pub fn read(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Received, Refused> {
        let header = |name: &str| header(headers, name);
        let signature = header("x-signature-ed25519").and_then(hexadecimal);
        let timestamp = header("x-signature-timestamp");
        let (Some(signature), Some(timestamp)) = (signature, timestamp) else {
            return Err(Refused::Signature);
        };
        self.key.check(&[timestamp.as_bytes(), body].concat(), &signature)?;
        let sent_at = timestamp.parse().ok().and_then(|at| DateTime::from_timestamp(at, 0));
        let sent_at =
            sent_at.ok_or(Refused::Malformed("X-Signature-Timestamp is not a Unix time"))?;
        check_age(sent_at, now, AT_MOST)?;
        let payload: Payload = serde_json::from_slice(body)
            .map_err(|_| Refused::Malformed("it is not a webhook event"))?;
        let event = match payload {
            Payload { kind: 0, .. } => return Ok(Received::Test("PING")),
            Payload { event: Some(event), .. } if event.kind == "APPLICATION_DEAUTHORIZED" => event,
            Payload { .. } => return Ok(Received::OfNoConcern),
        };
        // At most the time when it was sent, whatever the event says.
        let at = event.timestamp.map_or(sent_at, |at| at.min(sent_at));
        let id = event.data.and_then(|data| data.user).map_or(Value::Null, |user| user.id);
        Ok(Received::Signals(vec![Signal {
            provider: Provider::Discord,
            subject: Subject::Account(account_id(&id)?),
            means: Means::Ended,
            name: "application deauthorized",
            at,
            since: at,
            // A retry has another signature over the same event.
            id: SignalId::of("discord body", body),
        }]))
    }
}
