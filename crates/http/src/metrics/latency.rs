//! A histogram without locks: devices are answered on several threads at once.

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper bounds of the buckets, in nanoseconds: from 25 µs, a fast point read, to 10 s.
const BOUNDS: [u64; 17] = [
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    10_000_000_000,
];

/// How long something took, in buckets.
#[derive(Debug, Clone, Default)]
pub struct Latency(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    sum_nanos: AtomicU64,
}

/// What a [`Latency`] held at one moment.
pub(crate) struct Snapshot {
    buckets: [u64; BOUNDS.len() + 1],
    /// Sum of all times, in seconds.
    pub(crate) sum: f64,
    /// How many times there were.
    pub(crate) count: u64,
}

impl Latency {
    /// Adds one time.
    pub fn observe(&self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.partition_point(|bound| *bound < nanos);
        self.0.buckets[bucket].fetch_add(1, Relaxed);
        self.0.sum_nanos.fetch_add(nanos, Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let buckets: [u64; BOUNDS.len() + 1] =
            std::array::from_fn(|index| self.0.buckets[index].load(Relaxed));
        Snapshot {
            count: buckets.iter().sum(),
            buckets,
            sum: Duration::from_nanos(self.0.sum_nanos.load(Relaxed)).as_secs_f64(),
        }
    }
}

impl Snapshot {
    /// Estimates a quantile, in seconds, as straight lines within the buckets; `None` when there are no times.
    pub(crate) fn quantile(&self, quantile: f64) -> Option<f64> {
        let rank = quantile * self.count as f64;
        let mut below = 0.0;
        for (index, bucket) in self.buckets.iter().enumerate().filter(|(_, bucket)| **bucket > 0) {
            let here = *bucket as f64;
            if below + here >= rank {
                let lower = if index == 0 { 0 } else { BOUNDS[index - 1] } as f64;
                let upper = BOUNDS.get(index).map_or(lower, |bound| *bound as f64);
                return Some((lower + (upper - lower) * (rank - below) / here) / 1e9);
            }
            below += here;
        }
        None
    }
}

impl TypedMetric for Latency {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Latency {
    fn encode(&self, mut encoder: MetricEncoder) -> Result<(), std::fmt::Error> {
        let snapshot = self.snapshot();
        let bounds = BOUNDS.iter().map(|nanos| *nanos as f64 / 1e9).chain([f64::MAX]);
        let buckets: Vec<(f64, u64)> = bounds.zip(snapshot.buckets).collect();
        encoder.encode_histogram::<NoLabelSet>(snapshot.sum, snapshot.count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_and_quantiles() {
        let latency = Latency::default();
        assert!(latency.snapshot().quantile(0.5).is_none());
        for _ in 0..90 {
            latency.observe(Duration::from_micros(75));
        }
        for _ in 0..10 {
            latency.observe(Duration::from_secs(100));
        }
        let snapshot = latency.snapshot();
        assert_eq!(snapshot.count, 100);
        assert!((snapshot.sum - 1000.00675).abs() < 1e-6);
        let median = snapshot.quantile(0.5).unwrap();
        assert!((50e-6..=100e-6).contains(&median), "{median}");
        assert_eq!(snapshot.quantile(0.99), Some(10.0));
    }

    #[test]
    fn a_bound_belongs_to_its_bucket() {
        let latency = Latency::default();
        latency.observe(Duration::from_micros(25));
        latency.observe(Duration::ZERO);
        assert_eq!(latency.snapshot().buckets[0], 2);
    }
}
