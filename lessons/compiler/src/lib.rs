//! Compiles lessons: Markdown with TOML front matter and TOML blocks, into HTML and Rust data.
//!
//! Runs when `lab-lessons` is built, so that a page parses nothing and a mistake in a lesson stops
//! the build. [`compile`] reports everything that is wrong with all lessons at once; the format
//! stands in the README of `lab-lessons`. No I/O: the build script reads and writes.

mod block;
mod check;
mod emit;
mod fields;
mod figure;
mod layout;
mod lesson;
mod markdown;

pub use emit::to_rust;

/// A lesson as its author wrote it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Its file name, such as `strides.md`; without `.md` it is the lesson's id.
    pub file: &'a str,
    /// What the file holds.
    pub text: &'a str,
}

/// Something wrong with a lesson.
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

/// Compiles all lessons of a course, in the order their front matter gives.
///
/// `picture` reads a file that stands beside the lessons; `exercises` are the names that blocks may
/// refer to.
///
/// # Errors
/// Everything that is wrong with any of them, by file and line.
pub fn compile(
    sources: &[Source],
    picture: &dyn Fn(&str) -> Option<Vec<u8>>,
    exercises: &[String],
) -> Result<Vec<Lesson>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut lessons = Vec::new();
    let mut links = Vec::new();
    let mut places = check::Places::default();
    for source in sources {
        let text = source.text.replace("\r\n", "\n");
        let compiled = lesson::compile(source.file, &text, picture, exercises);
        problems.extend(compiled.problems);
        links.extend(compiled.links);
        places.add(source.file, compiled.headings);
        lessons.extend(compiled.lesson);
    }
    problems.extend(links.into_iter().filter_map(|link| places.problem(link)));
    lessons.sort_by(|a, b| a.order.cmp(&b.order).then_with(|| a.id.cmp(&b.id)));
    if problems.is_empty() {
        Ok(lessons)
    } else {
        // Those of one line stay in the order they were found.
        problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        problems.dedup();
        Err(problems)
    }
}

#[cfg(test)]
mod tests;
