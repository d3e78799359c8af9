//! A program in the loop language, read: what it has to be set, where its arrays lie, what is wrong.

use lab_core::trace::program::{Extent, Param, PlacedArray, Problem, Program, format};
use serde::{Deserialize, Serialize};

use crate::{Job, Nothing, Run, Step};

/// A program to be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Read {
    /// Its text.
    pub program: String,
    /// Values wished for its parameters; those of others are left alone.
    pub wishes: Vec<(String, f64)>,
}

/// What the text means: a program with values, or what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Its parameters.
    pub params: Vec<Param>,
    /// Their values, as near to the wishes as they can be.
    pub values: Vec<(String, i64)>,
    /// Its arrays, placed.
    pub arrays: Vec<PlacedArray>,
    /// How many accesses it makes.
    pub extent: Option<Extent>,
    /// What is wrong; nothing where it can run.
    pub problems: Vec<Problem>,
    /// The text in its usual form; nothing where it cannot be formatted.
    pub tidy: Option<String>,
}

impl Job for Read {
    const NAME: &'static str = "read";

    type Part = Reading;
    type Result = Reading;
    type Look = Nothing;
    type Seen = Nothing;
    type Run = Self;

    fn add(&self, result: &mut Option<Reading>, part: Reading) {
        *result = Some(part);
    }
}

/// Read in one go: a text that fits an editor takes milliseconds.
impl Run<Self> for Read {
    fn new(job: Self) -> Self {
        job
    }

    fn work(&mut self, _until: f64, _clock: &mut dyn FnMut() -> f64) -> Step<Reading> {
        Step::new(Some(read(&self.program, &self.wishes)), 1.0, 0)
    }
}

fn read(text: &str, wishes: &[(String, f64)]) -> Reading {
    let mut reading = Reading {
        tidy: format(text).ok(),
        ..Reading::default()
    };
    let program = match Program::parse(text) {
        Ok(program) => program,
        Err(problems) => {
            reading.problems = problems;
            return reading;
        }
    };
    for param in program.params() {
        if let Some((_, wish)) = wishes.iter().find(|(name, _)| *name == param.name) {
            let value = (*wish as i64).clamp(param.min, param.max);
            reading.values.push((param.name.clone(), value));
        }
    }
    match program.with(&reading.values) {
        Ok(instance) => {
            reading.arrays = instance.arrays().to_vec();
            reading.extent = Some(instance.accesses());
        }
        Err(problems) => reading.problems = problems,
    }
    reading.params = program.params().to_vec();
    reading
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(program: &str, wishes: &[(&str, f64)]) -> Reading {
        let wishes = wishes.iter().map(|(name, wish)| ((*name).to_owned(), *wish));
        let mut read = Read {
            program: program.to_owned(),
            wishes: wishes.collect(),
        };
        let step = read.work(0.0, &mut || 0.0);
        assert_eq!(step.progress, 1.0);
        step.part.unwrap()
    }

    #[test]
    fn values_are_as_near_to_the_wishes_as_they_can_be() {
        let text = "param N = 4 in 2..=8\narray A[N]: f64\nfor i in 0..N {\nA[i]\n}\n";
        let plain = reading(text, &[("M", 3.0)]);
        assert_eq!((plain.arrays[0].bytes, plain.values.len()), (32, 0));
        assert_eq!(plain.extent, Some(Extent::Exact(4)));
        assert_eq!(plain.tidy.unwrap().lines().nth(3), Some("    A[i]"));
        let wished = reading(text, &[("N", 1e9)]);
        assert_eq!(wished.values, [("N".to_owned(), 8)]);
        assert_eq!(wished.arrays[0].bytes, 64);
    }

    #[test]
    fn what_is_wrong_stands_at_its_place_and_nothing_runs() {
        let wrong = reading("arra A[4]: f64\n", &[]);
        assert_eq!((wrong.problems[0].line, wrong.problems[0].column), (1, 1));
        assert!(wrong.arrays.is_empty() && wrong.extent.is_none() && wrong.tidy.is_none());
        // It reads well, and cannot be with these values.
        let text = "param N = 1 in 0..=4\narray A[N]: f64\nA[0]\n";
        let none = reading(text, &[("N", 0.0)]);
        assert!(!none.problems.is_empty() && none.params.len() == 1);
    }
}
