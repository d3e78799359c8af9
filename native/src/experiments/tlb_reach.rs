//! TLB reach, measured: dependent loads, one in each 4 KiB page, in base pages and in huge ones.

use anyhow::Result;
use lab_core::{
    evidence::Reading,
    kernels::{SEED, chase},
    machine::Machine,
    parameters::Arguments,
    report::Series,
    study::{
        Study,
        tlb_reach::{BASE_PAGES, HUGE_PAGES, pitch},
    },
    units::format_number,
};

use super::{Bench, Live, Measurement, Variant, at, latency_ladder::follow_case};
use crate::measure::{
    Case,
    memory::{Arena, Pages},
};

pub(super) struct TlbReach;

impl Measurement for TlbReach {
    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let study = Study::TlbReach;
        let pitch = pitch(machine);
        let mut xs = study.xs(machine, arguments, BASE_PAGES);
        xs.retain(|x| *x as u64 * pitch <= bench.largest);
        let seed = arguments.get(&SEED) as u64;
        let prepare = |pages| -> Result<Vec<Arena>> {
            xs.iter()
                .map(|&x| {
                    let mut arena = Arena::new(x as usize * pitch as usize, pages)?;
                    chase::link_cycle(arena.words(), pitch as usize, seed);
                    Ok(arena)
                })
                .collect()
        };
        let mut base = prepare(Pages::Base)?;
        let mut huge = prepare(Pages::Huge);
        let cases = |arenas| -> Vec<Case<'_>> {
            let arenas: std::slice::IterMut<'_, Arena> = arenas;
            arenas
                .zip(&xs)
                .map(|(arena, &x)| follow_case(arena.words(), x, x as u64))
                .collect()
        };
        let variants = vec![
            Variant::Cases(BASE_PAGES, cases(base.iter_mut())),
            match &mut huge {
                Ok(arenas) => Variant::Cases(HUGE_PAGES, cases(arenas.iter_mut())),
                Err(why) => Variant::Unavailable(HUGE_PAGES, format!("{why:#}")),
            },
        ];
        Ok(live.measure(study, bench, variants))
    }

    fn notes(&self, machine: &Machine, modelled: &[Series], measured: &[Series]) -> Vec<String> {
        let mut notes = Vec::new();
        if machine.tlbs.is_empty() {
            notes.push(
                "Nobody reports the TLBs of this machine: prediction and simulation know its caches \
                 only, and what base pages take beyond them is what translation costs."
                    .to_owned(),
            );
        }
        let largest = modelled
            .first()
            .and_then(|series| series.points.last())
            .map_or(0.0, |point| point.x);
        let last = |variant: &str| {
            let series = measured.iter().find(|series| series.variant == variant)?;
            series.points.last().map(|point| point.x)
        };
        let end = last(BASE_PAGES).map_or(largest, |x| x.min(largest));
        let far = |variant| at(measured, Reading::Measured, variant, end);
        if let (Some((x, base)), Some((_, huge))) = (far(BASE_PAGES), far(HUGE_PAGES))
            && base > 1.1 * huge
        {
            notes.push(format!(
                "With {} pages, a load takes {base:.1} ns in base pages and {huge:.1} in huge ones, \
                 of which {} hold all the data: the difference is the walk through the page tables.",
                format_number(x),
                format_number((x * pitch(machine) as f64 / (2 << 20) as f64).ceil())
            ));
        }
        notes
    }
}
