//! Core to core: time of a line's way from one core to another (claims L4, M1).
//!
//! Kernel: [`take_turns`](crate::kernels::counters::take_turns) in two threads, pair by pair of
//! cores. Along x stand the pairs, the first core's before the second's; the report has them as a
//! matrix too.

use super::definition::*;
use crate::{machine::Machine, parameters::Arguments, units::Unit};

pub(super) struct CoreToCore;

pub(super) static INFO: Info = Info {
    name: "core-to-core",
    title: "Core to core",
    about: "How long does a line take from one core to another?",
    claims: &["L4", "M1"],
    group: Group::Cores,
    first_look: false,
    x: Dimension::new("pair of cores", Unit::Count),
    y: Dimension::new("time one way", Unit::Nanoseconds),
    variants: &[Variant::ONLY],
    measured_variants: &[Variant::ONLY],
    telling_x: None,
    parameters: &[],
    simulation: Err(
        "a simulation of this exchange counts one handover a turn by construction; what one costs, \
         only the machine can tell",
    ),
    landmarks: nowhere,
};

/// Why a line comes later than the form says.
pub(super) const LATE: &str = "The form takes one hand-over at a time, as calibrated; under load, and \
                               between cores that lie far apart, a line takes longer.";

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
    fn xs(&self, machine: &Machine, _: &Arguments, _: Variant) -> Vec<f64> {
        (1..=pairs(machine).len()).map(|pair| pair as f64).collect()
    }

    /// The line goes through the innermost cache that the two cores share, or through memory, and a
    /// load served there takes what that level takes.
    fn predict(&self, asked: Asked<'_>) -> Value {
        let machine = asked.machine;
        let (first, second) = pairs(machine)
            .get(asked.x as usize - 1)
            .copied()
            .unwrap_or_default();
        let shared = machine.caches.iter().find(|cache| {
            let group = cache.shared_by.max(1) as usize;
            group > 1 && first / group == second / group
        });
        let level = shared.map_or(&machine.memory.latency_ns, |cache| &cache.latency_ns);
        Value::of(level.value)
    }
}

impl Measured for CoreToCore {
    const PARTING: Parting = Parting::Either {
        above: LATE,
        below: "The form charges a hand-over what the last cache costs, as calibrated: where \
                others fill that cache this is nearly memory\u{2019}s latency, and a line that a \
                core holds comes sooner.",
    };
}
