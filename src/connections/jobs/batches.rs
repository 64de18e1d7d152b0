use std::future::Future;

use tokio::time::Instant;

use crate::store::StoreError;

/// Rows that are changed at once: few enough for a write that nobody waits for.
pub(super) const BATCH: u64 = 1_000;

/// Repeats what changes at most so many rows, until it finds fewer or the time is over. Answers how
/// many there were.
pub(super) async fn in_batches<F>(
    until: Instant,
    change: impl Fn(u64) -> F,
) -> Result<u64, StoreError>
where
    F: Future<Output = Result<u64, StoreError>>,
{
    let mut all = 0;
    while Instant::now() < until {
        let changed = change(BATCH).await?;
        all += changed;
        if changed < BATCH {
            break;
        }
    }
    Ok(all)
}
