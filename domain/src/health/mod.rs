//! How an upstream fares, as all replicas agree on it: a pure function of the connections that
//! called it, what was answered, and when.
//!
//! The evidence is *connections that were healthy before*: the first failure of a connection since
//! its last success says something of the upstream, its later ones never. So three accounts that
//! revoke their own grants, or a hundred that are blocked, are counted once each and no more.
//! While an upstream is down, probes find out when it is back, each [`Lane`] at its own rate: no
//! dead connection can use up the probes of the healthy, and one success ends it for all.

mod admission;
mod lane;
mod target;

pub use admission::Admission;
use chrono::{DateTime, TimeDelta, Utc};
pub use lane::Lane;
pub use target::{Target, Targets};
use uuid::Uuid;

use crate::{Answer, History};

/// So many connections that were healthy before, failing one after the other, are a fault of the
/// upstream.
pub const THRESHOLD: i32 = 3;

/// How long an upstream that limits the rate is left alone where it doesn't say for how long.
const PAUSE: TimeDelta = TimeDelta::seconds(10);

/// Refusals that are further apart have nothing to do with each other.
const RUN: TimeDelta = TimeDelta::hours(24);

/// One healthy connection is refreshed this often at most to see whether the provider works.
pub(crate) const ASK_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A success is news if the last one was noted this long ago.
const NEWS: TimeDelta = TimeDelta::seconds(5);

/// What is known of one upstream, for one kind of call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Connections that were healthy before and failed, in a row: [`THRESHOLD`] at most.
    pub failures: i32,
    /// The last of them.
    pub last_failed: Option<Uuid>,
    /// When the first of them failed.
    pub failing_since: Option<DateTime<Utc>>,
    /// The upstream asked to be left alone until then. When that is over, probes look whether it
    /// works.
    pub paused_until: Option<DateTime<Utc>>,
    /// Connections that were healthy before and whose grants were refused, in a row. That opens no
    /// breaker; it tells one dead grant from a refusal of everybody.
    pub refusals: i32,
    pub last_refused_at: Option<DateTime<Utc>>,
    /// Those of them that had never been renewed, and were said to have ended.
    pub unused_ended: i32,
    pub last_success_at: Option<DateTime<Utc>>,
    /// The last time that it was down, from the first failure to the success that ended it.
    pub outage: Option<(DateTime<Utc>, DateTime<Utc>)>,
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

    /// Whether somebody's refresh was asked for just now, to see whether the provider works.
    pub fn asks_too_soon(&self, now: DateTime<Utc>) -> bool {
        self.asked_at.is_some_and(|at| now - at < ASK_EVERY)
    }

    /// Whether the provider has renewed somebody's token at that moment or later, and no healthy
    /// connection has failed since.
    pub fn works_since(&self, moment: DateTime<Utc>) -> bool {
        self.failures == 0 && self.last_success_at.is_some_and(|at| at >= moment)
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
            Answer::Renewed => self.worked(now),
            Answer::Ambiguous | Answer::NotEnabled if through => self.answered(now),
            Answer::Ended => self.refused(answer, history, now).answered(now),
            Answer::Refused(_) | Answer::Ambiguous | Answer::NotEnabled => {
                self.refused(answer, history, now)
            }
            Answer::ClientRefused => self.failed(history, now),
            Answer::RateLimited(asked) if history.is_healthy() => {
                let asked = asked.and_then(|asked| TimeDelta::from_std(asked).ok());
                self.paused(asked.unwrap_or(PAUSE), now)
            }
            Answer::RateLimited(_) => self.clone(),
            Answer::Unavailable(asked) => {
                let failed = self.failed(history, now);
                // One answer is no reason to leave everybody waiting, however long it asks for.
                match asked.and_then(|asked| TimeDelta::from_std(asked).ok()) {
                    Some(asked) if failed.is_down() && !self.is_down() => failed.paused(asked, now),
                    _ => failed,
                }
            }
        }
    }

    /// The provider behind the upstream that was called.
    #[must_use]
    pub fn behind(&self, answer: Answer, history: &History, now: DateTime<Utc>) -> Self {
        match answer {
            Answer::Renewed => self.worked(now),
            Answer::Ambiguous => self.refused(answer, history, now).failed(history, now),
            _ => self.clone(),
        }
    }

    /// A token was renewed.
    fn worked(&self, now: DateTime<Utc>) -> Self {
        let stale = self.last_success_at.is_none_or(|at| now - at >= NEWS);
        let troubled = self.failures > 0 || self.refusals > 0 || self.is_down();
        if !stale && !troubled {
            return self.clone();
        }
        Self {
            last_success_at: Some(now),
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

    fn failed(&self, history: &History, now: DateTime<Utc>) -> Self {
        let counts = history.is_healthy() && self.last_failed != Some(history.connection_id);
        if !counts || self.failures >= THRESHOLD {
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
        if !history.is_healthy() || !answer.refuses_grant() {
            return self.clone();
        }
        let in_a_row = self.last_refused_at.is_some_and(|at| now - at < RUN);
        let (refusals, unused_ended) =
            if in_a_row { (self.refusals, self.unused_ended) } else { (0, 0) };
        let unused = answer == Answer::Ended && history.is_unused();
        Self {
            refusals: (refusals + 1).min(THRESHOLD),
            unused_ended: (unused_ended + i32::from(unused)).min(THRESHOLD),
            last_refused_at: Some(now),
            ..self.clone()
        }
    }

    fn paused(&self, asked: TimeDelta, now: DateTime<Utc>) -> Self {
        let longest = TimeDelta::from_std(Answer::LONGEST_PAUSE).unwrap_or(PAUSE);
        let until = now + asked.clamp(TimeDelta::seconds(1), longest);
        let mut paused = Self {
            paused_until: self.paused_until.max(Some(until)),
            failing_since: self.failing_since.or(Some(now)),
            ..self.clone()
        };
        paused.schedule_probes(until);
        paused
    }

    fn schedule_probes(&mut self, from: DateTime<Utc>) {
        for lane in Lane::ALL {
            self.probe_at[lane.index()] = Some(from + lane.first_probe_after());
        }
    }
}
