//! The health of upstreams as `domain::Health` judges it, stored in the database for all replicas:
//! who may call now, and what an answer means.

mod answers;
mod call;
mod last_health;
mod turn;

use std::time::Duration;

pub use answers::answer;
pub use call::{A_CALL_TAKES, Failed, Path};
use domain::{Admission, Answer, Health, Lane, Target, Targets};
pub use last_health::LastHealth;
pub use turn::Lines;
pub(in crate::connections) use turn::Turn;

use crate::{
    connections::Connections,
    store::{ConnectionRecord, KnownHealth, StoreError},
};

/// How often a write of the health is retried after a conflict.
const WRITES: usize = 8;

impl Connections {
    /// Whether the health allows a call in this lane; a probe takes the slot. `Err`: how long to
    /// wait.
    pub(in crate::connections) async fn admit(
        &self,
        known: &[KnownHealth],
        lane: Lane,
    ) -> Result<Result<(), Duration>, StoreError> {
        if let Some(wait) = must_wait(known, lane) {
            return Ok(Err(wait));
        }
        for known in known {
            if let Admission::Probe(taken) = known.health.admit(lane, known.now)
                && !self.replace_health(known, &taken).await?
            {
                // Another replica took it, or the upstream's health has changed.
                return Ok(Err(Duration::from_millis(50)));
            }
        }
        Ok(Ok(()))
    }

    /// Up to `wanted` turns. `Err`: how long until the next one.
    pub(in crate::connections) async fn pace(
        &self,
        target: Target,
        lane: Lane,
        wanted: u32,
    ) -> Result<Result<u32, Duration>, StoreError> {
        self.parts.store.pace(target, lane, wanted, self.parts.pacing.rate(target)).await
    }

    /// Unused turns go to others.
    pub(in crate::connections) async fn give_back_turns(
        &self,
        target: Target,
        lane: Lane,
        unused: u32,
    ) -> Result<(), StoreError> {
        let rate = self.parts.pacing.rate(target);
        self.parts.store.give_back_turns(target, lane, unused, rate).await
    }

    /// Tells all replicas what a response means for the upstreams. Returns the provider's health
    /// before it.
    pub(in crate::connections) async fn note(
        &self,
        record: &ConnectionRecord,
        answer: Answer,
    ) -> Option<KnownHealth> {
        let noted = self.try_note(record, answer).await;
        noted.unwrap_or_else(|error| {
            tracing::warn!(
                cause = error.causes(),
                provider = %record.provider,
                "the health of an upstream could not be stored: check that the database is up"
            );
            None
        })
    }

    async fn try_note(
        &self,
        record: &ConnectionRecord,
        answer: Answer,
    ) -> Result<Option<KnownHealth>, StoreError> {
        let targets = self.targets(record.provider);
        let mut before = None;
        // A response counts once for each upstream.
        let mut left: Vec<_> = targets.all().collect();
        for _ in 0..WRITES {
            let known = self.health(targets).await?;
            before = before.or_else(|| known.last().cloned());
            for known in &known {
                let next = after(known, answer, record);
                if left.contains(&known.target)
                    && (next == known.health || self.replace_health(known, &next).await?)
                {
                    left.retain(|target| *target != known.target);
                }
            }
            if left.is_empty() {
                break;
            }
        }
        Ok(before)
    }

    pub(in crate::connections) fn targets(&self, provider: domain::Provider) -> Targets {
        match self.path(provider) {
            Path::Direct => Targets::direct(provider),
            Path::NhostAuth => Targets::through_nhost_auth(provider),
        }
    }
}

/// The lane of a connection.
pub(in crate::connections) fn lane(known: &[KnownHealth], record: &ConnectionRecord) -> Lane {
    let mut healths = known.iter().map(|known| &known.health);
    let called = healths.next();
    called.map_or(Lane::Healthy, |called| Lane::of(&record.history(), called, healths.next()))
}

/// How long connections of this lane must wait before calling, if at all.
pub(in crate::connections) fn must_wait(known: &[KnownHealth], lane: Lane) -> Option<Duration> {
    let waits = known.iter().filter_map(|known| match known.health.admit(lane, known.now) {
        Admission::Wait(wait) => wait.to_std().ok(),
        _ => None,
    });
    waits.max()
}

/// Whether a success of this connection is worth a write.
pub(in crate::connections) fn is_news(known: &[KnownHealth], record: &ConnectionRecord) -> bool {
    known.iter().any(|known| after(known, Answer::Renewed, record) != known.health)
}

/// The health of the upstream after its response.
fn after(known: &KnownHealth, answer: Answer, record: &ConnectionRecord) -> Health {
    let KnownHealth { target, health, now, .. } = known;
    let history = record.history();
    match target {
        Target::Behind(_) => health.behind(answer, &history, *now),
        Target::NhostAuth => health.called(answer, &history, true, *now),
        Target::Direct(_) | Target::Revocation(_) | Target::UserInfo(_) => {
            health.called(answer, &history, false, *now)
        }
    }
}
