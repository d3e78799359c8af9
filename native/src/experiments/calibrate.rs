//! Calibration: latency and bandwidth of each level, in the middle of its range.
//!
//! Predictions and simulations need to know what a level costs, and nobody reports that. So each is
//! measured once, at a working set well inside the level: half of the first cache, the geometric
//! mean of the last capacity and this one, and the largest working set for memory. The curves
//! measured later are then a test of the *shape*: where the steps are, and what lies between.

use anyhow::Result;
use lab_core::{
    evidence::Evidence,
    kernels::{chase, stride},
    machine::{Figure, Machine},
    units::{format_bytes, format_number},
};
use std::hint::black_box;

use super::{Bench, bandwidth, latency_ladder::chase_case, stride_sweep};
use crate::measure::{
    Case, Deaf,
    memory::{Arena, Pages},
    nanoseconds, per_nanosecond,
};

/// Puts measured latencies, bandwidths and the core's clock into `machine`, and the time of an
/// access that hits the first level into `bench`.
pub fn calibrate(machine: &mut Machine, bench: &mut Bench) -> Result<()> {
    let sizes = sizes(machine, bench.largest);
    let line = machine.line() as usize;
    let mut chased = Vec::new();
    for (seed, &bytes) in sizes.iter().enumerate() {
        let mut arena = Arena::new(bytes as usize, bench.pages)?;
        // Another order than the ladder's own.
        chase::link_cycle(arena.words(), line, 1000 + seed as u64);
        chased.push(arena);
    }
    let mut read = Arena::new(sizes[sizes.len() - 1] as usize, bench.pages)?;
    let read: &[u64] = read.words();
    let mut cases: Vec<Case<'_>> = Vec::new();
    for (arena, &bytes) in chased.iter_mut().zip(&sizes) {
        cases.push(chase_case(machine, arena.words(), bytes as f64));
    }
    for &bytes in &sizes {
        let part = &read[..bytes as usize / 8];
        cases.push(read_case(part));
    }
    cases.push(issue_case(&read[..sizes[0] as usize / 8], line / 8));
    let points = bench.harness.measure(&mut cases, &mut Deaf);
    // A calibration cannot be cancelled: every case has its point.
    let mut points = points.into_iter().flatten();
    let pages = match bench.pages {
        Pages::Huge => "huge pages",
        Pages::Base => "base pages",
    };
    let mut figure = |what: &str, bytes: u64| {
        let point = points.next().unwrap_or_default();
        let spread = point.spread.map_or_else(String::new, |spread| {
            format!(
                " ({:.0} % interval {} to {})",
                100.0 * spread.confidence,
                format_number(spread.low),
                format_number(spread.high)
            )
        });
        let source = format!(
            "{what} in {}, {pages}: median of {} samples{spread}{}",
            format_bytes(bytes as f64),
            point.samples.len(),
            if point.dirty() {
                ", taken while others used the machine"
            } else {
                ""
            }
        );
        Figure::new(point.y, Evidence::Measured, &source)
    };
    let latencies: Vec<_> = sizes
        .iter()
        .map(|&b| figure("dependent loads", b))
        .collect();
    let bandwidths: Vec<_> = sizes
        .iter()
        .map(|&b| figure("sequential read", b))
        .collect();
    bench.issue_ns = figure("", 0).value;
    let mut pairs = latencies.into_iter().zip(bandwidths);
    for (cache, pair) in machine.caches.iter_mut().zip(&mut pairs) {
        (cache.latency_ns, cache.bandwidth_gbs) = pair;
    }
    if let Some(pair) = pairs.next() {
        (machine.memory.latency_ns, machine.memory.bandwidth_gbs) = pair;
    }
    machine.clock_ghz = clock_ghz(bench);
    Ok(())
}

/// A working set well inside each level, memory last, in whole lines.
fn sizes(machine: &Machine, largest: u64) -> Vec<u64> {
    let mut inner = machine.caches[0].size / 4;
    let mut sizes: Vec<u64> = machine
        .caches
        .iter()
        .map(|cache| {
            let middle = ((inner as f64 * cache.size as f64).sqrt() as u64).min(largest);
            inner = cache.size;
            (middle / cache.line).max(1) * cache.line
        })
        .collect();
    sizes.push(largest.next_multiple_of(machine.line()));
    sizes
}

fn read_case(data: &[u64]) -> Case<'_> {
    let bytes = size_of_val(data) as f64;
    Case::timed(bytes, bytes, per_nanosecond, move |repetitions| {
        bandwidth::read(data, repetitions);
    })
}

/// One access a line inside the first level: all of them hit.
fn issue_case(data: &[u64], stride: usize) -> Case<'_> {
    let work = stride::walk_length(data.len(), stride) as f64;
    Case::timed(1.0, work, nanoseconds, move |repetitions| {
        stride_sweep::walk(data, stride, repetitions);
    })
}

/// Cycles of a 64-bit multiplication whose operand is the result of the last: three on every x86
/// core since 2008 and on ARM's large cores (vendors' optimisation manuals).
#[cfg(target_arch = "x86_64")]
const MULTIPLICATION_CYCLES: f64 = 3.0;
/// No core runs faster: a higher result means that the chain was not one.
#[cfg(target_arch = "x86_64")]
const FASTEST_GHZ: f64 = 6.0;

/// The core's clock, from a chain of multiplications; `None` where that gives no sound figure.
#[cfg(target_arch = "x86_64")]
fn clock_ghz(bench: &Bench) -> Option<Figure> {
    const CHAIN: u64 = 1000;
    let mut value = black_box(3_u64);
    let gigahertz = |time| MULTIPLICATION_CYCLES / time;
    let mut cases = [Case::timed(1.0, CHAIN as f64, gigahertz, |repetitions| {
        // Squares: a chain of products with one factor would be folded into fewer of them.
        for _ in 0..repetitions * CHAIN {
            value = value.wrapping_mul(value);
        }
        black_box(value);
    })];
    let ghz = bench.harness.measure(&mut cases, &mut Deaf)[0].as_ref()?.y;
    (ghz > 0.1 && ghz <= FASTEST_GHZ).then(|| {
        let source = "a chain of dependent 64-bit multiplications, three cycles each";
        Figure::new(ghz, Evidence::Measured, source)
    })
}

#[cfg(not(target_arch = "x86_64"))]
fn clock_ghz(_: &Bench) -> Option<Figure> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_size_lies_inside_its_level() {
        let laptop = Machine::preset("laptop").unwrap();
        let sizes = sizes(&laptop, 32 << 20);
        assert_eq!(sizes, [16 << 10, 128 << 10, 2 << 20, 32 << 20]);
    }
}
