//! Bimodal insertion.
//!
//! As LIP, but with probability ε a line that comes in goes to the front of the order, as under LRU:
//! so the lines kept follow a changing working set. (M. K. Qureshi and others, ISCA 2007, as
//! [`lip`](super::lip) says.)
//!
//! Choices: ε = 1/32, as in the paper. For every fill one draw `u32(0..32)` of
//! `fastrand::Rng::with_seed(seed)`; 0 goes to the front.

use fastrand::Rng;

use super::{Policy, brrip::ONE_IN, lru::Lru};

/// Bimodal insertion: a newcomer leaves next, but for one in 32.
#[derive(Clone, Debug)]
pub struct Bip {
    pub(super) order: Lru,
    rng: Rng,
}

impl Policy for Bip {
    fn new(sets: usize, ways: usize, seed: u64) -> Self {
        Self {
            order: Lru::new(sets, ways, seed),
            rng: Rng::with_seed(seed),
        }
    }

    #[inline(always)]
    fn hit(&mut self, set: usize, way: usize) {
        self.order.hit(set, way);
    }

    #[inline(always)]
    fn victim(&mut self, set: usize) -> usize {
        self.order.victim(set)
    }

    #[inline(always)]
    fn fill(&mut self, set: usize, way: usize) {
        if self.rng.u32(0..ONE_IN) == 0 {
            self.order.fill(set, way);
        } else {
            self.order.demote(set, way);
        }
    }

    fn demote(&mut self, set: usize, way: usize) {
        self.order.demote(set, way);
    }

    fn age(&self, set: usize, way: usize) -> u32 {
        self.order.age(set, way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::policy::{lip::Lip, trial::Trial};

    #[test]
    fn one_fill_in_thirty_two_goes_to_the_front() {
        // 32 000 fills: 1000 expected, standard deviation 31.
        let mut bip = Bip::new(1, 2, 5);
        let mut front = 0_u32;
        for _ in 0..32_000 {
            bip.hit(0, 0);
            bip.fill(0, 1);
            front += u32::from(bip.age(0, 1) == 0);
        }
        assert!(front.abs_diff(1000) < 160, "{front}");
    }

    #[test]
    fn it_follows_a_change_of_working_set_and_lip_does_not() {
        // LIP keeps three of the first loop's lines for ever.
        let hits = |told: String| told.matches('+').count();
        let first = "abcde".repeat(20);
        let then = "vwxyz".repeat(200);
        let mut lip = Trial::<Lip>::new(4);
        let mut bip = Trial::<Bip>::new(4);
        lip.run(&first);
        bip.run(&first);
        let (lip, bip) = (hits(lip.run(&then)), hits(bip.run(&then)));
        assert!(lip == 0 && bip > 300, "{lip} {bip}");
    }
}
