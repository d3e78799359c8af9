//! How many accesses a second our simulators follow, beside those that others wrote, in one run.
//!
//! ```text
//! cargo bench --package lab-core --bench engines [-- ROUNDS]
//! ```
//!
//! Everybody follows the same four traces through the same caches, as far as they can: L1 32 KiB of
//! 8 ways, L2 512 KiB of 8, L3 8 MiB of 16, least recently used, lines of 64 bytes. What a rival leaves out
//! stands beside it. Each round runs every engine once, in random order, so that a drift of the
//! machine meets all of them; shown are the median and, in brackets, the best. Caches are warm: a
//! round that is not timed goes before.
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
struct Pattern {
    name: &'static str,
    /// What walk.c calls it.
    word: &'static str,
    trace: Vec<u32>,
}

/// Accesses of a trace: once through 64 MiB by words.
const ACCESSES: usize = BIG as usize / 8;
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
        pattern("random, 64 MiB", "random", Box::new(|_, r| (r % BIG) & !7)),
    ]
}

/// Follows a pattern, by its number, and gives M accesses/s.
type Follow = dyn FnMut(&Pattern, usize) -> Result<f64, Box<dyn Error>>;

/// One row: follows a pattern, by its number, and gives M accesses/s.
struct Engine {
    name: String,
    /// What it leaves out, or does besides.
    about: &'static str,
    /// What we aim at, for each pattern.
    goals: Option<[f64; 4]>,
    /// Rounds it takes part in at most.
    rounds: usize,
    run: Box<Follow>,
}

const ROUNDS: usize = 7;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds options of its own
    let rounds = env::args().find_map(|word| word.parse().ok());
    let rounds: usize = rounds.unwrap_or(ROUNDS).max(1);
    println!("{}", conditions());
    let patterns = patterns();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("engines");
    // An interrupted run leaves its files behind
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
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
            // One that runs once has nothing to warm up
            if round > engine.rounds || round == 0 && engine.rounds == 1 {
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

    println!("M accesses/s: median (best) of {rounds} rounds; below it, the goal");
    print!("{:44}", "");
    for pattern in &patterns {
        print!("{:>16}", pattern.name);
    }
    println!();
    for of in rates.iter_mut().flatten() {
        of.sort_by(f64::total_cmp);
    }
    for (engine, rates) in engines.iter().zip(&rates) {
        row(&engine.name, |at| {
            let best = rates[at].last().copied().unwrap_or_default();
            format!("{} ({})", figure(median(&rates[at])), figure(best))
        });
        if let Some(goals) = &engine.goals {
            row("  goal", |at| figure(goals[at]));
        }
    }
    println!("\nMedians: ours over theirs, of what comes nearest to what they do");
    for (engine, theirs) in engines.iter().zip(&rates) {
        let Some(like) = rivals::like(&engine.name) else {
            continue;
        };
        let ours = engines.iter().position(|engine| engine.name == like);
        let ours = &rates[ours.expect("it is one of ours")];
        row(&format!("{like} / {}", engine.name), |at| {
            figure(median(&ours[at]) / median(&theirs[at]))
        });
    }
    println!();
    for engine in engines.iter().filter(|engine| !engine.about.is_empty()) {
        println!("{}: {}", engine.name.trim(), engine.about);
    }
    for why in missing {
        println!("Not here: {why}");
    }
    println!("Load at the end: {}", load());
    Ok(())
}

fn row(name: &str, cell: impl Fn(usize) -> String) {
    print!("{name:44}");
    for at in 0..4 {
        print!("{:>16}", cell(at));
    }
    println!();
}

/// Two digits at least.
fn figure(value: f64) -> String {
    let digits = match value {
        10.0.. => 0,
        1.0.. => 1,
        _ => 2,
    };
    format!("{value:.digits$}")
}

/// Of what is sorted.
fn median(of: &[f64]) -> f64 {
    let middle = of.len() / 2;
    if of.len() % 2 == 1 {
        of[middle]
    } else {
        (of[middle - 1] + of[middle]) / 2.0
    }
}

fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or("unknown").to_owned()
}

/// Where and when, and how busy the machine is already.
fn conditions() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split(": ").nth(1));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let date = Command::new("date").arg("+%F %R").output();
    let date = date.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    format!(
        "{} ({cores} cores), {}, load {}",
        model.unwrap_or("unknown processor"),
        date.unwrap_or_default(),
        load(),
    )
}
