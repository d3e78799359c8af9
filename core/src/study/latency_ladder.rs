//! The latency ladder: time of a dependent load, by working set (claims H1, H3).
//!
//! Kernel: the permutation chase, one node a line, one lap to warm and one counted.

use super::{
    PER_OCTAVE, REACH, chase_lap, cyclic_served,
    definition::*,
    tlb_reach::{BASE_PAGES, HUGE_PAGES},
    working_sets,
};
use crate::{
    kernels::SEED, machine::Machine, model::hierarchy::mean_latency, parameters::Arguments,
};

pub(super) struct LatencyLadder;

pub(super) static INFO: Info = Info {
    name: "latency-ladder",
    title: "The memory ladder",
    about: "How long does a load take whose address depends on the load before, as the data grows?",
    claims: &["H1", "H3"],
    group: Group::Memory,
    first_look: true,
    x: Dimension::WORKING_SET,
    y: Dimension::TIME_PER_LOAD,
    variants: &[Variant::ONLY],
    measured_variants: &[BASE_PAGES, HUGE_PAGES],
    telling_x: None,
    parameters: &[REACH, PER_OCTAVE, SEED],
    simulation: Ok(&LatencyLadder),
    landmarks: capacities,
};

impl Definition for LatencyLadder {
    fn xs(&self, machine: &Machine, arguments: &Arguments, _: Variant) -> Vec<f64> {
        working_sets(machine, arguments, machine.line())
    }

    fn predict(&self, asked: Asked<'_>) -> Value {
        let machine = asked.machine;
        let served = cyclic_served(machine, asked.x as u64 / machine.line(), 1);
        Value {
            y: mean_latency(&served, &machine.latencies_ns()),
            served,
            simulated_accesses: 0,
        }
    }
}

impl Simulation for LatencyLadder {
    fn simulate(&self, asked: Asked<'_>) -> Value {
        let machine = asked.machine;
        let mut caches = asked.caches();
        let nodes = (asked.x as u64 / machine.line()) as usize;
        let counts = chase_lap(
            &mut caches,
            nodes,
            machine.line(),
            asked.arguments.get(&SEED),
        );
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

    fn is_for_a_page(&self, _: &Machine, _: &Arguments, x: f64) -> bool {
        x <= PAGE_BYTES
    }
}

impl Measured for LatencyLadder {
    const PARTING: Parting = Parting::Either {
        above: "No cache ends as sharply as the form says: the last one is shared with others, \
                hashed over slices, and not strictly least recently used; and base pages cost \
                walks of the page table, which the form does not know.",
        below: "Near the end of a cache that does not replace strictly the least recently used, \
                some of the lines stay, where the form lets all of them go.",
    };
}
