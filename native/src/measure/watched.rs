//! Mappings of files that others may shorten. To touch a page behind a file's end is no error that a call
//! returns: the system sends SIGBUS, which ends the process and all that it measured (mmap(2)).
//!
//! While a mapping is watched, a handler puts zeros where pages are gone, and remembers it: whoever reads
//! on gets a sum of nothing, and is told so afterwards. Faults anywhere else go where they went before.

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use memmap2::Mmap;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// Mappings that can be watched at a time.
const PLACES: usize = 16;

/// One watched mapping. A handler can be told nothing else than what is global.
struct Place {
    taken: AtomicBool,
    start: AtomicUsize,
    /// 0 where nothing is watched.
    bytes: AtomicUsize,
    torn: AtomicBool,
}

static WATCHED: [Place; PLACES] = [const {
    Place {
        taken: AtomicBool::new(false),
        start: AtomicUsize::new(0),
        bytes: AtomicUsize::new(0),
        torn: AtomicBool::new(false),
    }
}; PLACES];

/// What SIGBUS did before.
static BEFORE: OnceLock<SigAction> = OnceLock::new();
static PAGE: OnceLock<usize> = OnceLock::new();

/// A mapping that is watched. End it before the mapping.
pub struct Watched(&'static Place);

impl Watched {
    /// Begins one; none where the system takes no handler, or too many are under way.
    pub fn over(map: &Mmap) -> Option<Self> {
        PAGE.get_or_init(rustix::param::page_size);
        if BEFORE.get().is_none() {
            let flags = SaFlags::SA_SIGINFO | SaFlags::SA_ONSTACK;
            let action = SigAction::new(SigHandler::SigAction(mend), flags, SigSet::empty());
            // SAFETY: the handler does what a handler may.
            let before = unsafe { sigaction(Signal::SIGBUS, &action) }.ok()?;
            // Of two threads that come here at once, the second finds the handler there already.
            let _ = BEFORE.set(before);
        }
        let free = |place: &&Place| !place.taken.swap(true, Ordering::AcqRel);
        let place = WATCHED.iter().find(free)?;
        place.torn.store(false, Ordering::Relaxed);
        place.start.store(map.as_ptr() as usize, Ordering::Relaxed);
        place.bytes.store(map.len(), Ordering::Release);
        Some(Self(place))
    }

    /// Whether pages were gone.
    pub fn is_torn(&self) -> bool {
        self.0.torn.load(Ordering::Acquire)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.bytes.store(0, Ordering::Release);
        self.0.taken.store(false, Ordering::Release);
    }
}

/// Puts zeros where a watched mapping has no page any more, from there to its end.
extern "C" fn mend(_: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: the system hands over what it knows of the fault.
    let at = unsafe { (*info).si_addr() } as usize;
    let page = PAGE.get().copied().unwrap_or(4096);
    for place in &WATCHED {
        let bytes = place.bytes.load(Ordering::Acquire);
        let start = place.start.load(Ordering::Relaxed);
        if !(start..start + bytes).contains(&at) {
            continue;
        }
        let from = at / page * page;
        // SAFETY: these pages are the end of a mapping that its owner keeps for as long as it is watched,
        // and that is only read; they are replaced by pages of zeros at the same place. The call is one
        // to the system, without a lock.
        let zeros = unsafe {
            libc::mmap(
                from as *mut libc::c_void,
                start + bytes - from,
                libc::PROT_READ,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED,
                -1,
                0,
            )
        };
        if zeros != libc::MAP_FAILED {
            place.torn.store(true, Ordering::Release);
            return;
        }
    }
    // Not ours: the load is made again, with whoever was there before.
    let default = || SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    let before = BEFORE.get().copied().unwrap_or_else(default);
    // SAFETY: what was there before was fit to be there.
    let _ = unsafe { sigaction(Signal::SIGBUS, &before) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn mapped(pages: usize) -> (std::fs::File, Mmap) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![1; pages * 4096]).unwrap();
        // SAFETY: it is shortened while it is mapped, which is what the test is about; it is only read.
        let map = unsafe { Mmap::map(&file) }.unwrap();
        (file, map)
    }

    #[test]
    fn pages_that_are_gone_read_as_zeros_and_that_is_told() {
        let (file, map) = mapped(64);
        let (_other, whole) = mapped(8);
        let [watch, other] = [&map, &whole].map(|map| Watched::over(map).unwrap());
        let sum = |map: &Mmap| map.iter().map(|byte| u64::from(*byte)).sum::<u64>();
        assert_eq!(sum(&map), 64 * 4096);
        assert!(!watch.is_torn());
        file.set_len(10 * 4096).unwrap();
        assert_eq!(sum(&map), 10 * 4096);
        assert!(watch.is_torn());
        assert_eq!(sum(&whole), 8 * 4096);
        assert!(!other.is_torn());
        drop(watch);
        // The place is free again, and nothing of the last one is left.
        let (_file, map) = mapped(1);
        assert!(!Watched::over(&map).unwrap().is_torn());
    }
}
