//! Loader kernels: what a data loader does to bytes, on one plot (claims B6, H4, X3).
//!
//! Each kernel in the way that is its default, over data in the first cache, in the second, and in
//! memory. Predicted by its modelled traffic and arithmetic; simulated access by access, in the plain
//! style, whose lines are those of any other; measured as it runs.

use std::sync::LazyLock;

use super::{
    cyclic_served,
    definition::*,
    roofline::{BEYOND, PEAK, working_sets},
};
use crate::{
    kernels::loader::{Cost, LoaderKernel},
    machine::Machine,
    model::hierarchy::{Traffic, transfer_ns},
    parameters::Arguments,
    sim::traffic,
    units::Unit,
};

pub(super) struct LoaderKernels;

static NAMES: LazyLock<Vec<Variant>> = LazyLock::new(|| {
    LoaderKernel::ALL
        .iter()
        .map(|kernel| Variant::new(kernel.name()))
        .collect()
});

pub(super) static INFO: LazyLock<Info> = LazyLock::new(|| Info {
    name: "loader-kernels",
    title: "Loader kernels",
    about: "How many bytes a second does each kernel of a loader handle?",
    claims: &["B6", "H4", "X3"],
    group: Group::Kernels,
    first_look: false,
    x: Dimension::WORKING_SET,
    y: Dimension::new("bytes in and out", Unit::GigabytesPerSecond),
    variants: &NAMES,
    measured_variants: &NAMES,
    telling_x: None,
    parameters: &[PEAK, BEYOND],
    simulation: Ok(&LoaderKernels),
    landmarks: capacities,
});

impl Definition for LoaderKernels {
    fn xs(&self, machine: &Machine, arguments: &Arguments, _: Variant) -> Vec<f64> {
        working_sets(machine, arguments)
            .map(|bytes| bytes as f64)
            .into()
    }

    fn predict(&self, asked: Asked<'_>) -> Value {
        let machine = asked.machine;
        let cost = kernel(asked.variant).cost(asked.x as usize);
        let moving = transfer_ns(&streamed_over(machine, &cost), &machine.bandwidths_gbs());
        Value::of(rate(&cost, moving, asked.arguments.get(&PEAK)))
    }
}

impl Simulation for LoaderKernels {
    fn simulate(&self, asked: Asked<'_>) -> Value {
        let (machine, x) = (asked.machine, asked.x);
        let mut caches = asked.caches();
        let kernel = kernel(asked.variant);
        kernel.simulate(x as usize, 2, &mut caches, |caches| caches.reset_counts());
        let counts = caches.counts();
        let moving = transfer_ns(&traffic(&counts, machine), &machine.bandwidths_gbs());
        Value {
            y: rate(&kernel.cost(x as usize), moving, asked.arguments.get(&PEAK)),
            served: counts.served(),
            simulated_accesses: 2 * counts.accesses,
        }
    }

    fn accesses(&self, _: &Machine, _: &Arguments, x: f64) -> f64 {
        // Two passes, a few bytes an access: kernels differ.
        2.0 * x / 3.0
    }
}

impl Measured for LoaderKernels {
    const PARTING: Parting = Parting::Either {
        above: "Several streams, or stores past the caches, keep more lines under way than the one \
                stream of reads that the levels were calibrated with.",
        below: "The form knows bytes and arithmetic: not what shuffling bytes within vectors \
                costs, nor branches, tables, chains of dependent steps, or rows at random places.",
    };
}

/// The kernel that a variant is.
///
/// # Panics
/// For a variant of another study.
pub fn kernel(variant: Variant) -> LoaderKernel {
    LoaderKernel::from_name(variant.name()).expect("a variant of this study")
}

/// Bytes counted a nanosecond, when moving the data takes so long and arithmetic overlaps with it.
pub(super) fn rate(cost: &Cost, moving_ns: f64, peak: f64) -> f64 {
    cost.counted() / moving_ns.max(cost.operations / peak)
}

/// What a kernel moves that passes over its arrays once, over and over: each level serves all of them
/// or nothing. What it writes past the caches goes to memory whatever holds the rest.
pub(super) fn streamed_over(machine: &Machine, cost: &Cost) -> Traffic {
    let lines = (cost.fetched() as u64).div_ceil(machine.line());
    let served = &cyclic_served(machine, lines, 1)[1..];
    let mut written_back: Vec<f64> = served.iter().map(|share| share * cost.resting()).collect();
    if let Some(memory) = written_back.last_mut() {
        *memory += cost.streamed;
    }
    Traffic {
        asked: cost.read + cost.written,
        fetched: served.iter().map(|share| share * cost.fetched()).collect(),
        written_back,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Study;

    #[test]
    fn prediction_is_the_lower_of_two_roofs() {
        let machine = Machine::preset("laptop").unwrap();
        let at = |peak: f64, x: f64| {
            let mut arguments = Arguments::default();
            arguments.set(INFO.parameters, PEAK.name, peak).unwrap();
            Study::LoaderKernels
                .predict(&machine, &arguments, Variant::new("normalise"), x)
                .y
        };
        // A byte read, four written and thus read before: 9 bytes move for 5 counted, at 20 GB/s.
        assert!((at(1e6, 64.0 * 1048576.0) - 20.0 * 5.0 / 9.0).abs() < 1e-6);
        // Three operations a value of five bytes, one operation a nanosecond.
        assert!((at(1.0, 64.0 * 1048576.0) - 5.0 / 3.0).abs() < 1e-6);
    }

    /// Kernels that pass over their arrays front to back move what their model says.
    #[test]
    fn the_simulator_confirms_the_traffic_of_streams() {
        let machine = Machine::preset("small-laptop").unwrap();
        let arguments = Arguments::default();
        for variant in [
            "normalise",
            "aos-to-soa",
            "collate-packed",
            "copy",
            "copy-streamed",
            "fill",
            "fill-streamed",
            "byte-swap",
            "one-hot-10",
            "one-hot-1000",
            "crc32c",
            "xxh3",
        ] {
            let variant = Variant::new(variant);
            for x in Study::LoaderKernels.xs(&machine, &arguments, variant) {
                let [predicted, simulated] = [
                    Study::LoaderKernels.predict(&machine, &arguments, variant, x),
                    Study::LoaderKernels
                        .simulate(&machine, &arguments, variant, x)
                        .unwrap(),
                ];
                let off = (simulated.y / predicted.y - 1.0).abs();
                assert!(off < 0.1, "{variant} {x}: {predicted:?} {simulated:?}");
            }
        }
    }
}
