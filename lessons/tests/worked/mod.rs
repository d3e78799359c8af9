//! What tests of lessons' numbers share: a program simulated, and a number looked for in a text.

use lab_core::{
    machine::Machine,
    sim::{Causes, Hierarchy, Options},
    trace::program::{EXAMPLES, Program},
};

/// Fails unless the lesson says so, whatever its line breaks.
#[track_caller]
pub fn says(lesson: &str, words: &str) {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat(lesson).contains(&flat(words)), "not said: {words}");
}

/// Accesses, misses of each level, and the causes of those of the first.
pub struct Ran {
    pub accesses: u64,
    pub misses: Vec<u64>,
    pub causes: Causes,
}

pub fn run(machine: &Machine, source: &str, values: &[(&str, i64)]) -> Ran {
    let values: Vec<_> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect();
    let instance = Program::parse(source).unwrap().with(&values).unwrap();
    let options = Options {
        classify: true,
        ..Options::default()
    };
    let mut caches = Hierarchy::with(machine, options).unwrap();
    let accesses = instance.start().run(u64::MAX, &mut caches);
    let counts = caches.counts();
    Ran {
        accesses,
        misses: counts.levels.iter().map(|level| level.misses).collect(),
        causes: counts.levels[0].misses_by_cause.unwrap(),
    }
}

pub fn preset(name: &str) -> Machine {
    Machine::preset(name).unwrap()
}

/// An example of the Cache view on the teaching machine.
pub fn teaching(example: &str, values: &[(&str, i64)]) -> Ran {
    let example = EXAMPLES.iter().find(|known| known.name == example).unwrap();
    run(&preset("teaching"), example.source, values)
}

/// A number as the lessons write it: `16 384`, but `8064`.
pub fn spaced(number: u64) -> String {
    match number {
        0..10_000 => number.to_string(),
        10_000..1_000_000 => format!("{} {:03}", number / 1000, number % 1000),
        _ => format!(
            "{} {:03} {:03}",
            number / 1_000_000,
            number / 1000 % 1000,
            number % 1000
        ),
    }
}
