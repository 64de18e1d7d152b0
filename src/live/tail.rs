use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::store::{Appended, Store, StoreError};

/// Ids are given before the commit: one may appear after a higher one has. For this long it is
/// awaited, which is far longer than any of this server's transactions.
const LATE: Duration = Duration::from_mins(1);
/// How far below the newest event one is awaited when following begins.
const DEPTH: u64 = 1_000;
/// Events that are remembered at most.
const REMEMBERED: usize = 20_000;

/// The end of the event table, of which each event is seen once, in whatever order they appear.
pub struct Tail {
    /// Nothing at or below it is awaited any more.
    floor: i64,
    seen: BTreeMap<i64, Instant>,
}

/// What has appeared.
#[derive(Debug, PartialEq, Eq)]
pub enum News {
    These(Vec<Appended>),
    /// More than is looked at: it must be taken for granted that everything has changed.
    Flood,
}

impl Tail {
    /// Begins after the events that are there.
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

    /// What has appeared since.
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
