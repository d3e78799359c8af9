//! Reports: what is written can be read, what is broken is refused in words.

use lab_core::{
    evidence::{Evidence, Reading},
    machine::Machine,
    parameters::Arguments,
    report::{
        Disturbance, Environment, Estimate, Exhibit, ExhibitKind, Inference, Matrix, NoteKind,
        Point, Quantity, Report, ReportError, SCHEMA, Sample, ScaleKind, Spread, Wording,
    },
    study::Study,
    units::Unit,
};
use proptest::prelude::*;

fn report() -> Report {
    let machine = Machine::preset("teaching").unwrap();
    let study = Study::LatencyLadder;
    let mut series = study.predicted(&machine, &Arguments::default());
    let mut measured = series[0].clone();
    measured.reading = Reading::Measured;
    for point in &mut measured.points {
        let spread = Spread {
            low: point.y * 0.9,
            high: point.y * 1.1,
            confidence: 0.95,
        };
        *point = Point {
            x: point.x,
            y: point.y,
            spread: Some(spread),
            ..Point::default()
        };
    }
    series.push(measured);
    Report {
        schema: SCHEMA,
        generator: "test".into(),
        created: "2026-01-01T00:00:00Z".into(),
        machine,
        topology: None,
        environment: Environment::default(),
        experiments: vec![study.experiment(Vec::new(), series)],
        inferred: vec![Inference::new(
            "L1 size",
            Unit::Bytes,
            Some(128.0),
            Some(Estimate {
                value: 120.0,
                low: 112.0,
                high: 128.0,
            }),
            Wording::default(),
        )],
        notes: Vec::new(),
    }
}

#[test]
fn what_is_written_is_read() {
    let report = report();
    assert_eq!(Report::from_json(&report.to_json()), Ok(report));
}

/// Nothing served, nothing lost, nothing left over: a value as any other.
#[test]
fn zero_is_a_value_and_on_a_linear_axis_a_place() {
    let mut report = report();
    let experiment = &mut report.experiments[0];
    experiment.x.scale = ScaleKind::Linear;
    for series in &mut experiment.series {
        series.points[0].x = 0.0;
        series.points[1].y = 0.0;
        if let Some(spread) = &mut series.points[1].spread {
            (spread.low, spread.high) = (-0.5, 0.0);
        }
    }
    let text = report.to_json();
    assert!(text.contains(r#""scale": "linear""#));
    assert_eq!(Report::from_json(&text), Ok(report));
}

/// What labs of older schemas wrote; none of it was measured. A schema that follows adds its own.
#[test]
fn reports_of_every_schema_so_far_open() {
    for text in [
        include_str!("reports/schema-1.json"),
        include_str!("reports/schema-1-matrix.json"),
    ] {
        let report = Report::from_json(text).unwrap();
        assert_eq!(report.schema, SCHEMA);
        for experiment in &report.experiments {
            let scales = [&experiment.x, &experiment.y].map(|axis| axis.scale);
            assert_eq!(scales, [ScaleKind::Log; 2], "it was drawn so");
            assert!(experiment.series.iter().all(|it| !it.points.is_empty()));
            let mut kinds = experiment.notes.iter().map(|note| note.kind);
            assert_eq!(kinds.next_back(), Some(NoteKind::Disturbed));
        }
        assert_eq!(Report::from_json(&report.to_json()), Ok(report));
    }
}

#[test]
fn the_matrix_of_schema_1_is_an_exhibit() {
    let report = Report::from_json(include_str!("reports/schema-1-matrix.json")).unwrap();
    let experiment = report.experiment("core-to-core").unwrap();
    let cells = vec![vec![None, Some(52.5)], vec![Some(52.5), None]];
    let names = ["CPU 0", "CPU 1"].map(str::to_owned).into();
    let expected = Exhibit {
        title: "time one way".to_owned(),
        evidence: Evidence::Measured,
        unit: Unit::Nanoseconds,
        kind: ExhibitKind::Matrix(Matrix { names, cells }),
    };
    assert_eq!(experiment.exhibits, [expected]);
    let kinds: Vec<_> = experiment.notes.iter().map(|note| note.kind).collect();
    let expected = [NoteKind::Earlier, NoteKind::Other, NoteKind::Disturbed];
    assert_eq!(kinds, expected);
    assert_eq!(report.notes[0].kind, NoteKind::Other);
}

/// The least a report of schema 1 holds: what may be absent is absent.
#[test]
fn fields_that_came_later_may_be_missing() {
    let mut value = serde_json::to_value(report()).unwrap();
    let object = value.as_object_mut().unwrap();
    for name in ["topology", "inferred", "notes"] {
        object.remove(name).unwrap();
    }
    object["environment"] = serde_json::json!({});
    let point = &mut object["experiments"][0]["series"][0]["points"][0];
    for name in ["spread", "samples", "served"] {
        point.as_object_mut().unwrap().remove(name).unwrap();
    }
    for axis in ["x", "y"] {
        let axis = object["experiments"][0][axis].as_object_mut().unwrap();
        axis.remove("quantity").unwrap();
    }
    let read = Report::from_json(&value.to_string()).unwrap();
    // What the axes are of is then the study's own word.
    let experiment = &read.experiments[0];
    assert_eq!(experiment.x.quantity, Quantity::WorkingSet);
    assert_eq!(experiment.y.quantity, Quantity::TimePerAccess);
}

/// As the first lab wrote them, before switches were counted and reasons given.
#[test]
fn samples_of_older_reports_are_read() {
    let text = r#"{"value": 2.5, "other_cpu_percent": 9.0, "steal_percent": null, "dirty": true,
        "outlier": false}"#;
    let sample: Sample = serde_json::from_str(text).unwrap();
    let expected = Sample {
        value: 2.5,
        other_cpu_percent: Some(9.0),
        dirty: true,
        ..Sample::default()
    };
    assert_eq!(sample, expected);
}

#[test]
fn a_disturbed_sample_is_written_with_its_reasons() {
    let mut sample = Sample::default();
    sample.disturb([]);
    assert!(!sample.dirty);
    sample.disturb(Disturbance::ALL);
    assert!(sample.dirty);
    let text = serde_json::to_string(&sample).unwrap();
    assert!(
        text.contains(r#""disturbed_by":["other-processes","hypervisor","#),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<Sample>(&text).unwrap(), sample);
}

#[test]
fn broken_reports_are_refused_in_words() {
    let good = report().to_json();
    let cases = [
        ("", "line 1, column 0: EOF while parsing a value"),
        ("{}", "missing field `schema`"),
        (&good[..good.len() / 2], "EOF while parsing"),
        ("[1, 2]", "line 1"),
        (
            &good.replacen("\"schema\": 2", "\"schema\": 99", 1),
            "this report has schema 99, and this lab reads up to 2: open it with a newer lab",
        ),
        (
            &good.replacen("\"line\": 16", "\"line\": 17", 1),
            "caches[0].line: 17 is no power of two",
        ),
    ];
    for (text, message) in cases {
        let error = Report::from_json(text).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn contradictions_are_refused() {
    let check = |spoil: fn(&mut Report), message: &str| {
        let mut report = report();
        spoil(&mut report);
        match Report::from_json(&report.to_json()).unwrap_err() {
            ReportError::Unsound(why) => assert!(why.contains(message), "{why}"),
            other => panic!("{other}"),
        }
    };
    check(
        |report| report.experiments[0].series[0].points.reverse(),
        "x does not rise",
    );
    check(
        |report| report.experiments[0].series[0].points[1].y = -1.0,
        "latency-ladder, predicted : a point is below zero",
    );
    check(
        |report| report.experiments[0].series[0].points[0].x = 0.0,
        "a point is at zero along a logarithmic axis",
    );
    check(
        |report| report.experiments[0].series[1].points[1].spread = None,
        "a measured point has no spread",
    );
    check(
        |report| {
            let spread = &mut report.experiments[0].series[1].points[1].spread;
            spread.as_mut().unwrap().low = 1e9;
        },
        "an interval ends before it begins",
    );
    check(
        |report| {
            report.inferred[0].inferred = Some(Estimate {
                value: 9.0,
                low: 1.0,
                high: 3.0,
            })
        },
        "L1 size: what was inferred lies outside its interval",
    );
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}") {
        let _ = Report::from_json(&text);
    }

    /// Any cut and any swapped byte of a real report is read or refused.
    #[test]
    fn no_damage_makes_the_reader_panic(place in 0_usize..4000, byte: u8, cut: bool) {
        let mut bytes = report().to_json().into_bytes();
        let place = place % bytes.len();
        if cut {
            bytes.truncate(place);
        } else {
            bytes[place] = byte;
        }
        if let Ok(text) = String::from_utf8(bytes) {
            let _ = Report::from_json(&text);
        }
    }
}
