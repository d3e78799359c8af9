//! A run that can be looked at again: any access of it, forwards and back.
//!
//! The run is simulated once, by the step engine. On the way it is added up ([`Summary`]), and every
//! so often the engine and the program are kept as they stand. An access is shown again by starting
//! from what was kept last before it. What is kept stays within a budget: where there is more, every
//! second one goes, and the distance doubles.

mod map;
mod program;
mod seek;
mod step;
mod tally;
mod watch;

pub use map::ArrayMap;
pub use program::ProgramRecording;
pub use seek::{Direction, Goal, What};
pub use step::{CacheState, Lines, Step, Touched};
pub use tally::{Bin, Summary};

use crate::{
    machine::{Machine, MachineError},
    sim::{Engine, Future, Options},
    trace::Source,
};
use tally::Tally;
use watch::Watch;

/// Accesses between two snapshots at first: replayed in a few hundredths of a second at worst.
const DISTANCE: u64 = 1 << 15;

/// Bytes that snapshots may take.
const BUDGET: usize = 192 << 20;

/// A recorded run of a program on a machine.
///
/// ```
/// use lab_core::{machine::Machine, sim::{Options, recording::Recording}, trace::Access};
/// let trace: Vec<_> = [0, 8, 64, 0].map(|address| Access::load(address, 8)).into();
/// let machine = Machine::preset("teaching").unwrap();
/// let mut recording = Recording::new(&machine, Options::default(), trace.iter(), 1000).unwrap();
/// recording.advance(1000);
/// assert!(recording.finished());
/// assert_eq!(recording.step(2).unwrap().access.address, 64);
/// ```
#[derive(Clone, Debug)]
pub struct Recording<S> {
    front: Run<S>,
    limit: u64,
    finished: bool,
    distance: u64,
    /// At multiples of `distance`, from 0 on.
    snapshots: Vec<Run<S>>,
    /// Where the last look was: looks often go on from there.
    looked: Option<Run<S>>,
}

/// A run where it stands, after `accesses` accesses.
#[derive(Clone, Debug)]
struct Run<S> {
    accesses: u64,
    engine: Engine<Watch>,
    source: S,
}

impl<S: Source> Run<S> {
    /// Goes on; returns by how many accesses.
    fn go(&mut self, most: u64) -> u64 {
        let told = self.source.run(most, &mut self.engine);
        self.accesses += told;
        told
    }

    /// The same place with nothing noted.
    fn plain(&mut self) -> Self {
        let watch = std::mem::take(self.engine.observer_mut());
        let copy = self.clone();
        *self.engine.observer_mut() = watch;
        copy
    }
}

impl<S: Source> Recording<S> {
    /// A recording that has not begun; at most `limit` accesses will be in it.
    ///
    /// Where a policy needs the future, the program runs through once here.
    ///
    /// # Errors
    /// All that is wrong with the machine.
    pub fn new(
        machine: &Machine,
        mut options: Options,
        source: S,
        limit: u64,
    ) -> Result<Self, Vec<MachineError>> {
        machine.check()?;
        if options.future.is_none() && machine.caches[0].replacement.needs_future() {
            let mut future = Future::new(machine);
            source.clone().run(limit, &mut future);
            options.future = Some(future.next_uses());
        }
        let engine = Engine::watched(machine, options, Watch::default())?;
        let mut front = Run {
            accesses: 0,
            engine,
            source,
        };
        let start = front.plain();
        let tally = Tally::new(machine.caches.len());
        *front.engine.observer_mut() = Watch::Tally(Box::new(tally));
        Ok(Self {
            front,
            limit,
            finished: false,
            distance: DISTANCE,
            snapshots: vec![start],
            looked: None,
        })
    }

    /// Runs on for up to `most` accesses. Returns how many there were; none at the end.
    pub fn advance(&mut self, most: u64) -> u64 {
        let end = self.limit.min(self.front.accesses.saturating_add(most));
        let start = self.front.accesses;
        while !self.finished && self.front.accesses < end {
            let next = self.snapshots.len() as u64 * self.distance;
            let piece = next.min(end) - self.front.accesses;
            self.finished = self.front.go(piece) < piece;
            if self.front.accesses == next {
                self.keep();
            }
        }
        self.finished |= self.front.accesses == self.limit;
        self.front.accesses - start
    }

    /// Keeps a snapshot, and fewer of them if they get too many.
    fn keep(&mut self) {
        self.snapshots.push(self.front.plain());
        if self.snapshots.len() * self.front.engine.footprint() > BUDGET {
            let mut odd = true;
            self.snapshots.retain(|_| {
                odd = !odd;
                !odd
            });
            self.distance *= 2;
        }
    }

    /// Accesses recorded so far.
    pub fn accesses(&self) -> u64 {
        self.front.accesses
    }

    /// Whether all is recorded that will be: the program has ended, or the limit is reached.
    pub fn finished(&self) -> bool {
        self.finished
    }

    /// What it adds up to so far.
    pub fn summary(&self) -> Summary {
        let tally = self.front.engine.observer().tally();
        tally.summary(self.front.accesses, self.front.engine.counts())
    }

    /// The program where it stands after `accesses` accesses, or at its end.
    pub fn source(&mut self, accesses: u64) -> &S {
        let accesses = accesses.min(self.accesses());
        &self.at(accesses).source
    }

    /// The run after its first `accesses` accesses, to be looked at.
    fn at(&mut self, accesses: u64) -> &mut Run<S> {
        let snapshot = (accesses / self.distance).min(self.snapshots.len() as u64 - 1);
        let near = snapshot * self.distance..=accesses;
        let mut run = match self.looked.take() {
            Some(run) if near.contains(&run.accesses) => run,
            _ => self.snapshots[snapshot as usize].clone(),
        };
        let missing = accesses - run.accesses;
        run.go(missing);
        self.looked.insert(run)
    }
}

#[cfg(test)]
mod tests;
