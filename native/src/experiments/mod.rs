//! The experiments: core's studies, measured on this machine beside their prediction and simulation.

use anyhow::Result;
use lab_core::{live::Event, report::Report, study::Study};

/// What to run, and how thoroughly.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Which studies, in this order.
    pub studies: Vec<Study>,
    /// Fewer points and samples, within 20 seconds on most machines.
    pub quick: bool,
}

/// Whoever watches a run: the progress bar, or the page.
pub trait Watcher: Send {
    /// Told of everything that happens, in order, on the measuring thread between samples. The end
    /// of the run is not told: it is the return of [`run`].
    fn event(&mut self, event: &Event);
    /// Whether to stop; asked before every sample.
    fn cancelled(&self) -> bool;
}

/// Runs the plan on the calling thread: calibration first, then each study, predicted, simulated
/// and measured.
///
/// When cancelled, the report holds what was measured until then, and says so in its notes.
///
/// # Errors
/// When the machine cannot be described.
pub fn run(plan: &Plan, watcher: &mut dyn Watcher) -> Result<Report> {
    let _ = (plan, watcher);
    anyhow::bail!("under construction")
}
