//! Vector width: what longer vectors gain, by working set (claim X1).
//!
//! Kernel: bytes of pixels to floats, normalised. The scalar style's rate is measured
//! apart, in the first level; as many times faster as a vector has lanes, until moving the data takes
//! longer.

use super::{
    definition::*,
    loader_kernels::{rate, streamed_over},
    roofline::{BEYOND, Roofline},
};
use crate::{
    kernels::loader::{LoaderKernel, Way},
    machine::Machine,
    model::hierarchy::transfer_ns,
    parameters::{Arguments, Parameter},
    sim::traffic,
    units::Unit,
};

pub(super) struct VectorWidth;

/// The kernel whose widths are compared.
pub const KERNEL: LoaderKernel = LoaderKernel::Normalise;

/// Single numbers.
pub const SCALAR: Variant = Variant::new("scalar");
/// Vectors of 8.
pub const X8: Variant = Variant::new("x8");
const X4: Variant = Variant::new("x4");
const X16: Variant = Variant::new("x16");
const PLAIN: Variant = Variant::new("plain");
const WAYS: [(Variant, Way); 5] = [
    (SCALAR, Way::Scalar),
    (X4, Way::X4),
    (X8, Way::X8),
    (X16, Way::X16),
    (PLAIN, Way::Plain),
];

/// What single numbers reach.
pub const SCALAR_RATE: Parameter = Parameter {
    name: "scalar-rate",
    meaning: "operations a second with single numbers, data in the first level",
    unit: Unit::GigaoperationsPerSecond,
    default: 4.0,
    min: 0.001,
    max: 1e6,
};

pub(super) static INFO: Info = Info {
    name: "vector-width",
    title: "Vector width",
    about: "How much faster are longer vectors, as the data grows?",
    claims: &["X1", "X2"],
    group: Group::Kernels,
    first_look: false,
    x: Dimension::WORKING_SET,
    y: Dimension::new("bytes in and out", Unit::GigabytesPerSecond),
    variants: &[SCALAR, X4, X8, X16],
    measured_variants: &[SCALAR, X4, X8, X16, PLAIN],
    telling_x: None,
    parameters: &[SCALAR_RATE, BEYOND],
    simulation: Ok(&VectorWidth),
    landmarks: capacities,
};

/// The way that a variant takes.
///
/// # Panics
/// For a variant of another study.
pub fn way(variant: Variant) -> Way {
    variant.of(&WAYS)
}

/// Arithmetic a nanosecond with vectors that wide.
fn arithmetic(arguments: &Arguments, variant: Variant) -> f64 {
    let lanes = way(variant).width().unwrap_or(1);
    arguments.get(&SCALAR_RATE) * lanes as f64
}

impl Definition for VectorWidth {
    /// From a quarter of the first cache to beyond the last, by doublings.
    fn xs(&self, machine: &Machine, arguments: &Arguments, _: Variant) -> Vec<f64> {
        let last = machine.last_level_bytes() as f64 * arguments.get(&BEYOND);
        let first = machine.caches[0].size as f64 / 4.0;
        let doublings = (last / first).log2().max(2.0).round() as i32;
        (0..=doublings)
            .map(|step| first * 2_f64.powi(step))
            .collect()
    }

    fn predict(&self, asked: Asked<'_>) -> Value {
        let machine = asked.machine;
        let cost = KERNEL.cost(asked.x as usize);
        let moving = transfer_ns(&streamed_over(machine, &cost), &machine.bandwidths_gbs());
        Value::of(rate(
            &cost,
            moving,
            arithmetic(asked.arguments, asked.variant),
        ))
    }
}

impl Simulation for VectorWidth {
    fn simulate(&self, asked: Asked<'_>) -> Value {
        let (machine, x) = (asked.machine, asked.x);
        let mut caches = asked.caches();
        // Whatever the width, the lines are the same: the plain style's accesses are simulated.
        KERNEL.simulate(x as usize, 2, &mut caches, |caches| caches.reset_counts());
        let counts = caches.counts();
        let moving = transfer_ns(&traffic(&counts, machine), &machine.bandwidths_gbs());
        Value {
            y: rate(
                &KERNEL.cost(x as usize),
                moving,
                arithmetic(asked.arguments, asked.variant),
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

impl Measured for VectorWidth {
    const PARTING: Parting = Roofline::PARTING;
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
        let xs = study.xs(&machine, &arguments, X4);
        let y = |variant, x| study.predict(&machine, &arguments, variant, x).y;
        assert!((y(X8, xs[0]) / y(SCALAR, xs[0]) - 8.0).abs() < 1e-9);
        let far = *xs.last().unwrap();
        assert_eq!(y(X8, far), y(X16, far));
        assert!(y(X16, far) < y(X16, xs[0]));
        let simulated = study.simulate(&machine, &arguments, X8, xs[0]).unwrap();
        assert!((simulated.y / y(X8, xs[0]) - 1.0).abs() < 1e-9);
    }
}
