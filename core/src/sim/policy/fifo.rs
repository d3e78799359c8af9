//! First in, first out.
//!
//! The line that came first leaves, used or not. More ways can mean more misses: L. A. Belady,
//! R. A. Nelson, G. S. Shedler, "An anomaly in space-time characteristics of certain programs running
//! in a paging machine", Communications of the ACM 12(6), 1969.

use super::{Policy, lru::Lru};

/// First in, first out: as least recently used, but a hit is no use.
#[derive(Clone, Debug)]
pub struct Fifo(Lru);

impl Policy for Fifo {
    fn new(sets: usize, ways: usize, seed: u64) -> Self {
        Self(Lru::new(sets, ways, seed))
    }

    #[inline(always)]
    fn hit(&mut self, _set: usize, _way: usize) {}

    #[inline(always)]
    fn victim(&mut self, set: usize) -> usize {
        self.0.victim(set)
    }

    #[inline(always)]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::policy::trial::Trial;

    #[test]
    fn the_anomaly_four_frames_fault_more_often_than_three() {
        let string = "123412512345";
        assert_eq!(Trial::<Fifo>::new(3).run(string), "...1234++12+");
        assert_eq!(Trial::<Fifo>::new(4).run(string), "....++123451");
    }
}
