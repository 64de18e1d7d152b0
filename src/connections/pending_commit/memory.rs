use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::TimeDelta;
use domain::{ConnectionKey, Kind, Provider, State};
use tokio::time::Instant;
use uuid::Uuid;

use super::spool::Entry;
use crate::{metrics, store::ConnectionRecord};

/// Connections whose newest tokens the database does not have yet: until it does, this process
/// answers them from memory, and refreshes nothing with what the database has.
#[derive(Debug, Default)]
pub struct Held {
    all: Mutex<HashMap<ConnectionKey, Holding>>,
    spooled: Mutex<HashSet<Uuid>>,
}

#[derive(Clone, Debug)]
struct Holding {
    commit_id: Uuid,
    record: Arc<ConnectionRecord>,
    since: Instant,
    /// The database has no tokens of it at all: no list has it.
    first: bool,
}

impl Held {
    /// `before` as it will be once `entry` is written.
    pub fn hold(&self, entry: &Entry, before: &ConnectionRecord) {
        let record = Arc::new(after(entry, before));
        let holding = Holding {
            commit_id: entry.commit_id,
            record,
            since: Instant::now(),
            first: entry.first,
        };
        self.all().insert(entry.key, holding);
    }

    /// The database has it, or something newer.
    pub fn let_go(&self, entry: &Entry) {
        let mut all = self.all();
        if all.get(&entry.key).is_some_and(|held| held.commit_id == entry.commit_id) {
            all.remove(&entry.key);
        }
        drop(all);
        if self.spooled().remove(&entry.commit_id) {
            metrics::unwritten(-1.0);
        }
    }

    /// The connection with the tokens that the database does not have yet.
    pub fn get(&self, key: ConnectionKey) -> Option<ConnectionRecord> {
        let all = self.all();
        let held = all.get(&key)?;
        // By the database's clock, which can't be asked now.
        let elapsed = TimeDelta::from_std(held.since.elapsed()).unwrap_or_default();
        Some(ConnectionRecord { now: held.record.now + elapsed, ..held.record.as_ref().clone() })
    }

    /// What was read, or what is newer than that.
    pub fn newest(&self, read: ConnectionRecord) -> ConnectionRecord {
        match self.get(read.key()) {
            Some(held) if held.generation > read.generation => {
                ConnectionRecord { now: read.now, ..held }
            }
            _ => read,
        }
    }

    /// Everything that these users have to these providers, if all of it is held: the answer to
    /// a read that the database can't give.
    pub fn all_of(&self, users: &[Uuid], providers: &[Provider]) -> Option<Vec<ConnectionRecord>> {
        users
            .iter()
            .flat_map(|user_id| {
                providers.iter().map(|provider| (*user_id, *provider)).collect::<Vec<_>>()
            })
            .map(|(user_id, provider)| self.get(ConnectionKey { user_id, provider }))
            .collect()
    }

    /// What these users have just connected for the first time, in place of which the database has
    /// nothing to show. `None`: all providers.
    pub fn firsts_of(
        &self,
        users: &[Uuid],
        providers: Option<&[Provider]>,
    ) -> Vec<ConnectionRecord> {
        let keys: Vec<_> = self
            .all()
            .iter()
            .filter(|(key, held)| {
                held.first
                    && users.contains(&key.user_id)
                    && providers.is_none_or(|providers| providers.contains(&key.provider))
            })
            .map(|(key, _)| *key)
            .collect();
        keys.into_iter().filter_map(|key| self.get(key)).collect()
    }

    /// Now also in the spool, where it survives this process.
    pub fn is_in_spool(&self, entry: &Entry) {
        if self.spooled().insert(entry.commit_id) {
            metrics::unwritten(1.0);
        }
    }

    /// How many are safe in the spool.
    pub fn in_spool(&self) -> usize {
        self.spooled().len()
    }

    pub fn is_empty(&self) -> bool {
        self.all().is_empty()
    }

    fn spooled(&self) -> MutexGuard<'_, HashSet<Uuid>> {
        self.spooled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<ConnectionKey, Holding>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn after(entry: &Entry, before: &ConnectionRecord) -> ConnectionRecord {
    let connects = entry.kind == Kind::Connected;
    let refresh_token = entry.grant.refresh_token.clone().or(before.refresh_token.clone());
    ConnectionRecord {
        state: State::Active,
        generation: entry.generation + 1,
        connected_at: if connects { entry.read_at } else { before.connected_at },
        access_token: Some(entry.grant.access_token.clone()),
        refreshable: refresh_token.is_some(),
        refresh_token,
        access_token_expires_at: entry.grant.access_token_expires_at,
        refreshed_at: if connects { before.refreshed_at } else { Some(entry.read_at) },
        failure_count: 0,
        first_failed_at: None,
        last_failed_at: None,
        last_failure: None,
        refusal_count: 0,
        first_refused_at: None,
        refresh_due_at: entry.grant.refresh_due_at,
        ..before.clone()
    }
}
