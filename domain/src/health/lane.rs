use chrono::{DateTime, TimeDelta, Utc};

use super::Health;
use crate::History;

/// The queue that a call waits in. A dead grant never uses a healthy one's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Nothing has failed since the last success.
    Healthy,
    /// It was healthy when the upstream went down, and has only failed since then: most likely it
    /// is still healthy.
    Interrupted,
    /// It fails while others work, or started to before they failed.
    Suspect,
}

impl Lane {
    pub const ALL: [Self; 3] = [Self::Healthy, Self::Interrupted, Self::Suspect];
    pub(super) const COUNT: usize = Self::ALL.len();

    pub fn index(self) -> usize {
        match self {
            Self::Healthy => 0,
            Self::Interrupted => 1,
            Self::Suspect => 2,
        }
    }

    /// How often a connection of this lane probes an upstream that is down.
    pub(super) fn probe_every(self) -> TimeDelta {
        match self {
            Self::Healthy => TimeDelta::seconds(1),
            Self::Interrupted => TimeDelta::seconds(5),
            Self::Suspect => TimeDelta::seconds(10),
        }
    }

    /// The lane of a connection over all upstreams of its calls: the best one, because a failure
    /// that one of them explains is not the connection's own.
    pub fn of(history: &History, called: &Health, behind: Option<&Health>) -> Self {
        let called = called.lane(history);
        behind.map_or(called, |behind| behind.lane(history).min(called))
    }
}

/// A call that was running when an outage began or ended belongs to it.
pub(super) const UNDER_WAY: TimeDelta = TimeDelta::seconds(15);

impl Health {
    /// The lane of a connection at this upstream.
    pub fn lane(&self, history: &History) -> Lane {
        let Some(last) = history.last_failed_at else { return Lane::Healthy };
        let first = history.first_failed_at.unwrap_or(last);
        let interrupted = self
            .interruptions()
            .any(|(since, until)| first >= since && until.is_none_or(|until| last <= until));
        if interrupted { Lane::Interrupted } else { Lane::Suspect }
    }

    /// The time since which the upstream has been down, if it is (`None`: it is still down), and
    /// its last outage. Connections that failed only within one of these were just interrupted by
    /// it.
    pub fn interruptions(
        &self,
    ) -> impl Iterator<Item = (DateTime<Utc>, Option<DateTime<Utc>>)> + use<> {
        let now = self.failing_since.filter(|_| self.is_down()).map(|since| (since, None));
        let last = self.outage.map(|(since, until)| (since, Some(until + UNDER_WAY)));
        now.into_iter().chain(last).map(|(since, until)| (since - UNDER_WAY, until))
    }
}
