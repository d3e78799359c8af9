//! Sums of floats three ways, and what each costs in time and in last places.
//!
//! A float sum depends on its order, so a compiler that keeps to the rules may not add in vectors what
//! is written one after the other: the plain loop of [`sum_naive`] stays scalar, and takes the latency of
//! an addition for each number (claim X2). Vectors add in another order: to as many sums as there are
//! lanes, of several vectors side by side, as one addition waits for the one before it. The bounds are
//! those of N. J. Higham, “Accuracy and Stability of Numerical Algorithms”, 2nd edition (2002), chapter
//! 4, with the unit round-off u = 2⁻²⁴, relative to the sum of magnitudes; no order is exact.

use std::ops::Range;

use super::{
    Floats, Reduction, Style,
    reduction::{ROUND_OFF, SIDE_BY_SIDE, across},
};
use crate::trace::{Buffer, Probe};

const SOURCE: (&str, &str) = ("sums.rs", include_str!("sums.rs"));

/// [`sum_naive`].
pub struct Naive;

/// [`sum_pairwise`].
pub struct Pairwise;

/// [`sum_kahan`].
pub struct Kahan;

impl Reduction for Naive {
    const NAME: &'static str = "sum-naive";
    const ABOUT: &'static str = "adds up floats front to back";
    const SOURCE: (&'static str, &'static str) = SOURCE;
    const OPERATIONS: f64 = 1.0;
    type Result = f32;

    fn reduce<S: Style, P: Probe>(values: Buffer<'_, f32>, probe: &mut P) -> f32 {
        sum_naive::<S, P>(values, probe)
    }

    /// Every value goes through no more than n − 1 additions (Higham, 4.4).
    fn bound(values: usize) -> f64 {
        values.saturating_sub(1) as f64 * ROUND_OFF
    }
}

impl Reduction for Pairwise {
    const NAME: &'static str = "sum-pairwise";
    const ABOUT: &'static str = "adds up floats in pairs, then pairs of pairs: an error of log n";
    const SOURCE: (&'static str, &'static str) = SOURCE;
    const OPERATIONS: f64 = 1.0;
    type Result = f32;

    fn reduce<S: Style, P: Probe>(values: Buffer<'_, f32>, probe: &mut P) -> f32 {
        sum_pairwise::<S, P>(values, probe)
    }

    /// A value goes through the additions of its run, or of the rest that fills no vectors, and one for
    /// each level of pairs (Higham, 4.6).
    fn bound(values: usize) -> f64 {
        let run = values.min(LONGEST_RUN) as f64;
        (run + (values.max(1) as f64).log2()) * ROUND_OFF
    }
}

impl Reduction for Kahan {
    const NAME: &'static str = "sum-kahan";
    const ABOUT: &'static str = "adds up floats, carrying along what each addition loses";
    const SOURCE: (&'static str, &'static str) = SOURCE;
    const OPERATIONS: f64 = 4.0;
    type Result = f32;

    fn reduce<S: Style, P: Probe>(values: Buffer<'_, f32>, probe: &mut P) -> f32 {
        sum_kahan::<S, P>(values, probe)
    }

    /// 2u for a sum (Higham, 4.8), and once more as those of the lanes are summed up likewise.
    fn bound(_: usize) -> f64 {
        4.0 * ROUND_OFF
    }
}

/// The sum, front to back: in the scalar and the plain style by one sum, in vectors by one a lane.
#[inline]
pub fn sum_naive<S: Style, P: Probe>(values: Buffer<'_, f32>, probe: &mut P) -> f32 {
    let (mut total, mut done) = (0.0, 0);
    if S::Floats::LANES > 1 {
        let sums;
        (sums, done) = side_by_side::<S, P>(values, probe);
        sums.each(|lane| total += lane);
    }
    for index in done..values.len() {
        total += values.get(index, probe);
    }
    total
}

/// Sums of as many whole groups of vectors as there are, lane by lane, and how many values that is.
#[inline(always)]
fn side_by_side<S: Style, P: Probe>(values: Buffer<'_, f32>, probe: &mut P) -> (S::Floats, usize) {
    let (lanes, mut index) = (S::Floats::LANES, 0);
    let mut sums = [S::Floats::splat(0.0); SIDE_BY_SIDE];
    while index + SIDE_BY_SIDE * lanes <= values.len() {
        for (vector, sum) in sums.iter_mut().enumerate() {
            *sum = *sum + S::floats(&values, index + vector * lanes, probe);
        }
        index += SIDE_BY_SIDE * lanes;
    }
    let [a, b, c, d] = sums;
    ((a + b) + (c + d), index)
}

/// Values that go into each sum before sums are paired.
const RUN: usize = 32;

/// Additions that a value may go through before sums are paired: in its run, from vector to vector, from
/// lane to lane and to the rest; or in a rest that fills no vectors.
const LONGEST_RUN: usize = 64;

/// The sum in pairs, of runs that are summed up front to back.
#[inline]
pub fn sum_pairwise<S: Style, P: Probe>(values: Buffer<'_, f32>, probe: &mut P) -> f32 {
    let length = RUN * SIDE_BY_SIDE * S::Floats::LANES;
    let runs = values.len() / length;
    let rest = values.part(runs * length..values.len());
    let (mut sum, done) = side_by_side::<S, P>(rest, probe);
    if runs > 0 {
        let mut run = |index: usize| {
            let run = values.part(index * length..(index + 1) * length);
            side_by_side::<S, P>(run, probe).0
        };
        sum = pairs(0..runs, &mut run, &|a, b| a + b) + sum;
    }
    let mut total = 0.0;
    for index in done..rest.len() {
        total += rest.get(index, probe);
    }
    across(sum, |a, b| a + b) + total
}

/// Joins leaves in pairs, those in pairs, and so on: neighbours first, and all but the last of a level
/// the same number of leaves.
///
/// # Panics
/// When there are none.
pub(super) fn pairs<T, L: FnMut(usize) -> T>(
    leaves: Range<usize>,
    leaf: &mut L,
    join: &impl Fn(T, T) -> T,
) -> T {
    match leaves.len() {
        0 => panic!("pairs of no leaves"),
        1 => leaf(leaves.start),
        count => {
            let middle = leaves.start + count.next_power_of_two() / 2;
            let before = pairs(leaves.start..middle, leaf, join);
            join(before, pairs(middle..leaves.end, leaf, join))
        }
    }
}

/// A sum, and what the additions so far have put in too much.
#[derive(Clone, Copy)]
struct Compensated<F> {
    sum: F,
    excess: F,
}

impl<F: Floats> Compensated<F> {
    fn zero() -> Self {
        Self {
            sum: F::splat(0.0),
            excess: F::splat(0.0),
        }
    }

    /// Rust never takes float sums apart and together again, so that the difference stays what was lost.
    #[inline(always)]
    fn add(&mut self, value: F) {
        let value = value - self.excess;
        let sum = self.sum + value;
        self.excess = (sum - self.sum) - value;
        self.sum = sum;
    }
}

/// The compensated sum of W. Kahan, “Further remarks on reducing truncation errors” (1965).
#[inline]
pub fn sum_kahan<S: Style, P: Probe>(values: Buffer<'_, f32>, probe: &mut P) -> f32 {
    let lanes = S::Floats::LANES;
    let (mut total, mut index) = (Compensated::<f32>::zero(), 0);
    if lanes > 1 {
        let mut sums = [Compensated::<S::Floats>::zero(); SIDE_BY_SIDE];
        while index + SIDE_BY_SIDE * lanes <= values.len() {
            for (vector, sum) in sums.iter_mut().enumerate() {
                sum.add(S::floats(&values, index + vector * lanes, probe));
            }
            index += SIDE_BY_SIDE * lanes;
        }
        for Compensated { sum, excess } in sums {
            sum.each(|lane| total.add(lane));
            excess.each(|lane| total.add(-lane));
        }
    }
    for index in index..values.len() {
        total.add(values.get(index, probe));
    }
    total.sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kernels::loader::{Plain, Scalar, X4, X8, X16},
        trace::NoProbe,
    };
    use proptest::prelude::*;

    /// Units of the exact sums: each float of a test is a multiple of 2⁻⁶⁴.
    const UNIT: f64 = 1.0 / (1_u128 << 64) as f64;

    fn exact(value: f32) -> i128 {
        let units = f64::from(value) / UNIT;
        assert_eq!(units, units.trunc(), "{value} is no multiple of a unit");
        units as i128
    }

    /// How far a sum is off, relative to the sum of magnitudes.
    fn error(sum: f32, values: &[f32]) -> f64 {
        let right: i128 = values.iter().copied().map(exact).sum();
        let magnitudes: i128 = values.iter().map(|value| exact(value.abs())).sum();
        (exact(sum) - right).abs() as f64 / magnitudes.max(1) as f64
    }

    fn is_right<R: Reduction<Result = f32>, S: Style>(values: &[f32]) {
        let sum = R::reduce::<S, _>(Buffer::new(values, 0), &mut NoProbe);
        let (error, count) = (error(sum, values), values.len());
        // What the bounds leave out: a term of n · u², generously.
        let bound = R::bound(count) + 8.0 * count as f64 * ROUND_OFF * ROUND_OFF;
        let way = S::WAY;
        assert!(
            error <= bound,
            "{}, {way:?}: {error:e} above {bound:e} of {count}",
            R::NAME
        );
    }

    fn is_right_in_every_style(values: &[f32]) {
        fn by<R: Reduction<Result = f32>>(values: &[f32]) {
            is_right::<R, Scalar>(values);
            is_right::<R, Plain>(values);
            is_right::<R, X4>(values);
            is_right::<R, X8>(values);
            is_right::<R, X16>(values);
        }
        by::<Naive>(values);
        by::<Pairwise>(values);
        by::<Kahan>(values);
    }

    /// Floats of magnitudes from 2⁻³⁰ to 2³⁰.
    fn floats() -> impl Strategy<Value = f32> {
        let magnitude = (-30_i32..30, 1.0_f32..2.0);
        (magnitude, any::<bool>()).prop_map(|((exponent, fraction), negative)| {
            let magnitude = fraction * 2_f32.powi(exponent);
            if negative { -magnitude } else { magnitude }
        })
    }

    proptest! {
        #[test]
        fn sums_stay_within_their_bounds(
            values in prop::collection::vec(floats(), 0..3000),
            from in 0_usize..4,
        ) {
            is_right_in_every_style(&values[from.min(values.len())..]);
        }

        /// What is left when all great numbers have gone may be all wrong, but no more so than the great
        /// numbers allow.
        #[test]
        fn ill_conditioned_sums_stay_within_their_bounds(
            values in prop::collection::vec(floats(), 1..1000),
            rest in -1.0_f32..1.0,
            seed in any::<u64>(),
        ) {
            let opposite = values.iter().map(|value| -value);
            let mut all: Vec<_> = values.iter().copied().chain(opposite).collect();
            all.push((rest * 1024.0).trunc() / 1024.0);
            fastrand::Rng::with_seed(seed).shuffle(&mut all);
            is_right_in_every_style(&all);
        }
    }

    #[test]
    fn every_small_size_is_right() {
        let values: Vec<_> = (0..1100).map(|at| (at as f32 - 20.5) / 3.0).collect();
        for start in 0..3 {
            for length in (0..64).chain([127, 128, 129, 511, 512, 513, 1024, 1057]) {
                is_right_in_every_style(&values[start..start + length]);
            }
        }
        assert_eq!(
            sum_pairwise::<X8, _>(Buffer::new(&[], 0), &mut NoProbe),
            0.0
        );
    }

    /// The bounds tell the three apart: where a sum front to back is off by more than the others may be.
    #[test]
    fn errors_of_long_sums_grow_as_they_should() {
        let errors = |count: usize| {
            let values = vec![0.1_f32; count];
            let of = |sum: fn(Buffer<'_, f32>, &mut NoProbe) -> f32| {
                error(sum(Buffer::new(&values, 0), &mut NoProbe), &values)
            };
            [
                of(sum_naive::<Plain, _>),
                of(sum_pairwise::<Plain, _>),
                of(sum_kahan::<Plain, _>),
            ]
        };
        let (short, long) = (errors(1 << 12), errors(1 << 20));
        // 256 times as many: n · u grows to more than ten times, log n · u does not.
        assert!(long[0] > 10.0 * short[0], "{short:?} {long:?}");
        assert!(long[0] > Pairwise::bound(1 << 20), "{long:?}");
        assert!(long[2] <= 2.0 * ROUND_OFF, "{long:?}");
    }

    /// Numbers that are added to a great one get lost one by one, unless what is lost is carried along.
    #[test]
    fn small_numbers_are_lost_but_not_by_kahan() {
        let mut values = vec![1.0_f32; 4096];
        values[0] = 2_f32.powi(24);
        let buffer = Buffer::new(&values, 0);
        assert_eq!(sum_naive::<Plain, _>(buffer, &mut NoProbe), 16_777_216.0);
        // 2²⁴ + 4095, of which a float holds even ones.
        assert_eq!(sum_kahan::<Plain, _>(buffer, &mut NoProbe), 16_781_312.0);
    }

    #[test]
    fn pairs_are_joined_with_their_neighbours() {
        let join = |before: String, after: String| format!("({before} {after})");
        let joined = |count| pairs(0..count, &mut |leaf| leaf.to_string(), &join);
        assert_eq!(joined(1), "0");
        assert_eq!(joined(4), "((0 1) (2 3))");
        assert_eq!(joined(7), "(((0 1) (2 3)) ((4 5) 6))");
    }
}
