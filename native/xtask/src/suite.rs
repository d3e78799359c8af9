//! Every test there is, and one line at the end that says how it went.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::Result;

use crate::shell::{cargo, find};

/// Runs the suite against a built `lab`. All parts run, whichever fails.
pub fn run(lab: &Path, filters: &[String]) -> Result<ExitCode> {
    let start = Instant::now();
    let mut parts: Vec<(&str, Command)> = Vec::new();
    let mut tests = cargo();
    if find(&["cargo-nextest"]).is_some() {
        tests.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
        tests.args(filters);
        parts.push(("tests", tests));
    } else {
        tests.args([
            "test",
            "--workspace",
            "--no-fail-fast",
            "--lib",
            "--bins",
            "--tests",
            "--",
        ]);
        tests.args(filters);
        parts.push(("tests", tests));
    }
    let mut examples = cargo();
    examples.args(["test", "--workspace", "--no-fail-fast", "--doc", "--"]);
    examples.args(filters);
    parts.push(("doc tests", examples));

    let mut failed = Vec::new();
    for (name, mut command) in parts {
        if let Err(error) = run_part(&mut command, lab) {
            eprintln!("{error:#}");
            failed.push(name);
        }
    }
    let seconds = start.elapsed().as_secs();
    Ok(if failed.is_empty() {
        println!("\nlab-test: all passed, in {seconds} s");
        ExitCode::SUCCESS
    } else {
        println!(
            "\nlab-test: FAILED: {}, after {seconds} s",
            failed.join(" and ")
        );
        ExitCode::FAILURE
    })
}

fn run_part(command: &mut Command, lab: &Path) -> Result<()> {
    // An error's words say where it came from; its backtrace is of the test's own machinery
    crate::shell::run(command.env("LAB_BIN", lab).env("RUST_LIB_BACKTRACE", "0"))
}
