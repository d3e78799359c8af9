//! Our latency and bandwidth beside those of established tools, taken in one interleaved run.
//!
//! ```text
//! cargo bench --package lab-native --bench peers [-- --rounds N]
//! ```
//!
//! The tools are those on PATH, or where `MULTICHASE`, `STREAM` and `PINGPONG` say; a tool that is missing is
//! skipped, and that is said. Each round runs tool and kernel once, in random order, on
//! the same processor, with the same pages, spacing and window; what is judged is the *ratio* of
//! such a pair, so that a drift of the machine cancels. A round in which others took more than a
//! few percent of the machine is marked and repeated, a bounded number of times.
//!
//! | tool | what it is asked for | what we run |
//! |---|---|---|
//! | multichase | random chase over huge pages, the window being the whole working set, average | permutation chase, one node a line |
//! | STREAM | its Copy, Scale and Triad, one thread, best of its passes, at the size it was compiled for | copy (by ordinary stores and past the caches), scale and triad over as many elements, best of as many passes |
//! | pingpong, beside multichase | unlocked hand-overs between two processors, best of its samples | two threads that take turns on a line |
//!
//! lmbench's lat_mem_rd is not among them: it walks all sizes before the one asked for, which takes
//! minutes, so that no round could be paired, and its order (`-t`) takes another page with every load
//! and all pages before the first comes again, which loads the TLB more than a random cycle does.
//!
//! Exit code 1 when a ratio's whole interval lies beyond the bound. The bound is 5 % inside the
//! first two caches and 10 % for memory; what lies on a knee is not judged.

mod pingpong;
mod stream;

use std::{
    env,
    hint::black_box,
    path::PathBuf,
    process::{Command, ExitCode},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use comfy_table::{LineStyle, Table, TableStyle};
use lab_core::{
    kernels::chase,
    machine::Machine,
    trace::{Buffer, NoProbe},
    units::{Unit, format_bytes},
};
use lab_native::{
    measure::{
        guard::{Others, Window},
        memory::{Arena, Pages},
        pin, stats, team,
        timer::{System, Timer},
    },
    topology::{self, Source},
};

use stream::Stream;

/// Undisturbed rounds wanted.
const ROUNDS: usize = 11;
/// Rounds taken at most, for each that is wanted.
const PATIENCE: usize = 3;

/// One kernel beside one tool.
struct Pair<'p> {
    what: String,
    tool: &'static str,
    unit: Unit,
    /// How far the ratio may be from 1; none where it is shown only.
    bound: Option<f64>,
    ours: Box<dyn FnMut() -> Result<f64> + 'p>,
    theirs: Box<dyn FnMut() -> Result<f64> + 'p>,
}

/// One round of one pair.
struct Round {
    ours: f64,
    theirs: f64,
    /// What others took of the machine meanwhile.
    guard: Others,
}

impl Round {
    fn is_dirty(&self) -> bool {
        self.guard.is_disturbed()
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Compares with every tool there is; false when one disagrees.
fn run() -> Result<bool> {
    let rounds = rounds()?;
    let topology = Arc::new(topology::load(&Source::ThisMachine)?);
    let processors = team::processors(&topology);
    let (machine, _) = topology::see(&topology, &Source::ThisMachine)?.machine()?;
    // Tools inherit the place.
    let pinned = pin::pin(&topology)?;
    println!("{}, on CPU {}", machine.name, pinned.processor);
    let mut pairs = Vec::new();
    if let Some(program) = find("MULTICHASE", "multichase") {
        for (level, bytes, bound) in sizes(&machine) {
            match multichase(&program, &machine, level, bytes, bound) {
                Ok(pair) => pairs.push(pair),
                Err(why) => println!("skipped: multichase in {level}: {why:#}"),
            }
        }
    }
    if let Some(program) = find("STREAM", "stream") {
        for which in [
            Stream::Copy { streamed: false },
            Stream::Copy { streamed: true },
            Stream::Scale,
            Stream::Triad,
        ] {
            pairs.push(stream::pair(program.clone(), which)?);
        }
    }
    if let Some(program) = find("PINGPONG", "pingpong") {
        match pingpong::pair(&program, &topology, &processors) {
            Ok(pair) => pairs.push(pair),
            Err(why) => println!("skipped: pingpong: {why:#}"),
        }
    }
    if pairs.is_empty() {
        println!("Nothing to compare with.");
        return Ok(true);
    }
    let mut taken: Vec<Vec<Round>> = pairs.iter().map(|_| Vec::new()).collect();
    let mut random = fastrand::Rng::with_seed(1);
    for number in 0..rounds * PATIENCE {
        let clean = |rounds: &Vec<Round>| rounds.iter().filter(|round| !round.is_dirty()).count();
        let mut due: Vec<usize> = (0..pairs.len())
            .filter(|&pair| clean(&taken[pair]) < rounds)
            .collect();
        if due.is_empty() {
            break;
        }
        eprintln!("round {} of {} at most …", number + 1, rounds * PATIENCE);
        random.shuffle(&mut due);
        for index in due {
            taken[index].push(round(&mut pairs[index], random.bool())?);
        }
    }
    Ok(report(&pairs, &taken))
}

/// How many rounds were asked for. `cargo bench` itself passes `--bench`.
fn rounds() -> Result<usize> {
    let mut words = env::args().skip(1).filter(|word| word != "--bench");
    match (words.next().as_deref(), words.next()) {
        (None, _) => Ok(ROUNDS),
        (Some("--rounds"), Some(number)) => number
            .parse()
            .ok()
            .filter(|number| *number > 0)
            .with_context(|| format!("--rounds takes a number above 0, not `{number}`")),
        (Some(other), _) => bail!("`{other}` is not known here: --rounds N is all there is"),
    }
}

/// A tool by its variable, or on PATH.
fn find(variable: &str, name: &str) -> Option<PathBuf> {
    let set = env::var_os(variable).map(PathBuf::from);
    let on_path = || {
        let path = env::var_os("PATH")?;
        env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|file| file.is_file())
    };
    let found = set.or_else(on_path).filter(|file| file.is_file());
    if found.is_none() {
        println!("skipped: {name} is neither on PATH nor where {variable} says");
    }
    found
}

/// Working sets well inside each level, and four times the last for memory.
fn sizes(machine: &Machine) -> Vec<(&'static str, u64, Option<f64>)> {
    const NAMES: [&str; 3] = ["L1", "L2", "L3"];
    /// Beyond this a tool takes minutes to start.
    const MOST: u64 = 512 << 20;
    let whole = |bytes: u64| bytes.next_power_of_two() / 2;
    let mut sizes: Vec<_> = machine
        .caches
        .iter()
        .zip(NAMES)
        .enumerate()
        .map(|(index, (cache, name))| {
            let inner = index
                .checked_sub(1)
                .map_or(cache.size / 4, |inner| machine.caches[inner].size);
            let middle = (inner as f64 * cache.size as f64).sqrt() as u64;
            // A third level is shared, and where its end is nobody knows.
            (name, whole(middle + 1), (index < 2).then_some(0.05))
        })
        .collect();
    let memory = (4 * machine.last_level_bytes()).min(MOST);
    sizes.push(("memory", whole(memory + 1), Some(0.1)));
    sizes
}

/// Runs a pair once, watched.
fn round(pair: &mut Pair<'_>, ours_first: bool) -> Result<Round> {
    let window = Window::open(&System);
    let (ours, theirs);
    if ours_first {
        ours = (pair.ours)()?;
        theirs = (pair.theirs)()?;
    } else {
        theirs = (pair.theirs)()?;
        ours = (pair.ours)()?;
    }
    Ok(Round {
        ours,
        theirs,
        guard: window.close(),
    })
}

/// Prints the comparison; false when a tool disagrees.
fn report(pairs: &[Pair<'_>], taken: &[Vec<Round>]) -> bool {
    let mut table = Table::new();
    let style = TableStyle::new().header_separator(LineStyle::none().fill('─'));
    table.load_style(style).set_header([
        "what",
        "beside",
        "ours",
        "theirs",
        "ours / theirs",
        "clean",
        "verdict",
    ]);
    let mut agreed = true;
    for (pair, rounds) in pairs.iter().zip(taken) {
        let paired: Vec<stats::Pair> = rounds
            .iter()
            .map(|round| stats::Pair {
                of: round.ours,
                to: round.theirs,
                dirty: round.is_dirty(),
            })
            .collect();
        let found = stats::paired_ratio(&paired).expect("each pair ran at least once");
        let enough = found.clean >= stats::ENOUGH_PAIRS;
        let median = |value: fn(&Round) -> f64| {
            let counted = rounds.iter().filter(|round| !(enough && round.is_dirty()));
            let values: Vec<f64> = counted.map(value).collect();
            stats::median(&values)
                .expect("each pair ran at least once")
                .0
        };
        let (ours, theirs) = (median(|round| round.ours), median(|round| round.theirs));
        let (ratio, spread) = (found.median, found.spread);
        let verdict = match pair.bound {
            None => "shown only".to_owned(),
            Some(_) if !enough => "inconclusive: the machine was in use".to_owned(),
            Some(bound) => {
                let percent = 100.0 * bound;
                let (least, most) = (1.0 - bound, 1.0 + bound);
                if spread.low > most || spread.high < least {
                    agreed = false;
                    format!("DIFFERS by more than {percent} %")
                } else if spread.low >= least && spread.high <= most {
                    format!("agrees within {percent} %")
                } else {
                    format!("inconclusive at {percent} %")
                }
            }
        };
        table.add_row([
            pair.what.clone(),
            pair.tool.to_owned(),
            pair.unit.format(ours),
            pair.unit.format(theirs),
            format!("{ratio:.3} [{:.3}–{:.3}]", spread.low, spread.high),
            format!("{} of {}", found.clean, rounds.len()),
            verdict,
        ]);
    }
    println!("{}\n", samples(pairs, taken));
    println!("{}", table.trim_fmt());
    println!(
        "Medians of paired rounds; intervals of {} %.",
        100.0 * stats::CONFIDENCE
    );
    agreed
}

/// Every sample with what the guard says of it.
fn samples(pairs: &[Pair<'_>], taken: &[Vec<Round>]) -> String {
    let mut table = Table::new();
    let style = TableStyle::new().header_separator(LineStyle::none().fill('─'));
    table.load_style(style).set_header([
        "what",
        "round",
        "ours",
        "theirs",
        "ratio",
        "other CPU",
        "steal",
        "guard",
    ]);
    let percent =
        |share: Option<f64>| share.map_or("–".to_owned(), |share| format!("{share:.1} %"));
    for (pair, rounds) in pairs.iter().zip(taken) {
        for (number, round) in rounds.iter().enumerate() {
            let what = format!("{} ({})", pair.what, pair.tool);
            let clean = if round.is_dirty() {
                "disturbed"
            } else {
                "clean"
            };
            table.add_row([
                if number == 0 { what } else { String::new() },
                (number + 1).to_string(),
                pair.unit.format(round.ours),
                pair.unit.format(round.theirs),
                format!("{:.3}", round.ours / round.theirs),
                percent(round.guard.other_cpu_percent),
                percent(round.guard.steal_percent),
                clean.to_owned(),
            ]);
        }
    }
    table.trim_fmt()
}

/// A chase over `bytes` bytes, one node every `spacing` bytes: a lap to warm up, then half a second.
fn our_chase(bytes: u64, spacing: usize, pages: Pages) -> Result<impl FnMut() -> Result<f64>> {
    const STEPS: usize = 1 << 14;
    const TIME: Duration = Duration::from_millis(500);
    let mut arena = Arena::new(bytes as usize, pages)?;
    let nodes = chase::link_cycle(arena.words(), spacing, 1);
    let timer = Timer::calibrated();
    let mut place = 0;
    Ok(move || {
        let data = Buffer::new(&*arena.words(), 0);
        place = chase::permutation_chase(data, place, nodes.max(STEPS), &mut NoProbe);
        let (start, mut steps, mut time) = (Instant::now(), 0, 0.0);
        while start.elapsed() < TIME {
            time += timer.time(|| {
                place = black_box(chase::permutation_chase(data, place, STEPS, &mut NoProbe));
            });
            steps += STEPS;
        }
        Ok(time / steps as f64)
    })
}

/// Runs a tool to its end; what it wrote to both outputs.
fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("cannot run {name}"))?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    if !output.status.success() {
        bail!("{name} failed: {}", text.trim());
    }
    Ok(text)
}

fn multichase<'p>(
    program: &PathBuf,
    machine: &Machine,
    level: &str,
    bytes: u64,
    bound: Option<f64>,
) -> Result<Pair<'p>> {
    let line = machine.line();
    let mut command = Command::new(program);
    // Average over two samples of half a second; the affinity it inherits; huge pages.
    command.args(["-a", "-X", "-H", "-n", "2", "-m"]);
    command.args([bytes.to_string(), "-s".into(), line.to_string()]);
    command.args(["-T".to_owned(), bytes.to_string()]);
    Ok(Pair {
        what: format!(
            "load in {level}, {}, huge pages",
            format_bytes(bytes as f64)
        ),
        tool: "multichase",
        unit: Unit::Nanoseconds,
        bound,
        ours: Box::new(our_chase(bytes, line as usize, Pages::Huge)?),
        theirs: Box::new(move || {
            let text = output(&mut command)?;
            let last = text.split_ascii_whitespace().last();
            last.and_then(|word| word.parse().ok())
                .with_context(|| format!("multichase gave no latency: {}", text.trim()))
        }),
    })
}
