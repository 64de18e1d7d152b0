use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::client_address::ClientAddress;

/// Lines per minute: someone who guesses must not fill the disk.
const LINES: u32 = 10;

/// Logs which addresses send wrong service secrets, and never what they send.
#[derive(Default)]
pub(super) struct Log(Mutex<Minute>);

#[derive(Default)]
struct Minute {
    since: DateTime<Utc>,
    lines: u32,
    /// Wrong secrets since the last line that has their number.
    unlogged: u64,
}

impl Log {
    /// `number` is how many came from there in the last hour.
    pub fn wrong(&self, client: ClientAddress, number: u32, now: DateTime<Utc>) {
        let Some(unlogged) = self.line(now) else { return };
        let ClientAddress(address) = client;
        tracing::warn!(
            %address, number, unlogged,
            "a wrong service secret: if this address is yours, set the same SERVICE_SECRET on both \
             sides; if not, block it from reaching this server"
        );
    }

    /// If this one is logged: how many were not logged before it.
    fn line(&self, now: DateTime<Utc>) -> Option<u64> {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !(TimeDelta::zero()..TimeDelta::minutes(1)).contains(&(now - minute.since)) {
            (minute.since, minute.lines) = (now, 0);
        }
        if minute.lines == LINES {
            minute.unlogged += 1;
            return None;
        }
        minute.lines += 1;
        Some(std::mem::take(&mut minute.unlogged))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_ten_lines_and_the_next_says_how_many_had_none() {
        let log = Log::default();
        let at = |seconds: i64| DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap();
        let lines = (0..1000).filter(|_| log.line(at(0)).is_some()).count();
        assert_eq!(lines, 10);
        assert_eq!(log.line(at(59)), None);
        assert_eq!(log.line(at(60)), Some(991));
        assert_eq!(log.line(at(61)), Some(0));
        // Also if the clock was set back.
        assert_eq!(log.line(at(-3600)), Some(0));
    }
}
