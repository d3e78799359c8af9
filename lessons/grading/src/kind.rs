//! What every kind of exercise offers, and which there are.

use lab_core::machine::Machine;
use serde::de::DeserializeOwned;

use crate::{Grade, Task, code::Code, predict::Predict, program::Program};

/// What follows from the list of kinds, by the names that `exercise.toml` gives.
macro_rules! kinds {
    ($($name:literal => $kind:ty,)+) => {
        /// The names of all kinds.
        pub const KINDS: &[&str] = &[$($name),+];

        /// Settings of a kind, from JSON.
        ///
        /// # Errors
        /// Why they are none, as a phrase.
        pub fn read(kind: &str, settings: &str) -> Result<Box<dyn Kind>, String> {
            match kind {
                $($name => of::<$kind>(settings).map(|kind| Box::new(kind) as Box<dyn Kind>),)+
                _ => Err(unknown(kind)),
            }
        }

        /// How a page asks for an answer. Not by way of [`read`], from which the graders and their
        /// simulators follow.
        pub(crate) fn face(kind: &str, settings: &str) -> Result<Face, String> {
            match kind {
                $($name => of::<$kind>(settings).map(|kind| kind.face()),)+
                _ => Err(unknown(kind)),
            }
        }
    };
}

kinds! {
    "predict" => Predict,
    "program" => Program,
    "code" => Code,
}

/// The settings of an exercise, which know how to grade it.
pub trait Kind {
    /// Grades an answer; the seed is 0 or one that has a [variant](Self::variant).
    fn grade(&self, task: &Task, answer: &str, seed: u64) -> Grade;

    /// How a page asks for an answer to the exercise as written.
    fn face(&self) -> Face;

    /// The exercise of another seed, as difficult as the one written; none if it is the same for
    /// everybody.
    fn variant(&self, _seed: u64) -> Option<Variant> {
        None
    }

    /// Files it takes beside those of every exercise.
    fn files(&self) -> &'static [&'static str] {
        &[]
    }

    /// What is wrong with settings that could be read, as sentences for their author.
    fn faults(&self) -> Vec<String>;
}

/// How a page asks for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Face {
    /// A letter for each row.
    Letters {
        /// What the rows say.
        rows: Vec<String>,
        /// The letters to choose from, with the words for them.
        choices: &'static [(char, &'static str)],
    },
    /// A program in a text field.
    Program {
        /// Name of the preset machine it is graded on.
        machine: String,
    },
    /// Code to be built and graded natively.
    Code,
}

/// What an exercise of another seed hands out, instead of its own files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// What an answer starts from.
    pub unsolved: String,
    /// An answer that passes.
    pub solution: String,
    /// Why.
    pub because: String,
}

fn of<K: DeserializeOwned>(settings: &str) -> Result<K, String> {
    serde_json::from_str(settings).map_err(|error| {
        // Its place is one in the JSON, which nobody wrote.
        let text = error.to_string();
        text.split(" at line ").next().unwrap_or(&text).to_owned()
    })
}

fn unknown(kind: &str) -> String {
    let names: Vec<_> = KINDS.iter().map(|name| format!("`{name}`")).collect();
    format!(
        "there is no kind of exercises `{kind}`: choose from {}",
        names.join(", ")
    )
}

/// The seed of a student: the same for the same name everywhere, and never 0.
pub fn seed_of(student: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(student.trim().as_bytes()).max(1)
}

/// What is wrong with a machine, and with a cache of it, that settings name.
pub(crate) fn machine_faults(name: &str, cache: Option<&str>) -> Vec<String> {
    let listed = |names: Vec<&str>| {
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    let Some(machine) = Machine::preset(name) else {
        let known = listed(Machine::preset_names().collect());
        return vec![format!(
            "There is no machine `{name}`: choose from {known}."
        )];
    };
    let caches: Vec<&str> = machine.caches.iter().map(|it| it.name.as_str()).collect();
    match cache {
        Some(cache) if !caches.contains(&cache) => vec![format!(
            "The machine `{name}` has no cache `{cache}`: choose from {}.",
            listed(caches)
        )],
        _ => Vec::new(),
    }
}
