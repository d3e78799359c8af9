//! How many accesses a second our simulators follow, beside those that others wrote, in one run.
//!
//! ```text
//! cargo bench --package lab-core --bench engines [-- ROUNDS]
//! ```
//!
//! Everybody follows the same four traces through the same caches, as far as they can: L1 32 KiB of
//! 8 ways, L2 512 KiB of 8, L3 8 MiB of 16, least recently used, lines of 64 bytes. What a rival leaves out
//! stands beside it. Each round runs every engine once, in random order, so that a drift of the
//! machine meets all of them; shown is the median. Caches are warm: a round that is not timed
//! goes before.
//!
//! Traces are made beforehand. What it costs to read them is a row of its own, and is part of
//! every figure of ours. The others' times leave out what they need to start and to read:
//!
//! | rival | timed |
//! |---|---|
//! | pycachesim | its loop over a list of Python's integers (`iterload`), in a process that stays |
//! | libCacheSim | its own loop over a file in memory (`process_trace`), in a process that stays |
//! | cachegrind | a program that makes these accesses, in registers otherwise, under valgrind; less one that makes none. So it follows the instructions too: one a load, six for the random ones |
//! | Dinero IV | the program, reading the start of the trace in its binary format; less the same on no trace |
//!
//! Python's are looked for in `LAB_PYTHON`, in `target/oracles` or in `python3`; the programs on the
//! PATH, and Dinero in `DINERO`. To have them:
//! `python3 -m venv target/oracles && target/oracles/bin/pip install pycachesim libcachesim`, and
//! `apt-get install valgrind`. Who is missing is named.
//!
//! Figures mean something on an idle machine only; the load before the first round is printed.

mod ours;
mod rivals;

use std::{env, error::Error, fs, path::PathBuf, process::Command};

/// One of the four traces: loads of eight bytes.
pub struct Pattern {
    pub name: &'static str,
    /// What walk.c calls it.
    pub word: &'static str,
    pub trace: Vec<u32>,
}

/// Accesses of a trace: once through 64 MiB by words.
pub const ACCESSES: usize = BIG as usize / 8;
const BIG: u64 = 64 << 20;

fn patterns() -> [Pattern; 4] {
    let mut random = fastrand::Rng::with_seed(1);
    let mut pattern = |name, word, mut address: Box<dyn FnMut(u64, u64) -> u64>| Pattern {
        name,
        word,
        trace: (0..ACCESSES as u64)
            .map(|step| address(step, random.u64(..)) as u32)
            .collect(),
    };
    [
        pattern("16 KiB loop", "loop", Box::new(|at, _| at * 8 % (16 << 10))),
        pattern("sequential 8 B", "sequential", Box::new(|at, _| at * 8)),
        pattern("stride 64 B", "stride", Box::new(|at, _| at * 64 % BIG)),
        pattern("random, 64 MiB", "random", Box::new(|_, r| r % BIG & !7)),
    ]
}

/// One row: follows a pattern, by its number, and gives M accesses/s.
pub struct Engine {
    pub name: String,
    /// What it leaves out, or does besides.
    pub about: &'static str,
    /// What we aim at, for each pattern.
    pub goals: Option<[f64; 4]>,
    /// Rounds it takes part in at most.
    pub rounds: usize,
    pub run: Box<dyn FnMut(&Pattern, usize) -> Result<f64, Box<dyn Error>>>,
}

const ROUNDS: usize = 7;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds options of its own
    let rounds = env::args().find_map(|word| word.parse().ok());
    let rounds: usize = rounds.unwrap_or(ROUNDS).max(1);
    println!("{}", conditions());
    let patterns = patterns();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("engines");
    fs::create_dir_all(&folder)?;
    let mut engines = ours::engines();
    let mut missing = Vec::new();
    for rival in rivals::engines(&folder, &patterns) {
        match rival {
            Ok(engine) => engines.push(engine),
            Err(why) => missing.push(why.to_string()),
        }
    }

    let mut random = fastrand::Rng::with_seed(2);
    let mut rates = vec![[const { Vec::<f64>::new() }; 4]; engines.len()];
    let mut order: Vec<usize> = (0..engines.len()).collect();
    for round in 0..=rounds {
        random.shuffle(&mut order);
        eprint!("\rround {round} of {rounds} ");
        for &at in &order {
            let engine = &mut engines[at];
            if round > engine.rounds {
                continue;
            }
            for (number, pattern) in patterns.iter().enumerate() {
                let rate = (engine.run)(pattern, number)?;
                if round > 0 {
                    rates[at][number].push(rate);
                }
            }
        }
    }
    eprintln!("\r{:30}", "");
    fs::remove_dir_all(&folder)?;

    let medians: Vec<[f64; 4]> = rates.into_iter().map(|of| of.map(median)).collect();
    println!("M accesses/s, median of {rounds} rounds; the goal below");
    print!("{:42}", "");
    for pattern in &patterns {
        print!("{:>16}", pattern.name);
    }
    println!();
    for (engine, rates) in engines.iter().zip(&medians) {
        row(&engine.name, rates);
        if let Some(goals) = &engine.goals {
            row("  goal", goals);
        }
    }
    println!("\nOurs over theirs, of what comes nearest to what they do");
    for (engine, theirs) in engines.iter().zip(&medians) {
        let Some(like) = rivals::like(&engine.name) else {
            continue;
        };
        let ours = engines.iter().position(|engine| engine.name == like);
        let ours = medians[ours.expect("it is one of ours")];
        let ratios: [f64; 4] = std::array::from_fn(|at| ours[at] / theirs[at]);
        row(&format!("{like} / {}", engine.name), &ratios);
    }
    println!();
    for engine in engines.iter().filter(|engine| !engine.about.is_empty()) {
        println!("{}: {}", engine.name, engine.about);
    }
    for why in missing {
        println!("Not here: {why}");
    }
    Ok(())
}

fn row(name: &str, values: &[f64; 4]) {
    print!("{name:42}");
    for &value in values {
        let digits = if value < 10.0 { 2 } else { 0 };
        print!("{value:16.digits$}");
    }
    println!();
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    let middle = of.len() / 2;
    if of.len() % 2 == 1 {
        of[middle]
    } else {
        (of[middle - 1] + of[middle]) / 2.0
    }
}

/// Where and when, and how busy the machine is already.
fn conditions() -> String {
    let file = |path| fs::read_to_string(path).unwrap_or_default();
    let cpu = file("/proc/cpuinfo");
    let model = cpu.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split(": ").nth(1));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let date = Command::new("date").arg("+%F %R").output();
    let date = date.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    let load = file("/proc/loadavg");
    format!(
        "{} ({cores} cores), {}, load {}",
        model.unwrap_or("unknown processor"),
        date.unwrap_or_default(),
        load.split(' ').next().unwrap_or("unknown"),
    )
}
