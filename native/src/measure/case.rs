//! What is measured, at one x: code that is repeated until its time can be told, or anything else that
//! gives a sample.

use std::hint::black_box;

use anyhow::Result;
use lab_core::report::{Point, Sample};

use super::{
    guard::{Seen, Watch},
    summary,
    timer::Timer,
};

/// Gives samples, at one x.
pub struct Case<'b> {
    /// Where along x.
    pub x: f64,
    /// Rounds it takes part in, where that is not left to the effort. What is too dear to be repeated
    /// has one.
    pub rounds: Option<usize>,
    /// Whether it sleeps or waits for a device: then it is no disturbance that its thread is off its
    /// processor.
    pub may_wait: bool,
    /// The point that its samples, one at least, make; none where they say nothing.
    pub point: fn(f64, &[Sample]) -> Option<Point>,
    /// How a sample is taken.
    pub kind: Kind<'b>,
}

/// How a sample is taken.
pub enum Kind<'b> {
    /// Repeats code and times it.
    Repeated(Repeated<'b>),
    /// Takes one sample as it comes.
    Single(Box<dyn FnMut(&mut Taking) -> Result<f64> + 'b>),
}

/// Code whose time is told.
pub struct Repeated<'b> {
    /// Units of work in one repetition: accesses, or bytes.
    pub work: f64,
    /// Repetitions that bring the caches into their steady state.
    pub warm_up: u64,
    /// The reading, from the time of one unit of work in ns.
    pub reading: fn(f64) -> f64,
    /// Repeats it so often; the time that took, ns.
    pub run: Box<dyn FnMut(Timer, u64) -> f64 + 'b>,
}

impl<'b> Case<'b> {
    /// The time of `body`, which repeats itself so often; a repetition is so many units of work, and the
    /// sample is `reading` of the time of one. A repetition warms it up.
    pub fn timed(
        x: f64,
        work: f64,
        reading: fn(f64) -> f64,
        mut body: impl FnMut(u64) + 'b,
    ) -> Self {
        let run = move |timer: Timer, repetitions| timer.time(|| body(black_box(repetitions)));
        Self::repeated(x, work, reading, Box::new(run))
    }

    /// The same, of a `body` that needs something made afresh for each repetition. Neither its making is
    /// timed, nor that what the body returns is dropped.
    pub fn prepared<T, U>(
        x: f64,
        work: f64,
        reading: fn(f64) -> f64,
        mut prepare: impl FnMut() -> T + 'b,
        mut body: impl FnMut(T) -> U + 'b,
    ) -> Self {
        let run = move |timer: Timer, repetitions| {
            let once = |_| {
                let made = prepare();
                timer.timed(|| body(black_box(made))).1
            };
            (0..repetitions).map(once).sum()
        };
        Self::repeated(x, work, reading, Box::new(run))
    }

    fn repeated(
        x: f64,
        work: f64,
        reading: fn(f64) -> f64,
        run: Box<dyn FnMut(Timer, u64) -> f64 + 'b>,
    ) -> Self {
        let warm_up = 1;
        Self::new(
            x,
            Kind::Repeated(Repeated {
                work,
                warm_up,
                reading,
                run,
            }),
        )
    }

    /// Any quantity. `take` is called once for each sample; what it does not time is preparation.
    pub fn sampled(x: f64, take: impl FnMut(&mut Taking) -> Result<f64> + 'b) -> Self {
        Self::new(x, Kind::Single(Box::new(take)))
    }

    fn new(x: f64, kind: Kind<'b>) -> Self {
        Self {
            x,
            rounds: None,
            may_wait: false,
            point: |x, samples| Some(summary(x, samples)),
            kind,
        }
    }

    /// With so many repetitions before each sample.
    #[must_use]
    pub fn warmed_by(mut self, repetitions: u64) -> Self {
        if let Kind::Repeated(code) = &mut self.kind {
            code.warm_up = repetitions;
        }
        self
    }
}

/// A sample that is being taken.
pub struct Taking {
    timer: Timer,
    pub(super) seen: Option<Seen>,
}

impl Taking {
    /// One that has not begun.
    pub fn new(timer: Timer) -> Self {
        Self { timer, seen: None }
    }

    /// What `body` returns, and the time it takes, ns. The thread is watched meanwhile.
    pub fn time<T>(&mut self, body: impl FnOnce() -> T) -> (T, f64) {
        let timer = self.timer;
        self.watch(|| timer.timed(body))
    }

    pub(super) fn watch<T>(&mut self, body: impl FnOnce() -> T) -> T {
        let watch = Watch::begin(self.timer.clock);
        let result = body();
        let seen = watch.end();
        self.seen = Some(self.seen.map_or(seen, |before| before.and(seen)));
        result
    }
}

/// Time of one unit of work, as it is.
pub fn nanoseconds(time: f64) -> f64 {
    time
}

/// Units of work a nanosecond: GB/s, where work is bytes.
pub fn per_nanosecond(time: f64) -> f64 {
    1.0 / time
}
