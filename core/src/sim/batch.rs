//! The batch engine: the plain hierarchy, as fast as it can be counted.
//!
//! It knows the default [`Semantics`](super::Semantics) with least recently used replacement,
//! write-back, write-allocate and NINE caches of one core, and nothing else; there it counts what
//! the step engine counts, to the last access (a property test demands it). It is fast because a
//! set is a row of tags in order of use, so that replacement needs no other state; because way 0 is
//! tried first; because further accesses to one line are counted without a look-up; and because an
//! access touches nothing but tags and counters.

use super::{
    cache::{Outcome, Tags, Victim},
    counts::{Causes, Counts, KindCounts, LevelCounts, MemoryTraffic},
    event::Cause,
    twin::{Seen, Twin},
};
use crate::{
    machine::{Inclusion, Machine, Replacement, WritePolicy},
    trace::{Access, Kind, Probe},
};

/// As many levels as a machine's description may have.
const MOST_LEVELS: usize = 8;

#[derive(Clone, Debug)]
struct Level {
    name: String,
    tags: Tags,
    /// log2 of the line size.
    line_shift: u32,
    /// Look-ups and misses of loads, then of stores.
    counts: [KindCounts; 2],
    evictions: u64,
    writebacks: u64,
    twin: Option<Box<Twin>>,
    causes: Causes,
}

impl Level {
    /// Counts a look-up that hit or missed, and says why where that is asked for.
    #[inline(always)]
    fn count(&mut self, line: u64, store: bool, miss: bool) {
        let counts = &mut self.counts[usize::from(store)];
        counts.accesses += 1;
        counts.misses += u64::from(miss);
        if let Some(twin) = &mut self.twin {
            let seen = twin.look_up(line);
            if !miss {
                self.causes.lucky_hits += u64::from(seen != Seen::Held);
                return;
            }
            match seen.cause() {
                Cause::Compulsory => self.causes.compulsory += 1,
                Cause::Capacity => self.causes.capacity += 1,
                Cause::Conflict => self.causes.conflict += 1,
            }
        }
    }

    /// What it counted; ratios are the hierarchy's.
    fn counts(&self) -> LevelCounts {
        let [loads, stores] = self.counts;
        let accesses = loads.accesses + stores.accesses;
        let misses = loads.misses + stores.misses;
        LevelCounts {
            name: self.name.clone(),
            accesses,
            hits: accesses - misses,
            misses,
            evictions: self.evictions,
            writebacks: self.writebacks,
            loads,
            stores,
            misses_by_cause: self.twin.is_some().then_some(self.causes),
            ..LevelCounts::default()
        }
    }
}

/// Least recently used, write-back, NINE caches in a row.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    levels: Vec<Level>,
    /// log2 of the first level's line size.
    line_shift: u32,
    /// Loads and stores that repeated the line used last: hits of the first level.
    repeats: [u64; 2],
    /// The first level's line used last: it lies there, most recently used of its set.
    newest: u64,
    /// Whether it is dirty there, so that stores to it change nothing either.
    newest_dirty: bool,
    bytes: u64,
    /// Dirty lines out of the last level.
    memory_writes: u64,
}

impl Batch {
    /// Whether these caches are plain enough.
    pub fn suits(machine: &Machine) -> bool {
        machine.instruction_cache.is_none()
            && machine.tlbs.is_empty()
            && machine.caches.iter().all(|cache| {
                cache.replacement == Replacement::Lru
                    && cache.write == WritePolicy::Back
                    && cache.write_allocate
                    && cache.inclusion == Inclusion::Nine
                    && cache.victim_lines == 0
                    && cache.prefetchers.is_empty()
            })
    }

    /// Empty caches of a machine that was checked and suits.
    pub fn new(machine: &Machine, classify: bool) -> Self {
        let levels = machine
            .caches
            .iter()
            .map(|cache| Level {
                name: cache.name.clone(),
                tags: Tags::new(cache.sets(), cache.ways),
                line_shift: cache.line.trailing_zeros(),
                counts: Default::default(),
                evictions: 0,
                writebacks: 0,
                twin: classify.then(|| Box::new(Twin::new(cache.lines()))),
                causes: Causes::default(),
            })
            .collect();
        Self {
            levels,
            line_shift: machine.caches[0].line.trailing_zeros(),
            repeats: [0; 2],
            newest: u64::MAX,
            newest_dirty: false,
            bytes: 0,
            memory_writes: 0,
        }
    }

    /// Sets every count to zero and keeps what the caches hold.
    pub fn reset_counts(&mut self) {
        for level in &mut self.levels {
            level.counts = Default::default();
            level.causes = Causes::default();
            (level.evictions, level.writebacks) = (0, 0);
        }
        (self.bytes, self.memory_writes, self.repeats) = (0, 0, [0; 2]);
    }

    /// The counts so far.
    pub fn counts(&self) -> Counts {
        let mut levels = self.levels.iter().map(Level::counts).collect::<Vec<_>>();
        let first = &mut levels[0];
        first.hits += self.repeats[0] + self.repeats[1];
        first.loads.accesses += self.repeats[0];
        first.stores.accesses += self.repeats[1];
        first.accesses += self.repeats[0] + self.repeats[1];
        let accesses = first.accesses;
        let ratio = |part: u64, whole: u64| {
            if whole == 0 {
                0.0
            } else {
                part as f64 / whole as f64
            }
        };
        for level in &mut levels {
            level.miss_ratio = ratio(level.misses, level.accesses);
            level.global_miss_ratio = ratio(level.misses, accesses);
        }
        let last = self.levels.last().expect("a checked machine has a cache");
        let memory = MemoryTraffic {
            demand_bytes: last.counts[0].misses << last.line_shift,
            ownership_bytes: last.counts[1].misses << last.line_shift,
            write_back_bytes: self.memory_writes << last.line_shift,
            ..MemoryTraffic::default()
        };
        Counts {
            accesses,
            bytes: self.bytes,
            levels,
            memory_read_bytes: memory.read_bytes(),
            memory_written_bytes: memory.written_bytes(),
            memory,
            ..Counts::default()
        }
    }

    /// What each cache holds, and its twin.
    pub fn into_levels(self) -> impl Iterator<Item = (Tags, Option<Twin>)> {
        self.levels
            .into_iter()
            .map(|level| (level.tags, level.twin.map(|twin| *twin)))
    }

    /// Whether it can follow this access.
    #[inline(always)]
    pub fn knows(access: &Access) -> bool {
        access.core == 0 && !matches!(access.kind, Kind::StreamLoad | Kind::StreamStore)
    }

    /// One access inside one line of the first level: search outwards, filling on the way.
    ///
    /// Only the innermost copy is written; outer ones stay clean until it comes back. Dirty victims
    /// are dealt with when every level is filled, from the outermost inwards, so that a line written
    /// back finds the outer levels as this access leaves them.
    #[inline(always)]
    fn touch(&mut self, address: u64, store: bool) {
        let mut dirty_lines = [0; MOST_LEVELS];
        let mut dirty_depths = 0_u32;
        for (depth, level) in self.levels.iter_mut().enumerate() {
            let line = address >> level.line_shift;
            match level.tags.touch(line, store && depth == 0) {
                Outcome::Hit => {
                    level.count(line, store, false);
                    break;
                }
                Outcome::Miss(victim) => {
                    level.count(line, store, true);
                    if let Some(Victim {
                        line,
                        dirty: written,
                    }) = victim
                    {
                        level.evictions += 1;
                        if written {
                            dirty_lines[depth % MOST_LEVELS] = line;
                            dirty_depths |= 1 << depth;
                        }
                    }
                }
            }
        }
        while dirty_depths != 0 {
            let depth = dirty_depths.ilog2();
            dirty_depths ^= 1 << depth;
            self.write_back(depth as usize, dirty_lines[depth as usize % MOST_LEVELS]);
        }
    }

    /// A dirty line left a level.
    #[inline(never)]
    fn write_back(&mut self, depth: usize, line: u64) {
        let level = &mut self.levels[depth];
        level.writebacks += 1;
        let address = line << level.line_shift;
        let Some(outer) = self.levels.get_mut(depth + 1) else {
            self.memory_writes += 1;
            return;
        };
        let line = address >> outer.line_shift;
        if let Some(twin) = &mut outer.twin {
            twin.write_back(line, false);
        }
        if !outer.tags.write_back(line)
            && let Outcome::Miss(Some(victim)) = outer.tags.touch(line, true)
        {
            outer.evictions += 1;
            if victim.dirty {
                self.write_back(depth + 1, victim.line);
            }
        }
    }
}

impl Batch {
    /// A further access to the line used last: a hit that moves nothing, as most are.
    #[inline(always)]
    pub fn repeats(&mut self, access: &Access) -> bool {
        let (first, last) = self.lines(access);
        // Loads are 0 and stores are 1; of the other kinds none repeats.
        let kind = access.kind as u8;
        let idle = kind <= u8::from(self.newest_dirty) && access.core == 0;
        if first == self.newest && last == first && idle {
            self.bytes += u64::from(access.bytes);
            self.repeats[usize::from(kind & 1)] += 1;
            return true;
        }
        false
    }

    /// The lines of the first level that an access touches.
    #[inline(always)]
    fn lines(&self, access: &Access) -> (u64, u64) {
        let bytes = u64::from(access.bytes.max(1));
        let last = access.address.saturating_add(bytes - 1);
        (access.address >> self.line_shift, last >> self.line_shift)
    }
}

impl Probe for Batch {
    /// Told of what it [knows](Batch::knows).
    #[inline(always)]
    fn access(&mut self, access: Access) {
        if self.repeats(&access) || access.kind == Kind::Fetch {
            return;
        }
        let store = access.kind == Kind::Store;
        self.bytes += u64::from(access.bytes);
        let (first, last) = self.lines(&access);
        for line in first..=last {
            self.touch(line << self.line_shift, store);
        }
        (self.newest, self.newest_dirty) = (last, store);
    }
}
