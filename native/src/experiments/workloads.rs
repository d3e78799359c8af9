//! Studies of algorithms, measured: loop order, tiles, transposition, layouts.
//!
//! Their kernels stand in the core as workloads that run on one piece of memory; here they are timed,
//! those of a study that want it alike on the same memory, one at a time.

use std::{cell::RefCell, collections::BTreeMap, hint::black_box};

use anyhow::Result;
use lab_core::{
    evidence::{Evidence, Reading},
    machine::{Figure, Machine},
    parameters::Arguments,
    report::{Point, Series},
    study::{Study, Workload},
    units::{Unit, format_number},
};

use super::{Bench, Live, Measurement, Variant, at};
use crate::measure::{
    Case, Deaf,
    memory::{Arena, Pages},
    nanoseconds,
};

pub(super) struct Workloads(pub Study);

impl Measurement for Workloads {
    /// What the core alone takes for a unit of work of each variant that says so.
    fn calibrate(&self, machine: &Machine, bench: &Bench) -> Result<Vec<(&'static str, Figure)>> {
        let study = self.0;
        let mut names: Vec<&'static str> = Vec::new();
        let mut works = Vec::new();
        for variant in study.variants(Reading::Measured) {
            let Some(issue) = study.issue(variant) else {
                continue;
            };
            if names.contains(&issue.name) {
                continue;
            }
            if let Some(work) = timed(study, machine, &Arguments::default(), variant, None, 1.0) {
                names.push(issue.name);
                works.push(work);
            }
        }
        if works.is_empty() {
            return Ok(Vec::new());
        }
        let memories = Memories::of(works.iter(), bench.pages)?;
        let mut cases: Vec<Case<'_>> = works.into_iter().map(|work| memories.case(work)).collect();
        let points = bench.harness.measure(&mut cases, &mut Deaf);
        let figure = |point: Point| {
            let source = "the same kernel with all of its data in the first level";
            Figure::new(point.y, Evidence::Measured, source)
        };
        let pairs = names.into_iter().zip(points);
        Ok(pairs
            .filter_map(|(name, point)| Some((name, figure(point?))))
            .collect())
    }

    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let study = self.0;
        let variants = study.variants(Reading::Measured);
        let works: Vec<(&'static str, Vec<Timed>)> = variants
            .iter()
            .map(|&variant| {
                let xs = bench.xs(study, machine, arguments, variant);
                let at = |x| timed(study, machine, arguments, variant, Some(x), x);
                (variant, xs.into_iter().filter_map(at).collect())
            })
            .collect();
        let memories = Memories::of(works.iter().flat_map(|(_, works)| works), bench.pages)?;
        let variants = works
            .into_iter()
            .map(|(variant, works)| {
                let cases = works.into_iter().map(|work| memories.case(work));
                Variant::Cases(variant, cases.collect())
            })
            .collect();
        Ok(live.measure(study, bench, variants))
    }

    fn notes(&self, _: &Machine, modelled: &[Series], measured: &[Series]) -> Vec<String> {
        let study = self.0;
        let mut notes = Vec::new();
        let (label, unit) = study.info().x;
        let place = |x: f64| match unit {
            Unit::Count => format!("{} {label}", format_number(x)),
            unit => unit.format(x),
        };
        for variant in study.info().variants {
            let Some((x, seen, expected)) = slowest(modelled, measured, variant) else {
                continue;
            };
            notes.push(format!(
                "{variant}, {}: a unit takes {seen:.2} ns and not {expected:.2}. {}",
                place(x),
                reason(study, variant)
            ));
        }
        notes
    }
}

/// A workload and the x it stands at.
struct Timed {
    x: f64,
    work: Box<dyn Workload>,
}

fn timed(
    study: Study,
    machine: &Machine,
    arguments: &Arguments,
    variant: &str,
    at: Option<f64>,
    x: f64,
) -> Option<Timed> {
    let work = study.workload(machine, arguments, variant, at)?;
    Some(Timed { x, work })
}

/// Memory that workloads take turns on: one piece for each state that they want it in.
struct Memories(BTreeMap<usize, RefCell<Arena>>);

impl Memories {
    /// Memory for these, ready for their first rounds.
    fn of<'w>(works: impl Iterator<Item = &'w Timed> + Clone, pages: Pages) -> Result<Self> {
        let mut largest: BTreeMap<usize, usize> = BTreeMap::new();
        for Timed { work, .. } in works.clone() {
            let words = largest.entry(work.state()).or_default();
            *words = work.words().max(*words);
        }
        let mut memories = BTreeMap::new();
        for (state, words) in largest {
            let mut arena = Arena::new(8 * words, pages)?;
            let mut wanting = works.clone().filter(|timed| timed.work.state() == state);
            if let Some(Timed { work, .. }) = wanting.next() {
                work.prepare(&mut arena.words()[..work.words()]);
            }
            memories.insert(state, RefCell::new(arena));
        }
        Ok(Self(memories))
    }

    fn case(&self, timed: Timed) -> Case<'_> {
        let units = timed.work.units();
        Case::timed(timed.x, units, nanoseconds, self.body(timed.work))
    }

    /// # Panics
    /// For a workload that they were not made for.
    fn body(&self, work: Box<dyn Workload>) -> impl FnMut(u64) {
        let memory = &self.0[&work.state()];
        let mut round = 0;
        move |repetitions| {
            let memory = &mut memory.borrow_mut();
            let memory = &mut memory.words()[..work.words()];
            for _ in 0..repetitions {
                work.run(black_box(&mut *memory), round);
                round += 1;
            }
        }
    }
}

/// The point where a variant was most above its prediction, if by more than half.
fn slowest(modelled: &[Series], measured: &[Series], variant: &str) -> Option<(f64, f64, f64)> {
    let series = measured.iter().find(|series| series.variant == variant)?;
    let ratios = series.points.iter().filter_map(|point| {
        let (x, expected) = at(modelled, Reading::Predicted, variant, point.x)?;
        (x == point.x && point.y > 1.5 * expected).then_some((x, point.y, expected))
    });
    ratios.max_by(|a, b| (a.1 / a.2).total_cmp(&(b.1 / b.2)))
}

/// What the forms leave out that matters here.
fn reason(study: Study, variant: &str) -> &'static str {
    match study {
        Study::Layouts if variant.contains("random") => {
            "The prediction charges a line what it costs in a sequential read; records at random wait \
             for their lines, a few at a time."
        }
        Study::Layouts => {
            "The prediction knows capacity: it sees neither that columns a power of two long meet in \
             the same sets, nor what each further stream costs."
        }
        Study::Batches => {
            "The prediction charges a line what it costs in a sequential read; here lines are wanted at \
             random, and each misses the TLB too."
        }
        Study::Tiling => {
            "The prediction knows capacity, not sets (conflict misses, see the simulation), and not \
             what the short inner loops of a small tile cost."
        }
        _ => {
            "The prediction charges a line what it costs in a sequential read; down a column the \
             prefetchers do not fetch ahead as well, and each row may be another page."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each finds the memory as it wants it, whoever had it before.
    #[test]
    fn workloads_take_turns_on_one_memory() {
        let machine = Machine::preset("teaching").unwrap();
        let arguments = Arguments::default();
        for &study in Study::ALL {
            let mut works = Vec::new();
            for variant in study.variants(Reading::Measured) {
                for x in study.xs(&machine, &arguments, variant).into_iter().take(3) {
                    works.extend(timed(study, &machine, &arguments, variant, Some(x), x));
                }
            }
            let memories = Memories::of(works.iter(), Pages::Base).unwrap();
            let bodies = works.into_iter().map(|timed| memories.body(timed.work));
            let mut bodies: Vec<_> = bodies.collect();
            for _ in 0..2 {
                for body in &mut bodies {
                    body(2);
                }
                bodies.reverse();
            }
        }
    }
}
