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
    twin: Option<Twin>,
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

    fn accesses(&self) -> u64 {
        self.counts[0].accesses + self.counts[1].accesses
    }

    fn misses(&self) -> u64 {
        self.counts[0].misses + self.counts[1].misses
    }
}

/// Least recently used, write-back, NINE caches in a row.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    levels: Vec<Level>,
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
                twin: classify.then(|| Twin::new(cache.lines())),
                causes: Causes::default(),
            })
            .collect();
        Self {
            levels,
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
        (self.bytes, self.memory_writes) = (0, 0);
    }

    /// The counts so far.
    pub fn counts(&self) -> Counts {
        let accesses = self.levels[0].accesses();
        let ratio = |part: u64, whole: u64| {
            if whole == 0 {
                0.0
            } else {
                part as f64 / whole as f64
            }
        };
        let levels = self
            .levels
            .iter()
            .map(|level| LevelCounts {
                name: level.name.clone(),
                accesses: level.accesses(),
                hits: level.accesses() - level.misses(),
                misses: level.misses(),
                evictions: level.evictions,
                writebacks: level.writebacks,
                miss_ratio: ratio(level.misses(), level.accesses()),
                global_miss_ratio: ratio(level.misses(), accesses),
                loads: level.counts[0],
                stores: level.counts[1],
                misses_by_cause: level.twin.is_some().then_some(level.causes),
                ..LevelCounts::default()
            })
            .collect();
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
            .map(|level| (level.tags, level.twin))
    }

    /// Whether it can follow this access.
    #[inline(always)]
    pub fn knows(access: &Access) -> bool {
        access.core == 0 && !matches!(access.kind, Kind::StreamLoad | Kind::StreamStore)
    }

    /// One access inside one line of the first level.
    #[inline(always)]
    fn touch(&mut self, address: u64, store: bool) {
        let first = &mut self.levels[0];
        let line = address >> first.line_shift;
        match first.tags.touch(line, store) {
            Outcome::Hit => first.count(line, store, false),
            Outcome::Miss(victim) => {
                first.count(line, store, true);
                self.fetch(1, address, store);
                self.evict(0, victim);
            }
        }
    }

    /// A line missed in the level inside `index`: search outwards, filling on the way.
    ///
    /// Only the innermost copy is written; outer ones stay clean until it comes back. Victims are
    /// dealt with from the outermost level inwards, so that a line written back finds the outer
    /// levels as this access leaves them.
    fn fetch(&mut self, index: usize, address: u64, store: bool) {
        let Some(level) = self.levels.get_mut(index) else {
            return;
        };
        let line = address >> level.line_shift;
        match level.tags.touch(line, false) {
            Outcome::Hit => level.count(line, store, false),
            Outcome::Miss(victim) => {
                level.count(line, store, true);
                self.fetch(index + 1, address, store);
                self.evict(index, victim);
            }
        }
    }

    /// A line left level `index`: where it was dirty, it goes to the next one.
    #[inline(always)]
    fn evict(&mut self, index: usize, victim: Option<Victim>) {
        let Some(victim) = victim else { return };
        let level = &mut self.levels[index];
        level.evictions += 1;
        if victim.dirty {
            level.writebacks += 1;
            let address = victim.line << level.line_shift;
            self.write_back(index + 1, address);
        }
    }

    #[inline(never)]
    fn write_back(&mut self, index: usize, address: u64) {
        let Some(level) = self.levels.get_mut(index) else {
            self.memory_writes += 1;
            return;
        };
        let line = address >> level.line_shift;
        if let Some(twin) = &mut level.twin {
            twin.write_back(line, false);
        }
        if !level.tags.write_back(line)
            && let Outcome::Miss(victim) = level.tags.touch(line, true)
        {
            self.evict(index, victim);
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
            self.levels[0].counts[usize::from(kind & 1)].accesses += 1;
            return true;
        }
        false
    }

    /// The lines of the first level that an access touches.
    #[inline(always)]
    fn lines(&self, access: &Access) -> (u64, u64) {
        let shift = self.levels[0].line_shift;
        let bytes = u64::from(access.bytes.max(1));
        let last = access.address.saturating_add(bytes - 1);
        (access.address >> shift, last >> shift)
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
        let shift = self.levels[0].line_shift;
        for line in first..=last {
            self.touch(line << shift, store);
        }
        (self.newest, self.newest_dirty) = (last, store);
    }
}
