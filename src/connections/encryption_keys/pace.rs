use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Shorter rests add up: timers have a resolution of a millisecond.
const SHORTEST: Duration = Duration::from_millis(10);

/// How much of the time a rotation works. Servers that share its database, or its machine, need the rest.
#[derive(Debug)]
pub struct Pace {
    rests: bool,
    owed: Duration,
}

impl Pace {
    /// Half of the time: it rests as long as it worked, so the more a database has to do, and the slower it
    /// therefore is, the longer.
    pub fn half() -> Self {
        Self { rests: true, owed: Duration::ZERO }
    }

    /// All of the time.
    pub fn full() -> Self {
        Self { rests: false, owed: Duration::ZERO }
    }

    /// Does this, and then rests if it is time to.
    pub(super) async fn work<T>(&mut self, work: impl Future<Output = T>) -> T {
        let begun = Instant::now();
        let done = work.await;
        if self.rests {
            self.owed += begun.elapsed();
        }
        if self.owed >= SHORTEST {
            sleep(std::mem::take(&mut self.owed)).await;
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn elapsed_after(mut pace: Pace, pieces: u32, each: Duration) -> Duration {
        let begun = Instant::now();
        for _ in 0..pieces {
            pace.work(sleep(each)).await;
        }
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_rotation_rests_as_long_as_it_works() {
        for each in [3, 30, 3_000].map(Duration::from_millis) {
            assert_eq!(elapsed_after(Pace::half(), 100, each).await, each * 200);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn at_full_speed_it_never_rests() {
        let each = Duration::from_millis(30);
        assert_eq!(elapsed_after(Pace::full(), 100, each).await, each * 100);
    }
}
