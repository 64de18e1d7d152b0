use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::time::Instant;

/// How old a result may be.
const AGE: Duration = Duration::from_secs(1);

/// The result of a check, unless it panicked, and when the check ended.
type Look<T> = Shared<BoxFuture<'static, (Instant, Option<T>)>>;

/// Checks something at most once a second and one at a time, however many requests ask for it.
pub struct Recent<T: Clone>(Mutex<Option<Look<T>>>);

impl<T: Clone + Send + Sync + 'static> Recent<T> {
    /// The result of a check that ended less than a second ago. Concurrent callers wait for the
    /// running check, which continues even if they all disconnect.
    pub async fn or_look<F>(&self, look: impl Fn() -> F) -> T
    where
        F: Future<Output = T> + Send + 'static,
    {
        loop {
            let (ended, found) = self.under_way_or(&look).await;
            // A check that nobody waited for may be old.
            if ended.elapsed() < AGE {
                // It is never aborted: the only other error is a panic, which the caller then
                // repeats.
                return found.expect("the look has not panicked");
            }
        }
    }

    fn under_way_or<F>(&self, look: impl Fn() -> F) -> Look<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_good =
            |known: &&Look<T>| known.peek().is_none_or(|(ended, _)| ended.elapsed() < AGE);
        if let Some(good) = known.as_ref().filter(is_good) {
            return good.clone();
        }
        let look = look();
        let task = tokio::spawn(async move {
            let found = look.await;
            (Instant::now(), Some(found))
        });
        // After a panic, a shared future never completes: the next check would never come.
        let look = task.map(|ended| ended.unwrap_or_else(|_| (Instant::now(), None))).boxed();
        known.insert(look.shared()).clone()
    }
}

impl<T: Clone> Default for Recent<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone> fmt::Debug for Recent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recent").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use futures_util::future::join_all;
    use tokio::sync::Semaphore;

    use super::*;

    /// A check that ends when allowed, and counts how often it was started.
    #[derive(Default)]
    struct Counted {
        recent: Recent<usize>,
        begun: Arc<AtomicUsize>,
        gate: Option<Arc<Semaphore>>,
    }

    impl Counted {
        fn held() -> Self {
            Self { gate: Some(Arc::new(Semaphore::new(0))), ..Self::default() }
        }

        fn begun(&self) -> usize {
            self.begun.load(Ordering::Relaxed)
        }

        async fn ask(&self) -> usize {
            let look = || {
                let (begun, gate) = (self.begun.clone(), self.gate.clone());
                async move {
                    let number = begun.fetch_add(1, Ordering::Relaxed) + 1;
                    if let Some(gate) = gate {
                        gate.acquire().await.unwrap().forget();
                    }
                    number
                }
            };
            self.recent.or_look(look).await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn many_who_ask_at_once_share_one_look() {
        let counted = Counted::held();
        let gate = counted.gate.clone().unwrap();
        let asked = join_all((0..100).map(|_| counted.ask()));
        let (answers, ()) = tokio::join!(asked, async {
            tokio::task::yield_now().await;
            // Enough for a check by each, if there were one.
            gate.add_permits(100);
        });
        assert_eq!((answers, counted.begun()), (vec![1; 100], 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_is_good_for_a_second() {
        let counted = Counted::default();
        assert_eq!(counted.ask().await, 1);
        tokio::time::advance(Duration::from_millis(999)).await;
        assert_eq!(counted.ask().await, 1);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(counted.ask().await, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_panicked_is_not_the_last() {
        let recent = Arc::new(Recent::<usize>::default());
        let asked = recent.clone();
        let panicked = tokio::spawn(async move { asked.or_look(async || panic!("a bug")).await });
        assert!(panicked.await.is_err());
        tokio::time::advance(AGE).await;
        assert_eq!(recent.or_look(async || 2).await, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_goes_away_begins_no_second_look_and_leaves_none_that_is_old() {
        let counted = Counted::held();
        let gate = counted.gate.clone().unwrap();
        for _ in 0..10 {
            assert_eq!(counted.ask().now_or_never(), None);
            tokio::task::yield_now().await;
        }
        assert_eq!(counted.begun(), 1);
        // It ends while nobody waits for it, a minute before the next request.
        gate.add_permits(1);
        tokio::task::yield_now().await;
        tokio::time::advance(Duration::from_mins(1)).await;
        gate.add_permits(1);
        assert_eq!(counted.ask().await, 2);
    }
}
