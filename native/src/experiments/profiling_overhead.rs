//! What a profiler costs, measured: a program alone, sampled by a timer's signal, and with time stamps in
//! each call, in turns.

use std::{
    cell::{Cell, RefCell},
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::Result;
use lab_core::{
    evidence::{Evidence, Reading},
    machine::{Figure, Machine},
    parameters::Arguments,
    report::{Point, Sample, Series},
    study::{
        Study,
        profiling_overhead::{PROBE_COST, PROBES, SAMPLE_COST, SAMPLES},
    },
    units::Unit,
};

use super::{Bench, Live, Measurement, Variant};
use crate::measure::{Case, Taking, stats, summary};

/// The study, and how many of the samples asked for came at the highest rate.
#[derive(Default)]
pub(super) struct ProfilingOverhead {
    came: Cell<Option<f64>>,
    unseen: Cell<usize>,
}

/// What a run of the program takes alone.
const WORK: Duration = Duration::from_millis(20);
const QUICK_WORK: Duration = Duration::from_millis(8);
/// Events that a calibration times together, and how often.
const EVENTS: u32 = 1000;
const BATCHES: usize = 15;

impl Measurement for ProfilingOverhead {
    fn calibrate(&self, _: &Machine, _: &Bench) -> Result<Vec<(&'static str, Figure)>> {
        let mut found = vec![(
            PROBE_COST.name,
            cost("two looks at the clock", || {
                black_box(black_box(Instant::now()).elapsed());
                Ok(())
            })?,
        )];
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        {
            let sampler = crate::measure::sampler::Sampler::install()?;
            let source = "the signal raised by the thread itself, and its handler";
            found.push((SAMPLE_COST.name, cost(source, || sampler.raise())?));
        }
        Ok(found)
    }

    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let study = Study::ProfilingOverhead;
        let program = &Program::of(if bench.quick { QUICK_WORK } else { WORK });
        let fastest = study.xs(machine, arguments, SAMPLES).into_iter();
        let fastest = fastest.fold(0.0, f64::max);
        let came = &RefCell::new(Vec::new());
        let case = |name: &'static str, x: f64| Case {
            point: seen,
            ..Case::sampled(x, move |taking| {
                let (added, seen) = added(program, name, x, taking)?;
                came.borrow_mut().extend(seen.filter(|_| x == fastest));
                Ok(100.0 * added)
            })
        };
        let mut asked = Vec::new();
        let mut variants = Vec::new();
        for &name in study.variants(Reading::Measured) {
            let xs = study.xs(machine, arguments, name);
            asked.push(xs.len());
            variants.push(match unavailable().filter(|_| name == SAMPLES) {
                Some(why) => Variant::Unavailable(name, why.to_owned()),
                None => Variant::Cases(name, xs.into_iter().map(|x| case(name, x)).collect()),
            });
        }
        let series = live.measure(study, bench, variants);
        let came = stats::median(&came.borrow());
        self.came.set(came.map(|(median, _)| median));
        if !live.watcher.cancelled() {
            let had = series.iter().zip(asked);
            let had = had.filter(|(series, _)| series.unavailable.is_none());
            let unseen = had.map(|(series, asked)| asked - series.points.len());
            self.unseen.set(unseen.sum());
        }
        Ok(series)
    }

    fn notes(&self, _: &Machine, modelled: &[Series], measured: &[Series]) -> Vec<String> {
        let mut notes = Vec::new();
        if self.unseen.get() > 0 {
            notes.push(format!(
                "{} points are left out: what the events added there cannot be told from nothing, its \
                 interval reaches 0.",
                self.unseen.get()
            ));
        }
        for series in measured {
            let ([first, ..], [.., last]) = (&series.points[..], &series.points[..]) else {
                continue;
            };
            if first.x < last.x {
                let [slow, fast] = [first, last].map(|point| {
                    let each = Unit::Nanoseconds.format(each(&series.variant, point.y, point.x));
                    format!("{each} each at {}", Unit::Hertz.format(point.x))
                });
                notes.push(format!(
                    "{}: {slow}, {fast}; where these are alike, the time added is in proportion to the \
                     rate.",
                    series.variant
                ));
            }
            let predicted = Series::find(modelled, Reading::Predicted, &series.variant);
            if let Some(predicted) = predicted.and_then(|series| series.at(last.x)) {
                notes.push(residual(&series.variant, last, predicted.y));
            }
        }
        let came = self.came.take().filter(|came| *came < 0.9);
        notes.extend(came.map(|came| {
            format!(
                "At the highest rate only {:.0} % of the samples came: a timer that comes due again \
                 before its signal is delivered counts once. The rate that was had is so much lower.",
                100.0 * came
            )
        }));
        notes
    }
}

/// Why nothing can be sampled here.
fn unavailable() -> Option<&'static str> {
    let here = cfg!(all(target_os = "linux", target_env = "gnu"));
    (!here)
        .then_some("the lab interrupts one thread by a timer on Linux with the GNU C library only")
}

/// What one event costs, ns, when so many a second add so many percent: probes to each second of work,
/// samples to the work of each second.
fn each(variant: &str, percent: f64, rate: f64) -> f64 {
    let added = percent / 100.0;
    let share = if variant == PROBES {
        added
    } else {
        added / (1.0 + added)
    };
    1e9 * share / rate
}

/// What the predicted and the measured time of a variant at its highest rate say of one event.
fn residual(variant: &str, last: &Point, predicted: f64) -> String {
    let why = match variant {
        PROBES if last.y < predicted => {
            ": a core looks at the clock while it still computes what came before"
        }
        PROBES => ": the compiler keeps less in registers around a call to the clock",
        _ if last.y > predicted => {
            ": the timer's interrupt comes on top, and in a virtual machine the host has a part in it"
        }
        _ => ": a signal that is due already costs less than a call that raises it",
    };
    let far = (last.y / predicted).max(predicted / last.y) > 1.25;
    format!(
        "{variant}: one event cost {} here, and {} by itself{}.",
        Unit::Nanoseconds.format(each(variant, last.y, last.x)),
        Unit::Nanoseconds.format(each(variant, predicted, last.x)),
        if far { why } else { "" }
    )
}

/// The point, where what was added can be told from nothing.
fn seen(x: f64, samples: &[Sample]) -> Option<Point> {
    let point = summary(x, samples);
    (point.spread?.low > 0.0).then_some(point)
}

/// What one event takes: the median of batches.
fn cost(source: &str, mut event: impl FnMut() -> Result<()>) -> Result<Figure> {
    let mut batches = Vec::with_capacity(BATCHES);
    for _ in 0..BATCHES {
        let begun = Instant::now();
        for _ in 0..EVENTS {
            event()?;
        }
        batches.push(begun.elapsed().as_nanos() as f64 / f64::from(EVENTS));
    }
    let (median, _) = stats::median(&batches).expect("there are batches");
    Ok(Figure::new(median, Evidence::Measured, source))
}

/// A loop whose time goes by its turns.
struct Program {
    /// Turns of a run.
    turns: u64,
    /// Of a second.
    turns_per_second: f64,
}

impl Program {
    /// One that takes about so long.
    fn of(work: Duration) -> Self {
        const TRIAL: u64 = 1 << 20;
        let trial = || {
            let begun = Instant::now();
            calls(1, TRIAL, false);
            begun.elapsed().as_secs_f64()
        };
        let best = (0..5).map(|_| trial()).fold(f64::INFINITY, f64::min);
        let turns_per_second = TRIAL as f64 / best;
        Self {
            turns: (work.as_secs_f64() * turns_per_second) as u64,
            turns_per_second,
        }
    }
}

/// So many calls of a function of so many turns, each with a time stamp at entry and exit, or none.
fn calls(count: u64, turns: u64, probed: bool) {
    let mut spent = Duration::ZERO;
    let mut value = black_box(3_u64);
    for _ in 0..count {
        let entered = probed.then(Instant::now);
        value = function(value, turns);
        spent += entered.map_or(Duration::ZERO, |entered| entered.elapsed());
    }
    black_box((value, spent));
}

#[inline(never)]
fn function(mut value: u64, turns: u64) -> u64 {
    for _ in 0..turns {
        value = value.wrapping_mul(value | 1);
    }
    value
}

/// How much longer a run takes with so many events a second, as a share of one without, and for samples
/// how many of those asked for came. One is run right after the other.
fn added(
    program: &Program,
    name: &str,
    rate: f64,
    taking: &mut Taking,
) -> Result<(f64, Option<f64>)> {
    if name == PROBES {
        let turns = (program.turns_per_second / rate).max(1.0) as u64;
        let count = program.turns / turns;
        let [plain, probed] =
            [false, true].map(|probed| taking.time(|| calls(count, turns, probed)).1);
        return Ok((probed / plain - 1.0, None));
    }
    let (_, plain) = taking.time(|| calls(1, program.turns, false));
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let sampler = crate::measure::sampler::Sampler::install()?;
        let mut took = Duration::ZERO;
        let run = || {
            let begun = Instant::now();
            calls(1, program.turns, false);
            took = begun.elapsed();
        };
        let (seen, _) = taking.time(|| sampler.during(rate, run));
        let came = seen?.iter().sum::<u64>() as f64 / (rate * took.as_secs_f64());
        Ok((took.as_nanos() as f64 / plain - 1.0, Some(came)))
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    {
        let _ = plain;
        anyhow::bail!("nothing is sampled here")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::timer::Timer;

    #[test]
    fn a_point_that_may_be_nothing_is_left_out() {
        let of = |values: &[f64]| {
            let sample = |&value: &f64| Sample {
                value,
                ..Sample::default()
            };
            values.iter().map(sample).collect::<Vec<_>>()
        };
        assert!(seen(1e3, &of(&[1.0, 1.1, 0.9, 1.0, 1.2, 1.0])).is_some());
        assert!(seen(1e3, &of(&[1.0, -0.1, 0.9, 1.0, 0.2, 1.0])).is_none());
    }

    /// 25 % more at 64 kHz: a fifth of each second went to 64 000 samples, 3125 ns each; 64 000 probes
    /// for each second of work took 250 ms, 3906 ns each.
    #[test]
    fn one_event_is_told_from_what_all_added() {
        let point = Point {
            x: 64e3,
            y: 25.0,
            ..Point::default()
        };
        let told = residual(SAMPLES, &point, 25.0);
        assert!(
            told.contains("cost 3125 ns here, and 3125 ns by itself."),
            "{told}"
        );
        let told = residual(PROBES, &point, 12.5);
        assert!(
            told.contains("cost 3906 ns here, and 1953 ns by itself: the compiler"),
            "{told}"
        );
    }

    #[test]
    fn a_probe_in_each_short_call_costs_time() {
        let program = Program::of(Duration::from_millis(2));
        let mut taking = Taking::new(Timer::calibrated());
        // Others may take the processor in one run and not in the next: the median of a few stands.
        let tries: Vec<f64> = (0..9)
            .map(|_| {
                let (added, came) = added(&program, PROBES, 8e6, &mut taking).unwrap();
                assert!(came.is_none());
                added
            })
            .collect();
        let (added, _) = stats::median(&tries).unwrap();
        assert!(added > 0.0, "{tries:?}");
        let look = || {
            black_box(Instant::now());
            Ok(())
        };
        assert!(cost("a look", look).unwrap().value > 0.0);
    }
}
