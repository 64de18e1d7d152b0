//! The health of an upstream, on which all replicas agree: a pure function of the connections that
//! called it, its answers, and when they came.
//!
//! **The evidence is connections that were healthy before.** A connection's first failure since its
//! last success says something about the upstream; later ones say nothing, because they may be the
//! connection's own. So a hundred blocked grants count once each. Grants that were never refreshed
//! since their sign-in can at most make an upstream *look* down (below), so nobody can make it *be*
//! down by signing in and revoking again and again.
//!
//! **Three failures in a row** mean that the upstream *looks* down. Healthy connections still go
//! through, because each of them is new evidence and calls only once; those that have already
//! failed share a few probes, each [`Lane`] at its own rate. **Two hundred in a row** (or Nhost
//! Auth's own 429, which limits callers and not grants) mean that it *is* down, and healthy
//! connections are limited to one probe a second as well. One success ends all that, for everyone.
//!
//! | lane | up | looks down | is down |
//! |---|---|---|---|
//! | healthy | at the pace | at the pace | one a second |
//! | interrupted: healthy when the trouble began | at the pace | one in 5 s | one in 5 s |
//! | suspect: failed while others worked | at the suspects' pace | one in 10 s | one in 10 s |
//!
//! A pause that the upstream asks for (`Retry-After`) lasts five minutes at most and starts only
//! when the upstream looks down: one user's limit does not affect others. It holds back the two
//! lower lanes, for a minute until the first probe; a connection that was asked to wait waits as
//! long itself.
//!
//! Rejections are counted separately from failures. They hold nothing back;
//! [`classify`](crate::classify) needs them to tell a dead grant from an outage.

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

/// This many failures in a row of connections that were healthy before mean that the upstream is at
/// fault.
pub const THRESHOLD: i32 = 3;

/// This many are certain: to make a working upstream look like this, that many accounts, each
/// refreshed before, would have to be spoiled at once. It is also the number that the pace lets
/// through while a reader waits, so that nobody who is held back would otherwise have had a turn in
/// time.
pub(crate) const CERTAIN: i32 = 200;

/// This many are tried without success, one after the other, before the rate drops to one a minute.
pub(crate) const MANY: i32 = 10;

/// How long to wait for an upstream that limits the rate without saying for how long, and the
/// longest wait of healthy connections.
const PAUSE: TimeDelta = TimeDelta::seconds(10);

/// Rejections that are further apart are unrelated.
const RUN: TimeDelta = TimeDelta::hours(24);

/// A success is worth recording if the last one was recorded this long ago.
const NEWS: TimeDelta = TimeDelta::seconds(5);

/// What is known about one upstream, for one kind of call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Consecutive failures of connections that were healthy before: at most `CERTAIN`, and at most
    /// [`THRESHOLD`] from those whose grants were never refreshed.
    pub failures: i32,
    /// The last of them.
    pub last_failed: Option<Uuid>,
    /// When the first of them failed.
    pub failing_since: Option<DateTime<Utc>>,
    /// The upstream asked to wait until then. After that, probes check whether it works.
    pub paused_until: Option<DateTime<Utc>>,
    /// Consecutive connections whose grants were rejected for the first time since they were
    /// refreshed. They hold nothing back; they tell one dead grant from a rejection of everyone.
    pub refusals: i32,
    pub last_refused_at: Option<DateTime<Utc>>,
    /// The last unclear rejection of one of them that had been refreshed since its sign-in.
    pub proven_refused_at: Option<DateTime<Utc>>,
    /// Those of them that had never been refreshed, and were reported as ended.
    pub unused_ended: i32,
    pub last_success_at: Option<DateTime<Utc>>,
    /// Its last outage, from the first failure to the success that ended it.
    pub outage: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// When a connection was refreshed that had been rejected and had failed more than once in a
    /// row: the latest proof that this upstream rejects grants that are alive.
    pub recovered_at: Option<DateTime<Utc>>,
    /// The same, for a connection that was refreshed at its second attempt.
    pub stumbled_at: Option<DateTime<Utc>>,
    /// When the next probe of each lane may start, while the upstream is down.
    pub probe_at: [Option<DateTime<Utc>>; Lane::COUNT],
    /// When a healthy connection was last refreshed only to see whether the provider works.
    pub asked_at: Option<DateTime<Utc>>,
}

impl Health {
    /// Whether only probes are allowed.
    pub fn is_down(&self) -> bool {
        self.failures >= THRESHOLD || self.paused_until.is_some()
    }

    /// Whether it is certainly down. Until then, healthy connections are let through, because each
    /// is new evidence about the upstream.
    pub(crate) fn is_certainly_down(&self) -> bool {
        self.failures >= CERTAIN
    }

    /// Whether the provider has refreshed a token at that time or later, and since then has
    /// rejected no healthy connection that had been refreshed before.
    pub fn works_since(&self, moment: DateTime<Utc>) -> bool {
        let since = self.proven_refused_at.unwrap_or(moment).max(moment);
        self.last_success_at.is_some_and(|at| at >= since)
    }

    /// The upstream that was called, after its answer. `through`: the provider is behind it, so
    /// that what it says about a grant comes from the provider, and shows that it works itself.
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
            // Nhost Auth limits callers, not grants: this certainly concerns everyone.
            Answer::RateLimited(asked) if through && history.is_healthy() => {
                Self { failures: CERTAIN, ..self.paused(asked.unwrap_or_default(), now) }
            }
            Answer::RateLimited(_) if through => self.clone(),
            // A provider may limit one user.
            Answer::RateLimited(asked) => {
                let asked = Some(asked.unwrap_or_default());
                self.failed_and_asked(asked, history, most(history), now)
            }
            // Nhost Auth itself is down, for every caller.
            Answer::Unavailable(asked) if through => {
                self.failed_and_asked(asked, history, CERTAIN, now)
            }
            Answer::Unavailable(asked) => self.failed_and_asked(asked, history, most(history), now),
        }
    }

    /// One answer must not make everyone wait, however long it asks for.
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

    /// A token was refreshed.
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

    /// It answered on its own behalf: it is up.
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
        // A clear end does not affect unclear ones.
        let says_nothing = answer == Answer::Ended || history.is_unused();
        Self {
            proven_refused_at: if says_nothing { self.proven_refused_at } else { Some(now) },
            refusals: (refusals + 1).min(MANY),
            unused_ended: (unused_ended + i32::from(unused)).min(THRESHOLD),
            last_refused_at: Some(now),
            ..self.clone()
        }
    }

    /// A connection that is still rejected, and already was before the last rejection, shows that
    /// the last one is not alone. And while several are rejected, a new one is one of them, however
    /// long it has been. Connections that were found to have ended say nothing any more.
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
        // A connection that was not limited itself checks after a minute whether all are.
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

/// How far a connection can raise the count. Someone who signs in and spoils the grant, again and
/// again, can at most make the upstream look down.
fn most(history: &History) -> i32 {
    if history.is_unused() { THRESHOLD } else { CERTAIN }
}
