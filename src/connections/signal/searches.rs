//! Searches for a refresh token that a provider names. Each search decrypts all tokens of that
//! provider, so only one runs at a time and few may wait.

use std::sync::Arc;

use tokio::sync::{Mutex, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::telemetry::carried;

/// Searches that are under way or wait. Who comes then is to come again.
const AT_MOST: usize = 8;

/// The turns of searches.
#[derive(Debug)]
pub(super) struct Searches {
    places: Arc<Semaphore>,
    turn: Arc<Mutex<()>>,
}

impl Default for Searches {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_MOST)), turn: Arc::default() }
    }
}

impl Searches {
    /// Runs a search when it is its turn, to its end also if nobody waits for it any more: a provider
    /// that does not wait for so long sends the signal again, which is to find it done. `None`: it was
    /// not run, or not to its end.
    pub async fn run<T: Send + 'static>(
        &self,
        tasks: &TaskTracker,
        ending: &CancellationToken,
        search: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let place = self.places.clone().try_acquire_owned().ok()?;
        let (turn, ending) = (self.turn.clone(), ending.clone());
        let in_turn = async move {
            let _place = place;
            let _turn = turn.lock().await;
            search.await
        };
        // A shutdown does not wait for it: the provider sends the signal again.
        let task = async move { ending.run_until_cancelled(in_turn).await };
        tasks.spawn(carried(task)).await.ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::{FutureExt, future::join_all};
    use tokio::sync::Notify;

    use super::*;

    /// Searches that go on until they are let go, and how many were begun and ended.
    #[derive(Default)]
    struct Held {
        let_go: Notify,
        begun: AtomicUsize,
        ended: AtomicUsize,
    }

    async fn held(held: Arc<Held>) {
        held.begun.fetch_add(1, Ordering::SeqCst);
        held.let_go.notified().await;
        held.ended.fetch_add(1, Ordering::SeqCst);
    }

    #[tokio::test]
    async fn a_burst_is_refused_and_one_search_runs_at_a_time() {
        let (searches, of) = (Searches::default(), Arc::new(Held::default()));
        let (tasks, ending) = (TaskTracker::new(), CancellationToken::new());
        let run = || Box::pin(searches.run(&tasks, &ending, held(of.clone())));
        let mut waiting: Vec<_> = (0..AT_MOST).map(|_| run()).collect();
        for search in &mut waiting {
            assert!(search.now_or_never().is_none());
        }
        assert_eq!(run().await, None, "it does not wait");
        let release = async {
            for number in 1..=AT_MOST {
                while of.begun.load(Ordering::SeqCst) < number {
                    tokio::task::yield_now().await;
                }
                assert_eq!(of.begun.load(Ordering::SeqCst), number, "one at a time");
                of.let_go.notify_one();
            }
        };
        let (ran, ()) = tokio::join!(join_all(waiting), release);
        assert_eq!(ran, [Some(()); AT_MOST]);
        of.let_go.notify_one();
        assert_eq!(run().await, Some(()), "there is a place again");
    }

    #[tokio::test]
    async fn a_search_goes_on_when_nobody_waits_for_it_any_more_but_not_beyond_a_shutdown() {
        let (searches, of) = (Searches::default(), Arc::new(Held::default()));
        let (tasks, ending) = (TaskTracker::new(), CancellationToken::new());
        let begin_and_leave = || {
            let search = searches.run(&tasks, &ending, held(of.clone()));
            assert!(search.now_or_never().is_none());
        };
        tasks.close();
        begin_and_leave();
        of.let_go.notify_one();
        tasks.wait().await;
        assert_eq!(of.ended.load(Ordering::SeqCst), 1);
        begin_and_leave();
        ending.cancel();
        tasks.wait().await;
        assert_eq!(of.ended.load(Ordering::SeqCst), 1);
    }
}
