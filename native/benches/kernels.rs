//! The loader kernels beside the plain loop, the roof of traffic, and numpy and OpenCV, each kernel and
//! all that it is compared with in the same rounds.
//!
//! ```text
//! cargo bench --package lab-native --bench kernels [-- [KERNEL …] [--rounds N]]
//! ```
//!
//! Of each kernel, well inside the second cache and far beyond the last, a round runs its default way,
//! its other ways, the plain loop among them, and beyond the cache also copies of as many bytes as it
//! moves and the calls of `loader_peers.py`, in random order. What is judged is the *ratio* of the
//! default way to another within a round; rounds that others disturbed are marked and repeated, a
//! bounded number of times. The peers need Python with numpy and OpenCV (`LAB_PYTHON` names another
//! than `python3`); what is missing is skipped, and that is said.
//!
//! Exit code 1 when a whole interval lies below its bound.

use std::{
    env,
    hint::black_box,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio},
};

use anyhow::{Context, Result, bail};
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
        timer::Timer,
    },
    topology::{self, Source},
};
use serde::Deserialize;

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
/// Share of the roof of traffic wanted beyond the cache.
const ROOF: f64 = 0.9;

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

/// One of those that run in a round.
struct Contestant<'c> {
    name: String,
    /// Whether it runs in this process: what others use of the machine is told apart from that only.
    ours: bool,
    /// What the kernel's rate is to be of this one's, at least; none where it is shown only.
    bound: Option<f64>,
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
        let bound = (way == Way::Plain && way != ways[0]).then_some(PLAIN);
        let mut timing = Timing::default();
        let prepared = &prepared;
        contestants.push(Contestant {
            name: way.name().to_owned(),
            ours: true,
            bound,
            run: Box::new(move || {
                let time = timing.time(timer, || prepared.borrow_mut().run(way));
                Ok((cost.counted() / time, false))
            }),
        });
    }
    if place == Place::Memory {
        for roof in ["copy", "copy-streamed"] {
            let Some(roof) = LoaderKernel::from_name(roof).filter(|roof| *roof != kernel) else {
                continue;
            };
            let moved = roof.cost(bytes).moved();
            let mut copy = Prepared::new(roof, bytes)?;
            let mut timing = Timing::default();
            contestants.push(Contestant {
                name: format!("roof: {} of the bytes moved", roof.name()),
                ours: true,
                bound: (roof.cost(bytes).streamed == 0.0).then_some(ROOF),
                run: Box::new(move || {
                    // Not by the C library, which for as much streams, and does not say so.
                    let time = timing.time(timer, || copy.run(Way::X8));
                    Ok((moved / time * cost.counted() / cost.moved(), false))
                }),
            });
        }
    }
    for case in &theirs {
        let Some(peers) = &peers else { break };
        contestants.push(Contestant {
            name: case.peer.clone(),
            ours: false,
            bound: bound(case),
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
    Ok(report(&title, &contestants, &taken))
}

/// What a kernel's rate is to be of a peer's, at least.
fn bound(case: &Case) -> Option<f64> {
    match (case.case.as_str(), case.peer.as_str()) {
        (name, peer) if name.starts_with("gather-rows") && peer.starts_with("numpy.take") => {
            Some(1.0)
        }
        ("normalise-planes", "numpy idiom") => Some(5.0),
        ("normalise-planes", peer) if peer.starts_with("cv2.dnn.blobFromImage") => Some(1.3),
        (name, peer) if name.contains("f16") && peer.starts_with("numpy") => Some(5.0),
        (name, _) if name.contains("bf16") => Some(5.0),
        _ => None,
    }
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
            .partition(|&index| contestants[index].ours);
        let groups = if ours_first {
            [own, peers]
        } else {
            [peers, own]
        };
        let mut rates = vec![0.0; contestants.len()];
        let mut dirty = false;
        for group in groups {
            let ours = group.first().is_some_and(|&index| contestants[index].ours);
            let window = Window::open();
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
fn report(title: &str, contestants: &[Contestant<'_>], taken: &[Round]) -> bool {
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
    for (index, contestant) in contestants.iter().enumerate() {
        let rates: Vec<f64> = counted.iter().map(|round| round.rates[index]).collect();
        let ratios: Vec<f64> = counted
            .iter()
            .map(|round| round.rates[0] / round.rates[index])
            .collect();
        let (rate, _) = stats::median(&rates).expect("there is a round");
        let (ratio, spread) = stats::median(&ratios).expect("there is a round");
        let verdict = match contestant.bound {
            None => String::new(),
            Some(_) if !enough => "inconclusive: the machine was in use".to_owned(),
            Some(bound) if spread.high < bound => {
                good = false;
                format!("BELOW {bound}")
            }
            Some(bound) if spread.low >= bound => format!("at least {bound}"),
            Some(bound) => format!("inconclusive at {bound}"),
        };
        let beside = if index == 0 {
            "(default)".to_owned()
        } else {
            format!("{ratio:.2} [{:.2}–{:.2}]", spread.low, spread.high)
        };
        table.add_row([
            contestant.name.clone(),
            format_number(rate),
            beside,
            verdict,
        ]);
    }
    println!("{}\n", table.trim_fmt());
    good
}

/// A case that the script has.
#[derive(Clone, Debug, Deserialize)]
struct Case {
    #[serde(default)]
    number: usize,
    /// The kernel that does the same.
    case: String,
    /// What is called.
    peer: String,
    /// Bytes read and written by the work.
    bytes: f64,
    /// Bytes of all arrays.
    arrays: usize,
}

/// The script `loader_peers.py`, serving.
struct Peers {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Answer {
    seconds: f64,
    /// Of these, those of its process on a processor.
    busy: f64,
}

impl Peers {
    fn start() -> Result<Self> {
        let python = env::var("LAB_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/loader_peers.py");
        let mut process = Command::new(&python)
            .args([script, "--serve"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {python}"))?;
        let to = process.stdin.take().context("no way to talk to it")?;
        let from = process.stdout.take().context("no way to hear it")?;
        let mut peers = Self {
            process,
            to,
            from: BufReader::new(from),
            cases: Vec::new(),
        };
        let line = peers.line()?;
        // Without numpy it says so in a sentence instead.
        peers.cases = serde_json::from_str(&line).map_err(|_| anyhow::anyhow!("{line}"))?;
        for (number, case) in peers.cases.iter_mut().enumerate() {
            case.number = number;
        }
        Ok(peers)
    }

    fn of(&self, kernel: LoaderKernel) -> Vec<Case> {
        let own = self.cases.iter().filter(|case| case.case == kernel.name());
        own.cloned().collect()
    }

    /// What one call of a case takes.
    fn time(&mut self, number: usize) -> Result<Answer> {
        let line = self.say(&number.to_string())?;
        serde_json::from_str(&line).with_context(|| format!("the peers answered {line:?}"))
    }

    /// Lets go of all arrays.
    fn forget(&mut self) -> Result<()> {
        self.say("forget").map(drop)
    }

    fn say(&mut self, what: &str) -> Result<String> {
        writeln!(self.to, "{what}").context("the peers have gone")?;
        self.line()
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.from.read_line(&mut line)? == 0 {
            bail!("the peers ended: {}", self.process.wait()?);
        }
        Ok(line.trim().to_owned())
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        // It ends with its input; one that hangs in a call is not waited for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
