//! False sharing: time of an update, by distance between the counters of two threads (claims L4, M3).
//!
//! Kernel: [`count`], in two threads at once. Each writes the first and the last word of its slot in
//! turn; no word has two writers. The cures are the axis (padding), and the variants: alignment,
//! batching, private sums.

use std::sync::atomic::AtomicU64;

use super::{core_to_core::LATE, definition::*};
use crate::{
    kernels::counters::{Counting, Slot, count},
    machine::Machine,
    parameters::{Arguments, Parameter},
    sim::coherence::{Coherence, MESI},
    trace::{Access, Probe},
    units::Unit,
};

pub(super) struct FalseSharing;

/// Each update goes to memory.
pub const EVERY_UPDATE: Variant = Variant::new("every update");
/// So does each, of slots that start off their lines.
pub const NOT_ALIGNED: Variant = Variant::new("not aligned");
/// Updates go to memory a batch at a time.
pub const BATCHES: Variant = Variant::new("batches of 16");
/// Updates go to memory once, at the end.
pub const PRIVATE: Variant = Variant::new("private sums");

/// Updates of a batch.
const BATCH: u64 = 16;

/// Name, word of a line at which the first slot starts, and how counts are kept.
const VARIANTS: [(Variant, (bool, Counting)); 4] = [
    (EVERY_UPDATE, (true, Counting::Direct)),
    (NOT_ALIGNED, (false, Counting::Direct)),
    (BATCHES, (true, Counting::Batched(BATCH))),
    (PRIVATE, (true, Counting::Private)),
];
const NAMES: [Variant; 4] = names(&VARIANTS);

/// What a line's way from one core to the other costs.
pub const HANDOVER: Parameter = Parameter {
    name: "handover",
    meaning: "time until a line that another core wrote can be written here",
    unit: Unit::Nanoseconds,
    default: 60.0,
    min: 1.0,
    max: 10_000.0,
};

/// What an update costs a thread that is alone.
pub const UPDATE: Parameter = Parameter {
    name: "update",
    meaning: "time of an update of a line that no other core wants",
    unit: Unit::Nanoseconds,
    default: 1.0,
    min: 0.01,
    max: 100.0,
};

pub(super) static INFO: Info = Info {
    name: "false-sharing",
    title: "False sharing",
    about: "What does an update cost, as the counters of two threads lie further apart?",
    claims: &["L4", "M3"],
    group: Group::Cores,
    first_look: false,
    x: Dimension::new("bytes of a slot", Unit::Bytes),
    y: Dimension::new("time per update", Unit::Nanoseconds),
    variants: &NAMES,
    measured_variants: &NAMES,
    // Counters side by side.
    telling_x: Some(8.0),
    parameters: &[HANDOVER, UPDATE],
    simulation: Ok(&FalseSharing),
    landmarks: line_end,
};

/// Updates of each thread in a simulation: whole batches.
const UPDATES: u64 = 64 * BATCH;

/// Where the slots start within their memory, in words, and how counts are kept.
pub fn slots(variant: Variant) -> (usize, Counting) {
    let (aligned, counting) = variant.of(&VARIANTS);
    // Off by a word, the last word of a slot and the first of the next share a line.
    (usize::from(!aligned), counting)
}

impl Definition for FalseSharing {
    fn xs(&self, _: &Machine, _: &Arguments, _: Variant) -> Vec<f64> {
        [8, 16, 32, 64, 128, 256].map(f64::from).to_vec()
    }

    /// The worst case: threads take turns, and every write that reaches a line the other writes too
    /// waits until that line has come over.
    fn predict(&self, asked: Asked<'_>) -> Value {
        let (start, counting) = slots(asked.variant);
        let (words, line) = (asked.x as u64 / 8, asked.machine.line() / 8);
        let lines = |slot: u64| {
            let first = start as u64 + slot * words;
            [first / line, (first + words - 1) / line]
        };
        // Each word is written in every second update.
        let contended = |slot: u64, other: u64| {
            let theirs = lines(other);
            let met = lines(slot)
                .iter()
                .filter(|line| theirs.contains(line))
                .count();
            met as f64 / 2.0
        };
        let reaching = match counting {
            Counting::Direct => 1.0,
            Counting::Batched(batch) => 2.0 / batch as f64,
            Counting::Private => 0.0,
        };
        let shared = reaching * (contended(0, 1) + contended(1, 0)) / 2.0;
        value(asked.arguments, shared)
    }
}

impl Simulation for FalseSharing {
    fn simulate(&self, asked: Asked<'_>) -> Value {
        let (start, counting) = slots(asked.variant);
        let words = asked.x as usize / 8;
        let memory: Vec<AtomicU64> = (0..start + 2 * words).map(|_| AtomicU64::new(0)).collect();
        let mut turns = Turns::default();
        for number in 0..2 {
            let slot = Slot::of(&memory, 0, start, words, number);
            count(slot, UPDATES, counting, &mut turns);
        }
        let (accesses, handovers) = turns.take(asked.machine.line());
        Value {
            simulated_accesses: accesses,
            ..value(asked.arguments, handovers as f64 / (2 * UPDATES) as f64)
        }
    }

    fn accesses(&self, _: &Machine, _: &Arguments, _: f64) -> f64 {
        4.0 * UPDATES as f64
    }
}

impl Measured for FalseSharing {
    const PARTING: Parting = Parting::Either {
        above: LATE,
        below: "A core does several updates before the line leaves it: the form lets the cores \
                take turns at each.",
    };
}

fn value(arguments: &Arguments, handovers: f64) -> Value {
    Value::of(arguments.get(&UPDATE) + handovers * arguments.get(&HANDOVER))
}

/// Hears two cores one after the other, then lets them take turns, access by access: that is the
/// order in which a line goes to and fro most often.
#[derive(Default)]
struct Turns([Vec<Access>; 2]);

impl Turns {
    /// Accesses, and how many of the writes found their line with the other core.
    fn take(&self, line: u64) -> (u64, u64) {
        let mut caches = Coherence::new(MESI, 2, line).expect("two cores, and a checked machine");
        let [ours, theirs] = &self.0;
        for (ours, theirs) in ours.iter().zip(theirs) {
            caches.access(*ours);
            caches.access(*theirs);
        }
        let counts = caches.counts();
        (counts.stores, counts.hand_overs)
    }
}

impl Probe for Turns {
    fn access(&mut self, access: Access) {
        // A load and its store are one update: a load that finds the line elsewhere brings it, and it
        // does not leave before the store.
        if access.kind.writes() {
            self.0[usize::from(access.core.min(1))].push(access);
        }
    }
}
