//! `lab exercise`.
//!
//! Nothing is remembered between runs: an answer is a file, a hint is asked for by its number, and the
//! solution is shown to whoever hands in an answer that passes. Graders that run unattended go by the
//! exit code (0 passed, 3 not passed, 2 typed wrongly, 1 could not be checked) and by `--json`.

mod project;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use lab_lessons::exercise::{EXERCISES, Exercise, Face, Grade, Variant, exercise, seed_of};
use serde_json::{Value, json};

use super::{
    NotPassed,
    output::{say, say_json, table, text},
    usage,
};

/// What to do with which exercise.
#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the exercises
    List {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show the task and write a file to start from
    Start {
        /// The exercise
        name: String,
        /// The folder to write to; `./NAME` if not given
        #[arg(long, value_name = "FOLDER")]
        dir: Option<PathBuf>,
        /// The variant of a student: any name, always the same exercise for the same name
        #[arg(long, value_name = "ID")]
        variant: Option<String>,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Grade an answer; exits with 0 if it passes, 3 if not
    Check(Answer),
    /// Show a hint, the first if no number is given
    Hint {
        /// The exercise
        name: String,
        /// Which hint, from 1
        #[arg(default_value_t = 1)]
        number: usize,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show the solution, to those whose answer passes
    Solution(Answer),
}

#[derive(Debug, Args)]
struct Answer {
    /// The exercise
    name: String,
    /// The answer, or the folder it stands in; `./NAME` or this folder if not given
    file: Option<PathBuf>,
    /// The student whose variant it answers, as given to `start`
    #[arg(long, value_name = "ID")]
    variant: Option<String>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Lists, starts, checks.
///
/// # Errors
/// When there is no such exercise or file, something cannot be built or written, or an answer does not
/// pass.
pub fn run(options: Options) -> Result<()> {
    match options.action {
        Action::List { json } => list(json),
        Action::Start {
            name,
            dir,
            variant,
            json,
        } => start(find(&name)?, dir, variant.as_deref(), json),
        Action::Check(answer) => check(&answer),
        Action::Hint { name, number, json } => hint(find(&name)?, number, json),
        Action::Solution(answer) => solution(&answer),
    }
}

fn find(name: &str) -> Result<&'static Exercise> {
    exercise(name).ok_or_else(|| {
        let names: Vec<_> = EXERCISES.iter().map(|exercise| exercise.name).collect();
        usage(format!(
            "there is no exercise `{name}`: choose from {}",
            names.join(", ")
        ))
    })
}

fn list(as_json: bool) -> Result<()> {
    if as_json {
        let all: Vec<Value> = EXERCISES
            .iter()
            .map(|exercise| {
                json!({
                    "name": exercise.name,
                    "kind": exercise.kind,
                    "title": exercise.title,
                    "hints": exercise.hints.len(),
                    "file": exercise.file,
                })
            })
            .collect();
        return say_json(&all);
    }
    let mut rows = table(["Exercise", "Kind", "What"]);
    for exercise in EXERCISES {
        rows.add_row([exercise.name, exercise.kind, exercise.title]);
    }
    say(text(&rows))?;
    say("\nBegin with `lab exercise start NAME`.")
}

/// What a student is handed out, and the seed of it; a sentence where it is the same for everybody.
fn handed_out(exercise: &Exercise, student: Option<&str>) -> Result<(Variant, u64)> {
    let seed = student.map_or(0, seed_of);
    let variant = exercise.variant(seed);
    let variant = variant.ok_or_else(|| {
        usage(format!(
            "`{}` is the same for everybody: leave out --variant",
            exercise.name
        ))
    })?;
    Ok((variant, seed))
}

fn start(
    exercise: &Exercise,
    folder: Option<PathBuf>,
    student: Option<&str>,
    as_json: bool,
) -> Result<()> {
    let (variant, _) = handed_out(exercise, student)?;
    let folder = folder.unwrap_or_else(|| exercise.name.into());
    let in_code = exercise.face() == Face::Code;
    let file = match in_code {
        true => folder.join("src").join(exercise.file),
        false => folder.join(exercise.file),
    };
    if file.exists() {
        bail!(
            "{} is there already and stays as it is: choose another folder with --dir, or delete it to start again",
            file.display()
        );
    }
    let parent = file.parent().unwrap_or(&folder);
    fs::create_dir_all(parent).with_context(|| format!("{} cannot be made", parent.display()))?;
    if in_code {
        project::write(exercise, &folder)?;
    }
    fs::write(&file, &variant.unsolved)
        .with_context(|| format!("{} cannot be written", file.display()))?;
    if as_json {
        return say_json(&json!({"name": exercise.name, "task": exercise.task, "file": file}));
    }
    say(format!("{}\n\n{}", exercise.title, exercise.task))?;
    say(format!(
        "\nYour file: {}\nCheck it with: lab exercise check {} {}{}\nStuck? lab exercise hint {}",
        file.display(),
        exercise.name,
        folder.display(),
        student.map_or_else(String::new, |student| format!(" --variant {student:?}")),
        exercise.name
    ))
}

/// The file of an answer: itself, or in a folder where `start` puts it.
fn file(exercise: &Exercise, given: Option<&Path>) -> Result<PathBuf> {
    let places = match given {
        Some(path) => vec![path.to_owned()],
        None => vec![exercise.name.into(), ".".into()],
    };
    let candidates = places.iter().flat_map(|place| {
        [
            place.join(exercise.file),
            place.join("src").join(exercise.file),
            place.clone(),
        ]
    });
    // A device is a file, too.
    let is_file = |path: &PathBuf| path.exists() && !path.is_dir();
    candidates.into_iter().find(is_file).ok_or_else(|| {
        let place = given.map_or_else(|| "this folder".to_owned(), |path| path.display().to_string());
        usage(format!(
            "no answer to `{0}` was found in {place}: `lab exercise start {0}` writes {1}, then name that file",
            exercise.name, exercise.file
        ))
    })
}

/// The grade, what was timed beside it, and what was handed out.
fn grade(exercise: &Exercise, answer: &Answer) -> Result<(Grade, Option<Value>, Variant)> {
    let (variant, seed) = handed_out(exercise, answer.variant.as_deref())?;
    let file = file(exercise, answer.file.as_deref())?;
    let text = fs::read_to_string(&file)
        .with_context(|| format!("{} cannot be read as text", file.display()))?;
    if text.trim().is_empty() {
        let why = format!(
            "{} is empty: there is nothing to grade. `lab exercise start {}` writes a file to start from.",
            file.display(),
            exercise.name
        );
        return Ok((Grade::failed(exercise.name, why, Vec::new()), None, variant));
    }
    if exercise.face() == Face::Code {
        let (grade, timed) = project::grade(exercise, &file)?;
        return Ok((grade, timed, variant));
    }
    Ok((exercise.grade(&text, seed), None, variant))
}

fn check(answer: &Answer) -> Result<()> {
    let exercise = find(&answer.name)?;
    let (grade, timed, _) = grade(exercise, answer)?;
    if answer.json {
        let mut report = serde_json::to_value(&grade)?;
        report["evidence"] = json!("simulated");
        report["timed"] = timed.unwrap_or_default();
        say_json(&report)?;
    } else {
        tell(&grade, timed.as_ref())?;
        if grade.pass {
            say(format!(
                "\nThe author's solution: lab exercise solution {}",
                exercise.name
            ))?;
        }
    }
    if grade.pass {
        Ok(())
    } else {
        Err(NotPassed.into())
    }
}

fn tell(grade: &Grade, timed: Option<&Value>) -> Result<()> {
    for remark in &grade.remarks {
        let mark = if remark.good { '✓' } else { '✗' };
        say(format!("  {mark} {}: {}", remark.place, remark.text))?;
    }
    say(format!(
        "{}\n{} of {} points",
        grade.message, grade.score, grade.max
    ))?;
    if let Some(text) = timed.and_then(|timed| timed["text"].as_str()) {
        say(text)?;
    }
    Ok(())
}

fn hint(exercise: &Exercise, number: usize, as_json: bool) -> Result<()> {
    let count = exercise.hints.len();
    let hint = number.checked_sub(1).and_then(|at| exercise.hints.get(at));
    let hint = hint.ok_or_else(|| {
        usage(format!(
            "`{}` has {count} hints: give a number from 1 to {count}",
            exercise.name
        ))
    })?;
    if as_json {
        return say_json(
            &json!({"name": exercise.name, "number": number, "of": count, "hint": hint}),
        );
    }
    say(format!("Hint {number} of {count}: {hint}"))
}

fn solution(answer: &Answer) -> Result<()> {
    let exercise = find(&answer.name)?;
    let (grade, timed, variant) = grade(exercise, answer)?;
    if !grade.pass {
        if answer.json {
            say_json(&grade)?;
        } else {
            tell(&grade, timed.as_ref())?;
            say(format!(
                "\nThe solution is shown once your answer passes. Until then: lab exercise hint {} 1, 2, …",
                exercise.name
            ))?;
        }
        return Err(NotPassed.into());
    }
    if answer.json {
        return say_json(&json!({
            "name": exercise.name, "solution": variant.solution, "because": variant.because,
        }));
    }
    say(format!("{}\n{}", variant.solution, variant.because))
}
