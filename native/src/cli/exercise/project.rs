//! Exercises in Rust: a small Cargo project around the answer, built and run to be graded.

use std::{
    env, fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use lab_lessons::exercise::{Exercise, Remark, Verdict};
use serde::Deserialize;
use serde_json::Value;

/// The program around the answer to `transpose`.
const TRANSPOSE: &str = include_str!("transpose_main.rs");

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
         [dependencies]\nlab-core = {{ path = {} }}\nlab-lessons = {{ path = {} }}\nserde_json = \"1\"\n\n\
         # A project of its own, wherever it lies\n[workspace]\n",
        exercise.name,
        path("core"),
        path("lessons"),
    );
    let main = match exercise.name {
        "transpose" => TRANSPOSE,
        name => bail!("there is no program around the exercise `{name}`"),
    };
    let code = folder.join("src");
    fs::create_dir_all(&code).with_context(|| format!("{} cannot be made", code.display()))?;
    let put = |path: PathBuf, text: &[u8]| {
        fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))
    };
    put(folder.join("Cargo.toml"), manifest.as_bytes())?;
    put(code.join("main.rs"), main.as_bytes())?;
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
    verdict: Told,
    timed: Value,
}

/// A verdict as it comes back.
#[derive(Deserialize)]
struct Told {
    name: String,
    pass: bool,
    score: f64,
    max: f64,
    message: String,
    remarks: Vec<ToldRemark>,
}

#[derive(Deserialize)]
struct ToldRemark {
    place: String,
    good: bool,
    text: String,
}

/// Builds an answer and lets it be graded. What its compiler says goes to standard error.
pub fn grade(exercise: &Exercise, file: &Path) -> Result<(Verdict, Option<Value>)> {
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
        let verdict = Verdict {
            name: exercise.name.to_owned(),
            pass: false,
            score: 0.0,
            max: 100.0,
            message: "It does not build: the compiler's messages stand above.".to_owned(),
            remarks: Vec::new(),
        };
        return Ok((verdict, None));
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
        let verdict = Verdict {
            name: exercise.name.to_owned(),
            pass: false,
            score: 0.0,
            max: 100.0,
            message: format!(
                "It does not run to its end: {}.",
                why.as_deref().unwrap_or("it was stopped")
            ),
            remarks: Vec::new(),
        };
        return Ok((verdict, None));
    }
    let out = String::from_utf8_lossy(&ran.stdout);
    let last = out.lines().last().unwrap_or_default();
    let graded: Graded = serde_json::from_str(last)
        .context("the program ended without a grade: does the answer end the process or print?")?;
    let Told {
        name,
        pass,
        score,
        max,
        message,
        remarks,
    } = graded.verdict;
    let remarks = remarks
        .into_iter()
        .map(|ToldRemark { place, good, text }| Remark { place, good, text })
        .collect();
    Ok((
        Verdict {
            name,
            pass,
            score,
            max,
            message,
            remarks,
        },
        Some(graded.timed),
    ))
}
