//! The health of upstreams as `domain::Health` judges it, stored in the database for all replicas:
//! who may call now, and what an answer means.

mod answers;
mod call;
mod last_health;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

pub use answers::answer;
pub use call::{A_CALL_TAKES, Failed, Path};
use domain::{Admission, Answer, Health, Lane, Target, Targets};
pub use last_health::LastHealth;
use tokio::time::Instant;

use crate::{
    connections::{Connections, Error, error::Upstream, jobs::Place},
    store::{ConnectionRecord, KnownHealth, StoreError},
};

/// How long a user's call waits for its turn.
const TURN: Duration = Duration::from_secs(5);

/// How long it waits for its turn to probe an upstream that is down: as long as healthy ones take,
/// plus a moment.
const PROBE_TURN: Duration = Duration::from_secs(2);

/// When a call is told to come back that got no place at the front of its queue in time.
const QUEUED: Duration = Duration::from_secs(1);

/// How often a write of the health is retried after a conflict.
const WRITES: usize = 8;

/// The waiting calls of this process: each lane of an upstream has its own queue.
#[derive(Debug, Default)]
pub struct Lines(Mutex<HashMap<(Target, Lane), Line>>);

type Line = Arc<tokio::sync::Mutex<()>>;

impl Lines {
    fn of(&self, target: Target, lane: Lane) -> Line {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.entry((target, lane)).or_default().clone()
    }
}

/// The right to make one call.
#[derive(Debug)]
pub(in crate::connections) struct Turn {
    /// The other replicas must be notified of a success.
    pub news: bool,
    /// Of the worker: until the upstream has answered.
    pub place: Option<Place>,
}

impl Connections {
    /// Waits a little for a turn to refresh this connection.
    pub(in crate::connections) async fn turn(
        &self,
        record: &ConnectionRecord,
    ) -> Result<Turn, Error> {
        let targets = self.targets(record.provider);
        let (mut known, lane) = if self.usually_open(record).is_some() {
            (None, Lane::Healthy)
        } else {
            let known = self.health(targets).await?;
            let lane = lane(&known, record);
            (Some(known), lane)
        };
        // Only one task of this process asks at a time, in order of arrival; the others wait here.
        let queue = self.parts.work.lines.of(targets.called, lane);
        let _place = if let Ok(place) = queue.try_lock() {
            place
        } else {
            let Ok(place) = tokio::time::timeout(TURN, queue.lock()).await else {
                return Err(not_now(record, QUEUED));
            };
            known = None;
            place
        };
        if known.is_none()
            && let Some(turn) = self.usual_turn(record).await?
        {
            return Ok(turn);
        }
        let mut known = match known {
            Some(known) => known,
            None => self.health(targets).await?,
        };
        let began = Instant::now();
        loop {
            let (wait, patience) = match self.admit(&known, lane).await? {
                Err(wait) => (wait, PROBE_TURN),
                Ok(()) => match self.pace(targets.called, lane, 1).await? {
                    Ok(_) => return Ok(Turn { news: is_news(&known, record), place: None }),
                    Err(wait) => (wait, TURN),
                },
            };
            if Instant::now() + wait > began + patience {
                return Err(not_now(record, wait));
            }
            tokio::time::sleep(wait).await;
            known = self.health(targets).await?;
        }
    }

    /// The upstreams of a healthy connection as this process saw them last, if they were open.
    fn usually_open(&self, record: &ConnectionRecord) -> Option<Vec<KnownHealth>> {
        let targets = self.targets(record.provider);
        let known = self.parts.work.last_health.of(targets, record.now)?;
        let is_open =
            |known: &KnownHealth| known.health.admit(Lane::Healthy, known.now) == Admission::Open;
        let opens = lane(&known, record) == Lane::Healthy && known.iter().all(is_open);
        opens.then_some(known)
    }

    /// Takes a turn for a healthy connection if its upstreams are as this process saw them last, and
    /// open: one statement that confirms the first and takes the turn. `None`: the connection has
    /// failed, the upstreams have changed or are not open, or the next turn is not free yet.
    async fn usual_turn(&self, record: &ConnectionRecord) -> Result<Option<Turn>, Error> {
        let Some(known) = self.usually_open(record) else { return Ok(None) };
        let called = self.targets(record.provider).called;
        let rate = self.parts.pacing.rate(called);
        let taken = self.parts.store.pace_if_still(&known, rate).await?;
        Ok(taken.then(|| Turn { news: is_news(&known, record), place: None }))
    }

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

fn not_now(record: &ConnectionRecord, wait: Duration) -> Error {
    tracing::info!(
        provider = %record.provider,
        connection = %record.id,
        class = "held_back",
        retry_in_seconds = wait.as_secs_f32(),
        "a refresh was not tried: its upstream is down, or its rate limit is used up"
    );
    Error::UpstreamUnavailable {
        upstream: Upstream::Provider(record.provider),
        retry_after: wait.max(Duration::from_secs(1)),
    }
}
