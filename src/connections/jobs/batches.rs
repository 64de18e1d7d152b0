use std::future::Future;

use tokio::time::Instant;

use crate::store::StoreError;

/// Rows per change: few enough for a short write that nobody has to wait for.
pub(super) const BATCH: u64 = 1_000;

/// Repeats a change of at most this many rows, until it finds fewer or the time is up. Returns
/// their total number.
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
