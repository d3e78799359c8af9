//! The course, as static data: lessons in `course/`, rendered to HTML when this crate is built.
//!
//! No lesson is parsed at run time. The format of a lesson stands in this crate's README; a mistake
//! in one fails the build, with its file and line. Exercises that are checked are in [`exercise`].

pub mod exercise;

/// One lesson, ready to be shown.
#[derive(Debug, PartialEq)]
pub struct Lesson {
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
    /// Ids of the claims it shows, such as `H1`.
    pub claims: &'static [&'static str],
    /// What it consists of, top to bottom.
    pub blocks: &'static [Block],
}

/// A piece of a lesson.
#[derive(Debug, PartialEq)]
pub enum Block {
    /// Text as HTML, formulas as MathML. Headings start at level 2 and carry ids.
    Html(&'static str),
    /// A plot of the three readings.
    Figure(Figure),
    /// A question to guess before the figure that follows answers it.
    Quiz(Quiz),
    /// An exercise of that name, to be done and checked here.
    Exercise(&'static str),
}

/// A study on a machine, as a plot the reader can change.
#[derive(Debug, PartialEq)]
pub struct Figure {
    /// Its name in the lesson: also the id of the HTML element.
    pub id: &'static str,
    /// Name of a study of `lab_core`.
    pub study: &'static str,
    /// Name of a preset machine of `lab_core`.
    pub machine: &'static str,
    /// What the first frame shows, HTML.
    pub caption: &'static str,
    /// The variants shown; empty means all.
    pub variants: &'static [&'static str],
    /// Parameters of the study that differ from their defaults.
    pub set: &'static [(&'static str, f64)],
    /// What the reader may change.
    pub controls: &'static [Control],
}

/// A slider below a figure.
#[derive(Debug, PartialEq)]
pub struct Control {
    /// What it changes.
    pub target: Target,
    /// Its name on the page, plain text.
    pub label: &'static str,
    /// Its least value, in the unit of the target (sizes in bytes).
    pub min: f64,
    /// Its greatest value.
    pub max: f64,
    /// Which values between them it can take.
    pub scale: Scale,
}

/// What a control changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// A parameter of the study, by name.
    Parameter(&'static str),
    /// Of the machine, as a setting of it is spelled: `l1.size`, `line`.
    Machine(&'static str),
}

/// Which values a control can take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Multiples of this step, counted from the least value.
    Linear(f64),
    /// Powers of two from the least value to the greatest, both included.
    Powers,
}

/// A prediction the reader makes before seeing the answer.
#[derive(Debug, PartialEq)]
pub struct Quiz {
    /// Its name in the lesson: also the id of the HTML element.
    pub id: &'static str,
    /// The question, HTML.
    pub question: &'static str,
    /// The answers to choose from; exactly one is correct.
    pub choices: &'static [Choice],
    /// Shown after answering, HTML.
    pub explanation: &'static str,
}

/// One answer of a [`Quiz`].
#[derive(Debug, PartialEq)]
pub struct Choice {
    /// The answer, HTML.
    pub text: &'static str,
    /// Whether it is the right one.
    pub correct: bool,
    /// Why it is right or wrong, HTML.
    pub because: &'static str,
}

use exercise::Exercise;

include!(concat!(env!("OUT_DIR"), "/course.rs"));

/// The lesson with that id.
pub fn lesson(id: &str) -> Option<&'static Lesson> {
    LESSONS.iter().find(|lesson| lesson.id == id)
}
