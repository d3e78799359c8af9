//! The roofline, measured: the sum of affine maps over data in three places.

use std::hint::black_box;

use anyhow::Result;
use lab_core::{
    evidence::{Evidence, Reading},
    kernels::affine_sum::{STEP, affine_sum, maps_in_registers, operations},
    machine::{Figure, Machine},
    model,
    parameters::Arguments,
    report::Series,
    study::{
        Study,
        roofline::{IN_FIRST, IN_MEMORY, IN_SECOND, PEAK, elements, times},
    },
    trace::{Buffer, NoProbe},
    units::format_number,
};

use super::{Bench, Live, Measurement, Variant};
use crate::measure::{Case, Deaf, memory::Arena, per_nanosecond};

pub(super) struct Roofline;

impl Measurement for Roofline {
    fn calibrate(&self, _: &Machine, bench: &Bench) -> Result<Vec<(&'static str, Figure)>> {
        Ok(peak(bench).into_iter().collect())
    }

    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let study = Study::Roofline;
        let mut prepared = Vec::new();
        for &variant in study.variants(Reading::Measured) {
            let bytes = elements(machine, arguments, variant) * size_of::<f32>();
            prepared.push((variant, Arena::new(bytes, bench.pages)?));
        }
        let variants = prepared
            .iter_mut()
            .map(|(variant, arena)| {
                let data: &[f32] = bytemuck::cast_slice(arena.words());
                let xs = bench.xs(study, machine, arguments, variant);
                Variant::Cases(variant, xs.into_iter().map(|x| case(data, x)).collect())
            })
            .collect();
        Ok(live.measure(study, bench, variants))
    }

    fn notes(&self, machine: &Machine, modelled: &[Series], measured: &[Series]) -> Vec<String> {
        let of = |series: &[Series], reading, variant| {
            let found = Series::find(series, reading, variant);
            found.map(|s| s.points.clone()).unwrap_or_default()
        };
        let mut notes = Vec::new();
        for variant in [IN_FIRST, IN_SECOND, IN_MEMORY] {
            let predicted = of(modelled, Reading::Predicted, variant);
            let seen = of(measured, Reading::Measured, variant);
            let ([.., last], [first, ..], [reached, .., top]) =
                (&predicted[..], &predicted[..], &seen[..])
            else {
                continue;
            };
            let bandwidth = first.y / first.x;
            notes.push(format!(
                "Data in {variant}: the roofs meet at {} operations a byte. With {} a byte the kernel \
                 reached {:.0} % of the predicted roof, with {} a byte {:.0} %.",
                format_number(model::roofline::ridge(last.y, bandwidth)),
                format_number(first.x),
                100.0 * reached.y / first.y,
                format_number(top.x),
                100.0 * top.y / last.y,
            ));
        }
        let peak = of(modelled, Reading::Predicted, IN_FIRST);
        let peak = peak.last().map_or(f64::INFINITY, |point| point.y);
        let above = measured.iter().flat_map(|series| &series.points);
        if let Some(above) = above
            .filter(|point| point.y > 1.05 * peak)
            .max_by(|a, b| a.y.total_cmp(&b.y))
        {
            notes.push(format!(
                "With {} operations a byte the kernel did {:.0} % of the peak: the peak is that of \
                 multiply-adds, and this core can add on other units meanwhile.",
                format_number(above.x),
                100.0 * above.y / peak
            ));
        }
        if let Some(clock) = &machine.clock_ghz {
            let peak = of(modelled, Reading::Predicted, IN_FIRST)
                .last()
                .map(|p| p.y);
            notes.extend(peak.map(|peak| {
                format!(
                    "The peak is {:.1} operations a cycle at the measured clock of {} GHz, on one \
                     core, of numbers of 32 bits.",
                    peak / clock.value,
                    format_number(clock.value)
                )
            }));
        }
        notes
    }
}

/// The peak of arithmetic, measured in registers: none where the measurement was cancelled.
pub(super) fn peak(bench: &Bench) -> Option<(&'static str, Figure)> {
    const ROUNDS: u64 = 1024;
    let work = ROUNDS as f64 * STEP as f64 * (operations(1) - operations(0));
    let mut cases = [Case::timed(1.0, work, per_nanosecond, |repetitions| {
        for _ in 0..repetitions {
            black_box(maps_in_registers(black_box(1.0), ROUNDS));
        }
    })];
    let point = bench.harness.measure(&mut cases, &mut Deaf)[0].take()?;
    let source = "multiply-adds on numbers that stay in registers";
    Some((PEAK.name, Figure::new(point.y, Evidence::Measured, source)))
}

fn case(data: &[f32], x: f64) -> Case<'_> {
    let times = times(x);
    let work = data.len() as f64 * operations(times);
    Case::timed(x, work, per_nanosecond, move |repetitions| {
        for _ in 0..repetitions {
            let data = Buffer::new(black_box(data), 0);
            black_box(affine_sum(data, times, &mut NoProbe));
        }
    })
}
