//! Hardware counters: which of them this machine lets us read, and why not the others.
//!
//! Each is opened and run over a loop that surely makes it count. One that opens and stays at zero,
//! or that had to share its place with others, is as little to be had as one that does not open.

/// A counter, tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// What it counts: `cycles`.
    pub name: &'static str,
    /// Whether the processor counts it, or the kernel.
    pub hardware: bool,
    /// Why it is not to be had, as a phrase; none where it is.
    pub missing: Option<String>,
}

/// Tries every counter the lab knows.
#[cfg(target_os = "linux")]
pub fn tried() -> Vec<Tried> {
    use perf_event::events::{Cache, CacheId, CacheOp, CacheResult, Hardware, Software};
    let misses = |which| Cache {
        which,
        operation: CacheOp::READ,
        result: CacheResult::MISS,
    };
    let hardware = |name, missing| Tried {
        name,
        hardware: true,
        missing,
    };
    let software = |name, missing| Tried {
        name,
        hardware: false,
        missing,
    };
    vec![
        hardware("cycles", counts(Hardware::CPU_CYCLES)),
        hardware("instructions", counts(Hardware::INSTRUCTIONS)),
        hardware("branch misses", counts(Hardware::BRANCH_MISSES)),
        hardware("L1 data misses", counts(misses(CacheId::L1D))),
        hardware("last-level misses", counts(misses(CacheId::LL))),
        hardware("data TLB misses", counts(misses(CacheId::DTLB))),
        software("task clock", counts(Software::TASK_CLOCK)),
        software("page faults", counts(Software::PAGE_FAULTS)),
    ]
}

/// Tries every counter the lab knows.
#[cfg(not(target_os = "linux"))]
pub fn tried() -> Vec<Tried> {
    vec![Tried {
        name: "all",
        hardware: true,
        missing: Some("this lab reads them through Linux's perf events".to_owned()),
    }]
}

/// Why an event is not counted here; none where it is.
#[cfg(target_os = "linux")]
fn counts(event: impl perf_event::events::Event) -> Option<String> {
    let mut counter = match perf_event::Builder::new(event).build() {
        Ok(counter) => counter,
        Err(error) => return Some(refusal(&error)),
    };
    let read = counter
        .enable()
        .and_then(|()| {
            work();
            counter.disable()
        })
        .and_then(|()| counter.read_count_and_time());
    match read {
        Err(error) => Some(refusal(&error)),
        Ok(read) if read.count == 0 => Some("it opens, and counts nothing".to_owned()),
        Ok(read) if read.time_running < read.time_enabled => {
            Some("it has to share its place with other counters".to_owned())
        }
        Ok(_) => None,
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
