//! A program being recorded, slice by slice, and looked at.

use std::rc::Rc;

use lab_core::{
    machine::Machine,
    sim::{
        Event, Options,
        recording::{ArrayMap, Goal, ProgramRecording, Step as Access, Summary},
        replay::Direction,
    },
    trace::{
        self, Slices,
        program::{Problem, Program},
    },
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Job, Run, Step};

/// Accesses between two looks at the clock.
const PIECE: u64 = 1 << 14;

/// Milliseconds between two summaries of a run that takes long.
const OFTEN: f64 = 200.0;

/// A program to be recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its text in the loop language; sound.
    pub program: String,
    /// Values of its parameters; the others keep their default.
    pub values: Vec<(String, i64)>,
    /// On which machine; sound.
    pub machine: Machine,
    /// Accesses to record at most.
    pub limit: u64,
    /// Whether these are slices from all of the program, where it makes more; its beginning otherwise.
    pub sample: bool,
}

/// What is to be shown of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Look {
    /// An access, with where the arrays' lines lie after it.
    Step {
        /// Its number, from 0.
        at: u64,
        /// Cells an array is told in, at most.
        cells: u64,
        /// Accesses after it to be told, for predictions.
        ahead: u64,
        /// Accesses made by hand after it: the last of them is shown instead.
        hand: Vec<trace::Access>,
    },
    /// The next or the last access where something happened.
    Seek {
        /// Where to start; this one does not count.
        from: u64,
        /// What.
        goal: Goal,
        /// Which way.
        direction: Direction,
    },
}

/// What was seen of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Seen {
    /// An access.
    Step(#[serde(serialize_with = "write", deserialize_with = "read")] Rc<Moment>),
    /// Where something was found, if it was.
    Sought(Option<u64>),
}

/// An access of a recorded run and all that is shown with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// The access, its events, the caches after it.
    pub step: Access,
    /// The loop variables at the access, outermost first.
    pub position: Vec<(String, i64)>,
    /// Where the lines of the arrays lie after it.
    pub maps: Vec<ArrayMap>,
    /// The next accesses, and whether each hits the first cache it asks: to be predicted.
    pub ahead: Vec<(trace::Access, bool)>,
}

// Several parts of the page show a moment: they share it.
fn write<S: Serializer>(moment: &Rc<Moment>, to: S) -> Result<S::Ok, S::Error> {
    moment.as_ref().serialize(to)
}

fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Rc<Moment>, D::Error> {
    Moment::deserialize(from).map(Rc::new)
}

/// What it adds up to comes now and then, and at its end.
impl Job for Record {
    const NAME: &'static str = "record";
    const ENDLESS: &'static str = "The simulator stopped answering twice on this program and was \
                                   restarted; change the program to run it again.";

    type Part = Summary;
    type Result = Summary;
    type Look = Look;
    type Seen = Seen;
    type Run = RecordRun;

    fn add(&self, result: &mut Option<Summary>, part: Summary) {
        *result = Some(part);
    }
}

/// A recording and how far it came.
#[derive(Debug)]
pub struct RecordRun {
    recording: Result<ProgramRecording, String>,
    limit: u64,
    told: f64,
}

impl Run<Record> for RecordRun {
    const KEPT: bool = true;

    fn new(record: Record) -> Self {
        Self {
            recording: begin(&record),
            limit: record.limit.max(1),
            told: 0.0,
        }
    }

    fn work(&mut self, until: f64, clock: &mut dyn FnMut() -> f64) -> Step<Summary> {
        let recording = match &mut self.recording {
            Ok(recording) => recording,
            Err(why) => return Step::refused(why.clone()),
        };
        while !recording.finished() {
            recording.advance(PIECE);
            if clock() >= until {
                break;
            }
        }
        let accesses = recording.accesses();
        if recording.finished() {
            // A program may end before its end.
            let fault = recording.source(accesses).fault().map(Problem::to_string);
            let summary = Some(recording.summary());
            return Step {
                stopped: fault,
                ..Step::new(summary, 1.0, accesses)
            };
        }
        let now = clock();
        let summary = (now - self.told > OFTEN).then(|| {
            self.told = now;
            recording.summary()
        });
        let share = (accesses as f64 / self.limit as f64).min(0.999);
        Step::new(summary, share, accesses)
    }

    fn look(&mut self, look: &Look) -> Option<Seen> {
        let recording = self.recording.as_mut().ok()?;
        Some(match look {
            &Look::Seek {
                from,
                goal,
                direction,
            } => Seen::Sought(recording.seek(from, goal, direction)),
            Look::Step {
                at,
                cells,
                ahead,
                hand,
            } => {
                let (at, cells, ahead) = (*at, *cells, *ahead);
                let at = at.min(recording.accesses().saturating_sub(1));
                let position = recording.source(at).position();
                let (step, maps) = if hand.is_empty() {
                    (recording.step(at)?, recording.map(at + 1, cells))
                } else {
                    recording.by_hand(at, hand, cells)?
                };
                let ahead = (at + 1..=at.saturating_add(ahead)).map_while(|next| {
                    let step = recording.step(next)?;
                    let missed = step
                        .events
                        .iter()
                        .any(|event| matches!(event, Event::Miss { depth: 0, .. }));
                    Some((step.access, !missed))
                });
                let ahead = ahead.collect();
                Seen::Step(Rc::new(Moment {
                    step,
                    position,
                    maps,
                    ahead,
                }))
            }
        })
    }
}

fn begin(record: &Record) -> Result<ProgramRecording, String> {
    let words = |problems: Vec<Problem>| {
        let sentences: Vec<String> = problems.iter().map(Problem::to_string).collect();
        sentences.join(" ")
    };
    let program = Program::parse(&record.program).map_err(words)?;
    let instance = program.with(&record.values).map_err(words)?;
    let options = Options {
        classify: true,
        ..Options::default()
    };
    let start = instance.start();
    let expected = instance.accesses().most();
    let source = if record.sample {
        Slices::spread(start, expected, record.limit)
    } else {
        Slices::whole(start)
    };
    ProgramRecording::new(&record.machine, options, source, record.limit, expected)
        .map_err(|errors| lab_core::machine::describe_errors(&errors))
}
