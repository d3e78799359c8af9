//! `lab measure`: real, but quick.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use lab_core::evidence::Reading;
use lab_core::report::Report;
use lab_core::study::Study;
use lab_tests::lab::Bench;

#[test]
fn the_list_names_every_study_and_its_claims() -> Result<()> {
    let bench = Bench::new()?;
    let list = bench.lab(&["measure", "--list"])?.succeeded()?;
    let json = bench
        .lab(&["measure", "--list", "--json"])?
        .json()?
        .to_string();
    for &study in Study::ALL {
        let name = study.info().name;
        let is_of = |line: &&str| line.split_whitespace().next() == Some(name);
        let row = list.lines().find(is_of);
        let row = row.with_context(|| format!("{name} is missing in {list}"))?;
        for claim in study.info().claims {
            ensure!(row.contains(claim), "{name} lacks {claim}: {row}");
        }
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

/// What the help promises of a quiet machine, which one that runs tests is not:
///
/// ```text
/// LAB_BIN=target/release/lab cargo test -p lab-tests --test cli promised -- --ignored --test-threads 1
/// ```
#[test]
#[ignore = "takes ten minutes, on a machine that nobody else uses"]
fn runs_end_within_the_time_promised() -> Result<()> {
    let bench = Bench::new()?;
    for (arguments, seconds) in [
        (&["measure", "--quick", "--out", "few.json"][..], 40),
        (&["measure", "--quick", "--all", "--out", "quick.json"], 40),
        (&["measure", "--all", "--out", "all.json"], 480),
    ] {
        let start = Instant::now();
        bench.lab(arguments)?.succeeded()?;
        let took = start.elapsed();
        ensure!(
            took < Duration::from_secs(seconds),
            "{arguments:?} took {took:?}"
        );
    }
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

#[test]
fn a_file_that_cannot_be_read_is_refused_before_measuring() -> Result<()> {
    let bench = Bench::new()?;
    bench.file("empty", "")?;
    bench.file("short", [0; 100])?;
    std::fs::create_dir(bench.path().join("folder"))?;
    for (data, why) in [
        ("missing", "missing"),
        ("empty", "empty is empty"),
        ("short", "only 100 bytes"),
        ("folder", "is a folder"),
    ] {
        let arguments = ["measure", "file-reading", "--quick", "--data", data];
        let said = bench.lab(&arguments)?.refused(1)?;
        ensure!(said.contains(why), "{data}: {said}");
    }
    let said = bench
        .lab(&["measure", "stride-sweep", "--quick", "--data", "short"])?
        .refused(2)?;
    ensure!(said.contains("file-reading"), "{said}");
    Ok(())
}

#[test]
#[cfg(unix)]
fn a_file_without_leave_to_read_it_is_refused() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new()?;
    let path = bench.file("secret", [0; 8192])?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o0))?;
    if std::fs::File::open(&path).is_ok() {
        // The superuser may read everything: there is nothing to refuse.
        return Ok(());
    }
    let said = bench
        .lab(&["measure", "file-reading", "--quick", "--data", "secret"])?
        .refused(1)?;
    ensure!(said.contains("cannot read secret"), "{said}");
    Ok(())
}

#[test]
fn a_file_of_the_users_is_read_as_far_as_it_goes() -> Result<()> {
    let bench = Bench::new()?;
    bench.file("data.bin", vec![7; 300_000])?;
    let arguments = ["measure", "file-reading", "--quick", "--out", "out.json"];
    bench
        .lab(&[&arguments[..], &["--data", "data.bin"]].concat())?
        .succeeded()?;
    let report = Report::from_json(&std::fs::read_to_string(bench.path().join("out.json"))?)?;
    let experiment = report
        .experiment("file-reading")
        .context("it is not in the report")?;
    ensure!(
        experiment
            .notes
            .iter()
            .any(|note| note.text.contains("data.bin")),
        "which file was read is not told: {:?}",
        experiment.notes
    );
    let read = experiment
        .series
        .iter()
        .find(|series| series.reading == Reading::Measured && series.variant == "read, in memory")
        .context("no such series")?;
    ensure!(!read.points.is_empty(), "{:?}", read.unavailable);
    ensure!(
        read.points.iter().all(|point| point.x <= 300_000.0),
        "requests larger than the file"
    );
    Ok(())
}
