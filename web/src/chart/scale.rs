//! Scales of axes and their ticks: values to pixels and back.
//!
//! A logarithm has no zero. Where values on a logarithmic axis hold one, the axis is broken: its first
//! pixels are a strip on which zero stands by itself, and no line crosses the break, there being no slope
//! to draw. A linear axis begins at zero, so that lengths on it are amounts.

use lab_core::{
    report::ScaleKind,
    units::{Unit, format_bytes, format_number},
};

/// A scale from a range of values to a range of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    kind: ScaleKind,
    low: f64,
    high: f64,
    start: f64,
    end: f64,
    zero: Option<Zero>,
}

/// The strip of a logarithmic axis on which what is not above zero stands.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Zero {
    /// Its pixel.
    at: f64,
    /// Whether values below zero, such as ends of intervals, stand there too.
    below: bool,
}

/// How many pixels that strip takes.
const STRIP: f64 = 34.0;

/// How much higher than its largest value a linear axis reaches.
const HEADROOM: f64 = 1.06;

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

impl Scale {
    /// A logarithmic one from `low..high` (both above zero) to pixels `start..end`, which may run
    /// downwards.
    pub fn log((low, high): (f64, f64), (start, end): (f64, f64)) -> Self {
        Self {
            kind: ScaleKind::Log,
            low,
            high,
            start,
            end,
            zero: None,
        }
    }

    /// A linear one, likewise, of any two values.
    pub fn linear(range: (f64, f64), pixels: (f64, f64)) -> Self {
        Self {
            kind: ScaleKind::Linear,
            ..Self::log(range, pixels)
        }
    }

    /// The scale that shows these values, with a `margin` (a ratio) around them where it is logarithmic;
    /// none where there are no values. Of nothing above zero there is no logarithm: that is linear.
    pub fn over(
        kind: ScaleKind,
        values: impl IntoIterator<Item = f64>,
        margin: f64,
        (start, end): (f64, f64),
    ) -> Option<Self> {
        let values: Vec<f64> = values.into_iter().filter(|it| it.is_finite()).collect();
        let least = values.iter().copied().reduce(f64::min)?;
        let ratios = match kind {
            ScaleKind::Log => range(values.iter().copied(), margin),
            ScaleKind::Linear => None,
        };
        let Some(ratios) = ratios else {
            let most = values.into_iter().fold(0.0, f64::max);
            let (low, high) = (least.min(0.0) * HEADROOM, most * HEADROOM);
            let high = if high > low { high } else { low + 1.0 };
            return Some(Self::linear((low, high), (start, end)));
        };
        if least > 0.0 {
            return Some(Self::log(ratios, (start, end)));
        }
        let strip = STRIP.copysign(end - start);
        Some(Self {
            zero: Some(Zero {
                at: start + strip / 2.0,
                below: least < 0.0,
            }),
            ..Self::log(ratios, (start + strip, end))
        })
    }

    /// The pixel of a value.
    pub fn position(&self, value: f64) -> f64 {
        let share = match self.kind {
            ScaleKind::Log if value <= 0.0 => {
                return self.zero.map_or(self.start, |zero| zero.at);
            }
            ScaleKind::Log => (value / self.low).ln() / (self.high / self.low).ln(),
            ScaleKind::Linear => (value - self.low) / (self.high - self.low),
        };
        self.start + share * (self.end - self.start)
    }

    /// Whether a value lies on the scale.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value) || (value == 0.0 && self.zero.is_some())
    }

    /// Whether a line may lead from one value to the other: not over the break.
    pub fn joins(&self, a: f64, b: f64) -> bool {
        self.zero.is_none() || (a > 0.0) == (b > 0.0)
    }

    /// The pixel at which the axis is broken, where it is.
    pub fn broken_at(&self) -> Option<f64> {
        self.zero.map(|_| self.start)
    }

    /// Ticks that fit: multiples of powers of two for bytes, 1-2-5 else; at most about `room`, and zero
    /// where it stands by itself.
    pub fn ticks(&self, unit: Unit, room: usize) -> Vec<Tick> {
        let zero = self.zero.map(|zero| Tick {
            value: 0.0,
            label: format!("{}{}", if zero.below { "≤ " } else { "" }, label(unit, 0.0)),
        });
        let ticks = match (self.kind, unit) {
            (ScaleKind::Linear, _) => self.even_ticks(unit, room),
            (ScaleKind::Log, Unit::Bytes) => self.byte_ticks(room),
            (ScaleKind::Log, _) => self.decimal_ticks(room),
        };
        zero.into_iter().chain(ticks).collect()
    }

    /// Multiples of one round step.
    fn even_ticks(&self, unit: Unit, room: usize) -> Vec<Tick> {
        let wished = (self.high - self.low) / room.max(2) as f64;
        let step = if unit == Unit::Bytes {
            wished.log2().ceil().exp2()
        } else {
            let decade = 10_f64.powf(wished.log10().floor());
            let steps = [1.0, 2.0, 5.0].map(|digit| digit * decade);
            let fits = steps.into_iter().find(|step| *step >= wished);
            fits.unwrap_or(10.0 * decade)
        };
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step).floor() as i64;
        (first..=last)
            .map(|times| {
                let value = times as f64 * step;
                Tick {
                    value,
                    label: label(unit, value),
                }
            })
            .collect()
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
                    label: label(Unit::Bytes, value),
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
            label: label(Unit::Count, value),
        };
        values.into_iter().map(tick).collect()
    }
}

/// What stands at a tick, no wider than the margin beside the axis: sizes with their unit; of other
/// numbers thousands and more from 100 000 on (`200 k`, `5 M`), powers of ten below a thousandth.
fn label(unit: Unit, value: f64) -> String {
    const LARGE: [(f64, &str); 4] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    if unit == Unit::Bytes {
        return format_bytes(value);
    }
    let size = value.abs();
    match LARGE.iter().find(|(unit, _)| size >= *unit) {
        // Ticks have few digits, which computing with powers of ten blurs.
        _ if size > 0.0 && size < 9.9e-4 => format!("{value:.1e}").replace(".0e", "e"),
        Some((unit, symbol)) if size >= 1e5 => {
            let thousandths = (value / unit * 1e3).round() / 1e3;
            format!("{} {symbol}", format_number(thousandths))
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

/// The range a logarithmic axis shows for these values: widened by `margin` (a ratio) and never too narrow.
/// Values that have no logarithm are left out.
fn range(values: impl IntoIterator<Item = f64>, margin: f64) -> Option<(f64, f64)> {
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

    fn labels(scale: Scale, unit: Unit, room: usize) -> Vec<String> {
        let ticks = scale.ticks(unit, room);
        ticks.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn equal_ratios_are_equal_distances() {
        let scale = Scale::log((4096.0, 4096.0 * 1024.0), (50.0, 650.0));
        assert_eq!(scale.position(4096.0), 50.0);
        assert!((scale.position(131_072.0) - 350.0).abs() < 1e-9);
        let downwards = Scale::log((1.0, 100.0), (300.0, 0.0));
        assert!((downwards.position(10.0) - 150.0).abs() < 1e-9);
    }

    #[test]
    fn bytes_stand_at_powers_of_two() {
        let scale = Scale::log((4096.0, 33_554_432.0), (0.0, 600.0));
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
        let scale = Scale::log((0.8, 130.0), (300.0, 0.0));
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
            let scale = Scale::log((0.9 * value, 60.0 * value), (0.0, 600.0));
            for label in labels(scale, Unit::Nanoseconds, 8) {
                assert!(label.chars().count() <= 6, "{label}");
            }
        }
        let scale = Scale::log((9e4, 6e6), (300.0, 0.0));
        assert_eq!(
            labels(scale, Unit::Count, 8),
            ["100 k", "200 k", "500 k", "1 M", "2 M", "5 M"]
        );
    }

    #[test]
    fn zero_stands_below_the_break_of_a_logarithmic_axis() {
        let over = |values: &[f64]| {
            let values = values.iter().copied();
            Scale::over(ScaleKind::Log, values, 1.0, (300.0, 0.0)).unwrap()
        };
        let whole = over(&[1.0, 100.0]);
        assert_eq!((whole.position(1.0), whole.broken_at()), (300.0, None));
        assert!(!whole.contains(0.0) && whole.joins(0.0, 1.0));
        let broken = over(&[0.0, 1.0, 100.0]);
        assert_eq!(broken.broken_at(), Some(266.0));
        assert_eq!((broken.position(0.0), broken.position(1.0)), (283.0, 266.0));
        assert!(broken.contains(0.0) && !broken.joins(0.0, 1.0) && broken.joins(1.0, 9.0));
        let labels = labels(broken, Unit::Nanoseconds, 4);
        assert_eq!(labels, ["0", "1", "10", "100"]);
        let below = over(&[-0.5, 1.0, 100.0]);
        assert_eq!(below.ticks(Unit::Bytes, 4)[0].label, "≤ 0 B");
    }

    #[test]
    fn linear_axes_begin_at_zero() {
        let over = |values: &[f64]| {
            let values = values.iter().copied();
            Scale::over(ScaleKind::Linear, values, 1.0, (0.0, 106.0)).unwrap()
        };
        let scale = over(&[25.0, 100.0]);
        assert!((scale.position(25.0) - 25.0).abs() < 1e-9);
        assert_eq!(scale.position(0.0), 0.0);
        let shown = labels(scale, Unit::Percent, 6);
        assert_eq!(shown, ["0", "20", "40", "60", "80", "100"]);
        let sizes = labels(over(&[6e6]), Unit::Bytes, 4);
        assert_eq!(sizes, ["0 B", "2 MiB", "4 MiB", "6 MiB"]);
        let many = labels(over(&[1.2e6]), Unit::Count, 7);
        assert_eq!(many[..3], ["0", "200 k", "400 k"]);
        assert_eq!(labels(over(&[0.3]), Unit::Ratio, 3), ["0", "0.2"]);
        assert_eq!(over(&[-2.0, 2.0]).ticks(Unit::Count, 4)[0].label, "-2");
    }

    #[test]
    fn of_zeros_alone_the_axis_is_linear_and_of_nothing_there_is_none() {
        let over = |values: &[f64]| {
            let values = values.iter().copied();
            Scale::over(ScaleKind::Log, values, 1.2, (0.0, 100.0))
        };
        assert_eq!(over(&[0.0]), Some(Scale::linear((0.0, 1.0), (0.0, 100.0))));
        assert_eq!(over(&[f64::NAN]), None);
    }

    #[test]
    fn every_range_has_at_least_two_ticks() {
        for low in [0.001, 0.3, 0.99, 1.0, 1.01, 3.0, 4.2, 77.0, 1e9] {
            let range = range([low], 1.0).unwrap();
            let scale = Scale::log(range, (0.0, 1.0));
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
