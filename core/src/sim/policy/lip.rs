//! LRU insertion.
//!
//! The order of least recently used lines, but a line that comes in goes to its end, not to its
//! front: it leaves next unless it is used before. Of a loop larger than the set all but one way
//! stay. (M. K. Qureshi, A. Jaleel, Y. N. Patt, S. C. Steely Jr., J. Emer, "Adaptive insertion
//! policies for high performance caching", ISCA 2007.)
//!
//! Choices: of several lines that came and were not used, as when a set fills at first, the latest is
//! the last of the order.

use super::{Policy, lru::Lru};

/// LRU insertion: a newcomer leaves next.
#[derive(Clone, Debug)]
pub struct Lip(Lru);

impl Policy for Lip {
    fn new(sets: usize, ways: usize, seed: u64) -> Self {
        Self(Lru::new(sets, ways, seed))
    }

    #[inline(always)]
    fn hit(&mut self, set: usize, way: usize) {
        self.0.hit(set, way);
    }

    #[inline(always)]
    fn victim(&mut self, set: usize) -> usize {
        self.0.victim(set)
    }

    #[inline(always)]
    fn fill(&mut self, set: usize, way: usize) {
        self.0.demote(set, way);
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
    fn a_loop_larger_than_the_set_keeps_all_but_one_way() {
        let mut trial = Trial::<Lip>::new(4);
        assert_eq!(trial.run("abcde"), "....d");
        // Under LRU every one of these would miss.
        assert_eq!(trial.run("abcde"), "+++ed");
        assert_eq!(trial.run("abcde"), "+++ed");
    }

    #[test]
    fn a_used_line_goes_to_the_front() {
        let mut trial = Trial::<Lip>::new(3);
        assert_eq!(trial.run("abcba"), "...++");
        // From the front a, b, c.
        assert_eq!(trial.run("dde"), "c+b");
    }
}
