//! Caches in a row: an access goes to the first, a miss to the next.
//!
//! Semantics, where simulators differ:
//! - every level is write-back and write-allocate, replacement is least recently used;
//! - no inclusion is enforced (NINE): a line leaving an outer level stays in the inner ones;
//! - a hit in an inner level does not touch the outer ones;
//! - an access that straddles lines counts once for each line it touches;
//! - a dirty victim is written to the next level: where the line lies there it becomes dirty but not
//!   recent, else it is allocated there without a fetch (the whole line is at hand);
//! - there is no prefetcher.

use super::{
    cache::{Outcome, Tags, Victim},
    counts::{Counts, LevelCounts},
};
use crate::{
    machine::{Machine, MachineError},
    trace::{Access, Kind, Probe},
};

#[derive(Clone, Debug)]
struct Level {
    name: String,
    tags: Tags,
    /// log2 of the line size.
    line_shift: u32,
    hits: u64,
    misses: u64,
    evictions: u64,
    writebacks: u64,
}

/// A row of caches in front of memory.
///
/// ```
/// use lab_core::{machine::Machine, sim::Hierarchy, trace::{Access, Probe}};
/// let mut caches = Hierarchy::new(&Machine::preset("teaching").unwrap()).unwrap();
/// for address in [0, 8, 16, 0] {
///     caches.access(Access::load(address, 8));
/// }
/// let l1 = &caches.counts().levels[0];
/// assert_eq!((l1.hits, l1.misses), (2, 2)); // lines of 16 bytes: 0 and 8 share one
/// ```
#[derive(Clone, Debug)]
pub struct Hierarchy {
    levels: Vec<Level>,
    /// The first level's line used last: it lies there, most recently used of its set.
    newest: u64,
    bytes: u64,
    /// Dirty lines out of the last level.
    memory_writes: u64,
}

impl Hierarchy {
    /// Empty caches as the machine describes them.
    ///
    /// # Errors
    /// All that is wrong with the description.
    pub fn new(machine: &Machine) -> Result<Self, Vec<MachineError>> {
        machine.check()?;
        let levels = machine
            .caches
            .iter()
            .map(|cache| Level {
                name: cache.name.clone(),
                tags: Tags::new(cache.sets(), cache.ways),
                line_shift: cache.line.trailing_zeros(),
                hits: 0,
                misses: 0,
                evictions: 0,
                writebacks: 0,
            })
            .collect();
        Ok(Self {
            levels,
            newest: u64::MAX,
            bytes: 0,
            memory_writes: 0,
        })
    }

    /// Sets every count to zero and keeps what the caches hold: call it after a warm-up.
    pub fn reset_counts(&mut self) {
        for level in &mut self.levels {
            (level.hits, level.misses, level.evictions, level.writebacks) = (0, 0, 0, 0);
        }
        (self.bytes, self.memory_writes) = (0, 0);
    }

    /// The counts so far.
    pub fn counts(&self) -> Counts {
        let accesses = self.levels[0].hits + self.levels[0].misses;
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
                accesses: level.hits + level.misses,
                hits: level.hits,
                misses: level.misses,
                evictions: level.evictions,
                writebacks: level.writebacks,
                miss_ratio: ratio(level.misses, level.hits + level.misses),
                global_miss_ratio: ratio(level.misses, accesses),
                ..LevelCounts::default()
            })
            .collect();
        let last = self.levels.last().expect("a checked machine has a cache");
        Counts {
            accesses,
            bytes: self.bytes,
            levels,
            memory_read_bytes: last.misses << last.line_shift,
            memory_written_bytes: self.memory_writes << last.line_shift,
            ..Counts::default()
        }
    }

    /// One access inside one line of the first level.
    #[inline(always)]
    fn touch(&mut self, address: u64, write: bool) {
        let first = &mut self.levels[0];
        match first.tags.touch(address >> first.line_shift, write) {
            Outcome::Hit => first.hits += 1,
            Outcome::Miss(victim) => {
                first.misses += 1;
                self.fetch(1, address);
                self.evict(0, victim);
            }
        }
    }

    /// A line missed in the level inside `index`: search outwards, filling on the way.
    ///
    /// Only the innermost copy is written; outer ones stay clean until it comes back. Victims are
    /// dealt with from the outermost level inwards, so that a line written back finds the outer
    /// levels as this access leaves them.
    fn fetch(&mut self, index: usize, address: u64) {
        let Some(level) = self.levels.get_mut(index) else {
            return;
        };
        match level.tags.touch(address >> level.line_shift, false) {
            Outcome::Hit => level.hits += 1,
            Outcome::Miss(victim) => {
                level.misses += 1;
                self.fetch(index + 1, address);
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
        if !level.tags.write_back(line)
            && let Outcome::Miss(victim) = level.tags.touch(line, true)
        {
            self.evict(index, victim);
        }
    }
}

impl Probe for Hierarchy {
    #[inline(always)]
    fn access(&mut self, access: Access) {
        let write = access.kind == Kind::Store;
        let shift = self.levels[0].line_shift;
        self.bytes += u64::from(access.bytes);
        let first = access.address >> shift;
        let last = access
            .address
            .saturating_add(u64::from(access.bytes.max(1)) - 1)
            >> shift;
        // Reading on in the line used last is a hit that moves nothing: most accesses are such.
        if first == self.newest && last == first && !write {
            self.levels[0].hits += 1;
            return;
        }
        for line in first..=last {
            self.touch(line << shift, write);
        }
        self.newest = last;
    }
}
