//! Branches, measured: the sum above a threshold, by a branch and by a mask.

use std::hint::black_box;

use anyhow::{Context, Result};
use lab_core::{
    evidence::{Evidence, Reading},
    kernels::branches::{numbers, sum_by_branch, sum_by_mask, threshold},
    machine::{Figure, Machine},
    parameters::Arguments,
    report::Series,
    study::{
        Study,
        branches::{BRANCH, BRANCH_FREE, LENGTH, MASK, MISPREDICTION, ORDER, SORTED, UNSORTED},
    },
    trace::{Buffer, NoProbe},
};

use super::{Bench, Live, Measurement, Variant, at};
use crate::measure::{Case, Deaf, nanoseconds};

pub(super) struct Branches;

/// Turns of the loop that a wrong guess is timed with.
const FLIPS: u64 = 10_000;

impl Measurement for Branches {
    /// The two forms where every branch goes the same way; and a wrong guess by another loop, a
    /// branch on the bits of a random number generator, against the same branch always taken.
    fn calibrate(&self, _: &Machine, bench: &Bench) -> Result<Vec<(&'static str, Figure)>> {
        let data = numbers(LENGTH, Some(ORDER + 1));
        let [none, all] = [LENGTH as u64, 0];
        let mut cases = [
            case(&data, false, none, 1.0),
            case(&data, false, all, 1.0),
            case(&data, true, all, 1.0),
            flips(0),
            flips(1 << 40),
        ];
        let points = bench.harness.measure(&mut cases, &mut Deaf);
        let times: Vec<f64> = points.iter().flatten().map(|point| point.y).collect();
        let [none, all, mask, foreseen, random] = times[..]
            .try_into()
            .context("calibrating the branches gave no samples")?;
        let figure = |value, source| Figure::new(value, Evidence::Measured, source);
        Ok(vec![
            (
                BRANCH.name,
                figure(
                    f64::midpoint(none, all),
                    "the loop with all elements taken, and with none: the mean of both",
                ),
            ),
            (MASK.name, figure(mask, "the loop with all elements taken")),
            (
                MISPREDICTION.name,
                // Half of the random ones are guessed wrong.
                figure(
                    2.0 * (random - foreseen),
                    "a branch on random bits, half of which are guessed wrong, against the same \
                     branch always taken",
                ),
            ),
        ])
    }

    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let study = Study::Branches;
        let [unsorted, sorted] = [Some(ORDER), None].map(|seed| numbers(LENGTH, seed));
        let variants = study
            .variants(Reading::Measured)
            .iter()
            .map(|&variant| {
                let data = if variant == SORTED {
                    &sorted
                } else {
                    &unsorted
                };
                let cases = study
                    .xs(machine, arguments, variant)
                    .into_iter()
                    .map(|x| case(data, variant == BRANCH_FREE, threshold(LENGTH, x), x));
                Variant::Cases(variant, cases.collect())
            })
            .collect();
        Ok(live.measure(study, bench, variants))
    }

    fn notes(&self, _: &Machine, modelled: &[Series], measured: &[Series]) -> Vec<String> {
        let mut notes = Vec::new();
        let half = |variant| at(measured, Reading::Measured, variant, 50.0).map(|(_, y)| y);
        if let (Some(unsorted), Some(sorted), Some(free)) =
            (half(UNSORTED), half(SORTED), half(BRANCH_FREE))
        {
            notes.push(if unsorted > 1.5 * sorted {
                format!(
                    "With half of the elements taken, sorting the same numbers makes the same \
                     machine code {:.1} times faster: nothing but the guesses has changed. Without \
                     a branch, an element takes {free:.2} ns in any order.",
                    unsorted / sorted
                )
            } else {
                "Sorting changes little here: either this compiler made a mask of the branch, or \
                 a wrong guess costs this core next to nothing."
                    .to_owned()
            });
        }
        if let (Some((_, seen)), Some((_, expected))) = (
            at(measured, Reading::Measured, UNSORTED, 50.0),
            at(modelled, Reading::Predicted, UNSORTED, 50.0),
        ) && seen < 0.8 * expected
        {
            notes.push(format!(
                "With half of the elements taken, an element takes {seen:.2} ns and not \
                 {expected:.2}: the data is passed over again and again, and this core's predictor \
                 has learned part of its order by heart; or the core finds out sooner about a wrong \
                 guess than where it was calibrated."
            ));
        }
        notes
    }
}

fn case(data: &[u64], free: bool, threshold: u64, x: f64) -> Case<'_> {
    let body = move |repetitions| {
        let sum = if free { masked } else { branching };
        for _ in 0..repetitions {
            black_box(sum(black_box(data), threshold));
        }
    };
    Case::timed(x, data.len() as f64, nanoseconds, body).warmed_by(2)
}

// The same machine code for calibration and experiment.
#[inline(never)]
fn branching(data: &[u64], threshold: u64) -> u64 {
    sum_by_branch(Buffer::new(data, 0), threshold, &mut NoProbe)
}

#[inline(never)]
fn masked(data: &[u64], threshold: u64) -> u64 {
    sum_by_mask(Buffer::new(data, 0), threshold, &mut NoProbe)
}

/// A branch taken where a random number has none of the bits of `mask`: always for 0, every other
/// time for one bit.
fn flips(mask: u64) -> Case<'static> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    Case::timed(1.0, FLIPS as f64, nanoseconds, move |repetitions| {
        state = flip(state, repetitions * FLIPS, mask);
    })
}

/// Marsaglia's xorshift (2003), with the branch behind each number.
#[inline(never)]
fn flip(mut state: u64, turns: u64, mask: u64) -> u64 {
    let mut taken = 0_u64;
    for _ in 0..turns {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        if state & mask == 0 {
            black_box(());
            taken += 1;
        }
    }
    black_box(taken);
    state
}
