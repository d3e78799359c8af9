//! Bandwidth by threads: what memory gives to several cores at once (claims H4, C2).
//!
//! Kernels: sequential sum and triad, each thread on memory of its own, beyond the last cache.

use super::{Definition, Info, Value};
use crate::{
    machine::Machine,
    parameters::{Arguments, Parameter},
    units::Unit,
};

pub(super) struct ThreadBandwidth;

/// Reads only.
pub const READ: &str = "read";
/// Two reads and a write an element; 24 bytes are counted, as STREAM does.
pub const TRIAD: &str = "triad";

/// What one thread reads alone.
pub const ALONE_READ: Parameter = Parameter {
    name: "alone-read",
    meaning: "bandwidth of one thread that reads",
    unit: Unit::GigabytesPerSecond,
    default: 10.0,
    min: 0.001,
    max: 10_000.0,
};
/// What one thread gets from triad alone.
pub const ALONE_TRIAD: Parameter = Parameter {
    name: "alone-triad",
    meaning: "bandwidth of one thread that runs triad",
    ..ALONE_READ
};

static INFO: Info = Info {
    name: "thread-bandwidth",
    title: "Bandwidth by threads",
    about: "How many bytes a second does memory give, as more cores ask at once?",
    claims: &["H4", "C2"],
    x: ("threads", Unit::Count),
    y: ("bandwidth of all", Unit::GigabytesPerSecond),
    variants: &[READ, TRIAD],
    measured_variants: &[READ, TRIAD],
    parameters: &[ALONE_READ, ALONE_TRIAD],
};

impl Definition for ThreadBandwidth {
    fn info(&self) -> &'static Info {
        &INFO
    }

    /// Every number of threads up to eight; from there on, steps of a half.
    fn xs(&self, machine: &Machine, _: &Arguments, _: &str) -> Vec<f64> {
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
    fn predict(&self, _: &Machine, arguments: &Arguments, variant: &str, x: f64) -> Value {
        let alone = if variant == TRIAD {
            &ALONE_TRIAD
        } else {
            &ALONE_READ
        };
        Value {
            y: x * arguments.get(alone),
            served: Vec::new(),
            simulated_accesses: 0,
        }
    }

    fn unsimulated(&self) -> Option<&'static str> {
        Some("the simulator has no clock by which threads could be in each other's way at memory")
    }
}
