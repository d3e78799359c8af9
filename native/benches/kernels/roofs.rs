//! What no kernel that does the same can exceed, measured in the same rounds.

use std::{cell::RefCell, hint::black_box, rc::Rc};

use anyhow::{Context, Result};
use lab_core::{
    kernels::{
        affine_sum::{STEP, maps_in_registers, operations},
        loader::{Cost, LoaderKernel, Way, gather_rows},
        sum::sequential_sum,
    },
    trace::{Buffer, BufferMut, NoProbe},
};
use lab_native::measure::{
    memory::{Arena, Pages},
    timer::Timer,
};

use super::{Contestant, Part, Place, Prepared, Timing};

/// Rounds of the maps in registers that measure the peak: some microseconds.
const MAPS: u64 = 4096;

/// Share of the bytes read below which what is written is no more than a result.
const RESULT: f64 = 0.01;

/// The roofs of a kernel of so many bytes, those it is judged by and others to look at.
pub fn roofs(
    kernel: LoaderKernel,
    place: Place,
    bytes: usize,
    timer: Timer,
) -> Result<Vec<Contestant<'static>>> {
    let cost = kernel.cost(bytes);
    // What is itself the fastest way to cause its traffic has no roof but itself.
    let is_roof = ["copy", "copy-streamed", "fill", "fill-streamed"].contains(&kernel.name());
    let mut all = Vec::new();
    if cost.resting() + cost.streamed < RESULT * cost.fetched() {
        all.push(reads(&cost, timer)?);
    } else {
        // Not by the C library, which for as much streams, and does not say so.
        all.extend(copies(kernel, "copy", bytes, Part::Roof, timer)?);
    }
    match place {
        Place::Second => all.push(arithmetic(&cost, timer)),
        Place::Memory => {
            all.extend(copies(kernel, "copy-streamed", bytes, Part::Shown, timer)?);
            all.push(within(kernel, bytes, timer)?);
            if let Some(row) = kernel.name().strip_prefix("gather-rows-") {
                let row = row.parse().context("a row's bytes")?;
                all.push(random_rows(&cost, row, timer)?);
                all.extend(prefetched(row, bytes, timer)?);
            }
        }
    }
    if is_roof {
        for one in &mut all {
            one.part = Part::Shown;
        }
    }
    Ok(all)
}

/// Copies of as many bytes as the kernel moves.
fn copies(
    kernel: LoaderKernel,
    name: &'static str,
    bytes: usize,
    part: Part,
    timer: Timer,
) -> Result<Option<Contestant<'static>>> {
    let cost = kernel.cost(bytes);
    let roof = LoaderKernel::from_name(name).context("the copies are kernels")?;
    if roof == kernel {
        return Ok(None);
    }
    let moved = roof.cost(bytes).moved();
    let mut copy = Prepared::new(roof, bytes)?;
    let mut timing = Timing::default();
    Ok(Some(Contestant {
        name: format!("roof: {name} of the bytes moved"),
        part,
        run: Box::new(move || {
            let time = timing.time(timer, || copy.run(Way::X8));
            Ok((moved / time * cost.counted() / cost.moved(), false))
        }),
    }))
}

/// One stream of reads of as many bytes.
fn reads(cost: &Cost, timer: Timer) -> Result<Contestant<'static>> {
    let counted = cost.counted();
    let words = (cost.moved() / 8.0).ceil() as usize;
    let mut arena = Arena::new(8 * words, Pages::Huge)?;
    arena.words().fill(1);
    let mut timing = Timing::default();
    Ok(Contestant {
        name: "roof: one stream of reads of the bytes moved".to_owned(),
        part: Part::Roof,
        run: Box::new(move || {
            let time = timing.time(timer, || {
                let data = Buffer::new(black_box(&*arena.words()), 0);
                black_box(sequential_sum(data, &mut NoProbe));
            });
            Ok((counted / time, false))
        }),
    })
}

/// The kernel's arithmetic as fast as multiply-adds in registers: it may be slower for other reasons.
fn arithmetic(cost: &Cost, timer: Timer) -> Contestant<'static> {
    let (counted, needed) = (cost.counted(), cost.operations);
    let done = MAPS as f64 * STEP as f64 * (operations(1) - operations(0));
    let mut timing = Timing::default();
    Contestant {
        name: "roof: its arithmetic at the peak".to_owned(),
        part: Part::Roof,
        run: Box::new(move || {
            let time = timing.time(timer, || {
                black_box(maps_in_registers(black_box(1.0), MAPS));
            });
            Ok((counted / (needed * time / done), false))
        }),
    }
}

/// The kernel's default way where memory plays no part: what it computes bounds it there.
fn within(kernel: LoaderKernel, bytes: usize, timer: Timer) -> Result<Contestant<'static>> {
    let small = bytes.min(128 << 10);
    let counted = kernel.cost(small).counted();
    let mut prepared = Prepared::new(kernel, small)?;
    let mut timing = Timing::default();
    Ok(Contestant {
        name: "roof: its own rate in the second cache".to_owned(),
        part: Part::Roof,
        run: Box::new(move || {
            let time = timing.time(timer, || prepared.run(kernel.ways()[0]));
            Ok((counted / time, false))
        }),
    })
}

/// The gather with other distances from the row that is copied to the one that is prefetched: 0 is none.
fn prefetched(row: usize, bytes: usize, timer: Timer) -> Result<Vec<Contestant<'static>>> {
    match row {
        64 => prefetched_rows::<64>(bytes, timer),
        256 => prefetched_rows::<256>(bytes, timer),
        1024 => prefetched_rows::<1024>(bytes, timer),
        4096 => prefetched_rows::<4096>(bytes, timer),
        _ => Ok(Vec::new()),
    }
}

fn prefetched_rows<const B: usize>(bytes: usize, timer: Timer) -> Result<Vec<Contestant<'static>>> {
    const DISTANCES: [usize; 4] = [0, 2, 8, 32];
    let rows = bytes / (2 * B + size_of::<u32>());
    let arrays = [
        Arena::new(B * rows, Pages::Huge)?,
        Arena::new(B * rows, Pages::Huge)?,
    ];
    let mut order: Vec<u32> = (0..rows as u32).collect();
    fastrand::Rng::with_seed(1).shuffle(&mut order);
    // They take turns on the same arrays.
    let shared = Rc::new((RefCell::new(arrays), order));
    let contestant = |ahead: usize| {
        let (shared, mut timing) = (shared.clone(), Timing::default());
        Contestant {
            name: format!("the row {ahead} ahead prefetched, past the caches"),
            part: Part::Shown,
            run: Box::new(move || {
                let (arrays, order) = &*shared;
                let [table, batch] = &mut *arrays.borrow_mut();
                let time = timing.time(timer, || {
                    let table = Buffer::new(bytemuck::cast_slice(black_box(&*table.words())), 0);
                    let batch = BufferMut::new(bytemuck::cast_slice_mut(batch.words()), 0);
                    let order = Buffer::new(order, 0);
                    gather_rows::<B, true, _>(table, order, batch, ahead, &mut NoProbe)
                        .expect("an order of the rows names no others");
                });
                Ok(((rows * (2 * B + size_of::<u32>())) as f64 / time, false))
            }),
        }
    };
    Ok(DISTANCES.map(contestant).into())
}

/// The rows of a gather read in random order, and nothing stored: what a sequential copy leaves out, and
/// the lower roof where rows are short.
fn random_rows(cost: &Cost, row: usize, timer: Timer) -> Result<Contestant<'static>> {
    let counted = cost.counted();
    let (rows, words) = (cost.elements as usize, row / 8);
    let mut arena = Arena::new(row * rows, Pages::Huge)?;
    arena.words().fill(1);
    let mut order: Vec<u32> = (0..rows as u32).collect();
    fastrand::Rng::with_seed(1).shuffle(&mut order);
    let mut timing = Timing::default();
    Ok(Contestant {
        name: "roof: rows read in random order, nothing stored".to_owned(),
        part: Part::Roof,
        run: Box::new(move || {
            let time = timing.time(timer, || {
                let data = black_box(&*arena.words());
                let sum = order.iter().fold(0, |sum: u64, &row| {
                    let row = &data[words * row as usize..][..words];
                    // A word of each line brings all of it.
                    let lines = row.iter().step_by(8);
                    lines.fold(sum, |sum, word| sum.wrapping_add(*word))
                });
                black_box(sum);
            });
            Ok((counted / time, false))
        }),
    })
}
