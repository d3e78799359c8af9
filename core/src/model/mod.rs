//! Closed forms, one file per theory topic.
//!
//! The functions are for code; [`models`] lists the same forms for people: with names, units,
//! ranges and the formula, evaluated by [`Model::evaluate`]. A new model is one entry in its file.

pub mod bottleneck;
pub mod counters;
pub mod hierarchy;
pub mod io;
pub mod knees;
pub mod lines;
pub mod patterns;
pub mod replacement;
pub mod roofline;

use crate::{parameters::Arguments, parameters::Parameter, units::Unit};

/// A closed form a person can evaluate.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Its name on the command line.
    pub name: &'static str,
    /// Ids of the claims it states.
    pub claims: &'static [&'static str],
    /// What it gives, as a phrase.
    pub about: &'static str,
    /// The formula, in LaTeX.
    pub formula: &'static str,
    /// What it takes.
    pub parameters: &'static [Parameter],
    /// What it gives, in the order of the values.
    pub outputs: &'static [Output],
    /// The values, or a sentence why these arguments make no sense together.
    pub evaluate: fn(&Arguments) -> Result<Vec<f64>, String>,
}

/// One number a model gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name.
    pub name: &'static str,
    /// What it means, as a phrase.
    pub meaning: &'static str,
    /// What it counts.
    pub unit: Unit,
}

/// Every model, by theory topic.
pub fn models() -> impl Iterator<Item = &'static Model> {
    [
        counters::MODELS,
        hierarchy::MODELS,
        io::MODELS,
        lines::MODELS,
        patterns::MODELS,
        replacement::MODELS,
        roofline::MODELS,
    ]
    .into_iter()
    .flatten()
}

/// The model of that name.
pub fn find(name: &str) -> Option<&'static Model> {
    models().find(|model| model.name == name)
}

/// A size that has to be a power of two.
fn power_of_two(value: f64, name: &str) -> Result<u64, String> {
    let whole = value as u64;
    if whole as f64 == value && whole.is_power_of_two() {
        Ok(whole)
    } else {
        Err(format!("`{name}` must be a power of two, not {value}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_have_their_own_names_and_defaults_that_evaluate() {
        let mut names = std::collections::BTreeSet::new();
        for model in models() {
            assert!(names.insert(model.name), "{} twice", model.name);
            let values = (model.evaluate)(&Arguments::default()).unwrap();
            assert_eq!(values.len(), model.outputs.len(), "{}", model.name);
            assert!(values.iter().all(|value| value.is_finite()));
        }
        for claim in [
            "H1", "H2", "H3", "H4", "L1", "L2", "L3", "P1", "P3", "P4", "P5", "O1", "O2", "O3",
            "O4", "T1", "T2", "B5", "B6", "X1", "X3", "C1",
        ] {
            assert!(
                models().any(|model| model.claims.contains(&claim)),
                "no model states {claim}"
            );
        }
    }
}
