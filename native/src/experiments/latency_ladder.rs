//! The latency ladder, measured: dependent loads, in base pages and in huge ones.

use std::hint::black_box;

use anyhow::Result;
use lab_core::{
    evidence::Reading,
    kernels::{SEED, chase},
    machine::Machine,
    parameters::Arguments,
    report::Series,
    study::{
        Study, Variant,
        tlb_reach::{BASE_PAGES, HUGE_PAGES},
    },
    trace::{Buffer, NoProbe},
    units::format_bytes,
};

use super::{Bench, Live, Measurement, at, cycles::InBothPages};
use crate::measure::{Case, nanoseconds};

/// Loads in one repetition: many, so that the loop around them costs nothing.
pub(super) const STEPS: usize = 4096;

pub(super) struct LatencyLadder;

impl Measurement for LatencyLadder {
    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let study = Study::LatencyLadder;
        let xs = study.xs(machine, arguments, Variant::ONLY);
        let seed = arguments.get(&SEED) as u64;
        let line = machine.line() as usize;
        let nodes: Vec<usize> = xs.iter().map(|&x| x as usize / line).collect();
        let mut cycles = InBothPages::new(&nodes, line, seed)?;
        let names = [BASE_PAGES, HUGE_PAGES];
        let variants = cycles.variants(names, &xs, |cycle, x| chase_case(machine, cycle, x));
        Ok(live.measure(study, bench, variants))
    }

    fn notes(&self, machine: &Machine, modelled: &[Series], measured: &[Series]) -> Vec<String> {
        let mut notes = vec![
        "Each chase runs over its whole working set: the TLB sees the same window as the caches."
            .to_owned(),
    ];
        let [base, huge] = [BASE_PAGES, HUGE_PAGES];
        let largest = modelled
            .first()
            .and_then(|series| series.points.last())
            .map_or(0.0, |point| point.x);
        let far = |variant| at(measured, Reading::Measured, variant, largest);
        if let (Some((x, base_ns)), Some((_, huge_ns))) = (far(base), far(huge))
            && base_ns > 1.1 * huge_ns
        {
            notes.push(format!(
            "At {}, a load takes {:.0} ns longer in base pages than in huge ones: that is the walk \
             through the page tables, which neither the formula nor the simulator knows.",
            format_bytes(x),
            base_ns - huge_ns
        ));
        }
        if let Some(last) = machine.caches.last() {
            let inside = 0.6 * last.size as f64;
            let best = at(measured, Reading::Measured, huge, inside)
                .or_else(|| at(measured, Reading::Measured, base, inside));
            if let (Some((x, seen)), Some((_, expected))) = (
                best,
                at(modelled, Reading::Predicted, Variant::ONLY, inside),
            ) && x < last.size as f64
                && seen > 1.5 * expected
            {
                notes.push(format!(
                "At {}, inside the {} that {} is reported to have, a load takes {seen:.0} ns and \
                 not {expected:.0}: the cache is shared with others, not least recently used, or \
                 smaller than reported.",
                format_bytes(x),
                format_bytes(last.size as f64),
                last.name
            ));
            }
        }
        notes
    }
}

/// Follows the cycle of lines linked in `data`; one unit of work is one load.
pub(super) fn chase_case<'b>(machine: &Machine, data: &'b [u64], x: f64) -> Case<'b> {
    // Twice the last cache is a steady state for anything larger.
    let enough = (2 * machine.last_level_bytes()).min(x as u64) / machine.line();
    follow_case(data, x, enough)
}

/// Follows the cycle linked in `data`, which one lap of so many loads brings into its steady state.
pub(super) fn follow_case(data: &[u64], x: f64, lap: u64) -> Case<'_> {
    let warm_up = lap.div_ceil(STEPS as u64);
    Case::timed(x, STEPS as f64, nanoseconds, follow(data)).warmed_by(warm_up)
}

/// Follows the cycle linked in `data` for [`STEPS`] loads, so many times.
pub(super) fn follow(data: &[u64]) -> impl FnMut(u64) {
    let mut place = 0;
    move |repetitions| {
        for _ in 0..repetitions {
            place = chase::permutation_chase(Buffer::new(data, 0), place, STEPS, &mut NoProbe);
        }
        black_box(place);
    }
}
