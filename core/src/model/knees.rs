//! Knees: where a measured curve steps up.
//!
//! A ladder of latencies is flat as long as data fits a level, and rises where it no longer does. The
//! flat parts are found by optimal partitioning of the logarithms into pieces of constant level, each
//! further piece at a price (Jackson et al., *An algorithm for optimal partitioning of data on an
//! interval*, 2005; the price follows Schwarz's criterion); short pieces are the slope between two
//! plateaus, which real caches have: others share them, and few are strictly least recently used.

use std::ops::Range;

/// A step of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Knee {
    /// The last x of the plateau before it: up to there the data fits.
    pub low: f64,
    /// The first x, after that, at which the curve has come half the way up: about half of the accesses
    /// then miss. So it is at the capacity where lines are spread over the sets at random, and at twice
    /// the capacity where the line that leaves is chosen at random. A rise to
    /// more than seven times the level before counts as one to seven times: levels lie no further apart
    /// as a rule, and what rises on from there is a further one's step.
    pub high: f64,
    /// The level before.
    pub before: f64,
    /// The level after; at the end of the curve where it does not settle before.
    pub after: f64,
}

impl Knee {
    /// The geometric middle of the interval.
    pub fn value(&self) -> f64 {
        (self.low * self.high).sqrt()
    }
}

/// A step is at least this ratio: less may be drift.
const LEAST_RATIO: f64 = 1.3;
/// The next level's latency, at most, as a ratio: on the machines of the presets L2 takes about three
/// times as long as L1, L3 three to five times as long as L2, memory four to seven times as long as L3.
const NEXT_LEVEL: f64 = 7.0;
/// Up to this ratio a point still belongs to the plateau before it.
const DRIFT: f64 = 1.1;
/// A plateau is at least so long, as a ratio of its ends: an octave, bar rounding.
const LEAST_LENGTH: f64 = 1.95;
/// Noise is taken to be at least this, relative: without any, each curve would be all steps.
const LEAST_NOISE: f64 = 0.01;
/// Fewer points say nothing.
const LEAST_POINTS: usize = 6;

/// The steps of a curve of `(x, y)`, x rising and both above zero.
///
/// None for fewer than six points. Noise of single points is judged by the median difference of
/// neighbours, so that steps do not count as noise.
pub fn knees(points: &[(f64, f64)]) -> Vec<Knee> {
    if points.len() < LEAST_POINTS {
        return Vec::new();
    }
    let logs: Vec<f64> = points.iter().map(|(_, y)| y.ln()).collect();
    let pieces = partition(&logs);
    let level = |range: &Range<usize>| mean(&logs[range.clone()]).exp();
    let long =
        |range: &Range<usize>| points[range.end - 1].0 >= LEAST_LENGTH * points[range.start].0;
    let mut plateaus = pieces.iter().filter(|piece| long(piece));
    let mut knees = Vec::new();
    let Some(mut last) = plateaus.next() else {
        return knees;
    };
    let mut step = |last: &Range<usize>, after: f64| {
        let before = level(last);
        let half = f64::midpoint(before, after.min(NEXT_LEVEL * before));
        let rest = &points[last.end..];
        // Noise may have cut the plateau short.
        let more = rest.iter().take_while(|(_, y)| *y <= DRIFT * before);
        let low = points[last.end - 1 + more.count()].0;
        let high = rest.iter().find(|(_, y)| *y >= half);
        if after >= LEAST_RATIO * before
            && let Some(&(high, _)) = high
        {
            knees.push(Knee {
                low,
                high,
                before,
                after,
            });
        }
    };
    for plateau in plateaus {
        step(last, level(plateau));
        last = plateau;
    }
    // A last rise that does not settle within the curve.
    if points.len() - last.end >= 2 {
        step(last, mean(&logs[last.end..]).exp());
    }
    knees
}

/// Cuts `values` into pieces of constant level: the least sum of squares over the noise, plus a price
/// for each piece.
fn partition(values: &[f64]) -> Vec<Range<usize>> {
    let count = values.len();
    let variance = noise(values).powi(2);
    let price = 3.0 * (count as f64).ln();
    // Sums from the start give the squares about the mean of any piece.
    let mut sums = vec![(0.0, 0.0)];
    for value in values {
        let (sum, squares) = sums[sums.len() - 1];
        sums.push((sum + value, squares + value * value));
    }
    let cost = |from: usize, to: usize| {
        let (sum, squares) = (sums[to].0 - sums[from].0, sums[to].1 - sums[from].1);
        (squares - sum * sum / (to - from) as f64).max(0.0) / variance + price
    };
    // The least cost up to each place, and where its last piece starts.
    let mut best = vec![(0.0, 0)];
    for to in 1..=count {
        let costs = (0..to).map(|from| (best[from].0 + cost(from, to), from));
        best.push(costs.min_by(|a, b| a.0.total_cmp(&b.0)).expect("a start"));
    }
    let mut pieces = Vec::new();
    let mut end = count;
    while end > 0 {
        let start = best[end].1;
        pieces.push(start..end);
        end = start;
    }
    pieces.reverse();
    pieces
}

/// The standard deviation of single values, from the median size of the differences of neighbours.
fn noise(values: &[f64]) -> f64 {
    let mut differences: Vec<f64> = values.windows(2).map(|w| (w[1] - w[0]).abs()).collect();
    differences.sort_by(f64::total_cmp);
    // Of normal noise, the median size is 0.6745 standard deviations; a difference has two such.
    let median = differences[differences.len() / 2];
    (median / 0.6745 / 2.0_f64.sqrt()).max(LEAST_NOISE)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Between which two neighbouring x a curve passes `limit` for good: the last x below and the first
/// above, with the fewest points on the wrong side.
///
/// None where it does not pass, or where more than one point in eight is on the wrong side.
pub fn crossing(points: &[(f64, f64)], limit: f64) -> Option<(f64, f64)> {
    let above: Vec<bool> = points.iter().map(|(_, y)| *y > limit).collect();
    let wrong = |cut: &usize| {
        let early = above[..*cut].iter().filter(|above| **above).count();
        let late = above[*cut..].iter().filter(|above| !**above).count();
        early + late
    };
    let cut = (0..=points.len()).min_by_key(wrong)?;
    let inside = cut > 0 && cut < points.len();
    (inside && 8 * wrong(&cut) <= points.len()).then(|| (points[cut - 1].0, points[cut].0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A ladder of four points an octave from 4 KiB on: `levels` of (capacity, latency), memory last.
    fn ladder(levels: &[(f64, f64)], octaves: u32, noise: f64, seed: u64) -> Vec<(f64, f64)> {
        let mut random = fastrand::Rng::with_seed(seed);
        (0..=4 * octaves)
            .map(|step| {
                let x = 4096.0 * (f64::from(step) / 4.0).exp2();
                let level = levels.iter().find(|(capacity, _)| x <= *capacity);
                let y = level.unwrap_or(&levels[levels.len() - 1]).1;
                (x, y * (1.0 + noise * (2.0 * random.f64() - 1.0)))
            })
            .collect()
    }

    const KIB: f64 = 1024.0;
    const LEVELS: [(f64, f64); 4] = [
        (32.0 * KIB, 1.2),
        (512.0 * KIB, 4.2),
        (8192.0 * KIB, 14.0),
        (f64::INFINITY, 95.0),
    ];

    #[test]
    fn clean_steps_are_found_between_their_neighbours() {
        let found = knees(&ladder(&LEVELS, 13, 0.0, 1));
        assert_eq!(found.len(), 3);
        for (knee, (capacity, before)) in found.iter().zip(LEVELS) {
            assert_eq!(knee.low, capacity);
            assert!((knee.high / capacity - 2.0_f64.powf(0.25)).abs() < 1e-9);
            assert!((knee.before / before - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn a_slope_is_one_step() {
        // Random replacement: 1 - capacity / x of the loads miss.
        let mut points = ladder(&[(f64::INFINITY, 5.0)], 13, 0.0, 1);
        let capacity = 256.0 * KIB;
        for (x, y) in &mut points {
            *y += 95.0 * (1.0 - capacity / *x).max(0.0);
        }
        let found = knees(&points);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].low <= capacity && capacity <= found[0].high);
        assert!(found[0].high <= 2.0 * capacity, "{found:?}");
    }

    #[test]
    fn a_rise_that_does_not_settle_is_a_step_too() {
        let mut points = ladder(&[(f64::INFINITY, 6.0)], 6, 0.0, 1);
        for (place, (_, y)) in points[20..].iter_mut().enumerate() {
            *y *= 2.0 + place as f64;
        }
        let found = knees(&points);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].low, points[19].0);
    }

    #[test]
    fn without_a_step_or_with_too_few_points_nothing_is_found() {
        assert_eq!(knees(&ladder(&[(f64::INFINITY, 3.0)], 10, 0.05, 3)), []);
        assert_eq!(knees(&ladder(&LEVELS, 1, 0.0, 1)), []);
        assert_eq!(knees(&[]), []);
        // Drift of a tenth is no step.
        let drift: Vec<_> = ladder(&[(128.0 * KIB, 10.0), (f64::INFINITY, 11.0)], 10, 0.0, 1);
        assert_eq!(knees(&drift), []);
    }

    #[test]
    fn a_curve_passes_a_limit_once() {
        let curve = |ys: &[f64]| -> Vec<(f64, f64)> {
            let points = ys.iter().enumerate();
            points.map(|(place, y)| ((place + 1) as f64, *y)).collect()
        };
        assert_eq!(
            crossing(&curve(&[1.0, 1.0, 4.0, 4.0]), 2.0),
            Some((2.0, 3.0))
        );
        assert_eq!(crossing(&curve(&[1.0, 1.0, 1.0]), 2.0), None);
        assert_eq!(crossing(&curve(&[3.0, 3.0]), 2.0), None);
        assert_eq!(crossing(&[], 2.0), None);
        // One point of nine on the wrong side is noise, four of nine are no answer.
        let noisy = [1.0, 3.0, 1.0, 1.0, 4.0, 4.0, 4.0, 4.0, 4.0];
        assert_eq!(crossing(&curve(&noisy), 2.0), Some((4.0, 5.0)));
        let wild = [1.0, 3.0, 1.0, 3.0, 1.0, 3.0, 1.0, 3.0, 1.0];
        assert_eq!(crossing(&curve(&wild), 2.0), None);
    }

    proptest! {
        #[test]
        fn capacities_of_noisy_ladders_are_found_within_a_grid_step(
            first in 12.0_f64..15.0, apart in 2.0_f64..5.0, further in 2.0_f64..5.0,
            ratios in (1.6_f64..6.0, 1.6_f64..6.0), noise in 0.0_f64..0.03, seed: u64,
        ) {
            // Capacities as powers of two above 4 KiB, off the grid.
            let capacity = |octaves: f64| 4096.0 * octaves.exp2();
            let start = first - 10.0;
            let levels = [
                (capacity(start), 1.5),
                (capacity(start + apart), 1.5 * ratios.0),
                (f64::INFINITY, 1.5 * ratios.0 * ratios.1),
            ];
            let octaves = (start + apart + further) as u32 + 2;
            let found = knees(&ladder(&levels, octaves, noise, seed));
            prop_assert_eq!(found.len(), 2, "{:?}", found);
            for (knee, (capacity, _)) in found.iter().zip(levels) {
                let steps = (knee.value() / capacity).log2() * 4.0;
                prop_assert!(steps.abs() <= 1.0, "{knee:?} for {capacity}");
            }
        }
    }
}
