//! CPU utilisation: processor time over wall time, by working set (claim B2).
//!
//! The operating system counts a thread as busy from when it is put on a processor until it is taken
//! off. A load that waits for memory keeps its processor: a chase that stalls on every load uses all
//! of it, as a loop does that computes without a pause.

use super::{PER_OCTAVE, REACH, definition::*, working_sets};
use crate::{
    machine::Machine,
    parameters::{Arguments, Parameter},
    units::Unit,
};

pub(super) struct CpuUtilisation;

/// Dependent loads over the working set.
pub const CHASE: Variant = Variant::new("pointer chase");
/// Arithmetic only, whatever the x.
pub const COMPUTE: Variant = Variant::new("compute loop");
/// A thread that sleeps half of its time, to show that the figure can be another.
pub const SLEEP: Variant = Variant::new("half asleep");

/// Share of its time that the sleeping thread is to run, in percent.
const AWAKE: f64 = 50.0;

static PARAMETERS: [Parameter; 2] = [
    REACH,
    // Far fewer points than the ladder: nothing is to be seen between them.
    Parameter {
        default: 1.0,
        ..PER_OCTAVE
    },
];

pub(super) static INFO: Info = Info {
    name: "cpu-utilisation",
    title: "CPU utilisation of a stalled core",
    about: "Does a core that waits for memory look idle?",
    claims: &["B2"],
    group: Group::System,
    first_look: false,
    x: Dimension::WORKING_SET,
    y: Dimension::new("CPU utilisation", Unit::Percent),
    variants: &[CHASE, COMPUTE, SLEEP],
    measured_variants: &[CHASE, COMPUTE, SLEEP],
    telling_x: None,
    parameters: &PARAMETERS,
    simulation: Err(
        "the simulator knows caches and TLBs, and no operating system that keeps accounts",
    ),
    landmarks: capacities,
};

impl Definition for CpuUtilisation {
    /// Every fourth working set of the ladder.
    fn xs(&self, machine: &Machine, arguments: &Arguments, _: Variant) -> Vec<f64> {
        let all = working_sets(machine, arguments, machine.line());
        let step = (all.len() / 6).max(1);
        all.into_iter().step_by(step).collect()
    }

    fn predict(&self, asked: Asked<'_>) -> Value {
        Value::of(if asked.variant == SLEEP { AWAKE } else { 100.0 })
    }
}

impl Measured for CpuUtilisation {
    const PARTING: Parting = Parting::Notes;
}
