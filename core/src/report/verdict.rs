//! Verdicts: what holds each measured curve back at its end (claims B1 to B4).

use serde::{Deserialize, Serialize};

use super::{Counted, Counter, Experiment, Point, Series};
use crate::{
    evidence::{Evidence, Reading},
    machine::{Figure, Machine},
    model::{
        bottleneck::{Bottleneck, Clue, Known, Observed, classify},
        counters::{bandwidth, ratio},
        hierarchy::mean_latency,
    },
    units::Unit,
};

/// What holds a variant back at one x, and why we think so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Which variant; empty where there is one only.
    #[serde(default)]
    pub variant: String,
    /// Where along x.
    pub x: f64,
    /// What holds it back.
    pub bottleneck: Bottleneck,
    /// Each piece of evidence.
    pub clues: Vec<Clue>,
}

impl Experiment {
    /// What holds each measured curve back at its largest x. Curves of which nothing is known that
    /// bears on it have none.
    pub fn judge(&self, machine: &Machine) -> Vec<Verdict> {
        let measured = self
            .series
            .iter()
            .filter(|series| series.reading == Reading::Measured);
        measured
            .filter_map(|series| {
                let point = series.points.last()?;
                let observed = self.observed(machine, series, point);
                let (bottleneck, clues) = classify(&observed);
                let bears = observed.ipc.or(observed.missing).is_some()
                    || observed.traffic.is_some()
                    || bottleneck != Bottleneck::Undecided;
                bears.then(|| Verdict {
                    variant: series.variant.clone(),
                    x: point.x,
                    bottleneck,
                    clues,
                })
            })
            .collect()
    }

    fn observed(&self, machine: &Machine, series: &Series, point: &Point) -> Observed {
        let mut counted = self.counted.iter();
        let counted = counted.find(|c| c.variant == series.variant && c.x == point.x);
        let mut observed = counted.map(seen_by_counters).unwrap_or_default();
        let measured = |value| Known {
            value,
            evidence: Evidence::Measured,
        };
        let served = self.modelled_at(&series.variant, point.x);
        let line = machine.line() as f64;
        observed.working_set = match self.x.label.as_str() {
            "working set" => Some(point.x),
            "lines" => Some(point.x * line),
            _ => None,
        };
        observed.first_cache = observed
            .working_set
            .and(machine.caches.first())
            .map(|cache| Known {
                value: cache.size as f64,
                evidence: cache.geometry,
            });
        let Some((evidence, modelled)) = served else {
            return observed;
        };
        let served = &modelled.served;
        let levels: Vec<(&str, &Figure)> = machine
            .caches
            .iter()
            .map(|cache| (cache.name.as_str(), &cache.bandwidth_gbs))
            .chain([("memory", &machine.memory.bandwidth_gbs)])
            .collect();
        if served.len() != levels.len() {
            return observed;
        }
        let beyond = |level: usize| served[level..].iter().sum::<f64>();
        let known = |value| Known { value, evidence };
        observed.missing = Some(known(beyond(1)));
        observed.fitting = observed.working_set.and_then(|set| {
            let level = machine.caches.iter().position(|c| c.size as f64 >= set)?;
            Some((machine.caches[level].name.clone(), known(beyond(level + 1))))
        });
        let flow = |level: usize| match self.y.unit {
            // The innermost level that serves next to nothing beyond it hands over all of it.
            Unit::GigabytesPerSecond => {
                let farthest = (0..served.len()).rfind(|&level| beyond(level) > 0.01);
                (farthest == Some(level)).then(|| measured(point.y))
            }
            _ if self.is_per_access() => Some(known(bandwidth(beyond(level), line, point.y))),
            _ => None,
        };
        observed.traffic = (1..levels.len())
            .filter_map(|level| {
                let (name, peak) = levels[level];
                // One core's peak says nothing of several, and an assumed one nothing at all.
                let peak = (peak.evidence == Evidence::Measured && self.x.label != "threads")
                    .then(|| measured(peak.value))?;
                Some((flow(level)?, peak, name.to_owned()))
            })
            .max_by(|a, b| {
                let share =
                    |(flow, peak, _): &(Known, Known, String)| ratio(flow.value, peak.value);
                share(a).total_cmp(&share(b))
            });
        if self.is_per_access() {
            let latency = mean_latency(served, &machine.latencies_ns());
            observed.access = Some((measured(point.y), known(latency)));
        }
        observed
    }
}

/// What the counters say; where they say nothing, nothing.
fn seen_by_counters(counted: &Counted) -> Observed {
    let count = |what| counted.count(what);
    let measured = |value| Known {
        value,
        evidence: Evidence::Measured,
    };
    let per_second = |count: f64| measured(1e9 * ratio(count, counted.nanoseconds));
    let of = |part, whole| {
        let (part, whole) = (count(part)?, count(whole)?);
        Some(measured(ratio(part, whole)))
    };
    Observed {
        ipc: of(Counter::Instructions, Counter::Cycles),
        utilisation: count(Counter::TaskClock)
            .map(|clock| measured(ratio(clock, counted.nanoseconds).min(1.0))),
        switches: count(Counter::VoluntarySwitches)
            .zip(count(Counter::InvoluntarySwitches))
            .map(|(own, others)| (per_second(own), per_second(others))),
        ..Observed::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{parameters::Arguments, report::Count, study::Study};

    /// A study on a preset machine whose levels count as measured; its "measured" curves are the
    /// predicted ones, so that the textbook's verdict is known.
    fn judged(study: Study, counts: &[(Counter, f64)]) -> Vec<Verdict> {
        let mut machine = Machine::preset("laptop").unwrap();
        for cache in &mut machine.caches {
            cache.bandwidth_gbs.evidence = Evidence::Measured;
        }
        machine.memory.bandwidth_gbs.evidence = Evidence::Measured;
        let mut series = study.predicted(&machine, &Arguments::default());
        let mut measured = series.clone();
        for series in &mut measured {
            series.reading = Reading::Measured;
        }
        let counted = measured.iter().map(|series| Counted {
            variant: series.variant.clone(),
            x: series.points.last().unwrap().x,
            nanoseconds: 10.0,
            counts: counts
                .iter()
                .map(|&(what, per_unit)| Count { what, per_unit })
                .collect(),
        });
        let counted = counted.collect();
        series.extend(measured);
        let mut experiment = study.experiment(Vec::new(), series);
        experiment.counted = counted;
        experiment.judge(&machine)
    }

    #[test]
    fn studies_made_to_show_a_bottleneck_show_it() {
        for (study, expected) in [
            (Study::LatencyLadder, Bottleneck::Latency),
            (Study::Bandwidth, Bottleneck::Bandwidth),
            (Study::SetConflicts, Bottleneck::Conflict),
        ] {
            let verdict = &judged(study, &[])[0];
            assert_eq!(
                verdict.bottleneck, expected,
                "{study:?}: {:?}",
                verdict.clues
            );
        }
    }

    #[test]
    fn a_thread_that_waits_is_seen_by_its_switches() {
        let waiting = [
            (Counter::TaskClock, 1.0),
            (Counter::VoluntarySwitches, 1e-3),
            (Counter::InvoluntarySwitches, 0.0),
        ];
        let verdicts = judged(Study::PageFaults, &waiting);
        assert!(!verdicts.is_empty());
        for verdict in verdicts {
            assert_eq!(verdict.bottleneck, Bottleneck::InputOutput);
        }
    }

    /// Nothing is known of a line's way from core to core: no verdict is better than a guess.
    #[test]
    fn where_nothing_bears_on_it_there_is_no_verdict() {
        assert_eq!(judged(Study::FalseSharing, &[]), []);
        // That the processor was busy does not bear on it.
        assert_eq!(
            judged(Study::FalseSharing, &[(Counter::TaskClock, 10.0)]),
            []
        );
    }
}
