//! Looks at a recorded program: the recording goes on in slices, and is kept from look to look.

use lab_core::{
    sim::{Options, recording::Recording},
    trace::program::{Cursor, Instance, Problem, Program},
};

use super::protocol::{Found, Look, Recorded, Seen};

/// The most accesses that are recorded; of longer programs the first so many.
pub const MOST: u64 = 10_000_000;

/// Accesses between two looks at the clock.
const PIECE: u64 = 20_000;

/// Cells of the map of an array.
const CELLS: u64 = 1024;

/// A recording, with what it is a recording of.
#[derive(Debug)]
pub struct Kept {
    recorded: Recorded,
    instance: Instance,
    recording: Recording<Cursor>,
}

/// A look, and how far it came.
#[derive(Debug)]
pub struct LookRun {
    look: Look,
    kept: Result<Option<Box<Kept>>, Vec<Problem>>,
}

impl LookRun {
    /// Goes on with the recording that is kept, if it is of the same program.
    pub fn new(look: Look, kept: Option<Kept>) -> Self {
        let same = kept.filter(|kept| kept.recorded == look.recorded);
        let kept = match same {
            Some(kept) => Ok(Some(Box::new(kept))),
            None => record(&look.recorded),
        };
        Self { look, kept }
    }

    /// The recording, for the next look.
    pub fn keep(&mut self) -> Option<Kept> {
        Some(*self.kept.as_mut().ok()?.take()?)
    }

    /// Records on until `until`; at the end it looks. What it saw, the share that is done, the
    /// accesses so far.
    pub fn work(&mut self, until: f64, clock: &mut impl FnMut() -> f64) -> (Found, f64, u64) {
        let kept = match &mut self.kept {
            Ok(Some(kept)) => kept,
            Ok(None) => return (Found::Seen(None), 1.0, 0),
            Err(problems) => {
                let seen = Seen {
                    problems: std::mem::take(problems),
                    ..nothing()
                };
                return (Found::Seen(Some(Box::new(seen))), 1.0, 0);
            }
        };
        let recording = &mut kept.recording;
        while recording.advance(PIECE) > 0 && clock() < until {}
        let accesses = recording.accesses();
        if !recording.finished() {
            return (Found::Seen(None), accesses as f64 / MOST as f64, accesses);
        }
        let seen = look_at(kept, &self.look);
        (Found::Seen(Some(Box::new(seen))), 1.0, accesses)
    }
}

/// A recording of a program, at its beginning.
fn record(recorded: &Recorded) -> Result<Option<Box<Kept>>, Vec<Problem>> {
    let instance = Program::parse(&recorded.source)?.with(&recorded.values)?;
    let options = Options {
        classify: true,
        ..Options::default()
    };
    let recording = Recording::new(&recorded.machine, options, instance.start(), MOST);
    // The page checks machines before it asks.
    Ok(recording.ok().map(|recording| {
        Box::new(Kept {
            recorded: recorded.clone(),
            instance,
            recording,
        })
    }))
}

fn nothing() -> Seen {
    Seen {
        problems: Vec::new(),
        arrays: Vec::new(),
        extent: None,
        finished: false,
        fault: None,
        summary: Default::default(),
        step: None,
        found: false,
        maps: Vec::new(),
        position: Vec::new(),
    }
}

fn look_at(kept: &mut Kept, look: &Look) -> Seen {
    let Kept {
        instance,
        recording,
        ..
    } = kept;
    let last = recording.accesses().saturating_sub(1);
    let mut at = look.step.min(last);
    let mut found = false;
    if let Some((goal, direction, _)) = look.seek
        && let Some(there) = recording.seek(at, goal, direction)
    {
        (at, found) = (there, true);
    }
    let position = recording.source(at).position();
    let step = recording.step(at);
    let maps = recording.map(at + 1, CELLS);
    Seen {
        arrays: instance.arrays().to_vec(),
        extent: Some(instance.accesses()),
        finished: true,
        fault: recording.front().fault().cloned(),
        summary: recording.summary(),
        step,
        found,
        maps,
        position,
        ..nothing()
    }
}
