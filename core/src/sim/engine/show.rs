//! What the caches hold, for those who look.

use std::ops::Range;

use super::Engine;
use crate::sim::{Way, event::Observer, level::Level, replay::Simulator};

impl<O: Observer> Engine<O> {
    /// Name and distance from the core of every cache so far, by number. The first core's data
    /// caches come first, innermost first.
    pub fn caches(&self) -> impl Iterator<Item = (&str, usize)> + '_ {
        self.caches
            .iter()
            .map(|cache| (cache.name.as_str(), cache.depth))
    }

    /// Bytes of a line of a cache.
    pub fn line(&self, cache: usize) -> u64 {
        1 << self.caches[cache].line_shift
    }

    /// Number of sets of a cache.
    pub fn sets(&self, cache: usize) -> usize {
        self.caches[cache].sets()
    }

    /// What a set of a cache holds, way by way.
    pub fn ways(&self, cache: usize, set: usize) -> impl Iterator<Item = Option<Way>> + '_ {
        self.caches[cache].ways(set)
    }

    /// The lines that neighbouring sets of a cache hold, and whether each is dirty.
    pub fn lines(
        &self,
        cache: usize,
        sets: Range<usize>,
    ) -> impl Iterator<Item = (u64, bool)> + '_ {
        self.caches[cache].lines(sets)
    }
}

impl<O: Observer + Clone> Simulator for Engine<O> {
    fn footprint(&self) -> usize {
        self.caches.iter().map(Level::footprint).sum()
    }

    /// Accesses, and the look-ups they took.
    fn work(&self) -> u64 {
        let look_ups = |cache: &Level| cache.counts.hits + cache.counts.misses;
        self.accesses + self.caches.iter().map(look_ups).sum::<u64>()
    }
}
