//! Medians, their confidence intervals, outliers.
//!
//! - The interval of a median is bounded by two of the samples themselves and assumes nothing of
//!   their distribution: H. A. David and H. N. Nagaraja, *Order Statistics*, 3rd ed., section 7.1;
//!   J.-Y. Le Boudec, *Performance Evaluation of Computer and Communication Systems*, section 2.2.
//! - Quartiles are those of R's default (type 7): R. J. Hyndman and Y. Fan, "Sample quantiles in
//!   statistical packages", *The American Statistician* 50 (1996).
//! - Outliers lie outside the fences of J. W. Tukey, *Exploratory Data Analysis* (1977). They are
//!   flagged and stay in: the median hardly feels them.
//!
//! Samples taken after one another are not quite independent, so that real coverage is a little
//! less than stated; taking them in rounds, in random order, keeps that small.

use lab_core::report::{Sample, Spread};
use statrs::distribution::{Binomial, DiscreteCDF};

/// The coverage an interval has where there are samples enough.
pub const CONFIDENCE: f64 = 0.95;

/// A median and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The median.
    pub median: f64,
    /// Its interval.
    pub spread: Spread,
}

/// The estimate from some values; none from no values.
pub fn estimate(values: &[f64]) -> Option<Estimate> {
    let sorted = sorted(values);
    let median = quantile(&sorted, 0.5)?;
    let (rank, confidence) = interval_rank(sorted.len());
    Some(Estimate {
        median,
        spread: Spread {
            low: sorted[rank],
            high: sorted[sorted.len() - 1 - rank],
            confidence,
        },
    })
}

/// The estimate from the undisturbed samples, or from all where these are less than half, and each
/// sample's outlier flag set.
pub fn summarise(samples: &mut [Sample]) -> Option<Estimate> {
    let clean: Vec<f64> = samples
        .iter()
        .filter(|sample| !sample.dirty)
        .map(|sample| sample.value)
        .collect();
    let all: Vec<f64> = samples.iter().map(|sample| sample.value).collect();
    let counted = if clean.len() * 2 >= all.len() { clean } else { all };
    let (low, high) = fences(&counted)?;
    for sample in samples {
        sample.outlier = !(low..=high).contains(&sample.value);
    }
    estimate(&counted)
}

/// How many of `count` sorted samples to leave out at each end, and the coverage of what remains.
///
/// The interval from the (k+1)-th to the (n−k)-th smallest misses the median when at most k samples
/// fall on one side of it: with probability 2·P(B ≤ k), B binomial(n, ½). Chosen is the largest k
/// that keeps [`CONFIDENCE`]; with less than six samples none does, and all of the range is given
/// with the lower coverage that it has.
fn interval_rank(count: usize) -> (usize, f64) {
    let binomial = Binomial::new(0.5, count as u64).expect("one half is a probability");
    let coverage = |rank: usize| (1.0 - 2.0 * binomial.cdf(rank as u64)).max(0.0);
    let rank = (0..count / 2)
        .take_while(|rank| coverage(*rank) >= CONFIDENCE)
        .last()
        .unwrap_or(0);
    (rank, coverage(rank))
}

/// Tukey's fences: one and a half times the interquartile range beyond the quartiles.
fn fences(values: &[f64]) -> Option<(f64, f64)> {
    let sorted = sorted(values);
    let (first, third) = (quantile(&sorted, 0.25)?, quantile(&sorted, 0.75)?);
    let reach = 1.5 * (third - first);
    Some((first - reach, third + reach))
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// The quantile of sorted values by linear interpolation (type 7).
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * sorted.len().checked_sub(1)? as f64;
    let below = sorted[place.floor() as usize];
    let above = sorted[place.ceil() as usize];
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn intervals_are_those_of_the_tables() {
        // Ranks (from 1) and coverage of 95 % intervals of a median, worked from the binomial:
        // n = 6: 1 - 2/64; n = 10: 1 - 2·(1 + 10)/1024; n = 15: 1 - 2·(1+15+105+455)/32768.
        for (count, rank, coverage) in [
            (6, 1, 1.0 - 2.0 / 64.0),
            (10, 2, 1.0 - 22.0 / 1024.0),
            (15, 4, 1.0 - 1152.0 / 32_768.0),
        ] {
            let (found, confidence) = interval_rank(count);
            assert_eq!(found + 1, rank, "{count}");
            assert!((confidence - coverage).abs() < 1e-9, "{count}: {confidence}");
        }
    }

    #[test]
    fn too_few_samples_say_so() {
        // Five samples: the whole range, and 1 - 2/32.
        let five = estimate(&[5.0, 1.0, 4.0, 2.0, 3.0]).unwrap();
        assert_eq!(five.median, 3.0);
        assert_eq!((five.spread.low, five.spread.high), (1.0, 5.0));
        assert!((five.spread.confidence - 0.9375).abs() < 1e-9);
        let one = estimate(&[7.0]).unwrap();
        assert_eq!((one.median, one.spread.confidence), (7.0, 0.0));
        assert_eq!(estimate(&[]), None);
    }

    #[test]
    fn quartiles_are_those_of_r() {
        // R: quantile(c(1, 2, 4, 8)) gives 1.75, 3, 5.
        let values = [1.0, 2.0, 4.0, 8.0];
        let at = |share| quantile(&values, share).unwrap();
        assert_eq!([at(0.25), at(0.5), at(0.75)], [1.75, 3.0, 5.0]);
        let (low, high) = fences(&values).unwrap();
        assert_eq!((low, high), (1.75 - 4.875, 5.0 + 4.875));
    }

    fn sample(value: f64, dirty: bool) -> Sample {
        Sample {
            value,
            other_cpu_percent: None,
            steal_percent: None,
            dirty,
            outlier: false,
        }
    }

    #[test]
    fn outliers_are_flagged_and_stay() {
        let mut samples: Vec<_> = [1.0, 1.1, 1.2, 1.0, 1.1, 9.0]
            .map(|value| sample(value, false))
            .into();
        let summary = summarise(&mut samples).unwrap();
        let flagged: Vec<_> = samples.iter().map(|sample| sample.outlier).collect();
        assert_eq!(flagged, [false, false, false, false, false, true]);
        assert_eq!(summary.spread.high, 9.0);
    }

    #[test]
    fn disturbed_samples_count_only_where_nothing_better_is_there() {
        let mut half = vec![sample(1.0, false), sample(5.0, true)];
        assert_eq!(summarise(&mut half).unwrap().median, 1.0);
        let mut most = vec![sample(1.0, false), sample(5.0, true), sample(5.0, true)];
        assert_eq!(summarise(&mut most).unwrap().median, 5.0);
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_median(values in proptest::collection::vec(-1e6_f64..1e6, 1..60)) {
            let estimate = estimate(&values).unwrap();
            prop_assert!(estimate.spread.low <= estimate.median);
            prop_assert!(estimate.median <= estimate.spread.high);
            prop_assert!(values.contains(&estimate.spread.low));
            prop_assert!(values.contains(&estimate.spread.high));
            prop_assert!(values.len() < 6 || estimate.spread.confidence >= CONFIDENCE);
        }
    }

    /// The coverage that is stated is the coverage there is, for a skewed distribution whose median
    /// is known: exponential, ln 2. Seeded, 4000 trials: the error of the count is below 1.5 %.
    #[test]
    fn intervals_cover_as_often_as_they_say() {
        let mut random = fastrand::Rng::with_seed(7);
        let trials = 4000;
        let covered = (0..trials)
            .filter(|_| {
                let values: Vec<f64> = (0..15).map(|_| -(1.0 - random.f64()).ln()).collect();
                let spread = estimate(&values).unwrap().spread;
                (spread.low..=spread.high).contains(&std::f64::consts::LN_2)
            })
            .count();
        let share = covered as f64 / f64::from(trials);
        assert!((share - interval_rank(15).1).abs() < 0.015, "{share}");
    }
}
