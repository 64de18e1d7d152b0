//! How a user's call waits for its turn.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{Admission, Lane, Target};
use tokio::time::Instant;

use super::{is_news, lane};
use crate::{
    connections::{Connections, Error, error::Upstream, jobs::Place},
    store::{ConnectionRecord, KnownHealth},
};

/// How long a user's call waits for its turn.
const TURN: Duration = Duration::from_secs(5);

/// How long it waits for its turn to probe an upstream that is down: as long as healthy ones take,
/// plus a moment.
const PROBE_TURN: Duration = Duration::from_secs(2);

/// When a call is told to come back that got no place at the front of its queue in time.
const QUEUED: Duration = Duration::from_secs(1);

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
        let (mut known, lane) = if self.last_seen_open(record).is_some() {
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
            // What was read before waiting may be old.
            known = None;
            place
        };
        if known.is_none()
            && let Some(turn) = self.turn_by_last_health(record).await?
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
    fn last_seen_open(&self, record: &ConnectionRecord) -> Option<Vec<KnownHealth>> {
        let targets = self.targets(record.provider);
        let known = self.parts.work.last_health.of(targets, record.now)?;
        let is_open =
            |known: &KnownHealth| known.health.admit(Lane::Healthy, known.now) == Admission::Open;
        let opens = lane(&known, record) == Lane::Healthy && known.iter().all(is_open);
        opens.then_some(known)
    }

    /// Takes a turn for a healthy connection if its upstreams were open when this process saw them
    /// last. One statement confirms that they are unchanged, and takes the turn. `None`: the
    /// connection has failed, the upstreams have changed or are not open, or the next turn is not
    /// free yet.
    async fn turn_by_last_health(&self, record: &ConnectionRecord) -> Result<Option<Turn>, Error> {
        let Some(known) = self.last_seen_open(record) else { return Ok(None) };
        let called = self.targets(record.provider).called;
        let rate = self.parts.pacing.rate(called);
        let taken = self.parts.store.pace_if_unchanged(&known, rate).await?;
        Ok(taken.then(|| Turn { news: is_news(&known, record), place: None }))
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
