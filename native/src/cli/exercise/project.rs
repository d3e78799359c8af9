//! Exercises in Rust: a small Cargo project around the answer, built and run to be graded.

use std::{
    env, fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use lab_lessons::exercise::{Exercise, Grade};
use serde::Deserialize;
use serde_json::Value;

/// The program around an answer.
const MAIN: &str = include_str!("answer_main.rs");

/// The answer to start from, with a grader of its own to be timed by.
const START: &str = "pub mod answer;\n#[path = \"../grader.rs\"]\npub mod grader;\n";

/// Where the lab's sources are: `$LAB_SOURCES`, or where they were when this was built.
fn sources() -> Result<PathBuf> {
    let built = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let path = env::var_os("LAB_SOURCES").map_or_else(|| built.into(), PathBuf::from);
    let complete = ["core", "lessons"]
        .iter()
        .all(|krate| path.join(krate).join("Cargo.toml").is_file());
    if !complete {
        bail!(
            "Rust exercises are built against the lab's sources, and {} does not hold them: get a copy of its repository and name that folder in LAB_SOURCES",
            path.display()
        );
    }
    fs::canonicalize(&path).with_context(|| format!("{} cannot be read", path.display()))
}

/// Writes the project around an answer; the answer itself stays as it is.
pub fn write(exercise: &Exercise, folder: &Path) -> Result<()> {
    let sources = sources()?;
    let path = |krate: &str| toml::Value::String(sources.join(krate).display().to_string());
    let manifest = format!(
        "# Written by `lab exercise`, anew at every check.\n[package]\nname = \"{}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n\
         [dependencies]\nlab-core = {{ path = {} }}\nlab-grading = {{ path = {} }}\nserde_json = \"1\"\n\n\
         # A project of its own, wherever it lies\n[workspace]\n",
        exercise.name,
        path("core"),
        path("lessons/grading"),
    );
    let grader = sources
        .join("lessons/exercises")
        .join(exercise.name)
        .join("grader.rs");
    let grader =
        fs::read(&grader).with_context(|| format!("{} cannot be read", grader.display()))?;
    let code = folder.join("src");
    let start = code.join("start");
    fs::create_dir_all(&start).with_context(|| format!("{} cannot be made", start.display()))?;
    let put = |path: PathBuf, text: &[u8]| {
        fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))
    };
    put(folder.join("Cargo.toml"), manifest.as_bytes())?;
    put(
        code.join("main.rs"),
        MAIN.replace("ANSWER", exercise.file).as_bytes(),
    )?;
    put(code.join("grader.rs"), &grader)?;
    put(
        code.join("task.json"),
        &serde_json::to_vec(&exercise.task())?,
    )?;
    put(start.join("mod.rs"), START.as_bytes())?;
    put(start.join("answer.rs"), exercise.unsolved.as_bytes())?;
    // The versions the lab itself was built with.
    let lock = folder.join("Cargo.lock");
    match fs::read(sources.join("Cargo.lock")) {
        Ok(text) if !lock.exists() => put(lock, &text),
        _ => Ok(()),
    }
}

/// What the project prints.
#[derive(Deserialize)]
struct Graded {
    grade: Grade,
    timed: Value,
}

/// Builds an answer and lets it be graded. What its compiler says goes to standard error.
pub fn grade(exercise: &Exercise, file: &Path) -> Result<(Grade, Option<Value>)> {
    let file =
        fs::canonicalize(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let code = file.parent().filter(|parent| parent.ends_with("src"));
    let Some(folder) = code.and_then(Path::parent) else {
        bail!(
            "{} does not stand in a project: put it into the one that `lab exercise start {}` writes, as src/{}",
            file.display(),
            exercise.name,
            exercise.file
        );
    };
    let first = !folder.join("target").exists();
    write(exercise, folder)?;
    let cargo = |words: &[&str]| {
        let mut command = Command::new("cargo");
        command.current_dir(folder).args(words);
        command.output().map_err(|error| match error.kind() {
            ErrorKind::NotFound => anyhow::anyhow!(
                "`cargo` was not found, which builds Rust: install it (https://rustup.rs) and check again"
            ),
            _ => anyhow::Error::new(error).context("`cargo` cannot be started"),
        })
    };
    if first {
        eprintln!("Building the grader: the first time takes a minute or two.");
    }
    let built = cargo(&["build", "--release", "--quiet"])?;
    if !built.status.success() {
        eprint!("{}", String::from_utf8_lossy(&built.stderr));
        let why = "It does not build: the compiler's messages stand above.";
        return Ok((Grade::failed(exercise.name, why, Vec::new()), None));
    }
    let ran = cargo(&["run", "--release", "--quiet"])?;
    if !ran.status.success() {
        let told = String::from_utf8_lossy(&ran.stderr);
        let why = told
            .lines()
            .find(|line| line.contains("panicked"))
            .map(|_| {
                // The line behind the place says what happened.
                told.lines()
                    .skip_while(|line| !line.contains("panicked"))
                    .nth(1)
                    .unwrap_or_default()
                    .to_owned()
            });
        let why = why.as_deref().unwrap_or("it was stopped");
        let why = format!("It does not run to its end: {why}.");
        return Ok((Grade::failed(exercise.name, why, Vec::new()), None));
    }
    let out = String::from_utf8_lossy(&ran.stdout);
    let last = out.lines().last().unwrap_or_default();
    let graded: Graded = serde_json::from_str(last)
        .context("the program ended without a grade: does the answer end the process or print?")?;
    Ok((graded.grade, Some(graded.timed)))
}
