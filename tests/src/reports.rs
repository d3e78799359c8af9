//! Reports to open. Their measured curves are made up, for tests only, and say so.

use lab_core::{
    evidence::{Evidence, Reading},
    machine::Machine,
    parameters::Arguments,
    report::{
        Cell, Environment, Exhibit, ExhibitKind, Fact, Histogram, Lane, Lanes, Map, Matrix,
        NoteKind, Point, Report, SCHEMA, Sample, ScaleKind, Series, Span, Spread,
    },
    study::Study,
    units::Unit,
};

/// An exhibit of each kind; the matrix is the only one said to be measured.
fn exhibits() -> Vec<Exhibit> {
    let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
    let span = |start, end, kind| Span {
        start,
        end,
        kind,
        label: format!("batch {kind}"),
    };
    let lane = |(name, spans)| Lane { name, spans };
    let workers = names(["worker 0", "worker 1"]).into_iter();
    let spans = [
        vec![span(0.0, 40.0, 0), span(40.0, 60.0, 1)],
        vec![span(10.0, 70.0, 1)],
    ];
    let cells = [(4096.0, Some(1)), (0.0, Some(0)), (64.0, None)];
    let cell = |(value, category)| Cell { value, category };
    let shown = |title: &str, evidence, unit, kind| Exhibit {
        title: title.to_owned(),
        evidence,
        unit,
        kind,
    };
    vec![
        shown(
            "time one way",
            Evidence::Measured,
            Unit::Nanoseconds,
            ExhibitKind::Matrix(Matrix {
                names: names(["CPU 0", "CPU 1"]),
                cells: vec![vec![None, Some(52.0)], vec![Some(0.0), None]],
            }),
        ),
        shown(
            "what workers did",
            Evidence::Simulated,
            Unit::Nanoseconds,
            ExhibitKind::Lanes(Lanes {
                kinds: names(["decode", "wait"]),
                lanes: workers.zip(spans).map(lane).collect(),
            }),
        ),
        shown(
            "how long samples took",
            Evidence::Simulated,
            Unit::Nanoseconds,
            ExhibitKind::Histogram(Histogram {
                scale: ScaleKind::Log,
                edges: vec![0.0, 1.0, 10.0, 100.0],
                counts: vec![2, 5, 0],
            }),
        ),
        shown(
            "who holds the blocks",
            Evidence::Simulated,
            Unit::Bytes,
            ExhibitKind::Map(Map {
                columns: 2,
                categories: names(["free", "used"]),
                cells: cells.map(cell).to_vec(),
            }),
        ),
    ]
}

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
            if study == Study::CoreToCore {
                experiment.exhibits = exhibits();
            }
            experiment
                .notes
                .push(NoteKind::Other.says("Made up for a test: nothing was measured."));
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
        notes: vec![NoteKind::Other.says("Made up for a test.")],
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
