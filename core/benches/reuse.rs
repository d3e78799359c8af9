//! Accesses a second that the reuse distances take, exact and sampled, on one core.
//!
//! `cargo bench -p lab-core --bench reuse` prints the best of several rounds beside the goal; a word
//! after `--` picks the patterns, or the engines, whose name contains it.
//! Figures mean something on an idle machine only.

use std::{hint::black_box, time::Instant};

use lab_core::{
    sim::reuse::{Distances, Sampled},
    trace::{Access, Probe},
};

/// A stream of loads of eight bytes.
struct Pattern {
    name: &'static str,
    /// Address of each load, given its number and something random.
    address: fn(u64, u64) -> u64,
    /// Goals, M accesses/s: exact, and sampled at 1/128.
    goals: [f64; 2],
}

const BIG: u64 = 64 << 20;

const PATTERNS: [Pattern; 4] = [
    Pattern {
        name: "16 KiB loop",
        address: |step, _| step * 8 % (16 << 10),
        goals: [150.0, 250.0],
    },
    Pattern {
        name: "sequential 8 B over 64 MiB",
        address: |step, _| step * 8 % BIG,
        goals: [60.0, 250.0],
    },
    Pattern {
        name: "stride 64 B over 64 MiB",
        address: |step, _| step * 64 % BIG,
        goals: [8.0, 250.0],
    },
    Pattern {
        name: "random over 64 MiB",
        address: |_, random| random % (BIG / 8) * 8,
        goals: [6.0, 250.0],
    },
];

/// Accesses of a round: once through 64 MiB by words.
const ACCESSES: u64 = BIG / 8;
/// Rounds, besides one that meets the lines for the first time.
const ROUNDS: usize = 7;

fn main() {
    let words = std::env::args().skip(1);
    let only = words.into_iter().find(|word| !word.starts_with('-'));
    let only = only.unwrap_or_default();
    println!(
        "{:26} {:26} {:>10} {:>6}",
        "engine", "pattern", "M acc/s", "goal"
    );
    for pattern in &PATTERNS {
        let mut random = fastrand::Rng::with_seed(1);
        // Made beforehand: what is timed is the engine and the reading of a trace in memory.
        let trace: Vec<u32> = (0..ACCESSES)
            .map(|step| (pattern.address)(step, random.u64(..)) as u32)
            .collect();
        let [exact, sampled] = pattern.goals.map(Some);
        let report = |engine: &str, goal, rate: &dyn Fn() -> f64| {
            if [engine, pattern.name]
                .iter()
                .any(|name| name.contains(&only))
            {
                report(engine, pattern.name, goal, rate());
            }
        };
        report("exact", exact, &|| rate(&trace, Distances::new(64)));
        report("SHARDS 1/128", sampled, &|| {
            rate(&trace, Sampled::new(64, 1.0 / 128.0))
        });
        report("SHARDS, at most 8192 lines", None, &|| {
            rate(&trace, Sampled::bounded(64, 8192))
        });
    }
}

/// M accesses/s of the best round.
fn rate<P: Probe>(trace: &[u32], mut probe: P) -> f64 {
    let rounds = (0..=ROUNDS).map(|_| {
        let start = Instant::now();
        for &address in trace {
            probe.access(Access::load(address.into(), 8));
        }
        black_box(&mut probe);
        ACCESSES as f64 / start.elapsed().as_secs_f64() / 1e6
    });
    rounds.skip(1).fold(0.0, f64::max)
}

fn report(engine: &str, pattern: &str, goal: Option<f64>, rate: f64) {
    let (goal, met) = match goal {
        Some(goal) if rate < goal => (goal.to_string(), "missed"),
        Some(goal) => (goal.to_string(), ""),
        None => (String::new(), ""),
    };
    println!("{engine:26} {pattern:26} {rate:10.1} {goal:>6} {met}");
}
