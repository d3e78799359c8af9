//! Compiles the course: lessons, Markdown with TOML front matter and TOML blocks, into HTML and Rust
//! data; the folders of exercises; and the numbers that both state, from the lab's simulators.
//!
//! Runs when `lab-lessons` is built, so that a page parses nothing and a mistake in a text stops
//! the build. [`compile`] reports everything that is wrong at once; the formats stand in the README of
//! `lab-lessons`. No I/O: the build script reads and writes.

mod block;
mod check;
mod emit;
mod exercise;
mod fields;
mod figure;
mod layout;
mod lesson;
mod markdown;
mod numbers;
mod spoiler;

use std::{collections::BTreeMap, sync::Arc};

pub use emit::{to_graders, to_rust};

/// The course, compiled.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// The lessons, in their order.
    pub lessons: Vec<Lesson>,
    /// The exercises, in their order.
    pub exercises: Vec<Exercise>,
}

/// An exercise that is checked, as `lab_lessons::exercise::Exercise`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Exercise {
    pub name: String,
    pub title: String,
    pub task: String,
    pub hints: Vec<String>,
    pub unsolved: String,
    pub solution: String,
    pub because: String,
    pub file: String,
    pub kind: String,
    /// JSON.
    pub settings: String,
    pub minutes: u32,
    pub assesses: String,
    /// Whether its folder brings a grader in Rust.
    in_code: bool,
    order: u32,
}

/// Something wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct Problem {
    /// The file it is in.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong and what to do, as a sentence.
    pub message: String,
}

/// A compiled lesson. The fields are those of `lab_lessons::Lesson`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Lesson {
    pub id: String,
    pub title: String,
    pub summary: String,
    pub chapter: String,
    pub minutes: u32,
    pub goals: Vec<String>,
    pub claims: Vec<String>,
    pub blocks: Vec<Block>,
    order: u32,
}

/// A piece of a lesson, as `lab_lessons::Block`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Block {
    Html(String),
    Figure(Figure),
    Quiz(Quiz),
    /// By name.
    Exercise(String),
}

/// As `lab_lessons::Figure`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Figure {
    pub id: String,
    pub study: String,
    pub machine: String,
    pub caption: String,
    pub variants: Vec<String>,
    pub set: Vec<(String, f64)>,
    pub controls: Vec<Control>,
}

/// As `lab_lessons::Control`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Control {
    pub target: Target,
    pub label: String,
    pub min: f64,
    pub max: f64,
    pub scale: Scale,
}

/// As `lab_lessons::Target`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Target {
    Parameter(String),
    Machine(String),
}

/// As `lab_lessons::Scale`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Scale {
    Linear(f64),
    Powers,
}

/// As `lab_lessons::Quiz`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Quiz {
    pub id: String,
    pub question: String,
    pub choices: Vec<Choice>,
    pub explanation: String,
}

/// As `lab_lessons::Choice`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Choice {
    pub text: String,
    pub correct: bool,
    pub because: String,
}

/// Where the lessons and their pictures are.
const LESSONS: &str = "course";

/// Compiles a course from its files by path: lessons in `course/`, exercises in `exercises/`.
///
/// # Errors
/// Everything that is wrong with any of them, by file and line.
pub fn compile(files: BTreeMap<String, Vec<u8>>) -> Result<Course, Vec<Problem>> {
    let files = Arc::new(files);
    let (exercises, mut problems) = exercise::compile(&files);
    // Those that are broken have a complaint of their own; lessons may name them.
    let names: Vec<String> = exercise::folders(&files)
        .into_keys()
        .map(str::to_owned)
        .collect();
    let mut lessons = Vec::new();
    let mut links = Vec::new();
    let mut places = check::Places::default();
    for (path, bytes) in files.iter() {
        let beside = path
            .strip_prefix(LESSONS)
            .and_then(|path| path.strip_prefix('/'));
        let Some(file) = beside.filter(|file| file.ends_with(".md") && !file.contains('/')) else {
            continue;
        };
        let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        let compiled = lesson::compile(file, &text, &files, &names);
        problems.extend(compiled.problems);
        links.extend(compiled.links);
        places.add(file, compiled.headings);
        lessons.extend(compiled.lesson);
    }
    problems.extend(links.into_iter().filter_map(|link| places.problem(link)));
    lessons.sort_by(|a, b| a.order.cmp(&b.order).then_with(|| a.id.cmp(&b.id)));
    if problems.is_empty() {
        Ok(Course { lessons, exercises })
    } else {
        // Those of one line stay in the order they were found.
        problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        problems.dedup();
        Err(problems)
    }
}

#[cfg(test)]
mod tests;
