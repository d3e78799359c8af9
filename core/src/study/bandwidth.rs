//! Bandwidth: rate of streaming kernels, by working set (claims H4, L3, P3).
//!
//! Kernels: the sequential sum (reads) and triad (reads, and writes that allocate).

use super::{Definition, Info, PER_OCTAVE, REACH, Value, cyclic_served, working_sets};
use crate::{
    kernels::{sum, triad},
    machine::Machine,
    model::hierarchy::{Traffic, transfer_ns},
    parameters::Arguments,
    sim::{Hierarchy, traffic},
    trace::{AddressSpace, Buffer, BufferMut},
    units::Unit,
};

pub(super) struct Bandwidth;

/// Reads only.
pub const READ: &str = "read";
/// Two reads and a write an element; 24 bytes are counted, as STREAM does.
pub const TRIAD: &str = "triad";

static INFO: Info = Info {
    name: "bandwidth",
    title: "Bandwidth by working set",
    about: "How many bytes a second does a streaming loop get, as the data grows?",
    claims: &["H4", "L3", "P3"],
    x: ("working set", Unit::Bytes),
    y: ("bandwidth", Unit::GigabytesPerSecond),
    variants: &[READ, TRIAD],
    measured_variants: &[READ, TRIAD],
    parameters: &[REACH, PER_OCTAVE],
};

impl Definition for Bandwidth {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn xs(&self, machine: &Machine, arguments: &Arguments, _: &str) -> Vec<f64> {
        // Three arrays of whole lines, so that both kernels run at the same x.
        working_sets(machine, arguments, 3 * machine.line())
    }

    fn predict(&self, machine: &Machine, _: &Arguments, variant: &str, x: f64) -> Value {
        let line = machine.line();
        let by_line = cyclic_served(machine, x as u64 / line, 1);
        let fetched: Vec<f64> = by_line[1..].iter().map(|share| share * x).collect();
        // Triad: the lines of one array of three go back where they came from.
        let written_back = fetched
            .iter()
            .map(|bytes| if variant == TRIAD { bytes / 3.0 } else { 0.0 })
            .collect();
        let served = per_access(&by_line, line as f64 / 8.0);
        let moved = Traffic {
            asked: x,
            fetched,
            written_back,
        };
        Value {
            y: x / transfer_ns(&moved, &machine.bandwidths_gbs()),
            served,
            simulated_accesses: 0,
        }
    }

    fn simulate(
        &self,
        mut caches: Hierarchy,
        machine: &Machine,
        _: &Arguments,
        variant: &str,
        x: f64,
    ) -> Value {
        if variant == TRIAD {
            stream_triad(&mut caches, machine, x as u64 / 3);
        } else {
            stream_read(&mut caches, machine, x as u64);
        }
        let counts = caches.counts();
        let nanoseconds = transfer_ns(&traffic(&counts, machine), &machine.bandwidths_gbs());
        Value {
            y: counts.bytes as f64 / nanoseconds,
            served: counts.served(),
            simulated_accesses: 2 * counts.accesses,
        }
    }

    fn accesses(&self, _: &Machine, _: &Arguments, x: f64) -> f64 {
        2.0 * x / 8.0
    }
}

fn stream_read(caches: &mut Hierarchy, machine: &Machine, bytes: u64) {
    let data = vec![0_u64; (bytes / 8) as usize];
    let data = Buffer::new(&data, AddressSpace::default().place(bytes, machine.line()));
    sum::sequential_sum(data, caches);
    caches.reset_counts();
    sum::sequential_sum(data, caches);
}

fn stream_triad(caches: &mut Hierarchy, machine: &Machine, bytes: u64) {
    let mut space = AddressSpace::default();
    let bases = [(); 3].map(|()| space.place(bytes, machine.line()));
    let elements = (bytes / 8) as usize;
    let (mut a, b) = (vec![0.0; elements], vec![0.0; elements]);
    for pass in 0..2 {
        if pass == 1 {
            caches.reset_counts();
        }
        // What the elements hold does not matter to the caches: b serves as both operands.
        let [b, c] = [bases[1], bases[2]].map(|base| Buffer::new(&b, base));
        triad::triad(BufferMut::new(&mut a, bases[0]), b, c, 3.0, caches);
    }
}

/// Shares of accesses, from shares of lines, when each line is accessed `each` times in a row: all
/// but the first of these hit the first level.
pub(super) fn per_access(by_line: &[f64], each: f64) -> Vec<f64> {
    let mut served: Vec<f64> = by_line.iter().map(|share| share / each.max(1.0)).collect();
    served[0] += 1.0 - served.iter().sum::<f64>();
    served
}
