//! Profiling by samples: error of a function's estimated share of the time, by number of samples
//! (claims F1, F3).
//!
//! A sampling profiler estimates a proportion, it reconstructs no signal: its error is that of a
//! binomial proportion, √(p(1 − p)/n), however often the function runs. What spoils it is a timer in
//! step with the program: then all samples are one sample. Jitter cures that.

use super::definition::*;
use crate::{
    kernels::SEED,
    machine::Machine,
    parameters::{Arguments, Parameter},
    sim::sampling::{Sampling, estimate},
    units::Unit,
};

pub(super) struct Profiling;

/// Samples at moments that know nothing of each other.
pub const RANDOM: Variant = Variant::new("random moments");
/// Samples by a timer whose period is the program's.
pub const LOCK_STEP: Variant = Variant::new("in step with the program");
/// The same timer, each sample put off by a random part of the period.
pub const JITTERED: Variant = Variant::new("in step, with jitter");

/// The part of each period that the program spends in the function.
pub const SHARE: Parameter = Parameter {
    name: "share",
    meaning: "the function's share of the time",
    unit: Unit::Ratio,
    default: 0.3,
    min: 0.01,
    max: 0.99,
};

/// Profiles whose errors a simulated point sums up.
const PROFILES: u64 = 200;

pub(super) static INFO: Info = Info {
    name: "profiling",
    title: "Sampling profiler",
    about: "How many samples does a profile need, and when do more not help?",
    claims: &["F1", "F3"],
    group: Group::System,
    first_look: false,
    x: Dimension::new("samples", Unit::Count),
    y: Dimension::new("error of the share, root mean square", Unit::Percent),
    variants: &[RANDOM, LOCK_STEP, JITTERED],
    measured_variants: &[RANDOM, LOCK_STEP, JITTERED],
    telling_x: None,
    parameters: &[SHARE, SEED],
    simulation: Ok(&Profiling),
    landmarks: nowhere,
};

/// How a variant samples.
///
/// # Panics
/// For a variant of another study.
pub fn sampling(variant: Variant) -> Sampling {
    variant.of(&[
        (RANDOM, Sampling::Random),
        (LOCK_STEP, Sampling::LockStep),
        (JITTERED, Sampling::Jittered),
    ])
}

/// The root of the mean of the squares, for errors of shares in percentage points.
pub fn root_mean_square(errors: &[f64]) -> f64 {
    let squares: f64 = errors.iter().map(|error| error * error).sum();
    (squares / errors.len() as f64).sqrt()
}

impl Definition for Profiling {
    fn xs(&self, _: &Machine, _: &Arguments, _: Variant) -> Vec<f64> {
        [16.0, 64.0, 256.0, 1024.0, 4096.0].to_vec()
    }

    /// The standard error of a proportion (Wald); samples in step are one sample.
    fn predict(&self, asked: Asked<'_>) -> Value {
        let share = asked.arguments.get(&SHARE);
        let samples = if asked.variant == LOCK_STEP {
            1.0
        } else {
            asked.x
        };
        Value::of(100.0 * (share * (1.0 - share) / samples).sqrt())
    }
}

impl Simulation for Profiling {
    /// Takes many profiles of the program's schedule.
    fn simulate(&self, asked: Asked<'_>) -> Value {
        let (arguments, x) = (asked.arguments, asked.x);
        let (share, first) = (arguments.get(&SHARE), arguments.get(&SEED) as u64);
        let errors: Vec<f64> = (0..PROFILES)
            .map(|profile| {
                let seed = first.wrapping_mul(PROFILES).wrapping_add(profile);
                100.0 * (estimate(sampling(asked.variant), share, x as u64, seed) - share)
            })
            .collect();
        Value {
            y: root_mean_square(&errors),
            served: Vec::new(),
            simulated_accesses: PROFILES * x as u64,
        }
    }

    /// Samples, here.
    fn accesses(&self, _: &Machine, _: &Arguments, x: f64) -> f64 {
        PROFILES as f64 * x
    }
}

impl Measured for Profiling {
    const PARTING: Parting = Parting::Notes;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Study;

    /// With 200 profiles the simulated error is known to some 5 %, in step to less.
    #[test]
    fn the_simulated_error_is_the_predicted_one_and_in_step_it_does_not_fall() {
        let (machine, arguments) = (Machine::preset("laptop").unwrap(), Arguments::default());
        for &variant in INFO.variants {
            for x in Study::Profiling.xs(&machine, &arguments, variant) {
                let predicted = Study::Profiling.predict(&machine, &arguments, variant, x).y;
                let simulated = Study::Profiling.simulate(&machine, &arguments, variant, x);
                let ratio = simulated.unwrap().y / predicted;
                assert!((0.75..1.25).contains(&ratio), "{variant} at {x}: {ratio}");
            }
        }
        let y = |variant, x| Study::Profiling.predict(&machine, &arguments, variant, x).y;
        assert!((y(RANDOM, 16.0) / y(RANDOM, 1024.0) - 8.0).abs() < 1e-9);
        assert_eq!(y(LOCK_STEP, 16.0), y(LOCK_STEP, 1024.0));
    }

    #[test]
    fn the_root_mean_square_of_three_and_four() {
        assert!((root_mean_square(&[3.0, -4.0]) - 12.5_f64.sqrt()).abs() < 1e-12);
    }
}
