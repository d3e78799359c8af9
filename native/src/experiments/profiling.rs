//! A sampling profiler, measured: a program on one processor says where it is, a thread on another
//! looks; the program's own time stamps tell the true share.

use std::{
    cell::Cell,
    hint::{black_box, spin_loop},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use lab_core::{
    evidence::Reading,
    kernels::SEED,
    machine::Machine,
    parameters::Arguments,
    report::{Point, Sample, Series, Spread},
    sim::sampling::{Moments, Sampling, is_inside},
    study::{
        Study,
        profiling::{SHARE, root_mean_square, sampling},
    },
};

use super::{Bench, Live, Measurement, Variant};
use crate::measure::{Case, stats, team};

pub(super) struct Profiling;

/// One period of the program: some hundred times what a look at the clock takes.
const PERIOD: Duration = Duration::from_micros(20);
/// Profiles at each x.
const PROFILES: usize = 40;
const QUICK_PROFILES: usize = 20;
/// The most samples of a quick run's profiles.
const QUICK_SAMPLES: f64 = 1024.0;

impl Measurement for Profiling {
    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let study = Study::Profiling;
        let names = study.variants(Reading::Measured).iter();
        let places = team::processors(&bench.topology);
        if places.len() < 2 {
            let why = "the profiler needs a processor beside the program's, and this process may \
                       use one only";
            let variants = names.map(|&name| Variant::Unavailable(name, why.to_owned()));
            return Ok(live.measure(study, bench, variants.collect()));
        }
        let profiles = if bench.quick {
            QUICK_PROFILES
        } else {
            PROFILES
        };
        let share = arguments.get(&SHARE);
        let seeds = Cell::new(arguments.get(&SEED) as u64);
        let case = |name: &str, x: f64| {
            let (how, places, seeds) = (sampling(name), &places, &seeds);
            Case {
                rounds: Some(profiles),
                // The program waits for its sampler's end.
                may_wait: true,
                point: |x, errors| Some(summary(x, errors)).filter(|point| point.y > 0.0),
                ..Case::sampled(x, move |taking| {
                    seeds.set(seeds.get() + 1);
                    let profile = || profile(bench, places, how, share, x as u64, seeds.get());
                    let profile = taking.time(profile).0?;
                    Ok(100.0 * (profile.estimate - profile.truth).abs())
                })
            }
        };
        let variants = names.map(|&name| {
            let mut xs = study.xs(machine, arguments, name);
            xs.retain(|x| !bench.quick || *x <= QUICK_SAMPLES);
            Variant::Cases(name, xs.into_iter().map(|x| case(name, x)).collect())
        });
        Ok(live.measure(study, bench, variants.collect()))
    }

    fn notes(&self, _: &Machine, _: &[Series], _: &[Series]) -> Vec<String> {
        vec![
            "Each measured error is that of the samples against the program's own time stamps, \
             which also count what the system took from it; the interval is a bootstrap over \
             profiles."
                .to_owned(),
            "In step, every sample falls on the same place of the period: the estimate is 0 or \
             100 %, and no number of samples helps. A real program drifts against the timer, which \
             is why the hazard is seldom noticed; here both follow one clock. A sampler that was \
             kept from its processor looks late, and that is jitter too."
                .to_owned(),
        ]
    }
}

/// What one profile found, and what was true.
struct Profile {
    estimate: f64,
    truth: f64,
}

/// Runs the program, and beside it a thread that looks so many times where it is.
fn profile(
    bench: &Bench,
    places: &[usize],
    how: Sampling,
    share: f64,
    looks: u64,
    seed: u64,
) -> Result<Profile> {
    let period = PERIOD.as_nanos() as f64;
    let (inside, over, found) = (
        AtomicBool::new(false),
        AtomicBool::new(false),
        AtomicU64::new(0),
    );
    // Held on one processor, the program leaves the others; held on none, it will not want the last.
    let home = team::standing_on(&bench.topology)?;
    let mut others = places.iter().copied().filter(|&place| !home.is_set(place));
    let other = others.next().or(places.last().copied());
    let begun = Instant::now();
    let truth = thread::scope(|scope| -> Result<f64> {
        let sampler = scope.spawn(|| {
            let _end = Ends(&over);
            // Without its own place it would share the program's, and see nothing of it.
            let bound = other.map_or(Ok(()), |place| team::stand_on(&bench.topology, place));
            bound?;
            let from = periods(begun, period).ceil();
            for moment in Moments::new(how, seed).take(looks as usize) {
                while periods(begun, period) < from + moment {
                    spin_loop();
                }
                found.fetch_add(inside.load(Ordering::Relaxed).into(), Ordering::Relaxed);
            }
            Ok::<_, anyhow::Error>(())
        });
        let truth = program(begun, period, share, &inside, &over);
        sampler
            .join()
            .map_err(|_| anyhow::anyhow!("the sampling thread ended early"))??;
        Ok(truth)
    })?;
    ensure!(looks > 0, "a profile needs samples");
    Ok(Profile {
        estimate: found.into_inner() as f64 / looks as f64,
        truth,
    })
}

/// Ends the program however its sampler ends.
struct Ends<'o>(&'o AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

fn periods(begun: Instant, period: f64) -> f64 {
    begun.elapsed().as_nanos() as f64 / period
}

/// Works by the clock: `share` of each period inside the function. Returns the share that it was
/// there, by a time stamp at each entry and exit.
fn program(begun: Instant, period: f64, share: f64, inside: &AtomicBool, over: &AtomicBool) -> f64 {
    let (mut spent, mut entered) = (0.0, None);
    let first = begun.elapsed();
    let mut work = black_box(3_u64);
    while !over.load(Ordering::Acquire) {
        let now = begun.elapsed().as_nanos() as f64;
        match (is_inside(now / period, share), entered) {
            (true, None) => {
                inside.store(true, Ordering::Relaxed);
                entered = Some(now);
            }
            (false, Some(from)) => {
                inside.store(false, Ordering::Relaxed);
                spent += now - from;
                entered = None;
            }
            _ => work = work.wrapping_mul(work | 1),
        }
    }
    black_box(work);
    let end = begun.elapsed();
    if let Some(from) = entered {
        spent += end.as_nanos() as f64 - from;
    }
    spent / (end - first).as_nanos().max(1) as f64
}

/// The root mean square of these errors, with a bootstrap interval over profiles (Efron and
/// Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 13: percentiles).
fn summary(x: f64, samples: &[Sample]) -> Point {
    const RESAMPLES: usize = 400;
    let errors: Vec<f64> = samples.iter().map(|sample| sample.value).collect();
    let y = root_mean_square(&errors);
    let mut random = fastrand::Rng::with_seed(1);
    let mut again: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let drawn: Vec<f64> = errors
                .iter()
                .map(|_| errors[random.usize(..errors.len())])
                .collect();
            root_mean_square(&drawn)
        })
        .collect();
    again.sort_by(f64::total_cmp);
    let cut = (RESAMPLES as f64 * (1.0 - stats::CONFIDENCE) / 2.0) as usize;
    Point {
        x,
        y,
        spread: Some(Spread {
            low: again[cut].min(y),
            high: again[RESAMPLES - 1 - cut].max(y),
            confidence: stats::CONFIDENCE,
        }),
        samples: samples.to_vec(),
        served: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_holds_the_error_and_equal_errors_have_no_width() {
        let sample = |value| Sample {
            value,
            ..Sample::default()
        };
        let samples = [3.0, 4.0, 5.0, 1.0].map(sample);
        let point = summary(16.0, &samples);
        let spread = point.spread.unwrap();
        assert!(spread.low < point.y && point.y < spread.high);
        let same = summary(16.0, &[2.0; 5].map(sample));
        let spread = same.spread.unwrap();
        assert!((spread.low, same.y, spread.high) == (2.0, 2.0, 2.0));
    }

    /// However busy the machine is, a program ends when it is told, and its share is a share.
    #[test]
    fn the_program_ends_with_its_sampler() {
        let (inside, over) = (AtomicBool::new(false), AtomicBool::new(false));
        let truth = thread::scope(|scope| {
            scope.spawn(|| {
                let _end = Ends(&over);
                thread::sleep(Duration::from_millis(5));
            });
            program(Instant::now(), 20_000.0, 0.3, &inside, &over)
        });
        assert!((0.0..=1.0).contains(&truth), "{truth}");
    }
}
