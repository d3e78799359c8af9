//! Grading: a kind of exercise is a file here, and grades answers with the lab's simulators.
//!
//! Simulators are deterministic: no clock decides a grade. What there is to be done is data, a folder
//! in `lessons/exercises`, of which a [`Task`] is as much as grading takes. A new kind is a file with
//! its settings and a [`Kind`] for them, and a line in [`KINDS`].

pub mod code;
mod kind;
pub mod predict;
pub mod program;

pub use kind::{Face, KINDS, Kind, Variant, read, seed_of};

use lab_core::{sim::Counts, units::grouped};
use serde::{Deserialize, Serialize};

/// An exercise, as much of it as it takes to grade an answer, here or in a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// The name of its kind.
    pub kind: String,
    /// The settings of its kind, as JSON.
    pub settings: String,
    /// What answers to it as written start from.
    pub unsolved: String,
}

impl Task {
    /// What grades it.
    ///
    /// # Errors
    /// Why its settings are none, as a sentence: never for one that was compiled.
    pub fn kind(&self) -> Result<Box<dyn Kind>, String> {
        read(&self.kind, &self.settings)
    }

    /// How a page asks for an answer.
    ///
    /// # Errors
    /// As of [`kind`](Self::kind).
    pub fn face(&self) -> Result<Face, String> {
        kind::face(&self.kind, &self.settings)
    }

    /// Grades an answer to the exercise of a seed; 0 is the exercise as written.
    pub fn grade(&self, answer: &str, seed: u64) -> Grade {
        match self.kind() {
            Ok(kind) if seed != 0 && kind.variant(seed).is_none() => Grade::failed(
                &self.name,
                "This exercise is the same for everybody: it has no variants.",
                Vec::new(),
            ),
            Ok(kind) => kind.grade(self, answer, seed),
            Err(why) => Grade::failed(&self.name, why, Vec::new()),
        }
    }
}

/// A grade, with its reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grade {
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
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

    /// What is wrong with it, as a sentence.
    fn fault(self) -> Option<String> {
        (self.full >= self.none).then(|| {
            "`ramp.full` has to be below `ramp.none`: more misses earn fewer points.".to_owned()
        })
    }
}

impl Grade {
    /// No points, for a reason.
    pub fn failed(name: &str, message: impl Into<String>, remarks: Vec<Remark>) -> Self {
        Self {
            name: name.to_owned(),
            pass: false,
            score: 0.0,
            max: POINTS,
            message: message.into(),
            remarks,
        }
    }

    /// What a ramp gives for a correct answer, by its misses in the cache of that name.
    pub fn of_misses(
        task: &Task,
        ramp: Ramp,
        counts: &Counts,
        cache: &str,
        remarks: Vec<Remark>,
    ) -> Self {
        let Some(level) = counts.levels.iter().find(|level| level.name == cache) else {
            return Self::failed(&task.name, format!("There is no cache `{cache}`."), remarks);
        };
        let pass = level.misses <= ramp.full;
        let [misses, most] = [level.misses, ramp.full].map(grouped);
        Self {
            name: task.name.clone(),
            pass,
            score: ramp.points(level.misses),
            max: POINTS,
            message: if pass {
                format!("Solved: {misses} misses in {cache}, at most {most} were asked for.")
            } else {
                format!(
                    "The result is right, but there are {misses} misses in {cache}: at most {most} are asked for."
                )
            },
            remarks,
        }
    }
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
