//! Bandwidth, measured: sequential sum, triad, fills and copies over growing working sets.

use std::{cell::RefCell, hint::black_box};

use anyhow::Result;
use lab_core::{
    evidence::Reading,
    kernels::{loader, sum, triad},
    machine::Machine,
    parameters::Arguments,
    report::Series,
    study::{
        Study,
        bandwidth::{COPY, COPY_STREAMED, READ, TRIAD, WRITE, WRITE_STREAMED, pass},
    },
    trace::{Buffer, BufferMut, NoProbe},
    units::format_bytes,
};

use super::{Bench, Live, Measurement, Variant, at};
use crate::measure::{Case, memory::Arena, per_nanosecond};

pub(super) struct Bandwidth;

impl Measurement for Bandwidth {
    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let study = Study::Bandwidth;
        let xs = bench.xs(study, machine, arguments, READ);
        let bytes = xs.last().map_or(0, |&x| x as usize);
        // All cases work on the front of one arena, one at a time.
        let arena = RefCell::new(Arena::new(bytes, bench.pages)?);
        let variants = study.variants(Reading::Measured).iter().map(|&variant| {
            if let Some(why) = unavailable(variant) {
                return Variant::Unavailable(variant, why);
            }
            // The curves of writes have the steps of the others, and can do with half the points.
            let every = if [READ, TRIAD].contains(&variant) {
                1
            } else {
                2
            };
            // The largest, which notes compare, is among them.
            let xs = xs.iter().rev().step_by(every).rev();
            Variant::Cases(variant, xs.map(|&x| case(&arena, variant, x)).collect())
        });
        let variants = variants.collect();
        Ok(live.measure(study, bench, variants))
    }

    fn notes(&self, _: &Machine, modelled: &[Series], measured: &[Series]) -> Vec<String> {
        let mut notes = vec![
            "Triad counts 24 bytes an element, as STREAM does; with the line of the result read before \
             it is written, 32 move; a copy that counts 16 moves 24, a fill that counts 8 moves 16, \
             unless they store past the caches (claim H4)."
                .to_owned(),
        ];
        let largest = modelled
            .first()
            .and_then(|series| series.points.last())
            .map_or(0.0, |point| point.x);
        let far = |variant| at(measured, Reading::Measured, variant, largest);
        if let (Some((x, read)), Some((_, triad))) = (far(READ), far(TRIAD)) {
            let share = triad / read;
            notes.push(format!(
                "At {}, triad counts {share:.2} of what reading gets; 24 of 32 bytes would be 0.75.{}",
                format_bytes(x),
                if share > 0.9 {
                    " One stream alone did not fill the memory's bandwidth: three streams keep more \
                     lines on the way at once."
                } else {
                    ""
                }
            ));
        }
        for (what, through, past, bound) in [
            ("a copy", COPY, COPY_STREAMED, 3.0 / 2.0),
            ("a fill", WRITE, WRITE_STREAMED, 2.0),
        ] {
            if let (Some((x, through)), Some((_, past))) = (far(through), far(past)) {
                notes.push(gain(what, x, past / through, bound));
            }
        }
        notes
    }
}

/// What stores past the caches gained, beside what the traffic they spare could give at most.
fn gain(what: &str, x: f64, gain: f64, bound: f64) -> String {
    let because = if gain > 1.1 * bound {
        "more than the traffic explains: stores past the caches also wait for no line, of which a core \
         can have only so many on the way"
    } else if gain > 0.9 * bound {
        "as the traffic says"
    } else if gain > 1.0 {
        "memory's bandwidth was not the only bound: stores past the caches wait for buffers of their \
         own"
    } else {
        "nothing was gained: this core's buffers for stores past the caches, or a last level larger \
         than the working set, are the bound and not memory's bandwidth"
    };
    format!(
        "At {}, {what} with stores past the caches gets {gain:.2} times what one through them gets; \
         without the lines read before they are written it would be {bound:.2} (claim H4): {because}.",
        format_bytes(x)
    )
}

/// Why a variant cannot be measured, where it cannot.
pub(super) fn unavailable(variant: &str) -> Option<String> {
    let streamed = [WRITE_STREAMED, COPY_STREAMED].contains(&variant);
    loader::UNSTREAMED.filter(|_| streamed).map(str::to_owned)
}

fn case<'a>(arena: &'a RefCell<Arena>, variant: &'static str, x: f64) -> Case<'a> {
    Case::timed(x, x, per_nanosecond, move |repetitions| {
        let mut arena = arena.borrow_mut();
        passes(variant, &mut arena.words()[..x as usize / 8], repetitions);
    })
}

/// Runs a variant over the whole of `data`, so many times.
pub(super) fn passes(variant: &str, data: &mut [u64], repetitions: u64) {
    if let Some(pass) = pass(variant) {
        let data: &mut [f32] = bytemuck::cast_slice_mut(data);
        for _ in 0..repetitions {
            pass(BufferMut::new(black_box(&mut *data), 0), &mut NoProbe);
        }
    } else if variant == TRIAD {
        triads(bytemuck::cast_slice_mut(data), repetitions);
    } else {
        read(data, repetitions);
    }
}

/// Reads `data` so many times over.
///
/// Calibration and experiment share this copy of the machine code, so that they do not differ by how
/// it was inlined.
#[inline(never)]
pub(super) fn read(data: &[u64], repetitions: u64) {
    for _ in 0..repetitions {
        let data = Buffer::new(black_box(data), 0);
        black_box(sum::sequential_sum(data, &mut NoProbe));
    }
}

/// Triad over three thirds of `data`, one behind the other.
fn triads(data: &mut [f64], repetitions: u64) {
    let third = data.len() / 3;
    let (a, rest) = data.split_at_mut(third);
    let (b, c) = rest[..2 * third].split_at(third);
    for _ in 0..repetitions {
        triad::triad(
            BufferMut::new(black_box(&mut *a), 0),
            Buffer::new(black_box(b), 0),
            Buffer::new(black_box(c), 0),
            black_box(3.0),
            &mut NoProbe,
        );
    }
}
