//! What the lessons work out by hand, beside what the simulators count.
//!
//! Numbers of simulators are computed where the texts state them. Here stands the arithmetic that the
//! texts explain them with: closed forms, sets, distances.

use std::collections::BTreeMap;

use lab_core::{
    evidence::Evidence,
    kernels::{
        gather::{random_gather, random_indices},
        stride::walk_length,
    },
    machine::{Figure, Machine, Replacement, Tlb},
    model::{
        hierarchy::effective_bandwidth,
        lines::lines_touched,
        patterns::{cyclic_hit_ratio, random_miss_ratio, strided_miss_ratio},
    },
    parameters::Arguments,
    sim::{Attribution, Causes, Engine, Event, Future, Hierarchy, Observer, Options},
    study::{Study, Value},
    trace::{
        Buffer,
        program::{Instance, Program},
    },
};

fn laptop() -> Machine {
    Machine::preset("small-laptop").unwrap()
}

/// The first cache alone, of this size and so many ways.
fn first_cache(size: u64, ways: u64) -> Machine {
    let mut machine = laptop();
    machine.caches.truncate(1);
    machine.caches[0].size = size;
    machine.caches[0].ways = ways;
    machine
}

fn instance(source: &str, values: &[(&str, i64)]) -> Instance {
    let values: Vec<_> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect();
    Program::parse(source).unwrap().with(&values).unwrap()
}

/// Misses of the first cache, with their causes, and of its TLB if it has one.
fn run(machine: &Machine, source: &str, values: &[(&str, i64)]) -> (u64, Causes, u64) {
    let options = Options {
        classify: true,
        ..Options::default()
    };
    let mut caches = Hierarchy::with(machine, options).unwrap();
    instance(source, values).start().run(u64::MAX, &mut caches);
    let counts = caches.counts();
    let first = &counts.levels[0];
    let translations = counts.tlbs.first().map_or(0, |tlb| tlb.misses);
    (first.misses, first.misses_by_cause.unwrap(), translations)
}

/// A reading that prediction and simulation agree on.
#[track_caller]
fn both(study: Study, variant: &str, x: f64) -> Value {
    let mut arguments = Arguments::default();
    let parameters = study.info().parameters;
    arguments.set(parameters, "reach", 2.0).unwrap();
    let variant = study.variant(variant).unwrap();
    let predicted = study.predict(&laptop(), &arguments, variant, x);
    let simulated = study.simulate(&laptop(), &arguments, variant, x).unwrap();
    assert!(
        (predicted.y / simulated.y - 1.0).abs() < 1e-6,
        "{predicted:?} against {simulated:?}"
    );
    simulated
}

#[test]
fn the_ladder_set_by_set() {
    let l1 = &laptop().caches[0];
    let served = |kib: u64| both(Study::LatencyLadder, "", (kib * 1024) as f64).served[0];
    for (kib, lines, hits) in [(34, 544, 32 * 8), (33, 528, 48 * 8), (36, 576, 0)] {
        assert_eq!(kib * 1024 / 64, lines);
        let share = f64::from(hits) / lines as f64;
        assert_eq!(cyclic_hit_ratio(lines, 1, l1.sets(), l1.ways), share);
        assert!((served(kib) - share).abs() < 1e-12);
    }
    for kib in [24, 64, 256, 512, 2048, 4096] {
        served(kib);
    }
}

#[test]
fn strides_below_and_above_a_line() {
    for bytes in [8.0, 16.0, 32.0, 64.0, 512.0, 8192.0] {
        let served = both(Study::StrideSweep, "2ᵏ bytes", bytes).served;
        assert_eq!(served[3], strided_miss_ratio(bytes, 64.0));
    }
    assert_eq!(
        [lines_touched(0, 4 << 20, 64), (4 << 20) / 8],
        [65_536, 524_288]
    );
    assert_eq!(lines_touched(60, 100, 64), 3);
    let walk = |bytes: usize| walk_length(524_288, bytes / 8);
    let words = [8192, 8256, 4160, 576, 128, 192].map(walk);
    assert_eq!(words, [512, 509, 1009, 7282, 32_768, 21_846]);
    assert_eq!(words[5].div_ceil(2048), 11);
    assert_eq!(format!("{:.2}", words[1] as f64 / 64.0), "7.95");
}

#[test]
fn random_accesses_over_more_than_the_cache() {
    assert_eq!(random_miss_ratio(2.0, 4.0), 0.5);
    // The simulator, with one cache of 2 MiB.
    let mut machine = laptop();
    machine.caches.drain(..2);
    let mut caches = Hierarchy::new(&machine).unwrap();
    let data = vec![0_u64; (4 << 20) / 8];
    let data = Buffer::new(&data, 0);
    for (pass, seed) in [(0, 1), (1, 2)] {
        let indices = random_indices(400_000, data.len(), seed);
        if pass == 1 {
            caches.reset_counts();
        }
        for chunk in indices.chunks(1) {
            // Every index at the same address: a stream of them would take room in the cache.
            random_gather(data, Buffer::new(chunk, 1 << 30), &mut caches);
        }
    }
    // Half of the accesses are to the one line of indices, which always hits.
    let misses = 2.0 * caches.counts().levels[0].miss_ratio;
    assert!((misses - 0.5).abs() < 0.01, "{misses}");
}

#[test]
fn useful_and_transferred_bytes() {
    let peak = laptop().memory.bandwidth_gbs.value;
    for (variant, useful, transferred) in [("read", 8.0, 8.0), ("triad", 24.0, 32.0)] {
        let rate = both(Study::Bandwidth, variant, 4_194_432.0).y;
        let expected = effective_bandwidth(peak, useful, transferred);
        assert!((rate - expected).abs() < 1e-9, "{variant}: {rate}");
    }
}

const IN_ORDER: &str = include_str!("../course/programs/records-in-order.loop");

#[test]
fn layouts_by_their_lines() {
    for (v, k, pad) in [1, 2, 4, 7, 8]
        .into_iter()
        .flat_map(|k| [(1, k, 0), (8, k, 0), (4096, k, 0), (4096, k, 8)])
    {
        // A line of 64 bytes is a record, or eight values of a field; nine streams of columns meet.
        let lines = match (v, k, pad) {
            (1, ..) => 4096 + 512,
            (4096, 8, 0) => 9 * 4096,
            _ => 512 * (k as u64 + 1),
        };
        let (misses, ..) = run(&laptop(), IN_ORDER, &[("V", v), ("K", k), ("PAD", pad)]);
        assert_eq!(misses, lines, "{v} {k} {pad}");
    }
}

#[test]
fn pages_of_streams() {
    let mut machine = laptop();
    machine.tlbs = vec![Tlb {
        name: "L1 dTLB".into(),
        entries: 64,
        ways: 4,
        huge_entries: 0,
        huge_ways: 0,
        miss_ns: Figure::new(4.5, Evidence::Assumed, "only misses are counted"),
    }];
    let translations = |values: &[(&str, i64)]| run(&machine, IN_ORDER, values).2;
    // 64 pages of records and 8 of results.
    assert_eq!(translations(&[]), 64 + 8);
    assert_eq!(translations(&[("V", 8)]), 64 + 8);
    // Five streams whose every access misses, four of eight pages each.
    assert_eq!(translations(&[("V", 4096)]), 5 * 4096 + 4 * 8);
    // `out` is eight lines, 64 elements, ahead of the first column: for the last 64 steps of each of
    // eight pages it is on the next one, and the four others are alone.
    let line = translations(&[("V", 4096), ("PAD", 8)]);
    let spared = 5 * (4096 - 8 * 64);
    assert!((spared..spared + 128).contains(&line), "{line}");
}

#[test]
fn layouts_in_random_order() {
    let shuffled = include_str!("../course/programs/records-shuffled.loop");
    for k in [1, 2, 4, 8] {
        let misses = |v| run(&laptop(), shuffled, &[("V", v), ("K", k)]).0;
        assert_eq!(misses(1), 65_536 + 4096);
        // Each of the columns' lines is still there with the chance of its share of the cache.
        let columns = 65_536.0 * k as f64 * (1.0 - 512.0 / (8192.0 * k as f64)) + 4096.0;
        let error = misses(65_536) as f64 / columns - 1.0;
        assert!(error.abs() < 0.012, "{k}: {error}");
    }
}

#[test]
fn padding_by_its_bytes() {
    let records = include_str!("../course/programs/padded.loop");
    let columns = include_str!("../course/programs/three-columns.loop");
    let floats = |source: &str| source.replace("f64", "f32").replace("u8", "f32");
    for (bytes, source) in [
        (24, records.to_owned()),
        (16, records.replace("x: f32, y: f64", "y: f64, x: f32")),
        (13, columns.to_owned()),
        (12, floats(records)),
        (12, floats(columns)),
    ] {
        assert_eq!(
            run(&laptop(), &source, &[]).0,
            bytes * 4096 / 64,
            "{source}"
        );
    }
    // Records of 12 bytes, each alone: how many lines are 16 of them?
    let touched = |record: u64| (12 * record + 11) / 64 - 12 * record / 64 + 1;
    assert_eq!((0..16).map(touched).sum::<u64>(), 18);
}

const TABLE_AND_LOG: &str = include_str!("../course/programs/table-and-log.loop");

/// Counts who pushed out lines of the first array.
#[derive(Default)]
struct Culprits {
    /// Where the table ends.
    end: u64,
    by_log: bool,
    of_table: [u64; 2],
}

impl Observer for Culprits {
    fn event(&mut self, event: Event) {
        match event {
            Event::Access(access) => self.by_log = access.address >= self.end,
            Event::Eviction { cache: 0, line, .. } if line * 64 < self.end => {
                self.of_table[usize::from(self.by_log)] += 1;
            }
            _ => {}
        }
    }
}

/// "4096 times a line of the table left the cache, and each time it was an access to the log".
#[test]
fn who_is_guilty() {
    let program = instance(TABLE_AND_LOG, &[]);
    let table = &program.arrays()[0];
    let watch = Culprits {
        end: table.base + table.bytes,
        ..Culprits::default()
    };
    let machine = first_cache(32 << 10, 8);
    let mut engine = Engine::watched(&machine, Options::default(), watch).unwrap();
    program.start().run(u64::MAX, &mut engine);
    assert_eq!(engine.observer().of_table, [0, 4096]);
}

/// Misses of the table in the first cache.
fn of_table(policy: Replacement, source: &str, log: i64) -> u64 {
    let mut machine = laptop();
    machine.caches[0].replacement = policy;
    let program = instance(source, &[("COLD", log)]);
    let mut future = Future::new(&machine);
    program.start().run(u64::MAX, &mut future);
    let options = Options {
        future: Some(future.next_uses()),
        ..Options::default()
    };
    let mut engine = Engine::watched(&machine, options, Attribution::default()).unwrap();
    program.start().run(u64::MAX, &mut engine);
    let arrays: BTreeMap<_, _> = engine
        .observer()
        .arrays()
        .map(|(array, share)| (array.unwrap().name.clone(), share.misses[0]))
        .collect();
    arrays["table"]
}

#[test]
fn evictions_by_distance_and_by_sets() {
    for log in [256, 512, 768, 1024, 2048] {
        // Four lines of the table in a set of eight ways, and so many of the log.
        let fits = 4 + log / 64 <= 8;
        let lru = of_table(Replacement::Lru, TABLE_AND_LOG, log);
        assert_eq!(lru, if fits { 256 } else { 4096 });
        for policy in [Replacement::Lip, Replacement::Opt] {
            assert_eq!(of_table(policy, TABLE_AND_LOG, log), 256);
        }
    }
    // All rounds of the table before the log.
    let apart = TABLE_AND_LOG.replace("    for c in", "}\nfor r in 0..ROUNDS {\n    for c in");
    assert_eq!(of_table(Replacement::Lru, &apart, 512), 256);
    let staircase = [1, 511, 767, 768, 4096].map(|lines| {
        let full = first_cache(64 * lines, lines);
        run(&full, TABLE_AND_LOG, &[]).0
    });
    assert_eq!(staircase, [12_288, 12_288, 12_288, 8448, 8448]);
    assert_eq!([16 * (256 + 512), 256 + 16 * 512], [12_288, 8448]);
    // A log eight times longer is too long for L2 as well.
    let far = [4351, 4352].map(|lines| {
        let full = first_cache(64 * lines, lines);
        run(&full, TABLE_AND_LOG, &[("COLD", 4096)]).0
    });
    assert_eq!(far[0] - far[1], 15 * 256);
}

/// Misses of a cyclic walk under LRU, set by set: lines that fit miss once, others always.
fn cyclic(sets: u64, ways: u64, step: u64, count: u64, passes: u64) -> u64 {
    let mut lines = vec![0; sets as usize];
    for i in 0..count {
        lines[(i * step % sets) as usize] += 1;
    }
    let misses = |lines: &u64| lines * if *lines <= ways { 1 } else { passes };
    lines.iter().map(misses).sum()
}

#[test]
fn three_patients_set_by_set() {
    let steps = include_str!("../course/programs/steps.loop");
    for (step, count, passes) in [(1, 16_384, 1), (1, 768, 16), (64, 32, 16), (1, 513, 16)] {
        for (size, ways) in [(32 << 10, 8), (32 << 10, 512), (64 << 10, 8)] {
            for step in [step, step + 1] {
                let values = [
                    ("S", 8 * step as i64),
                    ("COUNT", count as i64),
                    ("PASSES", passes as i64),
                ];
                let (misses, ..) = run(&first_cache(size, ways), steps, &values);
                let by_hand = cyclic(size / 64 / ways, ways, step, count, passes);
                assert_eq!(misses, by_hand, "{step} {count} {passes} {size} {ways}");
            }
        }
    }
}

#[test]
fn srrip_by_hand() {
    // Four ways: after how many lines of a scan does a line of the table leave?
    let mut ages = [0, 0, 2, 2];
    let mut came = 0;
    loop {
        while !ages.contains(&3) {
            ages = ages.map(|age| age + 1);
        }
        let way = ages.iter().position(|&age| age == 3).unwrap();
        if way < 2 {
            break;
        }
        ages[way] = 2;
        came += 1;
    }
    assert_eq!(came, 4);
}
