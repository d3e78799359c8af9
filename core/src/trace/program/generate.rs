//! The values of index arrays.

use std::sync::Arc;

/// Where the values of an array come from. The same seed gives the same values on every machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Generator {
    /// 0, 1, 2, …
    Iota,
    /// 0 to the last index, each once, shuffled (Fisher and Yates).
    Permutation { seed: u64 },
    /// Each the place of the next, in one cycle through all (Sattolo, 1986): a linked list.
    Cycle { seed: u64 },
    /// Independent and uniform below the bound.
    Random { bound: u64, seed: u64 },
    /// Independent below the bound; value k is drawn with weight 1 / (k + 1)^skew, so that 0 is
    /// drawn most.
    Zipf { bound: u64, skew: f64, seed: u64 },
}

/// Values of all generated arrays of a program.
pub const MOST_VALUES: u64 = 1 << 24;
/// Values are below this.
pub const LARGEST_VALUE: u64 = 1 << 31;
/// Zipf keeps a table of so many weights.
pub const MOST_RANKS: u64 = 1 << 20;

impl Generator {
    /// Names, with how they are written.
    pub const ALL: [(&'static str, &'static str); 5] = [
        ("permutation", "permutation(seed)"),
        ("random", "random(bound, seed)"),
        ("zipf", "zipf(bound, skew, seed)"),
        ("iota", "iota()"),
        ("cycle", "cycle(seed)"),
    ];

    /// The value behind the largest it can give, for so many values.
    pub fn bound(&self, count: u64) -> u64 {
        match self {
            Generator::Random { bound, .. } | Generator::Zipf { bound, .. } => *bound,
            _ => count,
        }
    }

    /// The values.
    pub fn values(&self, count: u64) -> Arc<[u32]> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        match *self {
            Generator::Iota => (0..count).collect(),
            Generator::Permutation { seed } => {
                let mut values: Vec<u32> = (0..count).collect();
                fastrand::Rng::with_seed(seed).shuffle(&mut values);
                values.into()
            }
            Generator::Cycle { seed } => {
                let mut values: Vec<u32> = (0..count).collect();
                let mut random = fastrand::Rng::with_seed(seed);
                for last in (1..values.len()).rev() {
                    values.swap(last, random.usize(..last));
                }
                values.into()
            }
            Generator::Random { bound, seed } => {
                let mut random = fastrand::Rng::with_seed(seed);
                let bound = u32::try_from(bound).unwrap_or(u32::MAX);
                (0..count).map(|_| random.u32(..bound)).collect()
            }
            Generator::Zipf { bound, skew, seed } => {
                let mut random = fastrand::Rng::with_seed(seed);
                let mut sum = 0.0;
                let up_to: Vec<f64> = (0..bound)
                    .map(|rank| {
                        sum += ((rank + 1) as f64).powf(-skew);
                        sum
                    })
                    .collect();
                let draw = |_| {
                    let at = random.f64() * sum;
                    let rank = up_to.partition_point(|up_to| *up_to <= at);
                    rank.min(up_to.len() - 1) as u32
                };
                (0..count).map(draw).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(generator: Generator, count: u64) -> Vec<u32> {
        let mut values = generator.values(count).to_vec();
        values.sort_unstable();
        values
    }

    #[test]
    fn permutations_hold_every_value_once() {
        for seed in 0..20 {
            let all: Vec<u32> = (0..100).collect();
            assert_eq!(sorted(Generator::Permutation { seed }, 100), all);
            let cycle = Generator::Cycle { seed }.values(100);
            let (mut at, mut seen) = (0, vec![false; 100]);
            for _ in 0..100 {
                assert!(!std::mem::replace(&mut seen[at as usize], true));
                at = cycle[at as usize];
            }
            assert_eq!(at, 0);
        }
    }

    #[test]
    fn draws_follow_their_weights() {
        let count = 100_000;
        let share = |generator: Generator, value: u32| {
            let values = generator.values(count);
            let found = values.iter().filter(|drawn| **drawn == value).count();
            found as f64 / count as f64
        };
        let random = Generator::Random { bound: 10, seed: 1 };
        // Five standard deviations of a binomial share.
        let near =
            |share: f64, p: f64| (share - p).abs() < 5.0 * (p * (1.0 - p) / count as f64).sqrt();
        assert!(near(share(random, 3), 0.1));
        let zipf = Generator::Zipf {
            bound: 4,
            skew: 1.0,
            seed: 1,
        };
        let sum = 1.0 + 1.0 / 2.0 + 1.0 / 3.0 + 1.0 / 4.0;
        for rank in 0..4 {
            assert!(near(share(zipf, rank), 1.0 / f64::from(rank + 1) / sum));
        }
    }
}
