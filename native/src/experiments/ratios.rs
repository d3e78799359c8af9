//! How the variants of a study compare: each to the first, in pairs of samples of the same round.

use lab_core::{
    evidence::Reading,
    report::{Point, Ratio, Series},
};

use crate::measure::stats::{self, Pair};

/// Variants that are ways to one thing are few. Where there are more, each is a kernel of its own, and
/// that one is faster than another says nothing.
const MOST_VARIANTS: usize = 8;

/// Each measured variant over the first, at the first x that both were measured at from `telling` on, where
/// the study says where its variants differ, and at their largest common one elsewhere.
pub(super) fn ratios(series: &[Series], telling: Option<f64>) -> Vec<Ratio> {
    let measured = series
        .iter()
        .filter(|series| series.reading == Reading::Measured && !series.points.is_empty());
    if measured.clone().count() > MOST_VARIANTS {
        return Vec::new();
    }
    let mut measured = measured;
    let Some(first) = measured.next() else {
        return Vec::new();
    };
    measured
        .filter_map(|other| {
            let same_x = |point: &&Point| first.at(point.x);
            let mut common = other.points.iter().filter(|p| same_x(p).is_some());
            let point = match telling {
                Some(x) => common.find(|point| point.x >= x)?,
                None => common.next_back()?,
            };
            let pairs = pairs(point, same_x(&point)?);
            let found = stats::paired_ratio(&pairs)?;
            Some(Ratio {
                of: other.variant.clone(),
                to: first.variant.clone(),
                x: point.x,
                median: found.median,
                spread: found.spread,
                pairs: found.counted,
                dirty: found.dirty,
            })
        })
        .collect()
}

/// The samples of two points that were taken in the same rounds.
fn pairs(of: &Point, to: &Point) -> Vec<Pair> {
    let partner = |round: u32| to.samples.iter().find(|s| s.round == Some(round));
    of.samples
        .iter()
        .filter_map(|sample| {
            let partner = partner(sample.round?)?;
            Some(Pair {
                of: sample.value,
                to: partner.value,
                dirty: sample.dirty || partner.dirty,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_core::report::Sample;

    /// Samples of rounds 0, 1, …; the last one was taken again.
    fn series(variant: &str, xs: &[f64], values: &[f64]) -> Series {
        let samples: Vec<Sample> = values
            .iter()
            .enumerate()
            .map(|(round, &value)| Sample {
                value,
                round: (round + 1 < values.len()).then_some(round as u32),
                ..Sample::default()
            })
            .collect();
        Series {
            reading: Reading::Measured,
            variant: variant.to_owned(),
            points: xs
                .iter()
                .map(|&x| Point {
                    x,
                    y: 1.0,
                    samples: samples.clone(),
                    ..Point::default()
                })
                .collect(),
            unavailable: None,
        }
    }

    /// The machine drifts by a factor of ten, and the ratio stays.
    #[test]
    fn a_drift_cancels_in_pairs() {
        let first: Vec<f64> = (1..=10).map(f64::from).collect();
        let second: Vec<f64> = first.iter().map(|value| 1.5 * value).collect();
        let both = [
            series("a", &[1.0, 2.0, 4.0], &first),
            series("b", &[1.0, 2.0, 3.0], &second),
        ];
        assert_eq!(ratios(&both, Some(0.5))[0].x, 1.0);
        assert_eq!(ratios(&both, Some(2.5)), []);
        let found = ratios(&both, None);
        assert_eq!(found.len(), 1);
        let ratio = &found[0];
        assert_eq!((ratio.of.as_str(), ratio.to.as_str()), ("b", "a"));
        assert_eq!((ratio.x, ratio.median, ratio.pairs), (2.0, 1.5, 9));
        assert_eq!((ratio.spread.low, ratio.spread.high), (1.5, 1.5));
    }

    #[test]
    fn one_variant_alone_or_without_common_x_has_no_ratio() {
        let values = [1.0, 2.0];
        assert!(ratios(&[series("", &[1.0], &values)], None).is_empty());
        let apart = [series("a", &[1.0], &values), series("b", &[2.0], &values)];
        assert!(ratios(&apart, None).is_empty());
        assert!(ratios(&[], None).is_empty());
    }
}
