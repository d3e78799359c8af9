//! Least frequently used.
//!
//! The line with the fewest uses leaves. (J. T. Robinson, M. V. Devarakonda, "Data cache management
//! using frequency-based replacement", SIGMETRICS 1990, on what is good and bad about it.)
//!
//! Choices: uses are counted while the line lies in the cache (*in-cache* LFU); the fill is the first,
//! and an eviction forgets them. Of lines with equally many uses the least recently used one leaves.
//! Counts neither age nor overflow, so a line that was used much once stays long: that is the
//! policy's known weakness. A demoted line has no uses left and counts as least recently used.

use super::{Policy, lru::Lru};

/// Least frequently used, by uses since the line came; of equals the least recently used.
#[derive(Clone, Debug)]
pub struct Lfu {
    ways: usize,
    uses: Vec<u64>,
    order: Lru,
}

impl Lfu {
    /// What is least of the line to leave: uses, then the time of the last one.
    #[inline(always)]
    fn rank(&self, set: usize, way: usize) -> (u64, i64) {
        (
            self.uses[set * self.ways + way],
            self.order.last_use(set, way),
        )
    }
}

impl Policy for Lfu {
    /// A hit adds to the count.
    const REPEATED_HIT_IS_IDLE: bool = false;

    fn new(sets: usize, ways: usize, seed: u64) -> Self {
        Self {
            ways,
            uses: vec![0; sets * ways],
            order: Lru::new(sets, ways, seed),
        }
    }

    #[inline(always)]
    fn hit(&mut self, set: usize, way: usize) {
        self.uses[set * self.ways + way] += 1;
        self.order.hit(set, way);
    }

    #[inline(always)]
    fn victim(&mut self, set: usize) -> usize {
        let fewest = (0..self.ways).min_by_key(|&way| self.rank(set, way));
        fewest.unwrap_or(0)
    }

    #[inline(always)]
    fn fill(&mut self, set: usize, way: usize) {
        self.uses[set * self.ways + way] = 1;
        self.order.fill(set, way);
    }

    fn demote(&mut self, set: usize, way: usize) {
        self.uses[set * self.ways + way] = 0;
        self.order.demote(set, way);
    }

    fn age(&self, set: usize, way: usize) -> u32 {
        let own = self.rank(set, way);
        (0..self.ways)
            .filter(|&other| self.rank(set, other) > own)
            .count() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::policy::trial::Trial;

    #[test]
    fn fewest_uses_leave_and_of_equals_the_oldest() {
        let mut trial = Trial::<Lfu>::new(3);
        // Uses: a 3, b 1, c 2.
        assert_eq!(trial.run("aaabcc"), ".++..+");
        assert_eq!([0, 1, 2].map(|way| trial.policy.age(0, way)), [0, 2, 1]);
        // Each newcomer is used once, so it leaves next.
        assert_eq!(trial.run("def"), "bde");
        // f gets as many uses as c: c is older.
        assert_eq!(trial.run("fg"), "+c");
    }

    #[test]
    fn an_eviction_forgets_the_uses() {
        let mut trial = Trial::<Lfu>::new(2);
        // a was used three times, b four; c, d come; b and a come back with one use each.
        assert_eq!(trial.run("aaabbbb"), ".++.+++");
        assert_eq!(trial.run("cdcd"), "acdc");
        assert_eq!(trial.run("ae"), "da");
    }
}
