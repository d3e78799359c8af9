//! Recordings of programs in the loop language, compiled in this crate.

use super::{ArrayMap, Goal, Recording, Step, Summary};
use crate::{
    machine::{Machine, MachineError},
    sim::{Options, replay::Direction},
    trace::{Slices, program::Cursor},
};

/// A [`Recording`] of a program, or of a sample of it. Generic code is compiled where it is used, which in the page is a
/// crate compiled to be small; none of this is inlined there, so that it stays as fast as the
/// simulators are.
#[derive(Clone, Debug)]
pub struct ProgramRecording(Recording<Slices<Cursor>>);

impl ProgramRecording {
    /// A recording that has not begun; at most `limit` accesses will be in it.
    ///
    /// # Errors
    /// All that is wrong with the machine.
    #[inline(never)]
    pub fn new(
        machine: &Machine,
        options: Options,
        source: Slices<Cursor>,
        limit: u64,
    ) -> Result<Self, Vec<MachineError>> {
        Recording::new(machine, options, source, limit).map(Self)
    }

    /// Runs on for up to `most` accesses. Returns how many there were; none at the end.
    #[inline(never)]
    pub fn advance(&mut self, most: u64) -> u64 {
        self.0.advance(most)
    }

    /// Accesses recorded so far.
    #[inline(never)]
    pub fn accesses(&self) -> u64 {
        self.0.accesses()
    }

    /// Whether all is recorded that will be.
    #[inline(never)]
    pub fn finished(&self) -> bool {
        self.0.finished()
    }

    /// What it adds up to so far.
    #[inline(never)]
    pub fn summary(&self) -> Summary {
        self.0.summary()
    }

    /// The program where it stands after `accesses` accesses, or at its end.
    #[inline(never)]
    pub fn source(&mut self, accesses: u64) -> &Cursor {
        self.0.source(accesses).source()
    }

    /// Access number `index`, if it is recorded.
    #[inline(never)]
    pub fn step(&mut self, index: u64) -> Option<Step> {
        self.0.step(index)
    }

    /// Where the arrays' lines lie after `accesses` accesses, each array in `cells` cells at most.
    #[inline(never)]
    pub fn map(&mut self, accesses: u64, cells: u64) -> Vec<ArrayMap> {
        self.0.map(accesses, cells)
    }

    /// The next access where something happened, or the last one before.
    #[inline(never)]
    pub fn seek(&mut self, from: u64, goal: Goal, direction: Direction) -> Option<u64> {
        self.0.seek(from, goal, direction)
    }
}
