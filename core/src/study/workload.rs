//! Workloads: kernels of a study that run on one piece of memory, so that the simulator and the
//! native runner drive the very same code.

use super::Value;
use crate::{
    kernels::{PAGE, sum::sequential_sum},
    machine::Machine,
    model::hierarchy::{Traffic, transfer_ns},
    sim::{Hierarchy, traffic},
    trace::{AddressSpace, Buffer, NoProbe, Probe},
};

/// A kernel at one x, ready to be timed.
///
/// It runs in rounds, each of which does as much as the next: one step of a loop too long to be run
/// as a whole, or all of a short kernel.
pub trait Workload {
    /// 8-byte words of the memory it runs on.
    fn words(&self) -> usize;
    /// Units of work in a round: multiply-adds, elements.
    fn units(&self) -> f64;
    /// Brings memory of zeros into the state the first round expects.
    fn prepare(&self, memory: &mut [u64]);
    /// Runs a round at full speed.
    fn run(&self, memory: &mut [u64], round: u64);
}

/// What a workload is written as: once, for any probe.
pub(super) trait Body {
    fn words(&self) -> usize;
    fn units(&self) -> f64;
    fn prepare(&self, _memory: &mut [u64]) {}
    fn round<P: Probe>(&self, memory: &mut [u64], base: u64, round: u64, probe: &mut P);
}

impl<B: Body> Workload for B {
    fn words(&self) -> usize {
        Body::words(self)
    }

    fn units(&self) -> f64 {
        Body::units(self)
    }

    fn prepare(&self, memory: &mut [u64]) {
        Body::prepare(self, memory);
    }

    fn run(&self, memory: &mut [u64], round: u64) {
        self.round(memory, 0, round, &mut NoProbe);
    }
}

/// Simulates one round of a workload in its steady state. Time per unit: the core issues and the
/// hierarchy delivers at the same time, and the slower one sets the pace.
pub(super) fn simulated(
    caches: &mut Hierarchy,
    machine: &Machine,
    work: &impl Body,
    issue_ns: f64,
) -> Value {
    let mut memory = vec![0; work.words()];
    work.prepare(&mut memory);
    let base = AddressSpace::default().place(8 * memory.len() as u64, PAGE);
    // What fits is there before the first round, as it is when rounds go on for long.
    sequential_sum(Buffer::new(&memory, base), caches);
    work.round(&mut memory, base, 0, caches);
    let warm = caches.counts().accesses;
    caches.reset_counts();
    work.round(&mut memory, base, 1, caches);
    let counts = caches.counts();
    let delivered = transfer_ns(&traffic(&counts, machine), &machine.bandwidths_gbs());
    Value {
        y: (delivered / work.units()).max(issue_ns),
        served: counts.served(),
        simulated_accesses: warm + counts.accesses,
    }
}

/// Lines that a round moves into a cache, by a closed form.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Lines {
    /// All of them.
    pub fetched: f64,
    /// Those that go back, written.
    pub dirty: f64,
}

/// What a round does, whichever caches there are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    pub accesses: f64,
    /// Bytes of one access.
    pub element: f64,
    pub units: f64,
}

/// The prediction, given the lines moved into a cache that holds so many lines.
pub(super) fn predicted(
    machine: &Machine,
    round: Round,
    issue_ns: f64,
    lines: impl Fn(f64) -> Lines,
) -> Value {
    let line = machine.line() as f64;
    let mut within = Lines {
        fetched: f64::MAX,
        dirty: f64::MAX,
    };
    let by_cache: Vec<Lines> = machine
        .caches
        .iter()
        .map(|cache| {
            let own = lines((cache.size / cache.line) as f64);
            // An outer cache is not asked for more than the inner one lacks.
            within = Lines {
                fetched: own.fetched.min(within.fetched),
                dirty: own.dirty.min(within.dirty),
            };
            within
        })
        .collect();
    let beyond = |place: usize| by_cache.get(place + 1).copied().unwrap_or_default();
    let moved = Traffic {
        asked: round.accesses * round.element,
        fetched: (0..by_cache.len())
            .map(|place| (by_cache[place].fetched - beyond(place).fetched) * line)
            .collect(),
        written_back: (0..by_cache.len())
            .map(|place| (by_cache[place].dirty - beyond(place).dirty) * line)
            .collect(),
    };
    let mut served: Vec<f64> = moved
        .fetched
        .iter()
        .map(|bytes| bytes / line / round.accesses)
        .collect();
    served.insert(0, 1.0 - served.iter().sum::<f64>());
    let delivered = transfer_ns(&moved, &machine.bandwidths_gbs());
    Value {
        y: (delivered / round.units).max(issue_ns),
        served,
        simulated_accesses: 0,
    }
}
