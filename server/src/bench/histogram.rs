//! Latencies by their size: buckets 1/32 apart, from a microsecond to an hour, without floats.

use std::time::Duration;

const STEPS: u32 = 32;

/// Counts of latencies by bucket.
#[derive(Clone)]
pub(super) struct Histogram {
    buckets: Vec<u64>,
    total: u64,
}

impl Histogram {
    pub(super) fn new() -> Self {
        Self { buckets: vec![0; 33 * STEPS as usize], total: 0 }
    }

    pub(super) fn add(&mut self, latency: Duration) {
        let micros = latency.as_micros().clamp(1, u128::from(u32::MAX)) as u32;
        self.buckets[bucket(micros)] += 1;
        self.total += 1;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *mine += theirs;
        }
        self.total += other.total;
    }

    /// Returns the latency in microseconds below which `per_mille` of a thousand lie; 0 if there are none.
    pub(super) fn at(&self, per_mille: u64) -> u64 {
        let wanted = (self.total * per_mille).div_ceil(1000);
        let mut seen = 0;
        for (i, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= wanted && *count > 0 {
                return value(i);
            }
        }
        0
    }
}

/// Returns the bucket of `micros`: its power of two, and the five bits below the highest.
fn bucket(micros: u32) -> usize {
    let power = micros.ilog2();
    let below = if power >= 5 { (micros >> (power - 5)) & (STEPS - 1) } else { (micros << (5 - power)) & (STEPS - 1) };
    (power * STEPS + below) as usize
}

/// Returns the smallest number of microseconds in bucket `i`.
fn value(i: usize) -> u64 {
    let (power, below) = (i as u64 / u64::from(STEPS), i as u64 % u64::from(STEPS));
    ((u64::from(STEPS) + below) << power) >> 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_right_to_a_thirty_second() {
        let mut histogram = Histogram::new();
        for micros in 1..=10_000_u64 {
            histogram.add(Duration::from_micros(micros));
        }
        for (per_mille, exact) in [(500, 5_000), (990, 9_900), (1000, 10_000)] {
            let found = histogram.at(per_mille);
            assert!(found <= exact && found * 33 >= exact * 32, "{per_mille}: {found} for {exact}");
        }
        assert_eq!(Histogram::new().at(500), 0);
    }
}
