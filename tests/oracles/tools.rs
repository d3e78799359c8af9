//! Finds the tools, or says what is missing.

use std::{
    env,
    ffi::OsStr,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use anyhow::{Context, Result, bail, ensure};
use lab_tests::workspace::root;

/// Says that a tool is missing and how to get it; an error where tools are required.
fn missing<T>(what: &str, remedy: &str) -> Result<Option<T>> {
    if env::var_os("LAB_ORACLES").is_some_and(|value| value == "required") {
        bail!("{what} is missing, and LAB_ORACLES asks for it. {remedy}");
    }
    println!("SKIPPED: {what} is missing, so nothing was compared with it. {remedy}");
    Ok(None)
}

/// A program: what the variable names, or what is found on the path.
pub fn program(name: &str, variable: Option<&str>, remedy: &str) -> Result<Option<PathBuf>> {
    if let Some(variable) = variable
        && let Some(path) = env::var_os(variable)
    {
        let path = PathBuf::from(path);
        ensure!(
            path.is_file(),
            "{variable} names {}, which is not there",
            path.display()
        );
        return Ok(Some(path));
    }
    let places = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&places)
        .map(|place| place.join(name))
        .find(|path| path.is_file());
    match found {
        Some(path) => Ok(Some(path)),
        None => missing(name, remedy),
    }
}

/// A Python interpreter that has a module: `LAB_PYTHON`, that of `target/oracles`, or `python3`.
pub fn python(module: &str, package: &str) -> Result<Option<PathBuf>> {
    let own = root().join("target/oracles/bin/python3");
    let places = match env::var_os("LAB_PYTHON") {
        Some(path) => vec![PathBuf::from(path)],
        None => vec![own, PathBuf::from("python3")],
    };
    for python in places {
        let import = Command::new(&python)
            .args(["-c", &format!("import {module}")])
            .stderr(Stdio::null())
            .status();
        if import.is_ok_and(|status| status.success()) {
            return Ok(Some(python));
        }
    }
    missing(
        &format!("Python's {package}"),
        &format!(
            "Get it: python3 -m venv target/oracles && target/oracles/bin/pip install {package}; \
             or name an interpreter that has it in LAB_PYTHON."
        ),
    )
}

/// What a command prints when it is given `input`, which must go well.
pub fn output(command: &mut Command, input: impl Into<Vec<u8>>) -> Result<String> {
    let input = input.into();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{command:?} could not be started"))?;
    let mut pipe = child.stdin.take().context("standard input is a pipe")?;
    // It may print before it has read everything. One that does not read shows why when it ends.
    let writer = thread::spawn(move || drop(pipe.write_all(&input)));
    let out = child.wait_with_output()?;
    let _ = writer.join();
    ensure!(
        out.status.success(),
        "{command:?} failed: {}{}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    );
    Ok(String::from_utf8(out.stdout)?)
}

/// Runs the Python script of that name beside these sources.
pub fn script(python: &Path, name: &str, input: impl Into<Vec<u8>>) -> Result<String> {
    let path = root().join("tests/oracles").join(name);
    output(Command::new(python).arg(path.as_os_str()), input)
}

/// A command whose program sees the same addresses in every run: none of them random, and nothing
/// of the environment on its stack.
pub fn settled(setarch: &Path, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(setarch);
    command.arg("--addr-no-randomize").arg(program).env_clear();
    command
}
