//! Counters of the processor and the kernel: which of them this machine lets us read, why not the
//! others, and what they count.
//!
//! Each is opened and run over a loop that surely makes it count. One that opens and stays at zero,
//! or that had to share its place with others, is as little to be had as one that does not open.
//!
//! Counters are read around passes of their own, never around a timed sample. Processors have a few
//! places for them (four at least, vendors' manuals), so those that belong together are read in one
//! pass, and the next ones in the next.

use lab_core::report::Counter;

/// A counter, tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// What it counts.
    pub what: Counter,
    /// Whether the processor counts it, or the kernel.
    pub hardware: bool,
    /// Why it is not to be had, as a phrase; none where it is.
    pub missing: Option<String>,
}

/// The hardware counters of each pass; the kernel's own come with the first.
#[cfg(target_os = "linux")]
const PASSES: [&[Counter]; 2] = [
    &[
        Counter::Cycles,
        Counter::Instructions,
        Counter::Branches,
        Counter::BranchMisses,
    ],
    &[
        Counter::L1Loads,
        Counter::L1Misses,
        Counter::LastLevelMisses,
        Counter::TlbMisses,
    ],
];

/// What the kernel counts. Context switches are not among them: a user may count only what happens
/// outside the kernel, and the guard reads them anyway.
#[cfg(target_os = "linux")]
const SOFTWARE: [Counter; 2] = [Counter::PageFaults, Counter::TaskClock];

/// What asks the system for that event, for the calling thread and those it starts later.
#[cfg(target_os = "linux")]
fn open(what: Counter) -> std::io::Result<perf_event::Counter> {
    use perf_event::{
        Builder,
        events::{Cache, CacheId, CacheOp, CacheResult, Hardware, Software},
    };
    let cache = |which, result| Cache {
        which,
        operation: CacheOp::READ,
        result,
    };
    let mut builder = match what {
        Counter::Cycles => Builder::new(Hardware::CPU_CYCLES),
        Counter::Instructions => Builder::new(Hardware::INSTRUCTIONS),
        Counter::Branches => Builder::new(Hardware::BRANCH_INSTRUCTIONS),
        Counter::BranchMisses => Builder::new(Hardware::BRANCH_MISSES),
        Counter::L1Loads => Builder::new(cache(CacheId::L1D, CacheResult::ACCESS)),
        Counter::L1Misses => Builder::new(cache(CacheId::L1D, CacheResult::MISS)),
        Counter::LastLevelMisses => Builder::new(cache(CacheId::LL, CacheResult::MISS)),
        Counter::TlbMisses => Builder::new(cache(CacheId::DTLB, CacheResult::MISS)),
        Counter::TaskClock => Builder::new(Software::TASK_CLOCK),
        Counter::PageFaults => Builder::new(Software::PAGE_FAULTS),
        Counter::VoluntarySwitches | Counter::InvoluntarySwitches => {
            return Err(std::io::ErrorKind::Unsupported.into());
        }
    };
    builder.inherit(true).build()
}

/// Tries every counter the lab knows.
#[cfg(target_os = "linux")]
pub fn tried() -> Vec<Tried> {
    let hardware = PASSES.into_iter().flatten().map(|&what| (what, true));
    let software = SOFTWARE.into_iter().map(|what| (what, false));
    hardware
        .chain(software)
        .map(|(what, hardware)| Tried {
            what,
            hardware,
            missing: counts(what).err(),
        })
        .collect()
}

/// Tries every counter the lab knows.
#[cfg(not(target_os = "linux"))]
pub fn tried() -> Vec<Tried> {
    let why = "this lab reads them through Linux's perf events";
    vec![Tried {
        what: Counter::Cycles,
        hardware: true,
        missing: Some(why.to_owned()),
    }]
}

/// Whether an event is counted here.
///
/// # Errors
/// Why not.
#[cfg(target_os = "linux")]
fn counts(what: Counter) -> Result<(), String> {
    let mut counter = Open::new(what).map_err(|error| refusal(&error))?;
    counter.start().map_err(|error| refusal(&error))?;
    work();
    match counter.stop() {
        Err(error) => Err(refusal(&error)),
        Ok(None) => Err("it has to share its place with other counters".to_owned()),
        Ok(Some(0)) => Err("it opens, and counts nothing".to_owned()),
        Ok(Some(_)) => Ok(()),
    }
}

/// A counter that stands still or runs.
#[cfg(target_os = "linux")]
struct Open {
    counter: perf_event::Counter,
    before: perf_event::CountAndTime,
}

#[cfg(target_os = "linux")]
impl Open {
    fn new(what: Counter) -> std::io::Result<Self> {
        let mut counter = open(what)?;
        let before = counter.read_count_and_time()?;
        Ok(Self { counter, before })
    }

    fn start(&mut self) -> std::io::Result<()> {
        // Not set to zero, which would leave out the threads started since.
        self.before = self.counter.read_count_and_time()?;
        self.counter.enable()
    }

    /// The count since the start; none where it did not run all the time.
    fn stop(&mut self) -> std::io::Result<Option<u64>> {
        self.counter.disable()?;
        let after = self.counter.read_count_and_time()?;
        let enabled = after.time_enabled - self.before.time_enabled;
        let running = after.time_running - self.before.time_running;
        Ok((running >= enabled).then(|| after.count - self.before.count))
    }
}

/// The counters that can be read here, pass by pass.
#[derive(Default)]
pub struct Counters {
    #[cfg(target_os = "linux")]
    passes: Vec<Vec<(Counter, Open)>>,
}

impl Counters {
    /// Opens those that were found to count, for the calling thread and those it starts later.
    pub fn open(tried: &[Tried]) -> Self {
        #[cfg(target_os = "linux")]
        {
            let there = |what: &Counter| {
                let of = |tried: &&Tried| tried.what == *what && tried.missing.is_none();
                tried.iter().any(|tried| of(&tried))
            };
            let first: Vec<Counter> = PASSES[0].iter().copied().chain(SOFTWARE).collect();
            let passes = [first, PASSES[1].to_vec()].into_iter().map(|pass| {
                let pass = pass.into_iter().filter(there);
                pass.filter_map(|what| Some((what, Open::new(what).ok()?)))
                    .collect::<Vec<_>>()
            });
            Self {
                passes: passes.filter(|pass| !pass.is_empty()).collect(),
            }
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = tried;
            Self::default()
        }
    }

    /// Runs `body` once for each pass; what was counted in it.
    pub fn during(&mut self, mut body: impl FnMut()) -> Vec<(Counter, u64)> {
        let mut counts = Vec::new();
        #[cfg(target_os = "linux")]
        for pass in &mut self.passes {
            // One that cannot be started or read gives no count, which is how it is told.
            for (_, counter) in pass.iter_mut() {
                let _ = counter.start();
            }
            body();
            // The last to start is the first to stop: the clock's time is the body's.
            for (what, counter) in pass.iter_mut().rev() {
                if let Ok(Some(count)) = counter.stop() {
                    counts.push((*what, count));
                }
            }
        }
        #[cfg(not(target_os = "linux"))]
        body();
        counts
    }
}

impl std::fmt::Debug for Counters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Counters").finish_non_exhaustive()
    }
}

/// What makes every counter count: fresh memory, walked over in an order nothing foresees.
#[cfg(target_os = "linux")]
fn work() {
    const WORDS: usize = 1 << 20;
    let mut random = fastrand::Rng::with_seed(1);
    let mut data = vec![0_u64; WORDS];
    for _ in 0..WORDS {
        let place = random.usize(..WORDS);
        if data[place].is_multiple_of(2) || random.bool() {
            data[place] += 1;
        }
    }
    std::hint::black_box(data);
}

/// The system's answer in words.
#[cfg(target_os = "linux")]
fn refusal(error: &std::io::Error) -> String {
    use rustix::io::Errno;
    let why = match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::NOENT | Errno::OPNOTSUPP | Errno::NODEV) => {
            "the processor shows no such unit, as in most virtual machines"
        }
        Some(Errno::ACCESS | Errno::PERM) => {
            "the system does not allow it (see /proc/sys/kernel/perf_event_paranoid)"
        }
        Some(Errno::INVAL) => "the processor's unit does not know this event",
        Some(Errno::NOSYS) => "the kernel was built without perf events",
        _ => return error.to_string(),
    };
    format!("{why} ({error})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_counts_or_is_missing_for_a_reason() {
        let tried = tried();
        assert!(!tried.is_empty());
        for counter in tried {
            assert!(counter.missing.is_none_or(|why| !why.is_empty()));
        }
    }

    /// A mapping touched for the first time is the oracle of the faults; no thread runs longer than
    /// the wall clock.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_read_is_what_happened() {
        const PAGES: usize = 256;
        let mut counters = Counters::open(&tried());
        let mut passes = 0;
        let begun = std::time::Instant::now();
        let counts = counters.during(|| {
            passes += 1;
            let mut map = memmap2::MmapMut::map_anon(PAGES * 4096).unwrap();
            map.advise(memmap2::Advice::NoHugePage).ok();
            (0..PAGES).for_each(|page| map[page * 4096] = 1);
        });
        let wall = begun.elapsed().as_nanos() as u64;
        assert!(passes <= PASSES.len());
        for (what, count) in counts {
            match what {
                Counter::PageFaults => {
                    assert!(
                        (PAGES as u64..PAGES as u64 + 50).contains(&count),
                        "{count}"
                    );
                }
                Counter::TaskClock => assert!((1..=wall).contains(&count), "{count} of {wall}"),
                _ => {}
            }
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn refusals_say_what_to_do() {
        use rustix::io::Errno;
        let text = |errno: Errno| refusal(&std::io::Error::from_raw_os_error(errno.raw_os_error()));
        assert!(text(Errno::NOENT).contains("virtual machines"));
        assert!(text(Errno::ACCESS).contains("perf_event_paranoid"));
        assert!(!text(Errno::IO).is_empty());
    }
}
