//! How long a line stays in a cache that it is not used in (claim P1).

use super::{Model, Output};
use crate::{parameters::Parameter, units::Unit};

/// Chance that a line is still there after `misses` further misses, in a cache of `lines` lines that
/// evicts at random: every miss takes one line of them, (1 − 1/C)^m.
///
/// The course text writes e^(−λt) for any cache; that is the limit for random replacement, with t
/// counted in misses and λ = 1/C.
pub fn random_survival(lines: f64, misses: f64) -> f64 {
    (1.0 - 1.0 / lines).powf(misses)
}

/// The exponential that [`random_survival`] tends to for large caches: e^(−m/C).
pub fn exponential_survival(lines: f64, misses: f64) -> f64 {
    (-misses / lines).exp()
}

/// The same chance under least recently used: a step at as many misses as there are lines.
pub fn lru_survival(lines: f64, misses: f64) -> f64 {
    if misses < lines { 1.0 } else { 0.0 }
}

const LINES: Parameter = Parameter {
    name: "lines",
    meaning: "lines of the cache, fully associative",
    unit: Unit::Count,
    default: 512.0,
    min: 1.0,
    max: 67_108_864.0,
};
const MISSES: Parameter = Parameter {
    name: "misses",
    meaning: "misses since the line was used",
    unit: Unit::Count,
    default: 512.0,
    min: 0.0,
    max: 1e12,
};

const fn chance(name: &'static str, meaning: &'static str) -> Output {
    Output {
        name,
        meaning,
        unit: Unit::Ratio,
    }
}

pub(super) const MODELS: &[Model] = &[Model {
    name: "survival",
    claims: &["P1"],
    about: "chance that an unused line is still in a cache after so many misses",
    formula: r"P = \left(1 - \frac{1}{C}\right)^m \approx e^{-m/C}",
    parameters: &[LINES, MISSES],
    outputs: &[
        chance("random", "under random replacement, exactly"),
        chance("exponential", "the exponential it tends to"),
        chance("lru", "under least recently used"),
    ],
    evaluate: |arguments| {
        let (lines, misses) = (arguments.get(&LINES), arguments.get(&MISSES));
        Ok(vec![
            random_survival(lines, misses),
            exponential_survival(lines, misses),
            lru_survival(lines, misses),
        ])
    },
}];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_the_limit_for_large_caches() {
        // Two lines, one miss: a coin. e^(-1/2) is 0.607.
        assert_eq!(random_survival(2.0, 1.0), 0.5);
        assert!((exponential_survival(2.0, 1.0) - 0.607).abs() < 1e-3);
        for misses in [1.0, 100.0, 1e4, 1e5] {
            let (exact, limit) = (
                random_survival(1e4, misses),
                exponential_survival(1e4, misses),
            );
            assert!((exact / limit - 1.0).abs() < 1e-3, "{exact} {limit}");
        }
    }

    #[test]
    fn least_recently_used_is_a_step() {
        assert_eq!(lru_survival(8.0, 7.0), 1.0);
        assert_eq!(lru_survival(8.0, 8.0), 0.0);
    }
}
