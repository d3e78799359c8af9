//! `lab` alone: look, measure once, serve.

use anyhow::Result;
use clap::Args;
use lab_core::{report::Report, study::Study};

use super::{Stopped, output::say, progress::Bar, serve, topology::summary};
use crate::{
    experiments::{self, GENERATOR, Plan},
    keep::Keeper,
    store,
    topology::{Seen, Source, look},
};

/// How to start.
#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    serve: serve::Options,
    /// Measure again, though there is a report of this machine
    #[arg(long)]
    remeasure: bool,
}

/// Shows the machine, measures it quickly where that was not done, and serves the lab.
///
/// # Errors
/// When the machine cannot be looked at, the report cannot be written, the port is in use, or the
/// user stopped it.
pub fn run(options: Options) -> Result<()> {
    let seen = look(&Source::ThisMachine)?;
    say(summary(&seen))?;
    let path = match &options.serve.report {
        Some(path) => path.clone(),
        None => store::default_path()?,
    };
    let known = match &options.serve.report {
        Some(path) => store::load(path)?,
        None => store::load_or_warn(&path),
    };
    match known {
        Some(report) if !options.remeasure && is_current(&report, &seen) => say(format!(
            "Measured {}; --remeasure does it again.",
            report.created
        ))?,
        known => {
            let mut bar = Bar::new()?;
            let plan = Plan {
                studies: Study::of_machines().collect(),
                quick: true,
                data: None,
            };
            let mut keeper = Keeper::new(&mut bar, &path, known);
            let kept =
                experiments::run(&plan, &mut keeper).and_then(|measured| keeper.save(&measured));
            bar.finish();
            kept?;
            if bar.stopped() {
                eprintln!(
                    "Stopped. What was measured until then is in {}.",
                    path.display()
                );
                return Err(Stopped.into());
            }
        }
    }
    serve::run(options.serve)
}

/// Whether a report is of this machine, by this lab, and complete.
fn is_current(report: &Report, seen: &Seen) -> bool {
    let complete = Study::of_machines().all(|study| report.experiment(study.info().name).is_some());
    let same = seen
        .machine()
        .is_ok_and(|(machine, _)| store::same_machine(&machine, &report.machine));
    complete && same && report.generator == GENERATOR
}
