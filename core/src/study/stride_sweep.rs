//! The stride sweep: time of an access, by stride (claims P3, P4, L2).
//!
//! Kernel: the strided walk over an array larger than the last-level cache, pass after pass. Powers
//! of two stand beside strides one line longer: the same traffic, other sets.

use super::{bandwidth::per_access, cyclic_served, definition::*};
use crate::{
    kernels::stride::{strided_walk, walk_length},
    machine::Machine,
    model::hierarchy::{Traffic, transfer_ns},
    parameters::{Arguments, Parameter},
    report::Quantity,
    sim::traffic,
    trace::{AddressSpace, Buffer},
    units::Unit,
};

pub(super) struct StrideSweep;

/// Strides that are powers of two.
pub const POWERS: Variant = Variant::new("2ᵏ bytes");
/// The same strides and one line more.
pub const SHIFTED: Variant = Variant::new("2ᵏ bytes + one line");

/// Size of the array, as a multiple of the last-level cache.
pub const ARRAY: Parameter = Parameter {
    name: "reach",
    meaning: "size of the array, as a multiple of the last-level cache",
    unit: Unit::Ratio,
    default: 2.0,
    min: 0.25,
    max: 16.0,
};

/// Least time of an access, set by the core.
pub const ISSUE: Parameter = Parameter {
    name: "issue",
    meaning: "time of an access that hits the first level and waits for nothing",
    unit: Unit::Nanoseconds,
    default: 0.3,
    min: 0.01,
    max: 100.0,
};

pub(super) static INFO: Info = Info {
    name: "stride-sweep",
    title: "Strides",
    about: "What does an access cost, as the distance to the next one grows?",
    claims: &["P3", "P4", "L2"],
    group: Group::Memory,
    first_look: true,
    x: Dimension::new("stride", Unit::Bytes),
    y: Dimension::of(
        Quantity::TimePerAccess,
        "time per access",
        Unit::NanosecondsPerAccess,
    ),
    variants: &[POWERS, SHIFTED],
    measured_variants: &[POWERS, SHIFTED],
    telling_x: None,
    parameters: &[ARRAY, ISSUE],
    simulation: Ok(&StrideSweep),
    landmarks: line_end,
};

/// Bytes of one element walked over.
const ELEMENT: u64 = 8;

/// The longest power of two walked with, where the array allows.
const LONGEST: u64 = 8192;

/// Bytes of the array the study walks over: a whole number of lines.
pub fn array_bytes(machine: &Machine, arguments: &Arguments) -> u64 {
    let bytes = machine.last_level_bytes() as f64 * arguments.get(&ARRAY);
    (bytes as u64).next_multiple_of(machine.line().max(ELEMENT))
}

impl Definition for StrideSweep {
    fn xs(&self, machine: &Machine, arguments: &Arguments, variant: Variant) -> Vec<f64> {
        let line = machine.line();
        let longest = LONGEST.min(array_bytes(machine, arguments) / 8);
        let powers = std::iter::successors(Some(ELEMENT), |stride| Some(stride * 2))
            .take_while(|stride| *stride <= longest);
        if variant == SHIFTED {
            // Below two lines, one line more is another power of two.
            let shifted = powers.filter(|stride| *stride >= 2 * line);
            shifted.map(|stride| (stride + line) as f64).collect()
        } else {
            powers.map(|stride| stride as f64).collect()
        }
    }

    fn predict(&self, asked: Asked<'_>) -> Value {
        let (machine, arguments) = (asked.machine, asked.arguments);
        let (line, array, stride) = (
            machine.line(),
            array_bytes(machine, arguments),
            asked.x as u64,
        );
        let accesses = walk_length((array / ELEMENT) as usize, (stride / ELEMENT) as usize) as u64;
        let (lines, line_stride) = if stride < line {
            (array / line, 1)
        } else {
            (accesses, stride / line)
        };
        let by_line = cyclic_served(machine, lines, line_stride);
        let bytes = (lines * line) as f64;
        let moved = Traffic {
            asked: (accesses * ELEMENT) as f64,
            fetched: by_line[1..].iter().map(|share| share * bytes).collect(),
            written_back: vec![0.0; machine.caches.len()],
        };
        Value {
            y: per_access_ns(&moved, machine, arguments, accesses),
            served: per_access(&by_line, accesses as f64 / lines as f64),
            simulated_accesses: 0,
        }
    }
}

impl Simulation for StrideSweep {
    fn simulate(&self, asked: Asked<'_>) -> Value {
        let (machine, arguments) = (asked.machine, asked.arguments);
        let mut caches = asked.caches();
        let array = array_bytes(machine, arguments);
        let data = vec![0_u64; (array / ELEMENT) as usize];
        let data = Buffer::new(&data, AddressSpace::default().place(array, machine.line()));
        let stride = (asked.x as u64 / ELEMENT) as usize;
        strided_walk(data, stride, &mut caches);
        caches.reset_counts();
        strided_walk(data, stride, &mut caches);
        let counts = caches.counts();
        Value {
            y: per_access_ns(
                &traffic(&counts, machine),
                machine,
                arguments,
                counts.accesses,
            ),
            served: counts.served(),
            simulated_accesses: 2 * counts.accesses,
        }
    }

    fn accesses(&self, machine: &Machine, arguments: &Arguments, x: f64) -> f64 {
        2.0 * array_bytes(machine, arguments) as f64 / x
    }

    /// Every stride walks over the same array, in order: much faster than a chase in random order.
    fn is_for_a_page(&self, machine: &Machine, arguments: &Arguments, _: f64) -> bool {
        array_bytes(machine, arguments) as f64 <= 2.0 * PAGE_BYTES
    }
}

impl Measured for StrideSweep {
    const PARTING: Parting = Parting::Either {
        above: "The form charges a line what it costs in a sequential read, which prefetchers \
                feed; they follow no such stride, or stop at the end of a page.",
        below: "Lines that the form has in conflict do not share a set: real pages are scattered, \
                and the outer caches are hashed.",
    };
}

/// The core issues and the hierarchy delivers at the same time: the slower one sets the pace.
fn per_access_ns(moved: &Traffic, machine: &Machine, arguments: &Arguments, accesses: u64) -> f64 {
    let delivered = transfer_ns(moved, &machine.bandwidths_gbs()) / accesses as f64;
    delivered.max(arguments.get(&ISSUE))
}
