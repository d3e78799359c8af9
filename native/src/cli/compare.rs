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
    /// B over A.
    ratio: f64,
    /// Least and largest ratio that the two intervals allow.
    ratio_low: f64,
    ratio_high: f64,
    /// Whether the intervals do not overlap.
    apart: bool,
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
                format!(
                    "{:.3} [{:.3}–{:.3}]",
                    row.ratio, row.ratio_low, row.ratio_high
                ),
                if row.apart { "apart" } else { "" }.to_owned(),
            ]);
        }
        say(format!(
            "\n{}, {} in {unit}, measured",
            experiment.title, experiment.y.label
        ))?;
        say(text(&shown))?;
    }
    say(
        "The interval of a ratio is the widest that both medians' intervals allow; apart: these do \
         not overlap.",
    )
}

fn load(path: &Path) -> Result<Report> {
    store::load(path)?.with_context(|| format!("there is no report {}", path.display()))
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
    Row {
        experiment: experiment.name.clone(),
        variant: variant.to_owned(),
        x: a.x,
        a: a.y,
        b: b.y,
        ratio: b.y / a.y,
        ratio_low: spread_b.low / spread_a.high,
        ratio_high: spread_b.high / spread_a.low,
        apart: spread_b.low > spread_a.high || spread_a.low > spread_b.high,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_core::{report::Series, study::Study};

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
        assert_eq!(rows[0].ratio, 1.5);
        assert!((rows[0].ratio_low - 2.8 / 2.1).abs() < 1e-12);
        assert!((rows[0].ratio_high - 3.2 / 1.9).abs() < 1e-12);
        assert!(rows[0].apart);
        let close = super::rows(&experiment(2.0, 1.9, 2.1), &experiment(2.1, 2.0, 2.2));
        assert!(!close[0].apart);
    }
}
