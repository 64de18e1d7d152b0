//! What goes wrong at an upstream, for everybody.

use super::{
    clock::{Chance, second},
    person::{Grant, asked},
};
use chrono::{DateTime, Utc};
use domain::Answer;

/// How an upstream fails everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Down {
        retry_after: Option<u64>,
    },
    /// It answers after ten seconds, or never.
    Hangs,
    RateLimits {
        retry_after: Option<u64>,
    },
    /// The operator's secret is wrong.
    ClientRefused,
    /// It refuses every grant, and doesn't say that it has ended.
    RefusesAll,
    /// It is down for `down` seconds out of `down + up`.
    Flaps {
        down: u64,
        up: u64,
    },
    /// So many calls in a hundred fail.
    FailsPercent(u8),
}

#[derive(Clone, Copy, Debug)]
pub enum Where {
    Provider(usize),
    /// Nhost Auth, or all providers where they are called directly.
    NhostAuth,
}

/// An upstream's fault, from one second to another.
#[derive(Clone, Copy, Debug)]
pub struct Trouble {
    pub at: Where,
    pub fault: Fault,
    pub from: u64,
    pub until: u64,
}

impl Trouble {
    pub fn is_on(&self, now: DateTime<Utc>) -> bool {
        let now = second(now);
        self.from.cast_signed() <= now && now < self.until.cast_signed()
    }

    /// What it makes of a call, and whether that takes long. `None`: nothing.
    pub fn answers(&self, now: DateTime<Utc>, chance: &mut Chance) -> Option<(Answer, bool)> {
        let down = (Answer::Unavailable(None), false);
        Some(match self.fault {
            Fault::Down { retry_after } => (Answer::Unavailable(asked(retry_after)), false),
            Fault::Hangs => (Answer::Unavailable(None), true),
            Fault::RateLimits { retry_after } => (Answer::RateLimited(asked(retry_after)), false),
            Fault::ClientRefused => (Answer::ClientRefused, false),
            Fault::RefusesAll => (Answer::Refused(None), false),
            Fault::Flaps { down: length, up } => {
                let phase = second(now).cast_unsigned().wrapping_sub(self.from) % (length + up);
                return (phase < length).then_some(down);
            }
            Fault::FailsPercent(percent) => {
                return (chance.below(100) < percent.into()).then_some(down);
            }
        })
    }
}

/// What a provider that works answers of a grant, and whether that takes long.
pub fn answer_of(grant: Grant) -> (Answer, bool) {
    match grant {
        Grant::Alive => (Answer::Renewed, false),
        Grant::Revoked => (Answer::Ended, false),
        Grant::Blocked { retry_after } => (Answer::Refused(asked(retry_after)), false),
        Grant::Malformed | Grant::Hiccup => (Answer::Unavailable(None), false),
        Grant::Slow => (Answer::Unavailable(None), true),
        Grant::Limited { retry_after } => (Answer::RateLimited(asked(retry_after)), false),
    }
}

/// The same through Nhost Auth, which answers all that a provider says against a grant alike, and
/// whose own caller doesn't wait for a slow one.
pub fn through_nhost_auth((answer, slow): (Answer, bool)) -> (Answer, bool) {
    match answer {
        Answer::Renewed => (Answer::Renewed, slow),
        _ if slow => (Answer::Unavailable(None), true),
        _ => (Answer::Ambiguous, false),
    }
}
