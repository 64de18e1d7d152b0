//! How often one user may have upstreams called, and what is remembered of a user for a few seconds.
//! Both in this process alone: they keep one user from hurting others, and count nothing exactly.

use std::{
    fmt,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use aws_lc_rs::digest::{Digest, SHA256, digest};
use chrono::{DateTime, TimeDelta, Utc};
use domain::ConnectionKey;
use governor::{
    Quota, RateLimiter, clock::Clock as GovernorClock, middleware::NoOpMiddleware, nanos::Nanos,
    state::keyed::HashMapStateStore,
};
use moka::sync::Cache;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::Error;
use crate::clock::Clock;

/// Sixteen providers, each connected twice (React's `StrictMode`).
const CONNECTS_AT_ONCE: u32 = 32;
/// Sixteen providers, and some more.
const REFRESHES_AT_ONCE: u32 = 20;

/// Users who have all of their calls left again are forgotten each time that so many calls were
/// counted.
const FORGET_EVERY: u32 = 1024;

/// Connections that Nhost Auth had no session for are remembered up to so many.
const REMEMBERED: u64 = 10_000;

/// What one user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserLimits {
    /// Calls of an upstream, once those that may be made at once are used up; 0: no limit.
    pub per_minute: u32,
    /// Where Nhost Auth had no session, it isn't asked again for so long.
    pub ask_again_after: TimeDelta,
}

impl UserLimits {
    /// Where Nhost Auth had no session, it is asked again this much later.
    pub const ASK_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(3);
}

/// What users have done lately.
pub struct UserRate {
    connects: Limiter,
    refreshes: Limiter,
    no_session: Cache<ConnectionKey, NoSession>,
    ask_again_after: TimeDelta,
    clock: Clock,
}

type Keyed = RateLimiter<Uuid, HashMapStateStore<Uuid>, InjectedClock, NoOpMiddleware<Nanos>>;

struct Limiter {
    keyed: Option<Keyed>,
    clock: InjectedClock,
    counted: AtomicU32,
}

#[derive(Clone)]
struct NoSession {
    until: DateTime<Utc>,
    /// Of the JWT that the user had then. A sign-in brings another.
    jwt: Digest,
}

impl UserRate {
    pub fn new(limits: UserLimits, clock: Clock) -> Self {
        let limiter = |at_once| Limiter::new(limits.per_minute, at_once, clock.clone());
        Self {
            connects: limiter(CONNECTS_AT_ONCE),
            refreshes: limiter(REFRESHES_AT_ONCE),
            no_session: Cache::new(REMEMBERED),
            ask_again_after: limits.ask_again_after,
            clock,
        }
    }

    /// Counts a call that fetches a session.
    pub(super) fn count_connect(&self, user_id: Uuid) -> Result<(), Error> {
        self.connects.count(user_id)
    }

    /// Counts a call that refreshes.
    pub(super) fn count_refresh(&self, user_id: Uuid) -> Result<(), Error> {
        self.refreshes.count(user_id)
    }

    /// How long to wait before Nhost Auth is asked for a session again that it did not have. Not at
    /// all with another JWT, which may be that of a new sign-in.
    pub(super) fn wait_for_session(&self, key: ConnectionKey, jwt: &SecretString) -> Duration {
        let Some(known) = self.no_session.get(&key) else { return Duration::ZERO };
        if known.jwt.as_ref() != digest_of(jwt).as_ref() {
            return Duration::ZERO;
        }
        (known.until - self.clock.now()).min(self.ask_again_after).to_std().unwrap_or_default()
    }

    /// Nhost Auth has no session for this connection.
    pub(super) fn note_no_session(&self, key: ConnectionKey, jwt: &SecretString) {
        if self.ask_again_after > TimeDelta::zero() {
            let until = self.clock.now() + self.ask_again_after;
            self.no_session.insert(key, NoSession { until, jwt: digest_of(jwt) });
        }
    }
}

fn digest_of(jwt: &SecretString) -> Digest {
    digest(&SHA256, jwt.expose_secret().as_bytes())
}

impl Limiter {
    fn new(per_minute: u32, at_once: u32, clock: Clock) -> Self {
        let clock = InjectedClock(clock);
        let keyed = NonZeroU32::new(per_minute).map(|per_minute| {
            let quota = Quota::per_minute(per_minute);
            let quota = NonZeroU32::new(at_once).map_or(quota, |burst| quota.allow_burst(burst));
            RateLimiter::hashmap_with_clock(quota, clock.clone())
        });
        Self { keyed, clock, counted: AtomicU32::new(0) }
    }

    fn count(&self, user_id: Uuid) -> Result<(), Error> {
        let Some(keyed) = &self.keyed else { return Ok(()) };
        if self.counted.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            keyed.retain_recent();
        }
        keyed.check_key(&user_id).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            // Whole seconds, and enough of them.
            let retry_after = Duration::from_secs(wait.as_secs() + 1);
            Error::RateLimited { retry_after }
        })
    }
}

/// The clock that was handed in, as `governor` reads it.
#[derive(Clone)]
struct InjectedClock(Clock);

impl GovernorClock for InjectedClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let nanos = self.0.now().timestamp_nanos_opt().unwrap_or_default();
        Nanos::from(u64::try_from(nanos).unwrap_or_default())
    }
}

impl fmt::Debug for UserRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserRate")
    }
}

#[cfg(test)]
mod tests;
