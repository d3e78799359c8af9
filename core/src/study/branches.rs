//! Branches: time of an element, by the share of elements taken (claim X2).
//!
//! Kernel: the sum above a threshold, by a branch or by a mask. A branch on data in no order cannot
//! be foreseen: the best a predictor can do is to guess the likelier side, and it is wrong with the
//! probability of the other, min(p, 1 - p).

use super::definition::*;
use crate::{
    kernels::branches::{numbers, threshold},
    machine::Machine,
    parameters::{Arguments, Parameter},
    sim::TwoBitCounter,
    units::Unit,
};

pub(super) struct Branches;

/// A branch over numbers in random order.
pub const UNSORTED: Variant = Variant::new("branch, unsorted");
/// The same branch over the same numbers, rising.
pub const SORTED: Variant = Variant::new("branch, sorted");
/// A mask over numbers in random order.
pub const BRANCH_FREE: Variant = Variant::new("branch-free, unsorted");

/// Numbers in the array: more than a predictor can learn by heart, and they stay in the second
/// cache of most machines.
pub const LENGTH: usize = 1 << 16;

/// Seed of the order that the curves are read in.
pub const ORDER: u64 = 1;

const fn time(name: &'static str, meaning: &'static str, default: f64) -> Parameter {
    Parameter {
        name,
        meaning,
        unit: Unit::Nanoseconds,
        default,
        min: 0.001,
        max: 1000.0,
    }
}

/// What an element takes with a branch that is always guessed right.
pub const BRANCH: Parameter = time(
    "branch",
    "time of an element whose branch is guessed right",
    0.5,
);

/// What an element takes without a branch.
pub const MASK: Parameter = time("mask", "time of an element without a branch", 0.3);

/// What a wrong guess costs.
pub const MISPREDICTION: Parameter = time(
    "misprediction",
    "time that a wrong guess of a branch costs",
    5.0,
);

pub(super) static INFO: Info = Info {
    name: "branches",
    title: "Branches",
    about: "What does a branch cost, as it gets harder to predict?",
    claims: &["X2"],
    group: Group::Kernels,
    first_look: false,
    x: Dimension::new("elements taken", Unit::Percent),
    y: Dimension::new("time per element", Unit::Nanoseconds),
    variants: &[UNSORTED, SORTED, BRANCH_FREE],
    measured_variants: &[UNSORTED, SORTED, BRANCH_FREE],
    // Nobody can foresee a branch that is taken every second time.
    telling_x: Some(50.0),
    parameters: &[BRANCH, MASK, MISPREDICTION],
    simulation: Ok(&Branches),
    landmarks: nowhere,
};

/// Time of an element, from the share of its branches that are guessed wrong.
fn element(arguments: &Arguments, variant: Variant, wrong: f64, simulated_accesses: u64) -> Value {
    let y = if variant == BRANCH_FREE {
        arguments.get(&MASK)
    } else {
        arguments.get(&BRANCH) + wrong * arguments.get(&MISPREDICTION)
    };
    Value {
        y,
        served: Vec::new(),
        simulated_accesses,
    }
}

impl Definition for Branches {
    fn xs(&self, _: &Machine, _: &Arguments, _: Variant) -> Vec<f64> {
        vec![
            1.0, 2.0, 5.0, 10.0, 20.0, 35.0, 50.0, 65.0, 80.0, 90.0, 95.0, 98.0, 99.0,
        ]
    }

    fn predict(&self, asked: Asked<'_>) -> Value {
        let variant = asked.variant;
        let p = asked.x / 100.0;
        let wrong = if variant == UNSORTED {
            p.min(1.0 - p)
        } else {
            // Up once and down once in each pass.
            2.0 / LENGTH as f64
        };
        element(asked.arguments, variant, wrong, 0)
    }
}

impl Simulation for Branches {
    /// The outcomes of the branch, in the order of the data, through a two-bit counter. Caches have no
    /// part in it: a sequential read of an array that is held costs next to nothing more.
    fn simulate(&self, asked: Asked<'_>) -> Value {
        let variant = asked.variant;
        let data = numbers(LENGTH, (variant != SORTED).then_some(ORDER));
        let reached = threshold(LENGTH, asked.x);
        let mut counter = TwoBitCounter::default();
        for pass in 0..2 {
            if pass == 1 {
                counter.reset_count();
            }
            for &number in &data {
                counter.branch(number >= reached);
            }
        }
        let wrong = counter.mispredictions() as f64 / LENGTH as f64;
        element(asked.arguments, variant, wrong, 2 * LENGTH as u64)
    }

    fn accesses(&self, _: &Machine, _: &Arguments, _: f64) -> f64 {
        2.0 * LENGTH as f64
    }
}

impl Measured for Branches {
    const PARTING: Parting = Parting::Either {
        above: "A wrong guess costs more than calibrated where what comes after it waits for \
                memory.",
        below: "Real predictors remember patterns, where the form has two bits for each branch.",
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Study;

    /// A counter that follows exceptions is worse than one that knows the likelier side, and by no
    /// more than the Markov chain of it says: p·q / (p² + q²).
    #[test]
    fn the_counter_lies_between_the_best_guess_and_its_own_theory() {
        let machine = Machine::preset("laptop").unwrap();
        let arguments = Arguments::default();
        let study = Study::Branches;
        for x in study.xs(&machine, &arguments, UNSORTED) {
            let predicted = study.predict(&machine, &arguments, UNSORTED, x).y;
            let simulated = study.simulate(&machine, &arguments, UNSORTED, x).unwrap().y;
            let (p, q) = (x / 100.0, 1.0 - x / 100.0);
            let theory = BRANCH.default + MISPREDICTION.default * p * q / (p * p + q * q);
            assert!(
                predicted < simulated + 0.05,
                "{x}: {predicted}, {simulated}"
            );
            assert!(
                (simulated - theory).abs() < 0.05,
                "{x}: {simulated}, {theory}"
            );
        }
    }

    #[test]
    fn sorting_leaves_two_changes_a_pass() {
        let machine = Machine::preset("laptop").unwrap();
        let arguments = Arguments::default();
        let simulated = Study::Branches
            .simulate(&machine, &arguments, SORTED, 50.0)
            .unwrap();
        // Two wrong guesses at either change.
        let expected = BRANCH.default + MISPREDICTION.default * 4.0 / LENGTH as f64;
        assert!((simulated.y - expected).abs() < 1e-9);
    }
}
