//! Dynamic re-reference interval prediction.
//!
//! SRRIP and BRRIP duel over the sets ([`duel`](super::duel)), the others follow whichever misses
//! less; both work on the same predictions. (A. Jaleel and others, ISCA 2010, as
//! [`rrip`](super::rrip) describes.)
//!
//! Choices: those of the duel, SRRIP being its first policy, and those of BRRIP. There is one draw
//! `u32(0..32)` for every fill of a set that follows BRRIP at that time, none for the others.

use super::{Policy, brrip::Brrip, duel::Duel, rrip::LONG};

/// Dynamic re-reference interval prediction.
#[derive(Clone, Debug)]
pub struct Drrip {
    duel: Duel,
    bimodal: Brrip,
}

impl Policy for Drrip {
    fn new(sets: usize, ways: usize, seed: u64) -> Self {
        Self {
            duel: Duel::new(sets),
            bimodal: Brrip::new(sets, ways, seed),
        }
    }

    #[inline(always)]
    fn hit(&mut self, set: usize, way: usize) {
        self.bimodal.hit(set, way);
    }

    #[inline(always)]
    fn miss(&mut self, set: usize) {
        self.duel.miss(set);
    }

    #[inline(always)]
    fn victim(&mut self, set: usize) -> usize {
        self.bimodal.victim(set)
    }

    #[inline(always)]
    fn fill(&mut self, set: usize, way: usize) {
        if self.duel.second(set) {
            self.bimodal.fill(set, way);
        } else {
            self.bimodal.predictions.predict(set, way, LONG);
        }
    }

    fn demote(&mut self, set: usize, way: usize) {
        self.bimodal.demote(set, way);
    }

    fn invalidate(&mut self, set: usize, way: usize) {
        self.bimodal.invalidate(set, way);
    }

    fn age(&self, set: usize, way: usize) -> u32 {
        self.bimodal.age(set, way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::policy::{srrip::Srrip, trial::Trial};

    #[test]
    fn one_set_is_srrip() {
        let string = "abcabdeabfcbad".repeat(9);
        assert_eq!(
            Trial::<Drrip>::new(3).run(&string),
            Trial::<Srrip>::new(3).run(&string)
        );
    }

    #[test]
    fn followers_turn_to_bimodal_when_srrip_loses() {
        // Four sets; letters a, e, i … lie in set 0, SRRIP's leader, b, f, j … in set 1, a follower.
        let mut trial = Trial::<Drrip>::with_sets(4, 2);
        assert_eq!(trial.run("b"), ".");
        assert_eq!(trial.policy.age(1, 0), u32::from(LONG));
        assert_eq!(trial.run("a"), ".");
        assert_eq!(trial.run("f"), ".");
        assert_eq!(trial.policy.age(1, 1), 3);
        assert_eq!(trial.policy.age(0, 0), u32::from(LONG));
    }
}
