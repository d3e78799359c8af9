//! The latency ladder: time of a dependent load, by working set (claims H1, H3).
//!
//! Kernel: the permutation chase, one node a line, one lap to warm and one counted.

use super::{Definition, Info, PER_OCTAVE, REACH, Value, chase_lap, cyclic_served, working_sets};
use crate::{
    kernels::SEED, machine::Machine, model::hierarchy::mean_latency, parameters::Arguments,
    sim::Hierarchy, units::Unit,
};

pub(super) struct LatencyLadder;

static INFO: Info = Info {
    name: "latency-ladder",
    title: "The memory ladder",
    about: "How long does a load take whose address depends on the load before, as the data grows?",
    claims: &["H1", "H3"],
    x: ("working set", Unit::Bytes),
    y: ("time per load", Unit::Nanoseconds),
    variants: &[""],
    measured_variants: &["4 KiB pages", "huge pages"],
    parameters: &[REACH, PER_OCTAVE, SEED],
};

impl Definition for LatencyLadder {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn xs(&self, machine: &Machine, arguments: &Arguments, _: &str) -> Vec<f64> {
        working_sets(machine, arguments, machine.line())
    }

    fn predict(&self, machine: &Machine, _: &Arguments, _: &str, x: f64) -> Value {
        let served = cyclic_served(machine, x as u64 / machine.line(), 1);
        Value {
            y: mean_latency(&served, &machine.latencies_ns()),
            served,
            simulated_accesses: 0,
        }
    }

    fn simulate(
        &self,
        mut caches: Hierarchy,
        machine: &Machine,
        arguments: &Arguments,
        _: &str,
        x: f64,
    ) -> Value {
        let nodes = (x as u64 / machine.line()) as usize;
        let counts = chase_lap(&mut caches, nodes, machine.line(), arguments.get(&SEED));
        let served = counts.served();
        Value {
            y: mean_latency(&served, &machine.latencies_ns()),
            served,
            simulated_accesses: 2 * nodes as u64,
        }
    }

    fn accesses(&self, machine: &Machine, _: &Arguments, x: f64) -> f64 {
        2.0 * x / machine.line() as f64
    }
}
