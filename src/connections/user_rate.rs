//! How often one user may cause upstream calls and grant access. Each process counts on its own:
//! the limit protects other users, and need not be exact.

use std::{
    fmt,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use governor::{
    Quota, RateLimiter, clock::Clock as GovernorClock, middleware::NoOpMiddleware, nanos::Nanos,
    state::keyed::HashMapStateStore,
};
use uuid::Uuid;

use super::Error;
use crate::clock::Clock;

/// Sixteen providers, each connected twice (React's `StrictMode`).
const CONNECTS_AT_ONCE: u32 = 32;
/// Sixteen providers, and some more.
const REFRESHES_AT_ONCE: u32 = 20;
/// Sixteen providers, to two clients.
const GRANTS_AT_ONCE: u32 = 32;

/// Users who have all of their calls left are forgotten each time this many calls were counted.
const FORGET_EVERY: u32 = 1024;

/// The recent calls of users.
pub struct UserRate {
    connects: Limiter,
    refreshes: Limiter,
    grants: Limiter,
}

type Keyed = RateLimiter<Uuid, HashMapStateStore<Uuid>, InjectedClock, NoOpMiddleware<Nanos>>;

struct Limiter {
    keyed: Option<Keyed>,
    clock: InjectedClock,
    counted: AtomicU32,
}

impl UserRate {
    /// `per_minute`: calls of one kind, after those that may be made at once are used up; 0: no
    /// limit.
    pub fn new(per_minute: u32, clock: &Clock) -> Self {
        let limiter = |at_once| Limiter::new(per_minute, at_once, clock.clone());
        Self {
            connects: limiter(CONNECTS_AT_ONCE),
            refreshes: limiter(REFRESHES_AT_ONCE),
            grants: limiter(GRANTS_AT_ONCE),
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

    /// Counts a call that grants access. It calls no upstream, but writes an event, and a webhook
    /// that delays the user's others. A revocation does so as well, but it needs a grant that was
    /// counted, so it is never rejected.
    pub(super) fn count_grant(&self, user_id: Uuid) -> Result<(), Error> {
        self.grants.count(user_id)
    }
}

impl Limiter {
    fn new(per_minute: u32, at_once: u32, clock: Clock) -> Self {
        let clock = InjectedClock(clock, Arc::default());
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
            // Whole seconds, rounded up.
            let retry_after = Duration::from_secs(wait.as_secs() + 1);
            Error::RateLimited { retry_after }
        })
    }
}

/// The injected clock in the form that `governor` reads: if the clock is set back, it stands still.
#[derive(Clone)]
struct InjectedClock(Clock, Arc<AtomicU64>);

impl GovernorClock for InjectedClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let nanos = self.0.now().timestamp_nanos_opt().unwrap_or_default();
        let nanos = u64::try_from(nanos).unwrap_or_default();
        Nanos::from(self.1.fetch_max(nanos, Ordering::Relaxed).max(nanos))
    }
}

impl fmt::Debug for UserRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserRate")
    }
}

#[cfg(test)]
mod tests;
