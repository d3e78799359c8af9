//! The clock that samples are timed with, and what reading it costs.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// The monotonic clock.
#[derive(Clone, Copy, Debug)]
pub struct Timer {
    /// Nanoseconds between two readings with nothing between them.
    pub cost_ns: f64,
}

/// A sample lasts this many times the timer's cost at least: what the timer adds is below 0.1 %.
const COSTS_IN_A_SAMPLE: f64 = 1000.0;

impl Timer {
    /// Finds out what reading the clock costs: the median of many empty timings.
    pub fn calibrated() -> Self {
        const READINGS: u32 = 100;
        let mut costs: Vec<f64> = (0..101)
            .map(|_| {
                let start = Instant::now();
                for _ in 1..READINGS {
                    black_box(Instant::now());
                }
                start.elapsed().as_nanos() as f64 / f64::from(READINGS)
            })
            .collect();
        costs.sort_by(f64::total_cmp);
        Self {
            cost_ns: costs[costs.len() / 2],
        }
    }

    /// Nanoseconds that `work` takes, the timer's own cost subtracted.
    #[inline(always)]
    pub fn time(&self, work: impl FnOnce()) -> f64 {
        let start = Instant::now();
        work();
        let elapsed = start.elapsed().as_nanos() as f64;
        (elapsed - self.cost_ns).max(0.0)
    }

    /// The least time a sample may take.
    pub fn least_sample(&self, wanted: Duration) -> Duration {
        wanted.max(Duration::from_nanos(
            (self.cost_ns * COSTS_IN_A_SAMPLE) as u64,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_clock_makes_long_samples() {
        let timer = Timer { cost_ns: 30_000.0 };
        let wanted = Duration::from_millis(2);
        assert_eq!(timer.least_sample(wanted), Duration::from_millis(30));
        let timer = Timer { cost_ns: 25.0 };
        assert_eq!(timer.least_sample(wanted), wanted);
    }
}
