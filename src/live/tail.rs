use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::store::{Appended, Store, StoreError};

/// Ids are assigned before the commit, so one may appear after a higher one. It is awaited for this
/// long, much longer than any of this server's transactions takes.
const LATE: Duration = Duration::from_mins(1);
/// How far below the newest event an id is awaited when following starts.
const DEPTH: u64 = 1_000;
/// The maximum number of events that are remembered.
const REMEMBERED: usize = 20_000;

/// The end of the event table. Each event is seen once, in whatever order events appear.
pub struct Tail {
    /// No event at or below this id is awaited any more.
    floor: i64,
    seen: BTreeMap<i64, Instant>,
}

/// The events that have appeared.
#[derive(Debug, PartialEq, Eq)]
pub enum News {
    These(Vec<Appended>),
    /// Too many to read: everything must be assumed to have changed.
    Flood,
}

impl Tail {
    /// Starts after the existing events.
    pub async fn begin(store: &Store) -> Result<Self, StoreError> {
        let there = store.newest_events(DEPTH).await?;
        let lowest = there.iter().map(|(id, _)| *id).min();
        let all = u64::try_from(there.len()).unwrap_or(u64::MAX) < DEPTH;
        let now = Instant::now();
        Ok(Self {
            floor: if all { 0 } else { lowest.unwrap_or(0) },
            seen: there.into_iter().map(|(id, _)| (id, now)).collect(),
        })
    }

    /// The events that have appeared since.
    pub async fn news(&mut self, store: &Store) -> Result<News, StoreError> {
        let limit = u64::try_from(REMEMBERED).unwrap_or(u64::MAX);
        let mut above = store.events_above(self.floor, limit).await?;
        let now = Instant::now();
        if above.len() >= REMEMBERED {
            *self = Self::begin(store).await?;
            return Ok(News::Flood);
        }
        above.retain(|(id, _)| {
            self.seen.insert(*id, now).is_none_or(|since| {
                // It stays as old as it was.
                self.seen.insert(*id, since);
                false
            })
        });
        self.forget(now);
        Ok(News::These(above))
    }

    /// Whether this event was seen.
    pub fn has_seen(&self, id: i64) -> bool {
        self.seen.contains_key(&id)
    }

    fn forget(&mut self, now: Instant) {
        let old = |since: Instant| now.duration_since(since) > LATE;
        let highest = self.seen.iter().filter(|(_, since)| old(**since)).map(|(id, _)| *id).max();
        if let Some(highest) = highest {
            self.floor = self.floor.max(highest);
            self.seen = self.seen.split_off(&(self.floor + 1));
        }
    }
}
