//! Bandwidth by threads, measured: each thread on a core and on memory of its own.

use std::sync::Mutex;

use anyhow::Result;
use lab_core::{
    evidence::{Evidence, Reading},
    machine::{Figure, Machine},
    parameters::Arguments,
    report::Series,
    study::{ALONE, Study},
};

use super::{
    Bench, Live, Measurement, Variant,
    bandwidth::{self, unavailable},
};
use crate::measure::{
    Case, Deaf,
    memory::Arena,
    per_nanosecond,
    team::{self, Body, Team},
};

pub(super) struct ThreadBandwidth;

impl Measurement for ThreadBandwidth {
    fn calibrate(&self, machine: &Machine, bench: &Bench) -> Result<Vec<(&'static str, Figure)>> {
        let bench = bench.for_teams();
        let (mut cases, mut names) = (Vec::new(), Vec::new());
        let variants = Study::ThreadBandwidth.variants(Reading::Measured);
        for (&variant, alone) in variants.iter().zip(&ALONE) {
            if unavailable(variant).is_none() {
                cases.push(case(machine, &bench, variant, 1)?);
                names.push(alone.name);
            }
        }
        let points = bench.harness.measure(&mut cases, &mut Deaf);
        let found = names.into_iter().zip(points);
        Ok(found
            .filter_map(|(name, point)| {
                let source = "one thread, the same arrays";
                let figure = Figure::new(point?.y, Evidence::Measured, source);
                Some((name, figure))
            })
            .collect())
    }

    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let study = Study::ThreadBandwidth;
        let bench = bench.for_teams();
        let allowed = team::processors(&bench.topology).len();
        let mut variants = Vec::new();
        for &variant in study.variants(Reading::Measured) {
            if let Some(why) = unavailable(variant) {
                variants.push(Variant::Unavailable(variant, why));
                continue;
            }
            let mut cases = Vec::new();
            for x in study.xs(machine, arguments, variant) {
                if x as usize <= allowed {
                    cases.push(case(machine, &bench, variant, x as usize)?);
                }
            }
            variants.push(Variant::Cases(variant, cases));
        }
        Ok(live.measure(study, &bench, variants))
    }

    fn notes(&self, _: &Machine, modelled: &[Series], measured: &[Series]) -> Vec<String> {
        let mut notes = Vec::new();
        for series in measured {
            let (Some(most), Some(first)) = (series.points.last(), series.points.first()) else {
                continue;
            };
            if most.x <= first.x {
                continue;
            }
            let best = series
                .points
                .iter()
                .map(|point| point.y)
                .fold(0.0, f64::max);
            let straight = modelled.iter().find(|other| {
                other.reading == Reading::Predicted && other.variant == series.variant
            });
            let expected = straight
                .and_then(|other| other.points.iter().find(|point| point.x == most.x))
                .map_or(0.0, |point| point.y);
            notes.push(if best < 0.85 * expected {
                format!(
                    "{}: {} threads get {:.1} of {expected:.1} GB/s: memory, or what lies before it, \
                     is the bound, not the cores.",
                    series.variant, most.x, most.y
                )
            } else {
                format!(
                    "{}: {} threads get {:.1} GB/s, nearly {} times what one gets: the machine's \
                     memory was not brought to its limit, and could give more to more cores.",
                    series.variant, most.x, most.y, most.x
                )
            });
        }
        notes
    }
}

/// Bytes of each thread's arrays together: beyond its share of the last cache, by as much as others.
fn bytes(machine: &Machine, bench: &Bench, threads: usize) -> usize {
    let share = bench.largest as usize / threads;
    share.max(2 * machine.last_level_bytes() as usize / threads) / 24 * 24
}

fn case<'b>(
    machine: &Machine,
    bench: &Bench,
    variant: &'static str,
    threads: usize,
) -> Result<Case<'b>> {
    let bytes = bytes(machine, bench, threads);
    let pages = bench.pages;
    // One at a time: the proof that pages are huge reads a list that others' maps change.
    let gate = Mutex::new(());
    let make = move |_| -> Result<Body> {
        let held = gate.lock();
        let mut arena = Arena::new(bytes, pages)?;
        drop(held);
        Ok(Box::new(move |repetitions| {
            bandwidth::passes(variant, arena.words(), repetitions);
        }))
    };
    let places = &team::processors(&bench.topology)[..threads];
    let mut team = Team::new(&bench.topology, places, make)?;
    Ok(Case {
        x: threads as f64,
        work: (bytes * threads) as f64,
        warm_up: 1,
        body: Box::new(move |repetitions| team.run(repetitions)),
        reading: per_nanosecond,
    })
}
