//! Parallel chases, measured: one cycle of dependent loads, followed from several places at once.

use std::hint::black_box;

use anyhow::Result;
use lab_core::{
    evidence::Reading,
    kernels::{
        SEED, chase,
        parallel_chases::{parallel_chases, spaced_starts},
    },
    machine::Machine,
    parameters::Arguments,
    report::{Point, Series},
    study::{Study, parallel_chases::lines},
    trace::{Buffer, NoProbe},
    units::format_number,
};

use super::{Bench, Live, Measurement, Variant};
use crate::measure::{Case, memory::Arena, nanoseconds};

/// Loads in one repetition, all chases together: many, so that what is around them costs nothing. A
/// multiple of every number of chases.
const LOADS: usize = 4800;

/// Places along the cycle from which any number of chases can start evenly spaced.
const MARKS: usize = 48;

pub(super) struct ParallelChases;

impl Measurement for ParallelChases {
    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let study = Study::ParallelChases;
        let line = machine.line() as usize;
        let seed = arguments.get(&SEED) as u64;
        let mut prepared = Vec::new();
        for variant in study.variants(Reading::Measured) {
            let nodes = lines(machine, arguments, variant);
            let mut arena = Arena::new(nodes * line, bench.pages)?;
            chase::link_cycle(arena.words(), line, seed);
            prepared.push((*variant, arena, nodes));
        }
        let variants = prepared
            .iter_mut()
            .map(|(variant, arena, nodes)| {
                let data: &[u64] = arena.words();
                let xs = study.xs(machine, arguments, variant);
                // The cycle is walked once: it takes a while where it lies in memory.
                let marks = spaced_starts(data, *nodes, MARKS);
                let cases = xs.into_iter().map(|x| case(data, *nodes, &marks, x));
                Variant::Cases(variant, cases.collect())
            })
            .collect();
        Ok(live.measure(study, bench, variants))
    }

    fn notes(&self, _: &Machine, _: &[Series], measured: &[Series]) -> Vec<String> {
        let under_way = measured.iter().filter_map(|series| {
            let (alone, load) = (series.points.first()?, fastest(series)?);
            Some(format!(
                "By Little\u{2019}s law (loads under way = latency \u{b7} loads a second), {}: a load alone \
                 takes {} ns, and {} chases end one every {} ns, so that {} are under way on average.",
                series.variant,
                format_number(alone.y),
                format_number(load.x),
                format_number(load.y),
                format_number((alone.y / load.y * 10.0).round() / 10.0)
            ))
        });
        under_way.collect()
    }
}

/// The point with the least time per load.
fn fastest(series: &Series) -> Option<&Point> {
    series.points.iter().min_by(|a, b| a.y.total_cmp(&b.y))
}

/// Follows the cycle of `nodes` nodes from `x` places; one unit of work is one load.
fn case<'b>(data: &'b [u64], nodes: usize, marks: &[u64], x: f64) -> Case<'b> {
    let chases = x as usize;
    let mut places: Vec<u64> = marks.iter().copied().step_by(MARKS / chases).collect();
    let body = move |repetitions| {
        for _ in 0..repetitions {
            let data = Buffer::new(data, 0);
            parallel_chases(data, &mut places, LOADS / chases, &mut NoProbe);
        }
        black_box(&places);
    };
    let lap = nodes.div_ceil(LOADS) as u64;
    Case::timed(x, LOADS as f64, nanoseconds, body).warmed_by(lap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_core::kernels::parallel_chases::CHASES;

    #[test]
    fn every_number_of_chases_shares_loads_and_places_evenly() {
        for chases in CHASES {
            assert!(LOADS.is_multiple_of(chases) && MARKS.is_multiple_of(chases));
        }
    }

    #[test]
    fn littles_law_counts_what_is_under_way() {
        let point = |x, y| Point {
            x,
            y,
            ..Point::default()
        };
        let series = Series {
            reading: Reading::Measured,
            variant: "far".to_owned(),
            points: vec![point(1.0, 90.0), point(8.0, 12.0), point(16.0, 12.5)],
            unavailable: None,
        };
        let machine = Machine::preset("laptop").unwrap();
        let notes = ParallelChases.notes(&machine, &[], &[series]);
        assert!(notes[0].contains("7.5 are under way"), "{notes:?}");
    }
}
