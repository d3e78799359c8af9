//! From counts to time: average memory access time, and how long a run takes at least and at most.
//!
//! Counts are simulated; latencies and bandwidths are the machine's, with the evidence that stands
//! there. No term knows prefetch in flight, banks, or other programs.

use serde::{Deserialize, Serialize};

use super::counts::Counts;
use crate::{
    machine::Machine,
    model::hierarchy::{Traffic, transfer_ns},
};

/// Misses under way at once where a machine does not say: line fill buffers of x86 cores of the
/// 2010s (Intel's optimisation manual: 10).
pub const USUAL_FILL_BUFFERS: f64 = 10.0;

/// One term of the average memory access time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// The place: a cache, or `memory`.
    pub name: String,
    /// Share of the accesses that come this far.
    pub reach: f64,
    /// What coming this far adds to an access, nanoseconds: this place's latency less the one's
    /// before.
    pub extra_ns: f64,
    /// The product.
    pub adds_ns: f64,
}

/// How long the simulated accesses take on a machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Time {
    /// Average memory access time, nanoseconds: AMAT = hit time + miss ratio × extra penalty, nested
    /// level by level (Hennessy and Patterson). The sum of the terms.
    pub amat_ns: f64,
    /// Its terms, innermost first.
    pub terms: Vec<Term>,
    /// What address translation adds to an access on average, nanoseconds.
    pub translation_ns: f64,
    /// Time of the whole run if every access waits for the one before, nanoseconds.
    pub dependent_ns: f64,
    /// Misses of the first level that may be under way at once.
    pub parallelism: f64,
    /// Time if none waits: first-level hits one a cycle (or one a hit time, where no clock is
    /// known), everything beyond divided by the parallelism.
    pub overlapped_ns: f64,
    /// Time that moving the lines takes at each place's bandwidth, the places one after another.
    pub transfer_ns: f64,
    /// The run takes no less than this: the larger of the last two.
    pub least_ns: f64,
    /// Cycles of `least_ns` and `dependent_ns`, where the clock is known.
    pub cycles: Option<(f64, f64)>,
}

/// Times what was counted.
pub fn time(counts: &Counts, machine: &Machine) -> Time {
    let served = counts.served();
    let latencies = machine.latencies_ns();
    let mut terms = Vec::new();
    let (mut reach, mut before) = (served.iter().sum::<f64>(), 0.0);
    let names = machine.caches.iter().map(|cache| cache.name.as_str());
    for ((name, share), latency) in names.chain(["memory"]).zip(&served).zip(&latencies) {
        terms.push(Term {
            name: name.to_owned(),
            reach,
            extra_ns: latency - before,
            adds_ns: reach * (latency - before),
        });
        (reach, before) = (reach - share, *latency);
    }
    let accesses = counts.accesses as f64;
    let amat_ns: f64 = terms.iter().map(|term| term.adds_ns).sum();
    let walks: f64 = counts
        .tlbs
        .iter()
        .zip(&machine.tlbs)
        .map(|(counts, tlb)| counts.misses as f64 * tlb.miss_ns.value)
        .sum();
    let parallelism = machine
        .fill_buffers
        .as_ref()
        .map_or(USUAL_FILL_BUFFERS, |buffers| buffers.value);
    let clock = machine.clock_ghz.as_ref().map(|clock| clock.value);
    let hit_ns = clock.map_or(latencies[0], |ghz| 1.0 / ghz);
    let beyond = accesses * (amat_ns - terms[0].adds_ns) + walks;
    let dependent_ns = accesses * amat_ns + walks;
    let overlapped_ns = accesses * hit_ns + beyond / parallelism;
    let transfer_ns = transfer_ns(&traffic(counts, machine), &machine.bandwidths_gbs());
    let least_ns = overlapped_ns.max(transfer_ns);
    Time {
        amat_ns,
        terms,
        translation_ns: if accesses > 0.0 {
            walks / accesses
        } else {
            0.0
        },
        dependent_ns,
        parallelism,
        overlapped_ns,
        transfer_ns,
        least_ns,
        cycles: clock.map(|ghz| (least_ns * ghz, dependent_ns * ghz)),
    }
}

/// What the simulated accesses moved between the places of a machine.
pub fn traffic(counts: &Counts, machine: &Machine) -> Traffic {
    let outer = counts.levels.iter().zip(&machine.caches).skip(1);
    let fetched = outer
        .map(|(level, _)| (level.hits * machine.line()) as f64)
        .chain([counts.memory_read_bytes as f64])
        .collect();
    // Of the lines a level wrote back, those the next level did not pass on came to rest there.
    let mut written: Vec<f64> = counts
        .levels
        .iter()
        .zip(&machine.caches)
        .map(|(level, cache)| (level.writebacks * cache.line) as f64)
        .collect();
    if let Some(last) = written.last_mut() {
        *last = counts.memory_written_bytes as f64;
    }
    for index in 0..written.len().saturating_sub(1) {
        written[index] = (written[index] - written[index + 1]).max(0.0);
    }
    Traffic {
        // A store that goes on to memory takes its time there, not in the first level.
        asked: counts.bytes.saturating_sub(counts.memory.store_bytes) as f64,
        fetched,
        written_back: written,
    }
}
