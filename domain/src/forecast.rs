//! When a connection ends unless its user signs in again. It is only a forecast, from what is known
//! in advance: a provider may end a grant at any time.

use chrono::{DateTime, TimeDelta, Utc};

/// What is known about one connection's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantTimes {
    /// The last sign-in, which returned the access token or the one that it was refreshed from.
    pub connected_at: DateTime<Utc>,
    /// The sign-in that returned the refresh token: an earlier one if the last returned none.
    pub granted_at: DateTime<Utc>,
    /// The last successful refresh. It may belong to an earlier sign-in.
    pub refreshed_at: Option<DateTime<Utc>>,
    /// Whether there is a refresh token.
    pub refreshable: bool,
    /// `None`: no known expiry.
    pub access_token_expires_at: Option<DateTime<Utc>>,
    /// `None`: the provider doesn't say.
    pub refresh_token_expires_at: Option<DateTime<Utc>>,
    /// Since when that expiry is known: a refresh may have extended it. `None`: since the sign-in.
    pub end_known_at: Option<DateTime<Utc>>,
    /// A server refreshes it in time while nobody reads it, and its refreshes work.
    pub kept_alive: bool,
}

/// What is known about how its provider ends grants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GrantLimits {
    /// How long an unused refresh token stays valid.
    pub idle: Option<TimeDelta>,
    /// How long after the sign-in a refresh token expires, used or not.
    pub fixed: Option<TimeDelta>,
    /// The same, if the provider's OAuth app was observed to be in testing.
    pub in_testing: Option<TimeDelta>,
    /// Each refresh extends the refresh token, so that it expires only from disuse.
    pub renewed_by_use: bool,
    /// The lifetime of an access token if the response doesn't say. `None`: it doesn't expire.
    pub access_token: Option<TimeDelta>,
}

/// What ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The access token expires, and there is no refresh token.
    AccessToken,
    /// The refresh token expires at the time that the provider returned.
    RefreshToken,
    /// Nobody uses the refresh token.
    Idle,
    /// A fixed time after the sign-in, used or not.
    Fixed,
    /// A fixed time after the sign-in, because the OAuth app is in testing.
    InTesting,
}

impl End {
    /// In words, for readers of the event.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "the access token expires, and there is no refresh token",
            Self::RefreshToken => "the refresh token expires then, according to the provider",
            Self::Idle => "the provider expires unused refresh tokens",
            Self::Fixed => "the provider expires refresh tokens a fixed time after the sign-in",
            Self::InTesting => {
                "other refresh tokens of the provider expired this long after their sign-in, as \
                 they do while an OAuth app is in testing"
            }
        }
    }
}

/// The latest time by which the user must have signed in again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// If it is in the past, the connection may end at any moment: no refresh has worked since.
    pub at: DateTime<Utc>,
    /// The time since which the end was known.
    pub since: DateTime<Utc>,
    pub end: End,
}

impl Forecast {
    /// A connection with a shorter lifetime has no "ends soon" notification: its user would receive
    /// little else.
    pub const SHORTEST_LIFE: TimeDelta = TimeDelta::days(1);

    /// When to notify its user: this long before the end, but not before three quarters of the time
    /// until it have passed. `None`: not at all.
    pub fn soon_at(&self, before: TimeDelta) -> Option<DateTime<Utc>> {
        let life = self.at - self.since;
        let tells = life >= Self::SHORTEST_LIFE && before > TimeDelta::zero();
        tells.then(|| self.at - before.min(life / 4))
    }
}

/// The earliest known end. `None`: none is known, or a refresh has worked after each: whatever the
/// provider documents, it did not end this one then.
pub fn forecast(grant: &GrantTimes, limits: &GrantLimits) -> Option<Forecast> {
    let GrantTimes { connected_at, granted_at, .. } = *grant;
    let after = |since: DateTime<Utc>, life: Option<TimeDelta>, end| {
        Some(Forecast { at: since.checked_add_signed(life?)?, since, end })
    };
    if !grant.refreshable {
        let said = grant.access_token_expires_at;
        return said.map_or_else(
            || after(connected_at, limits.access_token, End::AccessToken),
            |at| Some(Forecast { at, since: connected_at, end: End::AccessToken }),
        );
    }
    let said = grant
        .refresh_token_expires_at
        .filter(|_| !(limits.renewed_by_use && grant.kept_alive))
        .map(|at| Forecast {
            at,
            since: grant.end_known_at.unwrap_or(granted_at),
            end: End::RefreshToken,
        });
    let last_used_at = grant.refreshed_at.map_or(granted_at, |at| at.max(granted_at));
    let idle = limits.idle.filter(|_| !grant.kept_alive);
    [
        said,
        after(last_used_at, idle, End::Idle),
        after(granted_at, limits.fixed, End::Fixed),
        after(granted_at, limits.in_testing, End::InTesting),
    ]
    .into_iter()
    .flatten()
    .filter(|end| grant.refreshed_at.is_none_or(|at| at < end.at))
    .min_by_key(|end| end.at)
}
