//! `lab measure`.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use comfy_table::Table;
use lab_core::{
    evidence::Reading,
    report::{Experiment, Note, Point, Report, Series},
    study::Study,
    units::format_number,
};
use serde_json::{Value, json};

use super::{
    Stopped,
    output::{STYLE, say, say_json, table, text},
    progress::Bar,
    usage,
};
use crate::{
    experiments::{self, Plan},
    keep::Keeper,
    measure::data_file::DataFile,
    store,
};

/// What to measure, and where to put it.
#[derive(Debug, Args)]
pub struct Options {
    /// The experiments to run; when none is named all, or with --quick those that show the machine
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// List the experiments
    #[arg(long, conflicts_with_all = ["names", "quick", "out"])]
    list: bool,
    /// Every experiment, also with --quick
    #[arg(long, conflicts_with_all = ["names", "list"])]
    all: bool,
    /// Fewer points and samples: seconds instead of minutes
    #[arg(long)]
    quick: bool,
    /// The file that file-reading reads, at most its first 32 MiB; without one it makes its own in
    /// the folder for temporary files. The file is only read; leave it alone meanwhile
    #[arg(long, value_name = "FILE", conflicts_with = "list")]
    data: Option<PathBuf>,
    /// Write the report to a file of its own, not over the newest one
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Also print what was counted at each point, and what follows from it
    #[arg(long, short, conflicts_with = "json")]
    verbose: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs experiments.
///
/// # Errors
/// When an experiment is not known, the machine cannot be looked at, the report cannot be written,
/// or the user stopped it.
pub fn run(options: Options) -> Result<()> {
    if options.list {
        return list(options.json);
    }
    let studies = studies(&options.names, options.quick && !options.all)?;
    if let Some(path) = &options.data {
        if !studies.contains(&Study::FileReading) {
            return Err(usage(
                "--data names the file that file-reading reads, and that is not among the \
                 experiments to run: add file-reading",
            ));
        }
        DataFile::open(path)?;
    }
    let out = match &options.out {
        Some(path) => path.clone(),
        None => store::default_path()?,
    };
    if options.out.is_some() {
        // A wrong path is told before minutes are spent.
        try_to_write(&out)?;
    }
    let mut bar = Bar::new()?;
    let plan = Plan {
        studies,
        quick: options.quick,
        data: options.data,
    };
    // A file of its own holds this run only.
    let known = match options.out {
        Some(_) => None,
        None => store::load_or_warn(&out),
    };
    let mut keeper = Keeper::new(&mut bar, &out, known);
    let measured = experiments::run(&plan, &mut keeper);
    let saved = match &measured {
        Ok(measured) => keeper.save(measured),
        Err(_) => Ok(()),
    };
    bar.finish();
    let measured = measured?;
    if options.json {
        say(measured.to_json())?;
    } else {
        say(summary(&measured, options.verbose))?;
    }
    saved?;
    if bar.stopped() {
        eprintln!(
            "Stopped. What was measured until then is in {}.",
            out.display()
        );
        return Err(Stopped.into());
    }
    eprintln!("The report is in {}.", out.display());
    Ok(())
}

/// The studies of these names; for no names all of them, or the few that show the machine.
fn studies(names: &[String], few: bool) -> Result<Vec<Study>> {
    if names.is_empty() {
        return Ok(if few {
            Study::of_machines().collect()
        } else {
            Study::ALL.to_vec()
        });
    }
    let mut studies = Vec::new();
    for name in names {
        let study = Study::from_name(name).ok_or_else(|| {
            let known = Study::ALL
                .iter()
                .map(|study| study.info().name)
                .collect::<Vec<_>>();
            usage(format!(
                "there is no experiment `{name}`: choose from {}",
                known.join(", ")
            ))
        })?;
        if !studies.contains(&study) {
            studies.push(study);
        }
    }
    Ok(studies)
}

fn try_to_write(path: &std::path::Path) -> Result<()> {
    let existed = path.exists();
    fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .and_then(|_| {
            if existed {
                Ok(())
            } else {
                fs::remove_file(path)
            }
        })
        .with_context(|| format!("cannot write {}", path.display()))
}

fn list(as_json: bool) -> Result<()> {
    let infos: Vec<_> = Study::ALL.iter().map(|study| study.info()).collect();
    if as_json {
        let infos: Vec<Value> = infos
            .iter()
            .map(|info| {
                json!({
                    "name": info.name,
                    "title": info.title,
                    "about": info.about,
                    "claims": info.claims,
                    "variants": info.measured_variants,
                })
            })
            .collect();
        return say_json(&infos);
    }
    // The question last: however long it is, the columns before it line up.
    let mut rows = Table::new();
    rows.load_style(STYLE)
        .set_header(["experiment", "claims", "what it asks"]);
    for info in infos {
        rows.add_row([info.name, &info.claims.join(" "), info.about]);
    }
    say(text(&rows))?;
    say(
        "\nFrom the timing of latency-ladder, set-conflicts and tlb-reach the lab also infers the caches' \
         line, sizes and ways and the TLB's entries, beside what the machine reports. All of them take up \
         to eight minutes, with --quick up to 40 seconds.",
    )
}

/// A report as text: the calibrated machine, each experiment as a table, all notes.
fn summary(report: &Report, verbose: bool) -> String {
    let mut parts = vec![machine(report)];
    for experiment in &report.experiments {
        parts.push(format!("{}\n{}", experiment.title, readings(experiment)));
        if verbose {
            parts.extend(counted(experiment, report.machine.line() as f64));
        }
        parts.extend(
            experiment
                .ratios
                .iter()
                .map(|ratio| format!("Ratio: {}.", ratio.sentence(&experiment.x.place(ratio.x)))),
        );
        let few = experiment.verdicts.len() <= SIDE_BY_SIDE;
        let verdicts = experiment.verdicts.iter().filter(|_| few || verbose);
        parts.extend(verdicts.map(|it| format!("Verdict on {}.", it.sentence(&experiment.x))));
        if !(few || verbose) {
            parts.push(format!(
                "{} verdicts: --verbose prints them.",
                experiment.verdicts.len()
            ));
        }
        parts.extend(exhibits(experiment, verbose));
        parts.extend(experiment.notes.iter().map(Note::labelled));
    }
    parts.extend(inferred(report));
    parts.extend(report.notes.iter().map(Note::labelled));
    for gap in &report.environment.unavailable {
        parts.push(format!("Not available: {}.", gap.sentence()));
    }
    parts.join("\n")
}

/// What was found of each level.
fn machine(report: &Report) -> String {
    let machine = &report.machine;
    let mut rows = table(["level", "size", "latency", "read bandwidth"]);
    let figure = |figure: &lab_core::machine::Figure, unit: lab_core::units::Unit| {
        format!("{} {}", unit.format(figure.value), figure.evidence)
    };
    let levels = machine
        .caches
        .iter()
        .map(|cache| {
            let size = lab_core::units::format_bytes(cache.size as f64);
            let size = format!("{size} {}", cache.geometry);
            (
                cache.name.as_str(),
                size,
                &cache.latency_ns,
                &cache.bandwidth_gbs,
            )
        })
        .chain([(
            "memory",
            lab_core::units::format_bytes(machine.memory.size as f64),
            &machine.memory.latency_ns,
            &machine.memory.bandwidth_gbs,
        )]);
    for (name, size, latency, bandwidth) in levels {
        rows.add_row([
            name.to_owned(),
            size,
            figure(latency, lab_core::units::Unit::Nanoseconds),
            figure(bandwidth, lab_core::units::Unit::GigabytesPerSecond),
        ]);
    }
    format!("{}\n{}", machine.name, text(&rows))
}

/// What timing found of the machine beside what it says of itself, and more words where they do not
/// agree; nothing where nothing was found.
fn inferred(report: &Report) -> Option<String> {
    let mut rows = table(["figure", "reported", "inferred", "agree"]);
    let mut words = String::new();
    for inference in &report.inferred {
        let unit = inference.unit;
        rows.add_row([
            inference.what.clone(),
            inference
                .reported
                .map_or_else(String::new, |figure| unit.format(figure)),
            inference
                .inferred
                .map_or_else(String::new, |found| found.text(unit)),
            inference
                .agree
                .map_or("", |agree| if agree { "yes" } else { "no" })
                .to_owned(),
        ]);
        if let Some(remark) = inference.remark() {
            words += &format!("\n{remark}.");
        }
    }
    let title = "What timing says of the machine";
    (!report.inferred.is_empty()).then(|| format!("{title}\n{}{words}", text(&rows)))
}

/// Curves that stand side by side; more of them would run out of any terminal.
const SIDE_BY_SIDE: usize = 9;

/// The curves of an experiment: side by side where they are few, one row for each x; otherwise one
/// below the other, the three readings side by side.
fn readings(experiment: &Experiment) -> String {
    let rows = if experiment.series.len() <= SIDE_BY_SIDE {
        by_x(experiment)
    } else {
        by_variant(experiment)
    };
    let unavailable = experiment.series.iter().filter_map(|series| {
        let why = series.unavailable.as_ref()?;
        Some(format!("\nNot available: {}: {why}.", head(series)))
    });
    let unit = match experiment.y.unit.symbol() {
        "" => String::new(),
        symbol => format!(" in {symbol}"),
    };
    format!(
        "{}{unit}; measured: median [interval], * where mostly disturbed\n{}{}",
        experiment.y.label,
        text(&rows),
        unavailable.collect::<String>()
    )
}

/// One row for each x, one column for each curve.
fn by_x(experiment: &Experiment) -> comfy_table::Table {
    let heads: Vec<String> = experiment.series.iter().map(head).collect();
    let first = experiment.x.label.as_str();
    let mut rows = table([first].into_iter().chain(heads.iter().map(String::as_str)));
    for x in xs(experiment.series.iter()) {
        let mut row = vec![experiment.x.unit.format(x)];
        let at_x = |series: &Series| series.at(x).map_or_else(String::new, cell);
        row.extend(experiment.series.iter().map(at_x));
        rows.add_row(row);
    }
    rows
}

/// One row for each variant and x, one column for each reading.
fn by_variant(experiment: &Experiment) -> comfy_table::Table {
    let heads = Reading::ALL.map(Reading::name);
    let first = ["", experiment.x.label.as_str()];
    let mut rows = table(first.into_iter().chain(heads));
    let mut variants: Vec<&str> = Vec::new();
    for series in &experiment.series {
        if !variants.contains(&series.variant.as_str()) {
            variants.push(&series.variant);
        }
    }
    for variant in variants {
        let of = || experiment.series.iter().filter(|s| s.variant == variant);
        for (place, x) in xs(of()).into_iter().enumerate() {
            let name = if place == 0 { variant } else { "" };
            let mut row = vec![name.to_owned(), experiment.x.unit.format(x)];
            row.extend(Reading::ALL.map(|reading| {
                let series = of().find(|series| series.reading == reading);
                let point = series.and_then(|series| series.at(x));
                point.map_or_else(String::new, cell)
            }));
            rows.add_row(row);
        }
    }
    rows
}

/// Every x of these curves, rising.
fn xs<'s>(series: impl Iterator<Item = &'s Series>) -> Vec<f64> {
    let points = series.flat_map(|series| &series.points);
    let mut xs: Vec<f64> = points.map(|point| point.x).collect();
    xs.sort_by(f64::total_cmp);
    xs.dedup();
    xs
}

/// What stands beside the curves, a sentence each; all of it where that is asked for.
fn exhibits(experiment: &Experiment, verbose: bool) -> impl Iterator<Item = String> {
    experiment.exhibits.iter().map(move |exhibit| {
        let mut said = format!("Beside the curves: {}.", exhibit.sentence());
        if verbose {
            let heads = exhibit.heads();
            let mut rows = table(heads.iter().map(String::as_str));
            rows.add_rows(exhibit.rows());
            said += &format!("\n{}", text(&rows));
        }
        said
    })
}

/// What was counted for each unit of work, and what follows from it, point by point; nothing where
/// nothing was counted.
fn counted(experiment: &Experiment, line: f64) -> Option<String> {
    let mut rows = table(["variant", experiment.x.label.as_str(), "counted", "derived"]);
    for counted in &experiment.counted {
        let counts = counted
            .counts
            .iter()
            .map(|count| format!("{} {}", count.what.name(), format_number(count.per_unit)));
        let metrics = experiment.metrics(counted, line);
        let metrics = metrics.iter().map(|metric| {
            let value = metric.unit.format(metric.value);
            format!("{} {value} {}", metric.name, metric.evidence)
        });
        rows.add_row([
            counted.variant.clone(),
            experiment.x.unit.format(counted.x),
            counts.collect::<Vec<_>>().join("\n"),
            metrics.collect::<Vec<_>>().join("\n"),
        ]);
    }
    let title = "Counted in a pass of its own, for each unit of work";
    (!experiment.counted.is_empty()).then(|| format!("{title}\n{}", text(&rows)))
}

fn head(series: &Series) -> String {
    format!("{} {}", series.reading.name(), series.variant)
        .trim_end()
        .to_owned()
}

fn cell(point: &Point) -> String {
    let value = format_number(point.y);
    match point.spread {
        Some(spread) => format!(
            "{value} [{}–{}]{}",
            format_number(spread.low),
            format_number(spread.high),
            if point.dirty() { " *" } else { "" }
        ),
        None => value,
    }
}
