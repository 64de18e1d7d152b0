//! Medians and percentiles.

use std::time::Duration;

use crate::{Result, results::Latency};

/// The middle value, or the mean of the two in the middle. `None` for no values.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(values[middle - 1], upper))
}

/// The percentiles of all latencies: exact, since every latency is kept. `None` for no latencies.
pub fn latency(mut latencies: Vec<Duration>) -> Option<Latency> {
    latencies.sort_unstable();
    Some(Latency {
        p50: percentile(&latencies, 500)?,
        p99: percentile(&latencies, 990)?,
        p999: Some(percentile(&latencies, 999)?),
    })
}

/// The latency that this share of the requests doesn't exceed (nearest rank), in milliseconds.
fn percentile(sorted: &[Duration], per_mille: usize) -> Option<f64> {
    let rank = (sorted.len() * per_mille).div_ceil(1000).max(1);
    sorted.get(rank - 1).map(|latency| latency.as_secs_f64() * 1e3)
}

/// Counts here are far below the 2^32 that a `u32` has room for.
pub fn count_as_f64<T: TryInto<u32>>(count: T) -> Result<f64> {
    let count = count.try_into().map_err(|_| "a count is negative or too large")?;
    Ok(f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_value_or_the_mean_of_two() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn percentiles_are_the_nearest_rank() {
        let latencies = (1..=1000).rev().map(Duration::from_millis).collect();
        let latency = latency(latencies).unwrap();
        assert_eq!((latency.p50, latency.p99, latency.p999), (500.0, 990.0, Some(999.0)));
    }

    #[test]
    fn one_latency_is_every_percentile() {
        let latency = latency(vec![Duration::from_millis(7)]).unwrap();
        assert_eq!((latency.p50, latency.p99, latency.p999), (7.0, 7.0, Some(7.0)));
        assert!(super::latency(Vec::new()).is_none());
    }
}
