//! The step engine against the naive reference: every counter, after every access, for every policy,
//! write policy and inclusion.

mod reference;

use lab_core::{
    evidence::Evidence,
    machine::{Cache, Figure, Inclusion, Machine, Prefetcher, Replacement, Tlb, WritePolicy},
    sim::{Engine, Future, Options, Semantics, Straddle},
    trace::{Access, Kind, Probe},
};
use proptest::prelude::*;
use reference::Reference;

/// (sets, ways, times the line grows).
fn geometry() -> impl Strategy<Value = (u64, u64, u32)> {
    (
        prop_oneof![1_u64..6, Just(9), Just(16)],
        prop_oneof![4 => 1_u64..5, 1 => Just(7)],
        0_u32..2,
    )
}

fn caches(instructions: bool) -> impl Strategy<Value = Cache> {
    let policy = prop::sample::select(Replacement::ALL);
    let inclusion = prop::sample::select(vec![
        Inclusion::Nine,
        Inclusion::Nine,
        Inclusion::Inclusive,
        Inclusion::Exclusive,
    ]);
    let prefetchers = prop::sample::subsequence(
        vec![
            Prefetcher::NextLine,
            Prefetcher::AdjacentPair,
            Prefetcher::Stride,
            Prefetcher::Stream,
        ],
        0..3,
    );
    let few = prop_oneof![2 => Just(Vec::new()), 1 => prefetchers];
    let victims = prop_oneof![3 => Just(0_u64), 1 => 1_u64..4];
    (
        geometry(),
        policy,
        inclusion,
        any::<(bool, bool)>(),
        victims,
        few,
    )
        .prop_map(
            move |((sets, ways, grows), policy, inclusion, (through, allocate), victims, few)| {
                let figure = || Figure::new(3.0, Evidence::Assumed, "");
                // The line is put right by the machine.
                let geometry = (sets * ways, u64::from(grows), ways);
                Cache {
                    replacement: policy,
                    write: if through && !instructions {
                        WritePolicy::Through
                    } else {
                        WritePolicy::Back
                    },
                    write_allocate: allocate,
                    inclusion,
                    victim_lines: victims,
                    prefetchers: few,
                    ..Cache::new("", geometry, Evidence::Assumed, figure(), figure())
                }
            },
        )
}

/// Machines of one to three levels that make sense.
fn machines() -> impl Strategy<Value = Machine> {
    let instructions = prop_oneof![2 => Just(None), 1 => caches(true).prop_map(Some)];
    let levels = prop::collection::vec(caches(false), 1..4);
    let sharers = prop::sample::select(vec![[1, 2, 4], [2, 2, 4], [1, 1, 1]]);
    (
        levels,
        sharers,
        instructions,
        0_u64..3,
        any::<(bool, bool)>(),
    )
        .prop_map(|(levels, sharers, instructions, combining, (tlbs, huge))| {
            let mut machine = Machine::preset("teaching").unwrap();
            machine.cores = 4;
            machine.write_combining_lines = combining;
            machine.page = if huge { 2 << 20 } else { 64 };
            if tlbs {
                let tlb = |name: &str, entries| Tlb {
                    name: name.into(),
                    entries,
                    ways: 2,
                    huge_entries: 1,
                    huge_ways: 1,
                    miss_ns: Figure::new(5.0, Evidence::Assumed, ""),
                };
                machine.tlbs = vec![tlb("inner", 4), tlb("outer", 12)];
            }
            let mut line = 16;
            let mut inside = WritePolicy::Back;
            machine.caches.clear();
            for (depth, (mut cache, shared_by)) in levels.into_iter().zip(sharers).enumerate() {
                if inside == WritePolicy::Through && cache.inclusion == Inclusion::Exclusive {
                    cache.inclusion = Inclusion::Inclusive;
                }
                if cache.inclusion != Inclusion::Exclusive && depth > 0 {
                    line <<= cache.line;
                }
                cache.name = format!("L{}", depth + 1);
                (cache.line, cache.size) = (line, cache.size * line);
                cache.shared_by = shared_by;
                if depth > 0 && cache.replacement.needs_future() {
                    cache.replacement = Replacement::Lru;
                }
                inside = cache.write;
                machine.caches.push(cache);
            }
            machine.instruction_cache = instructions.map(|mut cache| {
                (cache.line, cache.size) = (16, cache.size * 16);
                cache.name = "L1i".into();
                if cache.replacement.needs_future() {
                    cache.replacement = Replacement::Lru;
                }
                cache
            });
            machine.check().unwrap();
            machine
        })
}

fn semantics() -> impl Strategy<Value = Semantics> {
    any::<[bool; 6]>().prop_map(
        |[once, written, fetched, inner, lowest, counts]| Semantics {
            straddle: if once {
                Straddle::Once
            } else {
                Straddle::PerLine
            },
            write_back_refreshes: written,
            prefetch_refreshes: fetched,
            inner_hit_refreshes: inner,
            lowest_free_way: lowest,
            back_invalidation_writes_back: counts,
        },
    )
}

fn traces() -> impl Strategy<Value = Vec<Access>> {
    let kind = prop_oneof![
        10 => Just(Kind::Load),
        8 => Just(Kind::Store),
        4 => Just(Kind::Fetch),
        2 => Just(Kind::StreamLoad),
        1 => Just(Kind::StreamStore),
    ];
    let address = prop_oneof![
        4 => 0_u64..512,
        2 => 0_u64..8192,
        // Walks, for the prefetchers
        4 => (0_u64..64).prop_map(|step| step * 16),
    ];
    let core = prop_oneof![6 => Just(0_u16), 1 => 0_u16..5];
    let access = (address, 1_u32..40, kind, core, 0_u64..3);
    let access = access.prop_map(|(address, bytes, kind, core, site)| Access {
        site,
        core,
        ..Access::new(kind, address, bytes)
    });
    prop::collection::vec(access, 0..250)
}

fn agree(
    machine: &Machine,
    semantics: Semantics,
    classify: bool,
    trace: &[Access],
) -> Result<(), TestCaseError> {
    let mut future = Future::new(machine);
    trace.iter().for_each(|access| future.access(*access));
    let needs = machine.caches[0].replacement.needs_future();
    let future = needs.then(|| future.next_uses());
    let seed = 5;
    let mut reference = Reference::new(machine, semantics, seed, classify, future.clone());
    let options = Options {
        semantics,
        seed,
        classify,
        line_use: false,
        future,
    };
    let mut engine = Engine::new(machine, options).unwrap();
    for (at, access) in trace.iter().enumerate() {
        engine.access(*access);
        reference.access(*access);
        let (mut counted, mut expected) = (engine.counts(), reference.counts());
        // Caches that no core has opened yet have no name there.
        for counts in [&mut counted, &mut expected] {
            for level in counts
                .levels
                .iter_mut()
                .chain(&mut counts.instruction_cache)
            {
                level.name.clear();
                level.prefetch = level.prefetch.filter(|prefetch| prefetch.asked > 0);
            }
        }
        prop_assert_eq!(counted, expected, "after access {}: {:?}", at, access);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_engine_counts_what_the_reference_counts(
        machine in machines(),
        semantics in semantics(),
        classify: bool,
        trace in traces(),
    ) {
        agree(&machine, semantics, classify, &trace)?;
    }
}

/// Every combination at least some times, however the dice fall.
#[test]
fn every_policy_write_policy_and_inclusion_agrees() {
    let mut random = fastrand::Rng::with_seed(3);
    let template = Machine::preset("teaching").unwrap();
    for &policy in Replacement::ALL {
        for write in [WritePolicy::Back, WritePolicy::Through] {
            for allocate in [true, false] {
                for inclusion in [Inclusion::Nine, Inclusion::Inclusive, Inclusion::Exclusive] {
                    let mut machine = template.clone();
                    machine.caches[0].replacement = policy;
                    machine.caches[1].inclusion = inclusion;
                    for cache in &mut machine.caches {
                        cache.write = write;
                        cache.write_allocate = allocate;
                    }
                    if inclusion == Inclusion::Exclusive {
                        machine.caches[0].write = WritePolicy::Back;
                    }
                    if !policy.needs_future() {
                        machine.caches[1].replacement = policy;
                    }
                    let trace: Vec<Access> = (0..2000)
                        .map(|_| {
                            let kind = if random.bool() {
                                Kind::Load
                            } else {
                                Kind::Store
                            };
                            // Three in four accesses go to data that the second level holds.
                            let reach = if random.u8(0..4) == 0 { 4096 } else { 400 };
                            Access::new(kind, random.u64(0..reach), random.u32(1..9))
                        })
                        .collect();
                    agree(&machine, Semantics::default(), true, &trace).unwrap();
                }
            }
        }
    }
}

/// One cache of one set of two ways, and before memory a victim cache of four lines.
fn with_victim_cache() -> Machine {
    let mut machine = Machine::preset("teaching").unwrap();
    machine.caches.truncate(1);
    let cache = &mut machine.caches[0];
    (cache.line, cache.ways, cache.size, cache.victim_lines) = (16, 2, 32, 4);
    machine
}

#[test]
fn a_straddling_access_counted_once_is_served_by_the_victim_cache_at_most_once() {
    let semantics = Semantics {
        straddle: Straddle::Once,
        ..Semantics::default()
    };
    let options = Options {
        semantics,
        ..Options::default()
    };
    let mut engine = Engine::new(&with_victim_cache(), options).unwrap();
    // Lines 0 and 1, pushed out by 2 and 3; then both from the victim cache; then 1 and a new one.
    for address in [8, 40, 8, 72] {
        engine.access(Access::load(address, 16));
    }
    let counts = engine.counts();
    let l1 = &counts.levels[0];
    assert_eq!((l1.accesses, l1.misses, l1.victim_hits), (4, 4, 1));
    assert_eq!(counts.served(), [0.25, 0.75]);
}

#[test]
fn a_prefetch_before_the_counts_were_set_to_zero_has_arrived_when_its_time_is_over() {
    let mut machine = with_victim_cache();
    machine.caches[0].prefetchers = vec![Prefetcher::NextLine];
    machine.clock_ghz = None;
    machine.memory.latency_ns.value = 50.0;
    let mut engine = Engine::new(&machine, Options::default()).unwrap();
    engine.access(Access::load(0, 4));
    (0..100).for_each(|_| engine.access(Access::load(0, 4)));
    engine.reset_counts();
    engine.access(Access::load(16, 4));
    let prefetch = engine.counts().levels[0].prefetch.unwrap();
    assert_eq!((prefetch.useful, prefetch.late), (1, 0));
}

#[test]
fn an_exclusive_cache_does_not_prefetch_what_lies_inside() {
    let mut machine = Machine::preset("teaching").unwrap();
    machine.caches.truncate(2);
    machine.caches[1].inclusion = Inclusion::Exclusive;
    machine.caches[1].prefetchers = vec![Prefetcher::AdjacentPair];
    machine.caches[1].line = machine.caches[0].line;
    let line = machine.caches[0].line;
    let mut engine = Engine::new(&machine, Options::default()).unwrap();
    // The second access takes line 1 in, out of the second cache; the third takes line 0 again from
    // memory, where its pair lies inside.
    engine.access(Access::load(0, 4));
    engine.access(Access::load(line, 4));
    engine.access(Access::new(Kind::StreamStore, 0, 4));
    engine.access(Access::load(0, 4));
    let prefetch = engine.counts().levels[1].prefetch.unwrap();
    assert_eq!(
        (prefetch.asked, prefetch.redundant, prefetch.fetched),
        (2, 1, 1)
    );
}
