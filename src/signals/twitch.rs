//! Twitch's `EventSub` type `user.authorization.revoke`: the user has disconnected the app, or changed
//! their password.

use chrono::{DateTime, TimeDelta, Utc};
use domain::Provider;
use http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Means, Received, Refused, Signal, SignalId, SigningSecrets, Subject,
    received::{account_id, check_age, header},
    signature::hexadecimal,
};

/// Twitch, "Handling webhook events": discard what is older.
const AT_MOST: TimeDelta = TimeDelta::minutes(10);
/// A challenge is much shorter.
const LONGEST_CHALLENGE: usize = 256;

/// Verifies and reads Twitch's notifications.
#[derive(Clone, Debug)]
pub struct Twitch {
    secrets: SigningSecrets,
}

#[derive(Deserialize)]
struct Message {
    challenge: Option<String>,
    subscription: Option<Subscription>,
    event: Option<Event>,
}

#[derive(Deserialize)]
struct Subscription {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    user_id: Value,
}

impl Twitch {
    pub fn new(secrets: SigningSecrets) -> Self {
        Self { secrets }
    }

    /// # Errors
    /// Twitch has not signed it for this subscription, it is old, or it can't be read.
    pub fn read(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Received, Refused> {
        let header = |name: &str| header(headers, name);
        let mac = header("twitch-eventsub-message-signature")
            .and_then(|mac| mac.strip_prefix("sha256="))
            .and_then(hexadecimal);
        let id = header("twitch-eventsub-message-id");
        let timestamp = header("twitch-eventsub-message-timestamp");
        let (Some(mac), Some(id), Some(timestamp)) = (mac, id, timestamp) else {
            return Err(Refused::Signature);
        };
        self.secrets.check(&[id.as_bytes(), timestamp.as_bytes(), body].concat(), &mac)?;
        let at = DateTime::parse_from_rfc3339(timestamp)
            .map_err(|_| Refused::Malformed("Twitch-Eventsub-Message-Timestamp is not RFC 3339"))?
            .to_utc();
        check_age(at, now, AT_MOST)?;
        let message: Message = serde_json::from_slice(body)
            .map_err(|_| Refused::Malformed("it is not a message of EventSub"))?;
        match header("twitch-eventsub-message-type") {
            Some("webhook_callback_verification") => {
                let challenge = message.challenge.filter(|of| of.len() <= LONGEST_CHALLENGE);
                let challenge = challenge.ok_or(Refused::Malformed("it has no challenge"))?;
                return Ok(Received::Challenge(challenge));
            }
            Some("notification") => {}
            // `revocation` is about the subscription, not about a user's grant.
            _ => return Ok(Received::OfNoConcern),
        }
        let kind = message.subscription.map(|subscription| subscription.kind);
        if kind.as_deref() != Some("user.authorization.revoke") {
            return Ok(Received::OfNoConcern);
        }
        let user_id = message.event.map_or(Value::Null, |event| event.user_id);
        Ok(Received::Signals(vec![Signal {
            provider: Provider::Twitch,
            subject: Subject::Account(account_id(&user_id)?),
            means: Means::Ended,
            name: "user.authorization.revoke",
            at,
            since: at,
            id: SignalId::of("twitch message", id.as_bytes()),
        }]))
    }
}
