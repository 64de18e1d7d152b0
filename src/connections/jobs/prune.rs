use tokio::time::Instant;

use super::{SLICE, batches::in_batches};
use crate::{connections::Connections, store::StoreError};

impl Connections {
    /// Removes the events that are older than the setting says, and what was written of users who
    /// were deleted meanwhile. Answers how many there were.
    pub async fn prune_events(&self) -> Result<u64, StoreError> {
        let parts = &self.parts;
        let prune = |limit| parts.store.prune_events(parts.event_retention, limit);
        let pruned = in_batches(Instant::now() + SLICE, prune).await?;
        Ok(pruned + parts.store.forget_stragglers().await?)
    }

    /// Removes the tombstones that are older than that, and receipts that nobody came for. Answers
    /// how many there were.
    pub async fn prune_tombstones(&self) -> Result<u64, StoreError> {
        let parts = &self.parts;
        let prune = |limit| parts.store.prune_tombstones(parts.event_retention, limit);
        let pruned = in_batches(Instant::now() + SLICE, prune).await?;
        Ok(pruned + parts.store.prune_receipts(parts.event_retention).await?)
    }
}
