//! Bandwidth, measured: sequential sum and triad over growing working sets.

use std::{cell::RefCell, hint::black_box};

use anyhow::Result;
use lab_core::{
    evidence::Reading,
    kernels::{sum, triad},
    machine::Machine,
    parameters::Arguments,
    report::Series,
    study::Study,
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
        let [reading, triad] = [0, 1].map(|i| study.variants(Reading::Measured)[i]);
        let xs = study.xs(machine, arguments, reading);
        let bytes = xs.last().map_or(0, |&x| x as usize);
        // All cases work on the front of one arena, one at a time.
        let arena = RefCell::new(Arena::new(bytes, bench.pages)?);
        let cases = |make: fn(&RefCell<Arena>, f64) -> Case<'_>| {
            xs.iter().map(|&x| make(&arena, x)).collect::<Vec<_>>()
        };
        let variants = vec![
            Variant::Cases(reading, cases(read_case)),
            Variant::Cases(triad, cases(triad_case)),
        ];
        Ok(live.measure(study, bench, variants))
    }

    fn notes(&self, _: &Machine, modelled: &[Series], measured: &[Series]) -> Vec<String> {
        let mut notes = vec![
        "Triad counts 24 bytes an element, as STREAM does; with the line of the result read before \
         it is written, 32 move (claim H4)."
            .to_owned(),
    ];
        let [read, triad] = [0, 1].map(|i| Study::Bandwidth.variants(Reading::Measured)[i]);
        let largest = modelled
            .first()
            .and_then(|series| series.points.last())
            .map_or(0.0, |point| point.x);
        let far = |variant| at(measured, Reading::Measured, variant, largest);
        if let (Some((x, read)), Some((_, triad))) = (far(read), far(triad)) {
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
        notes
    }
}

fn read_case(arena: &RefCell<Arena>, x: f64) -> Case<'_> {
    Case {
        x,
        work: x,
        warm_up: 1,
        body: Box::new(move |repetitions| {
            let mut arena = arena.borrow_mut();
            read(&arena.words()[..x as usize / 8], repetitions);
        }),
        reading: per_nanosecond,
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

/// Three arrays of a third of `x` each, one behind the other.
fn triad_case(arena: &RefCell<Arena>, x: f64) -> Case<'_> {
    Case {
        x,
        work: x,
        warm_up: 1,
        body: Box::new(move |repetitions| {
            let mut arena = arena.borrow_mut();
            let data: &mut [f64] = bytemuck::cast_slice_mut(arena.words());
            let third = x as usize / 24;
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
        }),
        reading: per_nanosecond,
    }
}
