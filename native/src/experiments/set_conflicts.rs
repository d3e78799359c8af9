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

use super::{Bench, Curve, Live, Measurement, at, latency_ladder::follow_case};
use crate::measure::{
    Case,
    memory::{Arena, Pages},
};

pub(super) struct SetConflicts;

/// Why lines as far apart as a cache's sets reach may lie in various sets.
pub(super) const NOT_ONE_SET: &str = "Its sets go by other bits of the address too, or huge pages are \
                                      not one piece of real memory, as in many virtual machines.";

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
        for &variant in names {
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
            .map(|(&variant, (arena, xs, places))| {
                // A cache goes by physical addresses, of which base pages leave these bits alone.
                let chosen = pitch(machine, variant) <= page_size() as u64;
                if chosen || bench.pages == Pages::Huge {
                    Curve::Cases(variant, cases(arena, xs, take(places)))
                } else {
                    Curve::Unavailable(variant, SCATTERED.to_owned())
                }
            })
            .collect();
        Ok(live.measure(study, bench, variants))
    }

    fn notes(&self, machine: &Machine, modelled: &[Series], measured: &[Series]) -> Vec<String> {
        let mut notes = Vec::new();
        for (variant, cache) in [FIRST, SECOND].into_iter().zip(&machine.caches) {
            let ways = cache.ways as f64;
            let seen = |x| at(measured, Reading::Measured, variant, x);
            let expected = |x| at(modelled, Reading::Predicted, variant, x);
            let (Some((x, far)), Some((over, next)), Some((_, form))) =
                (seen(3.0 * ways), seen(ways + 1.0), expected(ways + 1.0))
            else {
                continue;
            };
            let lines = format_number(x);
            // What a hit of this cache takes, and more than noise.
            if far <= 1.3 * cache.latency_ns.value {
                notes.push(format!(
                    "{lines} lines meant for {variant} take no longer than {} does ({far:.1} ns): they \
                     do not share a set after all. {NOT_ONE_SET}",
                    cache.name
                ));
                continue;
            }
            if let Some((_, packed)) = at(measured, Reading::Measured, PACKED, x) {
                notes.push(format!(
                    "{lines} lines in {variant} take {far:.1} ns a load, side by side {packed:.1}: that \
                     is what conflicts cost."
                ));
            }
            if next < 0.8 * form {
                notes.push(format!(
                    "With {} lines in {variant}, more than its ways, a load takes {next:.1} ns and not \
                     {form:.1}: some of them stay, for {} does not replace strictly the least recently \
                     used.",
                    format_number(over),
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
    fn notes_tell_conflicts_from_lines_that_share_no_set() {
        let laptop = Machine::preset("laptop").unwrap();
        let predicted = Study::SetConflicts.predicted(&laptop, &Arguments::default());
        let measured = |most: f64| -> Vec<Series> {
            let mut series = predicted.clone();
            for series in &mut series {
                series.reading = Reading::Measured;
                for point in &mut series.points {
                    point.y = point.y.min(most);
                }
            }
            series
        };
        let notes = |most| SetConflicts.notes(&laptop, &predicted, &measured(most));
        let clean = notes(100.0);
        assert_eq!(clean.len(), 2, "{clean:?}");
        assert!(
            clean[1].contains("14.0 ns a load, side by side 1.2"),
            "{clean:?}"
        );
        // Some lines stay in L2: more than it takes, less than what lies behind it.
        let some = notes(9.0);
        assert!(some[2].contains("9.0 ns and not 14.0"), "{some:?}");
        let scattered = notes(4.2);
        assert!(scattered[1].contains("do not share a set"), "{scattered:?}");
    }

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
