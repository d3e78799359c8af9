//! Recordings of programs in the loop language, compiled in this crate.

use super::{ArrayMap, Goal, Recording, Step, Summary};
use crate::{
    machine::{Machine, MachineError},
    sim::{Options, replay::Direction},
    trace::{Access, NoProbe, Slices, Source, program::Cursor},
};

use super::tally::MOST_BINS;

/// Accesses that are looked at to find out how the loops turn.
const LOOKED_AT: u64 = 4096;

/// A [`Recording`] of a program, or of a sample of it. Generic code is compiled where it is used, which in the page is a
/// crate compiled to be small; none of this is inlined there, so that it stays as fast as the
/// simulators are.
#[derive(Clone, Debug)]
pub struct ProgramRecording(Recording<Slices<Cursor>>);

impl ProgramRecording {
    /// A recording that has not begun; at most `limit` accesses will be in it, of which there are about
    /// `expected`: its pieces of time then follow the inner loop.
    ///
    /// # Errors
    /// All that is wrong with the machine.
    #[inline(never)]
    pub fn new(
        machine: &Machine,
        options: Options,
        source: Slices<Cursor>,
        limit: u64,
        expected: u64,
    ) -> Result<Self, Vec<MachineError>> {
        let width = width(&source, expected.min(limit));
        let recording = Recording::new(machine, options, source, limit)?;
        Ok(Self(recording.in_pieces(width)))
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

    /// What further accesses do after access number `index`; see [`Recording::by_hand`].
    #[inline(never)]
    pub fn by_hand(
        &mut self,
        index: u64,
        accesses: &[Access],
        cells: u64,
    ) -> Option<(Step, Vec<ArrayMap>)> {
        self.0.by_hand(index, accesses, cells)
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

/// Accesses of a piece of time, so that there are not too many pieces and none straddles two turns of the
/// inner loop, where that can be: whole turns, or a whole part of one.
fn width(source: &Slices<Cursor>, accesses: u64) -> u64 {
    let least = accesses.div_ceil(MOST_BINS as u64).max(1);
    let turn = turn(source).unwrap_or(1);
    if turn <= least {
        return least.next_multiple_of(turn);
    }
    (least..=turn)
        .find(|width| turn.is_multiple_of(*width))
        .unwrap_or(least)
}

/// Accesses of one turn of the innermost loop; of one of its iterations where there is no loop around it.
fn turn(source: &Slices<Cursor>) -> Option<u64> {
    let mut run = source.clone();
    let mut positions: Vec<Vec<i64>> = Vec::new();
    for _ in 0..LOOKED_AT {
        if run.run(1, &mut NoProbe) == 0 {
            break;
        }
        let position = run.source().position();
        positions.push(position.into_iter().map(|(_, value)| value).collect());
    }
    let depth = positions.iter().map(Vec::len).max()?;
    let outer = depth.saturating_sub(1).max(1);
    let around = |position: &Vec<i64>| position[..outer.min(position.len())].to_vec();
    let mut changes = positions
        .windows(2)
        .zip(1_u64..)
        .filter(|(pair, _)| around(&pair[0]) != around(&pair[1]))
        .map(|(_, at)| at);
    // From one change to the next: before the first one there may be something else.
    let (first, second) = (changes.next()?, changes.next()?);
    Some(second - first)
}
