//! Help, versions, and what was typed wrongly.

use anyhow::{Result, ensure};
use lab_tests::lab::Bench;

const COMMANDS: &[&str] = &[
    "topology", "measure", "simulate", "model", "serve", "export",
];

#[test]
fn help_names_every_command_and_each_has_help() -> Result<()> {
    let bench = Bench::new()?;
    let help = bench.lab(&["--help"])?.succeeded()?;
    for command in COMMANDS {
        ensure!(help.contains(command), "{command} is missing in:\n{help}");
        let own = bench.lab(&[command, "--help"])?.succeeded()?;
        ensure!(own.contains("Usage:"), "{own}");
        ensure!(own.lines().count() > 3, "{own}");
    }
    Ok(())
}

#[test]
fn what_prints_a_result_can_print_json() -> Result<()> {
    let bench = Bench::new()?;
    for command in ["topology", "measure", "simulate", "model"] {
        let help = bench.lab(&[command, "--help"])?.succeeded()?;
        ensure!(help.contains("--json"), "{command} has no --json:\n{help}");
    }
    Ok(())
}

#[test]
fn the_version_is_the_workspaces() -> Result<()> {
    let version = Bench::new()?.lab(&["--version"])?.succeeded()?;
    ensure!(
        version.trim() == format!("lab {}", env!("CARGO_PKG_VERSION")),
        "{version}"
    );
    Ok(())
}

#[test]
fn a_wrong_flag_or_command_is_named() -> Result<()> {
    let bench = Bench::new()?;
    for command in COMMANDS {
        let said = bench.lab(&[command, "--no-such-flag"])?.refused(2)?;
        ensure!(said.contains("--no-such-flag"), "{said}");
    }
    let said = bench.lab(&["--no-such-flag"])?.refused(2)?;
    ensure!(said.contains("--no-such-flag"), "{said}");
    let said = bench.lab(&["mesure"])?.refused(2)?;
    ensure!(
        said.contains("mesure") && said.contains("measure"),
        "no hint in: {said}"
    );
    Ok(())
}

/// `lab … | head` must not end in a panic.
#[cfg(unix)]
#[test]
fn a_reader_that_goes_early_is_no_error() -> Result<()> {
    let bench = Bench::new()?;
    let script = format!(
        "'{}' topology --json | true",
        lab_tests::lab::binary()?.display()
    );
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", &script])
        .current_dir(bench.path())
        .env("HOME", bench.path());
    let ran = lab_tests::lab::finish(shell)?;
    ensure!(!ran.err.contains("panicked"), "{}", ran.err);
    Ok(())
}
