//! Exercises that are checked: their texts, and the graders that the page and `lab exercise` share.
//!
//! An exercise is a folder in `exercises/`, compiled with the lessons; what its kind makes of an answer
//! stands in `lab_grading`.

pub use lab_grading::{Face, Grade, Remark, Task, Variant, seed_of};

/// Something to be done and checked.
#[derive(Debug, PartialEq)]
pub struct Exercise {
    /// Its name in lessons and on the command line; also its folder.
    pub name: &'static str,
    /// Its heading, plain text.
    pub title: &'static str,
    /// What to do, plain text: paragraphs are set apart by empty lines, code stands in backticks.
    pub task: &'static str,
    /// Help, from the least to the most; plain text like the task.
    pub hints: &'static [&'static str],
    /// What an answer starts from.
    pub unsolved: &'static str,
    /// An answer that passes.
    pub solution: &'static str,
    /// Why the solution does what it does; plain text like the task.
    pub because: &'static str,
    /// The file an answer stands in, on the command line.
    pub file: &'static str,
    /// The name of its kind.
    pub kind: &'static str,
    /// The settings of its kind, as JSON.
    pub settings: &'static str,
    /// How long it takes, minutes.
    pub minutes: u32,
    /// What a passing answer shows that its author can do, plain text, a phrase.
    pub assesses: &'static str,
}

impl Exercise {
    /// What it takes to grade an answer.
    pub fn task(&self) -> Task {
        Task {
            name: self.name.to_owned(),
            kind: self.kind.to_owned(),
            settings: self.settings.to_owned(),
            unsolved: self.unsolved.to_owned(),
        }
    }

    /// Grades an answer to the exercise of a seed; 0 is the exercise as written.
    pub fn grade(&self, answer: &str, seed: u64) -> Grade {
        self.task().grade(answer, seed)
    }

    /// How a page asks for an answer.
    pub fn face(&self) -> Face {
        self.task().face().unwrap_or(Face::Code)
    }

    /// What the exercise of a seed hands out; none if it is the same for everybody.
    pub fn variant(&self, seed: u64) -> Option<Variant> {
        if seed != 0 {
            return self.task().kind().ok()?.variant(seed);
        }
        Some(Variant {
            unsolved: self.unsolved.to_owned(),
            solution: self.solution.to_owned(),
            because: self.because.to_owned(),
        })
    }
}

pub use crate::EXERCISES;

/// The exercise of that name.
pub fn exercise(name: &str) -> Option<&'static Exercise> {
    EXERCISES.iter().find(|exercise| exercise.name == name)
}
