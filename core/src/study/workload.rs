//! Workloads: kernels of a study that run on one piece of memory, so that the simulator and the
//! native runner drive the very same code.

use super::definition::*;
use crate::{
    kernels::{PAGE, sum::sequential_sum},
    machine::Machine,
    model::hierarchy::{Traffic, transfer_ns},
    parameters::{Arguments, Parameter},
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
    /// What that state depends on: of the workloads of a study, those with the same leave it to each
    /// other.
    fn state(&self) -> usize;
    /// Runs a round at full speed.
    fn run(&self, memory: &mut [u64], round: u64);
}

/// What a workload is written as: once, for any probe, with the closed form of its traffic.
pub(super) trait Body {
    fn words(&self) -> usize;
    fn units(&self) -> f64;
    fn prepare(&self, _memory: &mut [u64]) {}
    /// What [`prepare`](Self::prepare) depends on; nothing where it does nothing.
    fn state(&self) -> usize {
        0
    }
    fn round<P: Probe>(&self, memory: &mut [u64], base: u64, round: u64, probe: &mut P);
    /// Accesses of a round.
    fn accesses(&self) -> f64;
    /// Bytes of an access.
    fn element(&self) -> f64;
    /// Lines moved by a round into a cache that holds `held` of them, with `b` elements in a line.
    fn lines(&self, b: f64, held: f64) -> Lines;
}

/// A study whose kernel is a workload: what is its own. The [`Definition`] follows from it.
pub(super) trait Algorithm: Sync {
    type Work: Body + 'static;
    /// Its first variant, by which the time that a simulation takes is told.
    const FIRST: Variant;
    fn xs(machine: &Machine, arguments: &Arguments, variant: Variant) -> Vec<f64>;
    /// The kernel at `x`; without an x a small one, inside the first level.
    fn work(
        machine: &Machine,
        arguments: &Arguments,
        variant: Variant,
        x: Option<f64>,
    ) -> Self::Work;
    /// The parameter that holds what the core alone takes for a unit of work.
    fn issue(variant: Variant) -> &'static Parameter;
    /// What the closed form leaves out where a unit of work takes longer.
    fn slower(variant: Variant) -> &'static str;
}

impl<A: Algorithm> Definition for A {
    fn xs(&self, machine: &Machine, arguments: &Arguments, variant: Variant) -> Vec<f64> {
        A::xs(machine, arguments, variant)
    }

    fn predict(&self, asked: Asked<'_>) -> Value {
        let (work, issue_ns) = asked_of::<A>(asked);
        predicted(asked.machine, &work, issue_ns)
    }
}

impl<A: Algorithm> Simulation for A {
    fn simulate(&self, asked: Asked<'_>) -> Value {
        let (work, issue_ns) = asked_of::<A>(asked);
        simulated(&mut asked.caches(), asked.machine, &work, issue_ns)
    }

    fn accesses(&self, machine: &Machine, arguments: &Arguments, x: f64) -> f64 {
        // Once to warm the caches, once counted.
        2.0 * A::work(machine, arguments, A::FIRST, Some(x)).accesses()
    }
}

impl<A: Algorithm> Measured for A {
    const PARTING: Parting = Parting::Slower(A::slower);

    fn workload(
        machine: &Machine,
        arguments: &Arguments,
        variant: Variant,
        x: Option<f64>,
    ) -> Option<Box<dyn Workload>> {
        Some(Box::new(A::work(machine, arguments, variant, x)))
    }

    fn issue(variant: Variant) -> Option<&'static Parameter> {
        Some(A::issue(variant))
    }
}

/// The kernel asked for, and what the core alone takes for a unit of its work.
fn asked_of<A: Algorithm>(asked: Asked<'_>) -> (A::Work, f64) {
    let (arguments, variant) = (asked.arguments, asked.variant);
    let work = A::work(asked.machine, arguments, variant, Some(asked.x));
    (work, arguments.get(A::issue(variant)))
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

    fn state(&self) -> usize {
        Body::state(self)
    }

    fn run(&self, memory: &mut [u64], round: u64) {
        self.round(memory, 0, round, &mut NoProbe);
    }
}

/// Simulates one round of a workload in its steady state. Time per unit: the core issues and the
/// hierarchy delivers at the same time, and the slower one sets the pace.
fn simulated(caches: &mut Hierarchy, machine: &Machine, work: &impl Body, issue_ns: f64) -> Value {
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

/// The prediction, from the lines moved into each cache.
fn predicted(machine: &Machine, work: &impl Body, issue_ns: f64) -> Value {
    let b = machine.line() as f64 / work.element();
    let line = machine.line() as f64;
    let mut within = Lines {
        fetched: f64::MAX,
        dirty: f64::MAX,
    };
    let by_cache: Vec<Lines> = machine
        .caches
        .iter()
        .map(|cache| {
            let own = work.lines(b, (cache.size / cache.line) as f64);
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
        asked: work.accesses() * work.element(),
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
        .map(|bytes| bytes / line / work.accesses())
        .collect();
    served.insert(0, 1.0 - served.iter().sum::<f64>());
    let delivered = transfer_ns(&moved, &machine.bandwidths_gbs());
    Value {
        y: (delivered / work.units()).max(issue_ns),
        served,
        simulated_accesses: 0,
    }
}
