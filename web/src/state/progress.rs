//! What this browser remembers of the reader: lessons opened and done, predictions made.

use std::collections::{BTreeMap, BTreeSet};

use gloo::storage::{LocalStorage, Storage};
use serde::{Deserialize, Serialize};

const KEY: &str = "lab.progress";

/// How far the reader is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Ids of lessons opened.
    pub opened: BTreeSet<String>,
    /// Ids of lessons called done.
    pub done: BTreeSet<String>,
    /// Index of the choice made, by `LESSON/QUIZ`.
    pub predictions: BTreeMap<String, usize>,
    /// Names of exercises solved.
    pub solved: BTreeSet<String>,
    /// The latest answer to an exercise, by name.
    pub answers: BTreeMap<String, String>,
}

/// Something the reader did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Opened a lesson.
    Opened(String),
    /// Called a lesson done, or not.
    Done(String, bool),
    /// Made a prediction: lesson, quiz, index of the choice.
    Predicted(String, String, usize),
    /// Let an exercise be checked: its name, the answer, whether it passed.
    Answered(String, String, bool),
}

/// How far one lesson is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Not opened yet.
    New,
    /// Opened.
    Begun,
    /// Done.
    Done,
}

impl Stage {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Stage::New => "not begun",
            Stage::Begun => "begun",
            Stage::Done => "done",
        }
    }
}

impl Progress {
    /// What was remembered; nothing where the browser does not allow it.
    pub fn load() -> Self {
        LocalStorage::get(KEY).unwrap_or_default()
    }

    /// Remembers a step.
    pub fn take(&mut self, step: Step) {
        match step {
            Step::Opened(lesson) => {
                self.opened.insert(lesson);
            }
            Step::Done(lesson, true) => {
                self.done.insert(lesson);
            }
            Step::Done(lesson, false) => {
                self.done.remove(&lesson);
            }
            Step::Predicted(lesson, quiz, choice) => {
                self.predictions.insert(format!("{lesson}/{quiz}"), choice);
            }
            Step::Answered(exercise, answer, passed) => {
                if passed {
                    self.solved.insert(exercise.clone());
                }
                self.answers.insert(exercise, answer);
            }
        }
        // A browser that keeps nothing costs the reader their progress, not the lesson.
        let _ = LocalStorage::set(KEY, self);
    }

    /// How far a lesson is.
    pub fn stage(&self, lesson: &str) -> Stage {
        if self.done.contains(lesson) {
            Stage::Done
        } else if self.opened.contains(lesson) {
            Stage::Begun
        } else {
            Stage::New
        }
    }

    /// The choice made in a quiz.
    pub fn prediction(&self, lesson: &str, quiz: &str) -> Option<usize> {
        self.predictions.get(&format!("{lesson}/{quiz}")).copied()
    }
}
