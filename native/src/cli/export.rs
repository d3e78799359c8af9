//! `lab export`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use super::output::say;
use crate::{export, store};

/// Where to, and with which report.
#[derive(Debug, Args)]
pub struct Options {
    /// The folder to write: new, empty, or an earlier export
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// A report to show on the site's machine page
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Writes the static site.
///
/// # Errors
/// When the report cannot be read or the folder not be written.
pub fn run(options: Options) -> Result<()> {
    let report = match &options.report {
        Some(path) => Some(
            store::load(path)?.with_context(|| format!("there is no report {}", path.display()))?,
        ),
        None => None,
    };
    let files = export::run(&options.folder, report.as_ref())?;
    say(format!(
        "Wrote {files} files to {}: any static host serves them, from any path.",
        options.folder.display()
    ))
}
