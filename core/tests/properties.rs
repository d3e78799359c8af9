//! What must hold of the step engine whatever the program: closed properties, no reference needed.

use std::collections::BTreeSet;

use lab_core::{
    evidence::Evidence,
    machine::{Cache, Figure, Inclusion, Machine, Prefetcher, Replacement, Tlb, WritePolicy},
    sim::{Counts, Engine, Event, Future, Options, Semantics, Straddle},
    trace::{Access, Kind, Probe},
};
use proptest::prelude::*;

/// Caches of (sets, ways) with lines of 16 bytes, innermost first.
fn machine(levels: &[(u64, u64)]) -> Machine {
    let mut machine = Machine::preset("teaching").unwrap();
    let template = machine.caches[0].clone();
    machine.caches = levels
        .iter()
        .enumerate()
        .map(|(depth, &(sets, ways))| Cache {
            name: format!("L{}", depth + 1),
            size: sets * ways * 16,
            line: 16,
            ways,
            ..template.clone()
        })
        .collect();
    machine
}

fn policy(name: &str) -> Replacement {
    let found = Replacement::ALL.iter().find(|policy| policy.name() == name);
    *found.unwrap_or_else(|| panic!("no policy {name}"))
}

/// Runs a trace, with the future where the policy needs it.
fn run(machine: &Machine, options: Options, trace: &[Access]) -> Engine {
    let mut future = Future::new(machine);
    trace.iter().for_each(|access| future.access(*access));
    let needs = machine.caches[0].replacement.needs_future();
    let options = Options {
        future: needs.then(|| future.next_uses()),
        ..options
    };
    let mut engine = Engine::new(machine, options).unwrap();
    trace.iter().for_each(|access| engine.access(*access));
    engine
}

fn counts(machine: &Machine, trace: &[Access]) -> Counts {
    run(machine, Options::default(), trace).counts()
}

fn loads(addresses: impl IntoIterator<Item = u64>) -> Vec<Access> {
    let load = |address| Access::load(address, 8);
    addresses.into_iter().map(load).collect()
}

fn stores(addresses: impl IntoIterator<Item = u64>) -> Vec<Access> {
    let store = |address| Access::store(address, 8);
    addresses.into_iter().map(store).collect()
}

fn traces() -> impl Strategy<Value = Vec<Access>> {
    let access = (0_u64..1024, 1_u32..20, any::<bool>()).prop_map(|(address, bytes, store)| {
        let kind = if store { Kind::Store } else { Kind::Load };
        Access::new(kind, address, bytes)
    });
    prop::collection::vec(access, 0..300)
}

fn policies() -> impl Strategy<Value = Replacement> {
    prop::sample::select(Replacement::ALL)
}

proptest! {
    #[test]
    fn causes_add_up_to_misses(
        policy in policies(),
        (sets, ways) in (1_u64..5, 1_u64..5),
        trace in traces(),
    ) {
        let mut machine = machine(&[(sets, ways), (4, 4)]);
        machine.caches[0].replacement = policy;
        let options = Options { classify: true, ..Options::default() };
        for level in run(&machine, options, &trace).counts().levels {
            let causes = level.misses_by_cause.unwrap();
            let sum = causes.compulsory + causes.capacity + causes.conflict;
            prop_assert_eq!(sum, level.misses);
            prop_assert!(causes.lucky_hits <= level.hits);
        }
    }

    /// A fully associative LRU cache is its own twin.
    #[test]
    fn a_fully_associative_lru_cache_has_no_conflicts(ways in 1_u64..20, trace in traces()) {
        let options = Options { classify: true, ..Options::default() };
        let counts = run(&machine(&[(1, ways)]), options, &trace).counts();
        let causes = counts.levels[0].misses_by_cause.unwrap();
        prop_assert_eq!((causes.conflict, causes.lucky_hits), (0, 0));
    }

    /// An exclusive pair is one cache cut in two: L1's lines are the most recent, L2's the rest.
    #[test]
    fn an_exclusive_pair_is_one_larger_lru(
        (inner, outer) in (1_u64..6, 1_u64..10),
        trace in traces(),
    ) {
        let mut pair = machine(&[(1, inner), (1, outer)]);
        pair.caches[1].inclusion = Inclusion::Exclusive;
        let pair = counts(&pair, &trace);
        let whole = counts(&machine(&[(1, inner + outer)]), &trace);
        prop_assert_eq!(pair.levels[1].misses, whole.levels[0].misses);
        prop_assert_eq!(pair.levels[0].hits + pair.levels[1].hits, whole.levels[0].hits);
        prop_assert_eq!(pair.memory_written_bytes, whole.memory_written_bytes);
    }

    #[test]
    fn an_inclusive_cache_holds_what_lies_inside(
        policy in policies(),
        (sets, ways) in (1_u64..4, 1_u64..4),
        prefetch: bool,
        trace in traces(),
    ) {
        let mut machine = machine(&[(2, 2), (sets, ways)]);
        machine.caches[1].inclusion = Inclusion::Inclusive;
        if !policy.needs_future() {
            machine.caches[1].replacement = policy;
        }
        if prefetch {
            machine.caches[0].prefetchers = vec![Prefetcher::NextLine, Prefetcher::Stream];
            machine.caches[1].prefetchers = vec![Prefetcher::Stride, Prefetcher::AdjacentPair];
        }
        let mut engine = Engine::new(&machine, Options::default()).unwrap();
        for access in trace {
            engine.access(access);
            let held = |cache: usize| {
                let sets = 0..engine.sets(cache);
                let ways = sets.flat_map(|set| engine.ways(cache, set).collect::<Vec<_>>());
                ways.flatten().map(|way| way.line).collect::<BTreeSet<_>>()
            };
            prop_assert!(held(0).is_subset(&held(1)));
        }
    }

    /// Bélády's policy misses least.
    #[test]
    fn nothing_beats_the_optimum(policy in policies(), ways in 1_u64..6, trace in traces()) {
        let misses = |policy| {
            let mut machine = machine(&[(2, ways)]);
            machine.caches[0].replacement = policy;
            counts(&machine, &trace).levels[0].misses
        };
        prop_assert!(misses(self::policy("opt")) <= misses(policy));
    }

    /// What a write-through cache is told reaches memory at once, byte for byte.
    #[test]
    fn written_through_is_written(allocate: bool, trace in traces()) {
        let mut machine = machine(&[(2, 2)]);
        machine.caches[0].write = WritePolicy::Through;
        machine.caches[0].write_allocate = allocate;
        let stored = trace.iter().filter(|access| access.kind.writes());
        let stored: u64 = stored.map(|access| u64::from(access.bytes)).sum();
        let counts = counts(&machine, &trace);
        prop_assert_eq!(counts.memory_written_bytes, stored);
        prop_assert_eq!(counts.memory.store_bytes, stored);
    }

    /// Every line stored to lies dirty in a cache, or was written back to memory.
    #[test]
    fn no_written_line_is_lost(
        policy in policies(),
        inclusion in prop::sample::select(vec![
            Inclusion::Nine, Inclusion::Inclusive, Inclusion::Exclusive,
        ]),
        trace in traces(),
    ) {
        let mut machine = machine(&[(2, 2), (2, 3)]);
        machine.caches[1].inclusion = inclusion;
        if policy.needs_future() {
            return Ok(());
        }
        machine.caches[0].replacement = policy;
        machine.caches[1].replacement = policy;
        let mut engine = Engine::watched(&machine, Options::default(), Vec::new()).unwrap();
        trace.iter().for_each(|access| engine.access(*access));
        let mut safe: BTreeSet<u64> = engine
            .observer()
            .iter()
            .filter_map(|event| match event {
                Event::WriteBack { line, to: None, .. } => Some(*line),
                _ => None,
            })
            .collect();
        for cache in 0..2 {
            let ways = (0..engine.sets(cache)).flat_map(|set| engine.ways(cache, set));
            safe.extend(ways.flatten().filter(|way| way.dirty).map(|way| way.line));
        }
        for access in trace.iter().filter(|access| access.kind.writes()) {
            let last = access.address + u64::from(access.bytes) - 1;
            for line in access.address / 16..=last / 16 {
                prop_assert!(safe.contains(&line), "line {}", line);
            }
        }
    }

    #[test]
    fn an_access_that_is_counted_once_counts_once(trace in traces()) {
        let options = Options {
            semantics: Semantics { straddle: Straddle::Once, ..Semantics::default() },
            ..Options::default()
        };
        let machine = machine(&[(2, 2), (4, 2)]);
        let once = run(&machine, options, &trace).counts();
        let each = counts(&machine, &trace);
        prop_assert_eq!(once.accesses, trace.len() as u64);
        prop_assert_eq!(once.levels[0].accesses, trace.len() as u64);
        prop_assert!(once.levels[0].misses <= each.levels[0].misses);
        // The lines move all the same.
        prop_assert_eq!(once.memory_read_bytes, each.memory_read_bytes);
    }
}

/// Claim P6: a scan larger than the cache, over and over. LRU keeps nothing of it; the policies made
/// for it keep most of what fits.
#[test]
fn scan_resistant_policies_beat_lru_on_a_scan() {
    let scan = loads((0..40).flat_map(|_| (0..96).map(|line| line * 16)));
    let hits = |name: &str| {
        let mut machine = machine(&[(4, 16)]);
        machine.caches[0].replacement = policy(name);
        counts(&machine, &scan).levels[0].hits
    };
    assert_eq!(hits("lru"), 0);
    for name in ["bip", "lip", "brrip", "opt"] {
        assert!(hits(name) > scan.len() as u64 / 3, "{name}: {}", hits(name));
    }
    for name in ["dip", "drrip"] {
        assert!(hits(name) > scan.len() as u64 / 8, "{name}: {}", hits(name));
    }
}

/// Claim P6 again: data read once with a non-temporal hint leaves the working set where it is.
#[test]
fn streaming_loads_do_not_push_the_working_set_out() {
    let resident = loads((0..28).map(|line| line * 16));
    let cold = |kind| {
        let lines = (0..64).map(move |line| Access::new(kind, 4096 + line * 16, 16));
        lines.collect::<Vec<_>>()
    };
    let misses = |kind| {
        let trace = [&resident[..], &cold(kind), &resident].concat();
        let counts = counts(&machine(&[(1, 32)]), &trace);
        counts.levels[0].misses - 28 - 64
    };
    assert_eq!(misses(Kind::Load), 28);
    assert_eq!(misses(Kind::StreamLoad), 0);
}

/// Whole lines written with streaming stores: one write a line with a write-combining buffer, and
/// no line is read; without it, one write a store.
#[test]
fn the_write_combining_buffer_gathers_lines() {
    let trace: Vec<Access> = (0..64)
        .map(|word| Access::new(Kind::StreamStore, word * 8, 8))
        .collect();
    let run = |lines| {
        let mut machine = machine(&[(2, 2)]);
        machine.write_combining_lines = lines;
        counts(&machine, &trace)
    };
    for (lines, writes) in [(0, 64), (1, 32), (4, 32)] {
        let counts = run(lines);
        assert_eq!(counts.memory.store_writes, writes);
        assert_eq!(counts.memory_written_bytes, 512);
        assert_eq!((counts.memory_read_bytes, counts.streaming_stores), (0, 64));
    }
}

/// Half of each line is touched (claim L2): 8 bytes of every 16.
#[test]
fn line_use_is_the_share_of_bytes_touched() {
    let options = Options {
        line_use: true,
        ..Options::default()
    };
    // The second touch of a line hits L1, and counts in L2 all the same.
    let trace = loads((0..64).flat_map(|line| [line * 16, line * 16]));
    let counts = run(&machine(&[(1, 2), (1, 4)]), options.clone(), &trace).counts();
    for level in &counts.levels {
        assert_eq!(level.utilisation.unwrap().factor(), Some(0.5), "{level:?}");
    }
    let whole = loads((0..64).flat_map(|line| [line * 16, line * 16 + 8]));
    let counts = run(&machine(&[(1, 2), (1, 4)]), options, &whole).counts();
    for level in &counts.levels {
        assert_eq!(level.utilisation.unwrap().factor(), Some(1.0), "{level:?}");
    }
}

/// A walk through memory, by prefetcher: of 64 lines in a page of 4 KiB (lines of 64 bytes), the
/// next-line prefetcher leaves the first to miss, the pair prefetcher every other one.
#[test]
fn prefetchers_cover_a_walk() {
    let walk = loads((0..64).map(|line| (1 << 16) + line * 64));
    let run = |prefetcher| {
        let mut machine = machine(&[(1, 16)]);
        machine.caches[0].line = 64;
        machine.caches[0].size = 64 * 16;
        machine.caches[0].prefetchers = vec![prefetcher];
        counts(&machine, &walk)
    };
    let next = run(Prefetcher::NextLine);
    let prefetch = next.levels[0].prefetch.unwrap();
    assert_eq!((next.levels[0].misses, prefetch.useful), (1, 63));
    assert_eq!(prefetch.coverage(1), Some(63.0 / 64.0));
    assert_eq!(prefetch.accuracy(), Some(1.0));
    // Each is used by the very next access: long before it can have come from memory.
    assert_eq!(prefetch.timeliness(), Some(0.0));
    assert_eq!(next.memory.prefetch_bytes, 63 * 64);
    let pair = run(Prefetcher::AdjacentPair);
    assert_eq!(
        (pair.levels[0].misses, pair.memory.prefetch_bytes),
        (32, 32 * 64)
    );
    // Two misses make a stream, two steps a stride.
    assert_eq!(run(Prefetcher::Stream).levels[0].misses, 2);
    assert_eq!(run(Prefetcher::Stride).levels[0].misses, 3);
}

/// Lines fetched for nothing push out the working set.
#[test]
fn useless_prefetches_pollute() {
    // Every other line, over and over: three lines, which the cache of three holds.
    let walk = loads((0..20).flat_map(|_| [0, 2, 4].map(|line| line * 16)));
    let misses = |prefetchers| {
        let mut machine = machine(&[(1, 3)]);
        machine.caches[0].prefetchers = prefetchers;
        counts(&machine, &walk).levels.remove(0)
    };
    assert_eq!(misses(vec![]).misses, 3);
    let polluted = misses(vec![Prefetcher::NextLine]);
    let prefetch = polluted.prefetch.unwrap();
    assert!(
        polluted.misses > 3 && prefetch.pollution > 0,
        "{polluted:?}"
    );
    assert_eq!(prefetch.useful, 0);
}

/// A walk over 64 pages, twice: a TLB of 16 entries misses each page each time, one of 64 behind it
/// only the first time; a huge page holds them all.
#[test]
fn translation_counts_pages() {
    let figure = Figure::new(10.0, Evidence::Assumed, "");
    let tlb = |name: &str, entries| Tlb {
        name: name.into(),
        entries,
        ways: 4,
        huge_entries: 4,
        huge_ways: 4,
        miss_ns: figure.clone(),
    };
    let mut machine = machine(&[(2, 2)]);
    machine.tlbs = vec![tlb("L1 dTLB", 16), tlb("STLB", 64)];
    let walk = loads((0..2).flat_map(|_| (0..64 * 4096_u64).step_by(512)));
    let translated = |machine: &Machine| {
        let counts = counts(machine, &walk);
        let tlbs = counts.tlbs.iter();
        tlbs.map(|tlb| (tlb.accesses, tlb.misses))
            .collect::<Vec<_>>()
    };
    assert_eq!(translated(&machine), [(1024, 128), (128, 64)]);
    machine.page = 2 << 20;
    assert_eq!(translated(&machine), [(1024, 1), (1, 1)]);
}

/// Cores with caches of their own share the last level: what one brought in, the other finds there.
#[test]
fn cores_share_what_is_shared() {
    let mut machine = machine(&[(2, 2), (4, 4)]);
    machine.cores = 2;
    machine.caches[1].shared_by = 2;
    let load = |core, address| Access {
        core,
        ..Access::load(address, 8)
    };
    let counts = counts(&machine, &[load(0, 0), load(1, 0), load(1, 0), load(0, 0)]);
    let [l1, l2] = [&counts.levels[0], &counts.levels[1]];
    assert_eq!((l1.hits, l1.misses), (2, 2));
    assert_eq!((l2.hits, l2.misses), (1, 1));
}

/// Instructions have a first cache of their own, and share the second.
#[test]
fn instructions_go_their_own_way_in() {
    let mut machine = machine(&[(2, 2), (4, 4)]);
    let fetch = Access::new(Kind::Fetch, 0, 4);
    assert_eq!(counts(&machine, &[fetch]).accesses, 0);
    machine.instruction_cache = Some(Cache {
        name: "L1i".into(),
        ..machine.caches[0].clone()
    });
    let counts = counts(&machine, &[fetch, Access::load(0, 8), fetch]);
    let instructions = counts.instruction_cache.as_ref().unwrap();
    assert_eq!((instructions.hits, instructions.misses), (1, 1));
    assert_eq!((counts.levels[0].hits, counts.levels[0].misses), (0, 1));
    assert_eq!((counts.levels[1].hits, counts.levels[1].misses), (1, 1));
    let served = counts.served();
    assert!(
        (served.iter().sum::<f64>() - 1.0).abs() < 1e-12,
        "{served:?}"
    );
}

/// A victim cache turns the conflict misses of two lines in one way into its own hits (Jouppi, 1990).
#[test]
fn a_victim_cache_cures_a_pair_in_conflict() {
    let trace = loads((0..20).flat_map(|_| [0, 64]));
    let mut machine = machine(&[(4, 1)]);
    assert_eq!(counts(&machine, &trace).memory_read_bytes, 40 * 16);
    machine.caches[0].victim_lines = 1;
    let counts = counts(&machine, &trace);
    assert_eq!(counts.levels[0].victim_hits, 38);
    assert_eq!(counts.memory_read_bytes, 2 * 16);
}

#[test]
fn stores_in_a_no_allocate_cache_go_on() {
    let mut machine = machine(&[(2, 2), (4, 4)]);
    machine.caches[0].write_allocate = false;
    let counts = counts(&machine, &stores([0, 0, 0]));
    assert_eq!(counts.levels[0].misses, 3);
    assert_eq!(counts.levels[0].stores_passed_on, 3);
    assert_eq!((counts.levels[1].hits, counts.levels[1].misses), (2, 1));
}
