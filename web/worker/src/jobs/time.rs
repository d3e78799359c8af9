//! Loader kernels timed where the page runs: in this browser, with the vectors of WebAssembly.

use std::hint::black_box;

use lab_core::kernels::loader::{LoaderKernel, Way};
use serde::{Deserialize, Serialize};

use crate::{Job, Nothing, Run, Step};

/// Samples of each kernel; odd, for its median.
const SAMPLES: usize = 7;

/// How long a sample takes at least, milliseconds.
const SHORTEST: f64 = 15.0;

/// How many steps of the clock a sample takes at least: a browser's clock is coarse, a tenth of a
/// millisecond or a whole one, so that pages cannot spy on each other, and one step in fifty is 2 %.
const STEPS: f64 = 50.0;

/// Runs of a sample at most, should the clock not move.
const MOST_RUNS: u64 = 1 << 24;

/// Steps looked at to learn how coarse the clock is.
const LOOKS: usize = 5;

/// Loader kernels to be timed, one after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Time {
    /// Which.
    pub kernels: Vec<LoaderKernel>,
    /// All arrays of each together, about, bytes.
    pub bytes: usize,
    /// The how-manieth request this is: asking again measures again.
    pub round: u32,
}

/// What a loader kernel reached in this browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Which.
    pub kernel: LoaderKernel,
    /// How it was written.
    pub way: Way,
    /// All its arrays together, bytes.
    pub bytes: usize,
    /// Bytes counted a second, the median of the samples, GB/s.
    pub rate: f64,
    /// The slowest and the fastest sample, GB/s.
    pub range: (f64, f64),
    /// How long the shortest sample took, milliseconds.
    pub shortest: f64,
    /// The clock's smallest step, milliseconds.
    pub resolution: f64,
}

/// Timings come one by one.
impl Job for Time {
    const NAME: &'static str = "time";

    type Part = Timing;
    type Result = Vec<Timing>;
    type Look = Nothing;
    type Seen = Nothing;
    type Run = TimeRun;

    fn add(&self, result: &mut Option<Vec<Timing>>, part: Timing) {
        result.get_or_insert_default().push(part);
    }
}

/// Kernels to be timed and how far that came.
#[derive(Debug)]
pub struct TimeRun {
    time: Time,
    next: usize,
    resolution: Option<f64>,
}

impl Run<Time> for TimeRun {
    fn new(time: Time) -> Self {
        Self {
            time,
            next: 0,
            resolution: None,
        }
    }

    /// Times the next kernel. It is not interrupted by simulations, which would leave the caches in
    /// another state.
    fn work(&mut self, _until: f64, clock: &mut dyn FnMut() -> f64) -> Step<Timing> {
        let all = self.time.kernels.len();
        let Some(&kernel) = self.time.kernels.get(self.next) else {
            return Step::new(None, 1.0, 0);
        };
        self.next += 1;
        let resolution = *self.resolution.get_or_insert_with(|| resolution(clock));
        let timing = measure(kernel, self.time.bytes, resolution, clock);
        let progress = self.next as f64 / all as f64;
        Step::new(Some(timing), progress, 0)
    }
}

/// The smallest step of a clock.
fn resolution(clock: &mut dyn FnMut() -> f64) -> f64 {
    let step = || {
        let before = clock();
        loop {
            let step = clock() - before;
            if step > 0.0 {
                return step;
            }
        }
    };
    std::iter::repeat_with(step)
        .take(LOOKS)
        .fold(f64::INFINITY, f64::min)
}

fn measure(
    kernel: LoaderKernel,
    bytes: usize,
    resolution: f64,
    clock: &mut dyn FnMut() -> f64,
) -> Timing {
    let (timed, way) = (kernel.timed_narrow(bytes), kernel.narrow_way());
    let mut memory = vec![0; timed.words()];
    timed.prepare(&mut memory);
    let mut sample = |runs: u64| {
        let start = clock();
        for _ in 0..runs {
            timed.run(way, black_box(&mut memory));
        }
        clock() - start
    };
    // Samples too short for this clock only warm the caches and let the browser compile. One that was
    // interrupted looks long enough and is not: the samples begin anew, longer, when another is short.
    let enough = SHORTEST.max(STEPS * resolution);
    let mut runs = 1;
    let mut times = Vec::with_capacity(SAMPLES);
    while times.len() < SAMPLES {
        let time = sample(runs);
        if time < enough && runs < MOST_RUNS {
            times.clear();
            runs *= 2;
        } else {
            times.push(time.max(resolution));
        }
    }
    times.sort_by(f64::total_cmp);
    // A byte a nanosecond is a GB/s.
    let counted = kernel.cost(bytes).counted() * runs as f64;
    let rate = |milliseconds: f64| counted / (milliseconds * 1e6);
    Timing {
        kernel,
        way,
        bytes: size_of_val(&*memory),
        rate: rate(times[SAMPLES / 2]),
        range: (rate(times[SAMPLES - 1]), rate(times[0])),
        shortest: times[0],
        resolution,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clock that moves in steps of a millisecond, one step every ten looks.
    fn coarse() -> impl FnMut() -> f64 {
        let mut looks = 0_u32;
        move || {
            looks += 1;
            f64::from(looks / 10)
        }
    }

    #[test]
    fn a_coarse_clock_is_noticed() {
        assert_eq!(resolution(&mut coarse()), 1.0);
    }

    #[test]
    fn kernels_are_timed_one_by_one() {
        let start = std::time::Instant::now();
        let mut clock = || 1e3 * start.elapsed().as_secs_f64();
        let kernels = vec![LoaderKernel::Normalise, LoaderKernel::HwcToChw];
        let mut run = TimeRun::new(Time {
            kernels: kernels.clone(),
            bytes: 4096,
            round: 1,
        });
        for (index, kernel) in kernels.into_iter().enumerate() {
            let step = run.work(0.0, &mut clock);
            let found = step.part.unwrap();
            assert_eq!(found.kernel, kernel);
            assert!(found.bytes <= 4096 + 64 * 4);
            assert!(found.resolution > 0.0 && found.shortest > 0.0);
            assert!(found.range.0 <= found.rate && found.rate <= found.range.1);
            assert_eq!(step.progress, (index + 1) as f64 / 2.0);
        }
    }
}
