//! Static re-reference interval prediction.
//!
//! SRRIP with hit priority, as [`rrip`](super::rrip) describes: a fill predicts a long interval
//! (RRPV 2), so a line of a scan leaves before lines that were used again.

use super::{
    Policy,
    rrip::{DISTANT, LONG, Predictions},
};

/// Static re-reference interval prediction.
#[derive(Clone, Debug)]
pub struct Srrip(Predictions);

impl Policy for Srrip {
    fn new(sets: usize, ways: usize, _seed: u64) -> Self {
        Self(Predictions::new(sets, ways))
    }

    #[inline(always)]
    fn hit(&mut self, set: usize, way: usize) {
        self.0.predict(set, way, 0);
    }

    #[inline(always)]
    fn victim(&mut self, set: usize) -> usize {
        self.0.victim(set)
    }

    #[inline(always)]
    fn fill(&mut self, set: usize, way: usize) {
        self.0.predict(set, way, LONG);
    }

    fn demote(&mut self, set: usize, way: usize) {
        self.0.predict(set, way, DISTANT);
    }

    fn invalidate(&mut self, set: usize, way: usize) {
        self.0.predict(set, way, DISTANT);
    }

    fn age(&self, set: usize, way: usize) -> u32 {
        self.0.of(set, way).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::policy::trial::Trial;

    fn ages(trial: &Trial<Srrip>) -> [u32; 4] {
        [0, 1, 2, 3].map(|way| trial.policy.age(0, way))
    }

    #[test]
    fn the_papers_example_of_a_scan_between_two_uses() {
        // Figure 3 of the paper: a1 a2 a2 a1, a scan of b1 … b4, then a1 a2 again, four ways.
        let mut trial = Trial::<Srrip>::new(4);
        assert_eq!(trial.run("abba"), "..++");
        assert_eq!(trial.run("12"), "..");
        assert_eq!(ages(&trial), [0, 0, 2, 2]);
        // The third line of the scan finds nothing distant: all grow by one.
        assert_eq!(trial.run("3"), "1");
        assert_eq!(ages(&trial), [1, 1, 2, 3]);
        assert_eq!(trial.run("4"), "2");
        assert_eq!(ages(&trial), [1, 1, 2, 2]);
        assert_eq!(trial.run("ab"), "++");
        assert_eq!(ages(&trial), [0, 0, 2, 2]);
    }

    #[test]
    fn predictions_grow_until_one_is_distant() {
        let mut trial = Trial::<Srrip>::new(4);
        assert_eq!(trial.run("abcdabcd"), "....++++");
        assert_eq!(trial.run("e"), "a");
        assert_eq!(ages(&trial), [2, 3, 3, 3]);
    }
}
