//! The rate limits of Nhost Auth, as in its source (`middleware/ratelimit`): sliding windows,
//! counted per client address. A rejected call counts nowhere.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};

/// How many calls one client address may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// `AUTH_RATE_LIMIT_…_BURST`
    pub burst: u32,
    /// `AUTH_RATE_LIMIT_…_INTERVAL`
    pub interval: Duration,
}

/// The limits when they are enabled (`AUTH_RATE_LIMIT_ENABLE`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateLimits {
    /// `AUTH_RATE_LIMIT_GLOBAL_…`: all calls.
    pub global: Option<RateLimit>,
    /// `AUTH_RATE_LIMIT_BRUTE_FORCE_…`: every path that begins with `/signin`.
    pub brute_force: Option<RateLimit>,
    /// `AUTH_RATE_LIMIT_SIGNUPS_…`: every path that begins with `/signup`.
    pub signups: Option<RateLimit>,
}

impl RateLimits {
    /// Nhost Auth's own defaults when limits are enabled: 100 calls a minute, and ten sign-ins and
    /// ten sign-ups in five minutes.
    pub fn nhost_auth() -> Self {
        Self {
            global: Some(RateLimit { burst: 100, interval: Duration::minutes(1) }),
            brute_force: Some(RateLimit { burst: 10, interval: Duration::minutes(5) }),
            signups: Some(RateLimit { burst: 10, interval: Duration::minutes(5) }),
        }
    }
}

/// The accepted calls, by window and client.
#[derive(Debug, Default)]
pub(crate) struct Counted(HashMap<(Kind, i64, String), u32>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Global,
    BruteForce,
    Signups,
}

impl Counted {
    /// Whether a call of `client` to `path` (without `/v1`) is accepted.
    pub(crate) fn allows(
        &mut self,
        limits: &RateLimits,
        (client, path): (&str, &str),
        now: DateTime<Utc>,
    ) -> bool {
        self.allow(limits.global, Kind::Global, client, now)
            && (!path.starts_with("/signin")
                || self.allow(limits.brute_force, Kind::BruteForce, client, now))
            && (!path.starts_with("/signup")
                || self.allow(limits.signups, Kind::Signups, client, now))
    }

    fn allow(
        &mut self,
        limit: Option<RateLimit>,
        kind: Kind,
        client: &str,
        now: DateTime<Utc>,
    ) -> bool {
        let Some(RateLimit { burst, interval }) = limit else { return true };
        let (interval, now) = (interval.num_milliseconds(), now.timestamp_millis());
        let window = now.div_euclid(interval);
        let counted = |window| self.0.get(&(kind, window, client.to_owned())).copied().unwrap_or(0);
        let (this, last) = (counted(window), counted(window - 1).min(burst));
        let left = interval - now.rem_euclid(interval);
        let of_last = i64::from(last) * left / interval;
        if of_last + i64::from(this) >= i64::from(burst) {
            return false;
        }
        self.0.insert((kind, window, client.to_owned()), this + 1);
        true
    }
}
