//! The hierarchy against what it is not: traces worked by hand, and a naive reference.

use lab_core::{
    machine::{Cache, Machine},
    sim::{Counts, Hierarchy},
    trace::{Access, Kind, Probe},
};
use proptest::prelude::*;

/// A machine with caches of (sets, ways, line), innermost first.
fn machine(levels: &[(u64, u64, u64)]) -> Machine {
    let mut machine = Machine::preset("teaching").unwrap();
    let template = machine.caches[0].clone();
    machine.caches = levels
        .iter()
        .enumerate()
        .map(|(index, &(sets, ways, line))| Cache {
            name: format!("L{}", index + 1),
            size: sets * ways * line,
            line,
            ways,
            ..template.clone()
        })
        .collect();
    machine
}

/// Runs `trace` of (address, bytes, kind) and gives the counts.
fn run(machine: &Machine, trace: &[(u64, u32, Kind)]) -> Counts {
    let mut caches = Hierarchy::new(machine).unwrap();
    for &(address, bytes, kind) in trace {
        caches.access(Access::new(kind, address, bytes));
    }
    caches.counts()
}

fn loads(addresses: &[u64]) -> Vec<(u64, u32, Kind)> {
    addresses
        .iter()
        .map(|&address| (address, 1, Kind::Load))
        .collect()
}

/// (hits, misses, evictions, write-backs) of one level.
fn level(counts: &Counts, index: usize) -> (u64, u64, u64, u64) {
    let level = &counts.levels[index];
    (level.hits, level.misses, level.evictions, level.writebacks)
}

/// Bryant and O'Hallaron, *Computer Systems*, 6.4.2: a direct-mapped cache with 4 sets of one
/// 2-byte line and 4-bit addresses reads 0, 1, 13, 8, 0.
///
/// | address | set | tag | result |
/// |---|---|---|---|
/// | 0 = 0000₂ | 0 | 0 | miss |
/// | 1 = 0001₂ | 0 | 0 | hit, same line |
/// | 13 = 1101₂ | 2 | 1 | miss |
/// | 8 = 1000₂ | 0 | 1 | miss, evicts tag 0 |
/// | 0 = 0000₂ | 0 | 0 | miss, evicts tag 1 (a conflict miss) |
#[test]
fn the_direct_mapped_cache_of_the_textbook() {
    let counts = run(&machine(&[(4, 1, 2)]), &loads(&[0, 1, 13, 8, 0]));
    assert_eq!(level(&counts, 0), (1, 4, 2, 0));
}

/// The example trace of the same book's cache lab: 16 sets of one 16-byte line, where a modify is a
/// load and a store. In hexadecimal the set is the second digit from the right:
///
/// | access | line | set | result |
/// |---|---|---|---|
/// | L 10 | 1 | 1 | miss |
/// | M 20 | 2 | 2 | miss, hit |
/// | L 22 | 2 | 2 | hit |
/// | S 18 | 1 | 1 | hit, dirty |
/// | L 110 | 11 | 1 | miss, evicts line 1 (dirty) |
/// | L 210 | 21 | 1 | miss, evicts line 11 |
/// | M 12 | 1 | 1 | miss, evicts line 21, hit |
///
/// 4 hits, 5 misses, 3 evictions; the first of these writes back.
#[test]
fn the_trace_of_the_cache_lab() {
    use Kind::{Load, Store};
    let trace: Vec<_> = [
        (0x10, Load),
        (0x20, Load),
        (0x20, Store),
        (0x22, Load),
        (0x18, Store),
        (0x110, Load),
        (0x210, Load),
        (0x12, Load),
        (0x12, Store),
    ]
    .map(|(address, kind)| (address, 1, kind))
    .to_vec();
    let counts = run(&machine(&[(16, 1, 16)]), &trace);
    assert_eq!(level(&counts, 0), (4, 5, 3, 1));
    assert_eq!(counts.memory_written_bytes, 16);
}

/// Silberschatz, Galvin and Gagne, *Operating System Concepts*, page replacement: the reference
/// string below, three frames, least recently used: 12 faults. A fully associative cache of three
/// one-byte lines is the same thing. Worked: 7 0 1 (3 faults), 2 for 7, 0 hits, 3 for 1, 0 hits,
/// 4 for 2, 2 for 3, 3 for 0, 0 for 4, 3 and 2 hit, 1 for 0, 2 hits, 0 for 3, 1 hits, 7 for 2,
/// 0 and 1 hit: 3 + 9 = 12 faults, 8 hits.
#[test]
fn lru_on_the_reference_string_of_the_textbook() {
    let string = [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1];
    let counts = run(&machine(&[(1, 3, 1)]), &loads(&string));
    assert_eq!(level(&counts, 0), (8, 12, 9, 0));
}

/// A dirty line on its way out. L1 is one line, L2 one set of two lines, lines of 16 bytes.
///
/// | access | L1 | L2, most recent first | what happens |
/// |---|---|---|---|
/// | S 0 | 0* | 0 | misses both; dirty in L1 only |
/// | L 16 | 1 | 1 0* | L2 fills 1, then 0* leaves L1 and is marked in L2 |
/// | L 32 | 2 | 2 1 | L2 evicts 0*, the least recent: 16 bytes to memory |
/// | L 16 | 1 | 1 2 | misses L1, hits L2 |
#[test]
fn a_dirty_line_leaves_level_by_level() {
    let trace = [
        (0, 8, Kind::Store),
        (16, 8, Kind::Load),
        (32, 8, Kind::Load),
        (16, 8, Kind::Load),
    ];
    let counts = run(&machine(&[(1, 1, 16), (1, 2, 16)]), &trace);
    assert_eq!(level(&counts, 0), (0, 4, 3, 1));
    assert_eq!(level(&counts, 1), (1, 3, 1, 1));
    assert_eq!(counts.memory_read_bytes, 48);
    assert_eq!(counts.memory_written_bytes, 16);
    assert_eq!(counts.levels[1].miss_ratio, 0.75);
    assert_eq!(counts.served(), [0.0, 0.25, 0.75]);
}

/// Eight bytes at 12 lie in the lines at 0 and 16: two look-ups.
#[test]
fn a_straddling_access_counts_for_each_line() {
    let counts = run(&machine(&[(4, 1, 16)]), &[(12, 8, Kind::Load)]);
    assert_eq!((counts.accesses, counts.bytes), (2, 8));
    assert_eq!(level(&counts, 0), (0, 2, 0, 0));
}

#[test]
fn the_end_of_the_address_space_is_no_trap() {
    let counts = run(&machine(&[(4, 1, 16)]), &[(u64::MAX, 8, Kind::Store)]);
    assert_eq!(counts.accesses, 1);
}

/// The documented semantics again, the slow and obvious way: every set is a list of
/// (line, dirty), most recently used last.
struct Naive {
    levels: Vec<NaiveLevel>,
    memory_writes: u64,
}

#[derive(Default)]
struct NaiveLevel {
    geometry: (u64, u64, u64),
    lines: std::collections::BTreeMap<u64, Vec<(u64, bool)>>,
    counts: (u64, u64, u64, u64),
}

impl NaiveLevel {
    fn set(&mut self, address: u64) -> (u64, &mut Vec<(u64, bool)>) {
        let (sets, _, line) = self.geometry;
        let number = address / line;
        (number, self.lines.entry(number % sets).or_default())
    }
}

impl Naive {
    fn new(levels: &[(u64, u64, u64)]) -> Self {
        let levels = levels
            .iter()
            .map(|&geometry| NaiveLevel {
                geometry,
                ..NaiveLevel::default()
            })
            .collect();
        Self {
            levels,
            memory_writes: 0,
        }
    }

    fn access(&mut self, address: u64, write: bool) {
        let mut missed = Vec::new();
        for (index, level) in self.levels.iter_mut().enumerate() {
            let (number, set) = level.set(address);
            if let Some(place) = set.iter().position(|&(line, _)| line == number) {
                let (line, dirty) = set.remove(place);
                set.push((line, dirty || (write && index == 0)));
                level.counts.0 += 1;
                break;
            }
            level.counts.1 += 1;
            missed.push(index);
        }
        for index in missed.into_iter().rev() {
            self.insert(index, address, write && index == 0);
        }
    }

    fn insert(&mut self, index: usize, address: u64, dirty: bool) {
        let level = &mut self.levels[index];
        let (_, ways, size) = level.geometry;
        let (number, set) = level.set(address);
        set.push((number, dirty));
        if set.len() as u64 > ways {
            let (victim, dirty) = set.remove(0);
            level.counts.2 += 1;
            if dirty {
                level.counts.3 += 1;
                self.write_back(index + 1, victim * size);
            }
        }
    }

    fn write_back(&mut self, index: usize, address: u64) {
        let Some(level) = self.levels.get_mut(index) else {
            self.memory_writes += 1;
            return;
        };
        let (number, set) = level.set(address);
        match set.iter_mut().find(|(line, _)| *line == number) {
            Some(entry) => entry.1 = true,
            None => self.insert(index, address, true),
        }
    }
}

/// Up to three levels, any number of sets and ways, lines that do not shrink outwards.
fn geometries() -> impl Strategy<Value = Vec<(u64, u64, u64)>> {
    prop::collection::vec((1_u64..9, 1_u64..5, 0_u32..2), 1..4).prop_map(|levels| {
        let mut shift = 3;
        levels
            .into_iter()
            .map(|(sets, ways, more)| {
                shift += more;
                (sets, ways, 1 << shift)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn counts_equal_those_of_the_naive_reference(
        levels in geometries(),
        trace in prop::collection::vec((0_u64..1024, any::<bool>()), 0..400),
    ) {
        let mut naive = Naive::new(&levels);
        let mut caches = Hierarchy::new(&machine(&levels)).unwrap();
        for (address, write) in trace {
            naive.access(address, write);
            let kind = if write { Kind::Store } else { Kind::Load };
            caches.access(Access::new(kind, address, 1));
            // After every access, so that a failing trace is as short as can be.
            let counts = caches.counts();
            for (index, reference) in naive.levels.iter().enumerate() {
                prop_assert_eq!(level(&counts, index), reference.counts, "level {}", index);
            }
            let line = levels.last().unwrap().2;
            prop_assert_eq!(counts.memory_written_bytes, naive.memory_writes * line);
        }
    }

    #[test]
    fn hits_never_fall_when_ways_are_added(
        (sets, ways) in (1_u64..9, 1_u64..8),
        addresses in prop::collection::vec(0_u64..2048, 0..300),
    ) {
        let hits = |ways| level(&run(&machine(&[(sets, ways, 16)]), &loads(&addresses)), 0).0;
        prop_assert!(hits(ways) <= hits(ways + 1));
    }

    #[test]
    fn every_look_up_is_a_hit_or_a_miss(
        levels in geometries(),
        trace in prop::collection::vec((0_u64..4096, 1_u32..70), 0..200),
    ) {
        let trace: Vec<_> = trace.into_iter().map(|(a, b)| (a, b, Kind::Load)).collect();
        let counts = run(&machine(&levels), &trace);
        let mut arriving = counts.accesses;
        for level in &counts.levels {
            prop_assert_eq!(level.accesses, arriving);
            prop_assert_eq!(level.hits + level.misses, level.accesses);
            prop_assert!(level.evictions <= level.misses);
            prop_assert_eq!(level.writebacks, 0);
            arriving = level.misses;
        }
        if counts.accesses > 0 {
            prop_assert!((counts.served().iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}
