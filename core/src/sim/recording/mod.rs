//! A run that can be looked at again: any access of it, forwards and back.
//!
//! The run is simulated once, by the step engine, and on the way it is added up ([`Summary`]); a
//! [`Replay`] goes back in it.

mod map;
mod program;
mod seek;
mod step;
mod tally;

pub use map::ArrayMap;
pub use program::ProgramRecording;
pub use seek::{Goal, What};
pub use step::{CacheState, Lines, Step, Touched};
pub use tally::{Bin, Summary};

use crate::{
    machine::{Machine, MachineError},
    sim::{
        Engine, Event, Future, Options,
        replay::{Fed, Model, Replay},
    },
    trace::Source,
};
use tally::Tally;

/// Who listens to the engine: sums on the run's way, and events where one access is looked at.
type Listeners = (Option<Tally>, Option<Vec<Event>>);

/// The run where it stands. Nobody listens in a snapshot.
type Moment<S> = Fed<Engine<Listeners>, S>;

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
    replay: Replay<Moment<S>>,
    tally: Tally,
}

/// What the next access of a moment does, event by event; `events` is filled and given back.
fn listen<S: Source>(moment: &mut Moment<S>, mut events: Vec<Event>) -> Vec<Event> {
    events.clear();
    moment.simulator.observer_mut().1 = Some(events);
    moment.advance(1);
    let heard = moment.simulator.observer_mut().1.take();
    heard.unwrap_or_default()
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
        let engine = Engine::watched(machine, options, Listeners::default())?;
        Ok(Self {
            replay: Replay::new(Fed::new(engine, source), limit),
            tally: Tally::new(machine.caches.len(), 1),
        })
    }

    /// With pieces of time of so many accesses at first; of one without this. Before it began.
    #[must_use]
    pub fn in_pieces(mut self, width: u64) -> Self {
        self.tally = Tally::new(self.tally.bins().len(), width.max(1));
        self
    }

    /// Runs on for up to `most` accesses. Returns how many there were; none at the end.
    pub fn advance(&mut self, most: u64) -> u64 {
        let tally = &mut self.tally;
        self.replay.advance_by(most, |moment, most| {
            moment.simulator.observer_mut().0 = Some(std::mem::take(tally));
            let told = moment.advance(most);
            let heard = moment.simulator.observer_mut().0.take();
            *tally = heard.unwrap_or_default();
            told
        })
    }

    /// Accesses recorded so far.
    pub fn accesses(&self) -> u64 {
        self.replay.events()
    }

    /// Whether all is recorded that will be: the program has ended, or the limit is reached.
    pub fn finished(&self) -> bool {
        self.replay.finished()
    }

    /// What it adds up to so far.
    pub fn summary(&self) -> Summary {
        let counts = self.replay.front().simulator.counts();
        self.tally.summary(self.accesses(), counts)
    }

    /// The program where it stands after `accesses` accesses, or at its end.
    pub fn source(&mut self, accesses: u64) -> &S {
        self.replay.at(accesses).source()
    }
}

#[cfg(test)]
mod tests;
