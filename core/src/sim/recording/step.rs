//! One access of a recorded run, and the caches after it.

use serde::{Deserialize, Serialize};

use super::{ArrayMap, Listeners, Recording, listen, map::map};
use crate::{
    sim::{Engine, Event, Way},
    trace::{Access, Probe, Source},
};

/// Caches of up to so many lines are shown line by line; larger ones set by set.
const MOST_LINES: usize = 1024;

/// Number of pieces in which the sets of a larger cache are told.
const PIECES: usize = 512;

/// An access and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its number in the run, from 0.
    pub index: u64,
    /// The access.
    pub access: Access,
    /// What happened on its behalf, in order, beginning with the access itself.
    pub events: Vec<Event>,
    /// The caches as it leaves them; numbers in events are places in this list.
    pub caches: Vec<CacheState>,
}

/// A cache after an access.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CacheState {
    /// Its name.
    pub name: String,
    /// Its distance from the core: 0 for the first.
    pub depth: usize,
    /// Bytes of a line.
    pub line_bytes: u64,
    /// Number of sets.
    pub sets: usize,
    /// Lines of a set.
    pub ways: usize,
    /// What it holds.
    pub lines: Lines,
    /// The sets that the access looked up or changed, way by way.
    pub touched: Vec<Touched>,
}

/// What a cache holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lines {
    /// Every way of every set, set by set.
    All(Vec<Option<Way>>),
    /// How many lines neighbouring sets hold, and how many of them are dirty.
    Pieces {
        /// Sets to a piece.
        sets: usize,
        /// Lines held, piece by piece.
        held: Vec<u32>,
        /// Dirty lines, piece by piece.
        dirty: Vec<u32>,
    },
}

/// A set that an access looked up or changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Touched {
    /// Its number.
    pub set: usize,
    /// Way by way.
    pub ways: Vec<Option<Way>>,
}

impl<S: Source> Recording<S> {
    /// Access number `index`, if it is recorded.
    pub fn step(&mut self, index: u64) -> Option<Step> {
        if index >= self.accesses() {
            return None;
        }
        let moment = self.replay.at(index);
        let events = listen(moment, Vec::new());
        told(&moment.simulator, index, events)
    }

    /// What further accesses do after access number `index`, as if the program made them there: the last
    /// of them, and where the arrays' lines lie after it. The run itself stays as it is.
    pub fn by_hand(
        &mut self,
        index: u64,
        accesses: &[Access],
        cells: u64,
    ) -> Option<(Step, Vec<ArrayMap>)> {
        let arrays = self.tally.arrays().cloned().collect();
        let mut engine = self.replay.at(index + 1).simulator.clone();
        let mut events = Vec::new();
        for access in accesses {
            events.clear();
            engine.observer_mut().1 = Some(events);
            engine.access(*access);
            events = engine.observer_mut().1.take().unwrap_or_default();
        }
        let step = told(&engine, index, events)?;
        Some((step, map(&engine, arrays, cells)))
    }
}

/// An access by its events, and the caches after it.
fn told(engine: &Engine<Listeners>, index: u64, events: Vec<Event>) -> Option<Step> {
    let access = events.iter().find_map(|event| match event {
        Event::Access(access) => Some(*access),
        _ => None,
    })?;
    let caches = engine.caches().enumerate().map(|(at, (name, depth))| {
        let (sets, line_bytes) = (engine.sets(at), engine.line(at));
        let ways = engine.ways(at, 0).count();
        let lines = if sets * ways <= MOST_LINES {
            Lines::All((0..sets).flat_map(|set| engine.ways(at, set)).collect())
        } else {
            let piece = sets.div_ceil(PIECES);
            let (held, dirty) = (0..sets)
                .step_by(piece)
                .map(|first| {
                    let lines = engine.lines(at, first..(first + piece).min(sets));
                    lines.fold((0, 0), |(held, dirty), (_, written)| {
                        (held + 1, dirty + u32::from(written))
                    })
                })
                .unzip();
            Lines::Pieces {
                sets: piece,
                held,
                dirty,
            }
        };
        let mut touched: Vec<_> = events
            .iter()
            .filter_map(|event| place(event, engine, at))
            .collect();
        touched.sort_unstable();
        touched.dedup();
        CacheState {
            name: name.to_owned(),
            depth,
            line_bytes,
            sets,
            ways,
            lines,
            touched: touched
                .into_iter()
                .map(|set| Touched {
                    set,
                    ways: engine.ways(at, set).collect(),
                })
                .collect(),
        }
    });
    Some(Step {
        index,
        access,
        caches: caches.collect(),
        events,
    })
}

/// The set of a cache that an event is about.
fn place(event: &Event, engine: &Engine<Listeners>, at: usize) -> Option<usize> {
    let set_of = |address: u64| (address / engine.line(at) % engine.sets(at) as u64) as usize;
    let (cache, set) = match *event {
        Event::LookUp { cache, line } | Event::Prefetch { cache, line } => {
            (cache, set_of(line * engine.line(cache)))
        }
        Event::Hit { cache, set, .. }
        | Event::Miss { cache, set, .. }
        | Event::Fill { cache, set, .. }
        | Event::Eviction { cache, set, .. }
        | Event::BackInvalidation { cache, set, .. } => (cache, set),
        Event::WriteBack { cache, line, to } => (to?, set_of(line * engine.line(cache))),
        Event::Access(_) => return None,
    };
    (cache == at).then_some(set)
}
