//! Set conflicts: time of a dependent load, by how many lines share a set (claims P4, B3).
//!
//! Kernel: the permutation chase over a few lines, as far apart as the sets of a cache reach, so that
//! all of them belong to one set of it; and over as many lines side by side.

use super::{chase_lap, cyclic_served, definition::*};
use crate::{
    kernels::SEED,
    machine::{Cache, Machine},
    model::hierarchy::mean_latency,
    parameters::Arguments,
    report::Quantity,
    units::Unit,
};

pub(super) struct SetConflicts;

/// Lines of one set of the first cache.
pub const FIRST: Variant = Variant::new("one set of L1");
/// Lines of one set of the second cache.
pub const SECOND: Variant = Variant::new("one set of L2");
/// Lines side by side.
pub const PACKED: Variant = Variant::new("side by side");

pub(super) static INFO: Info = Info {
    name: "set-conflicts",
    title: "Lines in one set",
    about: "How many lines does a cache keep that all belong to one of its sets?",
    claims: &["P4", "B3"],
    group: Group::Memory,
    first_look: false,
    x: Dimension::of(Quantity::Lines, "lines", Unit::Count),
    y: Dimension::TIME_PER_LOAD,
    variants: &[FIRST, SECOND, PACKED],
    measured_variants: &[FIRST, SECOND, PACKED],
    telling_x: None,
    parameters: &[SEED],
    simulation: Ok(&SetConflicts),
    landmarks: nowhere,
};

/// The most points of a curve, about: caches of many ways are not tried with every number of lines.
const MOST_POINTS: u64 = 96;

/// The cache whose sets a variant is about; the last one where a machine has fewer.
fn cache(machine: &Machine, variant: Variant) -> &Cache {
    let place = usize::from(variant == SECOND).min(machine.caches.len() - 1);
    &machine.caches[place]
}

/// Bytes from one line of a variant to the next: what the sets of its cache hold in one way.
pub fn pitch(machine: &Machine, variant: Variant) -> u64 {
    if variant == PACKED {
        machine.line()
    } else {
        let cache = cache(machine, variant);
        cache.sets() * cache.line
    }
}

impl Definition for SetConflicts {
    /// From one line to four times the ways; as many side by side as in one set.
    fn xs(&self, machine: &Machine, _: &Arguments, variant: Variant) -> Vec<f64> {
        let ways = |variant| cache(machine, variant).ways;
        let most = 4 * if variant == PACKED {
            ways(FIRST).max(ways(SECOND))
        } else {
            ways(variant)
        };
        let step = most.div_ceil(MOST_POINTS).max(1) as usize;
        (1..=most).step_by(step).map(|lines| lines as f64).collect()
    }

    fn predict(&self, asked: Asked<'_>) -> Value {
        let machine = asked.machine;
        let line_stride = pitch(machine, asked.variant) / machine.line();
        let served = cyclic_served(machine, asked.x as u64, line_stride);
        Value {
            y: mean_latency(&served, &machine.latencies_ns()),
            served,
            simulated_accesses: 0,
        }
    }
}

impl Simulation for SetConflicts {
    fn simulate(&self, asked: Asked<'_>) -> Value {
        let (machine, x) = (asked.machine, asked.x);
        let mut caches = asked.caches();
        let pitch = pitch(machine, asked.variant);
        let seed = asked.arguments.get(&SEED);
        let served = chase_lap(&mut caches, x as usize, pitch, seed).served();
        Value {
            y: mean_latency(&served, &machine.latencies_ns()),
            served,
            simulated_accesses: 2 * x as u64,
        }
    }

    fn accesses(&self, _: &Machine, _: &Arguments, x: f64) -> f64 {
        2.0 * x
    }
}

impl Measured for SetConflicts {
    const PARTING: Parting = Parting::Either {
        above: "Lines of one set meet in the outer caches too, and in huge pages that are pieced \
                together.",
        below: "The cache does not replace strictly the least recently used, or is hashed: some of \
                the lines stay.",
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Study;

    #[test]
    fn a_set_keeps_as_many_lines_as_it_has_ways() {
        // The laptop: 64 sets of 8 ways (1.2 ns), 1024 of 8 (4.2 ns), L3 14 ns.
        let laptop = Machine::preset("laptop").unwrap();
        assert_eq!(pitch(&laptop, FIRST), 4096);
        assert_eq!(pitch(&laptop, SECOND), 65_536);
        let arguments = Arguments::default();
        let at = |variant, x| {
            Study::SetConflicts
                .predict(&laptop, &arguments, variant, x)
                .y
        };
        assert_eq!((at(FIRST, 8.0), at(FIRST, 9.0)), (1.2, 4.2));
        assert_eq!((at(SECOND, 8.0), at(SECOND, 9.0)), (1.2, 14.0));
        assert_eq!((at(PACKED, 9.0), at(PACKED, 32.0)), (1.2, 1.2));
    }

    #[test]
    fn the_simulator_confirms_every_prediction() {
        let arguments = Arguments::default();
        let study = Study::SetConflicts;
        for machine in Machine::preset_names().filter_map(Machine::preset) {
            for &variant in INFO.variants {
                for x in study.xs(&machine, &arguments, variant) {
                    let predicted = study.predict(&machine, &arguments, variant, x);
                    let simulated = study.simulate(&machine, &arguments, variant, x).unwrap();
                    assert!(
                        (predicted.y - simulated.y).abs() < 1e-9,
                        "{} {variant} {x}: {predicted:?} {simulated:?}",
                        machine.name
                    );
                }
            }
        }
    }

    #[test]
    fn one_cache_of_very_many_ways_is_enough() {
        let mut machine = Machine::preset("teaching").unwrap();
        machine.caches.truncate(1);
        (machine.caches[0].size, machine.caches[0].ways) = (1 << 20, 1 << 16);
        machine.check().unwrap();
        for &variant in INFO.variants {
            let xs = Study::SetConflicts.xs(&machine, &Arguments::default(), variant);
            assert!((3..=100).contains(&xs.len()), "{}", xs.len());
        }
    }
}
