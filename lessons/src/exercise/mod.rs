//! Exercises that are checked: the same graders in the page and in `lab exercise`.
//!
//! An exercise is a folder in `exercises/` (its texts) and an entry of [`EXERCISES`] (what it is
//! graded on). Grades come from the lab's simulators, which are deterministic: no clock decides.

pub mod code;
pub mod predict;
pub mod program;

use serde::{Deserialize, Serialize};

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
    /// What is asked for, and how it is graded.
    pub kind: Kind,
}

/// The kinds of exercises.
#[derive(Debug, PartialEq)]
pub enum Kind {
    /// Tell hits from misses.
    Predict(predict::Predict),
    /// Make a program of the loop language miss less.
    Program(program::Task),
    /// Write a Rust function; it is built and graded natively.
    Code(code::Task),
}

/// A grade, with its reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Name of the exercise.
    pub name: String,
    /// Whether the exercise is solved.
    pub pass: bool,
    /// Points.
    pub score: f64,
    /// Points there are.
    pub max: f64,
    /// The outcome, in a sentence or two.
    pub message: String,
    /// What there is to say of the parts of an answer.
    pub remarks: Vec<Remark>,
}

/// What there is to say of one part of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remark {
    /// Which part: `access 3`, `line 7`.
    pub place: String,
    /// Whether it is as it should be.
    pub good: bool,
    /// What was found there, in a sentence or two.
    pub text: String,
}

/// Points by simulated misses: all of them up to `full`, none from `none` on, a straight line
/// between. Only all of them pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ramp {
    /// Misses that still earn all points.
    pub full: u64,
    /// Misses that earn nothing.
    pub none: u64,
}

/// Points of exercises graded by a ramp.
const POINTS: f64 = 100.0;

impl Ramp {
    /// The points for so many misses, of 100.
    pub fn points(self, misses: u64) -> f64 {
        let over = misses.saturating_sub(self.full) as f64;
        let width = self.none.saturating_sub(self.full).max(1) as f64;
        // Rounded down to tenths: 100 is for those who pass.
        ((1.0 - over / width).max(0.0) * POINTS * 10.0).floor() / 10.0
    }
}

impl Verdict {
    /// No points, for a reason.
    fn failed(name: &str, message: impl Into<String>, remarks: Vec<Remark>) -> Self {
        Self {
            name: name.to_owned(),
            pass: false,
            score: 0.0,
            max: POINTS,
            message: message.into(),
            remarks,
        }
    }

    /// What a ramp gives for a correct answer that misses so often in a cache.
    fn of_misses(name: &str, ramp: Ramp, cache: &str, misses: u64, remarks: Vec<Remark>) -> Self {
        let pass = misses <= ramp.full;
        let message = if pass {
            format!(
                "Solved: {misses} misses in {cache}, at most {} were asked for.",
                ramp.full
            )
        } else {
            format!(
                "The result is right, but there are {misses} misses in {cache}: at most {} are asked for.",
                ramp.full
            )
        };
        Self {
            name: name.to_owned(),
            pass,
            score: ramp.points(misses),
            max: POINTS,
            message,
            remarks,
        }
    }
}

impl Exercise {
    /// Grades an answer. A function in Rust is built natively first: see [`code`].
    pub fn grade(&self, answer: &str) -> Verdict {
        match &self.kind {
            Kind::Predict(task) => predict::grade(self.name, task, answer),
            Kind::Program(task) => program::grade(self.name, task, self.unsolved, answer),
            Kind::Code(_) => Verdict::failed(
                self.name,
                format!(
                    "Rust has to be built before it can be graded: run `lab exercise check {}`.",
                    self.name
                ),
                Vec::new(),
            ),
        }
    }

    /// The kind as a word.
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Predict(_) => "predict",
            Kind::Program(_) => "program",
            Kind::Code(_) => "code",
        }
    }
}

/// All exercises, in the order of the course.
pub static EXERCISES: &[Exercise] = &[
    predict::HITS_AND_MISSES,
    program::SWAP_THE_LOOPS,
    program::TILE_THE_PRODUCT,
    code::TRANSPOSE,
    predict::THREE_COLUMNS,
    program::KEEP_THE_MEANS,
];

/// The exercise of that name.
pub fn exercise(name: &str) -> Option<&'static Exercise> {
    EXERCISES.iter().find(|exercise| exercise.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_is_straight() {
        let ramp = Ramp {
            full: 100,
            none: 300,
        };
        assert_eq!(
            [0, 100, 101, 200, 300, 999].map(|misses| ramp.points(misses)),
            [100.0, 100.0, 99.5, 50.0, 0.0, 0.0]
        );
    }
}
