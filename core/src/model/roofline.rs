//! The roofline: what bounds a kernel, by its arithmetic for each byte (claims B1, B5, B6, X1).
//!
//! After Williams, Waterman and Patterson, *Roofline: an insightful visual performance model for
//! multicore architectures*, CACM 52(4), 2009.

use super::{Model, Output};
use crate::{parameters::Parameter, units::Unit};

/// The most operations a nanosecond that a kernel of that `intensity` (operations a byte) can do,
/// with `peak` operations a nanosecond and `bandwidth` bytes a nanosecond.
pub fn attainable(peak: f64, intensity: f64, bandwidth: f64) -> f64 {
    peak.min(intensity * bandwidth)
}

/// The intensity from which on arithmetic is the bound and not bandwidth, operations a byte.
pub fn ridge(peak: f64, bandwidth: f64) -> f64 {
    peak / bandwidth
}

/// What vectors of `lanes` numbers gain over single ones, when a kernel takes `arithmetic` ns of
/// computing in single numbers and `transfer` ns of moving data, both overlapping (X1).
pub fn vector_speed_up(lanes: f64, arithmetic: f64, transfer: f64) -> f64 {
    arithmetic.max(transfer) / (arithmetic / lanes).max(transfer)
}

const fn positive(
    name: &'static str,
    meaning: &'static str,
    unit: Unit,
    default: f64,
) -> Parameter {
    Parameter {
        name,
        meaning,
        unit,
        default,
        min: 1e-6,
        max: 1e9,
    }
}

const PEAK: Parameter = positive(
    "peak",
    "operations a second that the arithmetic units can do",
    Unit::GigaoperationsPerSecond,
    100.0,
);
const BANDWIDTH: Parameter = positive(
    "bandwidth",
    "bytes a second from where the data lies",
    Unit::GigabytesPerSecond,
    20.0,
);
const INTENSITY: Parameter = positive(
    "intensity",
    "operations for each byte moved",
    Unit::OperationsPerByte,
    0.25,
);
const LANES: Parameter = positive("lanes", "numbers in a vector", Unit::Count, 8.0);
const ARITHMETIC: Parameter = positive(
    "arithmetic",
    "time of computing with single numbers",
    Unit::Nanoseconds,
    100.0,
);
const TRANSFER: Parameter = positive(
    "transfer",
    "time of moving the data",
    Unit::Nanoseconds,
    25.0,
);

pub(super) const MODELS: &[Model] = &[
    Model {
        name: "roofline",
        claims: &["B1", "B5", "B6"],
        about: "the bound of arithmetic or of bandwidth, whichever is lower",
        formula: r"P = \min(P_\text{peak}, I \cdot BW)",
        parameters: &[PEAK, BANDWIDTH, INTENSITY],
        outputs: &[
            Output {
                name: "attainable",
                meaning: "operations a second that can be reached",
                unit: Unit::GigaoperationsPerSecond,
            },
            Output {
                name: "ridge",
                meaning: "intensity from which on arithmetic is the bound",
                unit: Unit::OperationsPerByte,
            },
        ],
        evaluate: |arguments| {
            let [peak, bandwidth] = [&PEAK, &BANDWIDTH].map(|p| arguments.get(p));
            Ok(vec![
                attainable(peak, arguments.get(&INTENSITY), bandwidth),
                ridge(peak, bandwidth),
            ])
        },
    },
    Model {
        name: "vector-speed-up",
        claims: &["X1", "X3"],
        about: "what wider vectors gain, until bandwidth is the bound",
        formula: r"S = \frac{\max(T_a, T_t)}{\max(T_a / w,\; T_t)}, \quad E = S / w",
        parameters: &[LANES, ARITHMETIC, TRANSFER],
        outputs: &[
            Output {
                name: "speed-up",
                meaning: "time with single numbers by time with vectors",
                unit: Unit::Ratio,
            },
            Output {
                name: "efficiency",
                meaning: "speed-up by lanes; 0.7 is called good",
                unit: Unit::Ratio,
            },
        ],
        evaluate: |arguments| {
            let lanes = arguments.get(&LANES);
            let times = [&ARITHMETIC, &TRANSFER].map(|p| arguments.get(p));
            let speed_up = vector_speed_up(lanes, times[0], times[1]);
            Ok(vec![speed_up, speed_up / lanes])
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roofs_meet_at_the_ridge() {
        // The example of the paper's figure 1: an Opteron X2 with 17.6 Gflop/s and 15 GB/s.
        assert!((ridge(17.6, 15.0) - 1.17).abs() < 0.01);
        assert_eq!(attainable(17.6, 0.5, 15.0), 7.5);
        assert_eq!(attainable(17.6, 4.0, 15.0), 17.6);
        let at = ridge(17.6, 15.0);
        assert!((attainable(17.6, at, 15.0) - 17.6).abs() < 1e-12);
    }

    #[test]
    fn vectors_gain_their_width_until_data_is_the_bound() {
        assert_eq!(vector_speed_up(8.0, 80.0, 1.0), 8.0);
        assert_eq!(vector_speed_up(8.0, 80.0, 20.0), 4.0);
        assert_eq!(vector_speed_up(8.0, 80.0, 100.0), 1.0);
    }
}
