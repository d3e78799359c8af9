//! Core to core: time of a line's way from one core to another (claims L4, M1).
//!
//! Kernel: [`take_turns`](crate::kernels::counters::take_turns) in two threads, pair by pair of
//! cores. Along x stand the pairs, the first core's before the second's; the report has them as a
//! matrix too.

use super::{Definition, Info, Value};
use crate::{machine::Machine, parameters::Arguments, units::Unit};

pub(super) struct CoreToCore;

static INFO: Info = Info {
    name: "core-to-core",
    title: "Core to core",
    about: "How long does a line take from one core to another?",
    claims: &["L4", "M1"],
    x: ("pair of cores", Unit::Count),
    y: ("time one way", Unit::Nanoseconds),
    variants: &[""],
    measured_variants: &[""],
    parameters: &[],
};

/// More cores than these are not paired with one another: their pairs would take minutes.
pub const MOST_CORES: u32 = 16;

/// The pairs of cores, by rank among the cores; [`MOST_CORES`] of these at most.
pub fn pairs(machine: &Machine) -> Vec<(usize, usize)> {
    let cores = machine.cores.min(MOST_CORES) as usize;
    (0..cores)
        .flat_map(|first| (first + 1..cores).map(move |second| (first, second)))
        .collect()
}

impl Definition for CoreToCore {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn xs(&self, machine: &Machine, _: &Arguments, _: &str) -> Vec<f64> {
        (1..=pairs(machine).len()).map(|pair| pair as f64).collect()
    }

    /// The line goes through the innermost cache that the two cores share, or through memory, and a
    /// load served there takes what that level takes.
    fn predict(&self, machine: &Machine, _: &Arguments, _: &str, x: f64) -> Value {
        let (first, second) = pairs(machine)
            .get(x as usize - 1)
            .copied()
            .unwrap_or_default();
        let shared = machine.caches.iter().find(|cache| {
            let group = cache.shared_by.max(1) as usize;
            group > 1 && first / group == second / group
        });
        Value {
            y: shared.map_or(machine.memory.latency_ns.value, |cache| {
                cache.latency_ns.value
            }),
            served: Vec::new(),
            simulated_accesses: 0,
        }
    }

    fn unsimulated(&self) -> Option<&'static str> {
        Some(
            "a simulation of this exchange counts one handover a turn by construction; what one \
             costs, only the machine can tell",
        )
    }
}
