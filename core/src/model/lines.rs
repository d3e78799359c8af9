//! Lines: which bytes travel together (claims L1, L2, L3).

use super::{Model, Output};
use crate::{parameters::Parameter, units::Unit};

/// The line that holds the byte at `address`, and its place inside that line (L1).
/// `line` is in bytes, a power of two.
pub fn line_of_address(address: u64, line: u64) -> (u64, u64) {
    (address / line, address % line)
}

/// How many lines `bytes` consecutive bytes from `address` on touch, partial ones included (L3).
///
/// This is the exact number of misses of a sequential walk over absent data.
pub fn lines_touched(address: u64, bytes: u64, line: u64) -> u64 {
    match bytes.checked_sub(1) {
        None => 0,
        Some(rest) => address.saturating_add(rest) / line - address / line + 1,
    }
}

/// Spatial locality factor: the share of a fetched line that is used (L2).
pub fn line_utilisation(used_bytes: f64, line: f64) -> f64 {
    used_bytes / line
}

pub(super) const LINE: Parameter = Parameter {
    name: "line",
    meaning: "size of a line",
    unit: Unit::Bytes,
    default: 64.0,
    min: 4.0,
    max: 4096.0,
};
const ADDRESS: Parameter = Parameter {
    name: "address",
    meaning: "address of the first byte",
    unit: Unit::Count,
    default: 0.0,
    min: 0.0,
    max: 9_007_199_254_740_991.0,
};
const BYTES: Parameter = Parameter {
    name: "bytes",
    meaning: "bytes accessed",
    unit: Unit::Bytes,
    default: 65_536.0,
    min: 1.0,
    max: 1_125_899_906_842_624.0,
};
const WORD: Parameter = Parameter {
    name: "word",
    meaning: "bytes of one random access",
    unit: Unit::Bytes,
    default: 8.0,
    min: 1.0,
    max: 4096.0,
};
const USED: Parameter = Parameter {
    name: "used",
    meaning: "bytes used of a line while it is resident",
    unit: Unit::Bytes,
    default: 16.0,
    min: 0.0,
    max: 4096.0,
};

pub(super) const MODELS: &[Model] = &[
    Model {
        name: "line-of-address",
        claims: &["L1"],
        about: "the line that holds an address, and the place inside it",
        formula: r"\text{number} = \left\lfloor \frac{\text{address}}{\text{line}} \right\rfloor, \quad \text{offset} = \text{address} \bmod \text{line}",
        parameters: &[ADDRESS, LINE],
        outputs: &[
            Output {
                name: "number",
                meaning: "number of the line",
                unit: Unit::Count,
            },
            Output {
                name: "offset",
                meaning: "place inside the line",
                unit: Unit::Bytes,
            },
        ],
        evaluate: |arguments| {
            let line = super::power_of_two(arguments.get(&LINE), "line")?;
            let (number, offset) = line_of_address(arguments.get(&ADDRESS) as u64, line);
            Ok(vec![number as f64, offset as f64])
        },
    },
    Model {
        name: "line-utilisation",
        claims: &["L2"],
        about: "share of a fetched line that is used (spatial locality factor)",
        formula: r"\mathrm{SLF} = \frac{\text{used}}{\text{line}}",
        parameters: &[USED, LINE],
        outputs: &[Output {
            name: "utilisation",
            meaning: "used share of a line",
            unit: Unit::Ratio,
        }],
        evaluate: |arguments| {
            let (used, line) = (arguments.get(&USED), arguments.get(&LINE));
            if used > line {
                return Err("`used` cannot exceed `line`: a line holds no more".to_owned());
            }
            Ok(vec![line_utilisation(used, line)])
        },
    },
    Model {
        name: "lines-touched",
        claims: &["L3"],
        about: "misses of one pass over absent data: sequential exactly, random at worst",
        formula: r"n_\text{seq} = \left\lfloor \frac{a + b - 1}{\text{line}} \right\rfloor - \left\lfloor \frac{a}{\text{line}} \right\rfloor + 1, \quad n_\text{rand} \le \frac{b}{\text{word}}",
        parameters: &[ADDRESS, BYTES, WORD, LINE],
        outputs: &[
            Output {
                name: "sequential",
                meaning: "lines touched by a sequential pass",
                unit: Unit::Count,
            },
            Output {
                name: "random-worst",
                meaning: "misses when every word costs a line of its own",
                unit: Unit::Count,
            },
        ],
        evaluate: |arguments| {
            let line = super::power_of_two(arguments.get(&LINE), "line")?;
            let bytes = arguments.get(&BYTES);
            let sequential =
                lines_touched(arguments.get(&ADDRESS) as u64, bytes as u64, line) as f64;
            Ok(vec![sequential, (bytes / arguments.get(&WORD)).ceil()])
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn partial_lines_count() {
        assert_eq!(line_of_address(130, 64), (2, 2));
        assert_eq!(lines_touched(0, 128, 64), 2);
        assert_eq!(lines_touched(1, 128, 64), 3);
        assert_eq!(lines_touched(63, 2, 64), 2);
        assert_eq!(lines_touched(7, 0, 64), 0);
    }

    proptest! {
        #[test]
        fn lines_touched_is_what_marking_each_byte_gives(
            address in 0_u64..500, bytes in 0_u64..500, shift in 2_u32..8,
        ) {
            let line = 1 << shift;
            let marked: std::collections::BTreeSet<_> =
                (address..address + bytes).map(|byte| byte >> shift).collect();
            prop_assert_eq!(lines_touched(address, bytes, line), marked.len() as u64);
        }
    }
}
