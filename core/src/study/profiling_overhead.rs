//! What a profiler costs: overhead by how many events there are in a second (claims F2, F4).
//!
//! A sampling profiler interrupts the program so many times a second, whatever it does: the overhead is
//! in proportion to the rate that somebody chose. Instrumentation puts a probe into each call: the rate
//! is that of the calls, and short functions cost most.

use super::definition::*;
use crate::{
    machine::Machine,
    parameters::{Arguments, Parameter},
    units::Unit,
};

pub(super) struct ProfilingOverhead;

/// A timer's signal, whose handler notes where the program is.
pub const SAMPLES: Variant = Variant::new("samples by a signal");
/// A time stamp at entry and at exit of each call.
pub const PROBES: Variant = Variant::new("time stamps in each call");

/// What a sample costs.
pub const SAMPLE_COST: Parameter = Parameter {
    name: "sample",
    meaning: "time that one signal and its handler take",
    unit: Unit::Nanoseconds,
    default: 2000.0,
    min: 10.0,
    max: 1e5,
};

/// What a probe costs.
pub const PROBE_COST: Parameter = Parameter {
    name: "probe",
    meaning: "time that the two time stamps of a call take",
    unit: Unit::Nanoseconds,
    default: 50.0,
    min: 1.0,
    max: 1e4,
};

/// The most of the time that samples can take: then the next one waits for the last.
const MOST: f64 = 0.99;

pub(super) static INFO: Info = Info {
    name: "profiling-overhead",
    title: "What a profiler costs",
    about: "How much longer does a program run when it is sampled, and when it is instrumented?",
    claims: &["F2", "F4"],
    group: Group::System,
    first_look: false,
    x: Dimension::new("events a second", Unit::Hertz),
    y: Dimension::new("time added", Unit::Percent),
    variants: &[SAMPLES, PROBES],
    measured_variants: &[SAMPLES, PROBES],
    telling_x: None,
    parameters: &[SAMPLE_COST, PROBE_COST],
    simulation: Err("the simulator knows caches and TLBs, and neither clocks nor signals"),
    landmarks: nowhere,
};

impl Definition for ProfilingOverhead {
    /// Rates that timers have, and calls from one in 16 µs to one in 125 ns.
    fn xs(&self, _: &Machine, _: &Arguments, variant: Variant) -> Vec<f64> {
        let rates: &[f64] = match variant {
            PROBES => &[64e3, 256e3, 1e6, 4e6, 8e6],
            _ => &[1e3, 4e3, 16e3, 64e3],
        };
        rates.to_vec()
    }

    /// Probes are made for each second of work. A timer runs on while a sample is taken: of each second
    /// that passes, samples take their share, and the work has the rest.
    fn predict(&self, asked: Asked<'_>) -> Value {
        let x = asked.x;
        let cost = |of: &Parameter| 1e-9 * asked.arguments.get(of);
        let added = if asked.variant == PROBES {
            x * cost(&PROBE_COST)
        } else {
            let share = (x * cost(&SAMPLE_COST)).min(MOST);
            share / (1.0 - share)
        };
        Value::of(100.0 * added)
    }
}

impl Measured for ProfilingOverhead {
    const PARTING: Parting = Parting::Notes;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Study;

    fn predicted(variant: Variant, x: f64) -> f64 {
        let (machine, arguments) = (Machine::preset("laptop").unwrap(), Arguments::default());
        Study::ProfilingOverhead
            .predict(&machine, &arguments, variant, x)
            .y
    }

    /// By hand: 16 000 samples of 2 µs take 32 ms of each second and leave 968 ms; a million calls take
    /// 50 ms for each second of work.
    #[test]
    fn overhead_is_in_proportion_to_the_rate() {
        assert!((predicted(SAMPLES, 16e3) - 100.0 * 32.0 / 968.0).abs() < 1e-9);
        assert!((predicted(PROBES, 1e6) - 5.0).abs() < 1e-9);
        assert!((predicted(PROBES, 4e6) / predicted(PROBES, 1e6) - 4.0).abs() < 1e-9);
    }

    #[test]
    fn a_timer_faster_than_its_handler_leaves_something_to_the_program() {
        assert!(predicted(SAMPLES, 1e9).is_finite());
    }
}
