//! Medians with distribution-free confidence intervals, and outliers by Tukey's fences.
//!
//! The interval is the one between two order statistics whose ranks follow from the binomial
//! distribution with p = 1/2 (Conover, *Practical Nonparametric Statistics*, 3rd ed., section 3.2):
//! it supposes nothing about the shape of the noise, which for timings is skewed. It is exact, where a
//! bootstrap of so few values is not: of seven, the percentiles of their resampled medians reach from
//! the second to the sixth, which covers 87.5 %. What is no median has a bootstrap where it is read
//! (`experiments/profiling.rs`).

use lab_core::report::Spread;
use statrs::distribution::{Binomial, DiscreteCDF};

/// The coverage asked for.
pub const CONFIDENCE: f64 = 0.95;

/// The median of `values`, and between which of them the true median lies.
///
/// With fewer than six values no such interval covers 95 %: then it spans all of them and states
/// the coverage that it has. `None` without values.
pub fn median(values: &[f64]) -> Option<(f64, Spread)> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len();
    if count == 0 {
        return None;
    }
    let middle = f64::midpoint(sorted[(count - 1) / 2], sorted[count / 2]);
    let ranks = Binomial::new(0.5, count as u64).expect("1/2 is a probability");
    // Leaving out `cut` values at each end leaves a coverage of 1 - 2 P(X <= cut - 1 …).
    let coverage = |cut: usize| 1.0 - 2.0 * ranks.cdf(cut as u64);
    let cut = (0..count / 2)
        .take_while(|&cut| coverage(cut) >= CONFIDENCE)
        .last()
        .unwrap_or(0);
    let spread = Spread {
        low: sorted[cut],
        high: sorted[count - 1 - cut],
        confidence: coverage(cut).max(0.0),
    };
    Some((middle, spread))
}

/// Two readings taken in the same round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The one that is compared.
    pub of: f64,
    /// The one it is compared to.
    pub to: f64,
    /// Whether either was disturbed.
    pub dirty: bool,
}

/// The ratio of paired readings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedRatio {
    /// The median of the pairs' ratios.
    pub median: f64,
    /// Where the true median lies.
    pub spread: Spread,
    /// Pairs that it rests on.
    pub counted: usize,
    /// Pairs that were not disturbed.
    pub clean: usize,
    /// Whether disturbed pairs count, there being fewer than [`ENOUGH_PAIRS`] others.
    pub dirty: bool,
}

/// Undisturbed pairs that a ratio takes at least: fewer give no interval of 95 %.
pub const ENOUGH_PAIRS: usize = 6;

/// How `of` compares to `to`, of the undisturbed pairs where there are enough of them: the median of
/// the *ratios*, not the ratio of the medians, so that what hit both alike cancels. `None` without
/// pairs.
pub fn paired_ratio(pairs: &[Pair]) -> Option<PairedRatio> {
    let ratios = |all: bool| -> Vec<f64> {
        pairs
            .iter()
            .filter(|pair| all || !pair.dirty)
            .map(|pair| pair.of / pair.to)
            .filter(|ratio| ratio.is_finite())
            .collect()
    };
    let clean = ratios(false);
    let dirty = clean.len() < ENOUGH_PAIRS.min(pairs.len());
    let counted = if dirty { ratios(true) } else { clean.clone() };
    let (median, spread) = median(&counted)?;
    Some(PairedRatio {
        median,
        spread,
        counted: counted.len(),
        clean: clean.len(),
        dirty,
    })
}

/// Which of `values` lie beyond one and a half interquartile ranges from the quartiles
/// (Tukey, *Exploratory Data Analysis*, 1977). Quartiles are interpolated.
pub fn outliers(values: &[f64]) -> Vec<bool> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quartile = |share: f64| {
        let place = share * (sorted.len() - 1) as f64;
        let (below, above) = (place.floor() as usize, place.ceil() as usize);
        sorted[below] + (sorted[above] - sorted[below]) * place.fract()
    };
    if sorted.len() < 4 {
        return vec![false; values.len()];
    }
    let (first, third) = (quartile(0.25), quartile(0.75));
    let reach = 1.5 * (third - first);
    values
        .iter()
        .map(|&value| value < first - reach || value > third + reach)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// From tables of the sign test: ten values, second to ninth, 97.9 %; six values, all of them,
    /// 96.9 %; five values reach only 93.75 %.
    #[test]
    fn intervals_have_the_ranks_of_the_tables() {
        let values = |count: u32| (1..=count).map(f64::from).collect::<Vec<_>>();
        for (count, low, high, confidence) in [
            (10, 2.0, 9.0, 1.0 - 22.0 / 1024.0),
            (6, 1.0, 6.0, 1.0 - 2.0 / 64.0),
            (5, 1.0, 5.0, 0.9375),
            (15, 4.0, 12.0, 1.0 - 2.0 * 576.0 / 32768.0),
        ] {
            let (_, spread) = median(&values(count)).unwrap();
            assert_eq!((spread.low, spread.high), (low, high), "{count} values");
            assert!((spread.confidence - confidence).abs() < 1e-9, "{spread:?}");
        }
        assert!(median(&[3.0]).unwrap().1.confidence < 1e-9);
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]).unwrap().0, 2.5);
        assert!(median(&[]).is_none());
    }

    /// Of skewed noise, as that of timings is: log-normal, whose true median is 1.
    #[test]
    fn intervals_cover_the_true_median_as_often_as_they_say() {
        const TRIALS: u32 = 2000;
        let mut random = fastrand::Rng::with_seed(1);
        let mut normal = || (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
        for count in [5, 7, 11, 21] {
            let mut covered = 0;
            let mut said = 0.0;
            for _ in 0..TRIALS {
                let values: Vec<f64> = (0..count).map(|_| normal().exp()).collect();
                let (_, spread) = median(&values).unwrap();
                covered += u32::from(spread.low <= 1.0 && 1.0 <= spread.high);
                said = spread.confidence;
            }
            let share = f64::from(covered) / f64::from(TRIALS);
            let deviation = (said * (1.0 - said) / f64::from(TRIALS)).sqrt();
            assert!(
                (share - said).abs() < 4.0 * deviation,
                "{count}: {share} for {said}"
            );
        }
    }

    /// The resampled median of seven is at most the least when four of seven draws are: less often than
    /// one time in forty; it is at most the second more often.
    #[test]
    fn a_bootstrap_of_seven_would_reach_from_the_second_to_the_sixth() {
        let at_most = |rank: f64| {
            let draws = Binomial::new(rank / 7.0, 7).unwrap();
            1.0 - draws.cdf(3)
        };
        let tail = (1.0 - CONFIDENCE) / 2.0;
        assert!(at_most(1.0) < tail && tail < at_most(2.0));
        let ranks = Binomial::new(0.5, 7).unwrap();
        assert!((1.0 - 2.0 * ranks.cdf(1) - 0.875).abs() < 1e-12);
    }

    #[test]
    fn far_values_are_outliers() {
        // Quartiles 2 and 4, fences -1 and 7.
        assert_eq!(
            outliers(&[1.0, 2.0, 3.0, 4.0, 7.5]),
            [false, false, false, false, true]
        );
        assert_eq!(outliers(&[1.0, 1.0, 900.0]), [false; 3]);
    }

    fn pairs(ratios: &[f64], dirty: bool) -> Vec<Pair> {
        let pair = |&ratio: &f64| Pair {
            of: 3.0 * ratio,
            to: 3.0,
            dirty,
        };
        ratios.iter().map(pair).collect()
    }

    #[test]
    fn disturbed_pairs_count_only_where_there_are_too_few_others() {
        let mut some = pairs(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], false);
        some.extend(pairs(&[100.0; 9], true));
        let found = paired_ratio(&some).unwrap();
        assert_eq!((found.median, found.counted, found.dirty), (3.5, 6, false));
        assert_eq!((found.spread.low, found.spread.high), (1.0, 6.0));
        let found = paired_ratio(&some[1..]).unwrap();
        assert_eq!((found.clean, found.counted, found.dirty), (5, 14, true));
        assert!(paired_ratio(&[]).is_none());
    }

    proptest! {
        #[test]
        fn the_median_lies_inside_its_interval(values in prop::collection::vec(0.1..1e6_f64, 1..60)) {
            let (middle, spread) = median(&values).unwrap();
            prop_assert!(spread.low <= middle && middle <= spread.high);
            prop_assert!((0.0..=1.0).contains(&spread.confidence));
            let below = values.iter().filter(|&&value| value < middle).count();
            let above = values.iter().filter(|&&value| value > middle).count();
            prop_assert!(below <= values.len() / 2 && above <= values.len() / 2);
        }
    }
}
