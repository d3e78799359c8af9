//! The clock, and what reading it costs.

use std::{
    fmt,
    hint::black_box,
    time::{Duration, Instant},
};

use lab_core::report::Switches;

use super::guard::{self, Usage};

/// What tells the time, and what the calling thread and the machine did until now. Tests put one of
/// their own in its place.
pub trait Clock: fmt::Debug + Sync {
    /// The time.
    fn now(&self) -> Instant {
        Instant::now()
    }
    /// Processor time of the calling thread; `None` where the system does not tell.
    fn thread_time(&self) -> Option<Duration> {
        guard::thread_time()
    }
    /// Context switches of the calling thread; `None` where the system does not tell.
    fn switches(&self) -> Option<Switches> {
        guard::switches()
    }
    /// Processor time of the machine; `None` where the system does not tell.
    fn usage(&self) -> Option<Usage> {
        Usage::read()
    }
}

/// The system's own.
#[derive(Debug)]
pub struct System;

impl Clock for System {}

/// A monotonic clock whose own cost is known.
#[derive(Clone, Copy, Debug)]
pub struct Timer {
    /// What is read.
    pub clock: &'static dyn Clock,
    /// Time between two readings with nothing in between, ns.
    pub overhead_ns: f64,
}

impl Timer {
    /// Measures the system's clock: its cost is the median of many empty timings.
    pub fn calibrated() -> Self {
        // Not seen through by the compiler, which does not see through it later either.
        let clock = black_box(&System);
        let timer = Self {
            clock,
            overhead_ns: 0.0,
        };
        let mut times = [0.0; 2001].map(|_: f64| timer.time(|| ()));
        times.sort_by(f64::total_cmp);
        Self {
            clock,
            overhead_ns: times[times.len() / 2],
        }
    }

    /// Time `body` takes, ns, without the cost of the clock.
    pub fn time(&self, body: impl FnOnce()) -> f64 {
        self.timed(body).1
    }

    /// What `body` returns, and the time it takes, ns, without the cost of the clock.
    pub fn timed<T>(&self, body: impl FnOnce() -> T) -> (T, f64) {
        let start = self.clock.now();
        let result = body();
        let elapsed = (self.clock.now() - start).as_nanos() as f64;
        (result, (elapsed - self.overhead_ns).max(0.0))
    }

    /// The shortest time worth taking, ns: a thousand times what the clock costs, and a millisecond.
    pub fn shortest_sample_ns(&self) -> f64 {
        (1000.0 * self.overhead_ns).max(1e6)
    }
}
