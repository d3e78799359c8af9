//! TLB reach, measured: dependent loads, one in each 4 KiB page, in base pages and in huge ones.

use anyhow::Result;
use lab_core::{
    kernels::SEED,
    machine::Machine,
    parameters::Arguments,
    report::Series,
    sim::HUGE_PAGE,
    study::{
        Study,
        tlb_reach::{BASE_PAGES, HUGE_PAGES, pitch},
    },
    units::format_number,
};

use super::{
    Bench, Live, Measurement,
    cycles::InBothPages,
    inferred::{curve, tlb_knees},
    latency_ladder::follow_case,
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
        let nodes: Vec<usize> = xs.iter().map(|&x| x as usize).collect();
        let mut cycles = InBothPages::new(&nodes, pitch as usize, seed)?;
        let names = [BASE_PAGES, HUGE_PAGES];
        let variants = cycles.variants(names, &xs, |cycle, x| follow_case(cycle, x, x as u64));
        Ok(live.measure(study, bench, variants))
    }

    fn notes(&self, machine: &Machine, _: &[Series], measured: &[Series]) -> Vec<String> {
        let mut notes = Vec::new();
        if machine.tlbs.is_empty() {
            notes.push(
                "Nobody reports the TLBs of this machine: prediction and simulation know its caches \
                 only, and what a load takes beyond them is what translation costs."
                    .to_owned(),
            );
        }
        let [base, huge] = [BASE_PAGES, HUGE_PAGES].map(|variant| curve(measured, variant));
        let steps = |points: &Option<Vec<_>>| {
            points
                .as_ref()
                .map_or_else(Vec::new, |points| tlb_knees(machine, points))
        };
        let (in_base, in_huge) = (steps(&base), steps(&huge));
        for (knee, level) in in_base.iter().zip(1..) {
            notes.push(format!(
                "From {} pages on a load takes longer, though no cache is full: level {level} of the \
                 TLB seems to hold {} to {}.",
                format_number(knee.high),
                format_number(knee.low),
                format_number(knee.high)
            ));
        }
        if let (Some(base), Some(huge)) = (in_base.first(), in_huge.first())
            && huge.low <= base.high
            && base.low <= huge.high
        {
            notes.push(
                "Huge pages change nothing about the first step: the TLB goes by smaller pieces. So it \
                 is where a virtual machine\u{2019}s host gives its huge pages in base pages."
                    .to_owned(),
            );
        }
        let last = |points: &Option<Vec<(f64, f64)>>| points.as_ref()?.last().copied();
        if let (Some((x, base)), Some((_, huge))) = (last(&base), last(&huge))
            && base > 1.1 * huge
        {
            notes.push(format!(
                "With {} pages, a load takes {base:.1} ns in base pages and {huge:.1} in {} huge ones \
                 that hold the same data: the difference is the walk through the page tables.",
                format_number(x),
                format_number((x * pitch(machine) as f64 / HUGE_PAGE as f64).ceil())
            ));
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_core::{evidence::Reading, machine::Machine, study::Variant};

    fn series(variant: Variant, y: impl Fn(f64) -> f64) -> Series {
        let laptop = Machine::preset("laptop").unwrap();
        let xs = Study::TlbReach.xs(&laptop, &Arguments::default(), variant);
        let points = xs.into_iter().map(|x| lab_core::report::Point {
            x,
            y: y(x),
            ..Default::default()
        });
        Series {
            reading: Reading::Measured,
            variant: variant.name().to_owned(),
            points: points.collect(),
            unavailable: None,
        }
    }

    #[test]
    fn notes_tell_the_reach_and_split_huge_pages() {
        let laptop = Machine::preset("laptop").unwrap();
        let step = |x: f64| if x <= 64.0 { 1.2 } else { 3.4 };
        let notes = |huge: &dyn Fn(f64) -> f64| {
            let measured = [series(BASE_PAGES, step), series(HUGE_PAGES, huge)];
            TlbReach.notes(&laptop, &[], &measured).join("\n")
        };
        let whole = notes(&|_| 1.2);
        assert!(whole.contains("hold 64 to 76"), "{whole}");
        assert!(
            whole.contains("3.4 ns in base pages and 1.2 in 33 huge"),
            "{whole}"
        );
        assert!(!whole.contains("smaller pieces"), "{whole}");
        let split = notes(&step);
        assert!(split.contains("smaller pieces"), "{split}");
        assert!(TlbReach.notes(&laptop, &[], &[]).len() == 1);
    }
}
