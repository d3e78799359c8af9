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
const PASSES: [&[Counter]; 3] = [
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
    &[Counter::L2Misses, Counter::MemoryFills],
];

/// What the kernel has no name for, as the vendor numbers it: event and unit mask, in the lowest two
/// bytes. None where the lab does not know.
#[cfg(target_os = "linux")]
fn raw(what: Counter, vendor: &str, family: u32) -> Option<u64> {
    match (what, vendor, family) {
        // Processor Programming References of families 17h (Zen) to 1Ah (Zen 5): PMCx064, data cache
        // requests that miss; PMCx043, demand fills from memory of this node and of another.
        (Counter::L2Misses, "AuthenticAMD", 0x17..=0x1a) => Some(0x0864),
        (Counter::MemoryFills, "AuthenticAMD", 0x17..=0x1a) => Some(0x4843),
        // Software Developer's Manual, events of large cores from Haswell and Skylake on:
        // L2_RQSTS.DEMAND_DATA_RD_MISS, MEM_LOAD_RETIRED.L3_MISS.
        (Counter::L2Misses, "GenuineIntel", 6) => Some(0x2124),
        (Counter::MemoryFills, "GenuineIntel", 6) => Some(0x20d1),
        _ => None,
    }
}

/// Vendor and family of the processor, from the text of `/proc/cpuinfo`.
#[cfg(target_os = "linux")]
fn vendor_and_family(text: &str) -> Option<(&str, u32)> {
    let value = |key: &str| {
        let line = text.lines().find(|line| line.starts_with(key))?;
        Some(line.split_once(':')?.1.trim())
    };
    Some((value("vendor_id")?, value("cpu family")?.parse().ok()?))
}

/// What the kernel counts. Context switches are not among them: a user may count only what happens
/// outside the kernel, and the guard reads them anyway.
#[cfg(target_os = "linux")]
const SOFTWARE: [Counter; 2] = [Counter::PageFaults, Counter::TaskClock];

/// What asks the system for that event, for the calling thread and those it starts later.
#[cfg(target_os = "linux")]
fn open(what: Counter) -> std::io::Result<perf_event::Counter> {
    use perf_event::{
        Builder,
        events::{Cache, CacheId, CacheOp, CacheResult, Hardware, Raw, Software},
    };
    // As of an event that the processor's unit does not know.
    let unknown = || std::io::Error::from(rustix::io::Errno::INVAL);
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
        Counter::L2Misses | Counter::MemoryFills => {
            let text = std::fs::read_to_string("/proc/cpuinfo")?;
            // Cores of two kinds number their events apart.
            let hybrid = std::path::Path::new("/sys/devices/cpu_atom").exists();
            let number = vendor_and_family(&text)
                .filter(|_| !hybrid)
                .and_then(|(vendor, family)| raw(what, vendor, family));
            Builder::new(Raw::new(number.ok_or_else(unknown)?))
        }
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
        Ok(Some(0)) => Err("the system lets it be read, but it stays at zero".to_owned()),
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
            let passes = PASSES.into_iter().enumerate().map(|(number, pass)| {
                let software = if number == 0 { &SOFTWARE[..] } else { &[] };
                let pass = pass.iter().chain(software).copied().filter(there);
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

/// What makes every counter count: fresh memory, walked over in an order nothing foresees. A last cache
/// may be larger than that: where there is an instruction for it, lines are put out of all caches.
#[cfg(target_os = "linux")]
fn work() {
    const WORDS: usize = 1 << 20;
    #[cfg(target_arch = "x86_64")]
    const LINE: usize = 8;
    let mut random = fastrand::Rng::with_seed(1);
    let mut data = vec![0_u64; WORDS];
    for _ in 0..WORDS {
        let place = random.usize(..WORDS);
        if data[place].is_multiple_of(2) || random.bool() {
            data[place] += 1;
        }
        #[cfg(target_arch = "x86_64")]
        if place.is_multiple_of(LINE) {
            // SAFETY: every x86-64 processor has the instruction, and the line is the array's.
            unsafe { std::arch::x86_64::_mm_clflush(std::ptr::from_ref(&data[place]).cast()) };
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

    /// Numbers that others arrived at: libpfm's for Zen 3, perf's tables for Skylake.
    #[cfg(target_os = "linux")]
    #[test]
    fn events_without_a_name_are_those_of_the_vendor() {
        let text = "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 1\n";
        assert_eq!(vendor_and_family(text), Some(("AuthenticAMD", 25)));
        assert_eq!(vendor_and_family("Processor\t: ARMv8"), None);
        let (event, mask) = (0x43, 0x08 | 0x40);
        let number = raw(Counter::MemoryFills, "AuthenticAMD", 25);
        assert_eq!(number, Some(mask << 8 | event));
        assert_eq!(
            raw(Counter::L2Misses, "GenuineIntel", 6),
            Some(0x21 << 8 | 0x24)
        );
        assert_eq!(raw(Counter::L2Misses, "AuthenticAMD", 0x15), None);
        assert_eq!(raw(Counter::Cycles, "GenuineIntel", 6), None);
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
