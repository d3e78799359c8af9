//! Loader kernels timed where the page runs: in this browser, with the vectors of WebAssembly.

use std::hint::black_box;

use lab_core::kernels::loader::LoaderKernel;

use super::protocol::{Found, Time, Timing};

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

/// Kernels to be timed and how far that came.
#[derive(Debug)]
pub struct TimeRun {
    time: Time,
    next: usize,
    resolution: Option<f64>,
}

impl TimeRun {
    /// At its beginning.
    pub fn new(time: Time) -> Self {
        Self {
            time,
            next: 0,
            resolution: None,
        }
    }

    /// Times the next kernel: what it reached, the share of all that is done, no accesses. A kernel
    /// is not interrupted by simulations, which would leave the caches in another state.
    pub fn work(&mut self, clock: &mut impl FnMut() -> f64) -> (Found, f64, u64) {
        let all = self.time.kernels.len();
        let Some(&kernel) = self.time.kernels.get(self.next) else {
            return (Found::Timings(Vec::new()), 1.0, 0);
        };
        self.next += 1;
        let resolution = *self.resolution.get_or_insert_with(|| resolution(clock));
        let timing = measure(kernel, self.time.bytes, resolution, clock);
        let progress = self.next as f64 / all as f64;
        (Found::Timings(vec![timing]), progress, 0)
    }
}

/// The smallest step of a clock.
fn resolution(clock: &mut impl FnMut() -> f64) -> f64 {
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
    clock: &mut impl FnMut() -> f64,
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
            let (found, progress, _) = run.work(&mut clock);
            let Found::Timings(found) = found else {
                panic!("{found:?}");
            };
            assert_eq!(found[0].kernel, kernel);
            assert!(found[0].bytes <= 4096 + 64 * 4);
            assert!(found[0].resolution > 0.0 && found[0].shortest > 0.0);
            assert!(found[0].range.0 <= found[0].rate && found[0].rate <= found[0].range.1);
            assert_eq!(progress, (index + 1) as f64 / 2.0);
        }
    }
}
