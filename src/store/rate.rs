pub(super) const SECOND: i64 = 1_000_000;

/// One in five calls is reserved for connections that fail while others work.
const SUSPECTS_SHARE: i64 = 5;

/// The pace of calls to an upstream, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Between two calls.
    pub(super) interval: i64,
    /// The same for connections that fail while others work.
    pub(super) suspects_interval: i64,
    /// Calls that were not used for up to this time may be made at once.
    pub(super) window: i64,
}

impl Rate {
    /// This many per second, which may all be made at once.
    pub fn per_second(number: u32) -> Self {
        let number = i64::from(number).max(1);
        Self {
            interval: SECOND / number,
            suspects_interval: SECOND / (number / SUSPECTS_SHARE).max(1),
            window: SECOND,
        }
    }

    /// At most this many per minute: a third of them at once, the others one after the other.
    pub fn per_minute(number: u32) -> Self {
        let number = i64::from(number).max(2);
        let at_once = (number / 3).max(1);
        let interval = 60 * SECOND / (number - at_once);
        Self { interval, suspects_interval: interval * SUSPECTS_SHARE, window: interval * at_once }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_has_more_than_its_number() {
        for number in [2, 3, 10, 90, 100, 1000] {
            let rate = Rate::per_minute(number);
            let in_a_minute = rate.window / rate.interval + 60 * SECOND / rate.interval;
            assert!(in_a_minute <= i64::from(number), "{in_a_minute} of {number}");
            assert!(in_a_minute >= i64::from(number) - 1, "{in_a_minute} of {number}");
        }
    }
}
