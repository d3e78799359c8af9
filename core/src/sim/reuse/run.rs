//! A kernel's run in pieces: its reuse distances, and what a machine's caches count of it.
//!
//! A kernel runs from beginning to end, and who runs it hears nothing meanwhile. So it is run several
//! times, each time with a probe that lets only the next window of its accesses pass: what is not
//! let pass costs about a nanosecond, and between windows the run can be given up.

use serde::{Deserialize, Serialize};

use super::{Distances, Profile, Sampled};
use crate::{
    kernels::Kernel,
    machine::{Machine, MachineError},
    parameters::Arguments,
    sim::{Counts, Hierarchy, Options},
    trace::{Access, Probe},
};

/// What a run showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Locality {
    /// Its reuse distances, in lines of the machine's first cache.
    pub profile: Profile,
    /// What the machine's caches counted, misses by cause.
    pub counts: Counts,
}

/// A run on its way.
///
/// ```
/// use lab_core::{kernels::Kernel, machine::Machine, parameters::Arguments, sim::reuse::Run};
/// let machine = Machine::preset("teaching").unwrap();
/// let mut run = Run::new(Kernel::SequentialSum, Arguments::default(), &machine, None).unwrap();
/// while !run.advance(1000) {}
/// assert_eq!(run.locality().profile.accesses, 8192); // 64 KiB in steps of 8 bytes
/// ```
#[derive(Clone, Debug)]
pub struct Run {
    kernel: Kernel,
    arguments: Arguments,
    listener: Listener,
}

/// Hears a window of a run.
#[derive(Clone, Debug)]
struct Listener {
    hierarchy: Hierarchy,
    distances: Distancing,
    /// Accesses heard so far, in all windows.
    heard: u64,
    /// Accesses to be let go before the next one is heard.
    skip: u64,
    /// Accesses to be heard after that.
    left: u64,
}

#[derive(Clone, Debug)]
enum Distancing {
    Exact(Box<Distances>),
    Sampled(Box<Sampled>),
}

impl Run {
    /// At its beginning. With a `rate`, the distances of that share of all lines are watched; of all
    /// lines without one.
    ///
    /// # Errors
    /// All that is wrong with the machine.
    ///
    /// # Panics
    /// When the rate is not above 0 and at most 1.
    pub fn new(
        kernel: Kernel,
        arguments: Arguments,
        machine: &Machine,
        rate: Option<f64>,
    ) -> Result<Self, Vec<MachineError>> {
        let options = Options {
            classify: true,
            ..Options::default()
        };
        let hierarchy = Hierarchy::with(machine, options)?;
        let line = machine.line();
        let distances = match rate {
            None => Distancing::Exact(Box::new(Distances::new(line))),
            Some(rate) => Distancing::Sampled(Box::new(Sampled::new(line, rate))),
        };
        Ok(Self {
            kernel,
            arguments,
            listener: Listener {
                hierarchy,
                distances,
                heard: 0,
                skip: 0,
                left: 0,
            },
        })
    }

    /// Simulates the next `window` accesses; whether that was the rest of them.
    pub fn advance(&mut self, window: u64) -> bool {
        (self.listener.skip, self.listener.left) = (self.listener.heard, window);
        self.kernel.run(&self.arguments, &mut self.listener);
        self.listener.left > 0 || self.accesses() >= self.kernel.accesses(&self.arguments)
    }

    /// Accesses simulated so far.
    pub fn accesses(&self) -> u64 {
        self.listener.heard
    }

    /// The share of all accesses that is simulated.
    pub fn progress(&self) -> f64 {
        self.accesses() as f64 / self.kernel.accesses(&self.arguments).max(1) as f64
    }

    /// What it showed so far.
    pub fn locality(&mut self) -> Locality {
        Locality {
            profile: match &mut self.listener.distances {
                Distancing::Exact(distances) => distances.profile(),
                Distancing::Sampled(distances) => distances.profile(),
            },
            counts: self.listener.hierarchy.counts(),
        }
    }
}

impl Probe for Listener {
    // One copy for all the kernels' accesses: inside each of them it would be a good part of the page.
    #[inline(never)]
    fn access(&mut self, access: Access) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if self.left > 0 {
            self.left -= 1;
            self.hear(access);
        }
    }
}

impl Listener {
    #[inline(always)]
    fn hear(&mut self, access: Access) {
        self.heard += 1;
        self.hierarchy.access(access);
        match &mut self.distances {
            Distancing::Exact(distances) => distances.access(access),
            Distancing::Sampled(distances) => distances.access(access),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The run in windows of that size, and how many it took.
    fn run(kernel: Kernel, words: &[&str], window: u64) -> (Locality, u32) {
        let arguments = Arguments::parse(kernel.parameters(), words).unwrap();
        let machine = Machine::preset("small-laptop").unwrap();
        let mut run = Run::new(kernel, arguments, &machine, None).unwrap();
        let mut windows = 1;
        while !run.advance(window) {
            assert!(run.progress() < 1.0);
            windows += 1;
        }
        (run.locality(), windows)
    }

    #[test]
    fn windows_leave_no_seam() {
        let words = ["array=32KiB", "accesses=40000"];
        let (whole, windows) = run(Kernel::RandomGather, &words, u64::MAX);
        assert_eq!((whole.profile.accesses, windows), (80_000, 1));
        for (window, expected) in [(1_000, 80), (79_999, 2), (80_000, 1)] {
            let (parts, windows) = run(Kernel::RandomGather, &words, window);
            assert_eq!(windows, expected, "{window}");
            assert_eq!(parts, whole, "{window}");
        }
    }

    /// The first cache sees every access, as the curve's does: only conflict misses, less the hits
    /// that luck adds, stand between them.
    #[test]
    fn the_first_cache_misses_what_the_curve_says_and_conflicts_less_lucky_hits() {
        let runs: [(Kernel, &[&str]); 4] = [
            (
                Kernel::StridedWalk,
                &["array=1MiB", "stride=4KiB", "passes=3"],
            ),
            (Kernel::RandomGather, &["array=128KiB", "passes=2"]),
            (Kernel::PermutationChase, &["array=40KiB", "passes=3"]),
            (Kernel::Triad, &["array=16KiB", "passes=3"]),
        ];
        let mut conflicts = 0;
        for (kernel, words) in runs {
            let (found, _) = run(kernel, words, 10_000);
            let l1 = &found.counts.levels[0];
            let causes = l1.misses_by_cause.unwrap();
            let on_curve = found.profile.miss_ratio(512) * found.profile.accesses as f64;
            assert_eq!(
                l1.misses + causes.lucky_hits,
                on_curve.round() as u64 + causes.conflict,
                "{kernel:?}"
            );
            conflicts += causes.conflict;
        }
        assert!(conflicts > 0);
    }
}
