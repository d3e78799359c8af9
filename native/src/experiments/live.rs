//! What a run tells those who watch it, and the measuring of a study under their eyes.

use std::time::Instant;

use lab_core::{
    evidence::Reading,
    live::Event,
    report::{Count, Counted, Point, Series},
    study::Study,
};

use super::{Bench, Variant, Watcher};
use crate::measure::{Observer, counters::Counters};

/// Tells a watcher of a run's progress.
pub(super) struct Live<'w> {
    pub watcher: &'w mut dyn Watcher,
    started: Instant,
    /// Share of the run that is done, without the study under way, and that one's.
    done: f64,
    share: f64,
    /// The largest share done that was told.
    furthest: f64,
    counters: Counters,
    /// What was counted in the study under way.
    pub counted: Vec<Counted>,
    /// What the harness has to say of it, in sentences.
    pub notes: Vec<String>,
}

impl<'w> Live<'w> {
    pub fn new(watcher: &'w mut dyn Watcher, counters: Counters) -> Self {
        Self {
            watcher,
            started: Instant::now(),
            done: 0.0,
            share: 0.0,
            furthest: 0.0,
            counters,
            counted: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The next study begins, which is this share of the run.
    pub fn next(&mut self, share: f64) {
        self.done += self.share;
        self.share = share;
        self.counted.clear();
        self.notes.clear();
        if self.done > 0.0 {
            self.progress(0.0);
        }
    }

    /// This share of the study under way is done.
    fn progress(&mut self, of_study: f64) {
        // Repeating disturbed samples makes the whole longer: the bar then waits, it does not go back.
        let done = (self.done + self.share * of_study).clamp(self.furthest, 1.0);
        self.furthest = done;
        let elapsed = self.started.elapsed().as_secs_f64();
        self.watcher.event(&Event::Progress {
            done,
            seconds_left: elapsed / done.max(f64::MIN_POSITIVE) * (1.0 - done),
        });
    }

    pub fn doing(&mut self, what: String) {
        self.watcher.event(&Event::Doing { what });
    }

    pub fn tell(&mut self, study: Study, reading: Reading, variant: &str, mut point: Point) {
        // The samples come with the report: a live curve needs the median and its interval.
        point.samples.clear();
        self.watcher.event(&Event::Point {
            study,
            reading,
            variant: variant.to_owned(),
            point,
        });
    }

    /// Measures the variants of a study, all their cases interleaved. One of which no case could be
    /// sampled is not to be had; of others that ended early it is told why.
    pub fn measure(
        &mut self,
        study: Study,
        bench: &Bench,
        variants: Vec<Variant<'_>>,
    ) -> Vec<Series> {
        let mut cases = Vec::new();
        let mut owners = Vec::new();
        let mut series: Vec<Series> = Vec::new();
        for variant in variants {
            let (name, unavailable) = match variant {
                Variant::Cases(name, own) => {
                    owners.resize(owners.len() + own.len(), series.len());
                    cases.extend(own);
                    (name, None)
                }
                Variant::Unavailable(name, why) => (name, Some(why)),
            };
            series.push(Series {
                reading: Reading::Measured,
                variant: name.to_owned(),
                points: Vec::new(),
                unavailable,
            });
        }
        let names: Vec<String> = series.iter().map(|series| series.variant.clone()).collect();
        let xs: Vec<f64> = cases.iter().map(|case| case.x).collect();
        let mut failed: Vec<Option<String>> = vec![None; names.len()];
        let mut ear = Ear {
            live: self,
            failed: &mut failed,
            study,
            names: &names,
            owners: &owners,
            xs: &xs,
            ends_only: bench.quick,
        };
        let points = bench.harness.measure(&mut cases, &mut ear);
        for (owner, point) in owners.iter().zip(points) {
            series[*owner].points.extend(point);
        }
        for (series, why) in series.iter_mut().zip(failed) {
            match why {
                Some(why) if !series.points.is_empty() => self.notes.push(format!(
                    "\u{201c}{}\u{201d} ended early: {why}.",
                    series.variant
                )),
                Some(why) => series.unavailable = Some(why),
                None => {}
            }
        }
        series
    }
}

/// Passes on what the harness tells, in the words of a run.
struct Ear<'e, 'w> {
    live: &'e mut Live<'w>,
    study: Study,
    names: &'e [String],
    /// The variant of each case.
    owners: &'e [usize],
    /// Where along x each case stands.
    xs: &'e [f64],
    /// Why a variant has a case that could not be sampled, or not to the end.
    failed: &'e mut [Option<String>],
    /// Whether to count at the ends of curves only, which verdicts are about.
    ends_only: bool,
}

impl Observer for Ear<'_, '_> {
    fn point(&mut self, case: usize, point: &Point) {
        let name = &self.names[self.owners[case]];
        self.live
            .tell(self.study, Reading::Measured, name, point.clone());
    }

    fn progress(&mut self, done: usize, all: usize) {
        self.live.progress(done as f64 / all.max(1) as f64);
    }

    fn cancelled(&self) -> bool {
        self.live.watcher.cancelled()
    }

    fn failed(&mut self, case: usize, why: &anyhow::Error) {
        self.failed[self.owners[case]].get_or_insert_with(|| format!("{why:#}"));
    }

    fn cut_short(&mut self, fewest: usize, wanted: usize) {
        self.live.notes.push(format!(
            "There was time for {fewest} samples of a point; the lab takes {wanted} where there is more."
        ));
    }

    fn counters(&mut self, case: usize) -> Option<&mut Counters> {
        let ends = self.owners.get(case + 1) != Some(&self.owners[case]);
        (ends || !self.ends_only).then_some(&mut self.live.counters)
    }

    fn counted(&mut self, case: usize, nanoseconds: f64, counts: Vec<Count>) {
        self.live.counted.push(Counted {
            variant: self.names[self.owners[case]].clone(),
            x: self.xs[case],
            nanoseconds,
            counts,
        });
    }
}
