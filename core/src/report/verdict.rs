//! Verdicts: what holds each measured curve back at its end (claims B1 to B4).

use serde::{Deserialize, Serialize};

use super::{Axis, Counted, Counter, Experiment, Point, Quantity, Ratio, Series};
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

impl Verdict {
    /// Which variant, and where along x: `triad, working set 128 MiB`.
    pub fn place(&self, x: &Axis) -> String {
        let at = x.place(self.x);
        match self.variant.as_str() {
            "" => at,
            variant => format!("{variant}, {at}"),
        }
    }

    /// The verdict with every piece of evidence, as a sentence without its full stop.
    pub fn sentence(&self, x: &Axis) -> String {
        let clues = self.clues.iter();
        let clues = clues.map(|clue| format!("{} ({})", clue.says, clue.evidence));
        format!(
            "{}: {}: {}",
            self.place(x),
            self.bottleneck.name(),
            clues.collect::<Vec<_>>().join("; ")
        )
    }
}

/// The verdicts of an experiment that name the same cause at the same x.
#[derive(Clone, Debug, PartialEq)]
pub struct Alike<'e> {
    /// What holds these variants back.
    pub bottleneck: Bottleneck,
    /// Where along x.
    pub x: f64,
    /// The variants, in their order; one empty name where there is one only.
    pub variants: Vec<&'e str>,
}

impl Alike<'_> {
    /// Names that a line still carries.
    const FEW: usize = 6;

    /// Which variants, out of so many that were judged: by name, or how many there are where they are
    /// many. A name may hold a comma. Empty where there is one only.
    pub fn which(&self, of: usize) -> String {
        match self.variants.len() {
            all if all == of && all > Self::FEW => format!("all {of} variants"),
            many if many > Self::FEW => format!("{many} of {of} variants"),
            _ => self.variants.join("; "),
        }
    }
}

impl Bottleneck {
    /// What that means for whoever wants it faster, as a clause.
    pub fn means(self) -> &'static str {
        match self {
            Bottleneck::Compute => {
                "the core\u{2019}s own work takes the time: less of it, or more in one instruction, \
                 helps; a faster memory does not"
            }
            Bottleneck::Bandwidth => {
                "a level hands over bytes as fast as it can: moving fewer bytes helps; asking for more \
                 at once does not"
            }
            Bottleneck::Latency => {
                "each access waits for the one before: loads that do not depend on each other, or data \
                 nearer to the core, help"
            }
            Bottleneck::Capacity => {
                "the data does not fit into the cache, though accesses overlap and bandwidth is left: \
                 using a line again while it is there helps"
            }
            Bottleneck::Conflict => {
                "lines crowd into few sets of a cache that has room: another stride, or padding, helps"
            }
            Bottleneck::InputOutput => {
                "the thread waits for a device: reading ahead, or more requests at once, helps"
            }
            Bottleneck::Undecided => "what was seen points to no single cause",
        }
    }
}

impl Experiment {
    /// Its verdicts, those that name the same cause at the same x together.
    pub fn held_back(&self) -> Vec<Alike<'_>> {
        let mut groups: Vec<Alike<'_>> = Vec::new();
        for verdict in &self.verdicts {
            let same =
                |it: &&mut Alike<'_>| it.bottleneck == verdict.bottleneck && it.x == verdict.x;
            match groups.iter_mut().find(same) {
                Some(group) => group.variants.push(&verdict.variant),
                None => groups.push(Alike {
                    bottleneck: verdict.bottleneck,
                    x: verdict.x,
                    variants: vec![&verdict.variant],
                }),
            }
        }
        groups
    }

    /// The ratio that is farthest from 1 of those whose interval does not hold 1; one of the others
    /// where there are no such.
    pub fn widest_ratio(&self) -> Option<&Ratio> {
        self.ratios.iter().max_by(|a, b| {
            let sure = b.is_inconclusive().cmp(&a.is_inconclusive());
            sure.then(a.distance().total_cmp(&b.distance()))
        })
    }

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
        observed.working_set = match self.x.quantity {
            Quantity::WorkingSet => Some(point.x),
            Quantity::Lines => Some(point.x * line),
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
                let one_core = self.x.quantity != Quantity::Threads;
                let peak = (peak.evidence == Evidence::Measured && one_core)
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

    fn held(variant: &str, x: f64, bottleneck: Bottleneck) -> Verdict {
        Verdict {
            variant: variant.to_owned(),
            x,
            bottleneck,
            clues: vec![Clue {
                says: "it was busy".into(),
                evidence: Evidence::Measured,
            }],
        }
    }

    #[test]
    fn verdicts_alike_stand_together_and_many_are_counted() {
        let mut experiment = Study::LatencyLadder.experiment(Vec::new(), Vec::new());
        experiment.verdicts = vec![
            held("a", 64.0, Bottleneck::Compute),
            held("b", 64.0, Bottleneck::Latency),
            held("c", 64.0, Bottleneck::Latency),
            held("d", 128.0, Bottleneck::Latency),
        ];
        let groups = experiment.held_back();
        let said: Vec<_> = groups.iter().map(|it| (it.which(4), it.x)).collect();
        assert_eq!(
            said,
            [
                ("a".into(), 64.0),
                ("b; c".into(), 64.0),
                ("d".into(), 128.0)
            ]
        );
        let names: Vec<String> = (0..9).map(|it| format!("v{it}")).collect();
        let verdict = |name: &String| held(name, 64.0, Bottleneck::Compute);
        experiment.verdicts = names.iter().map(verdict).collect();
        let group = &experiment.held_back()[0];
        assert_eq!(group.which(9), "all 9 variants");
        assert_eq!(group.which(10), "9 of 10 variants");
        assert_eq!(
            experiment.verdicts[0].sentence(&experiment.x),
            "v0, working set 64 B: compute-bound: it was busy (measured)"
        );
    }

    #[test]
    fn the_widest_ratio_is_a_sure_one_where_there_is_one() {
        let ratio = |median, half| Ratio {
            of: "a".into(),
            to: "b".into(),
            x: 64.0,
            median,
            spread: crate::report::Spread {
                low: median - half,
                high: median + half,
                confidence: 0.95,
            },
            pairs: 9,
            dirty: false,
        };
        let mut experiment = Study::LatencyLadder.experiment(Vec::new(), Vec::new());
        assert_eq!(experiment.widest_ratio(), None);
        experiment.ratios = vec![ratio(3.0, 2.5), ratio(1.5, 0.1), ratio(0.5, 0.1)];
        assert_eq!(experiment.widest_ratio().unwrap().median, 0.5);
        experiment.ratios.truncate(1);
        assert_eq!(experiment.widest_ratio().unwrap().median, 3.0);
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
