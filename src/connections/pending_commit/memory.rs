mod held;

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use domain::{ConnectionKey, Kind, State};
use tokio::time::Instant;
use uuid::Uuid;

use self::held::Held;
pub use self::held::HeldOf;
use super::PendingCommit;
use crate::{metrics, store::ConnectionRecord};

/// Much longer than any running call that may have read the row before it was deleted.
const REMEMBER_REMOVALS: Duration = Duration::from_mins(10);

/// Connections whose newest tokens the database does not have yet. Until it does, this process
/// returns them from memory, and refreshes nothing with what the database has.
#[derive(Debug, Default)]
pub struct InMemory {
    all: Mutex<HashMap<ConnectionKey, Held>>,
    /// Recently disconnected connections: nothing that was read before then is returned.
    removed: Mutex<HashMap<ConnectionKey, Removal>>,
    spooled: Mutex<HashSet<Uuid>>,
    /// The generations that are being written, for each connection.
    unsettled: Mutex<HashMap<ConnectionKey, Vec<i64>>>,
}

#[derive(Clone, Copy, Debug)]
struct Removal {
    at: DateTime<Utc>,
    noted: Instant,
}

impl InMemory {
    /// `before` as it will be once `commit` is written.
    pub fn hold(&self, commit: &PendingCommit, before: &ConnectionRecord) {
        let mut all = self.all();
        let held = Held::new(commit, after(commit, before));
        let is_newest = all.get(&commit.key).is_none_or(|other| held.is_newer_than(other));
        if is_newest && !self.was_removed(commit) {
            all.insert(commit.key, held);
        }
    }

    /// A commit that will be written.
    pub fn begin(&self, commit: &PendingCommit) {
        self.unsettled().entry(commit.key).or_default().push(commit.generation);
    }

    /// Whether a commit that it follows is not written yet.
    pub fn follows_unsettled(&self, commit: &PendingCommit) -> bool {
        self.is_unsettled(commit.key, |generation| generation < commit.generation)
    }

    /// Whether a commit that follows it is not written yet.
    pub fn is_followed(&self, commit: &PendingCommit) -> bool {
        self.is_unsettled(commit.key, |generation| generation > commit.generation)
    }

    fn is_unsettled(&self, key: ConnectionKey, is_meant: impl Fn(i64) -> bool) -> bool {
        let unsettled = self.unsettled();
        let of_key = unsettled.get(&key).map(Vec::as_slice).unwrap_or_default();
        of_key.iter().any(|generation| is_meant(*generation))
    }

    fn unsettled(&self) -> MutexGuard<'_, HashMap<ConnectionKey, Vec<i64>>> {
        self.unsettled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The database has it, or something newer: then it is not `written`.
    pub fn let_go(&self, commit: &PendingCommit, written: bool) {
        if let Entry::Occupied(mut of_key) = self.unsettled().entry(commit.key) {
            if let Some(at) = of_key.get().iter().position(|one| *one == commit.generation) {
                of_key.get_mut().swap_remove(at);
            }
            if of_key.get().is_empty() {
                of_key.remove();
            }
        }
        let mut all = self.all();
        if all.get(&commit.key).is_some_and(|held| held.commit_id == commit.commit_id)
            && let Some(held) = all.remove(&commit.key)
            && !written
        {
            held.mark_void();
        }
        drop(all);
        if self.spooled().remove(&commit.commit_id) {
            metrics::unwritten(-1.0);
        }
    }

    /// The connection was deleted from the database at that time: whatever was fetched before then
    /// is no longer returned. Returns the id of what was held.
    pub fn remove(&self, key: ConnectionKey, at: DateTime<Utc>) -> Option<Uuid> {
        let mut all = self.all();
        let mut removed = self.removed.lock().unwrap_or_else(PoisonError::into_inner);
        removed.retain(|_, removal| removal.noted.elapsed() < REMEMBER_REMOVALS);
        removed.insert(key, Removal { at, noted: Instant::now() });
        // Not those of a sign-in that came later than the removal.
        let held = all.get(&key).is_some_and(|held| held.read_at <= at);
        held.then(|| all.remove(&key)).flatten().map(|held| held.record.id)
    }

    /// Whether the connection was deleted here after the tokens were requested.
    pub fn was_removed(&self, commit: &PendingCommit) -> bool {
        self.was_removed_since(&commit.key, commit.read_at)
    }

    fn was_removed_since(&self, key: &ConnectionKey, read_at: DateTime<Utc>) -> bool {
        let removed = self.removed.lock().unwrap_or_else(PoisonError::into_inner);
        removed.get(key).is_some_and(|removal| removal.at >= read_at)
    }

    /// The connection with the tokens that the database does not have yet.
    pub fn get(&self, key: ConnectionKey) -> Option<ConnectionRecord> {
        self.all().get(&key).map(Held::record)
    }

    /// What is held of this connection.
    pub fn held_at(&self, key: ConnectionKey) -> HeldOf {
        HeldOf::new(self.all().get(&key).map(|held| (key, held.clone())))
    }

    /// What is held of these connections.
    pub fn held_of(&self, wanted: impl Fn(&ConnectionKey) -> bool) -> HeldOf {
        let all = self.all();
        let held = all.iter().filter(|(key, _)| wanted(key));
        HeldOf::new(held.map(|(key, held)| (*key, held.clone())))
    }

    /// What is held `now`, after a read of the database, and what was held `before` it: tokens that were
    /// written while it was read are perhaps neither in what it returned nor held any more.
    pub fn around(&self, before: HeldOf, mut now: HeldOf) -> HeldOf {
        now.add(before, |key, read_at| self.was_removed_since(key, read_at));
        now
    }

    /// Whether it is held, and the database has no tokens of it at all.
    pub fn is_first(&self, key: ConnectionKey) -> bool {
        self.all().get(&key).is_some_and(Held::is_first)
    }

    /// It is now also in the spool, where it survives this process.
    pub fn is_in_spool(&self, commit: &PendingCommit) {
        if self.spooled().insert(commit.commit_id) {
            metrics::unwritten(1.0);
        }
    }

    /// Whether what is held of this connection is safe in the spool.
    pub fn is_safe(&self, key: ConnectionKey) -> bool {
        let commit_id = self.all().get(&key).map(|held| held.commit_id);
        commit_id.is_some_and(|commit_id| self.spooled().contains(&commit_id))
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

    fn all(&self) -> MutexGuard<'_, HashMap<ConnectionKey, Held>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn after(commit: &PendingCommit, before: &ConnectionRecord) -> ConnectionRecord {
    let connects = commit.kind == Kind::Connected;
    let grant = &commit.grant;
    let refresh_token = grant.refresh_token.clone().or(before.refresh_token.clone());
    // As `store/ends.rs` writes it.
    let keeps_end = grant.refresh_token.is_none() && grant.refresh_token_expires_at.is_none();
    let same_end = grant.refresh_token_expires_at == before.refresh_token_expires_at;
    let keeps_granted = connects && grant.refresh_token.is_none() && before.refreshable;
    ConnectionRecord {
        state: State::Active,
        generation: commit.generation + 1,
        connected_at: if connects { commit.read_at } else { before.connected_at },
        access_token: Some(commit.grant.access_token.clone()),
        refreshable: refresh_token.is_some(),
        refresh_token_expires_at: if keeps_end {
            before.refresh_token_expires_at
        } else {
            grant.refresh_token_expires_at
        },
        refresh_token_end_known_at: if keeps_end || (same_end && !connects) {
            before.refresh_token_end_known_at
        } else {
            grant.refresh_token_expires_at.map(|_| commit.read_at)
        },
        refresh_token_granted_at: if connects {
            let since = before.refresh_token_granted_at.unwrap_or(before.connected_at);
            keeps_granted.then_some(since)
        } else {
            before.refresh_token_granted_at
        },
        refresh_token_unproven: connects
            && commit.grant.refresh_token.is_none()
            && refresh_token.is_some(),
        account: if connects { None } else { before.account.clone() },
        profile_connected_at: before.profile_connected_at.filter(|_| !connects),
        account_digest: before.account_digest.clone().filter(|_| !connects),
        look_up_end: before.look_up_end.filter(|_| !connects),
        refresh_token,
        access_token_expires_at: commit.grant.access_token_expires_at,
        refreshed_at: if connects { before.refreshed_at } else { Some(commit.read_at) },
        failure_count: 0,
        first_failed_at: None,
        last_failed_at: None,
        last_failure: None,
        refusal_count: 0,
        first_refused_at: None,
        refresh_due_at: commit.grant.refresh_due_at,
        scopes: before.scopes.after(before.provider, &commit.grant.scopes).0,
        // Its lease is released when it is written.
        abandoned: false,
        leased_for: None,
        ..before.clone()
    }
}

#[cfg(test)]
mod tests;
