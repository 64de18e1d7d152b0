//! What a failed refresh says about the grant: keep trying, or ask the user to sign in again.
//!
//! Called directly, a provider often says that a grant has ended, and is believed at once. All other
//! refusals are unclear: a 4xx may be a policy that is lifted tomorrow, and Nhost Auth answers a
//! revoked grant, a wrong secret and an outage alike. What tells them apart is how *other*
//! connections of the provider fare at the same time ([`Health`]):
//!
//! | others of the provider | the grant has ended |
//! |---|---|
//! | are renewed between the refusals | after three refusals over ten minutes |
//! | were refused themselves within the hour, and renewed later | after twelve failures, half an hour after the last that took several tries |
//! | are refused as well | never: that is an outage |
//! | there are none | after twelve hours of refusals |
//!
//! Nobody has to wait for chance to know the others: [`Verdict::asks_another`] has one healthy
//! connection refreshed to see whether the provider works. If that one turns out to be dead too,
//! the next is asked, ten in a row at most, else one a minute.
//!
//! A verdict can be wrong, so it isn't final: an ended connection is tried again after ten minutes,
//! then ever less often, and heals when a refresh succeeds.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Answer, FailureCode, Health, History, State,
    health::{MANY, THRESHOLD},
};

/// Refusals that it takes, and the time that they must span, before a grant counts as ended while
/// others of the provider are renewed.
const REFUSALS: i32 = 3;
const SPAN: TimeDelta = TimeDelta::minutes(10);

/// What it takes where the provider has refused grants, within an hour, that it renewed later.
const FAILURES_UNSTEADY: i32 = 12;
const SPAN_UNSTEADY: TimeDelta = TimeDelta::minutes(30);
const UNSTEADY: TimeDelta = TimeDelta::hours(1);

/// Refusals amid successes that no provider gives a live grant, however unsteady it is.
const REFUSALS_BY_FAR: i32 = 100;

/// The time that refusals must span where nobody else at the provider succeeds or fails: longer than
/// an outage lasts.
const SPAN_ALONE: TimeDelta = TimeDelta::hours(12);

/// A grant that is younger was hardly revoked by its user, who has just signed in.
const YOUNG: TimeDelta = TimeDelta::minutes(10);

/// Where somebody was renewed within this time, the operator's client was right.
const LATELY: TimeDelta = TimeDelta::hours(24);

/// One healthy connection is refreshed ahead of time this often at most, to see whether the
/// provider works.
const ASK_EVERY: TimeDelta = TimeDelta::minutes(1);

/// What a failed refresh leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub state: State,
    pub code: FailureCode,
    /// Whether it counts towards the end of the grant.
    pub counts: bool,
    /// When to try again, from now on.
    pub retry_in: Duration,
    /// The provider refuses grants that nobody can have revoked: the operator's client is another
    /// one than Nhost Auth's.
    pub wrong_client: bool,
    /// Whether somebody else's refresh should find out how the provider fares.
    pub asks_another: bool,
}

/// What to make of an answer that brought no tokens. `provider` is how the provider fared before
/// it.
///
/// An outage ends nobody: a refusal counts only where it is the connection's first, or where the
/// provider has renewed somebody else's token since the one before and no healthy connection was
/// refused since. A grant ends
///
/// - at once, where the provider itself says so;
/// - by three refusals that count, over ten minutes;
/// - by refusals over twelve hours, where it is the only one: nobody else at the provider was
///   renewed or refused in all that time, and Nhost Auth, if it was asked, has answered.
pub fn classify(
    answer: Answer,
    history: &History,
    provider: &Health,
    now: DateTime<Utc>,
) -> Verdict {
    // What was found to have ended stays so until a refresh succeeds, and doesn't hurry.
    let known = history.state == State::ReauthenticationRequired;
    let again = if known { ended(history).retry_in } else { backoff(history.failures) };
    let asked = provider.asked_at.is_some_and(|at| now - at < ASK_EVERY);
    let asks = !known && !asked && !provider.is_certainly_down();
    let failing = Verdict {
        state: if known { history.state } else { State::RefreshFailing },
        // Its user is to sign in again, whatever the provider says meanwhile.
        code: if known {
            FailureCode::ReauthenticationRequired
        } else {
            FailureCode::UpstreamUnavailable
        },
        counts: false,
        retry_in: again.max(answer.patience()),
        wrong_client: false,
        // Those who made it look down may be all that is wrong with it.
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
            // Users who sign in and revoke at once look the same, until somebody is renewed.
            let lately = provider.last_success_at.is_some_and(|at| now - at < LATELY);
            let wrong_client = !lately || history.failures > 0;
            Verdict { wrong_client, asks_another: asks, ..failing }
        }
        Answer::Ended => Verdict {
            asks_another: is_asked_in_vain(history, provider, now),
            // The first that is ever refreshed: worth a word, and no reason to doubt the provider's.
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
    // The next one counts only if somebody is renewed until then.
    let missing = refusals < REFUSALS - 1 || span >= SPAN - ASK_EVERY;
    let asks_another = failing.asks_another || asks && missing && !history.is_healthy();
    Verdict { counts, asks_another, ..failing }
}

/// Whether this one was asked, most likely, and was dead itself: then the next one is, up to ten.
fn is_asked_in_vain(history: &History, provider: &Health, now: DateTime<Utc>) -> bool {
    let asked = provider.asked_at.is_some_and(|at| now - at < ASK_EVERY);
    let in_vain = provider.asked_at > provider.last_success_at;
    let few = provider.refusals.max(provider.failures) < MANY;
    asked && in_vain && few && history.is_healthy()
}

/// Whether refusals mean what they say. They don't while the provider refuses grants of others that
/// it renews later: each of those makes the ten minutes half an hour, and each that it renews after
/// several refusals lets it begin anew.
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

/// Whether it is the client that is wrong, rather than the grant: three grants in a row end before
/// they were ever renewed, while nobody is renewed.
fn is_operators(history: &History, provider: &Health) -> bool {
    let nobody_was_renewed = provider.last_success_at.is_none_or(|at| at < history.connected_at);
    history.is_unused() && nobody_was_renewed && provider.unused_ended + 1 >= THRESHOLD
}

fn is_young(history: &History, now: DateTime<Utc>) -> bool {
    history.is_unused() && now - history.connected_at < YOUNG
}

/// It is tried again all the same, ever less often: what was found to have ended heals if a later
/// refresh succeeds.
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
