//! Accesses of several cores to one line, and what a coherence protocol does with each.

use lab_core::sim::{
    coherence::{Coherence, CoherenceCounts, MESI, Script, Touch},
    replay::{Direction, Fed, Model, Replay},
};
use serde::{Deserialize, Serialize};

use crate::{Job, Run, Step};

/// Bytes of the line.
const LINE: u64 = 64;

/// Accesses between two looks at the clock.
const PIECE: u64 = 1 << 12;

/// What is to be simulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coherent {
    /// The accesses, as [`Script`] reads them.
    pub script: String,
    /// How many cores there are.
    pub cores: u16,
    /// How many times over.
    pub rounds: u32,
}

/// Something that can be sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A transaction on the bus.
    Transaction,
    /// A copy that a core lost.
    Invalidation,
    /// A line that memory took.
    WriteBack,
}

/// What is to be shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Look {
    /// An access, and the bus before it.
    Step {
        /// Its number, from 0.
        at: u64,
        /// Accesses of the log, this one included.
        log: u64,
    },
    /// The next or the last access where something happened.
    Seek {
        /// Where to start; this one does not count.
        from: u64,
        /// What.
        what: What,
        /// Which way.
        direction: Direction,
    },
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Seen {
    /// An access.
    Step(Moment),
    /// Where something was found, if it was.
    Sought(Option<u64>),
}

/// A moment of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// The accesses up to this one, the last in the log: number from 0, and what it did.
    pub log: Vec<(u64, Touch)>,
    /// What was counted up to here.
    pub counts: CoherenceCounts,
}

impl Job for Coherent {
    const NAME: &'static str = "coherence";

    type Part = CoherenceCounts;
    type Result = CoherenceCounts;
    type Look = Look;
    type Seen = Seen;
    type Run = CoherentRun;

    fn add(&self, result: &mut Option<CoherenceCounts>, part: CoherenceCounts) {
        *result = Some(part);
    }
}

/// A run and how far it came.
#[derive(Debug)]
pub struct CoherentRun {
    replay: Result<Replay<Fed<Coherence, Script>>, String>,
    accesses: u64,
}

impl Run<Coherent> for CoherentRun {
    const KEPT: bool = true;

    fn new(job: Coherent) -> Self {
        let Coherent {
            script,
            cores,
            rounds,
        } = job;
        let caches = Coherence::new(MESI, cores, LINE);
        let script = Script::parse(&script, cores, rounds);
        let accesses = script.as_ref().map_or(0, Script::left);
        let fed = caches.and_then(|caches| Ok(Fed::new(caches, script?)));
        Self {
            replay: fed.map(|fed| Replay::new(fed, u64::MAX)),
            accesses,
        }
    }

    fn work(&mut self, until: f64, clock: &mut dyn FnMut() -> f64) -> Step<CoherenceCounts> {
        let replay = match &mut self.replay {
            Ok(replay) => replay,
            Err(why) => return Step::refused(why.clone()),
        };
        while replay.advance(PIECE) > 0 && clock() < until {}
        let (events, counts) = (replay.events(), replay.front().simulator.counts());
        if replay.finished() {
            return Step::new(Some(counts), 1.0, events);
        }
        let share = (events as f64 / self.accesses.max(1) as f64).min(0.999);
        Step::new(None, share, events)
    }

    fn look(&mut self, look: &Look) -> Option<Seen> {
        let replay = self.replay.as_mut().ok()?;
        Some(match *look {
            Look::Step { at, log } => {
                let at = at.min(replay.events().checked_sub(1)?);
                let first = (at + 1).saturating_sub(log.max(1));
                let model = replay.at(first);
                let log = (first..=at).filter_map(|number| {
                    model.advance(1);
                    Some((number, *model.simulator.last().first()?))
                });
                Seen::Step(Moment {
                    log: log.collect(),
                    counts: model.simulator.counts(),
                })
            }
            Look::Seek {
                from,
                what,
                direction,
            } => Seen::Sought(replay.find(from, direction, |model| {
                model.simulator.last().iter().any(|touch| match what {
                    What::Transaction => touch.bus.is_some(),
                    What::Invalidation => touch.invalidated() > 0,
                    What::WriteBack => touch.written_back.is_some(),
                })
            })),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, rounds: u32) -> (CoherentRun, Step<CoherenceCounts>) {
        let mut run = CoherentRun::new(Coherent {
            script: script.to_owned(),
            cores: 2,
            rounds,
        });
        let mut step = run.work(0.0, &mut || 1.0);
        while step.progress < 1.0 {
            step = run.work(0.0, &mut || 1.0);
        }
        (run, step)
    }

    #[test]
    fn a_long_run_is_counted_and_looked_at() {
        let (mut run, step) = run("r0 w0 r1 w1", 5000);
        let counts = step.part.unwrap();
        assert_eq!(
            (step.accesses, counts.loads, counts.stores),
            (20_000, 10_000, 10_000)
        );
        let Some(Seen::Step(moment)) = run.look(&Look::Step { at: 10_002, log: 3 }) else {
            panic!("there is such an access");
        };
        let states = moment.log.iter().map(|(at, it)| (*at, it.after.letters(2)));
        let states: Vec<_> = states.collect();
        assert_eq!(
            states,
            [
                (10_000, "SS".to_owned()),
                (10_001, "MI".to_owned()),
                (10_002, "SS".to_owned())
            ]
        );
        assert_eq!(moment.counts.loads + moment.counts.stores, 10_003);
        let seek = Look::Seek {
            from: 10_002,
            what: What::Invalidation,
            direction: Direction::Back,
        };
        assert_eq!(run.look(&seek), Some(Seen::Sought(Some(10_001))));
    }

    #[test]
    fn what_cannot_be_read_is_refused_and_shows_nothing() {
        let (mut run, step) = run("r0 r7", 1);
        assert!(step.stopped.unwrap().contains("no core 7"));
        assert_eq!(run.look(&Look::Step { at: 0, log: 1 }), None);
    }
}
