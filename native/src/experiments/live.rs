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
    studies: usize,
    /// Studies measured so far.
    pub studies_done: usize,
    /// The largest share done that was told.
    furthest: f64,
    counters: Counters,
    /// What was counted in the study under way.
    pub counted: Vec<Counted>,
}

impl<'w> Live<'w> {
    pub fn new(watcher: &'w mut dyn Watcher, studies: usize, counters: Counters) -> Self {
        Self {
            watcher,
            started: Instant::now(),
            studies,
            studies_done: 0,
            furthest: 0.0,
            counters,
            counted: Vec::new(),
        }
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

    /// Measures the variants of a study, all their cases interleaved.
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
        let mut ear = Ear {
            live: self,
            study,
            names: &names,
            owners: &owners,
            xs: &xs,
        };
        let points = bench.harness.measure(&mut cases, &mut ear);
        for (owner, point) in owners.iter().zip(points) {
            series[*owner].points.extend(point);
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
}

impl Observer for Ear<'_, '_> {
    fn point(&mut self, case: usize, point: &Point) {
        let name = &self.names[self.owners[case]];
        self.live
            .tell(self.study, Reading::Measured, name, point.clone());
    }

    fn progress(&mut self, done: usize, all: usize) {
        let live = &mut *self.live;
        let done = (live.studies_done as f64 + done as f64 / all as f64) / live.studies as f64;
        // Repeating disturbed samples makes the whole longer: the bar then waits, it does not go back.
        let done = done.max(live.furthest);
        live.furthest = done;
        let elapsed = live.started.elapsed().as_secs_f64();
        live.watcher.event(&Event::Progress {
            done,
            seconds_left: elapsed / done * (1.0 - done),
        });
    }

    fn cancelled(&self) -> bool {
        self.live.watcher.cancelled()
    }

    fn counters(&mut self) -> Option<&mut Counters> {
        Some(&mut self.live.counters)
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
