//! What a failed refresh says about the grant: keep trying, or ask the user to sign in again.
//!
//! Called directly, a provider often says that a grant has ended, and is believed at once. All
//! other rejections are unclear: a 4xx may be a policy that is lifted tomorrow, and Nhost Auth
//! gives the same answer to a revoked grant, a wrong secret and an outage. The difference shows in
//! what happens to *other* connections of the provider at the same time ([`Health`]):
//!
//! | others of the provider | the grant has ended |
//! |---|---|
//! | are refreshed between the rejections | after three rejections over ten minutes |
//! | were rejected themselves within the hour, and refreshed later | after twelve failures, half an hour after the last that took several tries |
//! | are rejected as well | never: that is an outage |
//! | there are none | after twelve hours of rejections |
//!
//! The server does not wait for other connections by chance: [`Verdict::asks_another`] refreshes
//! one healthy connection to see whether the provider works. If that one turns out to be dead too,
//! the next is tried, ten in a row at most, otherwise one a minute.
//!
//! A verdict can be wrong, so it isn't final: an ended connection is tried again after ten minutes,
//! then at growing intervals, and recovers when a refresh succeeds.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Answer, FailureCode, Health, History, State,
    health::{MANY, THRESHOLD},
};

/// The number of rejections, and the time that they must span, before a grant counts as ended while
/// others of the provider are refreshed.
const REFUSALS: i32 = 3;
const SPAN: TimeDelta = TimeDelta::minutes(10);

/// The number if, within an hour, the provider has rejected grants that it refreshed later.
const FAILURES_UNSTEADY: i32 = 12;
const SPAN_UNSTEADY: TimeDelta = TimeDelta::minutes(30);
const UNSTEADY: TimeDelta = TimeDelta::hours(1);

/// More rejections among successes than any provider gives a live grant, however unstable it is.
const REFUSALS_BY_FAR: i32 = 100;

/// The time that rejections must span if no other connection of the provider succeeds or fails:
/// longer than an outage lasts.
const SPAN_ALONE: TimeDelta = TimeDelta::hours(12);

/// A younger grant was hardly revoked by its user, who has just signed in.
const YOUNG: TimeDelta = TimeDelta::minutes(10);

/// If a connection was refreshed within this time, the operator's client is right.
const LATELY: TimeDelta = TimeDelta::hours(24);

/// The minimum time between two early refreshes of a healthy connection that test whether the
/// provider works.
const ASK_EVERY: TimeDelta = TimeDelta::minutes(1);

/// The result of a failed refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub state: State,
    pub code: FailureCode,
    /// Whether it counts towards the end of the grant.
    pub counts: bool,
    /// How long to wait before the next attempt.
    pub retry_in: Duration,
    /// The provider rejects grants that nobody can have revoked: the operator's client is a
    /// different one from Nhost Auth's.
    pub wrong_client: bool,
    /// Whether another connection should be refreshed to find out whether the provider works.
    pub asks_another: bool,
}

/// Judges an answer without tokens. `provider` is the health of the provider before it.
///
/// An outage ends no grant: a rejection counts only if it is the connection's first, or if the
/// provider has refreshed another connection since the one before and rejected no healthy
/// connection since then. A grant ends
///
/// - at once, if the provider itself says so;
/// - after three rejections that count, over ten minutes;
/// - after rejections over twelve hours, if it is the only one: no other connection of the provider
///   was refreshed or rejected in all that time, and Nhost Auth, if it was called, has answered.
pub fn classify(
    answer: Answer,
    history: &History,
    provider: &Health,
    now: DateTime<Utc>,
) -> Verdict {
    // A grant that was found to have ended stays so until a refresh succeeds, without hurry.
    let known = history.state == State::ReauthenticationRequired;
    let again = if known { ended(history).retry_in } else { backoff(history.failures) };
    let asked = provider.asked_at.is_some_and(|at| now - at < ASK_EVERY);
    let asks = !known && !asked && !provider.is_certainly_down();
    let failing = Verdict {
        state: if known { history.state } else { State::RefreshFailing },
        // Its user must sign in again, whatever the provider says in the meantime.
        code: if known {
            FailureCode::ReauthenticationRequired
        } else {
            FailureCode::UpstreamUnavailable
        },
        counts: false,
        retry_in: again.max(answer.patience()),
        wrong_client: false,
        // Rejected connections may be the only thing that is wrong with it.
        asks_another: asks && provider.is_down() && !history.is_healthy()
            || is_asked_in_vain(history, provider, now),
    };
    match answer {
        Answer::Renewed
        | Answer::ClientRefused
        | Answer::RateLimited(_)
        | Answer::Unavailable(_) => failing,
        Answer::NotEnabled => Verdict { code: FailureCode::ProviderNotEnabled, ..failing },
        Answer::Ended if is_operators(history, provider) => {
            // Users who sign in and immediately revoke look the same, until another connection is
            // refreshed.
            let lately = provider.last_success_at.is_some_and(|at| now - at < LATELY);
            let wrong_client = !lately || history.failures > 0;
            Verdict { wrong_client, asks_another: asks, ..failing }
        }
        Answer::Ended => Verdict {
            asks_another: is_asked_in_vain(history, provider, now),
            // The first refresh ever: worth a log line, but no evidence against the provider's.
            wrong_client: is_young(history, now) && provider.last_success_at.is_none(),
            ..ended(history)
        },
        Answer::Refused(_) | Answer::Ambiguous => refused(failing, asks, history, provider, now),
    }
}

fn refused(
    failing: Verdict,
    asks: bool,
    history: &History,
    provider: &Health,
    now: DateTime<Utc>,
) -> Verdict {
    let amid_success = history.last_failed_at.is_some_and(|at| provider.works_since(at));
    let counts = history.first_refused_at.is_none() || amid_success;
    let refusals = history.refusals + i32::from(counts);
    let span = history.first_refused_at.map_or(TimeDelta::zero(), |first| now - first);
    if amid_success && refusals >= REFUSALS && is_believed(history, provider, span, now) {
        return ended(history);
    }
    let first = history.first_refused_at.unwrap_or(now);
    let alone = provider.refusals <= 1
        && provider.last_refused_at.is_none_or(|at| at < first + ASK_EVERY)
        && provider.last_success_at.is_none_or(|at| at < first);
    if alone && history.failures + 1 >= REFUSALS && span >= SPAN_ALONE {
        return ended(history);
    }
    // The next one counts only if another connection is refreshed until then.
    let missing = refusals < REFUSALS - 1 || span >= SPAN - ASK_EVERY;
    let asks_another = failing.asks_another || asks && missing && !history.is_healthy();
    Verdict { counts, asks_another, ..failing }
}

/// Whether this connection was most likely the one that was tried, and is dead itself: then the
/// next one is tried, up to ten.
fn is_asked_in_vain(history: &History, provider: &Health, now: DateTime<Utc>) -> bool {
    let asked = provider.asked_at.is_some_and(|at| now - at < ASK_EVERY);
    let in_vain = provider.asked_at > provider.last_success_at;
    let few = provider.refusals.max(provider.failures) < MANY;
    asked && in_vain && few && history.is_healthy()
}

/// Whether rejections can be believed. They can't while the provider rejects grants of others that
/// it refreshes later: each of those turns the ten minutes into half an hour, and each that it
/// refreshes after several rejections restarts the period.
fn is_believed(history: &History, provider: &Health, span: TimeDelta, now: DateTime<Utc>) -> bool {
    let by_far = span >= SPAN_ALONE && history.refusals >= REFUSALS_BY_FAR;
    let steady = provider.recovered_at.map_or(span, |recovered| span.min(now - recovered));
    let last = provider.recovered_at.max(provider.stumbled_at);
    let enough = if last.is_some_and(|at| at >= now - span - UNSTEADY) {
        steady >= SPAN_UNSTEADY && history.failures + 1 >= FAILURES_UNSTEADY
    } else {
        steady >= SPAN
    };
    by_far || enough
}

/// Whether the client is wrong, rather than the grant: three grants in a row ended before they were
/// ever refreshed, and none was refreshed.
fn is_operators(history: &History, provider: &Health) -> bool {
    let nobody_was_renewed = provider.last_success_at.is_none_or(|at| at < history.connected_at);
    history.is_unused() && nobody_was_renewed && provider.unused_ended + 1 >= THRESHOLD
}

fn is_young(history: &History, now: DateTime<Utc>) -> bool {
    history.is_unused() && now - history.connected_at < YOUNG
}

/// It is still tried again, at growing intervals: a grant that was found to have ended recovers if
/// a later refresh succeeds.
fn ended(history: &History) -> Verdict {
    let again = if history.state == State::ReauthenticationRequired {
        history.refusals.clamp(2, 10) - 2
    } else {
        0
    };
    let doublings = u32::try_from(again).unwrap_or_default();
    Verdict {
        state: State::ReauthenticationRequired,
        code: FailureCode::ReauthenticationRequired,
        counts: true,
        retry_in: Duration::from_hours(24).min(Duration::from_mins(10) * 2_u32.pow(doublings)),
        wrong_client: false,
        asks_another: false,
    }
}

/// 5 s, 10 s, 20 s … up to a minute: a read of an expired token does not wait long after an outage.
fn backoff(failures: i32) -> Duration {
    let doublings = u32::try_from(failures.clamp(0, 4)).unwrap_or_default();
    Duration::from_mins(1).min(Duration::from_secs(5) * 2_u32.pow(doublings))
}
