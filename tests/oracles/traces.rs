//! Traces to compare on, and what our simulator counts for them.

use lab_core::{
    evidence::Evidence,
    machine::{Cache, Figure, Machine, Memory},
    sim::{Counts, Hierarchy, Options},
    trace::{Access, Kind, Probe},
};

/// What a generated trace looks like.
pub struct Mix {
    pub seed: u64,
    pub accesses: usize,
    /// Out of a hundred accesses, so many are stores.
    pub stores: u32,
    /// Bytes of an access.
    pub bytes: u32,
    /// Addresses are multiples of this.
    pub align: u64,
    /// Addresses lie below this.
    pub span: u64,
}

impl Mix {
    /// Short runs of walks with all sorts of strides, of a small working set and of a large one:
    /// what hits, what misses for want of room, and what misses because it shares a set.
    pub fn trace(&self) -> Vec<Access> {
        let mut random = fastrand::Rng::with_seed(self.seed);
        let mut trace = Vec::with_capacity(self.accesses);
        while trace.len() < self.accesses {
            let start = random.u64(0..self.span);
            let length = random.usize(20..400).min(self.accesses - trace.len());
            let shape = random.u32(0..4);
            let stride = match shape {
                0 => 8,
                1 => 1 << random.u32(3..13),
                _ => random.u64(1..500),
            };
            let room = 1 << random.u32(6..14);
            for step in 0..length as u64 {
                let address = match shape {
                    0..=2 => start + (step % 97) * stride,
                    _ => start + random.u64(0..room),
                } % (self.span - u64::from(self.bytes));
                let kind = match random.u32(0..100) < self.stores {
                    true => Kind::Store,
                    false => Kind::Load,
                };
                let address = address / self.align * self.align;
                trace.push(Access::new(kind, address, self.bytes));
            }
        }
        trace
    }
}

/// A cache of so many sets and ways with lines of so many bytes; the rest is as usual.
pub fn cache(name: &str, sets: u64, ways: u64, line: u64) -> Cache {
    // No time is asked for
    let figure = || Figure::new(1.0, Evidence::Assumed, "");
    let size = sets * ways * line;
    Cache::new(
        name,
        (size, line, ways),
        Evidence::Assumed,
        figure(),
        figure(),
    )
}

/// A machine of these caches.
pub fn machine(caches: Vec<Cache>) -> Machine {
    let figure = || Figure::new(1.0, Evidence::Assumed, "");
    let memory = Memory {
        size: 1 << 40,
        latency_ns: figure(),
        bandwidth_gbs: figure(),
    };
    Machine::new("under comparison", caches, memory)
}

/// What our simulator counts.
pub fn simulate(machine: &Machine, options: &Options, trace: &[Access]) -> Counts {
    let mut caches =
        Hierarchy::with(machine, options.clone()).expect("the compared machines are sound");
    for &access in trace {
        caches.access(access);
    }
    caches.counts()
}
