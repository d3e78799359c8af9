//! CPU utilisation, measured: the thread's own CPU clock over the wall clock.

use std::{
    cell::{Cell, RefCell},
    hint::black_box,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use lab_core::{
    evidence::Reading,
    kernels::{SEED, chase},
    machine::Machine,
    parameters::Arguments,
    report::Series,
    study::{
        Study,
        cpu_utilisation::{CHASE, SLEEP},
    },
    units::format_bytes,
};

use super::{Bench, Live, Measurement, Variant, latency_ladder};
use crate::measure::{Case, guard::thread_time, memory::Arena};

/// The study, and what the chase did beside the accounts.
#[derive(Default)]
pub(super) struct CpuUtilisation {
    /// Working set in bytes and loads a nanosecond.
    loads: RefCell<Vec<(f64, f64)>>,
}

/// Least time of a sample: many ticks of any scheduler's accounts.
const SAMPLE: Duration = Duration::from_millis(20);
const UNTOLD: &str = "this system does not tell a thread's processor time";
/// Turns of the compute loop in one repetition.
const TURNS: u64 = 4096;
/// The sleeping thread works so long, then sleeps as long.
const NAP: Duration = Duration::from_millis(2);

impl Measurement for CpuUtilisation {
    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let study = Study::CpuUtilisation;
        let xs = study.xs(machine, arguments, CHASE);
        let mut arenas = xs
            .iter()
            .map(|&x| Arena::new(x as usize, bench.pages))
            .collect::<Result<Vec<_>>>()?;
        for arena in &mut arenas {
            let seed = arguments.get(&SEED) as u64;
            chase::link_cycle(arena.words(), machine.line() as usize, seed);
        }
        let words: Vec<&[u64]> = arenas.iter_mut().map(|arena| &*arena.words()).collect();
        let loads = vec![Cell::new(0.0_f64); xs.len()];
        let case = |name: &str, place: usize| {
            let chased = (name == CHASE).then_some(&loads[place]);
            let mut body: Box<dyn FnMut(u64)> = match chased {
                Some(_) => Box::new(latency_ladder::follow(words[place])),
                None => Box::new(compute()),
            };
            let sleeps = name == SLEEP;
            Case {
                // To be off the processor is the very thing that is read.
                may_wait: true,
                ..Case::sampled(xs[place], move |taking| {
                    let (used, _) = taking.time(|| sample(&mut body, sleeps));
                    let used = used.context(UNTOLD)?;
                    if let Some(fastest) = chased {
                        fastest.set(used.per_ns.max(fastest.get()));
                    }
                    Ok(used.percent)
                })
            }
        };
        let variants = study.variants(Reading::Measured).iter().map(|&name| {
            if thread_time().is_none() {
                return Variant::Unavailable(name, UNTOLD.to_owned());
            }
            Variant::Cases(name, (0..xs.len()).map(|place| case(name, place)).collect())
        });
        let series = live.measure(study, bench, variants.collect());
        let loads = loads
            .iter()
            .map(|per_ns| per_ns.get() * latency_ladder::STEPS as f64);
        self.loads.replace(xs.iter().copied().zip(loads).collect());
        Ok(series)
    }

    fn notes(&self, _: &Machine, _: &[Series], _: &[Series]) -> Vec<String> {
        let mut notes = vec![
            "Where the chase or the compute loop shows less than 100 %, the system gave their \
             processor to others meanwhile."
                .to_owned(),
        ];
        let loads = self.loads.take();
        if let (Some((small, fast)), Some((large, slow))) = (loads.first(), loads.last())
            && *slow > 0.0
        {
            notes.push(format!(
                "The accounts do not see the waiting: the chase makes {fast:.3} loads a ns in {}, \
                 and {slow:.4} in {}, {:.0} times fewer.",
                format_bytes(*small),
                format_bytes(*large),
                fast / slow
            ));
        }
        notes
    }
}

/// What a sample showed.
struct Use {
    /// Processor time over wall time, in percent.
    percent: f64,
    /// Repetitions of the body a nanosecond of wall time.
    per_ns: f64,
}

/// Runs a body for the time of a sample, `napping` for half of it or not at all; none where the
/// system does not tell a thread's processor time.
fn sample(body: &mut dyn FnMut(u64), napping: bool) -> Option<Use> {
    body(1);
    let (begun, running) = (Instant::now(), thread_time()?);
    let mut repetitions = 0.0;
    while begun.elapsed() < SAMPLE {
        let turn = Instant::now();
        while turn.elapsed() < NAP {
            body(1);
            repetitions += 1.0;
        }
        if napping {
            thread::sleep(turn.elapsed());
        }
    }
    let wall = begun.elapsed().as_nanos() as f64;
    let ran = thread_time()?.saturating_sub(running).as_nanos() as f64;
    Some(Use {
        percent: 100.0 * ran / wall,
        per_ns: repetitions / wall,
    })
}

/// A loop that touches no memory.
fn compute() -> impl FnMut(u64) {
    let mut value = black_box(3_u64);
    move |repetitions| {
        for _ in 0..repetitions * TURNS {
            value = value.wrapping_mul(value | 1);
        }
        black_box(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However busy the machine is, a thread that sleeps half of its time does not use all of it,
    /// and no thread uses more than all.
    #[test]
    #[cfg(target_os = "linux")]
    fn sleeping_is_not_counted_and_nothing_exceeds_the_wall() {
        let awake = sample(&mut compute(), false).unwrap();
        assert!(awake.percent > 0.0 && awake.percent < 101.0);
        assert!(awake.per_ns > 0.0);
        let asleep = sample(&mut compute(), true).unwrap();
        assert!(asleep.percent < 70.0, "{}", asleep.percent);
    }
}
