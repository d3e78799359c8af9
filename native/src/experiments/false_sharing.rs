//! False sharing, measured: two threads on two cores, each with a counter of its own.

use std::sync::{Arc, atomic::AtomicU64};

use anyhow::Result;
use lab_core::{
    evidence::{Evidence, Reading},
    kernels::counters::{Counting, Slot, count},
    machine::{Figure, Machine},
    parameters::Arguments,
    report::Series,
    study::{HANDOVER, Study, UPDATE, slots},
    trace::NoProbe,
    units::format_bytes,
};

use super::{Bench, Live, Measurement, Variant, at, core_to_core};
use crate::measure::{
    Case, Deaf, nanoseconds,
    team::{self, Body, Team},
};

pub(super) struct FalseSharing;

/// Updates in one repetition.
const UPDATES: u64 = 1 << 12;

/// 8-byte words of the memory that the slots lie in, lines at its start.
const WORDS: usize = 1024;

impl Measurement for FalseSharing {
    fn calibrate(&self, machine: &Machine, bench: &Bench) -> Result<Vec<(&'static str, Figure)>> {
        let memory = memory();
        let slot = Slot::of(&memory.words()[memory.start..], 0, 0, 8, 0);
        let mut cases = [Case::timed(
            1.0,
            UPDATES as f64,
            nanoseconds,
            |repetitions| {
                for _ in 0..repetitions {
                    count(slot, UPDATES, Counting::Direct, &mut NoProbe);
                }
            },
        )];
        let points = bench.harness.measure(&mut cases, &mut Deaf);
        let mut found = Vec::new();
        if let Some(Some(point)) = points.first() {
            let source = "one thread alone, on a slot of a whole line";
            let figure = Figure::new(point.y, Evidence::Measured, source);
            found.push((UPDATE.name, figure));
        }
        if let Some(one_way) = core_to_core::nearest(machine, bench)? {
            let source = "half of a round trip between the first two cores";
            let figure = Figure::new(one_way, Evidence::Measured, source);
            found.push((HANDOVER.name, figure));
        }
        Ok(found)
    }

    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let study = Study::FalseSharing;
        let bench = bench.for_teams();
        let processors = team::processors(&bench.topology);
        let mut variants = Vec::new();
        for &variant in study.variants(Reading::Measured) {
            if processors.len() < 2 {
                let why = "false sharing takes two cores, and there is one".to_owned();
                variants.push(Variant::Unavailable(variant, why));
                continue;
            }
            let mut cases = Vec::new();
            for x in study.xs(machine, arguments, variant) {
                let (start, counting) = slots(variant);
                let memory = Arc::new(memory());
                let make = move |member: usize| -> Result<Body> {
                    let memory = memory.clone();
                    Ok(Box::new(move |repetitions| {
                        let words = &memory.words()[memory.start..];
                        let slot = Slot::of(words, 0, start, x as usize / 8, member);
                        for _ in 0..repetitions {
                            count(slot, UPDATES, counting, &mut NoProbe);
                        }
                    }))
                };
                let mut team = Team::new(&bench.topology, &processors[..2], make)?;
                let body = move |repetitions| team.run(repetitions);
                cases.push(Case::timed(x, UPDATES as f64, nanoseconds, body));
            }
            variants.push(Variant::Cases(variant, cases));
        }
        Ok(live.measure(study, &bench, variants))
    }

    fn notes(&self, machine: &Machine, modelled: &[Series], measured: &[Series]) -> Vec<String> {
        let mut notes = Vec::new();
        let every = Study::FalseSharing.variants(Reading::Measured)[0];
        let line = machine.line() as f64;
        let (Some((_, shared)), Some((_, apart))) = (
            at(measured, Reading::Measured, every, 8.0),
            at(measured, Reading::Measured, every, 2.0 * line),
        ) else {
            return notes;
        };
        notes.push(format!(
            "Counters side by side cost {:.1} times what they cost {} apart (claim L4).",
            shared / apart,
            format_bytes(2.0 * line)
        ));
        if let Some((_, expected)) = at(modelled, Reading::Predicted, every, 8.0)
            && shared < 0.7 * expected
        {
            notes.push(format!(
                "An update of a shared line takes {shared:.1} ns and not {expected:.1}: the \
                 prediction lets the cores take turns update by update, and here each does several \
                 before the line leaves it."
            ));
        }
        if let Some((_, pair)) = at(measured, Reading::Measured, every, line)
            && pair > 1.3 * apart
        {
            notes.push(format!(
                "At {}, a line each, an update still takes {pair:.1} ns and not {apart:.1}: lines \
                 are fetched in pairs here, and slots want twice a line.",
                format_bytes(line)
            ));
        }
        notes
    }
}

/// Counters, and where among them a pair of lines begins.
struct Counters {
    words: Vec<AtomicU64>,
    start: usize,
}

impl Counters {
    fn words(&self) -> &[AtomicU64] {
        &self.words
    }
}

fn memory() -> Counters {
    /// Bytes of the longest line there is, and of its neighbour.
    const PAIR: usize = 256;
    let words: Vec<AtomicU64> = (0..WORDS).map(|_| AtomicU64::new(0)).collect();
    let start = words.as_ptr().align_offset(PAIR);
    Counters { words, start }
}
