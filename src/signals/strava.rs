//! Strava's webhook: an athlete's `authorized: "false"`. Strava signs nothing, so that anybody could
//! have sent it: it is a reason to refresh the connection, never to end it.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use chrono::{DateTime, Utc};
use domain::Provider;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Means, Received, Refused, Signal, SignalId, StravaSettings, Subject, received::account_id,
};

/// A challenge is far shorter.
const LONGEST_CHALLENGE: usize = 256;

/// Of one account, one event in so many seconds is looked at.
const PACE: i64 = 300;

/// Reads Strava's events.
#[derive(Clone, Debug)]
pub struct Strava {
    settings: StravaSettings,
}

/// The query of Strava's request that validates a callback.
#[derive(Deserialize)]
pub struct Challenged {
    #[serde(rename = "hub.verify_token")]
    verify_token: Option<String>,
    #[serde(rename = "hub.challenge")]
    challenge: Option<String>,
}

#[derive(Deserialize)]
struct Event {
    object_type: String,
    #[serde(default)]
    owner_id: Value,
    subscription_id: Option<u64>,
    #[serde(default)]
    updates: Map<String, Value>,
}

impl Strava {
    pub fn new(settings: StravaSettings) -> Self {
        Self { settings }
    }

    /// What is to be answered while a subscription is made.
    ///
    /// # Errors
    /// It does not know the verify token.
    pub fn challenge(&self, asked: Challenged) -> Result<String, Refused> {
        let own = self.settings.verify_token.expose_secret().as_bytes();
        let given = asked.verify_token.unwrap_or_default();
        verify_slices_are_equal(own, given.as_bytes()).map_err(|_| Refused::Signature)?;
        let challenge = asked.challenge.filter(|of| of.len() <= LONGEST_CHALLENGE);
        challenge.ok_or(Refused::Malformed("it has no hub.challenge"))
    }

    /// # Errors
    /// It is of another subscription, or can't be read.
    pub fn read(&self, body: &[u8], now: DateTime<Utc>) -> Result<Received, Refused> {
        let event: Event = serde_json::from_slice(body)
            .map_err(|_| Refused::Malformed("it is not an event of Strava's webhook"))?;
        if self.settings.subscription_id.is_some_and(|own| event.subscription_id != Some(own)) {
            return Err(Refused::Audience);
        }
        let is_false = |value: &Value| value == "false" || value == &Value::Bool(false);
        if event.object_type != "athlete" || !event.updates.get("authorized").is_some_and(is_false)
        {
            return Ok(Received::OfNoConcern);
        }
        let id = account_id(&event.owner_id)?;
        // One a while: whoever sends them needs nothing but an athlete's id.
        let while_of = now.timestamp().div_euclid(PACE);
        let name = format!("{while_of} {}", id.expose_secret());
        Ok(Received::Signals(vec![Signal {
            provider: Provider::Strava,
            subject: Subject::Account(id),
            means: Means::Doubtful,
            name: "authorized: false",
            at: now,
            id: SignalId::of("strava", name.as_bytes()),
            content: None,
        }]))
    }
}
