//! Access patterns: how often a walk misses (claims P3, P4, P5).

use super::{Model, Output};
use crate::{parameters::Parameter, units::Unit};

/// Miss ratio of a sequential walk over data much larger than the cache: one miss a line (P3).
///
/// The course text divides 1 by the line size; it is the *element* size that stands above the bar.
pub fn sequential_miss_ratio(element: f64, line: f64) -> f64 {
    (element / line).min(1.0)
}

/// Miss ratio of a strided walk over data much larger than the cache, no prefetch (P4).
/// `stride` is in bytes.
pub fn strided_miss_ratio(stride: f64, line: f64) -> f64 {
    (stride / line).min(1.0)
}

/// How many different sets a walk with `stride` bytes, a multiple of the line, can ever touch (P4).
///
/// Stepping by t lines through S sets closes after S / gcd(S, t) sets.
pub fn sets_touched(sets: u64, stride: u64, line: u64) -> u64 {
    sets / gcd(sets, (stride / line).max(1))
}

/// Steady-state miss ratio of independent uniform accesses to `data` bytes behind a cache of
/// `cache` bytes (P5): the share of the data that cannot be resident.
pub fn random_miss_ratio(cache: f64, data: f64) -> f64 {
    (1.0 - cache / data).max(0.0)
}

/// Hit ratio, in steady state, of visiting the same `lines` lines over and over, `line_stride`
/// lines apart, in any fixed order, in a cache of `sets` sets of `ways` ways with LRU.
///
/// LRU is all or nothing for each set: a set that is asked for at most `ways` lines a lap keeps
/// them all, a set asked for more loses each before it comes round again (Smith and Goodman, 1985).
/// Exact for lines that start at set 0 and an integral `line_stride`.
pub fn cyclic_hit_ratio(lines: u64, line_stride: u64, sets: u64, ways: u64) -> f64 {
    if lines == 0 {
        return 1.0;
    }
    let touched = sets / gcd(sets, line_stride.max(1));
    let (each, more) = (lines / touched, lines % touched);
    let fitting = |in_set: u64, count: u64| if in_set <= ways { in_set * count } else { 0 };
    let hits = fitting(each + 1, more) + fitting(each, touched - more);
    hits as f64 / lines as f64
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

const ELEMENT: Parameter = Parameter {
    name: "element",
    meaning: "size of one element",
    unit: Unit::Bytes,
    default: 8.0,
    min: 1.0,
    max: 4096.0,
};
const LINE: Parameter = super::lines::LINE;
const STRIDE: Parameter = Parameter {
    name: "stride",
    meaning: "bytes from one access to the next",
    unit: Unit::Bytes,
    default: 256.0,
    min: 1.0,
    max: 1_073_741_824.0,
};
const SETS: Parameter = Parameter {
    name: "sets",
    meaning: "sets of the cache",
    unit: Unit::Count,
    default: 64.0,
    min: 1.0,
    max: 16_777_216.0,
};
const CACHE: Parameter = Parameter {
    name: "cache",
    meaning: "capacity of the cache",
    unit: Unit::Bytes,
    default: 32_768.0,
    min: 1.0,
    max: 1_099_511_627_776.0,
};
const DATA: Parameter = Parameter {
    name: "data",
    meaning: "size of the data accessed",
    unit: Unit::Bytes,
    default: 1_048_576.0,
    min: 1.0,
    max: 1_125_899_906_842_624.0,
};
const MISS_RATIO: Output = Output {
    name: "miss-ratio",
    meaning: "misses per access",
    unit: Unit::Ratio,
};

pub(super) const MODELS: &[Model] = &[
    Model {
        name: "sequential-miss-ratio",
        claims: &["P3"],
        about: "misses per access of a sequential walk over data larger than the cache",
        formula: r"m = \frac{\text{element}}{\text{line}}",
        parameters: &[ELEMENT, LINE],
        outputs: &[MISS_RATIO],
        evaluate: |arguments| {
            Ok(vec![sequential_miss_ratio(
                arguments.get(&ELEMENT),
                arguments.get(&LINE),
            )])
        },
    },
    Model {
        name: "strided-miss-ratio",
        claims: &["P4"],
        about: "misses per access of a strided walk, and how many sets it can reach",
        formula: r"m = \min\left(1, \frac{\text{stride}}{\text{line}}\right), \quad s = \frac{S}{\gcd(S, \text{stride}/\text{line})}",
        parameters: &[STRIDE, LINE, SETS],
        outputs: &[
            MISS_RATIO,
            Output {
                name: "sets-touched",
                meaning: "sets that such a walk can reach",
                unit: Unit::Count,
            },
        ],
        evaluate: |arguments| {
            let (stride, line) = (arguments.get(&STRIDE), arguments.get(&LINE));
            let sets = arguments.get(&SETS);
            Ok(vec![
                strided_miss_ratio(stride, line),
                sets_touched(sets as u64, stride as u64, line as u64) as f64,
            ])
        },
    },
    Model {
        name: "random-miss-ratio",
        claims: &["P5"],
        about: "misses per access of uniform random accesses, in steady state",
        formula: r"m = \max\left(0, 1 - \frac{\text{cache}}{\text{data}}\right)",
        parameters: &[CACHE, DATA],
        outputs: &[MISS_RATIO],
        evaluate: |arguments| {
            Ok(vec![random_miss_ratio(
                arguments.get(&CACHE),
                arguments.get(&DATA),
            )])
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_of_two_strides_reach_few_sets() {
        // 64 sets of 64-byte lines: 4096 bytes are 64 lines, so every access falls into one set;
        // one line more, and gcd(64, 65) = 1: all of them.
        assert_eq!(sets_touched(64, 4096, 64), 1);
        assert_eq!(sets_touched(64, 4096 + 64, 64), 64);
        assert_eq!(sets_touched(64, 512, 64), 8);
    }

    #[test]
    fn a_cycle_is_all_or_nothing_in_each_set() {
        // 4 sets of 2 ways hold 8 lines. Nine lines: set 0 gets three and loses them all,
        // the other three sets keep their two each.
        assert_eq!(cyclic_hit_ratio(8, 1, 4, 2), 1.0);
        assert_eq!(cyclic_hit_ratio(9, 1, 4, 2), 6.0 / 9.0);
        assert_eq!(cyclic_hit_ratio(12, 1, 4, 2), 0.0);
        // Four lines apart, all fall into set 0.
        assert_eq!(cyclic_hit_ratio(2, 4, 4, 2), 1.0);
        assert_eq!(cyclic_hit_ratio(3, 4, 4, 2), 0.0);
        // 12 sets (no power of two), 8 lines apart: gcd 4, three sets.
        assert_eq!(cyclic_hit_ratio(6, 8, 12, 2), 1.0);
        assert_eq!(cyclic_hit_ratio(7, 8, 12, 2), 4.0 / 7.0);
    }
}
