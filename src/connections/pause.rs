use std::time::Duration;

use chrono::TimeDelta;

const LONGEST: Duration = Duration::from_secs(1);

/// Growing pauses, while another replica or a database finishes something.
#[derive(Debug)]
pub struct Pause {
    next: Duration,
    waited: Duration,
}

impl Pause {
    pub fn new() -> Self {
        Self { next: Duration::from_millis(10), waited: Duration::ZERO }
    }

    /// Waits a little, and longer each time, up to a second.
    pub async fn wait(&mut self) {
        tokio::time::sleep(self.next).await;
        self.waited += self.next;
        self.next = (self.next * 2).min(LONGEST);
    }

    /// The same, but no longer than until a known time.
    pub async fn wait_at_most(&mut self, left: Option<TimeDelta>) {
        let left = left.and_then(|left| left.to_std().ok());
        self.next = self.next.min(left.unwrap_or(LONGEST).max(Duration::from_millis(10)));
        self.wait().await;
    }

    /// The total time waited.
    pub fn waited(&self) -> Duration {
        self.waited
    }
}
