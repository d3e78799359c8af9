//! First in, first out.

use super::{Policy, lru::Lru};

/// First in, first out: as least recently used, but a hit is no use.
#[derive(Clone, Debug)]
pub struct Fifo(Lru);

impl Policy for Fifo {
    fn new(sets: usize, ways: usize, seed: u64) -> Self {
        Self(Lru::new(sets, ways, seed))
    }

    fn hit(&mut self, _set: usize, _way: usize) {}

    fn victim(&mut self, set: usize) -> usize {
        self.0.victim(set)
    }

    fn fill(&mut self, set: usize, way: usize) {
        self.0.fill(set, way);
    }

    fn demote(&mut self, set: usize, way: usize) {
        self.0.demote(set, way);
    }

    fn age(&self, set: usize, way: usize) -> u32 {
        self.0.age(set, way)
    }
}
