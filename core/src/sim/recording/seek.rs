//! Finding the next or the last access where something happened.

use serde::{Deserialize, Serialize};

use super::{Recording, listen, tally};
use crate::{
    sim::{
        event::{Cause, Event},
        replay::Model,
    },
    trace::Source,
};

/// What is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A miss, whatever its cause.
    Miss,
    /// A compulsory miss.
    Compulsory,
    /// A capacity miss.
    Capacity,
    /// A conflict miss.
    Conflict,
    /// A line that had to leave.
    Eviction,
    /// A dirty line that went on.
    WriteBack,
    /// A line lost because an inclusive cache outside lost it.
    BackInvalidation,
}

/// Something sought at one level, or at any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goal {
    /// What.
    pub what: What,
    /// At which level, innermost 0; at any where it is not given.
    pub level: Option<usize>,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Later in the run.
    Forward,
    /// Earlier in the run.
    Back,
}

impl Goal {
    /// Whether an event is it; `depths` has the level of each cache.
    fn is(self, event: &Event, depths: &[usize]) -> bool {
        let at = |depth: usize| self.level.is_none_or(|level| level == depth);
        let of = |cache: usize| at(depths.get(cache).copied().unwrap_or(usize::MAX));
        match (*event, self.what) {
            (Event::Miss { depth, .. }, What::Miss) => at(depth),
            (Event::Miss { depth, cause, .. }, What::Compulsory) => {
                cause == Some(Cause::Compulsory) && at(depth)
            }
            (Event::Miss { depth, cause, .. }, What::Capacity) => {
                cause == Some(Cause::Capacity) && at(depth)
            }
            (Event::Miss { depth, cause, .. }, What::Conflict) => {
                cause == Some(Cause::Conflict) && at(depth)
            }
            (Event::Eviction { cache, .. }, What::Eviction)
            | (Event::WriteBack { cache, .. }, What::WriteBack)
            | (Event::BackInvalidation { cache, .. }, What::BackInvalidation) => of(cache),
            _ => false,
        }
    }

    /// How often a piece of time has it at one level.
    fn count(self, bin: &tally::Bin) -> u64 {
        match self.what {
            What::Miss => bin.misses(),
            What::Compulsory => bin.causes.compulsory,
            What::Capacity => bin.causes.capacity,
            What::Conflict => bin.causes.conflict,
            What::Eviction => bin.evictions.into(),
            What::WriteBack => bin.writebacks.into(),
            What::BackInvalidation => bin.back_invalidations.into(),
        }
    }
}

impl<S: Source> Recording<S> {
    /// The number of the nearest recorded access after (or before) `from` where the goal happened.
    ///
    /// Pieces of time that are known not to have it are skipped, so that one of them at most is run
    /// through again.
    pub fn seek(&mut self, from: u64, goal: Goal, direction: Direction) -> Option<u64> {
        let width = self.tally.width();
        let accesses = self.accesses();
        let own = from / width;
        let last = accesses.checked_sub(1)? / width;
        match direction {
            Direction::Forward => (own..=last).find_map(|bin| {
                let start = (bin * width).max(from.saturating_add(1));
                let end = ((bin + 1) * width).min(accesses);
                self.search(bin, start, end, goal)?.0
            }),
            Direction::Back => (0..=own.min(last)).rev().find_map(|bin| {
                let end = ((bin + 1) * width).min(from).min(accesses);
                self.search(bin, bin * width, end, goal)?.1
            }),
        }
    }

    /// The first and the last match among accesses `start..end`, which lie in one piece of time;
    /// nothing where that piece has none.
    fn search(
        &mut self,
        bin: u64,
        start: u64,
        end: u64,
        goal: Goal,
    ) -> Option<(Option<u64>, Option<u64>)> {
        let tally = &self.tally;
        let mut levels = tally.bins().iter().enumerate();
        let here = levels.any(|(depth, bins)| {
            goal.level.is_none_or(|level| level == depth)
                && bins
                    .get(bin as usize)
                    .is_some_and(|bin| goal.count(bin) > 0)
        });
        if !here || start >= end {
            return None;
        }
        let moment = self.replay.at(start);
        let (mut first, mut last) = (None, None);
        let mut events = Vec::new();
        while moment.events() < end {
            let here = moment.events();
            events = listen(moment, events);
            if events.iter().any(|event| goal.is(event, &tally.depths)) {
                first.get_or_insert(here);
                last = Some(here);
            }
        }
        Some((first, last))
    }
}
