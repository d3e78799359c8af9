//! What follows from hardware counters (claim C1).

use super::{Model, Output, lines::LINE};
use crate::{parameters::Parameter, units::Unit};

/// One count over another, 0 of nothing: instructions over cycles are the instructions per cycle,
/// misses over loads the miss ratio, branch misses over branches the branch miss rate.
pub fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// Bytes that last-level misses bring from memory, GB/s: so many `misses` of a line of so many bytes
/// in so many ns. Written lines come back, and prefetched ones count only where the counter sees
/// them: it is a lower bound of the traffic.
pub fn bandwidth(misses: f64, line: f64, nanoseconds: f64) -> f64 {
    ratio(misses * line, nanoseconds)
}

/// Loads under way at a time, by Little's law: those that end in a nanosecond times how many ns each
/// takes.
pub fn concurrency(loads_per_ns: f64, latency_ns: f64) -> f64 {
    loads_per_ns * latency_ns
}

const fn count(name: &'static str, meaning: &'static str, default: f64) -> Parameter {
    Parameter {
        name,
        meaning,
        unit: Unit::Count,
        default,
        min: 0.0,
        max: 1e18,
    }
}

const CYCLES: Parameter = count("cycles", "cycles of the core", 1e6);
const INSTRUCTIONS: Parameter = count("instructions", "instructions retired", 5e5);
const LOADS: Parameter = count("loads", "loads that asked the first level", 2e5);
const L1_MISSES: Parameter = count("l1-misses", "loads that the first level did not have", 5e4);
const LAST_MISSES: Parameter = count("last-misses", "loads that the last level did not have", 1e4);
const BRANCHES: Parameter = count("branches", "branches retired", 1e5);
const BRANCH_MISSES: Parameter = count("branch-misses", "branches predicted wrongly", 1e3);
const TIME: Parameter = Parameter {
    name: "time",
    meaning: "time in which they were counted",
    unit: Unit::Nanoseconds,
    default: 4e5,
    min: 1e-3,
    max: 1e18,
};

const fn output(name: &'static str, meaning: &'static str, unit: Unit) -> Output {
    Output {
        name,
        meaning,
        unit,
    }
}

pub(super) const MODELS: &[Model] = &[Model {
    name: "counters",
    claims: &["C1"],
    about: "what follows from a processor's counters",
    formula: r"\mathrm{IPC} = \frac{\text{instructions}}{\text{cycles}}, \quad \text{miss ratio} = \frac{\text{misses}}{\text{loads}}, \quad \text{bandwidth} = \frac{\text{last misses} \cdot \text{line}}{\text{time}}",
    parameters: &[
        CYCLES,
        INSTRUCTIONS,
        LOADS,
        L1_MISSES,
        LAST_MISSES,
        BRANCHES,
        BRANCH_MISSES,
        TIME,
        LINE,
    ],
    outputs: &[
        output("ipc", "instructions per cycle", Unit::Ratio),
        output("miss-ratio", "share of loads that miss L1", Unit::Ratio),
        output(
            "branch-miss-rate",
            "share of branches predicted wrongly",
            Unit::Ratio,
        ),
        output(
            "bandwidth",
            "bytes a second that misses bring from memory",
            Unit::GigabytesPerSecond,
        ),
    ],
    evaluate: |arguments| {
        let of = |parameter| arguments.get(parameter);
        for (part, whole) in [(&L1_MISSES, &LOADS), (&BRANCH_MISSES, &BRANCHES)] {
            if of(part) > of(whole) {
                return Err(format!(
                    "`{}` must not be more than `{}`, of which they are a part",
                    part.name, whole.name
                ));
            }
        }
        Ok(vec![
            ratio(of(&INSTRUCTIONS), of(&CYCLES)),
            ratio(of(&L1_MISSES), of(&LOADS)),
            ratio(of(&BRANCH_MISSES), of(&BRANCHES)),
            bandwidth(of(&LAST_MISSES), of(&LINE), of(&TIME)),
        ])
    },
}];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::Arguments;

    #[test]
    fn derived_figures_are_those_of_a_calculation_by_hand() {
        assert_eq!(ratio(3.0, 4.0), 0.75);
        assert_eq!(ratio(3.0, 0.0), 0.0);
        // A hundred lines of 64 bytes in 400 ns: 16 bytes a ns.
        assert_eq!(bandwidth(100.0, 64.0, 400.0), 16.0);
        // Hennessy and Patterson's kind of example: a load every 8 ns that takes 80 keeps ten open.
        assert_eq!(concurrency(1.0 / 8.0, 80.0), 10.0);
    }

    #[test]
    fn a_part_larger_than_its_whole_is_refused() {
        let model = &MODELS[0];
        let mut arguments = Arguments::default();
        assert_eq!(
            (model.evaluate)(&arguments).unwrap(),
            [0.5, 0.25, 0.01, 1.6]
        );
        arguments.set(model.parameters, "l1-misses", 3e5).unwrap();
        let why = (model.evaluate)(&arguments).unwrap_err();
        assert!(
            why.contains("`l1-misses`") && why.contains("`loads`"),
            "{why}"
        );
    }
}
