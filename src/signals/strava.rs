//! Strava's webhook: an athlete's `authorized: "false"`. Strava signs nothing. The callback URL
//! ends with a secret, which keeps strangers out, but URLs are logged on their way. So a message is
//! only a reason to refresh the connection, never to end it.

use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use chrono::{DateTime, Utc};
use domain::Provider;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Means, Received, Refused, Signal, SignalId, StravaSettings, Subject, received::account_id,
};

/// A challenge is much shorter.
const LONGEST_CHALLENGE: usize = 256;

/// One event per account is processed in this many seconds.
const PACE: i64 = 300;

/// This many events are processed per minute, of all accounts together.
const A_MINUTE: u32 = 60;

/// Reads Strava's events.
#[derive(Clone, Debug)]
pub struct Strava {
    settings: StravaSettings,
    looked_at: Arc<Mutex<LookedAt>>,
}

/// How many events were processed in a minute.
#[derive(Debug, Default)]
struct LookedAt {
    minute: i64,
    events: u32,
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
        Self { settings, looked_at: Arc::default() }
    }

    /// The answer while a subscription is being created. `token` is the end of the URL.
    ///
    /// # Errors
    /// It does not know the verify token.
    pub fn challenge(&self, token: &str, asked: Challenged) -> Result<String, Refused> {
        self.check_token(token)?;
        self.check_token(&asked.verify_token.unwrap_or_default())?;
        let challenge = asked.challenge.filter(|of| of.len() <= LONGEST_CHALLENGE);
        challenge.ok_or(Refused::Malformed("it has no hub.challenge"))
    }

    /// `token` is the end of the URL.
    ///
    /// # Errors
    /// It does not know the verify token, is of another subscription, or can't be read; or there are
    /// too many.
    pub fn read(&self, token: &str, body: &[u8], now: DateTime<Utc>) -> Result<Received, Refused> {
        self.check_token(token)?;
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
        self.take_turn(now)?;
        // One per period: whoever knows the URL needs only an athlete's id.
        let while_of = now.timestamp().div_euclid(PACE);
        let name = format!("{while_of} {}", id.expose_secret());
        Ok(Received::Signals(vec![Signal {
            provider: Provider::Strava,
            subject: Subject::Account(id),
            means: Means::Unsigned,
            name: "authorized: false",
            at: now,
            since: now,
            id: SignalId::of("strava", name.as_bytes()),
        }]))
    }

    /// In constant time.
    fn check_token(&self, given: &str) -> Result<(), Refused> {
        let own = self.settings.verify_token.expose_secret().as_bytes();
        verify_slices_are_equal(own, given.as_bytes()).map_err(|_| Refused::Signature)
    }

    /// Strava sends an event again if it got no turn.
    fn take_turn(&self, now: DateTime<Utc>) -> Result<(), Refused> {
        let minute = now.timestamp().div_euclid(60);
        let mut looked_at = self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        if looked_at.minute != minute {
            *looked_at = LookedAt { minute, events: 0 };
        }
        if looked_at.events >= A_MINUTE {
            return Err(Refused::Unavailable);
        }
        looked_at.events += 1;
        Ok(())
    }
}
