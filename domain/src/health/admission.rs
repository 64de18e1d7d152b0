use chrono::{DateTime, TimeDelta, Utc};

use super::{Health, Lane, PAUSE};

/// Whether an upstream may be called now, according to its health.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// At the set pace.
    Open,
    /// Once, as a probe: if this health, with the slot taken, can be written over the one that was
    /// read.
    Probe(Box<Health>),
    /// Not for this long.
    Wait(TimeDelta),
}

impl Health {
    /// Whether a connection of this lane may call.
    pub fn admit(&self, lane: Lane, now: DateTime<Utc>) -> Admission {
        let healthy = lane == Lane::Healthy;
        if !self.is_down() || healthy && !self.is_certainly_down() {
            return Admission::Open;
        }
        match self.probe_at[lane.index()] {
            Some(at) if at > now => Admission::Wait(at - now),
            _ => {
                let mut taken = self.clone();
                let paused = self.paused_until.is_some_and(|until| until > now);
                let every = if paused { lane.probe_every().max(PAUSE) } else { lane.probe_every() };
                taken.probe_at[lane.index()] = Some(now + every);
                Admission::Probe(Box::new(taken))
            }
        }
    }
}
