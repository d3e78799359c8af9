//! The course, as static data: lessons in `course/`, rendered to HTML when this crate is built.
//!
//! No lesson is parsed at run time. The format of a lesson stands in this crate's README; a mistake
//! in one fails the build, with its file and line. Exercises that are checked are in [`exercise`].
//!
//! A page carries the [`OUTLINE`] and fetches the [`Block`]s of a lesson when it is opened, from
//! [`file_of`] it beside the page; only what names [`LESSONS`] carries them all.

pub mod exercise;
mod kept;

use serde::{Deserialize, Serialize};

/// What a lesson is, without what it consists of.
#[derive(Debug, PartialEq)]
pub struct Outline {
    /// Its name in addresses and links, in lower case with hyphens.
    pub id: &'static str,
    /// Its heading, plain text.
    pub title: &'static str,
    /// What it is about in one sentence, plain text.
    pub summary: &'static str,
    /// The chapter of the course it belongs to, plain text.
    pub chapter: &'static str,
    /// How long it takes, minutes.
    pub minutes: u32,
    /// What a student can do after it, plain text, a phrase each.
    pub goals: &'static [&'static str],
    /// Ids of the claims it shows, such as `H1`.
    pub claims: &'static [&'static str],
    /// Names of the studies its figures show, each once.
    pub studies: &'static [&'static str],
    /// Names of its exercises that are checked.
    pub exercises: &'static [&'static str],
}

/// One lesson, ready to be shown.
#[derive(Debug, PartialEq)]
pub struct Lesson {
    /// What it is.
    pub outline: &'static Outline,
    /// What it consists of, top to bottom.
    pub blocks: &'static [Block],
}

/// A piece of a lesson.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub enum Block {
    /// Text as HTML, formulas as MathML. Headings start at level 2 and carry ids.
    Html(#[serde(deserialize_with = "kept::text")] &'static str),
    /// A plot of the three readings.
    Figure(Figure),
    /// A question to guess before the figure that follows answers it.
    Quiz(Quiz),
    /// An exercise of that name, to be done and checked here.
    Exercise(#[serde(deserialize_with = "kept::text")] &'static str),
}

/// A study on a machine, as a plot the reader can change.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Its name in the lesson: also the id of the HTML element.
    #[serde(deserialize_with = "kept::text")]
    pub id: &'static str,
    /// Name of a study of `lab_core`.
    #[serde(deserialize_with = "kept::text")]
    pub study: &'static str,
    /// Name of a preset machine of `lab_core`.
    #[serde(deserialize_with = "kept::text")]
    pub machine: &'static str,
    /// What the first frame shows, HTML.
    #[serde(deserialize_with = "kept::text")]
    pub caption: &'static str,
    /// The variants shown; empty means all.
    #[serde(deserialize_with = "kept::texts")]
    pub variants: &'static [&'static str],
    /// Parameters of the study that differ from their defaults.
    #[serde(deserialize_with = "kept::settings")]
    pub set: &'static [(&'static str, f64)],
    /// What the reader may change.
    #[serde(deserialize_with = "kept::list")]
    pub controls: &'static [Control],
}

/// A slider below a figure.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// What it changes.
    pub target: Target,
    /// Its name on the page, plain text.
    #[serde(deserialize_with = "kept::text")]
    pub label: &'static str,
    /// Its least value, in the unit of the target (sizes in bytes).
    pub min: f64,
    /// Its greatest value.
    pub max: f64,
    /// Which values between them it can take.
    pub scale: Scale,
}

/// What a control changes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Target {
    /// A parameter of the study, by name.
    Parameter(#[serde(deserialize_with = "kept::text")] &'static str),
    /// Of the machine, as a setting of it is spelled: `l1.size`, `line`.
    Machine(#[serde(deserialize_with = "kept::text")] &'static str),
}

/// Which values a control can take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Scale {
    /// Multiples of this step, counted from the least value.
    Linear(f64),
    /// Powers of two from the least value to the greatest, both included.
    Powers,
}

/// A prediction the reader makes before seeing the answer.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Quiz {
    /// Its name in the lesson: also the id of the HTML element.
    #[serde(deserialize_with = "kept::text")]
    pub id: &'static str,
    /// The question, HTML.
    #[serde(deserialize_with = "kept::text")]
    pub question: &'static str,
    /// The answers to choose from; exactly one is correct.
    #[serde(deserialize_with = "kept::list")]
    pub choices: &'static [Choice],
    /// Shown after answering, HTML.
    #[serde(deserialize_with = "kept::text")]
    pub explanation: &'static str,
}

/// One answer of a [`Quiz`].
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The answer, HTML.
    #[serde(deserialize_with = "kept::text")]
    pub text: &'static str,
    /// Whether it is the right one.
    pub correct: bool,
    /// Why it is right or wrong, HTML.
    #[serde(deserialize_with = "kept::text")]
    pub because: &'static str,
}

use exercise::Exercise;

include!(concat!(env!("OUT_DIR"), "/course.rs"));

/// What this crate's build made of the course, for a build that does not (feature `compile`).
#[cfg(feature = "compile")]
pub const COURSE: &str = include_str!(concat!(env!("OUT_DIR"), "/course.rs"));

/// The lesson with that id.
pub fn lesson(id: &str) -> Option<&'static Lesson> {
    LESSONS.iter().find(|lesson| lesson.outline.id == id)
}

/// What the lesson with that id is.
pub fn outline(id: &str) -> Option<&'static Outline> {
    OUTLINE.iter().find(|lesson| lesson.id == id)
}

/// The file with a lesson's blocks, relative to the page.
pub fn file_of(id: &str) -> String {
    format!("lessons/{id}.json")
}

/// The blocks in a lesson's file. They are never given back: ask once a lesson.
///
/// # Errors
/// When the file is no lesson's.
pub fn read(file: String) -> Result<&'static [Block], serde_json::Error> {
    let file: &'static str = file.leak();
    serde_json::from_str::<Vec<Block>>(file).map(|blocks| &*blocks.leak())
}
