//! What holds a run back, from what was seen of it (claims B1 to B4).
//!
//! Each rule names its evidence, and a rule without evidence decides nothing. They are asked in this
//! order, the surest first:
//!
//! 1. *I/O-bound* (B4): the thread had its processor for less than [`BUSY`] of the time, and gave it
//!    away itself more often than others took it.
//! 2. *conflict* (B3): the working set fits into a cache, and more than [`MANY`] of the accesses miss
//!    that cache.
//! 3. *bandwidth-bound* (B3): a level hands over at least [`NEAR`] of what it was measured to give.
//! 4. *latency-bound* (B3): an access takes at least [`NEAR`] of the mean latency of the levels that
//!    serve the accesses: hardly two of them overlap.
//! 5. *capacity* (B3): the working set does not fit into the first cache, and more than [`SOME`] of the
//!    accesses miss it, but they overlap and the levels could give more.
//! 6. *compute-bound* (B1): at least one instruction ends in a cycle, or no more than [`SOME`] of the
//!    accesses miss the first cache; and no level is past [`HALF`] of its peak.
//!
//! That the processor was *busy* decides nothing (B2, corrected): waiting for memory counts as busy.

use crate::evidence::Evidence;

/// Share of the time below which a thread does not have its processor.
pub const BUSY: f64 = 0.8;
/// Share of a peak, or of a latency, that counts as reaching it.
pub const NEAR: f64 = 0.8;
/// Share of a level's peak above which nothing is called compute-bound.
pub const HALF: f64 = 0.5;
/// Share of accesses that counts as many.
pub const MANY: f64 = 0.2;
/// Share of accesses below which misses do not matter.
pub const SOME: f64 = 0.02;
/// Instructions per cycle from which on a core is computing rather than waiting.
pub const COMPUTING_IPC: f64 = 1.0;

/// What holds a run back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bottleneck {
    /// The core's arithmetic.
    Compute,
    /// How many bytes a level hands over in a time.
    Bandwidth,
    /// How long one access takes, of which the next one waits for the last.
    Latency,
    /// The working set is larger than the cache.
    Capacity,
    /// Too many lines share a set, while others stand empty.
    Conflict,
    /// Devices.
    InputOutput,
    /// The evidence does not say.
    Undecided,
}

impl Bottleneck {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Bottleneck::Compute => "compute-bound",
            Bottleneck::Bandwidth => "bandwidth-bound",
            Bottleneck::Latency => "latency-bound",
            Bottleneck::Capacity => "memory-bound by capacity",
            Bottleneck::Conflict => "memory-bound by conflicts",
            Bottleneck::InputOutput => "I/O-bound",
            Bottleneck::Undecided => "undecided",
        }
    }
}

/// A number, and what kind of knowledge it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    /// The number.
    pub value: f64,
    /// What kind of knowledge it is.
    pub evidence: Evidence,
}

/// What was seen of a run; what was not is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Instructions per cycle.
    pub ipc: Option<Known>,
    /// What a level hands over, GB/s, what it was measured to give, and its name: of the level that is
    /// nearest to its peak.
    pub traffic: Option<(Known, Known, String)>,
    /// Time of an access, and what it would take if no two overlapped, ns.
    pub access: Option<(Known, Known)>,
    /// Share of the accesses that miss the first cache.
    pub missing: Option<Known>,
    /// Bytes of the working set.
    pub working_set: Option<f64>,
    /// Bytes of the first cache.
    pub first_cache: Option<Known>,
    /// The smallest cache into which the working set fits, by name, and the share of accesses that
    /// miss it.
    pub fitting: Option<(String, Known)>,
    /// Processor time over wall time, a share.
    pub utilisation: Option<Known>,
    /// How often the thread waited of its own, and how often it was switched away, a second.
    pub switches: Option<(Known, Known)>,
}

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Clue {
    /// What it says, with its numbers, as a sentence without its full stop.
    pub says: String,
    /// What kind of knowledge it is: that of its weakest number.
    pub evidence: Evidence,
}

/// What holds the run back, and every piece of evidence there was.
pub fn classify(observed: &Observed) -> (Bottleneck, Vec<Clue>) {
    let reached = |(part, whole): (Known, Known)| part.value / whole.value.max(f64::MIN_POSITIVE);
    let share_of_peak = observed
        .traffic
        .as_ref()
        .map(|(flow, peak, _)| reached((*flow, *peak)));
    let above = |known: Option<Known>, limit| known.is_some_and(|known| known.value > limit);
    let waits = observed
        .switches
        .is_some_and(|(own, others)| own.value > others.value && own.value > 0.0);
    let overflows = observed
        .working_set
        .zip(observed.first_cache)
        .is_some_and(|(set, cache)| set > cache.value);
    let busy = observed.utilisation.is_none_or(|use_| use_.value >= BUSY);
    let computes = observed.ipc.map(|ipc| ipc.value >= COMPUTING_IPC);
    let hits = observed.missing.map(|missing| missing.value <= SOME);
    let bottleneck = if !busy && waits {
        Bottleneck::InputOutput
    } else if above(observed.fitting.as_ref().map(|(_, missing)| *missing), MANY) {
        Bottleneck::Conflict
    } else if share_of_peak.is_some_and(|share| share >= NEAR) {
        Bottleneck::Bandwidth
    } else if observed
        .access
        .map(reached)
        .is_some_and(|share| share >= NEAR)
    {
        Bottleneck::Latency
    } else if overflows && above(observed.missing, SOME) && computes != Some(true) {
        Bottleneck::Capacity
    } else if computes.or(hits) == Some(true) && share_of_peak.is_none_or(|share| share <= HALF) {
        Bottleneck::Compute
    } else {
        Bottleneck::Undecided
    };
    (bottleneck, clues(observed))
}

fn clues(observed: &Observed) -> Vec<Clue> {
    use crate::units::{Unit, format_bytes, format_number};
    let percent = |share: f64| format!("{} %", format_number((1000.0 * share).round() / 10.0));
    let clue = |says: String, known: &[Known]| Clue {
        says,
        // Measured is the strongest and stands first.
        evidence: known
            .iter()
            .map(|known| known.evidence)
            .max()
            .unwrap_or(Evidence::Assumed),
    };
    let mut clues = Vec::new();
    if let Some(ipc) = observed.ipc {
        let text = format!("{} instructions end in a cycle", format_number(ipc.value));
        clues.push(clue(text, &[ipc]));
    }
    if let Some((flow, peak, level)) = &observed.traffic {
        let unit = Unit::GigabytesPerSecond;
        let text = format!(
            "{level} hands over {} of the {} it was measured to give, {}",
            unit.format(flow.value),
            unit.format(peak.value),
            percent(flow.value / peak.value.max(f64::MIN_POSITIVE))
        );
        clues.push(clue(text, &[*flow, *peak]));
    }
    if let Some((time, latency)) = observed.access {
        let unit = Unit::Nanoseconds;
        // Little: what is under way is the rate times the latency.
        let under_way = crate::model::counters::concurrency(
            1.0 / time.value.max(f64::MIN_POSITIVE),
            latency.value,
        );
        let text = format!(
            "an access takes {}, and {} if none overlaps another: {} are under way at a time",
            unit.format(time.value),
            unit.format(latency.value),
            format_number(under_way)
        );
        clues.push(clue(text, &[time, latency]));
    }
    if let Some(missing) = observed.missing {
        let text = format!(
            "{} of the accesses miss the first cache",
            percent(missing.value)
        );
        clues.push(clue(text, &[missing]));
    }
    if let Some((set, cache)) = observed.working_set.zip(observed.first_cache) {
        let text = format!(
            "the working set is {}, the first cache {}",
            format_bytes(set),
            format_bytes(cache.value)
        );
        clues.push(clue(text, &[cache]));
    }
    if let Some((name, missing)) = &observed.fitting {
        let text = format!(
            "the working set fits into {name}, which {} of the accesses miss",
            percent(missing.value)
        );
        clues.push(clue(text, &[*missing]));
    }
    if let Some(use_) = observed.utilisation {
        let verdict = if use_.value >= BUSY {
            "which decides nothing: waiting for memory counts as busy"
        } else {
            "the rest of the time it waited, or others ran"
        };
        let text = format!(
            "the processor was busy {} of the time, {verdict}",
            percent(use_.value)
        );
        clues.push(clue(text, &[use_]));
    }
    if let Some((own, others)) = observed.switches {
        let mut text = format!(
            "the thread waited {} times a second, and was switched away {} times",
            format_number(own.value.round()),
            format_number(others.value.round())
        );
        if let Some(use_) = observed.utilisation.filter(|_| own.value > 0.0) {
            // Little again (B4): requests under way = requests a second times the time of each.
            let wait = (1.0 - use_.value).max(0.0) / own.value;
            text += &format!(
                "; a wait takes at most {} ms, so that {} requests are under way at a time",
                format_number(1e3 * wait),
                format_number(crate::model::counters::concurrency(own.value, wait))
            );
        }
        clues.push(clue(text, &[own, others]));
    }
    clues
}

#[cfg(test)]
mod tests;
