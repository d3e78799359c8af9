//! Reports to open. Their measured curves are made up, for tests only, and say so.

use lab_core::{
    evidence::Reading,
    machine::Machine,
    parameters::Arguments,
    report::{Environment, Fact, Point, Report, SCHEMA, Sample, Series, Spread},
    study::Study,
};

/// A report of every study on a preset machine, whose "measured" points are the predicted ones
/// times `factor`.
///
/// # Panics
/// When there is no such preset.
pub fn made_up(preset: &str, factor: f64) -> Report {
    let mut machine = Machine::preset(preset).expect("a preset");
    machine.name = format!("{preset}-times-{factor}");
    let arguments = Arguments::default();
    let experiments: Vec<_> = Study::ALL
        .iter()
        .map(|&study| {
            let predicted = study.predicted(&machine, &arguments);
            let simulated = study.variants(Reading::Simulated).iter().map(|&variant| {
                let xs = study.xs(&machine, &arguments, variant);
                let read = |x| {
                    study
                        .simulate(&machine, &arguments, variant, x)
                        .expect("presets are sound")
                };
                study.curve(Reading::Simulated, variant, &xs, read)
            });
            let measured = study
                .variants(Reading::Measured)
                .iter()
                .map(|variant| Series {
                    reading: Reading::Measured,
                    variant: variant.name().to_owned(),
                    points: predicted[0]
                        .points
                        .iter()
                        .map(|point| made_up_point(point, factor))
                        .collect(),
                    unavailable: None,
                });
            let simulated: Vec<Series> = simulated.collect();
            let measured: Vec<Series> = measured.collect();
            let series = predicted
                .iter()
                .cloned()
                .chain(simulated)
                .chain(measured)
                .collect();
            let mut experiment = study.experiment(Vec::new(), series);
            experiment
                .notes
                .push("Made up for a test: nothing was measured.".to_owned());
            experiment
        })
        .collect();
    Report {
        schema: SCHEMA,
        generator: "lab-tests".to_owned(),
        created: "2026-01-02T03:04:05Z".to_owned(),
        machine,
        topology: None,
        environment: Environment {
            facts: vec![Fact {
                name: "kernel".to_owned(),
                value: "none: made up for a test".to_owned(),
            }],
            unavailable: Vec::new(),
        },
        experiments,
        inferred: Vec::new(),
        notes: vec!["Made up for a test.".to_owned()],
    }
}

fn made_up_point(point: &Point, factor: f64) -> Point {
    let y = point.y * factor;
    let sample = |value| Sample {
        value,
        other_cpu_percent: Some(0.0),
        steal_percent: Some(0.0),
        ..Sample::default()
    };
    Point {
        x: point.x,
        y,
        spread: Some(Spread {
            low: y * 0.98,
            high: y * 1.03,
            confidence: 0.95,
        }),
        samples: [0.98, 1.0, 1.03].map(|share| sample(y * share)).into(),
        served: Vec::new(),
    }
}
