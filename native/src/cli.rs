//! The command line: what may be typed, and how each command ends.
//!
//! Results go to standard output, everything else to standard error. The exit code is 2 for what
//! was typed wrongly, 130 for what was stopped by Ctrl-C, 3 for an answer to an
//! exercise that does not pass, 1 for everything else that went wrong.

mod bounds;
mod compare;
mod exercise;
mod export;
mod home;
mod measure;
mod model;
mod output;
mod progress;
mod serve;
mod simulate;
mod topology;

use std::{io, process::ExitCode};

use clap::{Parser, Subcommand};

/// A lab about memory performance: one kernel, three readings.
///
/// Without a command: looks at this machine, measures it once (quickly), and opens the browser lab.
#[derive(Debug, Parser)]
#[command(name = "lab", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    home: home::Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the caches, cores and memory of a machine
    Topology(topology::Options),
    /// Run experiments on this machine: predicted, simulated and measured
    Measure(measure::Options),
    /// Run a kernel or a trace through a simulated machine's caches
    Simulate(Box<simulate::Options>),
    /// Evaluate a closed form
    Model(model::Options),
    /// Fit the I/O model's bounds to the kernels' misses, and show those that do not hold
    Bounds(bounds::Options),
    /// Do the course's exercises: list, start, check, hint, solution
    Exercise(exercise::Options),
    /// Show two reports side by side
    Compare(compare::Options),
    /// Serve the browser lab, with live measurement, on this machine only
    Serve(serve::Options),
    /// Write the browser lab as a static site, for any host
    Export(export::Options),
}

/// Something typed that cannot be meant.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

/// The user stopped it.
#[derive(Debug, thiserror::Error)]
#[error("stopped")]
struct Stopped;

/// An exercise's answer does not pass; why has been said.
#[derive(Debug, thiserror::Error)]
#[error("not passed")]
struct NotPassed;

/// Runs `lab`.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ran = match arguments.command {
        None => home::run(arguments.home),
        Some(Command::Topology(options)) => topology::run(options),
        Some(Command::Measure(options)) => measure::run(options),
        Some(Command::Simulate(options)) => simulate::run(*options),
        Some(Command::Model(options)) => model::run(options),
        Some(Command::Bounds(options)) => bounds::run(options),
        Some(Command::Exercise(options)) => exercise::run(options),
        Some(Command::Compare(options)) => compare::run(options),
        Some(Command::Serve(options)) => serve::run(options),
        Some(Command::Export(options)) => export::run(options),
    };
    ran.map_or_else(|error| end(&error), |()| ExitCode::SUCCESS)
}

/// The one place where errors are told.
fn end(error: &anyhow::Error) -> ExitCode {
    // Whoever reads has seen enough: `lab … | head`.
    let gone = |cause: &(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(gone) {
        return ExitCode::SUCCESS;
    }
    if error.is::<Stopped>() {
        return ExitCode::from(130);
    }
    if error.is::<NotPassed>() {
        return ExitCode::from(3);
    }
    eprintln!("error: {error:#}");
    ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
}

/// What was typed wrongly, as an error.
fn usage(error: impl std::fmt::Display) -> anyhow::Error {
    Usage(error.to_string()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_contradict_nothing() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_pipe_that_is_gone_is_no_error() {
        let gone = anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe)).context("x");
        assert_eq!(end(&gone), ExitCode::SUCCESS);
        assert_eq!(end(&usage("what?")), ExitCode::from(2));
        assert_eq!(end(&anyhow::anyhow!("no")), ExitCode::from(1));
    }
}
