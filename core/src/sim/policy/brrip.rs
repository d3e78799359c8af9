//! Bimodal re-reference interval prediction.
//!
//! As SRRIP, but a fill predicts a distant interval (RRPV 3), and a long one (RRPV 2) only with
//! probability ε: of a working set larger than the cache a part stays. (A. Jaleel and others, ISCA
//! 2010, as [`rrip`](super::rrip) describes.)
//!
//! Choices: ε = 1/32. For every fill one draw `u32(0..32)` of `fastrand::Rng::with_seed(seed)`; 0
//! predicts long.

use fastrand::Rng;

use super::{
    Policy,
    rrip::{DISTANT, LONG, Predictions},
};

/// One fill in so many is treated as if it were to be used again (1/ε).
pub const ONE_IN: u32 = 32;

/// Bimodal re-reference interval prediction.
#[derive(Clone, Debug)]
pub struct Brrip {
    pub(super) predictions: Predictions,
    rng: Rng,
}

impl Policy for Brrip {
    fn new(sets: usize, ways: usize, seed: u64) -> Self {
        Self {
            predictions: Predictions::new(sets, ways),
            rng: Rng::with_seed(seed),
        }
    }

    #[inline(always)]
    fn hit(&mut self, set: usize, way: usize) {
        self.predictions.predict(set, way, 0);
    }

    #[inline(always)]
    fn victim(&mut self, set: usize) -> usize {
        self.predictions.victim(set)
    }

    #[inline(always)]
    fn fill(&mut self, set: usize, way: usize) {
        let long = self.rng.u32(0..ONE_IN) == 0;
        self.predictions
            .predict(set, way, if long { LONG } else { DISTANT });
    }

    fn demote(&mut self, set: usize, way: usize) {
        self.predictions.predict(set, way, DISTANT);
    }

    fn invalidate(&mut self, set: usize, way: usize) {
        self.predictions.predict(set, way, DISTANT);
    }

    fn age(&self, set: usize, way: usize) -> u32 {
        self.predictions.of(set, way).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::policy::{srrip::Srrip, trial::Trial};

    #[test]
    fn one_fill_in_thirty_two_is_long() {
        // 32 000 fills: 1000 expected, standard deviation 31.
        let mut brrip = Brrip::new(1, 1, 5);
        let mut long = 0_u32;
        for _ in 0..32_000 {
            brrip.fill(0, 0);
            long += u32::from(brrip.age(0, 0) == u32::from(LONG));
        }
        assert!(long.abs_diff(1000) < 160, "{long}");
    }

    #[test]
    fn a_newcomer_leaves_first_and_a_loop_larger_than_the_cache_keeps_a_part() {
        let mut trial = Trial::<Brrip>::new(4);
        trial.run("abcd");
        assert_eq!(trial.run("abcd"), "++++");
        // All predictions grow from 0 to 3; e comes to way 0, and stays distant.
        assert_eq!(trial.run("efg"), "aef");

        let hits = |told: String| told.matches('+').count();
        let string = "abcdef".repeat(100);
        let srrip = hits(Trial::<Srrip>::new(4).run(&string));
        let brrip = hits(Trial::<Brrip>::new(4).run(&string));
        assert!(srrip == 0 && brrip > 200, "{srrip} {brrip}");
    }
}
