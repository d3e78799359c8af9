//! The loader kernels beside the plain loop, the roof of traffic, and numpy and OpenCV, each kernel and
//! all that it is compared with in the same rounds.
//!
//! ```text
//! cargo bench --package lab-native --bench kernels [-- [KERNEL …] [--rounds N]]
//! ```
//!
//! Of each kernel, well inside the second cache and far beyond the last, a round runs its default way,
//! its other ways, the plain loop among them, its roofs (`roofs.rs`), and beyond the cache also the calls
//! of `loader_peers.py`, in random order. What is judged is the *ratio* of the default way to another, or
//! to the least of its roofs, within a round; rounds that others disturbed are marked and repeated, a
//! bounded number of times. The peers need Python with numpy and OpenCV (`LAB_PYTHON` names another
//! than `python3`); what is missing is skipped, and that is said.
//!
//! Exit code 1 when a whole interval lies below its bound.

mod peers;
mod roofs;

use std::{env, hint::black_box, process::ExitCode};

use anyhow::{Context, Result};
use comfy_table::{LineStyle, Table, TableStyle};
use lab_core::{
    kernels::loader::{LoaderKernel, Timed, Way},
    machine::Machine,
    units::{format_bytes, format_number},
};
use lab_native::{
    measure::{
        guard::Window,
        memory::{Arena, Pages},
        pin, stats,
        timer::{System, Timer},
    },
    topology::{self, Source},
};
use peers::{Answer, Peers};
use roofs::roofs;

/// Undisturbed rounds wanted.
const ROUNDS: usize = 11;
/// Rounds taken at most, for each that is wanted.
const PATIENCE: usize = 3;
/// Undisturbed rounds that a verdict takes at least: fewer give no interval of 95 %.
const ENOUGH: usize = 6;
/// Least time of a sample, ns.
const SAMPLE_NS: f64 = 2e6;

/// Share of a call's time that a peer must have had its processor.
const KEPT: f64 = 0.96;

/// Below its own plain loop by no more than what two builds of one loop differ by.
const PLAIN: f64 = 0.97;
/// Share of the least of its roofs wanted beyond the cache.
const IN_MEMORY: f64 = 0.9;
/// The same within the second cache.
const IN_SECOND: f64 = 0.7;

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

/// Compares every kernel asked for; false when one stays below a bound.
fn run() -> Result<bool> {
    let (kernels, rounds) = asked()?;
    let topology = topology::load(&Source::ThisMachine)?;
    let (machine, _) = topology::see(&topology, &Source::ThisMachine)?.machine()?;
    // The peers inherit the place.
    let pinned = pin::pin(&topology)?;
    println!("{}, on CPU {}", machine.name, pinned.processor);
    let mut peers = match Peers::start() {
        Ok(peers) => Some(peers),
        Err(why) => {
            println!("skipped: numpy and OpenCV: {why:#}");
            None
        }
    };
    let mut good = true;
    for kernel in kernels {
        for place in [Place::Second, Place::Memory] {
            good &= compare(kernel, place, &machine, peers.as_mut(), rounds)?;
        }
    }
    println!(
        "Medians of rounds, GB/s of bytes in and out; ratios are paired, with intervals of {} %.",
        100.0 * stats::CONFIDENCE
    );
    Ok(good)
}

/// The kernels and the number of rounds asked for. `cargo bench` itself passes `--bench`.
fn asked() -> Result<(Vec<LoaderKernel>, usize)> {
    let mut words = env::args().skip(1).filter(|word| word != "--bench");
    let (mut kernels, mut rounds) = (Vec::new(), ROUNDS);
    while let Some(word) = words.next() {
        if word == "--rounds" {
            let number = words.next().and_then(|number| number.parse().ok());
            rounds = number
                .filter(|number| *number > 0)
                .context("--rounds takes a number above 0")?;
        } else {
            let kernel = LoaderKernel::from_name(&word);
            kernels.push(kernel.with_context(|| format!("there is no loader kernel `{word}`"))?);
        }
    }
    if kernels.is_empty() {
        kernels = LoaderKernel::ALL.to_vec();
    }
    Ok((kernels, rounds))
}

/// Where the data lies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Second,
    Memory,
}

impl Place {
    /// Bytes of all arrays of a kernel.
    fn bytes(self, machine: &Machine) -> usize {
        let bytes = match self {
            Place::Second => {
                let second = machine.caches.get(1).unwrap_or(&machine.caches[0]);
                (machine.caches[0].size as f64 * second.size as f64).sqrt() as u64
            }
            Place::Memory => 4 * machine.last_level_bytes(),
        };
        bytes as usize
    }
}

/// What a contestant is there for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    /// To be looked at.
    Shown,
    /// The kernel's rate is to be so much of this one's, at least.
    Bound(f64),
    /// The kernel is to be near the least of these.
    Roof,
    /// Runs in another process, whose use of the machine is no disturbance; with a bound or without.
    Peer(Option<f64>),
}

impl Part {
    fn is_ours(self) -> bool {
        !matches!(self, Part::Peer(_))
    }

    fn bound(self) -> Option<f64> {
        match self {
            Part::Bound(bound) => Some(bound),
            Part::Peer(bound) => bound,
            Part::Shown | Part::Roof => None,
        }
    }
}

/// One of those that run in a round.
struct Contestant<'c> {
    name: String,
    /// What it is there for.
    part: Part,
    /// Runs it once; the rate in GB/s that the kernel would have if it took as long, and whether a
    /// peer was kept off its processor.
    run: Box<dyn FnMut() -> Result<(f64, bool)> + 'c>,
}

/// One kernel at one size beside all there is to compare it with; false when it stays below a bound.
fn compare(
    kernel: LoaderKernel,
    place: Place,
    machine: &Machine,
    peers: Option<&mut Peers>,
    rounds: usize,
) -> Result<bool> {
    let timer = Timer::calibrated();
    let mut bytes = place.bytes(machine);
    // Peers' arrays are what they are: ours are as large.
    let mut theirs = Vec::new();
    if let (Place::Memory, Some(peers)) = (place, peers.as_ref()) {
        theirs = peers.of(kernel);
        bytes = theirs.iter().map(|case| case.arrays).max().unwrap_or(bytes);
    }
    let cost = kernel.cost(bytes);
    let prepared = std::cell::RefCell::new(Prepared::new(kernel, bytes)?);
    let peers = peers.map(std::cell::RefCell::new);
    let mut contestants: Vec<Contestant<'_>> = Vec::new();
    let ways = kernel.ways();
    for &way in ways {
        let judged = way == Way::Plain && way != ways[0];
        let mut timing = Timing::default();
        let prepared = &prepared;
        contestants.push(Contestant {
            name: way.name().to_owned(),
            part: if judged {
                Part::Bound(PLAIN)
            } else {
                Part::Shown
            },
            run: Box::new(move || {
                let time = timing.time(timer, || prepared.borrow_mut().run(way));
                Ok((cost.counted() / time, false))
            }),
        });
    }
    contestants.extend(roofs(kernel, place, bytes, timer)?);
    for case in &theirs {
        let Some(peers) = &peers else { break };
        contestants.push(Contestant {
            name: case.peer.clone(),
            part: Part::Peer(case.bound()),
            run: Box::new(move || {
                let Answer { seconds, busy } = peers.borrow_mut().time(case.number)?;
                Ok((case.bytes / seconds / 1e9, busy < KEPT * seconds))
            }),
        });
    }
    let taken = take(&mut contestants, rounds)?;
    if let Some(peers) = &peers {
        peers.borrow_mut().forget()?;
    }
    let title = format!("{}, {}", kernel.name(), format_bytes(bytes as f64));
    Ok(report(&title, place, &contestants, &taken))
}

/// A kernel on memory of its own.
struct Prepared {
    timed: Box<dyn Timed>,
    arena: Arena,
}

impl Prepared {
    fn new(kernel: LoaderKernel, bytes: usize) -> Result<Self> {
        let timed = kernel.timed(bytes);
        // Default pages, as Python's arrays have: the allocator of numpy asks for huge ones, too.
        let mut arena = Arena::new(timed.words() * size_of::<u64>(), Pages::Huge)?;
        timed.prepare(arena.words());
        Ok(Self { timed, arena })
    }

    fn run(&mut self, way: Way) {
        self.timed.run(way, black_box(self.arena.words()));
    }
}

/// How often something is repeated within a sample: found at its first.
#[derive(Default)]
struct Timing {
    repetitions: u64,
}

impl Timing {
    /// Time of one run, ns.
    fn time(&mut self, timer: Timer, mut run: impl FnMut()) -> f64 {
        run();
        if self.repetitions == 0 {
            let once = timer.time(&mut run).max(1.0);
            self.repetitions = (SAMPLE_NS / once).ceil() as u64;
        }
        let repetitions = self.repetitions;
        let time = timer.time(|| {
            for _ in 0..repetitions {
                run();
            }
        });
        time / repetitions as f64
    }
}

/// One round: the rates of all contestants.
struct Round {
    rates: Vec<f64>,
    dirty: bool,
}

/// Runs everyone in random order, round after round.
fn take(contestants: &mut [Contestant<'_>], rounds: usize) -> Result<Vec<Round>> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut taken: Vec<Round> = Vec::new();
    while taken.iter().filter(|round| !round.dirty).count() < rounds
        && taken.len() < rounds * PATIENCE
    {
        let mut order: Vec<usize> = (0..contestants.len()).collect();
        random.shuffle(&mut order);
        // Ours first or last: a peer within the window would count as one who disturbs.
        let ours_first = random.bool();
        let (own, peers): (Vec<usize>, Vec<usize>) = order
            .into_iter()
            .partition(|&index| contestants[index].part.is_ours());
        let groups = if ours_first {
            [own, peers]
        } else {
            [peers, own]
        };
        let mut rates = vec![0.0; contestants.len()];
        let mut dirty = false;
        for group in groups {
            let ours = group
                .first()
                .is_some_and(|&index| contestants[index].part.is_ours());
            let window = Window::open(&System);
            for index in group {
                let (rate, kept_off) = (contestants[index].run)()?;
                rates[index] = rate;
                dirty |= kept_off;
            }
            let verdict = window.close();
            dirty |= ours && verdict.is_disturbed();
        }
        taken.push(Round { rates, dirty });
    }
    Ok(taken)
}

/// Prints what a kernel's default way, the first contestant, is beside the others; false when it stays
/// below a bound.
fn report(title: &str, place: Place, contestants: &[Contestant<'_>], taken: &[Round]) -> bool {
    let clean: Vec<&Round> = taken.iter().filter(|round| !round.dirty).collect();
    let enough = clean.len() >= ENOUGH;
    let counted = if enough {
        clean.clone()
    } else {
        taken.iter().collect()
    };
    let mut table = Table::new();
    let style = TableStyle::new().header_separator(LineStyle::none().fill('─'));
    let count = format!("{} of {} clean", clean.len(), taken.len());
    table
        .load_style(style)
        .set_header([title, "GB/s", "default beside it", &count]);
    let mut good = true;
    let mut row = |name: &str, rates: &[f64], bound: Option<f64>| {
        let ratios: Vec<f64> = counted
            .iter()
            .zip(rates)
            .map(|(round, rate)| round.rates[0] / rate)
            .collect();
        let (rate, _) = stats::median(rates).expect("there is a round");
        let (ratio, spread) = stats::median(&ratios).expect("there is a round");
        let verdict = match bound {
            None => String::new(),
            Some(_) if !enough => "inconclusive: the machine was in use".to_owned(),
            Some(bound) if spread.high < bound => {
                good = false;
                format!("BELOW {bound}")
            }
            Some(bound) if spread.low >= bound => format!("at least {bound}"),
            Some(bound) => format!("inconclusive at {bound}"),
        };
        let beside = format!("{ratio:.2} [{:.2}–{:.2}]", spread.low, spread.high);
        table.add_row([name.to_owned(), format_number(rate), beside, verdict]);
    };
    for (index, contestant) in contestants.iter().enumerate() {
        let rates: Vec<f64> = counted.iter().map(|round| round.rates[index]).collect();
        row(&contestant.name, &rates, contestant.part.bound());
    }
    let roofs: Vec<usize> = (0..contestants.len())
        .filter(|&index| contestants[index].part == Part::Roof)
        .collect();
    if !roofs.is_empty() {
        let least = |round: &&Round| {
            let rates = roofs.iter().map(|&index| round.rates[index]);
            rates.fold(f64::INFINITY, f64::min)
        };
        let rates: Vec<f64> = counted.iter().map(least).collect();
        let middle = |index: usize| {
            let rates: Vec<f64> = counted.iter().map(|round| round.rates[index]).collect();
            stats::median(&rates).map_or(f64::INFINITY, |(rate, _)| rate)
        };
        let lowest = roofs
            .iter()
            .copied()
            .min_by(|&a, &b| middle(a).total_cmp(&middle(b)))
            .expect("there are roofs");
        let name = contestants[lowest].name.trim_start_matches("roof: ");
        let bound = match place {
            Place::Second => IN_SECOND,
            Place::Memory => IN_MEMORY,
        };
        let name = format!("least of its roofs, mostly {name}");
        row(&name, &rates, Some(bound));
    }
    println!("{}\n", table.trim_fmt());
    good
}
