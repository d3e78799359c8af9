//! `lab measure`: real, but quick.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use lab_core::evidence::Reading;
use lab_core::report::Report;
use lab_core::study::Study;
use lab_tests::lab::Bench;

#[test]
fn the_list_names_every_study() -> Result<()> {
    let bench = Bench::new()?;
    let list = bench.lab(&["measure", "--list"])?.succeeded()?;
    let json = bench
        .lab(&["measure", "--list", "--json"])?
        .json()?
        .to_string();
    for &study in Study::ALL {
        let name = study.info().name;
        ensure!(list.contains(name), "{name} is missing in {list}");
        ensure!(json.contains(name), "{name} is missing in {json}");
    }
    Ok(())
}

#[test]
fn an_unknown_experiment_is_named_with_what_there_is() -> Result<()> {
    let bench = Bench::new()?;
    let said = bench.lab(&["measure", "astrology"])?.refused(2)?;
    ensure!(said.contains("astrology"), "{said}");
    ensure!(
        said.contains("--list") || said.contains("latency-ladder"),
        "no way on: {said}"
    );
    Ok(())
}

#[test]
fn a_quick_measurement_gives_three_readings_with_their_spread() -> Result<()> {
    let bench = Bench::new()?;
    let start = Instant::now();
    let ran = bench.lab(&["measure", "stride-sweep", "--quick", "--out", "out.json"])?;
    let took = start.elapsed();
    ran.succeeded()?;
    ensure!(took < Duration::from_secs(60), "quick took {took:?}");
    let report = Report::from_json(&std::fs::read_to_string(bench.path().join("out.json"))?)?;
    let experiment = report
        .experiment("stride-sweep")
        .context("it is not in the report")?;
    for reading in Reading::ALL {
        let series = experiment
            .series
            .iter()
            .find(|series| series.reading == reading);
        let series = series.with_context(|| format!("no {} series", reading.name()))?;
        ensure!(
            series.points.len() > 3,
            "{}: {:?}",
            reading.name(),
            series.unavailable
        );
    }
    let measured = experiment
        .series
        .iter()
        .filter(|series| series.reading == Reading::Measured);
    for point in measured.flat_map(|series| &series.points) {
        let spread = point.spread.context("a measured point has no spread")?;
        ensure!(spread.low <= point.y && point.y <= spread.high, "{point:?}");
        ensure!(!point.samples.is_empty(), "no samples at {}", point.x);
    }
    ensure!(
        report
            .environment
            .facts
            .iter()
            .any(|fact| fact.name.contains("kernel")),
        "the conditions are missing: {:?}",
        report.environment
    );
    Ok(())
}

#[test]
fn where_the_report_cannot_go_is_said_before_measuring() -> Result<()> {
    let bench = Bench::new()?;
    let start = Instant::now();
    let said = bench
        .lab(&["measure", "--quick", "--out", "no/such/folder/out.json"])?
        .refused(1)?;
    ensure!(said.contains("no/such/folder"), "{said}");
    let took = start.elapsed();
    ensure!(
        took < Duration::from_secs(5),
        "it measured for {took:?} first"
    );
    Ok(())
}
