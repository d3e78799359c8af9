//! `lab compare`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use lab_core::{
    report::{Compared, Experiment, Report, compare},
    units::format_number,
};

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

/// Compares what two reports measured at the same places.
///
/// # Errors
/// When one cannot be read.
pub fn run(options: Options) -> Result<()> {
    let (a, b) = (load(&options.a)?, load(&options.b)?);
    let rows: Vec<Compared> = a
        .experiments
        .iter()
        .filter_map(|experiment| Some((experiment, b.experiment(&experiment.name)?)))
        .flat_map(|(a, b)| compare(a, b))
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

#[cfg(test)]
mod tests {
    use super::*;
    use lab_core::{
        evidence::{Evidence, Reading},
        report::{Exhibit, ExhibitKind, Histogram, Point, ScaleKind, Series, Spread},
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
