//! Connections and upstreams, as single rules are shown them.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Answer, Health, History, State, classify};
use uuid::Uuid;

use crate::simulation::clock::at;

/// A moment that leaves room for a past.
pub const NOW: u64 = 1_000_000;

/// A healthy connection that was renewed an hour ago.
pub fn healthy(id: u128) -> History {
    History {
        connection_id: Uuid::from_u128(id),
        state: State::Active,
        connected_at: at(NOW - 10_000),
        refreshed_at: Some(at(NOW - 3600)),
        failures: 0,
        first_failed_at: None,
        last_failed_at: None,
        refusals: 0,
        first_refused_at: None,
    }
}

/// One that is signed in since then, and was never renewed.
pub fn unused(id: u128, connected_at: u64) -> History {
    History { connected_at: at(connected_at), refreshed_at: None, ..healthy(id) }
}

/// One that was refused so often, from then until then.
pub fn refused(id: u128, times: i32, from: u64, until: u64) -> History {
    History {
        state: State::RefreshFailing,
        failures: times,
        first_failed_at: Some(at(from)),
        last_failed_at: Some(at(until)),
        refusals: times,
        first_refused_at: Some(at(from)),
        ..healthy(id)
    }
}

pub const HOUR: Option<Duration> = Some(Duration::from_hours(1));

/// A provider behind Nhost Auth that renewed somebody's token then.
pub fn worked(second: u64) -> Health {
    Health::default().behind(Answer::Renewed, &healthy(99), at(second))
}

/// So many healthy connections fail, one after the other, a second apart.
pub fn failed(health: Health, answer: Answer, times: u64) -> Health {
    (0..times).fold(health, |health, n| {
        health.called(answer, &healthy(u128::from(n) + 1), false, at(NOW + n))
    })
}

/// Plays refusals of one connection, each then; between them others are renewed, or not. Answers
/// when it is found to have ended.
pub fn refusals(answer: Answer, seconds: &[u64], others_work: bool) -> Option<u64> {
    let (mut history, mut provider) = (healthy(1), worked(NOW - 60));
    for second in seconds {
        let now = at(*second);
        if others_work {
            provider = provider.behind(Answer::Renewed, &healthy(2), now - TimeDelta::seconds(1));
        }
        let verdict = classify(answer, &history, &provider, now);
        provider = match answer {
            Answer::Ambiguous => provider.behind(answer, &history, now),
            _ => provider.called(answer, &history, false, now),
        };
        if verdict.state == State::ReauthenticationRequired {
            return Some(*second);
        }
        history = fails(history, verdict.counts, now);
    }
    None
}

/// The row after a refusal.
pub fn fails(history: History, counts: bool, now: DateTime<Utc>) -> History {
    History {
        state: State::RefreshFailing,
        failures: history.failures + 1,
        first_failed_at: history.first_failed_at.or(Some(now)),
        last_failed_at: Some(now),
        refusals: history.refusals + i32::from(counts),
        first_refused_at: history.first_refused_at.or(Some(now)),
        ..history
    }
}
