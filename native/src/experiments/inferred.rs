//! What the measured curves say of the machine, beside what it says of itself: capacities, ways, the
//! size of a line, the reach of the TLBs, memory and clock.

use std::fs;

use anyhow::Result;
use lab_core::{
    evidence::Reading,
    kernels::chase,
    machine::{Cache, Machine},
    model::knees::{Knee, crossing, knees},
    report::{Estimate, Experiment, Inference, Point, Series, Wording},
    study::{Study, Variant, set_conflicts, tlb_reach},
    units::{Unit, format_number},
};

use super::{Bench, latency_ladder::follow_case, set_conflicts::NOT_ONE_SET};
use crate::{
    measure::{Case, Deaf, memory::Arena},
    topology::Seen,
};

/// What follows a difference of caches.
const REPORTED: &str = "prediction and simulation go by what is reported";

/// Everything that can be told from these experiments and this machine.
///
/// # Errors
/// When there is no memory to measure the lines in.
pub(super) fn infer(
    machine: &Machine,
    seen: &Seen,
    experiments: &[Experiment],
    bench: &Bench,
) -> Result<Vec<Inference>> {
    let mut found = Vec::new();
    let of = |study: Study| {
        let name = study.info().name;
        experiments
            .iter()
            .find(|experiment| experiment.name == name)
    };
    if let Some(ladder) = of(Study::LatencyLadder) {
        found.extend(capacities(machine, ladder));
        found.push(line_size(machine, &lines(machine, bench)?));
    }
    if let Some(conflicts) = of(Study::SetConflicts) {
        found.extend(ways(machine, conflicts));
    }
    if let Some(reach) = of(Study::TlbReach) {
        found.extend(tlb_entries(machine, reach));
    }
    found.extend(memory(seen.facts.hwloc_memory, seen.system_memory));
    found.extend(clock(
        machine,
        fs::read_to_string("/proc/cpuinfo").ok().as_deref(),
    ));
    Ok(found)
}

/// A measured curve, as pairs; none where it could not be had.
pub(super) fn curve(series: &[Series], variant: Variant) -> Option<Vec<(f64, f64)>> {
    let series = Series::find(series, Reading::Measured, variant.name())?;
    let points: Vec<_> = series.points.iter().map(|p| (p.x, p.y)).collect();
    (!points.is_empty()).then_some(points)
}

/// A knee is that of a cache if it is no further than this from what is reported, as a ratio.
const SAME_LEVEL: f64 = 4.0;

/// The size of each cache: where the ladder steps up.
fn capacities(machine: &Machine, ladder: &Experiment) -> Vec<Inference> {
    let [base, huge] = [tlb_reach::BASE_PAGES, tlb_reach::HUGE_PAGES];
    let measured = |variant| curve(&ladder.series, variant).map(|points| (variant, points));
    let Some((variant, points)) = measured(huge).or_else(|| measured(base)) else {
        return Vec::new();
    };
    let found = knees(&points);
    let caches = machine.caches.iter();
    let inferences = caches.map(|cache| {
        let size = cache.size as f64;
        let knee = nearest(&found, size, machine);
        let wording = Wording {
            experiment: ladder.name.clone(),
            from: format!("a step of the ladder in {variant}"),
            if_they_differ: REPORTED.to_owned(),
            if_not_found: match points.last() {
                Some((last, _)) if *last < 2.0 * size => format!(
                    "the ladder ends at {}, which does not reach beyond it",
                    Unit::Bytes.format(*last)
                ),
                _ => "near that size the ladder has no step of its own, only a slope or none: the \
                      cache is shared, or neighbours of the machine use it"
                    .to_owned(),
            },
            ..Wording::default()
        };
        let what = format!("{} size", cache.name);
        let estimate = knee.map(estimate);
        Inference::new(&what, Unit::Bytes, Some(size), estimate, wording)
    });
    inferences.collect()
}

fn estimate(knee: &Knee) -> Estimate {
    Estimate {
        value: knee.value(),
        low: knee.low,
        high: knee.high,
    }
}

/// The knee of the cache of that size: the nearest one, if no other cache is nearer to it.
fn nearest<'k>(knees: &'k [Knee], size: f64, machine: &Machine) -> Option<&'k Knee> {
    let off = |knee: &Knee, size: f64| (knee.value() / size).ln().abs();
    let own = |knee: &&Knee| {
        let mut others = machine.caches.iter();
        off(knee, size) <= SAME_LEVEL.ln()
            && others.all(|cache| off(knee, size) <= off(knee, cache.size as f64))
    };
    let mut knees: Vec<&Knee> = knees.iter().filter(own).collect();
    knees.sort_by(|a, b| off(a, size).total_cmp(&off(b, size)));
    knees.first().copied()
}

/// The ways of the first two caches: how many lines of one set cost no more than fewer.
fn ways(machine: &Machine, conflicts: &Experiment) -> Vec<Inference> {
    let variants = [set_conflicts::FIRST, set_conflicts::SECOND];
    let caches = variants.into_iter().zip(&machine.caches);
    let inferences = caches.filter_map(|(variant, cache)| {
        let points = curve(&conflicts.series, variant)?;
        let last = points.last().map_or(0.0, |(x, _)| *x);
        // What its own lines cost, and a good deal more than noise.
        let estimate = crossing(&points, 1.3 * cache.latency_ns.value).map(|(below, above)| {
            let high = (above - 1.0).max(below);
            Estimate {
                value: below,
                low: below,
                high,
            }
        });
        let wording = Wording {
            experiment: conflicts.name.clone(),
            from: format!("the number of lines in {variant} from which on a load takes longer"),
            if_they_differ: REPORTED.to_owned(),
            if_not_found: format!(
                "up to {} lines so far apart that they should share a set cost no more than {} does. {}",
                format_number(last),
                cache.name,
                NOT_ONE_SET.trim_end_matches('.')
            ),
            ..Wording::default()
        };
        let reported = Some(cache.ways as f64);
        let what = format!("{} ways", cache.name);
        Some(Inference::new(&what, Unit::Count, reported, estimate, wording))
    });
    inferences.collect()
}

/// Blocks in which pairs of loads lie; pages are far larger, lines are not expected to be.
const BLOCK: usize = 1024;

/// Time of a load, by the distance of two loads in one block, blocks in random order: the second of
/// a pair costs little if it is in the line of the first.
fn lines(machine: &Machine, bench: &Bench) -> Result<Vec<Point>> {
    // Well inside the second cache, which is quiet: nobody shares it, and no page or line is fetched
    // from afar. Blocks begin in so few sets of the first that it holds none of them for a lap.
    let bytes = match machine.caches.get(1) {
        Some(second) => second.size / 4,
        None => 8 * machine.caches[0].size,
    };
    let bytes = (bytes as usize).max(BLOCK);
    let mut arenas = Vec::new();
    let distances = std::iter::successors(Some(8), |distance| Some(2 * distance));
    for distance in distances.take_while(|distance| *distance < BLOCK) {
        let mut arena = Arena::new(bytes, bench.pages)?;
        let blocks = chase::link_pairs(arena.words(), BLOCK, distance, 1);
        arenas.push((arena, distance, blocks));
    }
    let mut cases: Vec<Case<'_>> = arenas
        .iter_mut()
        .map(|(arena, distance, blocks)| {
            follow_case(arena.words(), *distance as f64, 2 * *blocks as u64)
        })
        .collect();
    let points = bench.harness.measure(&mut cases, &mut Deaf);
    Ok(points.into_iter().flatten().collect())
}

/// The size of a line: the least distance at which the second of two loads misses too.
fn line_size(machine: &Machine, points: &[Point]) -> Inference {
    let curve: Vec<_> = points.iter().map(|point| (point.x, point.y)).collect();
    // No line is shorter than 16 bytes: the first two distances show what a pair in one line costs.
    let inside = curve.iter().take(2).map(|(_, y)| *y).fold(0.0, f64::max);
    // Two misses of the first cache take longer than one and a hit: by a fifth, on a Zen 3.
    let estimate = crossing(&curve, 1.08 * inside).map(|(_, above)| Estimate::exact(above));
    let wording = Wording {
        from: "pairs of loads a power of two apart: the least distance at which the second misses \
               too"
        .to_owned(),
        if_they_differ: "a prefetcher that brings neighbouring lines makes them look longer"
            .to_owned(),
        if_not_found: "the time of a pair does not depend clearly on its distance".to_owned(),
        ..Wording::default()
    };
    let reported = Some(machine.line() as f64);
    Inference::new("line size", Unit::Bytes, reported, estimate, wording)
}

/// The steps of a chase through pages that are not those of the caches: where the time of a load
/// steps up by pages and not by lines.
pub(super) fn tlb_knees(machine: &Machine, points: &[(f64, f64)]) -> Vec<Knee> {
    // A node is a line: where the lines fill a cache, a step is the cache's.
    let of_cache = |knee: &Knee, cache: &Cache| {
        (0.7 * knee.low..=1.4 * knee.high).contains(&(cache.lines() as f64))
    };
    let mut found = knees(points);
    found.retain(|knee| !machine.caches.iter().any(|cache| of_cache(knee, cache)));
    found
}

/// The entries of each TLB.
fn tlb_entries(machine: &Machine, reach: &Experiment) -> Vec<Inference> {
    let Some(points) = curve(&reach.series, tlb_reach::BASE_PAGES) else {
        return Vec::new();
    };
    let found = tlb_knees(machine, &points);
    let inferences = found.iter().enumerate().map(|(place, knee)| {
        let tlb = machine.tlbs.get(place);
        let wording = Wording {
            experiment: reach.name.clone(),
            from:
                "a step of the time of a load by the number of 4 KiB pages, where no cache is full"
                    .to_owned(),
            if_they_differ: REPORTED.to_owned(),
            ..Wording::default()
        };
        let name = tlb.map_or_else(
            || format!("TLB level {}", place + 1),
            |tlb| tlb.name.clone(),
        );
        let reported = tlb.map(|tlb| tlb.entries as f64);
        let what = format!("{name} entries");
        Inference::new(&what, Unit::Count, reported, Some(estimate(knee)), wording)
    });
    inferences.collect()
}

/// Memory by two accounts.
fn memory(firmware: Option<u64>, system: Option<u64>) -> Option<Inference> {
    let wording = Wording {
        from: "what the system manages (MemTotal); reported is what hwloc counts".to_owned(),
        // The kernel keeps some for itself.
        tolerance: 0.05,
        if_they_differ:
            "memory was added or hidden after the firmware made its tables, and the lab \
                         goes by the system"
                .to_owned(),
        ..Wording::default()
    };
    let system = Estimate::exact(system? as f64);
    let reported = firmware.map(|bytes| bytes as f64);
    Some(Inference::new(
        "memory size",
        Unit::Bytes,
        reported,
        Some(system),
        wording,
    ))
}

/// The core's clock as timed, and as the kernel gives it.
fn clock(machine: &Machine, cpuinfo: Option<&str>) -> Option<Inference> {
    let timed = machine.clock_ghz.as_ref()?;
    let reported = cpuinfo.and_then(reported_megahertz).map(|mhz| mhz * 1e6);
    let wording = Wording {
        from: timed.source.clone(),
        tolerance: 0.05,
        if_they_differ: "the kernel of a virtual machine often gives the rate of the time stamp \
                         counter, and a core may run faster or slower than that; cycles go by what \
                         was timed"
            .to_owned(),
        ..Wording::default()
    };
    let timed = Estimate::exact(timed.value * 1e9);
    Some(Inference::new(
        "core clock",
        Unit::Hertz,
        reported,
        Some(timed),
        wording,
    ))
}

/// The first `cpu MHz` of `/proc/cpuinfo`.
fn reported_megahertz(cpuinfo: &str) -> Option<f64> {
    let line = cpuinfo.lines().find(|line| line.starts_with("cpu MHz"))?;
    line.split_once(':')?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests;
