//! An answer to an exercise, graded.

use lab_lessons::exercise::{Grade as Verdict, exercise};
use serde::{Deserialize, Serialize};

use crate::{Job, Nothing, Run, Step};

/// An answer to be graded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grade {
    /// Name of the exercise.
    pub exercise: String,
    /// The answer, as the command line would read it from a file.
    pub answer: String,
    /// The how-manieth request this is: asking again grades again.
    pub round: u32,
}

impl Job for Grade {
    const NAME: &'static str = "grade";
    const ENDLESS: &'static str = "Checking this answer took too long, twice, and was stopped; \
                                   change the answer and check it again.";

    type Part = Verdict;
    type Result = Verdict;
    type Look = Nothing;
    type Seen = Nothing;
    type Run = Self;

    fn add(&self, result: &mut Option<Verdict>, part: Verdict) {
        *result = Some(part);
    }
}

/// A grader is run in one go: one that does not end is noticed by its silence.
impl Run<Self> for Grade {
    fn new(job: Self) -> Self {
        job
    }

    fn work(&mut self, _until: f64, _clock: &mut dyn FnMut() -> f64) -> Step<Verdict> {
        match exercise(&self.exercise) {
            Some(exercise) => Step::new(Some(exercise.grade(&self.answer, 0)), 1.0, 0),
            None => Step::refused(format!("There is no exercise “{}”.", self.exercise)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grade(exercise: &str, answer: &str) -> Step<Verdict> {
        let (exercise, answer) = (exercise.to_owned(), answer.to_owned());
        let grade = Grade {
            exercise,
            answer,
            round: 1,
        };
        grade.clone().work(0.0, &mut || 0.0)
    }

    #[test]
    fn answers_are_graded_in_one_step() {
        let exercise = exercise("hits-and-misses").unwrap();
        for (answer, pass) in [(exercise.solution, true), (exercise.unsolved, false)] {
            let step = grade(exercise.name, answer);
            assert_eq!(step.part.map(|verdict| verdict.pass), Some(pass));
            assert_eq!(step.progress, 1.0);
        }
    }

    #[test]
    fn an_exercise_that_is_not_there_is_named() {
        let why = grade("forty-two", "").stopped;
        assert!(why.is_some_and(|why| why.contains("“forty-two”")));
    }
}
