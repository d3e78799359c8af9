//! Exhibits: each kind is written and read, said in words, and refused where it contradicts itself.

use lab_core::{
    evidence::Evidence,
    machine::Machine,
    report::{
        Cell, Environment, Exhibit, ExhibitKind, Histogram, Lane, Lanes, Map, Matrix, Report,
        SCHEMA, ScaleKind, Span,
    },
    study::Study,
    units::Unit,
};
use proptest::{collection::vec, prelude::*};

fn exhibit(unit: Unit, kind: ExhibitKind) -> Exhibit {
    Exhibit {
        title: "what was seen".to_owned(),
        evidence: Evidence::Simulated,
        unit,
        kind,
    }
}

fn holding(exhibits: Vec<Exhibit>) -> Report {
    let mut experiment = Study::LatencyLadder.experiment(Vec::new(), Vec::new());
    experiment.exhibits = exhibits;
    Report {
        schema: SCHEMA,
        generator: "test".into(),
        created: "2026-01-01T00:00:00Z".into(),
        machine: Machine::preset("teaching").unwrap(),
        topology: None,
        environment: Environment::default(),
        experiments: vec![experiment],
        inferred: Vec::new(),
        notes: Vec::new(),
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn matrix() -> ExhibitKind {
    ExhibitKind::Matrix(Matrix {
        names: names(&["CPU 0", "CPU 1"]),
        cells: vec![vec![None, Some(52.0)], vec![Some(0.0), None]],
    })
}

fn lanes() -> ExhibitKind {
    let span = |start, end, kind, label: &str| Span {
        start,
        end,
        kind,
        label: label.to_owned(),
    };
    ExhibitKind::Lanes(Lanes {
        kinds: names(&["decode", "wait"]),
        lanes: vec![
            Lane {
                name: "worker 0".to_owned(),
                spans: vec![span(0.0, 40.0, 0, "batch 1"), span(40.0, 60.0, 1, "")],
            },
            Lane {
                name: "worker 1".to_owned(),
                spans: vec![span(10.0, 10.0, 1, ""), span(10.0, 70.0, 0, "batch 2")],
            },
        ],
    })
}

fn histogram() -> ExhibitKind {
    ExhibitKind::Histogram(Histogram {
        scale: ScaleKind::Linear,
        edges: vec![0.0, 10.0, 20.0, 30.0],
        counts: vec![2, 5, 0],
    })
}

fn map() -> ExhibitKind {
    let cell = |value, category| Cell { value, category };
    ExhibitKind::Map(Map {
        columns: 2,
        categories: names(&["free", "used"]),
        cells: vec![cell(4096.0, Some(1)), cell(0.0, Some(0)), cell(64.0, None)],
    })
}

#[test]
fn every_kind_has_a_sentence_and_a_table() {
    for (unit, kind, sentence, row) in [
        (
            Unit::Nanoseconds,
            matrix(),
            "2 by 2, from 0 ns (CPU 1 to CPU 0) to 52 ns (CPU 0 to CPU 1)",
            vec!["CPU 0", "–", "52 ns"],
        ),
        (
            Unit::Nanoseconds,
            lanes(),
            "2 lanes, 4 spans from 0 ns to 70 ns; in all decode 100 ns, wait 20 ns",
            vec!["worker 0", "decode, batch 1", "0 ns", "40 ns"],
        ),
        (
            Unit::Count,
            histogram(),
            "7 in 3 classes from 0 to 30; most of them, 5, from 10 to 20",
            vec!["0", "10", "2"],
        ),
        (
            Unit::Bytes,
            map(),
            "3 cells, 2 in a row, of 0 B to 4 KiB; 1 free, 1 used",
            vec!["1", "4 KiB, used", "0 B, free"],
        ),
    ] {
        let exhibit = exhibit(unit, kind);
        let expected = format!("what was seen, simulated: {sentence}");
        assert_eq!(exhibit.sentence(), expected);
        assert_eq!(exhibit.rows()[0], row);
        let wide = exhibit.heads().len();
        assert_eq!(wide, row.len());
        assert!(exhibit.rows().iter().all(|row| row.len() <= wide));
    }
}

#[test]
fn what_is_empty_says_so() {
    let empty = |kind| exhibit(Unit::Count, kind).sentence();
    let none = ExhibitKind::Matrix(Matrix {
        names: names(&["CPU 0"]),
        cells: vec![vec![None]],
    });
    assert!(empty(none).ends_with("of which nothing is known"));
    let idle = ExhibitKind::Lanes(Lanes {
        kinds: Vec::new(),
        lanes: Vec::new(),
    });
    assert!(empty(idle).ends_with("0 lanes, in which nothing happened"));
    let hollow = ExhibitKind::Histogram(Histogram {
        scale: ScaleKind::Log,
        edges: vec![1.0, 2.0],
        counts: vec![0],
    });
    assert!(empty(hollow).ends_with("1 class, all empty"));
    let bare = ExhibitKind::Map(Map {
        columns: 4,
        categories: Vec::new(),
        cells: Vec::new(),
    });
    assert!(empty(bare).ends_with("no cells"));
}

/// The exhibit, spoilt, and what is said of it.
fn refused(kind: ExhibitKind, message: &str) {
    let report = holding(vec![exhibit(Unit::Count, kind)]);
    let error = Report::from_json(&report.to_json())
        .unwrap_err()
        .to_string();
    let place = "latency-ladder, what was seen: ";
    assert!(error.contains(place) && error.contains(message), "{error}");
}

#[test]
fn contradictions_are_refused() {
    let ExhibitKind::Matrix(mut it) = matrix() else {
        unreachable!()
    };
    it.cells[1].pop();
    refused(ExhibitKind::Matrix(it.clone()), "as wide as its 2 names");
    it.cells[1].push(Some(-1.0));
    refused(ExhibitKind::Matrix(it), "below zero");

    let spoilt = |spoil: fn(&mut Lanes), message| {
        let ExhibitKind::Lanes(mut it) = lanes() else {
            unreachable!()
        };
        spoil(&mut it);
        refused(ExhibitKind::Lanes(it), message);
    };
    spoilt(
        |it| it.lanes[0].spans[0].kind = 2,
        "of kind 2, and there are 2",
    );
    spoilt(
        |it| it.lanes[1].spans[1].end = 9.0,
        "worker 1: a span begins",
    );
    spoilt(
        |it| it.lanes[0].spans[0].end = 41.0,
        "before the last one ended",
    );
    spoilt(|it| it.kinds = vec![String::new(); 9], "9 kinds");

    let spoilt = |spoil: fn(&mut Histogram), message| {
        let ExhibitKind::Histogram(mut it) = histogram() else {
            unreachable!()
        };
        spoil(&mut it);
        refused(ExhibitKind::Histogram(it), message);
    };
    spoilt(|it| it.counts.push(1), "one edge more");
    spoilt(|it| it.edges[1] = 0.0, "do not rise");
    spoilt(|it| it.edges[0] = -1.0, "below zero");

    let spoilt = |spoil: fn(&mut Map), message| {
        let ExhibitKind::Map(mut it) = map() else {
            unreachable!()
        };
        spoil(&mut it);
        refused(ExhibitKind::Map(it), message);
    };
    spoilt(|it| it.columns = 0, "no columns");
    spoilt(|it| it.cells[0].category = Some(2), "of category 2");
    spoilt(|it| it.cells[0].value = -1.0, "below zero");

    let mut unavailable = exhibit(Unit::Count, map());
    unavailable.evidence = Evidence::Unavailable;
    let text = holding(vec![unavailable]).to_json();
    assert!(Report::from_json(&text).is_err());
}

/// Amounts that JSON carries without rounding.
fn amount() -> impl Strategy<Value = f64> {
    (0_u32..1 << 20).prop_map(|eighths| f64::from(eighths) / 8.0)
}

fn text() -> impl Strategy<Value = String> {
    "[a-z\"\\\\ é0-9]{0,9}"
}

/// Sums of amounts: they rise, or stay.
fn rising(most: usize) -> impl Strategy<Value = Vec<f64>> {
    vec(amount(), 0..=most).prop_map(|steps| {
        let mut at = 0.0;
        let sum = |step| {
            at += step;
            at
        };
        steps.into_iter().map(sum).collect()
    })
}

fn some_lane() -> impl Strategy<Value = Lane> {
    (text(), rising(12), vec((0_usize..3, text()), 6)).prop_map(|(name, ends, what)| {
        let spans = ends.chunks_exact(2).zip(what);
        let span = |(ends, (kind, label)): (&[f64], _)| Span {
            start: ends[0],
            end: ends[1],
            kind,
            label,
        };
        Lane {
            name,
            spans: spans.map(span).collect(),
        }
    })
}

fn some_kind() -> impl Strategy<Value = ExhibitKind> {
    let matrix = (1_usize..5).prop_flat_map(|side| {
        let cells = vec(vec(proptest::option::of(amount()), side), side);
        (vec(text(), side), cells)
            .prop_map(|(names, cells)| ExhibitKind::Matrix(Matrix { names, cells }))
    });
    let lanes = (vec(text(), 3), vec(some_lane(), 0..4))
        .prop_map(|(kinds, lanes)| ExhibitKind::Lanes(Lanes { kinds, lanes }));
    let scale = prop_oneof![Just(ScaleKind::Log), Just(ScaleKind::Linear)];
    let histogram =
        (scale, rising(9), vec(any::<u64>(), 10)).prop_map(|(scale, mut edges, counts)| {
            edges.dedup();
            edges.insert(0, 0.0);
            edges.dedup();
            let counts = counts[..edges.len() - 1].to_vec();
            ExhibitKind::Histogram(Histogram {
                scale,
                edges,
                counts,
            })
        });
    let cell = (amount(), proptest::option::of(0_usize..3));
    let cell = cell.prop_map(|(value, category)| Cell { value, category });
    let map =
        (1_usize..9, vec(text(), 3), vec(cell, 0..30)).prop_map(|(columns, categories, cells)| {
            ExhibitKind::Map(Map {
                columns,
                categories,
                cells,
            })
        });
    prop_oneof![matrix, lanes, histogram, map]
}

proptest! {
    /// Whatever is sound is read as it was written, and can be told.
    #[test]
    fn what_is_written_is_read_and_told(kinds in vec(some_kind(), 0..4)) {
        let exhibits = kinds.into_iter().map(|kind| exhibit(Unit::Nanoseconds, kind));
        let report = holding(exhibits.collect());
        prop_assert_eq!(Report::from_json(&report.to_json()), Ok(report.clone()));
        for exhibit in &report.experiments[0].exhibits {
            prop_assert!(exhibit.sentence().starts_with("what was seen, simulated: "));
            let heads = exhibit.heads().len();
            prop_assert!(exhibit.rows().iter().all(|row| row.len() <= heads));
        }
    }
}
