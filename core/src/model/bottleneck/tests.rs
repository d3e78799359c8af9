//! Cases made by hand, one of each kind, and what must hold for any evidence.

use proptest::prelude::*;

use super::*;

fn measured(value: f64) -> Known {
    Known {
        value,
        evidence: Evidence::Measured,
    }
}

fn simulated(value: f64) -> Known {
    Known {
        value,
        evidence: Evidence::Simulated,
    }
}

fn traffic(flow: f64, peak: f64) -> Option<(Known, Known, String)> {
    Some((measured(flow), measured(peak), "memory".to_owned()))
}

fn check(observed: &Observed, expected: Bottleneck, clue: &str) {
    let (found, clues) = classify(observed);
    assert_eq!(found, expected, "{clues:?}");
    assert!(clues.iter().any(|c| c.says.contains(clue)), "{clues:?}");
}

/// A dense product whose tiles stay in the first cache.
#[test]
fn arithmetic_in_the_first_cache_is_compute_bound() {
    let mut observed = Observed {
        traffic: traffic(1.0, 12.0),
        missing: Some(simulated(0.01)),
        access: Some((measured(0.3), measured(1.7))),
        utilisation: Some(measured(1.0)),
        ..Observed::default()
    };
    check(&observed, Bottleneck::Compute, "1 % of the accesses");
    observed.ipc = Some(measured(3.1));
    check(&observed, Bottleneck::Compute, "3.1 instructions");
    // Counters go before the simulator: a core that waits does not compute.
    observed.ipc = Some(measured(0.2));
    check(&observed, Bottleneck::Undecided, "0.2 instructions");
}

/// STREAM's Triad, one thread, far beyond the caches.
#[test]
fn a_stream_at_its_peak_is_bandwidth_bound() {
    let observed = Observed {
        traffic: traffic(13.2, 15.6),
        missing: Some(simulated(0.125)),
        access: Some((measured(0.6), simulated(18.0))),
        working_set: Some(1e9),
        first_cache: Some(measured(49_152.0)),
        ..Observed::default()
    };
    check(
        &observed,
        Bottleneck::Bandwidth,
        "memory hands over 13.2 GB/s of the 15.6 GB/s it was measured to give, 84.6 %",
    );
}

/// A pointer chase over more than the caches hold, the processor fully "busy" (B2).
#[test]
fn a_chase_is_latency_bound_however_busy_the_processor() {
    let observed = Observed {
        ipc: Some(measured(0.05)),
        traffic: traffic(0.5, 15.6),
        access: Some((measured(125.0), measured(130.0))),
        missing: Some(simulated(1.0)),
        working_set: Some(1e9),
        first_cache: Some(measured(49_152.0)),
        utilisation: Some(measured(1.0)),
        ..Observed::default()
    };
    check(&observed, Bottleneck::Latency, "which decides nothing");
    check(&observed, Bottleneck::Latency, "1.04 are under way");
}

/// Independent random reads of a table twice the cache: they overlap, and memory could give more.
#[test]
fn misses_that_overlap_are_for_lack_of_capacity() {
    let observed = Observed {
        traffic: traffic(5.0, 15.6),
        access: Some((measured(13.0), simulated(130.0))),
        missing: Some(simulated(0.5)),
        working_set: Some(98_304.0),
        first_cache: Some(measured(49_152.0)),
        ..Observed::default()
    };
    check(
        &observed,
        Bottleneck::Capacity,
        "96 KiB, the first cache 48 KiB",
    );
}

/// Sixteen lines 4 KiB apart before a cache of 64 sets and 8 ways: 1 KiB that does not stay in 32.
#[test]
fn lines_that_share_a_set_conflict() {
    let observed = Observed {
        access: Some((measured(4.1), measured(4.0))),
        missing: Some(simulated(1.0)),
        working_set: Some(1024.0),
        first_cache: Some(measured(32_768.0)),
        fitting: Some(("L1".to_owned(), simulated(1.0))),
        ..Observed::default()
    };
    check(
        &observed,
        Bottleneck::Conflict,
        "fits into L1, which 100 % of the",
    );
}

/// A reader that waits for a disk: 500 reads a second of 1.8 ms each.
#[test]
fn a_thread_that_waits_for_a_device_is_io_bound() {
    let mut observed = Observed {
        utilisation: Some(measured(0.1)),
        switches: Some((measured(500.0), measured(2.0))),
        ..Observed::default()
    };
    check(
        &observed,
        Bottleneck::InputOutput,
        "at most 1.8 ms, so that 0.9 requests are under way",
    );
    // The same time off the processor, but taken by others, says nothing of devices.
    observed.switches = Some((measured(2.0), measured(500.0)));
    check(&observed, Bottleneck::Undecided, "10 % of the time");
}

#[test]
fn without_evidence_nothing_is_decided() {
    let (found, clues) = classify(&Observed::default());
    assert_eq!((found, clues.len()), (Bottleneck::Undecided, 0));
    let busy = Observed {
        utilisation: Some(measured(1.0)),
        ..Observed::default()
    };
    check(&busy, Bottleneck::Undecided, "decides nothing");
}

#[test]
fn a_clue_is_as_weak_as_its_weakest_number() {
    let observed = Observed {
        access: Some((measured(13.0), simulated(130.0))),
        ..Observed::default()
    };
    assert_eq!(classify(&observed).1[0].evidence, Evidence::Simulated);
}

fn known(range: std::ops::Range<f64>) -> impl Strategy<Value = Option<Known>> {
    prop::option::of(range.prop_map(measured))
}

prop_compose! {
    fn anything()(
        ipc in known(0.0..6.0),
        flow in known(0.0..20.0),
        peak in 0.1..20.0_f64,
        time in known(0.1..200.0),
        latency in 0.1..200.0_f64,
        missing in known(0.0..1.0),
        working_set in prop::option::of(1.0..1e9),
        fitting in known(0.0..1.0),
        utilisation in known(0.0..1.0),
        waits in known(0.0..1e4),
        others in 0.0..1e4,
    ) -> Observed {
        Observed {
            ipc,
            traffic: flow.map(|flow| (flow, measured(peak), "memory".to_owned())),
            access: time.map(|time| (time, measured(latency))),
            missing,
            working_set,
            first_cache: Some(measured(32_768.0)),
            fitting: fitting.map(|missing| ("L2".to_owned(), missing)),
            utilisation,
            switches: waits.map(|waits| (waits, measured(others))),
        }
    }
}

proptest! {
    #[test]
    fn nothing_at_its_bandwidth_is_called_compute_bound(mut observed in anything(), share in NEAR..1.2) {
        observed.traffic = traffic(10.0 * share, 10.0);
        prop_assert_ne!(classify(&observed).0, Bottleneck::Compute);
    }

    /// B2, corrected: being busy is no evidence.
    #[test]
    fn a_busy_processor_decides_nothing(mut observed in anything(), share in BUSY..1.0) {
        observed.utilisation = None;
        let (without, _) = classify(&observed);
        observed.utilisation = Some(measured(share));
        prop_assert_eq!(classify(&observed).0, without);
    }

    #[test]
    fn every_verdict_but_undecided_has_its_evidence(observed in anything()) {
        let (found, clues) = classify(&observed);
        prop_assert!(found == Bottleneck::Undecided || !clues.is_empty());
        match found {
            Bottleneck::Bandwidth => prop_assert!(observed.traffic.is_some()),
            Bottleneck::Latency => prop_assert!(observed.access.is_some()),
            Bottleneck::Conflict => prop_assert!(observed.fitting.is_some()),
            Bottleneck::Capacity => prop_assert!(observed.missing.is_some()),
            Bottleneck::InputOutput => prop_assert!(observed.switches.is_some()),
            Bottleneck::Compute => prop_assert!(observed.ipc.is_some() || observed.missing.is_some()),
            Bottleneck::Undecided => {}
        }
    }
}
