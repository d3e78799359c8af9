//! Vector width: what longer vectors gain, by working set (claim X1).
//!
//! Kernel: bytes of pixels to floats, normalised. The scalar style's rate is measured
//! apart, in the first level; as many times faster as a vector has lanes, until moving the data takes
//! longer.

use super::{
    Definition, Info, Value,
    loader_kernels::{rate, streamed_over},
    roofline::BEYOND,
};
use crate::{
    kernels::loader::{LoaderKernel, Way},
    machine::Machine,
    model::hierarchy::transfer_ns,
    parameters::{Arguments, Parameter},
    sim::{Hierarchy, traffic},
    units::Unit,
};

pub(super) struct VectorWidth;

/// The kernel whose widths are compared.
pub const KERNEL: LoaderKernel = LoaderKernel::Normalise;

/// What single numbers reach.
pub const SCALAR_RATE: Parameter = Parameter {
    name: "scalar-rate",
    meaning: "operations a second with single numbers, data in the first level",
    unit: Unit::GigaoperationsPerSecond,
    default: 4.0,
    min: 0.001,
    max: 1e6,
};

static INFO: Info = Info {
    name: "vector-width",
    title: "Vector width",
    about: "How much faster are longer vectors, as the data grows?",
    claims: &["X1", "X2"],
    x: ("working set", Unit::Bytes),
    y: ("bytes in and out", Unit::GigabytesPerSecond),
    variants: &["scalar", "x4", "x8", "x16"],
    measured_variants: &["scalar", "x4", "x8", "x16", "plain"],
    parameters: &[SCALAR_RATE, BEYOND],
};

/// The way of that name.
pub fn way(variant: &str) -> Way {
    let mut all = Way::ALL.into_iter();
    all.find(|way| way.name() == variant).unwrap_or(Way::Plain)
}

/// Arithmetic a nanosecond with vectors that wide.
fn arithmetic(arguments: &Arguments, variant: &str) -> f64 {
    let lanes = way(variant).width().unwrap_or(1);
    arguments.get(&SCALAR_RATE) * lanes as f64
}

impl Definition for VectorWidth {
    fn info(&self) -> &'static Info {
        &INFO
    }

    /// From a quarter of the first cache to beyond the last, by doublings.
    fn xs(&self, machine: &Machine, arguments: &Arguments, _: &str) -> Vec<f64> {
        let last = machine.last_level_bytes() as f64 * arguments.get(&BEYOND);
        let first = machine.caches[0].size as f64 / 4.0;
        let doublings = (last / first).log2().max(2.0).round() as i32;
        (0..=doublings)
            .map(|step| first * 2_f64.powi(step))
            .collect()
    }

    fn predict(&self, machine: &Machine, arguments: &Arguments, variant: &str, x: f64) -> Value {
        let cost = KERNEL.cost(x as usize);
        let moving = transfer_ns(&streamed_over(machine, &cost), &machine.bandwidths_gbs());
        Value {
            y: rate(&cost, moving, arithmetic(arguments, variant)),
            served: Vec::new(),
            simulated_accesses: 0,
        }
    }

    fn simulate(
        &self,
        mut caches: Hierarchy,
        machine: &Machine,
        arguments: &Arguments,
        variant: &str,
        x: f64,
    ) -> Value {
        // Whatever the width, the lines are the same: the plain style's accesses are simulated.
        KERNEL.simulate(x as usize, 2, &mut caches, |caches| caches.reset_counts());
        let counts = caches.counts();
        let moving = transfer_ns(&traffic(&counts, machine), &machine.bandwidths_gbs());
        Value {
            y: rate(
                &KERNEL.cost(x as usize),
                moving,
                arithmetic(arguments, variant),
            ),
            served: counts.served(),
            simulated_accesses: 2 * counts.accesses,
        }
    }

    fn accesses(&self, _: &Machine, _: &Arguments, x: f64) -> f64 {
        // A byte read and four written for each value, two passes.
        4.0 * x / 5.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Study;

    #[test]
    fn widths_count_in_cache_and_not_in_memory() {
        let machine = Machine::preset("laptop").unwrap();
        let mut arguments = Arguments::default();
        arguments
            .set(INFO.parameters, SCALAR_RATE.name, 1.0)
            .unwrap();
        let study = Study::VectorWidth;
        let xs = study.xs(&machine, &arguments, "x4");
        let y = |variant, x| study.predict(&machine, &arguments, variant, x).y;
        assert!((y("x8", xs[0]) / y("scalar", xs[0]) - 8.0).abs() < 1e-9);
        let far = *xs.last().unwrap();
        assert_eq!(y("x8", far), y("x16", far));
        assert!(y("x16", far) < y("x16", xs[0]));
        let simulated = study.simulate(&machine, &arguments, "x8", xs[0]).unwrap();
        assert!((simulated.y / y("x8", xs[0]) - 1.0).abs() < 1e-9);
    }
}
