//! Ratios of two variants, round by round.

use serde::{Deserialize, Serialize};

use super::Spread;

/// How two measured variants compare at one x: the median of the ratios of samples taken in the same
/// round, so that a drift of the machine cancels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// The variant that is compared.
    pub of: String,
    /// The one it is compared to.
    pub to: String,
    /// Where along x.
    pub x: f64,
    /// The median of the paired ratios.
    pub median: f64,
    /// How sure it is.
    pub spread: Spread,
    /// How many pairs it rests on.
    pub pairs: usize,
    /// Whether most of these pairs were disturbed, there being too few others.
    #[serde(default)]
    pub dirty: bool,
}

impl Ratio {
    /// Whether the interval holds 1: then nothing was shown to differ.
    pub fn is_inconclusive(&self) -> bool {
        (self.spread.low..=self.spread.high).contains(&1.0)
    }

    /// The ratio with its interval, as a sentence without its full stop; `at` is where along x.
    pub fn sentence(&self, at: &str) -> String {
        let Spread {
            low,
            high,
            confidence,
        } = self.spread;
        let verdict = if self.is_inconclusive() {
            ": inconclusive, the interval holds 1"
        } else {
            ""
        };
        let dirty = if self.dirty {
            ", mostly of disturbed samples"
        } else {
            ""
        };
        format!(
            "{} over {} at {at}: {:.3} [{low:.3}\u{2013}{high:.3}], {:.0} % interval of {} pairs{dirty}{verdict}",
            self.of,
            self.to,
            self.median,
            100.0 * confidence,
            self.pairs
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(low: f64, high: f64) -> Ratio {
        Ratio {
            of: "triad".into(),
            to: "read".into(),
            x: 4096.0,
            median: 1.05,
            spread: Spread {
                low,
                high,
                confidence: 0.96,
            },
            pairs: 9,
            dirty: false,
        }
    }

    #[test]
    fn an_interval_around_one_is_inconclusive() {
        assert_eq!(
            ratio(1.02, 1.1).sentence("4 KiB"),
            "triad over read at 4 KiB: 1.050 [1.020\u{2013}1.100], 96 % interval of 9 pairs"
        );
        assert!(!ratio(0.8, 0.99).is_inconclusive());
        for (low, high) in [(0.99, 1.1), (1.0, 1.1), (0.9, 1.0)] {
            let sentence = ratio(low, high).sentence("4 KiB");
            assert!(
                sentence.ends_with(": inconclusive, the interval holds 1"),
                "{sentence}"
            );
        }
    }
}
