//! Remembers for a few seconds, in this process, what Nhost Auth answered to the fetch of a
//! session, so that it isn't asked again at once.

use std::{fmt, net::IpAddr, time::Duration};

use aws_lc_rs::digest::{Digest, SHA256, digest};
use chrono::{DateTime, TimeDelta, Utc};
use domain::ConnectionKey;
use moka::sync::Cache;
use secrecy::{ExposeSecret, SecretString};

use crate::clock::Clock;

/// The maximum number of connections, and of addresses.
const REMEMBERED: u64 = 10_000;

/// How long each answer is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The answer that there was no session.
    pub no_session: TimeDelta,
    /// The answer that an address has used up its calls. Rejected calls also count against what
    /// Nhost Auth allows an address per minute, and so do refreshes.
    pub limited: TimeDelta,
}

impl Default for Remembered {
    fn default() -> Self {
        Self { no_session: TimeDelta::seconds(3), limited: TimeDelta::seconds(10) }
    }
}

impl Remembered {
    /// Nothing is.
    pub const NOT: Self = Self { no_session: TimeDelta::zero(), limited: TimeDelta::zero() };
}

pub struct SessionMemory {
    no_session: Cache<ConnectionKey, NoSession>,
    limited: Cache<Option<IpAddr>, DateTime<Utc>>,
    lasts: Remembered,
    clock: Clock,
}

#[derive(Clone)]
struct NoSession {
    until: DateTime<Utc>,
    /// The JWT that the user had then. After a sign-in it is a different one.
    jwt: Digest,
}

impl SessionMemory {
    pub fn new(lasts: Remembered, clock: Clock) -> Self {
        let (no_session, limited) = (Cache::new(REMEMBERED), Cache::new(REMEMBERED));
        Self { no_session, limited, lasts, clock }
    }

    /// How long to wait before asking Nhost Auth again for a session that it did not have. No wait
    /// with another JWT, which may come from a new sign-in.
    pub(super) fn wait_for(&self, key: ConnectionKey, jwt: Option<&SecretString>) -> Duration {
        match self.no_session.get(&key) {
            Some(known) if known.jwt.as_ref() == digest_of(jwt).as_ref() => {
                self.left(known.until, self.lasts.no_session)
            }
            _ => Duration::ZERO,
        }
    }

    /// Nhost Auth has no session for this connection.
    pub(super) fn note_none(&self, key: ConnectionKey, jwt: Option<&SecretString>) {
        let until = self.clock.now() + self.lasts.no_session;
        self.no_session.insert(key, NoSession { until, jwt: digest_of(jwt) });
    }

    /// Whether Nhost Auth has just answered that there were too many calls from this address.
    pub(super) fn is_limited(&self, address: Option<IpAddr>) -> bool {
        let until = self.limited.get(&address);
        until.is_some_and(|until| !self.left(until, self.lasts.limited).is_zero())
    }

    /// Nhost Auth answers that there were too many calls from this address.
    pub(super) fn note_limited(&self, address: Option<IpAddr>) {
        self.limited.insert(address, self.clock.now() + self.lasts.limited);
    }

    /// However far the clock was set back, no longer than its duration.
    fn left(&self, until: DateTime<Utc>, lasts: TimeDelta) -> Duration {
        (until - self.clock.now()).min(lasts).to_std().unwrap_or_default()
    }
}

fn digest_of(jwt: Option<&SecretString>) -> Digest {
    digest(&SHA256, jwt.map_or("", ExposeSecret::expose_secret).as_bytes())
}

impl fmt::Debug for SessionMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionMemory")
    }
}

#[cfg(test)]
mod tests;
