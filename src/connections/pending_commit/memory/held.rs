use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{ConnectionKey, Kind, Provider, State};
use tokio::time::Instant;
use uuid::Uuid;

use super::PendingCommit;
use crate::store::ConnectionRecord;

#[derive(Clone, Debug)]
pub(super) struct Held {
    pub commit_id: Uuid,
    pub record: Arc<ConnectionRecord>,
    /// When the row was read that its tokens follow, by the database's clock.
    pub read_at: DateTime<Utc>,
    /// The database has no tokens of it at all.
    first: bool,
    /// A sign-in made it, so the database perhaps shows no connection: it never had one, or the one before was
    /// removed.
    is_new: bool,
    /// It will not be written: the connection was removed, or the write of another holder of its lease
    /// stands.
    void: Arc<AtomicBool>,
}

impl Held {
    pub fn new(commit: &PendingCommit, record: ConnectionRecord) -> Self {
        Self {
            commit_id: commit.commit_id,
            record: Arc::new(record),
            read_at: commit.read_at,
            first: commit.first,
            is_new: commit.first || commit.kind == Kind::Connected,
            void: Arc::default(),
        }
    }

    pub fn is_first(&self) -> bool {
        self.first
    }

    pub fn is_newer_than(&self, other: &Self) -> bool {
        if self.record.id == other.record.id {
            self.record.generation > other.record.generation
        } else {
            // One of them was removed.
            self.read_at > other.read_at
        }
    }

    /// Reads that began before find out about it.
    pub fn mark_void(&self) {
        self.void.store(true, Ordering::Relaxed);
    }

    pub fn record(&self) -> ConnectionRecord {
        // In the time of the database, which can't be asked now.
        let elapsed = TimeDelta::from_std(self.record.read.elapsed()).unwrap_or_default();
        let now = self.record.now + elapsed;
        ConnectionRecord { now, read: Instant::now(), ..self.record.as_ref().clone() }
    }
}

/// What this process holds of some connections: tokens that the database does not have yet, or did
/// not have when a read of it began.
#[derive(Debug, Default)]
pub struct HeldOf(HashMap<ConnectionKey, Held>);

impl HeldOf {
    pub(super) fn new(held: impl IntoIterator<Item = (ConnectionKey, Held)>) -> Self {
        Self(held.into_iter().collect())
    }

    /// Adds what was held earlier, unless it will not be written, or was removed later than its row was
    /// read.
    pub(super) fn add(
        &mut self,
        earlier: Self,
        removed: impl Fn(&ConnectionKey, DateTime<Utc>) -> bool,
    ) {
        for (key, earlier) in earlier.0 {
            if earlier.void.load(Ordering::Relaxed) || removed(&key, earlier.read_at) {
                continue;
            }
            match self.0.entry(key) {
                Entry::Vacant(vacant) => {
                    vacant.insert(earlier);
                }
                Entry::Occupied(mut now) => {
                    let now = now.get_mut();
                    let is_same = now.record.id == earlier.record.id;
                    let is_new = is_same && (now.is_new || earlier.is_new);
                    if earlier.is_newer_than(now) {
                        *now = earlier;
                    }
                    now.is_new |= is_new;
                }
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, key: ConnectionKey) -> Option<ConnectionRecord> {
        self.0.get(&key).map(Held::record)
    }

    /// What was read, or something newer.
    pub fn newest(&self, read: ConnectionRecord) -> ConnectionRecord {
        match self.get(read.key()) {
            Some(held)
                if held.generation > read.generation
                    && (held.id == read.id || read.state == State::Connecting) =>
            {
                ConnectionRecord { now: read.now, read: read.read, ..held }
            }
            _ => read,
        }
    }

    /// All connections of these users to these providers, if all of them are held: the result of a
    /// read when the database is unavailable.
    pub fn all_of(&self, users: &[Uuid], providers: &[Provider]) -> Option<Vec<ConnectionRecord>> {
        users
            .iter()
            .flat_map(|user_id| {
                providers.iter().map(|provider| (*user_id, *provider)).collect::<Vec<_>>()
            })
            .map(|(user_id, provider)| self.get(ConnectionKey { user_id, provider }))
            .collect()
    }

    /// The connection, if the database perhaps does not show it yet.
    pub fn get_new(&self, key: ConnectionKey) -> Option<ConnectionRecord> {
        self.0.get(&key).filter(|held| held.is_new).map(Held::record)
    }

    /// The connections that the database perhaps does not show yet.
    pub fn new_ones(&self) -> impl Iterator<Item = ConnectionRecord> {
        self.0.values().filter(|held| held.is_new).map(Held::record)
    }
}
