//! Sampling a program that repeats: when a profiler looks, and what share it reports.
//!
//! The program works in periods; in the first part of each it is in the function that is asked
//! about. A sampling profiler looks now and then, and takes the share of looks that found it there
//! for the function's share of the time.

use fastrand::Rng;

/// When a sampling profiler looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// Exponential gaps, one period of the program long on average: looks that know nothing of each
    /// other (a Poisson process).
    Random,
    /// Once a period, always at the same place of it: a timer in step with the program.
    LockStep,
    /// Once a period, each time at another place of it.
    Jittered,
}

/// The moments at which a profiler looks, rising, in periods of the program; without an end.
#[derive(Clone, Debug)]
pub struct Moments {
    sampling: Sampling,
    random: Rng,
    /// The place within the period where a timer in step started.
    phase: f64,
    last: f64,
    looks: u64,
}

impl Moments {
    /// Starts at a random place of the program's period.
    pub fn new(sampling: Sampling, seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let phase = random.f64();
        Self {
            sampling,
            random,
            phase,
            last: phase,
            looks: 0,
        }
    }
}

impl Iterator for Moments {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        let whole = self.looks as f64;
        self.looks += 1;
        Some(match self.sampling {
            Sampling::LockStep => whole + self.phase,
            Sampling::Jittered => whole + self.random.f64(),
            Sampling::Random => {
                // 1 - u is never 0, whose logarithm there is none of.
                self.last -= (1.0 - self.random.f64()).ln();
                self.last
            }
        })
    }
}

/// Whether the program is in the function at that moment, given in its periods, when it spends that
/// `share` of each there.
pub fn is_inside(moment: f64, share: f64) -> bool {
    moment.fract() < share
}

/// The share of `looks` looks that find the program in the function.
pub fn estimate(sampling: Sampling, share: f64, looks: u64, seed: u64) -> f64 {
    let found = Moments::new(sampling, seed)
        .take(looks as usize)
        .filter(|&moment| is_inside(moment, share))
        .count();
    found as f64 / looks as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The mean square error of k / n from the binomial distribution itself, summed over all k.
    fn binomial_mean_square(share: f64, looks: u32) -> f64 {
        let mut weight = (1.0 - share).powi(looks as i32);
        let mut sum = 0.0;
        for found in 0..=looks {
            let error = f64::from(found) / f64::from(looks) - share;
            sum += weight * error * error;
            let left = f64::from(looks - found);
            weight *= left / f64::from(found + 1) * share / (1.0 - share);
        }
        sum
    }

    fn mean_square(sampling: Sampling, share: f64, looks: u64, runs: u64) -> f64 {
        let error = |seed| estimate(sampling, share, looks, seed) - share;
        (0..runs).map(|seed| error(seed).powi(2)).sum::<f64>() / runs as f64
    }

    #[test]
    fn jittered_and_random_looks_err_as_the_binomial_distribution_says() {
        for (share, looks) in [(0.3, 16), (0.5, 64), (0.1, 100)] {
            let expected = binomial_mean_square(share, looks);
            for (sampling, tolerance) in [(Sampling::Jittered, 0.08), (Sampling::Random, 0.12)] {
                // 10 000 runs: the mean square is known to some 1.5 %; gaps of a period leave a
                // little of each look in the next, which dies out with their number.
                let found = mean_square(sampling, share, looks.into(), 10_000);
                let ratio = found / expected;
                assert!(
                    (ratio - 1.0).abs() < tolerance,
                    "{sampling:?} {share} {looks}: {ratio}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn in_step_all_looks_see_the_same_and_more_of_them_do_not_help(
            share in 0.0..1.0_f64,
            looks in 1..200_u64,
            seed: u64,
        ) {
            let one = estimate(Sampling::LockStep, share, 1, seed);
            // The fraction of a larger number is a little coarser: not at the very edge.
            let phase = Moments::new(Sampling::LockStep, seed).next().unwrap();
            prop_assume!((phase - share).abs() > 1e-9 && phase < 1.0 - 1e-9);
            prop_assert_eq!(estimate(Sampling::LockStep, share, looks, seed), one);
        }

        #[test]
        fn moments_rise_by_periods_and_the_same_seed_gives_the_same(seed: u64) {
            for sampling in [Sampling::Random, Sampling::LockStep, Sampling::Jittered] {
                let moments: Vec<f64> = Moments::new(sampling, seed).take(50).collect();
                prop_assert!(moments.windows(2).all(|pair| pair[0] <= pair[1]));
                let again: Vec<f64> = Moments::new(sampling, seed).take(50).collect();
                prop_assert_eq!(moments, again);
            }
        }
    }
}
