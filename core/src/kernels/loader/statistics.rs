//! Statistics of floats in one pass over memory: least and greatest, mean and variance.

use super::{
    Floats, Pairwise, Plain, Reduction, Style,
    reduction::{ROUND_OFF, SIDE_BY_SIDE, across},
    sums::pairs,
};
use crate::trace::{Buffer, Probe};

const SOURCE: (&str, &str) = ("statistics.rs", include_str!("statistics.rs"));

/// [`minimum_maximum`].
pub struct Extremes;

impl Reduction for Extremes {
    const NAME: &'static str = "minimum-maximum";
    const ABOUT: &'static str = "the least and the greatest of floats";
    const SOURCE: (&'static str, &'static str) = SOURCE;
    const OPERATIONS: f64 = 2.0;
    type Result = [f32; 2];

    fn reduce<S: Style, P: Probe>(values: Buffer<'_, f32>, probe: &mut P) -> [f32; 2] {
        let (minimum, maximum) = minimum_maximum::<S, P>(values, probe);
        [minimum, maximum]
    }

    /// Nothing is rounded.
    fn bound(_: usize) -> f64 {
        0.0
    }
}

/// [`mean_variance`].
pub struct Moments;

impl Reduction for Moments {
    const NAME: &'static str = "mean-variance";
    const ABOUT: &'static str = "mean and variance of floats, pairwise, reading them once";
    const SOURCE: (&'static str, &'static str) = SOURCE;
    /// One for the mean; a subtraction, a multiplication and an addition for the squares.
    const OPERATIONS: f64 = 4.0;
    type Result = [f32; 2];

    fn reduce<S: Style, P: Probe>(values: Buffer<'_, f32>, probe: &mut P) -> [f32; 2] {
        let MeanVariance { mean, variance } = mean_variance::<S, P>(values, probe);
        [mean, variance]
    }

    /// Four roundings where a sum in pairs has one, and the 8 operations of a leaf's squares, of which
    /// [`LEAF`] + 1 times their result may cancel; relative to the root of variance times mean square, as
    /// the condition of a variance is that of its deviation (Chan, Golub and LeVeque, “Algorithms for
    /// computing the sample variance”, 1983).
    fn bound(values: usize) -> f64 {
        4.0 * Pairwise::bound(values) + 8.0 * (LEAF + 1) as f64 * ROUND_OFF
    }
}

/// The least and the greatest of the values, none of which may be NaN; infinite, the wrong way round, of
/// none.
#[inline]
pub fn minimum_maximum<S: Style, P: Probe>(values: Buffer<'_, f32>, probe: &mut P) -> (f32, f32) {
    let lanes = S::Floats::LANES;
    let mut least = [S::Floats::splat(f32::INFINITY); SIDE_BY_SIDE];
    let mut most = [S::Floats::splat(f32::NEG_INFINITY); SIDE_BY_SIDE];
    let mut index = 0;
    while index + SIDE_BY_SIDE * lanes <= values.len() {
        for vector in 0..SIDE_BY_SIDE {
            let value = S::floats(&values, index + vector * lanes, probe);
            least[vector] = least[vector].least(value);
            most[vector] = most[vector].most(value);
        }
        index += SIDE_BY_SIDE * lanes;
    }
    let of_all = |[a, b, c, d]: [S::Floats; SIDE_BY_SIDE], join: fn(S::Floats, S::Floats) -> _| {
        join(join(a, b), join(c, d))
    };
    let mut minimum = across(of_all(least, Floats::least), f32::least);
    let mut maximum = across(of_all(most, Floats::most), f32::most);
    for index in index..values.len() {
        let value = values.get(index, probe);
        (minimum, maximum) = (minimum.least(value), maximum.most(value));
    }
    (minimum, maximum)
}

/// Mean and variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanVariance {
    /// The mean.
    pub mean: f32,
    /// The mean square of the distances from the mean: divided by n, not by n − 1.
    pub variance: f32,
}

/// Mean and variance of the values, NaN of none.
///
/// The pairwise algorithm of T. F. Chan, G. H. Golub and R. J. LeVeque, “Updating formulae and a
/// pairwise algorithm for computing sample variances” (1979): leaves of a few values, joined in pairs. In
/// a leaf it is the distances from its first value that are summed up, and their squares: as that is one
/// of n values, no more than a factor of n + 1 cancels. Values are read once. The error grows with log n,
/// and with the mean's size in deviations, where that of E(x²) − E(x)² grows with the square of that.
#[inline]
pub fn mean_variance<S: Style, P: Probe>(values: Buffer<'_, f32>, probe: &mut P) -> MeanVariance {
    let (whole, done) = in_lanes::<S, P>(&values, probe);
    let mut all = whole.map(|whole| {
        // One lane after the other, as their counts are the same: pairs without memory between them.
        let mut lanes = [Parts::one(0.0); 16];
        let mut lane = 0;
        whole.mean.each(|mean| {
            lanes[lane].mean = mean;
            lane += 1;
        });
        lane = 0;
        whole.squares.each(|squares| {
            (lanes[lane].squares, lanes[lane].count) = (squares, whole.count);
            lane += 1;
        });
        pairs(0..lane, &mut |lane| lanes[lane], &Parts::join)
    });
    let rest = values.part(done..values.len());
    let (plain, done) = if S::Floats::LANES > 1 {
        in_lanes::<Plain, P>(&rest, probe)
    } else {
        (None, 0)
    };
    all = joined(all, plain);
    for index in done..rest.len() {
        all = joined(all, Some(Parts::one(rest.get(index, probe))));
    }
    match all {
        Some(all) => MeanVariance {
            mean: all.mean,
            variance: all.squares / all.count,
        },
        None => MeanVariance {
            mean: f32::NAN,
            variance: f32::NAN,
        },
    }
}

/// Vectors of a leaf.
const LEAF: usize = 16;

/// Leaves that are joined without a loop.
const LEAVES: usize = 4;

/// Parts of as many whole leaves as there are, lane by lane, and how many values that is.
#[inline(always)]
fn in_lanes<S: Style, P: Probe>(
    values: &Buffer<'_, f32>,
    probe: &mut P,
) -> (Option<Parts<S::Floats>>, usize) {
    let length = LEAF * S::Floats::LANES;
    let leaves = values.len() / length;
    let fours = leaves / LEAVES;
    let mut all = None;
    if fours > 0 {
        let mut four = |index: usize| {
            let first = LEAVES * index;
            let a = leaf::<S, P>(values, first, probe);
            let ab = a.join(leaf::<S, P>(values, first + 1, probe));
            let c = leaf::<S, P>(values, first + 2, probe);
            ab.join(c.join(leaf::<S, P>(values, first + 3, probe)))
        };
        all = Some(pairs(0..fours, &mut four, &Parts::join));
    }
    for index in LEAVES * fours..leaves {
        all = joined(all, Some(leaf::<S, P>(values, index, probe)));
    }
    (all, leaves * length)
}

/// Moments of one leaf, lane by lane.
#[inline(always)]
fn leaf<S: Style, P: Probe>(
    values: &Buffer<'_, f32>,
    index: usize,
    probe: &mut P,
) -> Parts<S::Floats> {
    let lanes = S::Floats::LANES;
    let own = values.part(index * LEAF * lanes..(index + 1) * LEAF * lanes);
    let shift = S::floats(&own, 0, probe);
    let mut sums = [S::Floats::splat(0.0); SIDE_BY_SIDE];
    let mut squares = sums;
    for vector in 1..LEAF {
        let apart = S::floats(&own, vector * lanes, probe) - shift;
        let side = vector % SIDE_BY_SIDE;
        sums[side] = sums[side] + apart;
        squares[side] = squares[side] + apart * apart;
    }
    let [sum, squares] = [sums, squares].map(|[a, b, c, d]| (a + b) + (c + d));
    let mean = sum * S::Floats::splat(1.0 / LEAF as f32);
    Parts {
        count: LEAF as f32,
        mean: shift + mean,
        squares: (squares - sum * mean).most(S::Floats::splat(0.0)),
    }
}

/// What makes a mean and a variance, of the values of each lane.
#[derive(Clone, Copy)]
struct Parts<F> {
    /// How many values.
    count: f32,
    mean: F,
    /// Sum of the squares of the distances from the mean.
    squares: F,
}

impl Parts<f32> {
    fn one(value: f32) -> Self {
        Self {
            count: 1.0,
            mean: value,
            squares: 0.0,
        }
    }
}

impl<F: Floats> Parts<F> {
    #[inline(always)]
    fn join(self, other: Self) -> Self {
        let count = self.count + other.count;
        let share = other.count / count;
        let apart = other.mean - self.mean;
        let between = apart * apart * F::splat(self.count * share);
        Self {
            count,
            mean: self.mean + apart * F::splat(share),
            squares: self.squares + other.squares + between,
        }
    }
}

/// Joins two of which there may be none.
#[inline(always)]
fn joined<F: Floats>(one: Option<Parts<F>>, other: Option<Parts<F>>) -> Option<Parts<F>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.join(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kernels::loader::{Scalar, X4, X8, X16},
        trace::NoProbe,
    };
    use proptest::prelude::*;

    fn extremes_are_right<S: Style>(values: &[f32]) {
        let found = minimum_maximum::<S, _>(Buffer::new(values, 0), &mut NoProbe);
        let least = values.iter().copied().fold(f32::INFINITY, f32::min);
        let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        assert_eq!(found, (least, most), "{:?}", S::WAY);
    }

    /// Against two passes in double precision, whose own error is 2²⁹ times smaller.
    fn moments_are_right<S: Style>(values: &[f32]) {
        let found = mean_variance::<S, _>(Buffer::new(values, 0), &mut NoProbe);
        let count = values.len() as f64;
        if values.is_empty() {
            assert!(found.mean.is_nan() && found.variance.is_nan());
            return;
        }
        let of = |term: &dyn Fn(f64) -> f64| {
            let terms = values.iter().map(|&value| term(f64::from(value)));
            terms.sum::<f64>() / count
        };
        let (mean, size) = (of(&|value| value), of(&f64::abs));
        let variance = of(&|value| (value - mean).powi(2));
        let square = of(&|value| value * value);
        let bound = Moments::bound(values.len());
        let (off, way) = ((f64::from(found.mean) - mean).abs(), S::WAY);
        assert!(off <= bound * size, "{way:?}: mean off by {off:e}");
        let off = (f64::from(found.variance) - variance).abs();
        let allowed = bound * (variance * square).sqrt() + bound * bound * square;
        assert!(off <= allowed, "{way:?}: off by {off:e} of {allowed:e}");
    }

    fn is_right_in_every_style(values: &[f32]) {
        fn in_style<S: Style>(values: &[f32]) {
            extremes_are_right::<S>(values);
            moments_are_right::<S>(values);
        }
        in_style::<Scalar>(values);
        in_style::<Plain>(values);
        in_style::<X4>(values);
        in_style::<X8>(values);
        in_style::<X16>(values);
    }

    proptest! {
        #[test]
        fn statistics_are_those_of_their_definition(
            values in prop::collection::vec(-1e6_f32..1e6, 0..5000),
            from in 0_usize..4,
        ) {
            is_right_in_every_style(&values[from.min(values.len())..]);
        }

        #[test]
        fn a_mean_of_many_deviations_is_no_harm(
            values in prop::collection::vec(-1.0_f32..1.0, 1..3000),
            mean in -1e4_f32..1e4,
        ) {
            let values: Vec<_> = values.into_iter().map(|value| mean + value).collect();
            is_right_in_every_style(&values);
        }
    }

    #[test]
    fn every_small_size_is_right() {
        let values: Vec<_> = (0..2100)
            .map(|at| ((at * 37) % 101) as f32 - 20.5)
            .collect();
        for start in 0..3 {
            for length in (0..64).chain([65, 255, 256, 257, 1023, 1024, 1025, 2049]) {
                is_right_in_every_style(&values[start..start + length]);
            }
        }
        let nothing = minimum_maximum::<X8, _>(Buffer::new(&[], 0), &mut NoProbe);
        assert_eq!(nothing, (f32::INFINITY, f32::NEG_INFINITY));
    }

    /// The value that a leaf takes the distances from may be far from all others.
    #[test]
    fn leaves_that_begin_far_off_are_right() {
        for lanes in [1, 4, 8, 16] {
            let leaf = LEAF * lanes;
            let far = |at: usize| if at % leaf < lanes { 1e5 } else { 1.0 };
            let values: Vec<_> = (0..20 * leaf).map(|at| far(at) + at as f32 / 1e4).collect();
            is_right_in_every_style(&values);
        }
    }

    /// E(x²) − E(x)² in floats would be off by more than the variance itself.
    #[test]
    fn a_variance_far_from_zero_is_right() {
        let values: Vec<_> = (0..100_000).map(|at| 10_000.0 + (at % 2) as f32).collect();
        let found = mean_variance::<X8, _>(Buffer::new(&values, 0), &mut NoProbe);
        assert!((found.variance - 0.25).abs() < 1e-4, "{found:?}");
        assert!((found.mean - 10_000.5).abs() < 1e-2, "{found:?}");
    }
}
