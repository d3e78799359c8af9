//! `lab compare`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use lab_core::{
    evidence::Reading,
    report::{Experiment, Point, Report, Spread},
    units::format_number,
};
use serde::Serialize;

use super::output::{say, say_json, table, text};
use crate::store;

/// Which reports.
#[derive(Debug, Args)]
pub struct Options {
    /// A report
    a: PathBuf,
    /// Another
    b: PathBuf,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// One measured point of both reports.
#[derive(Debug, Serialize)]
struct Row {
    experiment: String,
    variant: String,
    x: f64,
    a: f64,
    b: f64,
    /// B over A; none to a zero.
    ratio: Option<f64>,
    /// Least and largest ratio that the two intervals allow; none where one of them reaches zero.
    ratio_low: Option<f64>,
    ratio_high: Option<f64>,
    /// Whether the intervals do not overlap.
    apart: bool,
}

impl Row {
    /// How B compares to A, in figures or in words.
    fn compared(&self) -> String {
        match (self.ratio, self.ratio_low, self.ratio_high) {
            (Some(ratio), Some(low), Some(high)) => format!("{ratio:.3} [{low:.3}–{high:.3}]"),
            (Some(ratio), ..) => format!("{ratio:.3}, an interval reaches zero"),
            (None, ..) if self.b == 0.0 => "both are zero".to_owned(),
            (None, ..) => "A is zero, B is not".to_owned(),
        }
    }
}

/// Compares what two reports measured at the same places.
///
/// # Errors
/// When one cannot be read.
pub fn run(options: Options) -> Result<()> {
    let (a, b) = (load(&options.a)?, load(&options.b)?);
    let rows: Vec<Row> = a
        .experiments
        .iter()
        .filter_map(|experiment| Some((experiment, b.experiment(&experiment.name)?)))
        .flat_map(|(a, b)| rows(a, b))
        .collect();
    if options.json {
        return say_json(&rows);
    }
    for (name, path, report) in [("A", &options.a, &a), ("B", &options.b, &b)] {
        say(format!(
            "{name}: {}, {}, {}",
            path.display(),
            report.machine.name,
            report.created
        ))?;
    }
    if rows.is_empty() {
        return say("Nothing was measured at the same place in both.");
    }
    for experiment in &a.experiments {
        let own: Vec<_> = rows
            .iter()
            .filter(|row| row.experiment == experiment.name)
            .collect();
        if own.is_empty() {
            continue;
        }
        let unit = experiment.y.unit.symbol();
        let mut shown = table([
            "variant",
            experiment.x.label.as_str(),
            "A",
            "B",
            "B / A",
            "",
        ]);
        for row in own {
            shown.add_row([
                row.variant.clone(),
                experiment.x.unit.format(row.x),
                format_number(row.a),
                format_number(row.b),
                row.compared(),
                if row.apart { "apart" } else { "" }.to_owned(),
            ]);
        }
        say(format!(
            "\n{}, {} in {unit}, measured",
            experiment.title, experiment.y.label
        ))?;
        say(text(&shown))?;
        for sentence in b
            .experiment(&experiment.name)
            .map_or(Vec::new(), |b| exhibits(experiment, b))
        {
            say(sentence)?;
        }
    }
    say(
        "The interval of a ratio is the widest that both medians' intervals allow; apart: these do \
         not overlap.",
    )
}

fn load(path: &Path) -> Result<Report> {
    store::load(path)?.with_context(|| format!("there is no report {}", path.display()))
}

/// What both show beside their curves, each said of A and of B.
fn exhibits(a: &Experiment, b: &Experiment) -> Vec<String> {
    let pairs = a.exhibits.iter().filter_map(|one| {
        let other = b.exhibits.iter().find(|other| other.title == one.title)?;
        Some([("A", one), ("B", other)])
    });
    pairs
        .flatten()
        .map(|(name, exhibit)| format!("{name}: {}.", exhibit.sentence()))
        .collect()
}

fn rows(a: &Experiment, b: &Experiment) -> Vec<Row> {
    let measured = |experiment: &Experiment| {
        let series = experiment.series.clone();
        series
            .into_iter()
            .filter(|series| series.reading == Reading::Measured)
    };
    let mut rows = Vec::new();
    for series in measured(a) {
        let Some(other) = measured(b).find(|other| other.variant == series.variant) else {
            continue;
        };
        for point in &series.points {
            let same = other.points.iter().find(|other| other.x == point.x);
            let spreads = |other: &Point| Some((point.spread?, other.spread?));
            if let Some(other) = same
                && let Some(spreads) = spreads(other)
            {
                rows.push(row(a, &series.variant, (point, other), spreads));
            }
        }
    }
    rows
}

fn row(
    experiment: &Experiment,
    variant: &str,
    (a, b): (&Point, &Point),
    (spread_a, spread_b): (Spread, Spread),
) -> Row {
    let over = |b: f64, a: f64| (a > 0.0).then(|| b / a);
    // Below zero, where no value is, an interval is as good as at it.
    let above = spread_a.low > 0.0 && spread_b.low >= 0.0;
    Row {
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
    use lab_core::{
        evidence::Evidence,
        report::{Exhibit, ExhibitKind, Histogram, ScaleKind, Series},
        study::Study,
        units::Unit,
    };

    fn experiment(y: f64, low: f64, high: f64) -> Experiment {
        let confidence = 0.95;
        let point = Point {
            x: 4096.0,
            y,
            spread: Some(Spread {
                low,
                high,
                confidence,
            }),
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
        let rows = rows(&experiment(2.0, 1.9, 2.1), &experiment(3.0, 2.8, 3.2));
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].ratio, Some(1.5));
        assert_eq!(rows[0].compared(), "1.500 [1.333–1.684]");
        assert!(rows[0].apart);
        let close = super::rows(&experiment(2.0, 1.9, 2.1), &experiment(2.1, 2.0, 2.2));
        assert!(!close[0].apart);
    }

    #[test]
    fn a_ratio_to_zero_is_said_in_words() {
        let none = experiment(0.0, 0.0, 0.0);
        let some = experiment(3.0, 2.8, 3.2);
        let row = |a, b| super::rows(a, b).remove(0);
        let grown = row(&none, &some);
        assert_eq!(grown.compared(), "A is zero, B is not");
        assert!(grown.apart);
        assert_eq!(row(&none, &none).compared(), "both are zero");
        assert_eq!(row(&some, &none).compared(), "0.000 [0.000–0.000]");
        let wide = experiment(3.0, 0.0, 3.2);
        assert_eq!(
            row(&wide, &some).compared(),
            "1.000, an interval reaches zero"
        );
        let json = serde_json::to_value(&grown).unwrap();
        assert!(json["ratio"].is_null() && json["ratio_low"].is_null());
    }

    #[test]
    fn exhibits_of_one_title_stand_below_each_other() {
        let mut a = experiment(2.0, 1.9, 2.1);
        a.exhibits = vec![Exhibit {
            title: "how long".to_owned(),
            evidence: Evidence::Measured,
            unit: Unit::Nanoseconds,
            kind: ExhibitKind::Histogram(Histogram {
                scale: ScaleKind::Log,
                edges: vec![1.0, 2.0],
                counts: vec![3],
            }),
        }];
        assert_eq!(
            exhibits(&a, &experiment(2.0, 1.9, 2.1)),
            Vec::<String>::new()
        );
        let both = exhibits(&a, &a);
        assert!(both[0].starts_with("A: how long, measured: 3 in 1 class"));
        assert!(both[1].starts_with("B: how long, measured: "));
    }
}
