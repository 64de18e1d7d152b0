use tokio::time::Instant;

use super::SLICE;
use crate::{connections::Connections, store::StoreError};

/// Rows that are removed at once: few enough for a write that nobody waits for.
const BATCH: u64 = 1_000;

impl Connections {
    /// Removes the events that are older than the setting says, and what was written of users who
    /// were deleted meanwhile. Answers how many there were.
    pub async fn prune_events(&self) -> Result<u64, StoreError> {
        let parts = &self.parts;
        let until = Instant::now() + SLICE;
        let mut all = 0;
        while Instant::now() < until {
            let pruned = parts.store.prune_events(parts.event_retention, BATCH).await?;
            all += pruned;
            if pruned < BATCH {
                break;
            }
        }
        Ok(all + parts.store.forget_stragglers().await?)
    }

    /// Removes the tombstones that are older than that. Answers how many there were.
    pub async fn prune_tombstones(&self) -> Result<u64, StoreError> {
        let parts = &self.parts;
        let until = Instant::now() + SLICE;
        let mut all = 0;
        while Instant::now() < until {
            let pruned = parts.store.prune_tombstones(parts.event_retention, BATCH).await?;
            all += pruned;
            if pruned < BATCH {
                break;
            }
        }
        Ok(all)
    }
}
