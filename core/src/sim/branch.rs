//! A branch predictor: one two-bit saturating counter (J. E. Smith, "A study of branch prediction
//! strategies", 1981).
//!
//! Four states, from surely not taken to surely taken. The upper half guesses taken; each outcome
//! moves one state towards itself, so that a single exception does not change the guess.

/// Guesses one branch by a two-bit saturating counter and counts where it was wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TwoBitCounter {
    /// 0 to 3; 2 and 3 guess taken.
    state: u8,
    mispredictions: u64,
}

impl TwoBitCounter {
    /// The next outcome of the branch: guesses it, counts a wrong guess, and learns.
    pub fn branch(&mut self, taken: bool) {
        let guess = self.state >= 2;
        self.mispredictions += u64::from(guess != taken);
        self.state = if taken {
            (self.state + 1).min(3)
        } else {
            self.state.saturating_sub(1)
        };
    }

    /// Wrong guesses since the start, or since [`reset_count`](Self::reset_count).
    pub fn mispredictions(&self) -> u64 {
        self.mispredictions
    }

    /// Counts from zero again; what was learned stays.
    pub fn reset_count(&mut self) {
        self.mispredictions = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wrong(outcomes: impl IntoIterator<Item = bool>) -> u64 {
        wrong_from(0, outcomes)
    }

    fn wrong_from(state: u8, outcomes: impl IntoIterator<Item = bool>) -> u64 {
        let mut counter = TwoBitCounter {
            state,
            mispredictions: 0,
        };
        for taken in outcomes {
            counter.branch(taken);
        }
        counter.mispredictions()
    }

    /// The textbook's loop: taken nine times of ten. Two wrong guesses to learn it, then one a loop,
    /// where a one-bit predictor has two.
    #[test]
    fn a_loop_costs_one_wrong_guess_at_its_end() {
        let loops = |n| (0..10 * n).map(|turn| turn % 10 != 9);
        assert_eq!(wrong(loops(1)), 3);
        assert_eq!(wrong(loops(100)), 102);
    }

    #[test]
    fn a_change_of_direction_costs_two_wrong_guesses() {
        let sorted = |n| (0..2 * n).map(move |i| i >= n);
        assert_eq!(wrong(sorted(100)), 2);
        // Back again, each pass costs two at either end.
        let twice: Vec<bool> = sorted(100).chain(sorted(100)).collect();
        assert_eq!(wrong(twice), 2 + 2 + 2);
    }

    /// The counter as a Markov chain: with independent outcomes, state i has a weight of (p/q)ⁱ, so
    /// the rate is p·q / (p² + q²).
    #[test]
    fn independent_outcomes_give_the_rate_of_the_markov_chain() {
        let mut random = fastrand::Rng::with_seed(7);
        for p in [0.02, 0.1, 0.3, 0.5, 0.8] {
            let n = 400_000;
            let seen = wrong((0..n).map(|_| random.f64() < p)) as f64 / f64::from(n);
            let q = 1.0 - p;
            let expected = p * q / (p * p + q * q);
            assert!((seen - expected).abs() < 0.005, "{p}: {seen}, {expected}");
        }
    }

    proptest! {
        /// Taken and not taken are alike, from the mirrored start.
        #[test]
        fn mirrored_outcomes_cost_the_same(outcomes: Vec<bool>, state in 0_u8..4) {
            let mirrored = outcomes.iter().map(|taken| !taken);
            let seen = wrong_from(state, outcomes.iter().copied());
            prop_assert_eq!(seen, wrong_from(3 - state, mirrored));
        }
    }
}
