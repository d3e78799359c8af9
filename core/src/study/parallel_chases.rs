//! Parallel chases: time of a load, by how many can be under way at once (claims C3, B5).
//!
//! Kernel: several chases along one cycle, evenly spaced. The law of overlap: with n chases a load
//! takes an n-th of its latency, as long as nothing else sets the pace: the bandwidth, the number of
//! misses the first cache may have under way (where the machine says it), or the core. Prediction and
//! simulation share that law; the simulator tells which level serves how many loads.

use super::{
    cyclic_served,
    definition::*,
    stride_sweep::{ARRAY, ISSUE},
};
use crate::{
    kernels::{
        PAGE, SEED, chase,
        parallel_chases::{CHASES, parallel_chases, spaced_starts},
    },
    machine::Machine,
    model::hierarchy::mean_latency,
    parameters::Arguments,
    sim::time,
    trace::{AddressSpace, Buffer, Spread},
    units::Unit,
};

pub(super) struct ParallelChases;

/// Over more than the last cache holds.
pub const IN_MEMORY: Variant = Variant::new("beyond the last cache");
/// Over what the second cache holds and the first does not.
pub const IN_SECOND: Variant = Variant::new("inside L2");

pub(super) static INFO: Info = Info {
    name: "parallel-chases",
    title: "Loads under way at once",
    about: "How much time do loads save that need not wait for each other?",
    claims: &["C3", "B5"],
    group: Group::Memory,
    first_look: false,
    x: Dimension::new("chases at once", Unit::Count),
    y: Dimension::TIME_PER_LOAD,
    variants: &[IN_MEMORY, IN_SECOND],
    measured_variants: &[IN_MEMORY, IN_SECOND],
    telling_x: None,
    parameters: &[ARRAY, ISSUE, SEED],
    simulation: Ok(&ParallelChases),
    landmarks: nowhere,
};

/// Lines that the chases run over.
pub fn lines(machine: &Machine, arguments: &Arguments, variant: Variant) -> usize {
    let bytes = if variant == IN_SECOND {
        // The geometric mean of what the first two hold: well inside the second.
        let second = &machine.caches[1.min(machine.caches.len() - 1)];
        (machine.caches[0].size as f64 * second.size as f64).sqrt()
    } else {
        machine.last_level_bytes() as f64 * arguments.get(&ARRAY)
    };
    (bytes as usize / machine.line() as usize).max(CHASES[CHASES.len() - 1])
}

impl Definition for ParallelChases {
    fn xs(&self, _: &Machine, _: &Arguments, _: Variant) -> Vec<f64> {
        CHASES.map(|chases| chases as f64).into()
    }

    fn predict(&self, asked: Asked<'_>) -> Value {
        let (machine, arguments) = (asked.machine, asked.arguments);
        let served = cyclic_served(machine, lines(machine, arguments, asked.variant) as u64, 1);
        Value {
            y: overlapped_ns(machine, arguments, &served, 0.0, asked.x),
            served,
            simulated_accesses: 0,
        }
    }
}

impl Simulation for ParallelChases {
    fn simulate(&self, asked: Asked<'_>) -> Value {
        let (machine, arguments, x) = (asked.machine, asked.arguments, asked.x);
        let mut caches = asked.caches();
        const WORD: u64 = size_of::<u64>() as u64;
        let (nodes, line) = (lines(machine, arguments, asked.variant), machine.line());
        // Nodes of one word, told to the caches one line apart.
        let mut data = vec![0_u64; nodes];
        chase::link_cycle(&mut data, WORD as usize, arguments.get(&SEED) as u64);
        let base = AddressSpace::default().place(nodes as u64 * line, PAGE);
        let chases = x as usize;
        let mut places = spaced_starts(&data, nodes, chases);
        let data = Buffer::new(&data, base);
        for _ in 0..2 {
            caches.reset_counts();
            let mut spread = Spread {
                probe: &mut caches,
                base,
                factor: line / WORD,
            };
            // Together they visit each node, those where one meets another's start twice.
            parallel_chases(data, &mut places, nodes.div_ceil(chases), &mut spread);
        }
        let counts = caches.counts();
        let served = counts.served();
        let translation = time(&counts, machine).translation_ns;
        Value {
            y: overlapped_ns(machine, arguments, &served, translation, x),
            served,
            simulated_accesses: 2 * counts.accesses,
        }
    }

    fn accesses(&self, machine: &Machine, arguments: &Arguments, _: f64) -> f64 {
        2.0 * lines(machine, arguments, IN_MEMORY) as f64
    }
}

impl Measured for ParallelChases {
    const PARTING: Parting = Parting::Either {
        above: "A core has only so many buffers for lines under way, and they are not known here; \
                and each chase takes instructions of its own.",
        below: "Neighbouring lines were fetched in pairs, or the latency calibrated for one chase \
                was that of a busier moment.",
    };
}

/// The law of overlap: what a load takes when `chases` of them are under way.
///
/// Little's law for the latency and for the misses under way (loads a nanosecond = loads under way
/// by their latency), the roofs of bandwidth and core beside it: the slowest sets the pace.
fn overlapped_ns(
    machine: &Machine,
    arguments: &Arguments,
    served: &[f64],
    translation_ns: f64,
    chases: f64,
) -> f64 {
    let latencies = machine.latencies_ns();
    let latency = mean_latency(served, &latencies) + translation_ns;
    // Loads that the first cache serves need no buffer and move no line.
    let missing = mean_latency(&served[1..], &latencies[1..]);
    let buffers = machine.fill_buffers.as_ref();
    let buffered = buffers.map_or(0.0, |buffers| missing / buffers.value);
    let bandwidths = machine.bandwidths_gbs();
    let lines = served[1..].iter().zip(&bandwidths[1..]);
    let moved: f64 = lines
        .map(|(share, bandwidth)| share * machine.line() as f64 / bandwidth)
        .sum();
    [buffered, moved, arguments.get(&ISSUE)]
        .into_iter()
        .fold(latency / chases, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{evidence::Evidence, machine::Figure, study::Study};

    fn at(machine: &Machine, variant: Variant, x: f64) -> Value {
        Study::ParallelChases.predict(machine, &Arguments::default(), variant, x)
    }

    #[test]
    fn loads_overlap_until_a_roof_is_reached() {
        // The laptop: memory 95 ns and 20 GB/s, 3.2 ns a line; L2 4.2 ns.
        let mut laptop = Machine::preset("laptop").unwrap();
        assert_eq!(at(&laptop, IN_MEMORY, 1.0).y, 95.0);
        assert_eq!(at(&laptop, IN_MEMORY, 10.0).y, 9.5);
        assert_eq!(at(&laptop, IN_SECOND, 2.0).y, 2.1);
        // 64 bytes at 90 GB/s: 0.71 ns.
        assert!((at(&laptop, IN_SECOND, 16.0).y - 64.0 / 90.0).abs() < 1e-12);
        laptop.memory.bandwidth_gbs.value = 10.0;
        assert_eq!(at(&laptop, IN_MEMORY, 16.0).y, 6.4);
        laptop.fill_buffers = Some(Figure::new(10.0, Evidence::Assumed, "a test"));
        assert_eq!(at(&laptop, IN_MEMORY, 16.0).y, 9.5);
    }

    #[test]
    fn the_simulator_confirms_every_prediction() {
        let study = Study::ParallelChases;
        let arguments = Arguments::default();
        for name in ["teaching", "small-laptop"] {
            let machine = Machine::preset(name).unwrap();
            for &variant in INFO.variants {
                for x in study.xs(&machine, &arguments, variant) {
                    let predicted = study.predict(&machine, &arguments, variant, x);
                    let simulated = study.simulate(&machine, &arguments, variant, x).unwrap();
                    // Where one chase meets another's start, a line is visited again somewhat early.
                    let nodes = lines(&machine, &arguments, variant);
                    let twice = (nodes.next_multiple_of(x as usize) - nodes) as f64;
                    let off = (simulated.y / predicted.y - 1.0).abs();
                    assert!(
                        off <= twice / nodes as f64 + 1e-9,
                        "{name} {variant} {x}: {predicted:?} {simulated:?}"
                    );
                }
            }
        }
    }
}
