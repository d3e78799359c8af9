//! Core to core, measured: two threads take turns on a line, pair by pair.

use std::sync::{Arc, atomic::AtomicU64};

use anyhow::Result;
use lab_core::{
    evidence::Reading,
    kernels::counters::take_turns,
    machine::Machine,
    parameters::Arguments,
    report::{Matrix, Point, Series},
    study::{MOST_CORES, Study, pairs},
};

use super::{Bench, Live, Measurement, Variant};
use crate::measure::{
    Case, Deaf, nanoseconds,
    team::{self, Body, Team},
};

pub(super) struct CoreToCore;

/// Round trips in one repetition.
const ROUNDS: u64 = 1000;

impl Measurement for CoreToCore {
    fn measure(
        &self,
        machine: &Machine,
        _: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let bench = bench.for_teams();
        let mut cases = Vec::new();
        for (number, pair) in pairs(machine).into_iter().enumerate() {
            cases.extend(case(&bench, pair, (number + 1) as f64)?);
        }
        let variant = if cases.is_empty() {
            let why = "it takes two cores, and this process may run on one".to_owned();
            Variant::Unavailable("", why)
        } else {
            Variant::Cases("", cases)
        };
        Ok(live.measure(Study::CoreToCore, &bench, vec![variant]))
    }

    fn notes(&self, machine: &Machine, modelled: &[Series], measured: &[Series]) -> Vec<String> {
        let mut notes = Vec::new();
        if machine.cores > MOST_CORES {
            notes.push(format!(
                "{} cores are here, and the first {MOST_CORES} were paired.",
                machine.cores
            ));
        }
        let points = |reading| {
            let series: Option<&Series> = [modelled, measured]
                .into_iter()
                .flatten()
                .find(|series| series.reading == reading);
            series.map_or(&[][..], |series| &series.points)
        };
        let above = points(Reading::Measured)
            .iter()
            .zip(points(Reading::Predicted))
            .filter(|(seen, expected)| seen.y > 1.5 * expected.y)
            .max_by(|a, b| a.0.y.total_cmp(&b.0.y));
        if let Some((seen, expected)) = above {
            notes.push(format!(
                "A way takes up to {:.0} ns where a load from the cache both share takes {:.0}: the \
                 line has to be asked for in the other core's caches, brought, and taken from it for \
                 writing.",
                seen.y, expected.y
            ));
        }
        // Only an undisturbed point, and all of its interval, can say that much.
        let fast = points(Reading::Measured)
            .iter()
            .zip(points(Reading::Predicted))
            .filter(|(seen, _)| !seen.dirty())
            .find(|(seen, shared)| {
                seen.spread
                    .is_some_and(|spread| spread.high < 0.7 * shared.y)
            });
        if let Some((Point { y: fastest, .. }, Point { y: shared, .. })) = fast {
            notes.push(format!(
                "A line goes over in {fastest:.0} ns, faster than a load from the innermost cache that \
                 two cores are reported to share, {shared:.0} ns: these two share more than the \
                 machine reports, most likely as two threads of one core."
            ));
        }
        notes
    }

    fn matrix(&self, machine: &Machine, bench: &Bench, measured: &[Series]) -> Option<Matrix> {
        let points = &measured.first()?.points;
        if points.is_empty() {
            return None;
        }
        let processors = team::processors(&bench.topology);
        let names: Vec<String> = processors
            .iter()
            .take(machine.cores.min(MOST_CORES) as usize)
            .map(|processor| format!("CPU {processor}"))
            .collect();
        let mut cells = vec![vec![None; names.len()]; names.len()];
        for (number, (first, second)) in pairs(machine).into_iter().enumerate() {
            let place = (number + 1) as f64;
            let point = points.iter().find(|point| point.x == place);
            for (row, column) in [(first, second), (second, first)] {
                if let Some(cell) = cells.get_mut(row).and_then(|row| row.get_mut(column)) {
                    *cell = point.map(|point| point.y);
                }
            }
        }
        Some(Matrix { names, cells })
    }
}

/// Time of a line's way between the first two cores, ns; none where there is one core.
pub(super) fn nearest(machine: &Machine, bench: &Bench) -> Result<Option<f64>> {
    let bench = bench.for_teams();
    let Some(&pair) = pairs(machine).first() else {
        return Ok(None);
    };
    let mut cases: Vec<Case<'_>> = case(&bench, pair, 1.0)?.into_iter().collect();
    let points = bench.harness.measure(&mut cases, &mut Deaf);
    Ok(points.into_iter().flatten().next().map(|point| point.y))
}

/// None where the process may not run on both.
fn case<'b>(bench: &Bench, (first, second): (usize, usize), x: f64) -> Result<Option<Case<'b>>> {
    let processors = team::processors(&bench.topology);
    let (Some(&first), Some(&second)) = (processors.get(first), processors.get(second)) else {
        return Ok(None);
    };
    /// The word that is passed, and room enough that nothing else lies on its line or the next.
    #[repr(align(256))]
    struct Ball(AtomicU64);
    let ball = Arc::new(Ball(AtomicU64::new(0)));
    let make = move |member: usize| -> Result<Body> {
        let ball = ball.clone();
        let own = member as u64;
        Ok(Box::new(move |repetitions| {
            take_turns(&ball.0, own, 1 - own, repetitions * ROUNDS);
        }))
    };
    let mut team = Team::new(&bench.topology, &[first, second], make)?;
    // There and back are two ways.
    let work = 2.0 * ROUNDS as f64;
    let body = move |repetitions| team.run(repetitions);
    Ok(Some(Case::timed(x, work, nanoseconds, body)))
}
