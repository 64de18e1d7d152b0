//! What a failed refresh says about the grant.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Answer, FailureCode, Health, History, State,
    health::{ASK_EVERY, THRESHOLD},
};

/// Refusals that it takes, and the time that they must span, before a grant counts as ended while
/// others of the provider are renewed.
const REFUSALS: i32 = 3;
const SPAN: TimeDelta = TimeDelta::minutes(10);

/// The time that refusals must span where nobody else at the provider succeeds or fails: longer than
/// an outage lasts.
const SPAN_ALONE: TimeDelta = TimeDelta::hours(12);

/// A grant that is younger has not been revoked by its user: they have just signed in.
const YOUNG: TimeDelta = TimeDelta::minutes(10);

/// What a failed refresh leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub state: State,
    pub code: FailureCode,
    /// Whether the grant was refused, or may have been.
    pub refuses: bool,
    /// Whether that counts towards the end of the grant.
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
/// provider has renewed somebody else's token since the one before and no healthy connection has
/// failed since. A grant ends
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
    let failing = Verdict {
        // What was found to have ended stays so until a refresh succeeds.
        state: if history.state == State::ReauthenticationRequired {
            State::ReauthenticationRequired
        } else {
            State::RefreshFailing
        },
        code: FailureCode::UpstreamUnavailable,
        refuses: answer.refuses_grant(),
        counts: false,
        retry_in: backoff(history.failures).max(answer.patience()),
        wrong_client: false,
        asks_another: false,
    };
    match answer {
        Answer::Renewed
        | Answer::ClientRefused
        | Answer::RateLimited(_)
        | Answer::Unavailable(_) => failing,
        Answer::NotEnabled => Verdict { code: FailureCode::ProviderNotEnabled, ..failing },
        Answer::Ended if is_operators(history, provider, now) => {
            Verdict { wrong_client: true, ..failing }
        }
        Answer::Ended => ended(history),
        Answer::Refused(_) | Answer::Ambiguous => refused(failing, history, provider, now),
    }
}

fn refused(failing: Verdict, history: &History, provider: &Health, now: DateTime<Utc>) -> Verdict {
    let amid_success = history.last_failed_at.is_some_and(|at| provider.works_since(at));
    let counts = history.is_healthy() || amid_success;
    let refusals = history.refusals + i32::from(counts);
    let span = history.first_refused_at.map_or(TimeDelta::zero(), |first| now - first);
    if amid_success && refusals >= REFUSALS && span >= SPAN {
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
    let asks_another = !history.is_healthy() && missing && !provider.asks_too_soon(now);
    Verdict { counts, asks_another, ..failing }
}

/// Whether it is the client that is wrong, rather than the grant: a grant ends minutes after its
/// sign-in, or one after the other before they were ever renewed, while nobody is renewed.
fn is_operators(history: &History, provider: &Health, now: DateTime<Utc>) -> bool {
    let nobody_was_renewed = provider.last_success_at.is_none_or(|at| at < history.connected_at);
    let young = now - history.connected_at < YOUNG;
    let in_a_row = provider.unused_ended + 1 >= THRESHOLD;
    history.is_unused() && nobody_was_renewed && (young || in_a_row)
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
        refuses: true,
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
