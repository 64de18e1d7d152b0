use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// A message that is logged once a minute, however often it occurs.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<Option<(Instant, u64)>>);

impl Throttle {
    const PAUSE: Duration = Duration::from_mins(1);

    /// Whether to log it now, and how often it occurred since the last time.
    pub fn happened(&self) -> Option<u64> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *told {
            Some((last, times)) if last.elapsed() < Self::PAUSE => {
                *times += 1;
                None
            }
            told => {
                let times = told.map_or(0, |(_, times)| times) + 1;
                *told = Some((Instant::now(), 0));
                Some(times)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_happens_often_is_told_once_a_minute_with_its_number() {
        let throttle = Throttle::default();
        assert_eq!(throttle.happened(), Some(1));
        for _ in 0..100 {
            assert_eq!(throttle.happened(), None);
        }
        tokio::time::advance(Throttle::PAUSE).await;
        assert_eq!(throttle.happened(), Some(101));
        assert_eq!(throttle.happened(), None);
    }
}
