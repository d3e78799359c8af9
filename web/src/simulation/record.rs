//! A program being recorded, slice by slice, and looked at.

use lab_core::{
    sim::{
        Event, Options,
        recording::{ProgramRecording, Summary},
    },
    trace::{
        Slices,
        program::{Problem, Program},
    },
};

use super::protocol::{Found, Look, Moment, Record, Seen};

/// Accesses between two looks at the clock.
const PIECE: u64 = 1 << 14;

/// Milliseconds between two summaries of a run that takes long.
const OFTEN: f64 = 200.0;

/// A recording and how far it came.
#[derive(Debug)]
pub struct RecordRun {
    recording: Result<ProgramRecording, String>,
    limit: u64,
    told: f64,
}

impl RecordRun {
    /// At its beginning.
    pub fn new(record: &Record) -> Self {
        Self {
            recording: begin(record),
            limit: record.limit.max(1),
            told: 0.0,
        }
    }

    /// Records on until `clock` passes `until`: what was found, the share that is done, accesses.
    pub fn work(&mut self, until: f64, clock: &mut impl FnMut() -> f64) -> (Found, f64, u64) {
        let recording = match &mut self.recording {
            Ok(recording) => recording,
            Err(why) => return (Found::Stopped(why.clone()), 1.0, 0),
        };
        while !recording.finished() {
            recording.advance(PIECE);
            if clock() >= until {
                break;
            }
        }
        let accesses = recording.accesses();
        let now = clock();
        if recording.finished() {
            let summary = Some(Box::new(recording.summary()));
            return (Found::Summary(summary), 1.0, accesses);
        }
        let share = (accesses as f64 / self.limit as f64).min(0.999);
        let summary = (now - self.told > OFTEN).then(|| {
            self.told = now;
            Box::<Summary>::new(recording.summary())
        });
        (Found::Summary(summary), share, accesses)
    }

    /// Why the program stopped before its end, if it did.
    pub fn fault(&mut self) -> Option<String> {
        let recording = self.recording.as_mut().ok()?;
        let all = recording.accesses();
        recording.source(all).fault().map(Problem::to_string)
    }

    /// What is seen of it.
    pub fn look(&mut self, look: &Look) -> Option<Seen> {
        let recording = self.recording.as_mut().ok()?;
        Some(match *look {
            Look::Seek {
                from,
                goal,
                direction,
            } => Seen::Sought(recording.seek(from, goal, direction)),
            Look::Step { at, cells, ahead } => {
                let at = at.min(recording.accesses().saturating_sub(1));
                let position = recording.source(at).position();
                let step = recording.step(at);
                let maps = recording.map(at + 1, cells);
                let ahead = (at + 1..=at.saturating_add(ahead)).map_while(|next| {
                    let step = recording.step(next)?;
                    let missed = step
                        .events
                        .iter()
                        .any(|event| matches!(event, Event::Miss { depth: 0, .. }));
                    Some((step.access, !missed))
                });
                let ahead = ahead.collect();
                Seen::Step(step.map(|step| {
                    Box::new(Moment {
                        step,
                        position,
                        maps,
                        ahead,
                    })
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
    let source = if record.sample {
        Slices::spread(start, instance.accesses().most(), record.limit)
    } else {
        Slices::whole(start)
    };
    ProgramRecording::new(&record.machine, options, source, record.limit)
        .map_err(|errors| lab_core::machine::describe_errors(&errors))
}
