//! CPU utilisation, measured: the thread's own CPU clock over the wall clock.

use std::{
    cell::RefCell,
    hint::black_box,
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use lab_core::{
    evidence::Reading,
    kernels::{SEED, chase},
    machine::Machine,
    parameters::Arguments,
    report::{Sample, Series},
    study::{
        Study,
        cpu_utilisation::{CHASE, SLEEP},
    },
    units::format_bytes,
};

use super::{Bench, Live, Measurement, latency_ladder::chase_case};
use crate::measure::{
    Case, Rounds,
    guard::{Window, thread_time},
    memory::Arena,
    nanoseconds, summary,
};

/// The study, and what the chase did beside the accounts.
#[derive(Default)]
pub(super) struct CpuUtilisation {
    /// Working set in bytes and loads a nanosecond.
    loads: RefCell<Vec<(f64, f64)>>,
}

/// Least time of a sample: many ticks of any scheduler's accounts.
const SAMPLE: Duration = Duration::from_millis(20);
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
        let mut chases: Vec<Case<'_>> = arenas
            .iter_mut()
            .zip(&xs)
            .map(|(arena, &x)| chase_case(machine, arena.words(), x))
            .collect();
        let names = study.variants(Reading::Measured);
        let mut samples = vec![vec![Vec::<Sample>::new(); xs.len()]; names.len()];
        let mut loads = vec![0.0_f64; xs.len()];
        // Not by the harness: it reads the wall clock only, and takes a thread that was off its
        // processor for disturbed, which is the very thing that is read here.
        let effort = bench.harness.effort;
        let mut rounds = Rounds::new(effort, effort.rounds);
        while rounds.more() && !live.watcher.cancelled() {
            // One window a round: a shorter one is too short for its verdict.
            let window = Window::open();
            let mut taken = Vec::new();
            for (place, &x) in xs.iter().enumerate() {
                for (index, &name) in names.iter().enumerate() {
                    if live.watcher.cancelled() {
                        break;
                    }
                    let mut computing = compute_case(x);
                    let case = if name == CHASE {
                        &mut chases[place]
                    } else {
                        &mut computing
                    };
                    let Some(use_) = sample(case, name == SLEEP) else {
                        continue;
                    };
                    if name == CHASE {
                        loads[place] = loads[place].max(use_.work_per_ns);
                    }
                    taken.push((index, place, use_.percent));
                }
            }
            let verdict = window.close();
            rounds.took(verdict.is_disturbed());
            for (index, place, value) in taken {
                let own = &mut samples[index][place];
                let mut sample = Sample {
                    value,
                    other_cpu_percent: verdict.other_cpu_percent,
                    steal_percent: verdict.steal_percent,
                    ..Sample::default()
                };
                sample.disturb(verdict.reasons());
                own.push(sample);
                live.tell(
                    study,
                    Reading::Measured,
                    names[index].name(),
                    summary(xs[place], own),
                );
            }
        }
        self.loads.replace(xs.iter().copied().zip(loads).collect());
        let unavailable = thread_time()
            .is_none()
            .then(|| "this system does not tell a thread's processor time".to_owned());
        let series = names.iter().zip(samples).map(|(name, samples)| Series {
            reading: Reading::Measured,
            variant: name.name().to_owned(),
            points: xs
                .iter()
                .zip(&samples)
                .filter(|(_, samples)| !samples.is_empty())
                .map(|(&x, samples)| summary(x, samples))
                .collect(),
            unavailable: unavailable.clone(),
        });
        Ok(series.collect())
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
    /// Units of work a nanosecond of wall time.
    work_per_ns: f64,
}

/// Runs a case for the time of a sample, `napping` for half of it or not at all; none where the
/// system does not tell a thread's processor time.
fn sample(case: &mut Case<'_>, napping: bool) -> Option<Use> {
    (case.body)(1);
    let (begun, running) = (Instant::now(), thread_time()?);
    let mut repetitions = 0.0;
    while begun.elapsed() < SAMPLE {
        let turn = Instant::now();
        while turn.elapsed() < NAP {
            (case.body)(1);
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
        work_per_ns: repetitions * case.work / wall,
    })
}

/// A loop that touches no memory.
fn compute_case(x: f64) -> Case<'static> {
    let mut value = black_box(3_u64);
    Case {
        x,
        work: TURNS as f64,
        warm_up: 1,
        body: Box::new(move |repetitions| {
            for _ in 0..repetitions * TURNS {
                value = value.wrapping_mul(value | 1);
            }
            black_box(value);
        }),
        reading: nanoseconds,
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
        let awake = sample(&mut compute_case(1.0), false).unwrap();
        assert!(awake.percent > 0.0 && awake.percent < 101.0);
        assert!(awake.work_per_ns > 0.0);
        let asleep = sample(&mut compute_case(1.0), true).unwrap();
        assert!(asleep.percent < 70.0, "{}", asleep.percent);
    }
}
