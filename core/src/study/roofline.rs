//! The roofline: rate of arithmetic, by operations for each byte (claims B1, B5, B6).
//!
//! Kernel: a sum of iterated affine maps, whose arithmetic for each byte is set at will, over data in
//! the first cache, in the second, and in memory. The peak is measured apart, in registers; the
//! bandwidths are the machine's.

use super::{cyclic_served, definition::*};
use crate::{
    kernels::affine_sum::{STEP, TIMES, affine_sum, operations},
    machine::Machine,
    model::{hierarchy::transfer_ns, roofline::attainable},
    parameters::{Arguments, Parameter},
    sim::traffic,
    trace::{AddressSpace, Buffer},
    units::Unit,
};

pub(super) struct Roofline;

/// Data that the first cache holds.
pub const IN_FIRST: Variant = Variant::new("L1");
/// Data that the second cache holds and the first does not.
pub const IN_SECOND: Variant = Variant::new("L2");
/// Data beyond the last cache.
pub const IN_MEMORY: Variant = Variant::new("memory");

/// Which of the [`working_sets`] is whose.
const PLACES: [(Variant, usize); 3] = [(IN_FIRST, 0), (IN_SECOND, 1), (IN_MEMORY, 2)];

/// What the core alone can do.
pub const PEAK: Parameter = Parameter {
    name: "peak",
    meaning: "operations a second on numbers that stay in registers",
    unit: Unit::GigaoperationsPerSecond,
    default: 100.0,
    min: 0.001,
    max: 1e6,
};

/// How far beyond the last cache the data in memory reaches.
pub const BEYOND: Parameter = Parameter {
    name: "beyond",
    meaning: "data in memory, as a multiple of the last-level cache",
    unit: Unit::Ratio,
    default: 2.0,
    min: 1.0,
    max: 16.0,
};

pub(super) static INFO: Info = Info {
    name: "roofline",
    title: "Roofline",
    about: "How fast can a kernel compute, by its arithmetic for each byte?",
    claims: &["B1", "B5", "B6"],
    group: Group::Kernels,
    first_look: false,
    x: Dimension::new("arithmetic intensity", Unit::OperationsPerByte),
    y: Dimension::new("rate of arithmetic", Unit::GigaoperationsPerSecond),
    variants: &[IN_FIRST, IN_SECOND, IN_MEMORY],
    measured_variants: &[IN_FIRST, IN_SECOND, IN_MEMORY],
    telling_x: None,
    parameters: &[PEAK, BEYOND],
    simulation: Ok(&Roofline),
    landmarks: nowhere,
};

/// Bytes of an element.
const ELEMENT: u64 = size_of::<f32>() as u64;

/// Well inside the first cache, well inside the second, and beyond the last, bytes.
pub fn working_sets(machine: &Machine, arguments: &Arguments) -> [u64; 3] {
    let first = machine.caches[0].size;
    let beyond = (machine.last_level_bytes() as f64 * arguments.get(&BEYOND)) as u64;
    let second = machine.caches.get(1).map_or(beyond, |cache| cache.size);
    let middle = (first as f64 * second as f64).sqrt() as u64;
    [first / 2, middle, beyond]
}

/// Elements that a variant runs over, in whole steps of the kernel.
pub fn elements(machine: &Machine, arguments: &Arguments, variant: Variant) -> usize {
    let place = variant.of(&PLACES);
    let bytes = working_sets(machine, arguments)[place];
    // No fewer than a step, however small the cache is.
    ((bytes / ELEMENT) as usize / STEP).max(1) * STEP
}

/// How often the kernel maps an element at this x.
pub fn times(x: f64) -> usize {
    let off = |times: &usize| (intensity(*times) - x).abs();
    let nearest = TIMES.into_iter().min_by(|a, b| off(a).total_cmp(&off(b)));
    nearest.expect("there are some")
}

fn intensity(times: usize) -> f64 {
    operations(times) / ELEMENT as f64
}

impl Definition for Roofline {
    fn xs(&self, _: &Machine, _: &Arguments, _: Variant) -> Vec<f64> {
        TIMES.map(intensity).into()
    }

    fn predict(&self, asked: Asked<'_>) -> Value {
        let (machine, arguments) = (asked.machine, asked.arguments);
        let line = machine.line();
        let lines = elements(machine, arguments, asked.variant) as u64 * ELEMENT / line;
        let served = cyclic_served(machine, lines, 1);
        // By line: where it lies decides what a byte costs.
        let per_byte: f64 = served
            .iter()
            .zip(machine.bandwidths_gbs())
            .map(|(share, bandwidth)| share / bandwidth)
            .sum();
        Value::of(attainable(arguments.get(&PEAK), asked.x, 1.0 / per_byte))
    }
}

impl Simulation for Roofline {
    fn simulate(&self, asked: Asked<'_>) -> Value {
        let (machine, arguments) = (asked.machine, asked.arguments);
        let mut caches = asked.caches();
        let data = vec![0.0; elements(machine, arguments, asked.variant)];
        let bytes = size_of_val(&*data) as u64;
        let data = Buffer::new(&data, AddressSpace::default().place(bytes, machine.line()));
        // The accesses are the same however often an element is mapped: arithmetic touches no cache.
        affine_sum(data, 0, &mut caches);
        caches.reset_counts();
        affine_sum(data, 0, &mut caches);
        let counts = caches.counts();
        let moving = transfer_ns(&traffic(&counts, machine), &machine.bandwidths_gbs());
        let bandwidth = counts.bytes as f64 / moving;
        Value {
            y: attainable(arguments.get(&PEAK), asked.x, bandwidth),
            served: counts.served(),
            simulated_accesses: 2 * counts.accesses,
        }
    }

    fn accesses(&self, machine: &Machine, arguments: &Arguments, _: f64) -> f64 {
        // A vector at a time, two passes.
        2.0 * elements(machine, arguments, IN_MEMORY) as f64 / 8.0
    }
}

impl Measured for Roofline {
    const PARTING: Parting = Parting::Either {
        above: "The form bounds arithmetic by multiply-adds and data by one stream of reads: \
                additions have units of their own, and several streams get more of a cache.",
        below: "Loads, stores and the loop's own steps take their share; writes cost more than \
                reads; and a shared cache ends before its nominal size.",
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Study;

    #[test]
    fn every_x_has_its_code_and_roofs_rise_to_the_peak() {
        let machine = Machine::preset("laptop").unwrap();
        let arguments = Arguments::default();
        let study = Study::Roofline;
        for series in study.predicted(&machine, &arguments) {
            for (point, times_there) in series.points.iter().zip(TIMES) {
                assert_eq!(times(point.x), times_there);
            }
            assert!(series.points.windows(2).all(|pair| pair[0].y <= pair[1].y));
            assert_eq!(series.points.last().unwrap().y, PEAK.default);
        }
        // 20 GB/s from memory, a quarter of an operation a byte.
        let low = study.predict(&machine, &arguments, IN_MEMORY, 0.25);
        assert!((low.y - 5.0).abs() < 1e-9);
    }

    #[test]
    fn the_simulator_confirms_the_roofs() {
        let machine = Machine::preset("small-laptop").unwrap();
        let arguments = Arguments::default();
        for &variant in INFO.variants {
            for x in [0.25, 4.25, 64.25] {
                let predicted = Study::Roofline.predict(&machine, &arguments, variant, x);
                let simulated = Study::Roofline
                    .simulate(&machine, &arguments, variant, x)
                    .unwrap();
                let off = (simulated.y / predicted.y - 1.0).abs();
                // Vectors of a line's half: the line's second half is read from the first level.
                assert!(off < 0.25, "{variant} {x}: {predicted:?} {simulated:?}");
            }
        }
    }
}
