//! The workspace's folder, its tracked files, and what cargo knows of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The workspace's root folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests stand in the workspace")
}

/// Every file under version control that is there, as paths from the root.
pub fn tracked() -> Result<Vec<PathBuf>> {
    let list = run("git", &["ls-files", "-z"]).context("the rules need the git checkout")?;
    let paths = list.split_terminator('\0').map(PathBuf::from);
    Ok(paths.filter(|path| root().join(path).is_file()).collect())
}

/// The text of a file, or `None` if it holds something else.
pub fn text(path: &Path) -> Result<Option<String>> {
    let path = root().join(path);
    let bytes = std::fs::read(&path).with_context(|| format!("{}", path.display()))?;
    Ok(String::from_utf8(bytes).ok())
}

/// The workspace's packages as `cargo metadata` describes them, without their dependencies.
pub fn packages() -> Result<Vec<Value>> {
    let json = cargo(&["metadata", "--no-deps", "--format-version=1"])?;
    let metadata: Value = serde_json::from_str(&json)?;
    Ok(metadata["packages"].as_array().cloned().unwrap_or_default())
}

/// What cargo prints for these arguments.
pub fn cargo(arguments: &[&str]) -> Result<String> {
    run(
        &std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()),
        arguments,
    )
}

fn run(program: &str, arguments: &[&str]) -> Result<String> {
    let out = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .with_context(|| format!("{program} could not be started"))?;
    let error = String::from_utf8_lossy(&out.stderr);
    ensure!(
        out.status.success(),
        "{program} {} failed: {error}",
        arguments.join(" ")
    );
    Ok(String::from_utf8(out.stdout)?)
}
