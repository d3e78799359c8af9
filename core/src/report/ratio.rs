//! Ratios of two variants, round by round.

use serde::{Deserialize, Serialize};

use super::{Axis, Spread};
use crate::units::{Unit, format_number};

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

    /// What follows from it for values in this unit, in a word.
    pub fn finding(&self, y: Unit) -> &'static str {
        let more = self.median > 1.0;
        if self.is_inconclusive() {
            "inconclusive"
        } else if y.is_time() {
            if more { "slower" } else { "faster" }
        } else if y.is_rate() {
            if more { "faster" } else { "slower" }
        } else if more {
            "more"
        } else {
            "less"
        }
    }

    /// What it says to someone who reads no table, without a full stop: `ijk takes 20.5 times as long
    /// as ikj (interval 19.92 to 21.49) at rows and columns 2992`.
    pub fn plainly(&self, x: &Axis, y: Unit) -> String {
        let Self { of, to, .. } = self;
        let Spread { low, high, .. } = self.spread;
        let [median, low, high] = [self.median, low, high].map(format_number);
        let at = x.place(self.x);
        let dirty = if self.dirty {
            "; most of its samples were disturbed"
        } else {
            ""
        };
        if self.is_inconclusive() {
            return format!(
                "{of} beside {to} is inconclusive at {at}: the ratio is {median}, and its interval, \
                 {low} to {high}, holds 1{dirty}"
            );
        }
        let says = if y.is_time() {
            format!("{of} takes {median} times as long as {to}")
        } else if y.is_rate() {
            format!("{of} is {median} times as fast as {to}")
        } else {
            format!("{of} is {median} times {to}")
        };
        format!("{says} (interval {low} to {high}) at {at}{dirty}")
    }

    /// How far from 1 it is, whichever way.
    pub fn distance(&self) -> f64 {
        self.median.ln().abs()
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
    use crate::report::{Quantity, ScaleKind};

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
    fn what_it_says_goes_by_the_unit_and_the_interval() {
        let x = Axis {
            label: "working set".into(),
            unit: Unit::Bytes,
            quantity: Quantity::WorkingSet,
            scale: ScaleKind::Log,
        };
        for (unit, low, high, finding, says) in [
            (
                Unit::NanosecondsPerAccess,
                1.02,
                1.1,
                "slower",
                "triad takes 1.05 times as long as read (interval 1.02 to 1.1) at working set 4 KiB",
            ),
            (
                Unit::GigabytesPerSecond,
                1.02,
                1.1,
                "faster",
                "triad is 1.05 times as fast as read (interval 1.02 to 1.1) at working set 4 KiB",
            ),
            (
                Unit::Ratio,
                1.02,
                1.1,
                "more",
                "triad is 1.05 times read (interval 1.02 to 1.1) at working set 4 KiB",
            ),
            (
                Unit::Nanoseconds,
                0.9,
                1.1,
                "inconclusive",
                "triad beside read is inconclusive at working set 4 KiB: the ratio is 1.05, and its \
                 interval, 0.9 to 1.1, holds 1",
            ),
        ] {
            let ratio = ratio(low, high);
            assert_eq!(ratio.finding(unit), finding);
            assert_eq!(ratio.plainly(&x, unit), says);
        }
        let slower = Ratio {
            median: 0.5,
            dirty: true,
            ..ratio(0.4, 0.6)
        };
        assert_eq!(slower.finding(Unit::Nanoseconds), "faster");
        assert_eq!(slower.finding(Unit::GigabytesPerSecond), "slower");
        assert_eq!(slower.finding(Unit::Percent), "less");
        assert!(slower.plainly(&x, Unit::Percent).ends_with("disturbed"));
        assert_eq!(
            slower.distance(),
            Ratio {
                median: 2.0,
                ..slower.clone()
            }
            .distance()
        );
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
