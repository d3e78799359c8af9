//! The simulated reading of a study: on all processors, as many points as there is time for.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow};
use lab_core::{
    evidence::Reading,
    machine::{Machine, MachineError, describe_errors},
    parameters::Arguments,
    report::{Point, Series},
    study::{Study, point},
};

use super::Bench;

/// Accesses that take little time to speak of.
const CHEAP: f64 = 1e6;

/// One point of a variant's curve.
struct Task {
    variant: usize,
    x: f64,
    /// Those of the lowest come first: the points that cost next to nothing, then the last of a curve,
    /// every eighth, every fourth, every second, and the rest. So it is a whole curve early.
    turn: u32,
}

/// A point, or all that is wrong with the machine.
type Simulated = Result<Point, Vec<MachineError>>;

/// What the threads share.
struct Work {
    /// The next task.
    next: AtomicUsize,
    /// Threads that are not through.
    at_work: AtomicUsize,
    stop: AtomicBool,
    /// By the place of the variant.
    found: Mutex<Vec<(usize, Simulated)>>,
}

/// A thread is through, however it ended.
struct Leaves<'w>(&'w AtomicUsize);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Release);
    }
}

/// How often who watches is asked.
const POLL: Duration = Duration::from_millis(2);

/// The curves that are simulated, and a sentence when points were left out of them.
///
/// The half of the time that the study has is for this; the points of the first turn are simulated in
/// any case.
///
/// # Errors
/// When the machine cannot be simulated.
pub(super) fn simulate(
    study: Study,
    machine: &Machine,
    arguments: &Arguments,
    bench: &Bench,
    pool: &rayon::ThreadPool,
    cancelled: &dyn Fn() -> bool,
) -> Result<(Vec<Series>, Option<String>)> {
    let variants = study.variants(Reading::Simulated);
    let mut tasks = Vec::new();
    for (variant, &name) in variants.iter().enumerate() {
        let xs = bench.xs(study, machine, arguments, name);
        for (place, &x) in xs.iter().enumerate() {
            let cheap = study.accesses(machine, arguments, x) < CHEAP;
            let turn = if cheap { 0 } else { turn(xs.len() - 1 - place) };
            tasks.push(Task { variant, x, turn });
        }
    }
    tasks.sort_by_key(|task| task.turn);
    let end = bench.harness.effort.half_way();
    let work = Work {
        next: AtomicUsize::new(0),
        at_work: AtomicUsize::new(pool.current_num_threads()),
        stop: AtomicBool::new(false),
        found: Mutex::new(Vec::new()),
    };
    pool.in_place_scope(|scope| {
        scope.spawn_broadcast(|_, _| {
            let _leaves = Leaves(&work.at_work);
            while let Some(task) = tasks.get(work.next.fetch_add(1, Ordering::Relaxed)) {
                let late = task.turn > 0 && end.is_some_and(|end| Instant::now() >= end);
                if late || work.stop.load(Ordering::Relaxed) {
                    break;
                }
                let value = study.simulate(machine, arguments, variants[task.variant], task.x);
                let found = value.map(|value| point(task.x, value));
                let mut all = work.found.lock().unwrap_or_else(PoisonError::into_inner);
                all.push((task.variant, found));
            }
        });
        // Who watches can be asked by this thread only.
        while work.at_work.load(Ordering::Acquire) > 0 {
            if cancelled() {
                work.stop.store(true, Ordering::Relaxed);
            }
            std::thread::sleep(POLL);
        }
    });
    let found = work
        .found
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let said = (found.len() < tasks.len()).then(|| {
        format!(
            "There was time to simulate {} of {} points.",
            found.len(),
            tasks.len()
        )
    });
    let mut curves: Vec<Vec<Point>> = vec![Vec::new(); variants.len()];
    for (variant, point) in found {
        curves[variant].push(point.map_err(|errors| anyhow!(describe_errors(&errors)))?);
    }
    let series = variants.iter().zip(curves).map(|(name, mut points)| {
        points.sort_by(|a, b| a.x.total_cmp(&b.x));
        Series {
            reading: Reading::Simulated,
            variant: name.name().to_owned(),
            points,
            unavailable: None,
        }
    });
    Ok((series.collect(), said))
}

/// When a point comes that lies so many before the last.
fn turn(before: usize) -> u32 {
    match before {
        0 => 1,
        before => 5 - before.trailing_zeros().min(3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_go_from_coarse_to_fine() {
        let turns: Vec<u32> = (0..=16).map(turn).collect();
        assert_eq!(turns, [1, 5, 4, 5, 3, 5, 4, 5, 2, 5, 4, 5, 3, 5, 4, 5, 2]);
    }
}
