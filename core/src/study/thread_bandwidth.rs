//! Bandwidth by threads: what memory gives to several cores at once (claims H4, C2).
//!
//! Kernels: sequential sum, triad, and fill and copy through the caches and past them, each thread on
//! memory of its own, beyond the last cache.

use super::{
    bandwidth::{COPY, COPY_STREAMED, READ, TRIAD, WRITE, WRITE_STREAMED},
    definition::*,
};
use crate::{
    machine::Machine,
    parameters::{Arguments, Parameter},
    report::Quantity,
    units::Unit,
};

pub(super) struct ThreadBandwidth;

/// What one thread reads alone.
const ALONE_READ: Parameter = Parameter {
    name: "alone-read",
    meaning: "bandwidth of one thread that reads",
    unit: Unit::GigabytesPerSecond,
    default: 10.0,
    min: 0.001,
    max: 10_000.0,
};
/// What one thread gets from triad alone.
const ALONE_TRIAD: Parameter = Parameter {
    name: "alone-triad",
    meaning: "bandwidth of one thread that runs triad",
    ..ALONE_READ
};

/// What one thread writes alone.
const ALONE_WRITE: Parameter = Parameter {
    name: "alone-write",
    meaning: "bandwidth of one thread that writes",
    ..ALONE_READ
};
/// What one thread writes alone, past the caches.
const ALONE_WRITE_STREAMED: Parameter = Parameter {
    name: "alone-write-streamed",
    meaning: "bandwidth of one thread that writes past the caches",
    ..ALONE_READ
};
/// What one thread copies alone.
const ALONE_COPY: Parameter = Parameter {
    name: "alone-copy",
    meaning: "bandwidth of one thread that copies, counted in and out",
    ..ALONE_READ
};
/// What one thread copies alone, past the caches.
const ALONE_COPY_STREAMED: Parameter = Parameter {
    name: "alone-copy-streamed",
    meaning: "bandwidth of one thread that copies past the caches, counted in and out",
    ..ALONE_READ
};

const NAMES: [Variant; 6] = [READ, TRIAD, WRITE, WRITE_STREAMED, COPY, COPY_STREAMED];

/// What one thread gets alone, by variant in the order of their names.
const ALONE: [Parameter; NAMES.len()] = [
    ALONE_READ,
    ALONE_TRIAD,
    ALONE_WRITE,
    ALONE_WRITE_STREAMED,
    ALONE_COPY,
    ALONE_COPY_STREAMED,
];

/// What one thread gets alone.
///
/// # Panics
/// For a variant of another study.
pub fn alone(variant: Variant) -> &'static Parameter {
    let own = NAMES.iter().position(|name| *name == variant);
    &ALONE[own.expect("a variant of this study")]
}

pub(super) static INFO: Info = Info {
    name: "thread-bandwidth",
    title: "Bandwidth by threads",
    about: "How many bytes a second does memory give, as more cores ask at once?",
    claims: &["H4", "C2"],
    group: Group::Cores,
    first_look: false,
    x: Dimension::of(Quantity::Threads, "threads", Unit::Count),
    y: Dimension::new("bandwidth of all", Unit::GigabytesPerSecond),
    variants: &NAMES,
    measured_variants: &NAMES,
    telling_x: None,
    parameters: &ALONE,
    simulation: Err(
        "the simulator has no clock by which threads could be in each other's way at memory",
    ),
    landmarks: nowhere,
};

impl Definition for ThreadBandwidth {
    /// Every number of threads up to eight; from there on, steps of a half.
    fn xs(&self, machine: &Machine, _: &Arguments, _: Variant) -> Vec<f64> {
        let cores = machine.cores.max(1);
        let mut counts: Vec<u32> = (1..=cores.min(8)).collect();
        let mut count = 12;
        while count < cores {
            counts.push(count);
            count += count / 2;
        }
        counts.push(cores);
        counts.dedup();
        counts.into_iter().map(f64::from).collect()
    }

    /// A straight line: what there would be if memory had no end. Where the measured curve leaves it,
    /// memory is the bound.
    fn predict(&self, asked: Asked<'_>) -> Value {
        Value::of(asked.x * asked.arguments.get(alone(asked.variant)))
    }
}

impl Measured for ThreadBandwidth {
    const PARTING: Parting = Parting::Either {
        above: "One thread alone was held back by its own buffers, or measured in a slower moment.",
        below: "Memory, or what lies before it, is shared: the straight line of the form is what \
                there would be if it had no end.",
    };
}
