//! Inferences from curves made up for the purpose.

use super::*;
use lab_core::{evidence::Evidence, machine::Figure, parameters::Arguments};

fn laptop() -> Machine {
    Machine::preset("laptop").unwrap()
}

/// A study whose measured curves are the predicted ones of `machine`, in the first variant's name.
fn as_predicted(study: Study, machine: &Machine) -> Experiment {
    let predicted = study.predicted(machine, &Arguments::default());
    let names = study.info().measured_variants;
    let measured = names.iter().zip(predicted.iter().cycle());
    let series = measured.map(|(name, series)| Series {
        reading: Reading::Measured,
        variant: name.name().to_owned(),
        ..series.clone()
    });
    study.experiment(Vec::new(), series.collect())
}

#[test]
fn the_caches_of_a_ladder_are_found() {
    let found = capacities(&laptop(), &as_predicted(Study::LatencyLadder, &laptop()));
    assert_eq!(found.len(), 3);
    for inference in found {
        assert!(inference.sentence.ends_with("they agree"), "{inference:?}");
    }
}

#[test]
fn a_cache_that_is_smaller_than_reported_is_told() {
    let mut reported = laptop();
    reported.caches[1].size *= 2;
    reported.caches[2].size *= 64;
    let found = capacities(&reported, &as_predicted(Study::LatencyLadder, &laptop()));
    let sentences: Vec<_> = found.iter().map(|found| found.sentence.as_str()).collect();
    assert!(sentences[0].ends_with("they agree"), "{sentences:?}");
    assert!(sentences[1].contains("they differ"), "{sentences:?}");
    // 512 MiB, and a ladder that ends at 32.
    assert!(
        sentences[2].contains("the ladder ends at 32 MiB"),
        "{sentences:?}"
    );
}

#[test]
fn ways_are_found_where_sets_can_be_chosen() {
    let experiment = as_predicted(Study::SetConflicts, &laptop());
    let found = ways(&laptop(), &experiment);
    for inference in &found {
        let estimate = inference.inferred.unwrap();
        assert_eq!((estimate.low, estimate.high), (8.0, 8.0), "{inference:?}");
    }
    // Lines that fall into various sets of L2 cost what L2 costs, however many.
    let mut scattered = experiment;
    for series in &mut scattered.series {
        for point in &mut series.points {
            point.y = point.y.min(4.2);
        }
    }
    let found = ways(&laptop(), &scattered);
    assert!(found[0].inferred.is_some() && found[1].inferred.is_none());
    assert!(found[1].sentence.contains("up to 32 lines"), "{found:?}");
}

#[test]
fn tlbs_are_told_from_caches() {
    let tlb = |entries, ns| lab_core::machine::Tlb {
        name: "dTLB".to_owned(),
        entries,
        ways: entries,
        huge_entries: 0,
        huge_ways: 0,
        miss_ns: Figure::new(ns, Evidence::Assumed, "a test"),
    };
    let silent = laptop();
    let mut machine = laptop();
    machine.tlbs = vec![tlb(64, 2.0), tlb(2048, 20.0)];
    let experiment = as_predicted(Study::TlbReach, &machine);
    // Predicted with them, told without: nobody reports a TLB.
    let found = tlb_entries(&silent, &experiment);
    let sizes = [64.0, 2048.0];
    assert_eq!(found.len(), 2, "{found:?}");
    for (inference, size) in found.iter().zip(sizes) {
        assert!(
            inference.inferred.unwrap().agrees(size, 0.0),
            "{inference:?}"
        );
        assert!(inference.sentence.starts_with("reported by nobody"));
    }
    let found = tlb_entries(&machine, &experiment);
    assert!(found.iter().all(|found| found.sentence.ends_with("agree")));
    // Without TLBs all steps are the caches'.
    assert_eq!(
        tlb_entries(&silent, &as_predicted(Study::TlbReach, &silent)),
        []
    );
}

#[test]
fn the_line_is_the_least_distance_that_costs_more() {
    let point = |x: f64, y: f64| Point {
        x,
        y,
        ..Point::default()
    };
    let points = |far: [f64; 7]| -> Vec<Point> {
        let distances = (3..10).map(|power| f64::from(1 << power));
        distances.zip(far).map(|(x, y)| point(x, y)).collect()
    };
    let found = |far| line_size(&laptop(), &points(far));
    let clear = found([7.0, 7.1, 7.0, 13.0, 13.2, 13.0, 13.1]);
    assert!(clear.sentence.ends_with("they agree"), "{clear:?}");
    // The line after comes along in part: the step at 64 is small, and yet there.
    let pairs = found([7.0, 7.1, 7.0, 8.6, 13.2, 13.0, 13.1]);
    assert_eq!(pairs.inferred, Some(Estimate::exact(64.0)));
    let flat = found([7.0, 7.1, 7.0, 7.1, 7.0, 7.2, 7.1]);
    assert_eq!(flat.inferred, None);
    assert_eq!(line_size(&laptop(), &[]).inferred, None);
}

#[test]
fn memory_and_clock_have_two_sources() {
    let sentence = |firmware, system| memory(firmware, system).unwrap().sentence;
    assert!(sentence(Some(16 << 30), Some(16_000 << 20)).ends_with("they agree"));
    assert!(sentence(Some(6 << 30), Some(24 << 30)).contains("they differ"));
    assert!(sentence(None, Some(24 << 30)).starts_with("reported by nobody"));
    assert_eq!(memory(Some(1), None), None);
    let cpuinfo = "processor\t: 0\ncpu MHz\t\t: 3499.998\n";
    let agree = clock(&laptop(), Some(cpuinfo)).unwrap();
    assert!(agree.sentence.ends_with("they agree"), "{agree:?}");
    let differ = clock(&laptop(), Some("cpu MHz : 2300.0")).unwrap();
    assert!(differ.sentence.contains("they differ"), "{differ:?}");
    assert_eq!(clock(&laptop(), Some("nothing")).unwrap().reported, None);
}
