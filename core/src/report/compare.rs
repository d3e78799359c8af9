//! Two reports' measurements of the same thing, point by point.

use serde::Serialize;

use super::{Axis, Experiment, Point, Series, Spread};
use crate::{
    evidence::Reading,
    units::{Unit, format_number},
};

/// One measured point of both reports, A and B.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// The name of the experiment.
    pub experiment: String,
    /// The variant; empty where there is one only.
    pub variant: String,
    /// Where along x.
    pub x: f64,
    /// What A measured.
    pub a: f64,
    /// What B measured.
    pub b: f64,
    /// B over A; none to a zero.
    pub ratio: Option<f64>,
    /// Least ratio that the two intervals allow; none where one of them reaches zero.
    pub ratio_low: Option<f64>,
    /// The largest.
    pub ratio_high: Option<f64>,
    /// Whether the intervals do not overlap: then more than noise tells them apart.
    pub apart: bool,
}

impl Compared {
    /// How B compares to A, in figures or in words.
    pub fn compared(&self) -> String {
        match (self.ratio, self.ratio_low, self.ratio_high) {
            (Some(ratio), Some(low), Some(high)) => format!("{ratio:.3} [{low:.3}–{high:.3}]"),
            (Some(ratio), ..) => format!("{ratio:.3}, an interval reaches zero"),
            (None, ..) if self.b == 0.0 => "both are zero".to_owned(),
            (None, ..) => "A is zero, B is not".to_owned(),
        }
    }

    /// How far from 1 the ratio is, whichever way.
    pub fn distance(&self) -> f64 {
        let ratio = self.ratio.filter(|ratio| *ratio > 0.0);
        ratio.map_or(0.0, |ratio| ratio.ln().abs())
    }

    /// What it says to someone who reads no table, without a full stop: `B takes 2.1 times as long as A at
    /// working set 4 MiB`.
    pub fn plainly(&self, x: &Axis, y: Unit) -> String {
        let at = match self.variant.as_str() {
            "" => x.place(self.x),
            variant => format!("{} ({variant})", x.place(self.x)),
        };
        let Some(ratio) = self.ratio else {
            return format!("{} at {at}", self.compared());
        };
        // The larger beside the smaller: a ratio below 1 is harder to read.
        let (more, less, times) = match ratio {
            small if small > 0.0 && small < 1.0 => ("A", "B", 1.0 / small),
            _ => ("B", "A", ratio),
        };
        let times = format_number(times);
        if y.is_time() {
            format!("{more} takes {times} times as long as {less} at {at}")
        } else if y.is_rate() {
            format!("{more} is {times} times as fast as {less} at {at}")
        } else {
            format!("{more} is {times} times {less} at {at}")
        }
    }
}

/// How an experiment differs between two reports.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Points that both measured.
    pub points: usize,
    /// Of these, whose intervals do not overlap.
    pub apart: usize,
    /// The median of the ratios, B over A; none where there is none.
    pub median: Option<f64>,
    /// Of the points apart that whose ratio is farthest from 1.
    pub widest: Option<Compared>,
}

impl Difference {
    /// What all points of an experiment say together; none where there are no points.
    pub fn of(all: &[Compared]) -> Option<Self> {
        let mut ratios: Vec<f64> = all.iter().filter_map(|it| it.ratio).collect();
        ratios.sort_by(f64::total_cmp);
        let apart = all.iter().filter(|it| it.apart);
        let widest = apart
            .clone()
            .max_by(|a, b| a.distance().total_cmp(&b.distance()));
        (!all.is_empty()).then(|| Self {
            points: all.len(),
            apart: apart.count(),
            median: (!ratios.is_empty()).then(|| ratios[ratios.len() / 2]),
            widest: widest.cloned(),
        })
    }

    /// Whether there is more than noise: of very many points a few are apart by chance.
    pub fn is_beyond_noise(&self) -> bool {
        self.apart * 20 > self.points
    }
}

/// What two reports measured at the same places of an experiment.
pub fn compare(a: &Experiment, b: &Experiment) -> Vec<Compared> {
    let mut all = Vec::new();
    for series in measured(a) {
        let Some(other) = measured(b).find(|other| other.variant == series.variant) else {
            continue;
        };
        for point in &series.points {
            let same = other.points.iter().find(|other| other.x == point.x);
            if let Some(other) = same
                && let (Some(of_a), Some(of_b)) = (point.spread, other.spread)
            {
                all.push(compared(a, &series.variant, (point, other), (of_a, of_b)));
            }
        }
    }
    all
}

fn measured(experiment: &Experiment) -> impl Iterator<Item = &Series> {
    let all = experiment.series.iter();
    all.filter(|series| series.reading == Reading::Measured)
}

fn compared(
    experiment: &Experiment,
    variant: &str,
    (a, b): (&Point, &Point),
    (spread_a, spread_b): (Spread, Spread),
) -> Compared {
    let over = |b: f64, a: f64| (a > 0.0).then(|| b / a);
    // Below zero, where no value is, an interval is as good as at it.
    let above = spread_a.low > 0.0 && spread_b.low >= 0.0;
    Compared {
        experiment: experiment.name.clone(),
        variant: variant.to_owned(),
        x: a.x,
        a: a.y,
        b: b.y,
        ratio: over(b.y, a.y),
        ratio_low: over(spread_b.low, spread_a.high).filter(|_| above),
        ratio_high: over(spread_b.high, spread_a.low).filter(|_| above),
        apart: spread_b.low > spread_a.high || spread_a.low > spread_b.high,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Study;

    fn experiment(y: f64, low: f64, high: f64) -> Experiment {
        let confidence = 0.95;
        let spread = Some(Spread {
            low,
            high,
            confidence,
        });
        let point = Point {
            x: 4096.0,
            y,
            spread,
            ..Point::default()
        };
        let series = Series {
            reading: Reading::Measured,
            variant: "huge pages".to_owned(),
            points: vec![point],
            unavailable: None,
        };
        Study::LatencyLadder.experiment(Vec::new(), vec![series])
    }

    #[test]
    fn ratios_carry_both_intervals() {
        let (a, b) = (experiment(2.0, 1.9, 2.1), experiment(3.0, 2.8, 3.2));
        let all = compare(&a, &b);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].ratio, Some(1.5));
        assert_eq!(all[0].compared(), "1.500 [1.333–1.684]");
        assert!(all[0].apart);
        let says = all[0].plainly(&a.x, a.y.unit);
        assert!(
            says.starts_with("B takes 1.5 times as long as A at "),
            "{says}"
        );
        assert!(says.ends_with("4 KiB (huge pages)"), "{says}");
        let says = compare(&b, &a)[0].plainly(&a.x, a.y.unit);
        assert!(
            says.starts_with("A takes 1.5 times as long as B at "),
            "{says}"
        );
        let all = compare(&experiment(2.0, 1.9, 2.1), &experiment(2.1, 2.0, 2.2));
        assert!(!all[0].apart);
    }

    #[test]
    fn a_ratio_to_zero_is_said_in_words() {
        let none = experiment(0.0, 0.0, 0.0);
        let some = experiment(3.0, 2.8, 3.2);
        let one = |a, b| compare(a, b).remove(0);
        let grown = one(&none, &some);
        assert_eq!(grown.compared(), "A is zero, B is not");
        assert!(grown.apart);
        assert_eq!(one(&none, &none).compared(), "both are zero");
        assert_eq!(one(&some, &none).compared(), "0.000 [0.000–0.000]");
        let wide = experiment(3.0, 0.0, 3.2);
        assert_eq!(
            one(&wide, &some).compared(),
            "1.000, an interval reaches zero"
        );
        let json = serde_json::to_value(&grown).unwrap();
        assert!(json["ratio"].is_null() && json["ratio_low"].is_null());
    }

    #[test]
    fn the_widest_ratio_is_one_beyond_noise() {
        assert_eq!(Difference::of(&[]), None);
        let apart = compare(&experiment(2.0, 1.9, 2.1), &experiment(1.0, 0.9, 1.1));
        let noisy = compare(&experiment(2.0, 0.1, 9.0), &experiment(8.0, 0.2, 9.0));
        let both = [apart.clone(), noisy.clone()].concat();
        let seen = Difference::of(&both).unwrap();
        assert_eq!((seen.points, seen.apart), (2, 1));
        assert_eq!(seen.widest, Some(apart[0].clone()));
        assert!(seen.is_beyond_noise());
        let alike = Difference::of(&noisy).unwrap();
        assert!(alike.widest.is_none() && !alike.is_beyond_noise());
        // One of thirty is chance.
        let many: Vec<_> = std::iter::repeat_n(noisy, 29)
            .chain([apart])
            .flatten()
            .collect();
        assert!(!Difference::of(&many).unwrap().is_beyond_noise());
    }
}
