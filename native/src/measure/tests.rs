//! The harness on a clock of its own: nothing here takes real time, and what a sample should be is known
//! exactly.

use std::{
    cell::{Cell, RefCell},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

use lab_core::report::{Disturbance, Switches};

use super::*;
use guard::Usage;
use timer::Clock;

/// Time that passes when a test says so, on a machine of one processor that others may use beside us.
#[derive(Debug)]
struct Fake {
    start: Instant,
    passed: AtomicU64,
    /// Of that, off the processor.
    off: AtomicU64,
    /// What others used.
    others: AtomicU64,
}

impl Fake {
    fn new() -> &'static Self {
        let none = || AtomicU64::new(0);
        Box::leak(Box::new(Self {
            start: Instant::now(),
            passed: none(),
            off: none(),
            others: none(),
        }))
    }

    fn work(&self, ns: u64) {
        self.passed.fetch_add(ns, Relaxed);
    }

    fn wait(&self, ns: u64) {
        self.off.fetch_add(ns, Relaxed);
        self.work(ns);
    }

    fn harness(&'static self, effort: Effort) -> Harness {
        Harness {
            timer: Timer {
                clock: self,
                overhead_ns: 0.0,
            },
            shortest_ns: 0.0,
            effort,
        }
    }
}

impl Clock for Fake {
    fn now(&self) -> Instant {
        self.start + Duration::from_nanos(self.passed.load(Relaxed))
    }
    fn thread_time(&self) -> Option<Duration> {
        let ran = self.passed.load(Relaxed) - self.off.load(Relaxed);
        Some(Duration::from_nanos(ran))
    }
    fn switches(&self) -> Option<Switches> {
        Some(Switches::default())
    }
    fn usage(&self) -> Option<Usage> {
        let own = self.passed.load(Relaxed) as f64 * 1e-9;
        Some(Usage {
            own,
            busy: own + self.others.load(Relaxed) as f64 * 1e-9,
            ..Usage::default()
        })
    }
}

const EFFORT: Effort = Effort {
    rounds: 6,
    least_rounds: 2,
    extra_rounds: 2,
    warm_up_ns: 1e6,
    until: None,
};
const MS: u64 = 1_000_000;

/// Remembers what it is told, and ends after so many samples.
#[derive(Default)]
struct Ear {
    samples: usize,
    until: Option<usize>,
    failed: Vec<(usize, String)>,
    cut_short: Option<(usize, usize)>,
}

impl Observer for Ear {
    fn point(&mut self, _: usize, _: &Point) {}
    fn progress(&mut self, _: usize, _: usize) {
        self.samples += 1;
    }
    fn cancelled(&self) -> bool {
        self.until.is_some_and(|until| self.samples >= until)
    }
    fn failed(&mut self, case: usize, why: &anyhow::Error) {
        self.failed.push((case, why.to_string()));
    }
    fn cut_short(&mut self, fewest: usize, wanted: usize) {
        self.cut_short = Some((fewest, wanted));
    }
}

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

/// Ten units of work take 100 ns; a thing made in a millisecond is used for 10 µs.
#[test]
fn work_is_divided_out_and_preparation_is_not_timed() {
    let clock = Fake::new();
    let longest = Cell::new(0);
    let mut cases = [
        Case::timed(1.0, 10.0, nanoseconds, |repetitions| {
            longest.set(repetitions.max(longest.get()));
            clock.work(100 * repetitions);
        }),
        Case::prepared(
            2.0,
            1.0,
            per_nanosecond,
            || clock.work(MS),
            |()| clock.work(10_000),
        ),
    ];
    let points = clock.harness(EFFORT).measure(&mut cases, &mut Deaf);
    let ys: Vec<f64> = points.iter().flatten().map(|point| point.y).collect();
    assert_eq!(ys, [10.0, 1e-4]);
    assert!(
        points
            .iter()
            .flatten()
            .all(|point| point.samples.len() == 6)
    );
    // A sample takes a millisecond at least, and not much more.
    assert!((10_000..20_000).contains(&longest.get()), "{longest:?}");
}

/// Once to prepare, once to find how long it takes, and once for each sample; and as often before each
/// where that takes less time than a warm-up may.
#[test]
fn what_takes_longer_than_a_warm_up_has_none() {
    let clock = Fake::new();
    let runs = |warm_up_ns| {
        let runs = Cell::new(0);
        let body = |repetitions: u64| {
            runs.set(runs.get() + repetitions);
            clock.work(3 * MS * repetitions);
        };
        let mut cases = [Case::timed(1.0, 1.0, nanoseconds, body).warmed_by(2)];
        let effort = Effort {
            warm_up_ns,
            ..EFFORT
        };
        clock.harness(effort).measure(&mut cases, &mut Deaf);
        drop(cases);
        runs.get()
    };
    assert_eq!(runs(1e6), 2 + 6);
    assert_eq!(runs(1e9), 2 + 6 * 3);
    // There was time for one of the two.
    assert_eq!(runs(3e6), 2 + 6 * 2);
}

#[test]
fn what_others_disturb_is_marked_and_taken_again() {
    let clock = Fake::new();
    let taken = Cell::new(0);
    let mut cases = [Case::sampled(1.0, |taking| {
        taken.set(taken.get() + 1);
        // A tenth of a window disturbs, and 2 % do not.
        let others = match taken.get() {
            1 | 5 => 50 * MS,
            2 => 10 * MS,
            _ => 0,
        };
        clock.others.fetch_add(others, Relaxed);
        // Each has a window of its own.
        Ok(taking.time(|| clock.work(500 * MS)).1 + others as f64)
    })];
    let points = clock.harness(EFFORT).measure(&mut cases, &mut Deaf);
    let point = points[0].as_ref().unwrap();
    let dirty: Vec<bool> = point.samples.iter().map(|sample| sample.dirty).collect();
    assert_eq!(
        dirty,
        [true, false, false, false, true, false, false, false]
    );
    let rounds: Vec<_> = point.samples.iter().map(|sample| sample.round).collect();
    let in_order = (0..6).map(Some).chain([None, None]);
    assert_eq!(rounds, in_order.collect::<Vec<_>>());
    assert_eq!(point.y, 500.0 * MS as f64);
    assert_eq!(point.samples[0].disturbed_by, [Disturbance::OtherProcesses]);
}

#[test]
fn waiting_disturbs_those_that_may_not_wait() {
    let clock = Fake::new();
    for (may_wait, samples) in [(true, 6), (false, 6 + 2)] {
        let mut cases = [Case {
            may_wait,
            ..Case::sampled(1.0, |taking| {
                // Waiting before is nobody's affair; waiting between two parts is neither's.
                clock.wait(9 * MS);
                let (_, first) = taking.time(|| clock.work(MS));
                clock.wait(9 * MS);
                let (_, second) = taking.time(|| clock.wait(MS));
                Ok(second / first)
            })
        }];
        let points = clock.harness(EFFORT).measure(&mut cases, &mut Deaf);
        let point = points[0].as_ref().unwrap();
        assert_eq!((point.y, point.samples.len()), (1.0, samples));
        for sample in &point.samples {
            assert_eq!(sample.off_cpu_percent, Some(50.0));
            assert_eq!(sample.dirty, !may_wait);
        }
    }
}

#[test]
fn what_fails_ends_and_the_others_go_on() {
    let clock = Fake::new();
    let taken = Cell::new(0);
    let mut ear = Ear::default();
    let mut cases = [
        Case::sampled(1.0, |_| {
            taken.set(taken.get() + 1);
            anyhow::ensure!(taken.get() < 3, "it is gone");
            Ok(7.0)
        }),
        Case::sampled(2.0, |_| Ok(8.0)),
        Case::sampled(3.0, |_| anyhow::bail!("it was never there")),
    ];
    let points = clock.harness(EFFORT).measure(&mut cases, &mut ear);
    let [first, second] = [0, 1].map(|case| points[case].as_ref().unwrap());
    assert_eq!((first.y, first.samples.len()), (7.0, 2));
    assert_eq!((second.y, second.samples.len()), (8.0, 6));
    assert!(points[2].is_none());
    ear.failed.sort();
    let expected = [(0, "it is gone"), (2, "it was never there")];
    assert_eq!(
        ear.failed,
        expected.map(|(case, why)| (case, why.to_owned()))
    );
    assert_eq!(ear.cut_short, None);
}

/// Ten seconds a sample, two cases: of six rounds, the least is taken, or those that are through in time.
#[test]
fn time_cuts_short_and_that_is_told() {
    for (seconds, rounds) in [(0, 2), (70, 3), (600, 6)] {
        let clock = Fake::new();
        let effort = Effort {
            until: Some(clock.now() + Duration::from_secs(seconds)),
            ..EFFORT
        };
        let mut ear = Ear::default();
        let case = |x| Case::sampled(x, |taking| Ok(taking.time(|| clock.work(10_000 * MS)).1));
        let mut cases = [1.0, 2.0].map(case);
        let points = clock.harness(effort).measure(&mut cases, &mut ear);
        for point in points {
            assert_eq!(point.unwrap().samples.len(), rounds);
        }
        assert_eq!(ear.cut_short, (rounds < 6).then_some((rounds, 6)));
    }
}

#[test]
fn a_case_has_rounds_of_its_own_and_makes_its_own_point() {
    let clock = Fake::new();
    let taken = &RefCell::new(Vec::new());
    let count = |x: f64, rounds| Case {
        rounds,
        ..Case::sampled(x, move |_| {
            taken.borrow_mut().push(x as u32);
            Ok(taken.borrow().len() as f64)
        })
    };
    let greatest = |x, samples: &[Sample]| {
        let y = samples
            .iter()
            .map(|sample| sample.value)
            .fold(0.0, f64::max);
        (y > 1.5).then(|| Point {
            x,
            y,
            ..Point::default()
        })
    };
    let mut cases = [count(1.0, Some(1)), count(2.0, None), count(3.0, Some(8))];
    cases[2].point = greatest;
    let points = clock.harness(EFFORT).measure(&mut cases, &mut Deaf);
    assert_eq!(points[2].as_ref().unwrap().y, 15.0);
    drop(cases);
    let times = |x| taken.borrow().iter().filter(|it| **it == x).count();
    assert_eq!([1, 2, 3].map(times), [1, 6, 8]);
    let mut nothing = [Case {
        point: greatest,
        ..Case::sampled(1.0, |_| Ok(1.0))
    }];
    let points = clock.harness(EFFORT).measure(&mut nothing, &mut Deaf);
    assert!(points[0].is_none());
}

#[test]
fn a_cancelled_measurement_keeps_what_it_has() {
    let clock = Fake::new();
    let mut ear = Ear {
        until: Some(1),
        ..Ear::default()
    };
    let mut cases =
        [1.0, 2.0].map(|x| Case::timed(x, 1.0, nanoseconds, |repetitions| clock.work(repetitions)));
    let points = clock.harness(EFFORT).measure(&mut cases, &mut ear);
    assert_eq!(points.iter().flatten().count(), 1);
    assert_eq!(ear.cut_short, None);
}

/// The system's own clock goes on, and its cost is known.
#[test]
fn real_code_takes_time() {
    let harness = Harness {
        timer: Timer::calibrated(),
        shortest_ns: 0.0,
        effort: EFFORT,
    };
    let mut value = 3_u64;
    let mut cases = [Case::timed(1.0, 1.0, nanoseconds, |repetitions| {
        for _ in 0..repetitions {
            value = std::hint::black_box(value.wrapping_mul(value));
        }
    })];
    let points = harness.measure(&mut cases, &mut Deaf);
    let point = points[0].as_ref().unwrap();
    assert!(point.y > 0.0 && point.spread.unwrap().low <= point.y);
    assert!(harness.timer.overhead_ns < 1e5);
}
