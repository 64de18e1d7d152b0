use chrono::TimeDelta;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    SLICE,
    batches::{BATCH, in_batches},
};
use crate::{connections::Connections, store::StoreError};

/// Longer than the oldest signal that is accepted (Google's, after a week).
const REMEMBERED_SIGNALS: TimeDelta = TimeDelta::days(8);

impl Connections {
    /// Removes events that are older than the setting allows, and everything that was written about
    /// users after they were deleted. Returns the number of expired events.
    pub async fn prune_events(&self) -> Result<u64, StoreError> {
        let parts = &self.parts;
        let until = Instant::now() + SLICE;
        let prune = |limit| parts.store.prune_events(parts.event_retention, limit);
        let pruned = in_batches(until, prune).await?;
        self.forget_deleted_users(until).await?;
        Ok(pruned)
    }

    /// Goes through the deleted users in batches. Each batch takes no longer than a statement may,
    /// however many users and events there are.
    async fn forget_deleted_users(&self, until: Instant) -> Result<(), StoreError> {
        let store = &self.parts.store;
        let mut after = Uuid::nil();
        while Instant::now() < until {
            let Some(last) = store.deleted_users_behind(after, BATCH).await? else { break };
            let forget = |limit| store.forget_stragglers(after, last, limit);
            in_batches(until, forget).await?;
            after = last;
        }
        Ok(())
    }

    /// Removes the tombstones that are older than that, receipts that nobody collected, the ids of
    /// signals that are too old to be accepted again, and early signals that turned out to be about
    /// no account. Returns their number.
    pub async fn prune_tombstones(&self) -> Result<u64, StoreError> {
        let parts = &self.parts;
        let until = Instant::now() + SLICE;
        let tombstones = |limit| parts.store.prune_tombstones(parts.event_retention, limit);
        let receipts = |limit| parts.store.prune_receipts(parts.event_retention, limit);
        let removed = in_batches(until, tombstones).await? + in_batches(until, receipts).await?;
        let kept = parts.event_retention.max(REMEMBERED_SIGNALS);
        let signals = |limit| parts.store.prune_signals(kept, limit);
        let early = |limit| parts.store.prune_early_signals(limit);
        Ok(removed + in_batches(until, signals).await? + in_batches(until, early).await?)
    }
}
