//! Random.
//!
//! Every way of the set is as likely to be the victim as any other, used or not. The chance that a
//! line survives `k` evictions from its set of `w` ways is `(1 − 1/w)^k`.
//!
//! Choices: `fastrand::Rng::with_seed(seed)`, one draw `u32(0..ways)` for every victim, of one way
//! too; none where a way is free. Nothing is remembered of a line, so a demoted line does not leave
//! any sooner than others.

use fastrand::Rng;

use super::Policy;

/// Random: any way of the set.
#[derive(Clone, Debug)]
pub struct Random {
    ways: u32,
    rng: Rng,
}

impl Policy for Random {
    fn new(_sets: usize, ways: usize, seed: u64) -> Self {
        Self {
            ways: ways as u32,
            rng: Rng::with_seed(seed),
        }
    }

    #[inline(always)]
    fn hit(&mut self, _set: usize, _way: usize) {}

    #[inline(always)]
    fn victim(&mut self, _set: usize) -> usize {
        self.rng.u32(0..self.ways) as usize
    }

    #[inline(always)]
    fn fill(&mut self, _set: usize, _way: usize) {}

    fn age(&self, _set: usize, _way: usize) -> u32 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_is_as_likely() {
        // 60 000 draws among 6: 10 000 each, standard deviation 91.
        let mut random = Random::new(1, 6, 1);
        let mut drawn = [0_u32; 6];
        for _ in 0..60_000 {
            drawn[random.victim(0)] += 1;
        }
        assert!(
            drawn.iter().all(|&times| times.abs_diff(10_000) < 500),
            "{drawn:?}"
        );
    }

    #[test]
    fn the_same_seed_draws_the_same_ways() {
        let draws = |seed| {
            let mut random = Random::new(4, 16, seed);
            (0..50).map(|at| random.victim(at % 4)).collect::<Vec<_>>()
        };
        assert_eq!(draws(3), draws(3));
        assert_ne!(draws(3), draws(4));
    }
}
