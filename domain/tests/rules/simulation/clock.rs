//! Time that passes by being counted, and chance that is the same each time.

use chrono::{DateTime, TimeDelta, Utc};

pub const START: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).unwrap();

/// So many seconds from the start.
pub fn at(second: u64) -> DateTime<Utc> {
    START + TimeDelta::seconds(second.try_into().unwrap())
}

pub fn second(moment: DateTime<Utc>) -> i64 {
    (moment - START).num_seconds()
}

/// `SplitMix64`: a scenario's seed gives the same chance each time.
#[derive(Debug)]
pub struct Chance(pub u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// Some of it.
    pub fn part_of(&mut self, whole: TimeDelta) -> TimeDelta {
        let whole = whole.num_milliseconds().cast_unsigned();
        TimeDelta::milliseconds(self.below(whole + 1).cast_signed())
    }
}
