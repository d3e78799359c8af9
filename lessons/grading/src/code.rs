//! *Code*: a Rust function generic over the probe, graded on its simulated misses.
//!
//! What the function has to do is said in Rust too: `grader.rs` in the exercise's folder. It is built
//! natively, with the answer beside it, in a small project that `lab exercise start` writes; the page
//! shows the task and how to check it.
//!
//! A `grader.rs` finds the answer in `super::answer` and offers
//! - `fn grade(task: &Task) -> Result<Grade, Grade>`, an error where the answer is wrong,
//! - `const TIMED: usize` and `fn nanoseconds(n: usize) -> Vec<f64>`, the times of several runs without
//!   a probe, for each element of a problem of that size.

use lab_core::{
    machine::Machine,
    sim::{Counts, Hierarchy},
};
use serde::Deserialize;

use crate::{Face, Grade, Kind, Ramp, Remark, Task, kind::machine_faults};

/// What a function is graded on.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Name of a preset machine of `lab_core`.
    pub machine: String,
    /// The name of the cache whose misses count.
    pub cache: String,
    /// The size of the problem whose misses count.
    pub size: usize,
    /// Points by misses.
    pub ramp: Ramp,
}

impl Code {
    /// The settings of an exercise in code, for its grader.
    ///
    /// # Errors
    /// Why they are none, as a phrase.
    pub fn of(task: &Task) -> Result<Self, String> {
        serde_json::from_str(&task.settings).map_err(|error| error.to_string())
    }

    /// The caches a run begins with.
    ///
    /// # Errors
    /// A sentence, if the machine cannot be simulated.
    pub fn caches(&self) -> Result<Hierarchy, String> {
        let machine = Machine::preset(&self.machine);
        machine
            .and_then(|machine| Hierarchy::new(&machine).ok())
            .ok_or_else(|| format!("The machine `{}` cannot be simulated.", self.machine))
    }

    /// The grade of a correct answer, by what it missed.
    pub fn of_misses(&self, task: &Task, counts: &Counts, remarks: Vec<Remark>) -> Grade {
        Grade::of_misses(task, self.ramp, counts, &self.cache, remarks)
    }
}

impl Kind for Code {
    fn grade(&self, task: &Task, _: &str, _: u64) -> Grade {
        Grade::failed(
            &task.name,
            format!(
                "Rust has to be built before it can be graded: run `lab exercise check {}`.",
                task.name
            ),
            Vec::new(),
        )
    }

    fn face(&self) -> Face {
        Face::Code
    }

    fn files(&self) -> &'static [&'static str] {
        &["grader.rs"]
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = machine_faults(&self.machine, Some(&self.cache));
        faults.extend(self.ramp.fault());
        faults
    }
}
