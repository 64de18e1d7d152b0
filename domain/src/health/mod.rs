//! The health of an upstream, on which all replicas agree: a pure function of the connections that
//! called it, its answers, and when they came.
//!
//! **The evidence is connections that were healthy before.** A connection's first failure since its
//! last success says something about the upstream; later ones say nothing, because they may be the
//! connection's own. So a hundred blocked grants count once each. Grants that were never renewed
//! since their sign-in make an upstream *look* down at the most (below), so nobody makes it *be* down
//! by signing in and revoking again and again.
//!
//! **Three failures in a row** mean that the upstream *looks* down. Healthy connections still go
//! through, since each of them is new evidence and calls just once; those that have failed already
//! share a few probes, each [`Lane`] at its own rate. **Two hundred in a row** (or Nhost Auth's own
//! 429, which limits callers and not grants) mean that it *is* down, and the healthy probe once a
//! second as well. One success ends all that, for everybody.
//!
//! | lane | up | looks down | is down |
//! |---|---|---|---|
//! | healthy | at the pace | at the pace | one a second |
//! | interrupted: healthy when the trouble began | at the pace | one in 5 s | one in 5 s |
//! | suspect: failed while others worked | at the suspects' pace | one in 10 s | one in 10 s |
//!
//! A pause that the upstream asks for (`Retry-After`) is five minutes at most and begins only when
//! the upstream looks down: one user's limit is nobody else's. It holds back the two lower lanes,
//! for a minute until the first probe; each connection that was told to wait waits as long.
//!
//! Refusals are counted apart from failures. They close nothing; [`classify`](crate::classify) needs
//! them to tell a dead grant from an outage.

mod admission;
mod lane;
mod target;

use std::time::Duration;

pub use admission::Admission;
use chrono::{DateTime, TimeDelta, Utc};
pub use lane::Lane;
use lane::UNDER_WAY;
pub use target::{Target, Targets};
use uuid::Uuid;

use crate::{Answer, History, State};

/// So many connections that were healthy before, failing one after the other, are a fault of the
/// upstream.
pub const THRESHOLD: i32 = 3;

/// So many leave no doubt: it takes as many accounts, each renewed before, that are spoiled at once,
/// to make an upstream that works look like this. It is also what the pace lets through while a
/// reader waits, so that nobody who is held back would have had a turn in time without.
pub(crate) const CERTAIN: i32 = 200;

/// So many are asked in vain, one after the other, until it is left at one a minute.
pub(crate) const MANY: i32 = 10;

/// How long an upstream that limits the rate is left alone where it doesn't say for how long, and
/// the longest that healthy connections leave it alone.
const PAUSE: TimeDelta = TimeDelta::seconds(10);

/// Refusals that are further apart have nothing to do with each other.
const RUN: TimeDelta = TimeDelta::hours(24);

/// A success is news if the last one was noted this long ago.
const NEWS: TimeDelta = TimeDelta::seconds(5);

/// What is known of one upstream, for one kind of call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Connections that were healthy before and failed, in a row: `CERTAIN` at most, and
    /// [`THRESHOLD`] by those whose grants were never renewed.
    pub failures: i32,
    /// The last of them.
    pub last_failed: Option<Uuid>,
    /// When the first of them failed.
    pub failing_since: Option<DateTime<Utc>>,
    /// The upstream asked to be left alone until then. When that is over, probes look whether it
    /// works.
    pub paused_until: Option<DateTime<Utc>>,
    /// Connections whose grants were refused for the first time since they were renewed, in a row.
    /// That opens no breaker; it tells one dead grant from a refusal of everybody.
    pub refusals: i32,
    pub last_refused_at: Option<DateTime<Utc>>,
    /// The last unclear refusal of one of them that had been renewed since its sign-in.
    pub proven_refused_at: Option<DateTime<Utc>>,
    /// Those of them that had never been renewed, and were said to have ended.
    pub unused_ended: i32,
    pub last_success_at: Option<DateTime<Utc>>,
    /// The last time that it was down, from the first failure to the success that ended it.
    pub outage: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// When a connection was renewed that had been refused, and had failed more than once in a row:
    /// the last proof that this upstream refuses grants that are alive.
    pub recovered_at: Option<DateTime<Utc>>,
    /// The same, of a connection that was renewed at its second try.
    pub stumbled_at: Option<DateTime<Utc>>,
    /// When the next probe of each lane may go, while the upstream is down.
    pub probe_at: [Option<DateTime<Utc>>; Lane::COUNT],
    /// When a healthy connection was last refreshed for no other reason than to see whether the
    /// provider works.
    pub asked_at: Option<DateTime<Utc>>,
}

impl Health {
    /// Whether calls are held back to probes.
    pub fn is_down(&self) -> bool {
        self.failures >= THRESHOLD || self.paused_until.is_some()
    }

    /// Whether it is down beyond doubt. Until then healthy connections are let through, and each
    /// says a new thing of the upstream.
    pub(crate) fn is_certainly_down(&self) -> bool {
        self.failures >= CERTAIN
    }

    /// Whether the provider has renewed somebody's token at that moment or later, and has
    /// refused no healthy connection since then that had been renewed before.
    pub fn works_since(&self, moment: DateTime<Utc>) -> bool {
        let since = self.proven_refused_at.unwrap_or(moment).max(moment);
        self.last_success_at.is_some_and(|at| at >= since)
    }

    /// The upstream that was called, after it has answered. `through`: the provider is behind it, so
    /// that what it says of a grant is a provider's word, and its own word is that it works.
    #[must_use]
    pub fn called(
        &self,
        answer: Answer,
        history: &History,
        through: bool,
        now: DateTime<Utc>,
    ) -> Self {
        match answer {
            Answer::Renewed => self.worked(history, now),
            Answer::Ambiguous | Answer::NotEnabled if through => self.answered(now),
            Answer::Ended => self.refused(answer, history, now).answered(now),
            Answer::Refused(_) | Answer::Ambiguous | Answer::NotEnabled => {
                self.refused(answer, history, now)
            }
            Answer::ClientRefused => self.failed(history, most(history), now),
            // Nhost Auth limits callers, not grants: this concerns everybody, beyond doubt.
            Answer::RateLimited(asked) if through && history.is_healthy() => {
                Self { failures: CERTAIN, ..self.paused(asked.unwrap_or_default(), now) }
            }
            Answer::RateLimited(_) if through => self.clone(),
            // A provider may limit one user.
            Answer::RateLimited(asked) => {
                let asked = Some(asked.unwrap_or_default());
                self.failed_and_asked(asked, history, most(history), now)
            }
            // It is Nhost Auth itself that is down, whoever calls.
            Answer::Unavailable(asked) if through => {
                self.failed_and_asked(asked, history, CERTAIN, now)
            }
            Answer::Unavailable(asked) => self.failed_and_asked(asked, history, most(history), now),
        }
    }

    /// One answer is no reason to leave everybody waiting, however long it asks for.
    fn failed_and_asked(
        &self,
        asked: Option<Duration>,
        history: &History,
        most: i32,
        now: DateTime<Utc>,
    ) -> Self {
        let failed = self.failed(history, most, now);
        match asked {
            Some(asked) if failed.is_down() && !self.is_down() => failed.paused(asked, now),
            _ => failed,
        }
    }

    /// The provider behind the upstream that was called.
    #[must_use]
    pub fn behind(&self, answer: Answer, history: &History, now: DateTime<Utc>) -> Self {
        match answer {
            Answer::Renewed => self.worked(history, now),
            Answer::Ambiguous => {
                self.refused(answer, history, now).failed(history, most(history), now)
            }
            _ => self.clone(),
        }
    }

    /// A token was renewed.
    fn worked(&self, history: &History, now: DateTime<Utc>) -> Self {
        let stale = self.last_success_at.is_none_or(|at| now - at >= NEWS);
        let troubled = self.failures > 0
            || self.refusals > 0
            || self.is_down()
            || self.proven_refused_at > self.last_success_at;
        let asked = self.asked_at > self.last_success_at;
        let refused = history.first_refused_at.is_some();
        if !stale && !troubled && !asked && !refused {
            return self.clone();
        }
        let recovered = refused && history.failures > 1;
        let stumbled = refused && !recovered;
        Self {
            last_success_at: Some(now),
            recovered_at: if recovered { Some(now) } else { self.recovered_at },
            stumbled_at: if stumbled { Some(now) } else { self.stumbled_at },
            refusals: 0,
            unused_ended: 0,
            asked_at: self.asked_at,
            ..self.answered(now)
        }
    }

    /// It gave an answer of its own: it is up.
    fn answered(&self, now: DateTime<Utc>) -> Self {
        let outage = match self.failing_since {
            Some(since) if self.is_down() => Some((since, now)),
            _ => self.outage,
        };
        Self {
            failures: 0,
            last_failed: None,
            failing_since: None,
            paused_until: None,
            probe_at: Default::default(),
            outage,
            ..self.clone()
        }
    }

    fn failed(&self, history: &History, most: i32, now: DateTime<Utc>) -> Self {
        let counts = history.is_healthy() && self.last_failed != Some(history.connection_id);
        if !counts || self.failures >= most {
            return self.clone();
        }
        let mut failed = Self {
            failures: self.failures + 1,
            last_failed: Some(history.connection_id),
            failing_since: self.failing_since.or(Some(now)),
            ..self.clone()
        };
        if failed.is_down() && !self.is_down() {
            failed.schedule_probes(now);
        }
        failed
    }

    fn refused(&self, answer: Answer, history: &History, now: DateTime<Utc>) -> Self {
        if history.first_refused_at.is_some() {
            return self.goes_on_refusing(history, now);
        }
        let in_a_row = self.last_refused_at.is_some_and(|at| now - at < RUN);
        let (refusals, unused_ended) =
            if in_a_row { (self.refusals, self.unused_ended) } else { (0, 0) };
        let unused = answer == Answer::Ended && history.is_unused();
        // A clear end casts no doubt on what is unclear.
        let says_nothing = answer == Answer::Ended || history.is_unused();
        Self {
            proven_refused_at: if says_nothing { self.proven_refused_at } else { Some(now) },
            refusals: (refusals + 1).min(MANY),
            unused_ended: (unused_ended + i32::from(unused)).min(THRESHOLD),
            last_refused_at: Some(now),
            ..self.clone()
        }
    }

    /// Whoever is refused still, and was before the last one was, is no success to be had: that one
    /// is not alone. And while several are refused, whoever joins them is one of them, however long
    /// it has been. What was found to have ended says nothing any more.
    fn goes_on_refusing(&self, history: &History, now: DateTime<Utc>) -> Self {
        let Some(last) = self.last_refused_at else { return self.clone() };
        if history.state == State::ReauthenticationRequired {
            return self.clone();
        }
        let before = history.first_refused_at.is_some_and(|first| first + UNDER_WAY < last);
        let refusals = if self.refusals == 1 && before { self.refusals + 1 } else { self.refusals };
        let several = refusals > 1 && now - last >= RUN / 2;
        let last_refused_at = if several { Some(now) } else { Some(last) };
        Self { refusals, last_refused_at, ..self.clone() }
    }

    fn paused(&self, asked: Duration, now: DateTime<Utc>) -> Self {
        let longest = TimeDelta::from_std(Answer::LONGEST_PAUSE).unwrap_or(PAUSE);
        let asked = TimeDelta::from_std(asked).unwrap_or(longest);
        let asked = if asked.is_zero() { PAUSE } else { asked };
        let until = now + asked.clamp(TimeDelta::seconds(1), longest);
        let mut paused = Self {
            paused_until: self.paused_until.max(Some(until)),
            failing_since: self.failing_since.or(Some(now)),
            ..self.clone()
        };
        // Who was not limited itself looks after a minute whether all are.
        paused.schedule_probes(until.min(now + TimeDelta::minutes(1)));
        paused.probe_at[Lane::Interrupted.index()] = Some(until.min(now + TimeDelta::minutes(1)));
        paused.probe_at[Lane::Healthy.index()] = Some(until.min(now + PAUSE));
        paused
    }

    fn schedule_probes(&mut self, from: DateTime<Utc>) {
        for lane in [Lane::Interrupted, Lane::Suspect] {
            self.probe_at[lane.index()] = Some(from + lane.probe_every());
        }
    }
}

/// How far a connection can take the count. Whoever signs in and spoils the grant, again and again,
/// makes the upstream look down at the most.
fn most(history: &History) -> i32 {
    if history.is_unused() { THRESHOLD } else { CERTAIN }
}
