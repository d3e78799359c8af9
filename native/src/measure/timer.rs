//! The clock, and what reading it costs.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// A monotonic clock whose own cost is known.
#[derive(Clone, Copy, Debug)]
pub struct Timer {
    /// Time between two readings with nothing in between, ns.
    pub overhead_ns: f64,
}

impl Timer {
    /// Measures the clock's cost: the median of many empty timings.
    pub fn calibrated() -> Self {
        let mut times: Vec<Duration> = (0..2001)
            .map(|_| {
                let start = Instant::now();
                black_box(start).elapsed()
            })
            .collect();
        times.sort();
        Self {
            overhead_ns: times[times.len() / 2].as_nanos() as f64,
        }
    }

    /// Time `body` takes, ns, without the cost of the clock.
    pub fn time(&self, body: impl FnOnce()) -> f64 {
        let start = Instant::now();
        body();
        let elapsed = start.elapsed().as_nanos() as f64;
        (elapsed - self.overhead_ns).max(0.0)
    }

    /// The shortest time worth taking, ns: a thousand times what the clock costs, and a millisecond.
    pub fn shortest_sample_ns(&self) -> f64 {
        (1000.0 * self.overhead_ns).max(1e6)
    }
}
