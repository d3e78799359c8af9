//! Running other programs, with errors that name what was run.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, ensure};

/// The workspace's root folder.
pub fn root() -> &'static Path {
    // `native/xtask`, two levels down
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("the build tool stands in native/xtask")
}

/// Where build output goes: the user's choice, or `target`.
pub fn target_dir() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// The cargo this tool was started by, in the workspace, without that cargo's variables.
pub fn cargo() -> Command {
    program(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A program to be run in the workspace, in the environment the user has.
///
/// `cargo run` describes this crate in variables and puts its own folders on the library
/// path; neither is meant for another cargo, another compiler, or `lab`.
pub fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root());
    for (variable, _) in env::vars_os() {
        let text = variable.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&variable);
        }
    }
    if let Some(path) = env::var_os("LD_LIBRARY_PATH") {
        let kept: Vec<PathBuf> = env::split_paths(&path)
            .filter(|folder| !put_there_by_cargo(folder))
            .collect();
        match env::join_paths(&kept) {
            Ok(path) if !kept.is_empty() => command.env("LD_LIBRARY_PATH", path),
            _ => command.env_remove("LD_LIBRARY_PATH"),
        };
    }
    command
}

fn put_there_by_cargo(folder: &Path) -> bool {
    folder.starts_with(target_dir()) || folder.ends_with("lib") && folder.join("rustlib").is_dir()
}

/// Runs to the end with the terminal's input and output; an error unless it succeeds.
pub fn run(command: &mut Command) -> Result<()> {
    let name = describe(command);
    let status = command
        .status()
        .with_context(|| format!("`{name}` could not be started"))?;
    ensure!(status.success(), "`{name}` failed ({status})");
    Ok(())
}

/// What a program prints, or nothing if it is absent or fails.
pub fn output(name: &str, arguments: &[&str]) -> Option<String> {
    let out = program(name)
        .args(arguments)
        .stderr(Stdio::null())
        .stdin(Stdio::null())
        .output();
    let out = out.ok().filter(|out| out.status.success())?;
    Some(String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// The first of these programs that is on the search path.
pub fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
}

/// Hands this process over to a program, so that signals and the exit code are its own.
#[cfg(unix)]
pub fn become_program(file: &Path, arguments: &[String]) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    let here = env::current_dir().context("the current folder is gone")?;
    // Only returns if it could not start
    let error = program(file).args(arguments).current_dir(here).exec();
    Err(error).with_context(|| format!("{} could not be started", file.display()))
}

/// Runs a program in this one's place.
#[cfg(not(unix))]
pub fn become_program(file: &Path, arguments: &[String]) -> Result<ExitCode> {
    let here = env::current_dir().context("the current folder is gone")?;
    let status = program(file)
        .args(arguments)
        .current_dir(here)
        .status()
        .with_context(|| format!("{} could not be started", file.display()))?;
    Ok(status
        .code()
        .map_or(ExitCode::FAILURE, |code| ExitCode::from(code as u8)))
}

fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
