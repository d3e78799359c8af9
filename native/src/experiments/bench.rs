//! What experiments measure with: topology, harness, and how far time and memory let them go.

use std::{path::PathBuf, sync::Arc};

use lab_core::{
    evidence::Reading, machine::Machine, parameters::Arguments, study::Study, units::format_bytes,
};

use crate::measure::{Harness, memory::Pages};

/// What an experiment measures with.
#[derive(Clone)]
pub(super) struct Bench {
    pub topology: Arc<hwlocality::Topology>,
    pub harness: Harness,
    pub quick: bool,
    /// The largest working set that memory and time allow, bytes.
    pub largest: u64,
    /// The pages of everything but the ladder's other variant.
    pub pages: Pages,
    /// Time of an access that hits the first level, as calibrated.
    pub issue_ns: f64,
    /// The file to read, where the user named one.
    pub data: Option<PathBuf>,
}

impl Bench {
    /// The same for several threads at once: waking them takes tens of microseconds, of which a sample
    /// is to show nothing.
    pub fn for_teams(&self) -> Self {
        const SHORTEST_NS: f64 = 1e7;
        let mut bench = self.clone();
        bench.harness.shortest_ns = SHORTEST_NS;
        bench
    }

    /// Where along x to read a variant, as far as time allows: a quick run leaves out what would take
    /// seconds to simulate, and every second point of the curves of algorithms.
    pub fn xs(
        &self,
        study: Study,
        machine: &Machine,
        arguments: &Arguments,
        variant: &str,
    ) -> Vec<f64> {
        let mut xs = self.affordable(study, machine, arguments, variant);
        if self.quick && !Study::OF_MACHINES.contains(&study) && xs.len() > QUICK_POINTS {
            let mut later = xs.len();
            // The last one, which notes and verdicts are about, is among them.
            xs.retain(|_| {
                later -= 1;
                later.is_multiple_of(2)
            });
        }
        xs
    }

    fn affordable(
        &self,
        study: Study,
        machine: &Machine,
        arguments: &Arguments,
        variant: &str,
    ) -> Vec<f64> {
        let mut xs = study.xs(machine, arguments, variant);
        let variants = study.variants(Reading::Simulated).len() as f64;
        let cheap = |&x: &f64| study.accesses(machine, arguments, x) * variants < QUICK_ACCESSES;
        xs.retain(|x| !self.quick || cheap(x));
        xs
    }

    /// A sentence when a quick run leaves something out.
    pub fn left_out(
        &self,
        study: Study,
        machine: &Machine,
        arguments: &Arguments,
    ) -> Option<String> {
        let variant = study.info().variants[0];
        let all = study.xs(machine, arguments, variant);
        let taken = self.affordable(study, machine, arguments, variant);
        let (label, unit) = study.info().x;
        let first = all.get(taken.len()).filter(|_| taken.len() < all.len())?;
        Some(format!(
            "A quick run leaves out {label} {} and more, which would take seconds.",
            unit.format(*first)
        ))
    }
}

/// Points of a curve from which on a quick run takes every second only.
const QUICK_POINTS: usize = 6;

/// Accesses that a quick run simulates for one x of a study, all variants together.
const QUICK_ACCESSES: f64 = 1e8;

/// The largest working set of a quick run.
const QUICK_LARGEST: u64 = 128 << 20;

/// Four times the last-level cache, as far as memory and time allow.
///
/// The ladder keeps all its working sets at once, each twice: with four points an octave they add up
/// to some thirteen times the largest. All of it may take a quarter of what is available.
pub(super) fn largest_working_set(
    machine: &Machine,
    quick: bool,
    available: Option<u64>,
    notes: &mut Vec<String>,
) -> u64 {
    let wanted = 4 * machine.last_level_bytes();
    let fits = available.map_or(u64::MAX, |bytes| bytes / 4 / 13);
    let allowed = if quick { fits.min(QUICK_LARGEST) } else { fits };
    if allowed < wanted {
        notes.push(format!(
            "Working sets end at {} instead of {}, four times the last-level cache: {}.",
            format_bytes(allowed as f64),
            format_bytes(wanted as f64),
            if allowed < fits {
                "a quick run goes no further"
            } else {
                "there is no more memory to spare"
            }
        ));
    }
    wanted.min(allowed).max(machine.caches[0].size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn working_sets_end_where_memory_or_time_do() {
        let laptop = Machine::preset("laptop").unwrap();
        let largest = |quick, available| {
            let mut notes = Vec::new();
            (
                largest_working_set(&laptop, quick, available, &mut notes),
                notes.len(),
            )
        };
        assert_eq!(largest(false, None), (32 << 20, 0));
        assert_eq!(largest(true, Some(64 << 30)), (32 << 20, 0));
        assert_eq!(largest(false, Some(520 << 20)), (10 << 20, 1));
        // Even with no memory to speak of, something is measured.
        assert_eq!(largest(false, Some(0)), (32 << 10, 1));
        let mut server = laptop.clone();
        server.caches[2].size = 256 << 20;
        let mut notes = Vec::new();
        assert_eq!(
            largest_working_set(&server, true, None, &mut notes),
            QUICK_LARGEST
        );
        assert!(notes[0].contains("quick"));
    }
}
