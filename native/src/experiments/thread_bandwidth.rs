//! Bandwidth by threads, measured: each thread on a core and on memory of its own.

use std::{
    cell::RefCell,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

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
        let crew = Crew::new(machine, &bench, 1)?;
        let (mut cases, mut names) = (Vec::new(), Vec::new());
        for (place, alone) in ALONE.iter().enumerate() {
            if unavailable(variants()[place]).is_none() {
                cases.push(crew.case(place));
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
        let xs = study.xs(machine, arguments, variants()[0]).into_iter();
        let crews: Vec<Crew> = xs
            .filter(|threads| *threads as usize <= allowed)
            .map(|threads| Crew::new(machine, &bench, threads as usize))
            .collect::<Result<_>>()?;
        let cases = variants().iter().enumerate();
        let cases = cases.map(|(place, &name)| match unavailable(name) {
            Some(why) => Variant::Unavailable(name, why),
            None => Variant::Cases(name, crews.iter().map(|crew| crew.case(place)).collect()),
        });
        let cases = cases.collect();
        Ok(live.measure(study, &bench, cases))
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

/// Bytes of each thread's arrays together: beyond its share of the last cache, by as much as others; in
/// a quick run no more than other working sets.
fn bytes(machine: &Machine, bench: &Bench, threads: usize) -> usize {
    let beyond = if bench.quick {
        0
    } else {
        2 * machine.last_level_bytes()
    };
    bench.largest.max(beyond) as usize / threads / 24 * 24
}

/// The names of the variants.
fn variants() -> &'static [&'static str] {
    Study::ThreadBandwidth.variants(Reading::Measured)
}

/// Threads and the memory of each, on which all variants take turns: there would not be room for as
/// many arrays as there are variants.
struct Crew {
    team: RefCell<Team>,
    /// Which variant the threads run, by its place.
    variant: Arc<AtomicUsize>,
    threads: usize,
    /// Of each thread.
    bytes: usize,
}

impl Crew {
    fn new(machine: &Machine, bench: &Bench, threads: usize) -> Result<Self> {
        let bytes = bytes(machine, bench, threads);
        let pages = bench.pages;
        let variant = Arc::new(AtomicUsize::new(0));
        let runs = variant.clone();
        // One at a time: the proof that pages are huge reads a list that others' maps change.
        let gate = Mutex::new(());
        let make = move |_| -> Result<Body> {
            let held = gate.lock();
            let mut arena = Arena::new(bytes, pages)?;
            drop(held);
            let runs = runs.clone();
            Ok(Box::new(move |repetitions| {
                // Work is handed over after it was stored: relaxed is enough.
                let name = variants()[runs.load(Ordering::Relaxed)];
                bandwidth::passes(name, arena.words(), repetitions);
            }))
        };
        let places = &team::processors(&bench.topology)[..threads];
        Ok(Self {
            team: RefCell::new(Team::new(&bench.topology, places, make)?),
            variant,
            threads,
            bytes,
        })
    }

    /// The variant of that place.
    fn case(&self, place: usize) -> Case<'_> {
        let work = (self.bytes * self.threads) as f64;
        Case::timed(
            self.threads as f64,
            work,
            per_nanosecond,
            move |repetitions| {
                self.variant.store(place, Ordering::Relaxed);
                self.team.borrow_mut().run(repetitions);
            },
        )
    }
}
