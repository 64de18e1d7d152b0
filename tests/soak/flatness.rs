use crate::samples::Sample;

/// The allocator, caches that fill up and bursts of requests make the memory go up and down by less,
/// in KiB. The same for a longer run, where a leak has more time.
const MEMORY: u64 = 24 * 1024;
/// Clients come and go: so many sockets more or less are no leak.
const DESCRIPTORS: u64 = 64;

/// Medians of two windows after the start: the second third of the run, and its last quarter. A
/// median knows nothing of a burst.
#[derive(Clone, Copy)]
pub struct Growth {
    pub memory: (u64, u64),
    pub descriptors: (u64, u64),
}

/// # Panics
/// There are too few samples to say anything.
pub fn growth(samples: &[Sample]) -> Growth {
    let count = samples.len();
    assert!(count >= 24, "{count} samples: SOAK_SECONDS is too short");
    let (early, late) = (&samples[count / 3..count * 2 / 3], &samples[count * 3 / 4..]);
    let medians = |field: fn(&Sample) -> u64| (median(early, field), median(late, field));
    Growth { memory: medians(|one| one.memory), descriptors: medians(|one| one.descriptors) }
}

impl Growth {
    pub fn wrong(self) -> Option<String> {
        let grew = |(early, late): (u64, u64)| late.saturating_sub(early);
        if grew(self.memory) > MEMORY {
            Some(format!("memory grew from {} to {} KiB", self.memory.0, self.memory.1))
        } else if grew(self.descriptors) > DESCRIPTORS {
            let (early, late) = self.descriptors;
            Some(format!("descriptors grew from {early} to {late}"))
        } else {
            None
        }
    }
}

fn median(samples: &[Sample], field: fn(&Sample) -> u64) -> u64 {
    let mut all: Vec<_> = samples.iter().map(field).collect();
    all.sort_unstable();
    all[all.len() / 2]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Sample, growth};

    /// A run of 45 seconds with this memory and these descriptors at each of its samples.
    fn run(of: impl Fn(u64) -> (u64, u64)) -> Vec<Sample> {
        let sample = |n| {
            let (memory, descriptors) = of(n);
            Sample { at: Duration::from_millis(250 * n), memory, descriptors, threads: 8 }
        };
        (0..180).map(sample).collect()
    }

    #[test]
    fn a_start_bursts_and_noise_are_no_leak() {
        let burst = |n: u64| if n.is_multiple_of(10) { 60_000 } else { 0 };
        let busy = run(|n| (n.min(40) * 1_000 + n * 7919 % 8_000 + burst(n), 30 + n * 31 % 50));
        assert_eq!(growth(&busy).wrong(), None);
    }

    #[test]
    fn memory_that_grows_all_the_time_is_a_leak() {
        let leak = growth(&run(|n| (50_000 + n * 500, 40))).wrong().unwrap();
        assert!(leak.contains("memory"), "{leak}");
    }

    #[test]
    fn descriptors_that_stay_open_are_a_leak() {
        let leak = growth(&run(|n| (50_000, 40 + n))).wrong().unwrap();
        assert!(leak.contains("descriptors"), "{leak}");
    }
}
