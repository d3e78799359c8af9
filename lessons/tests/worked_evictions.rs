//! The numbers of the lesson on evictions, simulated again and worked out by distances and sets.

mod worked;

use std::collections::BTreeMap;

use lab_core::{
    machine::{Machine, Replacement},
    sim::{Attribution, Engine, Event, Future, Hierarchy, Observer, Options, reuse::Distances},
    trace::program::{Instance, Program},
};

use worked::{preset, run, says, spaced, teaching};

const EVICTED: &str = include_str!("../course/who-evicted-my-data.md");

/// A table in use, and a log that is not; one word of each line.
const ONE_WORD: &str = "
param HOT = 256
param COLD = 512
param ROUNDS = 16
array table[HOT][8]: f64
array log[ROUNDS][max(COLD, 1)][8]: f64
for r in 0..ROUNDS {
    for h in 0..HOT {
        table[h][0] += 1
    }
    for c in 0..COLD {
        log[r][c][0] = 0
    }
}";

/// The same, all words of each line.
const ALL_WORDS: &str = "
param HOT = 256
param COLD = 512
param ROUNDS = 16
array table[HOT][8]: f64
array log[ROUNDS][COLD][8]: f64
for r in 0..ROUNDS {
    for h in 0..HOT {
        for w in 0..8 {
            table[h][w] += 1
        }
    }
    for c in 0..COLD {
        for w in 0..8 {
            log[r][c][w] = 0
        }
    }
}";

fn instance(source: &str, values: &[(&str, i64)]) -> Instance {
    let values: Vec<_> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect();
    Program::parse(source).unwrap().with(&values).unwrap()
}

/// Of one array: accesses, misses of each level, first uses in L1.
type Shares = BTreeMap<String, (u64, Vec<u64>, u64)>;

/// Who suffers the misses.
fn shares(machine: &Machine, program: &Instance) -> Shares {
    let mut future = Future::new(machine);
    program.start().run(u64::MAX, &mut future);
    let options = Options {
        // What `lab simulate` starts from: BRRIP and BIP draw lots.
        seed: 1,
        classify: true,
        future: Some(future.next_uses()),
        ..Options::default()
    };
    let mut engine = Engine::watched(machine, options, Attribution::default()).unwrap();
    program.start().run(u64::MAX, &mut engine);
    let arrays = engine.observer().arrays();
    arrays
        .map(|(array, share)| {
            let name = array.expect("every access is to an array").name.clone();
            let first = share.first_level.compulsory;
            (name, (share.accesses, share.misses.clone(), first))
        })
        .collect()
}

/// Misses of the table in the cache at a depth, under a policy.
fn of_table(policy: Replacement, depth: usize, program: &Instance) -> u64 {
    let mut laptop = preset("small-laptop");
    laptop.caches[depth].replacement = policy;
    shares(&laptop, program)["table"].1[depth]
}

#[test]
fn who_suffers() {
    let laptop = preset("small-laptop");
    let arrays = shares(&laptop, &instance(ONE_WORD, &[]));
    for name in ["table", "log"] {
        let (accesses, misses, first) = &arrays[name];
        says(
            EVICTED,
            &format!("| `{name}` | {accesses} | {} | {first} |", misses[0]),
        );
    }
    assert_eq!(arrays["table"].1[0], 16 * 256);
    assert_eq!(arrays["log"].1[0], 16 * 512);
    let alone = shares(&laptop, &instance(ONE_WORD, &[("COLD", 0)]));
    assert_eq!(alone["table"].1[0], 256);
    says(EVICTED, &format!("So {} misses of the table", 4096 - 256));
    // L2 keeps the table.
    assert_eq!(arrays["table"].1[1], 256);
    let ran = run(&laptop, ONE_WORD, &[]);
    assert_eq!(ran.accesses, 16 * (2 * 256 + 512));
    let causes = ran.causes;
    assert_eq!((causes.capacity, causes.conflict), (3840, 0));
    says(EVICTED, "The table's 3840 are capacity misses");
}

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

#[test]
fn who_is_guilty() {
    let mut laptop = preset("small-laptop");
    laptop.caches.truncate(1);
    let program = instance(ONE_WORD, &[]);
    let table = &program.arrays()[0];
    let watch = Culprits {
        end: table.base + table.bytes,
        ..Culprits::default()
    };
    let mut engine = Engine::watched(&laptop, Options::default(), watch).unwrap();
    program.start().run(u64::MAX, &mut engine);
    assert_eq!(engine.observer().of_table, [0, 4096]);
    says(EVICTED, "4096 times a line of the table left the cache");
}

#[test]
fn distances() {
    let mut distances = Distances::new(64);
    instance(ONE_WORD, &[])
        .start()
        .run(u64::MAX, &mut distances);
    let staircase = [1, 511, 767, 768, 4096].map(|lines| distances.misses(lines));
    assert_eq!(staircase, [12_288, 12_288, 12_288, 8448, 8448]);
    assert_eq!(16 * (256 + 512), 12_288);
    assert_eq!(256 + 16 * 512, 8448);
    says(EVICTED, "12 288 up to 767 lines, 8448 from 768 lines on");
    // All rounds of the table before the log.
    let apart = ONE_WORD.replace("    for c in", "}\nfor r in 0..ROUNDS {\n    for c in");
    let apart = instance(&apart, &[]);
    assert_eq!(of_table(Replacement::Lru, 0, &apart), 256);
    // A log eight times longer is too long for L2 as well.
    let long = instance(ONE_WORD, &[("COLD", 4096)]);
    let mut far = Distances::new(64);
    long.start().run(u64::MAX, &mut far);
    assert_eq!(far.misses(4351) - far.misses(4352), 15 * 256);
    assert_eq!(of_table(Replacement::Lru, 1, &long), 4096);
    let short = instance(ONE_WORD, &[("COLD", 256)]);
    let mut near = Distances::new(64);
    short.start().run(u64::MAX, &mut near);
    assert_eq!([511, 512].map(|lines| near.misses(lines)), [8192, 4352]);
    assert_eq!(of_table(Replacement::Lru, 0, &short), 256);
}

const STEPS: &str = "
param S = 8
param COUNT = 768
param PASSES = 16
array A[COUNT * S]: f64
for pass in 0..PASSES {
    for i in 0..COUNT {
        A[i * S]
    }
}";

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
fn three_patients() {
    let shaped = |size: u64, ways: u64| {
        let mut laptop = preset("small-laptop");
        laptop.caches.truncate(1);
        laptop.caches[0].size = size;
        laptop.caches[0].ways = ways;
        laptop
    };
    let misses = |machine: &Machine, step: i64, count: i64, passes: i64| {
        let values = [("S", 8 * step), ("COUNT", count), ("PASSES", passes)];
        let counted = run(machine, STEPS, &values).misses[0];
        let cache = &machine.caches[0];
        let sets = cache.size / 64 / cache.ways;
        let [step, count, passes] = [step, count, passes].map(|n| n as u64);
        let by_hand = cyclic(sets, cache.ways, step, count, passes);
        assert_eq!(counted, by_hand, "{step} {count} {passes}");
        counted
    };
    let (own, twin, twice) = (
        shaped(32 << 10, 8),
        shaped(32 << 10, 512),
        shaped(64 << 10, 8),
    );
    for (patient, step, count, passes, cause) in [
        ("1 MiB, walked through once", 1, 16_384, 1, [1, 0, 0]),
        ("48 KiB in a row, 16 times", 1, 768, 16, [1, 15, 0]),
        (
            "32 words 4096 bytes apart, 16 times",
            64,
            32,
            16,
            [1, 0, 15],
        ),
    ] {
        let row = [
            misses(&own, step, count, passes),
            misses(&twin, step, count, passes),
            misses(&twice, step, count, passes),
            misses(&own, step + 1, count, passes),
        ];
        says(
            EVICTED,
            &format!("| {patient} | {} |", row.map(spaced).join(" | ")),
        );
        let values = [("S", 8 * step), ("COUNT", count), ("PASSES", passes)];
        let causes = run(&own, STEPS, &values).causes;
        let causes = [causes.compulsory, causes.capacity, causes.conflict];
        assert_eq!(causes, cause.map(|times| times * count as u64), "{patient}");
    }
    // The twin can be worse.
    let (kept, lost) = (misses(&own, 1, 513, 16), misses(&twin, 1, 513, 16));
    assert_eq!((kept, lost), (513 + 15 * 9, 16 * 513));
    let values = [("S", 8), ("COUNT", 513), ("PASSES", 16)];
    let lucky = run(&own, STEPS, &values).causes.lucky_hits;
    assert_eq!((kept, lost, lucky), (648, 8208, 7560));
}

#[test]
fn past_the_cache() {
    let laptop = preset("small-laptop");
    let read = |source: &str| {
        let mut caches = Hierarchy::new(&laptop).unwrap();
        instance(source, &[]).start().run(u64::MAX, &mut caches);
        let counts = caches.counts();
        (counts.levels[0].misses, counts.memory_read_bytes)
    };
    let streamed = |source: &str| {
        read(
            &source
                .replace("log[r]", "stream log[r]")
                .replace("array stream", "array"),
        )
    };
    assert_eq!(streamed(ONE_WORD), (256, 256 * 64));
    assert_eq!(streamed(ALL_WORDS), (256, 256 * 64));
    let bytes = read(ALL_WORDS).1;
    assert_eq!(bytes, (256 + 16 * 512) * 64);
    says(EVICTED, &format!("delivers {} bytes", spaced(bytes)));
    says(EVICTED, &format!("it delivers {}", spaced(256 * 64)));
}

use Replacement::{Bip, Brrip, Lip, Lru, Opt, Srrip};

#[test]
fn policies() {
    for log in [256, 512, 768, 1024, 2048] {
        let program = instance(ONE_WORD, &[("COLD", log)]);
        let row = [Lru, Srrip, Brrip, Lip, Bip, Opt].map(|policy| of_table(policy, 0, &program));
        says(
            EVICTED,
            &format!("| {log} | {} |", row.map(spaced).join(" | ")),
        );
        // Four lines of the table in a set of eight ways, and so many of the log.
        let of_log = log / 64;
        assert_eq!(row[0], if 4 + of_log <= 8 { 256 } else { 4096 });
        assert_eq!([row[3], row[5]], [256; 2]);
    }
}

#[test]
fn policies_where_every_word_is_used() {
    let program = instance(ALL_WORDS, &[]);
    for policy in [Lru, Srrip, Brrip, Lip, Bip] {
        assert_eq!(of_table(policy, 0, &program), 4096, "{policy:?}");
    }
    assert_eq!(of_table(Opt, 0, &program), 256);
    let program = instance(ALL_WORDS, &[("HOT", 2048), ("COLD", 4096)]);
    for policy in [Lru, Srrip, Brrip, Lip, Bip] {
        let misses = of_table(policy, 1, &program);
        let name = policy.name().to_uppercase();
        says(EVICTED, &format!("| {name} | {} |", spaced(misses)));
        match policy {
            Lru | Srrip => assert_eq!(misses, 16 * 2048),
            Lip => assert_eq!(misses, 2048),
            _ => assert!((2048..16 * 2048).contains(&misses)),
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
    says(EVICTED, "the next one may take a line of the table. Four.");
}

#[test]
fn evictions_on_the_teaching_machine() {
    let whole = teaching("hot-cold", &[]);
    assert_eq!(whole.misses[0], 928);
    let log = whole.causes.compulsory - 6;
    assert_eq!((log, whole.misses[0] - log), (544, 6 * 64));
    says(EVICTED, "928 misses, 384 of them the table's");
    assert_eq!(teaching("hot-cold", &[("COLD", 0)]).misses[0], 6);
    let short = teaching("hot-cold", &[("COLD", 2)]).causes;
    assert_eq!((short.conflict, short.capacity), (96, 0));
    says(
        EVICTED,
        "COLD = 2, there are 96 conflict misses and none of capacity",
    );
    assert_eq!(teaching("hot-cold-streaming", &[]).misses[0], 6);
    says(EVICTED, "six misses instead of 928");
}
