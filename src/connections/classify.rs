//! What a failed refresh says about the grant. A pure function, so that every case can be shown.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    store::{ConnectionRecord, Count, Failure, State},
    upstream::UpstreamError,
};

/// Refusals that it takes, and the time that they must span, before a grant counts as ended.
const REFUSALS: i32 = 3;
const SPAN: TimeDelta = TimeDelta::minutes(10);

/// What is known of the connection, and of its provider, when a refresh fails.
#[derive(Clone, Copy, Debug)]
pub struct History {
    pub state: State,
    pub failure_count: i32,
    pub first_failed_at: Option<DateTime<Utc>>,
    pub access_token_expires_at: Option<DateTime<Utc>>,
    pub now: DateTime<Utc>,
    /// Refreshes of this provider fail for everyone who tried.
    pub outage: bool,
}

impl History {
    /// What the record tells: of an outage it knows nothing.
    pub fn of(record: &ConnectionRecord) -> Self {
        Self {
            state: record.state,
            failure_count: record.failure_count,
            first_failed_at: record.first_failed_at,
            access_token_expires_at: record.access_token_expires_at,
            now: record.now,
            outage: false,
        }
    }

    /// One refusal more would end the grant, unless there is an outage.
    pub fn would_end(&self) -> bool {
        let spanned = self.first_failed_at.is_some_and(|first| self.now - first >= SPAN);
        let expired = self.access_token_expires_at.is_none_or(|at| at <= self.now);
        self.failure_count + 1 >= REFUSALS && spanned && expired
    }
}

/// The path is in the error: only a provider that is asked directly can say [`UpstreamError::Ended`].
///
/// Through Nhost Auth "revoked" can't be told from "down" (`oauth-provider-error` is both), so a
/// grant counts as ended only when it was refused three times over ten minutes, its access token
/// has run out, and the provider was not failing for everyone else as well.
///
/// `None`: the failure says nothing about the connection, and is not written down.
pub fn classify(error: &UpstreamError, history: &History) -> Option<Failure> {
    let failing = |code, count| {
        Some(Failure {
            // What was found to have ended stays so until a refresh succeeds.
            state: if history.state == State::ReauthenticationRequired {
                State::ReauthenticationRequired
            } else {
                State::RefreshFailing
            },
            code,
            count,
            retry_in: backoff(history.failure_count),
        })
    };
    match error {
        UpstreamError::Unauthenticated | UpstreamError::Forbidden => None,
        // The operator's doing, and theirs to undo.
        UpstreamError::NotEnabled => failing("PROVIDER_NOT_ENABLED", Count::Keep),
        // Nothing that the grant could help. What all replicas do about it is in `upstreams.rs`.
        UpstreamError::ClientRefused(_)
        | UpstreamError::RateLimited { .. }
        | UpstreamError::GrantRefused { .. }
        | UpstreamError::Unreadable { .. }
        | UpstreamError::Unavailable { .. } => failing("UPSTREAM_UNAVAILABLE", Count::Keep),
        // The provider itself has said so.
        UpstreamError::Ended(_) => Some(ended(history)),
        UpstreamError::NoSession | UpstreamError::Refused => {
            if history.outage {
                return failing("UPSTREAM_UNAVAILABLE", Count::StartOver);
            }
            if history.would_end() {
                return Some(ended(history));
            }
            failing("UPSTREAM_UNAVAILABLE", Count::One)
        }
    }
}

/// It is tried again all the same, ever less often: what was found to have ended heals by itself if
/// a later refresh succeeds.
fn ended(history: &History) -> Failure {
    let again = if history.state == State::ReauthenticationRequired {
        history.failure_count.clamp(2, 10) - 2
    } else {
        0
    };
    let doublings = u32::try_from(again).unwrap_or_default();
    Failure {
        state: State::ReauthenticationRequired,
        code: "REAUTHENTICATION_REQUIRED",
        count: Count::One,
        retry_in: Duration::from_hours(24).min(Duration::from_mins(10) * 2_u32.pow(doublings)),
    }
}

/// 5 s, 10 s, 20 s … up to a minute: a read of an expired token does not wait long after an outage.
fn backoff(failures: i32) -> Duration {
    let doublings = u32::try_from(failures.clamp(0, 4)).unwrap_or_default();
    Duration::from_mins(1).min(Duration::from_secs(5) * 2_u32.pow(doublings))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(failures: i32, minutes: i64, expired: bool, outage: bool) -> History {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        History {
            state: State::RefreshFailing,
            failure_count: failures,
            first_failed_at: (failures > 0).then(|| now - TimeDelta::minutes(minutes)),
            access_token_expires_at: Some(now + TimeDelta::seconds(i64::from(!expired))),
            now,
            outage,
        }
    }

    fn state(error: &UpstreamError, history: &History) -> State {
        classify(error, history).unwrap().state
    }

    #[test]
    fn a_grant_has_ended_only_after_three_refusals_over_ten_minutes_with_the_token_expired() {
        for failures in 0..4 {
            for minutes in [0, 9, 10, 11] {
                for expired in [false, true] {
                    for outage in [false, true] {
                        let history = history(failures, minutes, expired, outage);
                        let ended = failures >= 2 && minutes >= 10 && expired && !outage;
                        assert_eq!(
                            state(&UpstreamError::Refused, &history)
                                == State::ReauthenticationRequired,
                            ended,
                            "{history:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn an_outage_of_the_provider_counts_for_nobody() {
        let failure = classify(&UpstreamError::Refused, &history(9, 60, true, true)).unwrap();
        assert_eq!((failure.state, failure.count), (State::RefreshFailing, Count::StartOver));
    }

    #[test]
    fn nhost_auth_being_down_never_ends_a_grant() {
        let error = UpstreamError::Unavailable { what: "down", retry_after: None };
        let failure = classify(&error, &history(9, 60, true, false)).unwrap();
        assert_eq!((failure.state, failure.count), (State::RefreshFailing, Count::Keep));
    }

    #[test]
    fn a_provider_that_is_switched_off_never_ends_a_grant() {
        let failure = classify(&UpstreamError::NotEnabled, &history(9, 60, true, false)).unwrap();
        assert_eq!((failure.state, failure.code), (State::RefreshFailing, "PROVIDER_NOT_ENABLED"));
    }

    #[test]
    fn a_refused_jwt_says_nothing_about_the_connection() {
        for error in [UpstreamError::Unauthenticated, UpstreamError::Forbidden] {
            assert!(classify(&error, &history(9, 60, true, false)).is_none());
        }
    }

    #[test]
    fn what_has_ended_stays_ended_while_the_upstream_is_down() {
        let ended =
            History { state: State::ReauthenticationRequired, ..history(3, 60, true, false) };
        let error = UpstreamError::Unavailable { what: "down", retry_after: None };
        assert_eq!(state(&error, &ended), State::ReauthenticationRequired);
    }
}
