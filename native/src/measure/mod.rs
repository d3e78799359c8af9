//! The measuring harness.
//!
//! Everything that is to be compared is a [`Case`]; [`Harness::measure`] takes one sample of each in
//! random order, round after round, so that a drift of the machine hits all alike. Samples that others
//! disturbed ([`guard`]) are marked and taken again, a bounded number of times; none is dropped. What
//! comes out is a median with its interval, of the undisturbed samples where there are enough of them.

pub mod counters;
pub mod data_file;
mod effort;
pub mod faults;
pub mod guard;
pub mod memory;
pub mod near;
pub mod pin;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub mod sampler;
pub mod scratch;
pub mod stats;
pub mod team;
pub mod timer;
#[cfg(target_os = "linux")]
mod watched;

use std::{hint::black_box, time::Instant};

use lab_core::report::{Count, Counter, Point, Sample};

use counters::Counters;
use effort::Queue;
pub use effort::{Effort, Rounds};
use guard::{Watch, Window};
use timer::Timer;

/// Code to be timed, at one x.
pub struct Case<'b> {
    /// Where along x.
    pub x: f64,
    /// Units of work in one repetition of the body: accesses, or bytes.
    pub work: f64,
    /// Repetitions that bring the caches into their steady state.
    pub warm_up: u64,
    /// Runs the kernel that many times.
    pub body: Box<dyn FnMut(u64) + 'b>,
    /// The reading, from the time of one unit of work in ns.
    pub reading: fn(f64) -> f64,
}

/// Time of one unit of work, as it is.
pub fn nanoseconds(time: f64) -> f64 {
    time
}

/// Units of work a nanosecond: GB/s, where work is bytes.
pub fn per_nanosecond(time: f64) -> f64 {
    1.0 / time
}

/// Who hears of samples and may end a measurement.
pub trait Observer {
    /// A case has a new sample; `point` is all that is known of it.
    fn point(&mut self, case: usize, point: &Point);
    /// A sample was taken: `done` of `all` that are due so far.
    fn progress(&mut self, done: usize, all: usize);
    /// Whether to stop.
    fn cancelled(&self) -> bool;
    /// The counters to read around a further pass of a case; none where none is wanted.
    fn counters(&mut self, _case: usize) -> Option<&mut Counters> {
        None
    }
    /// What was counted for each unit of work of a case, which took so many ns.
    fn counted(&mut self, _case: usize, _nanoseconds: f64, _counts: Vec<Count>) {}
}

/// Hears nothing.
pub struct Deaf;

impl Observer for Deaf {
    fn point(&mut self, _: usize, _: &Point) {}
    fn progress(&mut self, _: usize, _: usize) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// Takes samples.
#[derive(Clone, Copy, Debug)]
pub struct Harness {
    /// The clock.
    pub timer: Timer,
    /// How much time to spend.
    pub effort: Effort,
    /// The shortest sample worth taking, ns, where the clock allows a shorter one.
    pub shortest_ns: f64,
}

/// How long a sample of a case is.
#[derive(Clone, Copy, Debug)]
struct Length {
    /// How often its body is repeated.
    repetitions: u64,
    /// What one repetition takes, ns.
    one_ns: f64,
}

/// Undisturbed samples that suffice for a median.
const ENOUGH: usize = 5;

impl Harness {
    /// Measures all cases; the points stand in the order of the cases. A case that was cancelled
    /// before its first sample has no point.
    pub fn measure(
        &self,
        cases: &mut [Case<'_>],
        observer: &mut dyn Observer,
    ) -> Vec<Option<Point>> {
        let lengths: Vec<Length> = cases.iter_mut().map(|case| self.calibrate(case)).collect();
        let mut samples: Vec<Vec<Sample>> = vec![Vec::new(); cases.len()];
        let mut queue = Queue::new(self.effort, cases.len());
        while !observer.cancelled() {
            let window = Window::open();
            let mut fresh = Vec::new();
            while !(window.is_ripe() || observer.cancelled()) {
                let Some((index, round)) = queue.next() else {
                    break;
                };
                let mut sample = self.sample(&mut cases[index], lengths[index]);
                sample.round = round;
                fresh.push((index, samples[index].len()));
                samples[index].push(sample);
                let (done, all) = queue.progress();
                observer.progress(done, all);
                observer.point(index, &summary(cases[index].x, &samples[index]));
            }
            if fresh.is_empty() {
                break;
            }
            let verdict = window.close();
            for (index, place) in fresh {
                let sample = &mut samples[index][place];
                sample.other_cpu_percent = verdict.other_cpu_percent;
                sample.steal_percent = verdict.steal_percent;
                sample.disturb(verdict.reasons());
                if sample.dirty {
                    queue.again(index);
                }
            }
        }
        self.count(cases, &lengths, observer);
        cases
            .iter()
            .zip(&samples)
            .map(|(case, samples)| (!samples.is_empty()).then(|| summary(case.x, samples)))
            .collect()
    }

    /// Reads the counters around one more pass of each case, after all samples were taken.
    fn count(&self, cases: &mut [Case<'_>], lengths: &[Length], observer: &mut dyn Observer) {
        for (index, (case, &length)) in cases.iter_mut().zip(lengths).enumerate() {
            if observer.cancelled() {
                return;
            }
            let Some(counters) = observer.counters(index) else {
                continue;
            };
            self.warm_up(case, length);
            let repetitions = length.repetitions;
            let units = repetitions as f64 * case.work;
            let watch = Watch::begin();
            let (mut time, mut passes) = (0.0, 0.0);
            let counts = counters.during(|| {
                time += self.timer.time(|| (case.body)(black_box(repetitions)));
                passes += 1.0;
            });
            let switches = watch.end().switches.filter(|_| passes > 0.0);
            let switches = switches.into_iter().flat_map(|switches| {
                [
                    (Counter::VoluntarySwitches, switches.voluntary),
                    (Counter::InvoluntarySwitches, switches.involuntary),
                ]
                .map(|(what, count)| (what, count as f64 / passes))
            });
            if passes > 0.0 {
                let counts = counts.into_iter().map(|(what, count)| (what, count as f64));
                let per_unit = |(what, count)| Count {
                    what,
                    per_unit: count / units,
                };
                let counts = counts.chain(switches).map(per_unit).collect();
                observer.counted(index, time / passes / units, counts);
            }
        }
    }

    /// How often to repeat the body for a sample of sufficient length.
    fn calibrate(&self, case: &mut Case<'_>) -> Length {
        let shortest = self.timer.shortest_sample_ns().max(self.shortest_ns);
        // The first run may prepare memory: it says nothing of the others.
        (case.body)(1);
        let mut repetitions = 1;
        loop {
            let time = self.timer.time(|| (case.body)(repetitions));
            if time >= shortest {
                return Length {
                    repetitions,
                    one_ns: time / repetitions as f64,
                };
            }
            // Aims a little beyond, and never more than doubles-plus on a noisy first guess.
            let aim = 1.2 * shortest / time.max(1.0);
            repetitions = (repetitions as f64 * aim.clamp(1.5, 10.0)).ceil() as u64;
        }
    }

    /// Brings the caches into the case's steady state.
    fn warm_up(&self, case: &mut Case<'_>, length: Length) {
        // It warms itself: what it finds cold at first is a small part of it.
        if length.one_ns > self.effort.warm_up_ns {
            return;
        }
        let begun = Instant::now();
        let mut left = case.warm_up;
        while left > 0 && (begun.elapsed().as_nanos() as f64) < self.effort.warm_up_ns {
            let step = left.min(length.repetitions);
            (case.body)(black_box(step));
            left -= step;
        }
    }

    /// One sample: warms up, then times. The guard's verdict comes with the window's end; but a
    /// thread that was kept off its processor meanwhile is disturbed whatever that says.
    fn sample(&self, case: &mut Case<'_>, length: Length) -> Sample {
        self.warm_up(case, length);
        let repetitions = length.repetitions;
        let watch = Watch::begin();
        let time = self.timer.time(|| (case.body)(black_box(repetitions)));
        let seen = watch.end();
        let mut sample = Sample {
            value: (case.reading)(time / (repetitions as f64 * case.work)),
            off_cpu_percent: seen.off_cpu_percent,
            switches: seen.switches,
            ..Sample::default()
        };
        sample.disturb(seen.reasons());
        sample
    }
}

/// The point that these samples, one at least, make: outliers marked, the median of the undisturbed ones where
/// there are enough.
pub fn summary(x: f64, samples: &[Sample]) -> Point {
    let all: Vec<f64> = samples.iter().map(|sample| sample.value).collect();
    let clean: Vec<f64> = samples
        .iter()
        .filter(|sample| !sample.dirty)
        .map(|sample| sample.value)
        .collect();
    let values = if clean.len() >= ENOUGH { &clean } else { &all };
    let (y, spread) = stats::median(values).expect("a point has samples");
    let marked = samples.iter().zip(stats::outliers(&all));
    Point {
        x,
        y,
        spread: Some(spread),
        samples: marked
            .map(|(sample, outlier)| Sample {
                outlier,
                ..sample.clone()
            })
            .collect(),
        served: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(value: f64, dirty: bool) -> Sample {
        Sample {
            value,
            other_cpu_percent: Some(0.0),
            steal_percent: Some(0.0),
            dirty,
            ..Sample::default()
        }
    }

    #[test]
    fn disturbed_samples_stay_but_do_not_count_when_there_are_enough_others() {
        let mut samples: Vec<_> = (1..=5)
            .map(|value| sample(f64::from(value), false))
            .collect();
        samples.push(sample(100.0, true));
        let point = summary(1.0, &samples);
        assert_eq!((point.y, point.samples.len()), (3.0, 6));
        assert!(point.samples[5].outlier && !point.dirty());
        // With four clean ones only, all six count.
        samples[0].dirty = true;
        assert_eq!(summary(1.0, &samples).y, 3.5);
    }

    #[test]
    fn every_case_gets_its_samples_and_work_is_divided_out() {
        let harness = Harness {
            timer: Timer::calibrated(),
            shortest_ns: 0.0,
            effort: Effort {
                rounds: 3,
                least_rounds: 3,
                extra_rounds: 0,
                warm_up_ns: 1e6,
                until: None,
            },
        };
        let count = std::cell::Cell::new(0_u64);
        let mut cases = [1.0, 2.0].map(|x| Case {
            x,
            work: 10.0,
            warm_up: 1,
            body: Box::new(|repetitions| {
                for _ in 0..repetitions {
                    count.set(black_box(count.get() + 1));
                }
            }),
            reading: nanoseconds,
        });
        let points = harness.measure(&mut cases, &mut Deaf);
        for (point, x) in points.into_iter().zip([1.0, 2.0]) {
            let point = point.unwrap();
            assert_eq!((point.x, point.samples.len()), (x, 3));
            assert!(point.y > 0.0 && point.spread.unwrap().low <= point.y);
        }
        assert!(count.get() > 0);
    }

    /// Once to prepare, once to find how long it takes, and once for each sample.
    #[test]
    fn what_takes_longer_than_a_warm_up_has_none() {
        let harness = Harness {
            timer: Timer::calibrated(),
            shortest_ns: 0.0,
            effort: Effort {
                rounds: 3,
                extra_rounds: 0,
                warm_up_ns: 1e5,
                ..Effort::QUICK
            },
        };
        let runs = std::cell::Cell::new(0);
        let mut cases = [Case {
            x: 1.0,
            work: 1.0,
            warm_up: 1,
            body: Box::new(|_| {
                runs.set(runs.get() + 1);
                std::thread::sleep(std::time::Duration::from_millis(3));
            }),
            reading: nanoseconds,
        }];
        harness.measure(&mut cases, &mut Deaf);
        drop(cases);
        assert_eq!(runs.get(), 5);
    }

    #[test]
    fn a_cancelled_measurement_keeps_what_it_has() {
        struct After(usize);
        impl Observer for After {
            fn point(&mut self, _: usize, _: &Point) {}
            fn progress(&mut self, _: usize, _: usize) {
                self.0 = self.0.saturating_sub(1);
            }
            fn cancelled(&self) -> bool {
                self.0 == 0
            }
        }
        let harness = Harness {
            timer: Timer::calibrated(),
            shortest_ns: 0.0,
            effort: Effort::QUICK,
        };
        let mut cases = [1.0, 2.0].map(|x| Case {
            x,
            work: 1.0,
            warm_up: 0,
            body: Box::new(|n| std::thread::sleep(std::time::Duration::from_micros(n.min(2000)))),
            reading: nanoseconds,
        });
        let points = harness.measure(&mut cases, &mut After(1));
        assert_eq!(points.iter().flatten().count(), 1);
    }
}
