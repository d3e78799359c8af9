//! Takes samples of several jobs side by side.
//!
//! Jobs that are to be compared run in rounds, each round in a new random order, so that a slow
//! spell of the machine hits all of them alike. Rounds are grouped into windows that the [`guard`]
//! judges; a disturbed window is repeated, a bounded number of times, and its samples stay,
//! labelled.

use std::time::{Duration, Instant};

use lab_core::report::Sample;

use super::{
    guard::{self, Window},
    timer::Timer,
};

/// Something to be timed.
pub struct Job<'a> {
    /// Does the smallest piece of work so many times over.
    pub work: Box<dyn FnMut(u64) + 'a>,
    /// Repetitions that bring the caches into their steady state.
    pub warm: u64,
    /// The reading, from the nanoseconds that one repetition takes.
    pub reading: Box<dyn Fn(f64) -> f64 + 'a>,
}

/// How thoroughly to measure.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Undisturbed samples wanted of each job.
    pub samples: usize,
    /// The most samples taken of each job, disturbed ones included.
    pub most: usize,
    /// How long a sample lasts at least.
    pub sample: Duration,
    /// The longest warm-up before a sample. The very first one of a job may take ten times as long.
    pub warm: Duration,
    /// When to stop repeating what was disturbed.
    pub deadline: Option<Instant>,
}

/// Whoever looks on.
pub trait Observer {
    /// Whether to stop; asked before every sample.
    fn cancelled(&self) -> bool;
    /// Told after every window: the samples so far, by job.
    fn window(&mut self, samples: &[Vec<Sample>]);
}

/// A job with what is known of its speed.
struct Tuned<'j, 'a> {
    job: &'j mut Job<'a>,
    repetitions: u64,
    warm: u64,
}

/// Times jobs on the calling thread.
#[derive(Debug)]
pub struct Harness {
    /// The clock.
    pub timer: Timer,
    random: fastrand::Rng,
}

impl Harness {
    /// A harness whose random orders come from `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            timer: Timer::calibrated(),
            random: fastrand::Rng::with_seed(seed),
        }
    }

    /// Takes samples of all jobs, by job; fewer than wanted when cancelled.
    pub fn run(
        &mut self,
        jobs: &mut [Job<'_>],
        effort: &Effort,
        observer: &mut dyn Observer,
    ) -> Vec<Vec<Sample>> {
        let mut samples = vec![Vec::new(); jobs.len()];
        let mut tuned = Vec::with_capacity(jobs.len());
        for job in jobs {
            if observer.cancelled() {
                return samples;
            }
            tuned.push(self.tune(job, effort));
        }
        let mut order: Vec<usize> = (0..tuned.len()).collect();
        let (mut clean, mut taken) = (0, 0);
        while clean < effort.samples && taken < effort.most && !order.is_empty() {
            let late = effort.deadline.is_some_and(|end| Instant::now() > end);
            if late && taken >= effort.samples {
                break;
            }
            let from: Vec<usize> = samples.iter().map(Vec::len).collect();
            let window = Window::open();
            let mut rounds = 0;
            while (window.length() < guard::WINDOW || rounds == 0) && rounds < effort.most - taken {
                self.random.shuffle(&mut order);
                for &index in &order {
                    if observer.cancelled() {
                        label(&mut samples, &from, window);
                        observer.window(&samples);
                        return samples;
                    }
                    samples[index].push(self.sample(&mut tuned[index]));
                }
                rounds += 1;
            }
            taken += rounds;
            if !label(&mut samples, &from, window) {
                clean += rounds;
            }
            observer.window(&samples);
        }
        samples
    }

    /// Warms a job up and finds how often it has to repeat to fill a sample.
    fn tune<'j, 'a>(&self, job: &'j mut Job<'a>, effort: &Effort) -> Tuned<'j, 'a> {
        let least = self.timer.least_sample(effort.sample).as_nanos() as f64;
        let mut repetitions = 1_u64;
        let each = loop {
            let elapsed = self.timer.time(|| (job.work)(repetitions));
            if elapsed * 8.0 >= least || repetitions >= 1 << 40 {
                break (elapsed / repetitions as f64).max(1e-3);
            }
            repetitions *= 2;
        };
        let within = |limit: Duration| ((limit.as_nanos() as f64 / each) as u64).min(job.warm);
        (job.work)(within(effort.warm * 10).max(1));
        Tuned {
            repetitions: ((least / each).ceil() as u64).max(1),
            warm: within(effort.warm),
            job,
        }
    }

    fn sample(&self, tuned: &mut Tuned<'_, '_>) -> Sample {
        let repetitions = tuned.repetitions;
        if tuned.warm > 0 {
            (tuned.job.work)(tuned.warm);
        }
        let own = guard::thread_time();
        let start = Instant::now();
        let elapsed = self.timer.time(|| (tuned.job.work)(repetitions));
        let whole = start.elapsed();
        let own = own
            .zip(guard::thread_time())
            .map(|(from, to)| to.saturating_sub(from));
        Sample {
            value: (tuned.job.reading)((elapsed / repetitions as f64).max(f64::MIN_POSITIVE)),
            other_cpu_percent: None,
            steal_percent: None,
            dirty: guard::interrupted(whole, own),
            outlier: false,
        }
    }
}

/// Writes a window's verdict onto the samples taken in it; true if it was disturbed.
fn label(samples: &mut [Vec<Sample>], from: &[usize], window: Window) -> bool {
    let verdict = window.close();
    let dirty = verdict.is_dirty();
    for (samples, from) in samples.iter_mut().zip(from) {
        for sample in &mut samples[*from..] {
            sample.other_cpu_percent = verdict.other_cpu_percent;
            sample.steal_percent = verdict.steal_percent;
            sample.dirty |= dirty;
        }
    }
    dirty
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{cell::Cell, rc::Rc};

    struct Until(usize, usize);

    impl Observer for Until {
        fn cancelled(&self) -> bool {
            self.0 >= self.1
        }
        fn window(&mut self, samples: &[Vec<Sample>]) {
            self.0 = samples.iter().map(Vec::len).sum();
        }
    }

    fn effort() -> Effort {
        Effort {
            samples: 3,
            most: 6,
            sample: Duration::from_micros(50),
            warm: Duration::from_micros(50),
            deadline: None,
        }
    }

    fn spin(count: &Rc<Cell<u64>>) -> Job<'static> {
        let count = Rc::clone(count);
        Job {
            work: Box::new(move |repetitions| {
                for _ in 0..repetitions {
                    count.set(std::hint::black_box(count.get()) + 1);
                }
            }),
            warm: 10,
            reading: Box::new(|ns| ns),
        }
    }

    #[test]
    fn every_job_gets_as_many_samples_within_bounds() {
        let counts = [(); 3].map(|()| Rc::new(Cell::new(0)));
        let mut jobs: Vec<_> = counts.iter().map(spin).collect();
        let samples = Harness::new(1).run(&mut jobs, &effort(), &mut Until(0, usize::MAX));
        assert_eq!(samples.len(), 3);
        for samples in &samples {
            assert!((3..=6).contains(&samples.len()), "{}", samples.len());
            assert!(samples.iter().all(|sample| sample.value > 0.0));
        }
        assert!(counts.iter().all(|count| count.get() > 0));
    }

    #[test]
    fn a_cancelled_run_keeps_what_it_has() {
        let count = Rc::new(Cell::new(0));
        let samples = Harness::new(1).run(&mut [spin(&count)], &effort(), &mut Until(1, 1));
        assert!(samples[0].is_empty());
        assert_eq!(count.get(), 0);
    }
}
