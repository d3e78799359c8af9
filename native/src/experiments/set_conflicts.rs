//! Set conflicts, measured: dependent loads of a few lines, in one set of a cache or side by side.

use std::{mem::take, ops::Range};

use anyhow::Result;
use lab_core::{
    evidence::Reading,
    kernels::{SEED, chase},
    machine::Machine,
    parameters::Arguments,
    report::Series,
    study::{
        Study,
        set_conflicts::{FIRST, PACKED, SECOND, pitch},
    },
    units::format_number,
};
use rustix::param::page_size;

use super::{Bench, Live, Measurement, Variant, at, latency_ladder::follow_case};
use crate::measure::{
    Case,
    memory::{Arena, Pages},
};

pub(super) struct SetConflicts;

/// Why lines of one set cannot be had in base pages.
const SCATTERED: &str = "there are no huge pages here, and base pages lie scattered over memory: \
                         lines a fixed distance apart fall into various sets";

impl Measurement for SetConflicts {
    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let study = Study::SetConflicts;
        let seed = arguments.get(&SEED) as u64;
        let names = study.variants(Reading::Measured);
        let mut prepared = Vec::new();
        for variant in names {
            let pitch = pitch(machine, variant) as usize;
            let xs = study.xs(machine, arguments, variant);
            let places = places(pitch, machine.line() as usize, &xs);
            let end = places.iter().map(|place| place.end).max().unwrap_or(1);
            let mut arena = Arena::new(8 * end, bench.pages)?;
            for place in &places {
                chase::link_cycle(&mut arena.words()[place.clone()], pitch, seed);
            }
            prepared.push((arena, xs, places));
        }
        let cases = |arena, xs: &[f64], places: Vec<Range<usize>>| -> Vec<Case<'_>> {
            let arena: &mut Arena = arena;
            let words: &[u64] = arena.words();
            let cases = xs.iter().zip(places);
            cases
                .map(|(&x, place)| follow_case(&words[place], x, x as u64))
                .collect()
        };
        let variants = names
            .iter()
            .zip(&mut prepared)
            .map(|(variant, (arena, xs, places))| {
                // A cache goes by physical addresses, of which base pages leave these bits alone.
                let chosen = pitch(machine, variant) <= page_size() as u64;
                if chosen || bench.pages == Pages::Huge {
                    Variant::Cases(variant, cases(arena, xs, take(places)))
                } else {
                    Variant::Unavailable(variant, SCATTERED.to_owned())
                }
            })
            .collect();
        Ok(live.measure(study, bench, variants))
    }

    fn notes(&self, machine: &Machine, modelled: &[Series], measured: &[Series]) -> Vec<String> {
        let mut notes = Vec::new();
        for (variant, cache) in [FIRST, SECOND].into_iter().zip(&machine.caches) {
            let over = (cache.ways + 1) as f64;
            if let (Some((x, seen)), Some((_, packed)), Some((_, expected))) = (
                at(measured, Reading::Measured, variant, 2.0 * over),
                at(measured, Reading::Measured, PACKED, 2.0 * over),
                at(modelled, Reading::Predicted, variant, 2.0 * over),
            ) && seen > 1.2 * packed
            {
                notes.push(format!(
                    "{} lines in {variant} take {seen:.1} ns a load (predicted {expected:.1}), side \
                     by side {packed:.1}: that is what conflicts cost.",
                    format_number(x)
                ));
            }
            if let (Some((x, seen)), Some((_, expected))) = (
                at(measured, Reading::Measured, variant, over),
                at(modelled, Reading::Predicted, variant, over),
            ) && seen < 0.8 * expected
            {
                notes.push(format!(
                    "With {} lines in {variant}, one more than its ways, a load takes {seen:.1} ns \
                     and not {expected:.1}: {} does not replace strictly the least recently used.",
                    format_number(x),
                    cache.name
                ));
            }
        }
        notes
    }
}

/// The words of each case: cycles of different lengths share memory but no word, so that none
/// destroys another's links.
fn places(pitch: usize, line: usize, xs: &[f64]) -> Vec<Range<usize>> {
    let (pitch, line) = (pitch / 8, (line / 8).max(1));
    let lines = pitch / line;
    let longest = xs.iter().fold(0, |most, &x| most.max(x as usize)) * pitch;
    let mut next = 0;
    xs.iter()
        .enumerate()
        .map(|(case, &x)| {
            let length = x as usize * pitch;
            let start = if lines > 1 {
                // Another set for each case; when all have one, another word of the lines; and when
                // those are full, other lines.
                let round = case / lines;
                (case % lines) * line + round % line + round / line * longest
            } else {
                let start = next;
                next += length;
                start
            };
            start..start + length
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_cycles_share_a_word() {
        let xs: Vec<f64> = (1..=96).map(f64::from).collect();
        for pitch in [64, 128, 4096, 65_536] {
            let mut seen = HashSet::new();
            for (place, x) in places(pitch, 64, &xs).into_iter().zip(&xs) {
                assert_eq!(place.len(), *x as usize * pitch / 8);
                for node in place.step_by(pitch / 8) {
                    assert!(seen.insert(node), "{pitch} {x} {node}");
                }
            }
        }
    }
}
