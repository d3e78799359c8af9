//! What was counted beside the timing, and what follows from it (claim C1).

use serde::{Deserialize, Serialize};

use super::{Experiment, Point, Quantity};
use crate::{
    evidence::{Evidence, Reading},
    model::counters,
    units::Unit,
};

/// Something that the processor or the kernel counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counter {
    /// Cycles of the core.
    Cycles,
    /// Instructions retired.
    Instructions,
    /// Branches retired.
    Branches,
    /// Branches that were foreseen wrongly.
    BranchMisses,
    /// Loads that asked the first level.
    L1Loads,
    /// Loads that the first level did not have.
    L1Misses,
    /// Demand loads that the second level did not have.
    L2Misses,
    /// Loads that the last level did not have.
    LastLevelMisses,
    /// Demand loads that memory answered, as the processor's vendor counts them (off the core).
    MemoryFills,
    /// Loads whose page the data TLB did not have.
    TlbMisses,
    /// Processor time, ns, as the kernel keeps it.
    TaskClock,
    /// Page faults, minor and major.
    PageFaults,
    /// Context switches of a thread that waits.
    VoluntarySwitches,
    /// Context switches of a thread whose processor goes to another.
    InvoluntarySwitches,
}

impl Counter {
    /// Its name in words.
    pub fn name(self) -> &'static str {
        match self {
            Counter::Cycles => "cycles",
            Counter::Instructions => "instructions",
            Counter::Branches => "branches",
            Counter::BranchMisses => "branch misses",
            Counter::L1Loads => "L1 data loads",
            Counter::L1Misses => "L1 data misses",
            Counter::L2Misses => "L2 data misses",
            Counter::LastLevelMisses => "last-level misses",
            Counter::MemoryFills => "fills from memory",
            Counter::TlbMisses => "data TLB misses",
            Counter::TaskClock => "task clock",
            Counter::PageFaults => "page faults",
            Counter::VoluntarySwitches => "voluntary switches",
            Counter::InvoluntarySwitches => "involuntary switches",
        }
    }
}

/// What was counted at one point, in a pass of its own beside the timed samples.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counted {
    /// Which variant; empty where there is one only.
    #[serde(default)]
    pub variant: String,
    /// Where along x.
    pub x: f64,
    /// Wall time of a unit of work in that pass, ns.
    pub nanoseconds: f64,
    /// What could be counted; what is absent could not, and the environment says why.
    pub counts: Vec<Count>,
}

/// One count.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Count {
    /// What was counted.
    pub what: Counter,
    /// How many for each unit of work.
    pub per_unit: f64,
}

impl Counted {
    /// A count for each unit of work; none where it could not be taken.
    pub fn count(&self, what: Counter) -> Option<f64> {
        let count = self.counts.iter().find(|count| count.what == what)?;
        Some(count.per_unit)
    }
}

/// A figure derived from counts, or what stands for it where they are not to be had.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// What it is.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
    /// In what unit.
    pub unit: Unit,
    /// Measured where it was counted; otherwise of what it is.
    pub evidence: Evidence,
}

impl Experiment {
    /// What follows from the counts at one point; `line` in bytes. Miss ratio and traffic come from
    /// the simulator, or else the closed form, where the machine shows no counters: they say so.
    pub fn metrics(&self, counted: &Counted, line: f64) -> Vec<Metric> {
        let count = |what| counted.count(what);
        let counts = |a, b| count(a).zip(count(b));
        let metric = |name, unit, evidence, value: f64| Metric {
            name,
            value,
            unit,
            evidence,
        };
        let measured = |name, unit, value: Option<f64>| {
            value.map(|value| metric(name, unit, Evidence::Measured, value))
        };
        let stand_in = self.modelled_at(&counted.variant, counted.x);
        let miss_ratio = measured(
            "L1 miss ratio",
            Unit::Ratio,
            counts(Counter::L1Misses, Counter::L1Loads)
                .map(|(misses, loads)| counters::ratio(misses, loads)),
        )
        .or_else(|| {
            let (evidence, point) = stand_in?;
            let hits = point.served.first()?;
            Some(metric("L1 miss ratio", Unit::Ratio, evidence, 1.0 - hits))
        });
        let bandwidth = measured(
            "memory traffic",
            Unit::GigabytesPerSecond,
            count(Counter::LastLevelMisses)
                .or(count(Counter::MemoryFills))
                .map(|misses| counters::bandwidth(misses, line, counted.nanoseconds)),
        )
        .or_else(|| {
            // Only where a unit of work is an access do shares of accesses say how many miss.
            let (evidence, point) = stand_in.filter(|_| self.is_per_access())?;
            let misses = point.served.last()?;
            let value = counters::bandwidth(*misses, line, counted.nanoseconds);
            let unit = Unit::GigabytesPerSecond;
            Some(metric("memory traffic", unit, evidence, value))
        });
        [
            measured(
                "instructions per cycle",
                Unit::Ratio,
                counts(Counter::Instructions, Counter::Cycles)
                    .map(|(instructions, cycles)| counters::ratio(instructions, cycles)),
            ),
            measured(
                "branch miss rate",
                Unit::Ratio,
                counts(Counter::BranchMisses, Counter::Branches)
                    .map(|(misses, branches)| counters::ratio(misses, branches)),
            ),
            miss_ratio,
            bandwidth,
            measured(
                "CPU utilisation",
                Unit::Percent,
                count(Counter::TaskClock)
                    .map(|clock| 100.0 * counters::ratio(clock, counted.nanoseconds)),
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Whether y is the time of one access.
    pub(super) fn is_per_access(&self) -> bool {
        self.y.quantity == Quantity::TimePerAccess
    }

    /// The simulated point of a variant at `x`, or else the predicted one, that says which level
    /// served the accesses. Variants of the measurement only have those of the first.
    pub(super) fn modelled_at(&self, variant: &str, x: f64) -> Option<(Evidence, &Point)> {
        [Reading::Simulated, Reading::Predicted]
            .into_iter()
            .find_map(|reading| {
                let of_reading = || self.series.iter().filter(|s| s.reading == reading);
                let series = of_reading()
                    .find(|series| series.variant == variant)
                    .or_else(|| of_reading().next())?;
                let point = series.points.iter().find(|point| point.x == x)?;
                (!point.served.is_empty()).then(|| (reading.evidence(), point))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{report::Series, study::Study};

    const X: f64 = 4096.0;

    fn experiment(served: &[f64]) -> Experiment {
        let simulated = Series {
            reading: Reading::Simulated,
            variant: String::new(),
            points: vec![Point {
                x: X,
                y: 5.0,
                served: served.to_vec(),
                ..Point::default()
            }],
            unavailable: None,
        };
        Study::StrideSweep.experiment(Vec::new(), vec![simulated])
    }

    fn counted(counts: &[(Counter, f64)]) -> Counted {
        Counted {
            variant: String::new(),
            x: X,
            nanoseconds: 4.0,
            counts: counts
                .iter()
                .map(|&(what, per_unit)| Count { what, per_unit })
                .collect(),
        }
    }

    fn check(metrics: &[Metric], name: &str, value: f64, evidence: Evidence) {
        let metric = metrics.iter().find(|metric| metric.name == name).unwrap();
        assert!((metric.value - value).abs() < 1e-12, "{metric:?}");
        assert_eq!(metric.evidence, evidence);
    }

    #[test]
    fn what_was_counted_is_measured() {
        let counts = [
            (Counter::Cycles, 12.0),
            (Counter::Instructions, 6.0),
            (Counter::Branches, 2.0),
            (Counter::BranchMisses, 0.5),
            (Counter::L1Loads, 4.0),
            (Counter::L1Misses, 1.0),
            (Counter::LastLevelMisses, 0.5),
            (Counter::TaskClock, 2.0),
        ];
        let metrics = experiment(&[0.0, 1.0]).metrics(&counted(&counts), 64.0);
        let measured = Evidence::Measured;
        check(&metrics, "instructions per cycle", 0.5, measured);
        check(&metrics, "branch miss rate", 0.25, measured);
        check(&metrics, "L1 miss ratio", 0.25, measured);
        // 0.5 lines of 64 bytes in 4 ns.
        check(&metrics, "memory traffic", 8.0, measured);
        check(&metrics, "CPU utilisation", 50.0, measured);
    }

    #[test]
    fn the_simulator_stands_in_and_says_so() {
        let metrics = experiment(&[0.75, 0.125, 0.125]).metrics(&counted(&[]), 64.0);
        check(&metrics, "L1 miss ratio", 0.25, Evidence::Simulated);
        check(&metrics, "memory traffic", 2.0, Evidence::Simulated);
        assert_eq!(metrics.len(), 2);
    }

    #[test]
    fn nothing_stands_in_for_what_nobody_counted() {
        assert_eq!(experiment(&[]).metrics(&counted(&[]), 64.0), []);
    }
}
