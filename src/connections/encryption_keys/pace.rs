use std::{mem, time::Duration};

use tokio::time::{Instant, sleep};

/// Shorter rests are added up into one: timers have a resolution of a millisecond.
const SHORTEST: Duration = Duration::from_millis(10);
/// If one piece of work took minutes, a lock or a stopped process was the reason.
const LONGEST: Duration = Duration::from_secs(5);

/// How much of the time a rotation works. Servers that share its database, or its machine, need the
/// rest.
#[derive(Debug)]
pub(super) struct Pace {
    rests: bool,
    owed: Duration,
}

impl Pace {
    /// Half of the time: it rests as long as it worked. A busy database works more slowly, and so
    /// gets longer rests.
    pub(super) fn half() -> Self {
        Self { rests: true, owed: Duration::ZERO }
    }

    /// All of the time.
    pub(super) fn full() -> Self {
        Self { rests: false, owed: Duration::ZERO }
    }

    /// Rests if it is time to, and then does this.
    pub(super) async fn work<T>(&mut self, work: impl Future<Output = T>) -> T {
        if self.owed >= SHORTEST {
            sleep(mem::take(&mut self.owed).min(LONGEST)).await;
        }
        let begun = Instant::now();
        let done = work.await;
        if self.rests {
            self.owed += begun.elapsed();
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Unlike a `sleep`, it counts from when it is awaited.
    async fn takes(long: Duration) {
        sleep(long).await;
    }

    /// When the last of these begins.
    async fn begins_after(mut pace: Pace, pieces: u32, each: Duration) -> Duration {
        let begun = Instant::now();
        for _ in 1..pieces {
            pace.work(takes(each)).await;
        }
        pace.work(async { begun.elapsed() }).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_rotation_rests_as_long_as_it_works() {
        for each in [5, 30, 3_000].map(Duration::from_millis) {
            assert_eq!(begins_after(Pace::half(), 101, each).await, each * 200);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn at_full_speed_it_never_rests() {
        let each = Duration::from_millis(30);
        assert_eq!(begins_after(Pace::full(), 101, each).await, each * 100);
    }

    #[tokio::test(start_paused = true)]
    async fn what_took_long_is_told_at_once_and_not_followed_by_a_rest_as_long() {
        let (mut pace, begun, long) = (Pace::half(), Instant::now(), Duration::from_mins(10));
        pace.work(takes(long)).await;
        assert_eq!(begun.elapsed(), long);
        pace.work(async {}).await;
        assert_eq!(begun.elapsed(), long + LONGEST);
    }
}
