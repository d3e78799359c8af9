//! The stride sweep, measured: a walk over an array larger than the last-level cache.

use std::hint::black_box;

use anyhow::Result;
use lab_core::{
    evidence::Reading,
    kernels::stride::{strided_walk, walk_length},
    machine::Machine,
    parameters::Arguments,
    report::Series,
    study::{Study, array_bytes},
    trace::{Buffer, NoProbe},
    units::{format_bytes, format_number},
};

use super::{Bench, Live, Measurement, Variant, at};
use crate::measure::{Case, memory::Arena, nanoseconds};

pub(super) struct StrideSweep;

impl Measurement for StrideSweep {
    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let study = Study::StrideSweep;
        let mut arena = Arena::new(array_bytes(machine, arguments) as usize, bench.pages)?;
        let data: &[u64] = arena.words();
        let variants = study
            .variants(Reading::Measured)
            .iter()
            .map(|&variant| {
                let xs = study.xs(machine, arguments, variant);
                Variant::Cases(variant, xs.into_iter().map(|x| case(data, x)).collect())
            })
            .collect();
        Ok(live.measure(study, bench, variants))
    }

    fn notes(&self, machine: &Machine, modelled: &[Series], measured: &[Series]) -> Vec<String> {
        let mut notes = Vec::new();
        let [powers, shifted] = [0, 1].map(|i| Study::StrideSweep.variants(Reading::Measured)[i]);
        let longest = measured
            .iter()
            .find(|series| series.variant == powers)
            .and_then(|series| series.points.last())
            .map_or(0.0, |point| point.x);
        let line = machine.line() as f64;
        notes.extend(hidden_until(modelled, measured, shifted, line));
        // The model charges a line what it costs in a sequential read, which prefetchers feed.
        if let (Some((x, seen)), Some((_, expected))) = (
            at(measured, Reading::Measured, shifted, 16.0 * line),
            at(modelled, Reading::Predicted, shifted, 16.0 * line),
        ) && seen > 1.3 * expected
        {
            notes.push(format!(
            "At a stride of {}, an access takes {seen:.1} ns and not {expected:.1}: the prediction \
             charges what a line costs in a sequential read, and at this stride the prefetchers no \
             longer fetch ahead as well.",
            format_bytes(x)
        ));
        }
        if let (Some((x, power)), Some((_, shifted))) = (
            at(measured, Reading::Measured, powers, longest),
            at(measured, Reading::Measured, shifted, longest),
        ) && power > 1.2 * shifted
        {
            notes.push(format!(
            "At {}, one line more makes an access {:.1} times faster: powers of two crowd into few \
             sets (claim P4).",
            format_bytes(x),
            power / shifted
        ));
        }
        notes
    }
}

/// Up to which stride a line costs no more than in a sequential read, as a sentence. Of the strides that
/// share no sets, so that nothing but the way memory is reached differs.
fn hidden_until(
    modelled: &[Series],
    measured: &[Series],
    variant: &str,
    line: f64,
) -> Option<String> {
    /// A line that takes so many times what it takes in a sequential read was waited for.
    const WAITED: f64 = 1.3;
    let predicted = Series::find(modelled, Reading::Predicted, variant)?;
    let measured = Series::find(measured, Reading::Measured, variant)?;
    let cost = |x: f64| Some(measured.at(x)?.y / predicted.at(x)?.y);
    let strides = measured.points.iter().map(|point| point.x);
    let strides: Vec<f64> = strides.filter(|x| *x >= line).collect();
    let first = strides
        .iter()
        .position(|&x| cost(x).is_some_and(|cost| cost > WAITED))?;
    let waited = strides[first];
    let times = format_number((10.0 * cost(waited)?).round() / 10.0);
    Some(match first.checked_sub(1).map(|last| strides[last]) {
        Some(hidden) => format!(
            "Prefetchers hide the latency of memory up to a stride of {}: at {} a line takes {times} times \
             what it takes in a sequential read.",
            format_bytes(hidden),
            format_bytes(waited)
        ),
        None => format!(
            "Prefetchers hide the latency of memory in a sequential read only: at a stride of {} a line \
             takes {times} times as long.",
            format_bytes(waited)
        ),
    })
}

fn case(data: &[u64], x: f64) -> Case<'_> {
    let stride = x as usize / 8;
    let work = walk_length(data.len(), stride) as f64;
    Case::timed(x, work, nanoseconds, move |repetitions| {
        walk(data, stride, repetitions);
    })
}

/// Walks over `data` so many times, in the same machine code for calibration and experiment.
#[inline(never)]
pub(super) fn walk(data: &[u64], stride: usize, repetitions: u64) {
    for _ in 0..repetitions {
        let data = Buffer::new(black_box(data), 0);
        black_box(strided_walk(data, stride, &mut NoProbe));
    }
}
