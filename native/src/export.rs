//! `lab export`: the browser lab as a folder of files, for any static host.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};
use lab_core::report::Report;

use crate::assets::{self, Home};

/// Name of the report beside the page.
const REPORT: &str = "report.json";

/// Writes the page into `folder`, with `report` beside it where there is one, and returns how many
/// files were written.
///
/// # Errors
/// When the folder holds something that is no earlier export, or cannot be written.
pub fn run(folder: &Path, report: Option<&Report>) -> Result<usize> {
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let occupied = fs::read_dir(folder)
        .with_context(|| format!("cannot read the folder {}", folder.display()))?
        .next()
        .is_some();
    if occupied && !folder.join(assets::INDEX).exists() {
        bail!(
            "{} is not empty and holds no earlier export: name an empty or a new folder",
            folder.display()
        );
    }
    let home = match report {
        Some(_) => Home::StaticWithReport,
        None => Home::Static,
    };
    let write = |path: &str, bytes: &[u8]| {
        let file = folder.join(path);
        let parent = file.parent().unwrap_or(folder);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&file, bytes))
            .with_context(|| format!("cannot write {}", file.display()))
    };
    let mut written = 0;
    for path in assets::paths() {
        let bytes = assets::read(&path, home).context("a file of the page vanished")?;
        write(&path, &bytes)?;
        written += 1;
    }
    if let Some(report) = report {
        write(REPORT, report.to_json().as_bytes())?;
        written += 1;
    }
    Ok(written)
}
