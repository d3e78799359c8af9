//! The measuring harness.
//!
//! Everything that is to be compared is a [`Case`], whatever quantity it gives; [`Harness::measure`]
//! takes one sample of each in random order, round after round, so that a drift of the machine hits all
//! alike. Samples that others disturbed ([`guard`]) are marked and taken again, a bounded number of
//! times; none is dropped. What comes out is a median with its interval, of the undisturbed samples where
//! there are enough of them, or what else the case makes of its samples. No experiment has rounds of its
//! own.

mod case;
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

use anyhow::Result;
use lab_core::report::{Count, Counter, Point, Sample};

pub use case::{Case, Taking, nanoseconds, per_nanosecond};
use case::{Kind, Repeated};
use counters::Counters;
pub use effort::Effort;
use effort::Queue;
use guard::Window;
use timer::Timer;

/// Who hears of samples and may end a measurement.
pub trait Observer {
    /// A case has a new sample; `point` is all that is known of it.
    fn point(&mut self, case: usize, point: &Point);
    /// A sample was taken: `done` of `all` that are due so far.
    fn progress(&mut self, done: usize, all: usize);
    /// Whether to stop.
    fn cancelled(&self) -> bool;
    /// A case cannot be sampled, or not any more; it has no more samples.
    fn failed(&mut self, _case: usize, _why: &anyhow::Error) {}
    /// There was time for so few samples of a case, which should have so many.
    fn cut_short(&mut self, _fewest: usize, _wanted: usize) {}
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
#[derive(Clone, Copy, Debug, Default)]
struct Length {
    /// How often it is repeated.
    repetitions: u64,
    /// What one repetition takes, ns.
    one_ns: f64,
}

/// Undisturbed samples that suffice for a median.
const ENOUGH: usize = 5;

impl Harness {
    /// Measures all cases; the points stand in the order of the cases. A case that failed or was
    /// cancelled before its first sample has no point.
    pub fn measure(
        &self,
        cases: &mut [Case<'_>],
        observer: &mut dyn Observer,
    ) -> Vec<Option<Point>> {
        let clock = self.timer.clock;
        let lengths: Vec<Length> = cases.iter_mut().map(|case| self.length(case)).collect();
        let mut samples: Vec<Vec<Sample>> = vec![Vec::new(); cases.len()];
        let wanted = cases
            .iter()
            .map(|it| it.rounds.unwrap_or(self.effort.rounds));
        let mut queue = Queue::new(self.effort, wanted.collect(), clock.now());
        loop {
            let window = Window::open(clock);
            let (mut tried, mut fresh) = (false, Vec::new());
            while !(window.is_ripe() || observer.cancelled()) {
                let Some((index, round)) = queue.next(clock.now()) else {
                    break;
                };
                tried = true;
                let case = &mut cases[index];
                match self.sample(case, lengths[index]) {
                    Ok(sample) => {
                        fresh.push((index, samples[index].len()));
                        samples[index].push(Sample { round, ..sample });
                        if let Some(point) = (case.point)(case.x, &samples[index]) {
                            observer.point(index, &point);
                        }
                    }
                    Err(why) => {
                        queue.leave_out(index);
                        observer.failed(index, &why);
                    }
                }
                let (done, all) = queue.progress(clock.now());
                observer.progress(done, all);
            }
            if !tried {
                break;
            }
            let others = window.close();
            for (index, place) in fresh {
                let sample = &mut samples[index][place];
                others.mark(sample);
                if sample.dirty {
                    queue.again(index);
                }
            }
        }
        if !observer.cancelled() {
            let taken: Vec<usize> = samples.iter().map(Vec::len).collect();
            if let Some((fewest, wanted)) = queue.cut_short(&taken) {
                observer.cut_short(fewest, wanted);
            }
        }
        self.count(cases, &lengths, observer);
        let point = |(case, samples): (&Case<'_>, &Vec<Sample>)| {
            (!samples.is_empty()).then(|| (case.point)(case.x, samples))?
        };
        cases.iter().zip(&samples).map(point).collect()
    }

    /// Reads the counters around one more pass of each case that is repeated, after all samples were
    /// taken.
    fn count(&self, cases: &mut [Case<'_>], lengths: &[Length], observer: &mut dyn Observer) {
        for (index, (case, &length)) in cases.iter_mut().zip(lengths).enumerate() {
            if observer.cancelled() {
                return;
            }
            let Kind::Repeated(code) = &mut case.kind else {
                continue;
            };
            let Some(counters) = observer.counters(index) else {
                continue;
            };
            self.warm_up(code, length);
            let units = length.repetitions as f64 * code.work;
            let (mut time, mut passes) = (0.0, 0.0);
            let mut taking = Taking::new(self.timer);
            let counts = taking.watch(|| {
                counters.during(|| {
                    time += (code.run)(self.timer, length.repetitions);
                    passes += 1.0;
                })
            });
            let switches = taking.seen.and_then(|seen| seen.switches);
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

    /// How often to repeat a case for a sample of sufficient length.
    fn length(&self, case: &mut Case<'_>) -> Length {
        let Kind::Repeated(code) = &mut case.kind else {
            return Length::default();
        };
        let shortest = self.timer.shortest_sample_ns().max(self.shortest_ns);
        // The first run may prepare memory: it says nothing of the others.
        (code.run)(self.timer, 1);
        let mut repetitions = 1;
        loop {
            let time = (code.run)(self.timer, repetitions);
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
    fn warm_up(&self, code: &mut Repeated<'_>, length: Length) {
        // It warms itself: what it finds cold at first is a small part of it.
        if length.one_ns > self.effort.warm_up_ns {
            return;
        }
        let clock = self.timer.clock;
        let begun = clock.now();
        let mut left = code.warm_up;
        while left > 0 && ((clock.now() - begun).as_nanos() as f64) < self.effort.warm_up_ns {
            let step = left.min(length.repetitions);
            (code.run)(self.timer, step);
            left -= step;
        }
    }

    /// One sample. What the guard says of the machine comes with the window's end; but a thread that was
    /// kept off its processor meanwhile is disturbed whatever that says.
    fn sample(&self, case: &mut Case<'_>, length: Length) -> Result<Sample> {
        let mut taking = Taking::new(self.timer);
        let value = match &mut case.kind {
            Kind::Repeated(code) => {
                self.warm_up(code, length);
                let time = taking.watch(|| (code.run)(self.timer, length.repetitions));
                (code.reading)(time / (length.repetitions as f64 * code.work))
            }
            Kind::Single(take) => take(&mut taking)?,
        };
        let mut sample = Sample {
            value,
            off_cpu_percent: taking.seen.and_then(|seen| seen.off_cpu_percent()),
            switches: taking.seen.and_then(|seen| seen.switches),
            ..Sample::default()
        };
        if let Some(seen) = taking.seen.filter(|_| !case.may_wait) {
            sample.disturb(seen.reasons());
        }
        Ok(sample)
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
mod tests;
