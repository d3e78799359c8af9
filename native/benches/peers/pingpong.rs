//! A line's way between two cores, beside pingpong, which comes with multichase.

use std::{
    path::PathBuf,
    process::Command,
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use lab_core::{kernels::counters::take_turns, units::Unit};
use lab_native::measure::{
    team::{Body, Team},
    timer::Timer,
};

use super::{Pair, output};

/// A line's way from the first core to the second, best of some samples.
pub fn pair<'p>(
    program: &PathBuf,
    topology: &Arc<hwlocality::Topology>,
    processors: &[usize],
) -> Result<Pair<'p>> {
    /// Of the tool, which takes the best of as many.
    const SAMPLES: usize = 5;
    const TIME: Duration = Duration::from_millis(250);
    const ROUNDS: u64 = 200_000;
    let [first, second, ..] = *processors else {
        bail!("it takes two processors, and this process may run on one");
    };
    /// Room enough that nothing else lies on the line or the next.
    #[repr(align(256))]
    struct Ball(AtomicU64);
    let ball = Arc::new(Ball(AtomicU64::new(0)));
    let mut team = Team::new(topology, &[first, second], move |member| -> Result<Body> {
        let (ball, own) = (ball.clone(), member as u64);
        Ok(Box::new(move |rounds| {
            take_turns(&ball.0, own, 1 - own, rounds)
        }))
    })?;
    // It runs where it may, and we are bound to one processor by now.
    let mut command = Command::new("taskset");
    command
        .arg("--cpu-list")
        .arg(format!("{first},{second}"))
        .arg(program);
    // Loads and stores, one pause in each turn of the waiting loop, as ours; two processors.
    command.args(["-u", "-r", "1", "-c", "2"]);
    let timer = Timer::calibrated();
    Ok(Pair {
        what: format!("a line's way, CPU {first} to {second}"),
        tool: "pingpong",
        unit: Unit::Nanoseconds,
        bound: Some(0.1),
        ours: Box::new(move || {
            let samples = (0..SAMPLES).map(|_| {
                let (start, mut time, mut ways) = (Instant::now(), 0.0, 0.0);
                while start.elapsed() < TIME {
                    time += timer.time(|| team.run(ROUNDS));
                    ways += 2.0 * ROUNDS as f64;
                }
                time / ways
            });
            Ok(samples.fold(f64::INFINITY, f64::min))
        }),
        theirs: Box::new(move || {
            let text = output(&mut command)?;
            let row = text.lines().find_map(|line| {
                let (number, rest) = line.split_once(':')?;
                number.trim().parse::<usize>().ok()?;
                rest.split_ascii_whitespace().next()?.parse().ok()
            });
            row.with_context(|| format!("pingpong gave no time: {}", text.trim()))
        }),
    })
}
