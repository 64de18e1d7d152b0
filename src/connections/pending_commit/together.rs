//! Refreshes that end while the commit of others is running share the next one: the busier the
//! server, the fewer commits a refresh costs. One that ends alone is committed at once.

use std::sync::{Mutex, MutexGuard, PoisonError};

use scopeguard::defer_on_unwind;
use tokio::sync::oneshot;

use crate::{
    connections::Connections,
    store::{ConnectionRecord, Refreshed, StoreError},
    telemetry::carried,
};

/// The maximum number of refreshes in one transaction.
const AT_ONCE: usize = 32;

/// The refreshes of this process that wait for their commit. `None`: no commit is running.
#[derive(Debug, Default)]
pub struct Together(Mutex<Option<Vec<Waiting>>>);

#[derive(Debug)]
struct Waiting {
    refreshed: Refreshed,
    answer: oneshot::Sender<Written>,
}

/// `None`: not written with the others. Alone, it may wait, or fail for a reason of its own.
type Written = Option<Result<ConnectionRecord, StoreError>>;

impl Connections {
    /// Writes the tokens of a refresh, together with others that end at this moment. `None`: the
    /// lease was lost. `alone`: it has failed before, and must not fail the others.
    pub(super) async fn commit_refresh(
        &self,
        refreshed: Refreshed,
        alone: bool,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        // One that was found in the spool is more work than the others.
        if !alone
            && refreshed.lease.found.is_some()
            && let Some(written) = self.commit_together(refreshed.clone()).await
        {
            return written.map(Some);
        }
        self.parts.store.commit_refresh(&refreshed).await
    }

    async fn commit_together(&self, refreshed: Refreshed) -> Written {
        let (answer, answered) = oneshot::channel();
        let idle = {
            let mut waiting = self.waiting_refreshes();
            let idle = waiting.is_none();
            let all = waiting.get_or_insert_default();
            let is_same = |other: &Waiting| {
                other.refreshed.lease.connection_id == refreshed.lease.connection_id
            };
            // One of the two was overtaken, and has to find that out.
            if all.iter().any(is_same) {
                return None;
            }
            all.push(Waiting { refreshed, answer });
            idle
        };
        if idle {
            // In its own task: nobody depends on the one who came first. A shutdown waits for those
            // who wait for it.
            tokio::spawn(carried(self.clone().commit_waiting()));
        }
        // If that task is lost, each writes its own.
        answered.await.unwrap_or_default()
    }

    /// Runs commit after commit until nobody waits.
    async fn commit_waiting(self) {
        // Those who wait write their own, and the next one starts again.
        defer_on_unwind! { *self.waiting_refreshes() = None }
        loop {
            // Tasks that are ready to run enqueue first, so that the commit includes them all.
            tokio::task::yield_now().await;
            let batch = {
                let mut waiting = self.waiting_refreshes();
                match waiting.as_mut() {
                    Some(all) if !all.is_empty() => next(all),
                    _ => {
                        *waiting = None;
                        return;
                    }
                }
            };
            let (refreshes, answers): (Vec<_>, Vec<_>) =
                batch.into_iter().map(|waiting| (waiting.refreshed, waiting.answer)).unzip();
            let written = self.parts.store.commit_refreshes(&refreshes).await;
            for (place, answer) in answers.into_iter().enumerate() {
                let written = match &written {
                    Ok(records) => records[place].clone().map(Ok),
                    // One of them may be at fault. Each finds out alone.
                    Err(StoreError::Database(_)) => None,
                    Err(error) => Some(Err(error.clone())),
                };
                // Nobody waits any more if this process is about to end.
                let _ = answer.send(written);
            }
        }
    }

    fn waiting_refreshes(&self) -> MutexGuard<'_, Option<Vec<Waiting>>> {
        self.parts.work.together.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first of them: a power of two, because a statement is prepared and kept for each number.
fn next(waiting: &mut Vec<Waiting>) -> Vec<Waiting> {
    let number = 1 << waiting.len().min(AT_ONCE).ilog2();
    waiting.drain(..number).collect()
}
