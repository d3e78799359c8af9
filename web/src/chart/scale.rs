//! Logarithmic scales and their ticks: values to pixels and back.

use lab_core::units::{Unit, format_bytes, format_number};

/// A logarithmic scale from a range of values to a range of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogScale {
    low: f64,
    high: f64,
    start: f64,
    end: f64,
}

/// A labelled place on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where, in the unit of the axis.
    pub value: f64,
    /// What stands there.
    pub label: String,
}

/// The narrowest range an axis shows, as a ratio: less would leave it without ticks.
const NARROWEST: f64 = 6.0;

impl LogScale {
    /// From `low..high` (both above zero) to pixels `start..end`, which may run downwards.
    pub fn new((low, high): (f64, f64), (start, end): (f64, f64)) -> Self {
        Self {
            low,
            high,
            start,
            end,
        }
    }

    /// The pixel of a value.
    pub fn position(&self, value: f64) -> f64 {
        let share = (value / self.low).ln() / (self.high / self.low).ln();
        self.start + share * (self.end - self.start)
    }

    /// Whether a value lies on the scale.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Ticks that fit: multiples of powers of two for bytes, 1-2-5 else; at most about `room`.
    pub fn ticks(&self, unit: Unit, room: usize) -> Vec<Tick> {
        if unit == Unit::Bytes {
            self.byte_ticks(room)
        } else {
            self.decimal_ticks(room)
        }
    }

    fn byte_ticks(&self, room: usize) -> Vec<Tick> {
        let first = self.low.log2().ceil() as i32;
        let last = self.high.log2().floor() as i32;
        let at = |step: i32| (first..=last).filter(move |power| power.rem_euclid(step) == 0);
        let step = [1, 2, 3, 5, 10, 20]
            .into_iter()
            .find(|&step| at(step).count() <= room.max(2))
            .unwrap_or(20);
        at(step)
            .map(|power| {
                let value = f64::from(power).exp2();
                Tick {
                    value,
                    label: format_bytes(value),
                }
            })
            .collect()
    }

    fn decimal_ticks(&self, room: usize) -> Vec<Tick> {
        let decades = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let with = |multiples: &[f64]| -> Vec<f64> {
            let all = decades
                .clone()
                .flat_map(|decade| multiples.iter().map(move |m| m * 10_f64.powi(decade)));
            all.filter(|value| self.contains(*value)).collect()
        };
        let choices: [&[f64]; 3] = [&[1.0, 2.0, 5.0], &[1.0, 3.0], &[1.0]];
        let fits = |values: &Vec<f64>| values.len() <= room.max(2);
        let mut values = choices
            .into_iter()
            .map(with)
            .find(fits)
            .unwrap_or_else(|| with(&[1.0]));
        while values.len() > room.max(2) {
            values = values.into_iter().step_by(2).collect();
        }
        let tick = |value: f64| Tick {
            value,
            label: short(value),
        };
        values.into_iter().map(tick).collect()
    }
}

/// A tick's number, no wider than the margin beside the axis: thousands and more from 100 000 on
/// (`200 k`, `5 M`), powers of ten below a thousandth.
fn short(value: f64) -> String {
    const LARGE: [(f64, &str); 4] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    match LARGE.iter().find(|(unit, _)| value >= *unit) {
        // Ticks have one digit, which computing with powers of ten blurs.
        _ if value < 9.9e-4 => format!("{value:.0e}"),
        Some((unit, symbol)) if value >= 1e5 => {
            format!("{} {symbol}", format_number((value / unit).round()))
        }
        _ => format_number(value),
    }
}

/// A scale of shares of a whole, upwards from zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShareScale {
    most: f64,
    bottom: f64,
    top: f64,
}

impl ShareScale {
    /// The ends such a scale may have, so that it does not move with every small change.
    const ENDS: [f64; 5] = [0.05, 0.1, 0.25, 0.5, 1.0];

    /// A scale to pixels `bottom..top` that reaches `share`.
    pub fn reaching(share: f64, (bottom, top): (f64, f64)) -> Self {
        let most = Self::ENDS.into_iter().find(|end| share <= *end);
        Self {
            most: most.unwrap_or(1.0),
            bottom,
            top,
        }
    }

    /// The pixel of a share.
    pub fn position(&self, share: f64) -> f64 {
        self.bottom + (share / self.most) * (self.top - self.bottom)
    }

    /// Five ticks and zero.
    pub fn ticks(&self) -> impl Iterator<Item = (f64, String)> + '_ {
        (0..=5).map(|fifth| {
            let share = self.most * f64::from(fifth) / 5.0;
            (
                self.position(share),
                format!("{} %", format_number((share * 1e6).round() / 1e4)),
            )
        })
    }
}

/// The range an axis shows for these values: widened by `margin` (a ratio) and never too narrow.
/// Values that cannot stand on a logarithmic axis are left out.
pub fn range(values: impl IntoIterator<Item = f64>, margin: f64) -> Option<(f64, f64)> {
    let (mut low, mut high) = values
        .into_iter()
        .filter(|value| value.is_finite() && *value > 0.0)
        .fold(None, |range, value| match range {
            None => Some((value, value)),
            Some((low, high)) => Some((value.min(low), value.max(high))),
        })?;
    low /= margin;
    high *= margin;
    let lacking = NARROWEST / (high / low);
    if lacking > 1.0 {
        low /= lacking.sqrt();
        high *= lacking.sqrt();
    }
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: LogScale, unit: Unit, room: usize) -> Vec<String> {
        let ticks = scale.ticks(unit, room);
        ticks.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn equal_ratios_are_equal_distances() {
        let scale = LogScale::new((4096.0, 4096.0 * 1024.0), (50.0, 650.0));
        assert_eq!(scale.position(4096.0), 50.0);
        assert!((scale.position(131_072.0) - 350.0).abs() < 1e-9);
        let downwards = LogScale::new((1.0, 100.0), (300.0, 0.0));
        assert!((downwards.position(10.0) - 150.0).abs() < 1e-9);
    }

    #[test]
    fn bytes_stand_at_powers_of_two() {
        let scale = LogScale::new((4096.0, 33_554_432.0), (0.0, 600.0));
        assert_eq!(
            labels(scale, Unit::Bytes, 8),
            [
                "4 KiB", "16 KiB", "64 KiB", "256 KiB", "1 MiB", "4 MiB", "16 MiB"
            ]
        );
        assert_eq!(labels(scale, Unit::Bytes, 3), ["32 KiB", "1 MiB", "32 MiB"]);
    }

    #[test]
    fn times_stand_at_one_two_five_or_at_decades() {
        let scale = LogScale::new((0.8, 130.0), (300.0, 0.0));
        assert_eq!(
            labels(scale, Unit::Nanoseconds, 8),
            ["1", "2", "5", "10", "20", "50", "100"]
        );
        assert_eq!(
            labels(scale, Unit::Nanoseconds, 6),
            ["1", "3", "10", "30", "100"]
        );
        assert_eq!(labels(scale, Unit::Nanoseconds, 4), ["1", "10", "100"]);
    }

    #[test]
    fn labels_stay_short_however_large_or_small_the_numbers() {
        for decade in -9..15 {
            let value = 10_f64.powi(decade);
            let scale = LogScale::new((0.9 * value, 60.0 * value), (0.0, 600.0));
            for label in labels(scale, Unit::Nanoseconds, 8) {
                assert!(label.chars().count() <= 6, "{label}");
            }
        }
        let scale = LogScale::new((9e4, 6e6), (300.0, 0.0));
        assert_eq!(
            labels(scale, Unit::Count, 8),
            ["100 k", "200 k", "500 k", "1 M", "2 M", "5 M"]
        );
    }

    #[test]
    fn every_range_has_at_least_two_ticks() {
        for low in [0.001, 0.3, 0.99, 1.0, 1.01, 3.0, 4.2, 77.0, 1e9] {
            let range = range([low], 1.0).unwrap();
            let scale = LogScale::new(range, (0.0, 1.0));
            for unit in [Unit::Nanoseconds, Unit::Bytes] {
                assert!(scale.ticks(unit, 8).len() >= 2, "{low} {unit:?}");
            }
        }
    }

    #[test]
    fn shares_stand_in_round_percents() {
        for (share, last) in [
            (0.031, "5 %"),
            (0.07, "10 %"),
            (0.11, "25 %"),
            (0.7, "100 %"),
        ] {
            let scale = ShareScale::reaching(share, (300.0, 100.0));
            let ticks: Vec<_> = scale.ticks().collect();
            assert_eq!(ticks[0], (300.0, "0 %".to_owned()));
            assert_eq!(ticks[5], (100.0, last.to_owned()));
            assert!(scale.position(share) >= 100.0);
        }
    }

    #[test]
    fn impossible_values_do_not_widen_a_range() {
        assert_eq!(range([0.0, f64::NAN, -3.0], 1.2), None);
        assert_eq!(range([1.0, f64::INFINITY, 100.0], 1.0), Some((1.0, 100.0)));
    }
}
