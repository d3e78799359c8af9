//! The batch engine: the plain hierarchy, as fast as it can be counted.
//!
//! It knows the default [`Semantics`](super::Semantics) with least recently used replacement,
//! write-back, write-allocate and NINE caches of one core, and nothing else; there it counts what
//! the step engine counts, to the last access (a property test demands it). It is fast because a
//! set is a row of tags in order of use, so that replacement needs no other state; because further
//! accesses to one line are counted without a look-up; and because look-ups are gathered, and then
//! carried out level by level: each level is one tight loop over them, which writes the list for the
//! next.

use super::{
    cache::{Order, Tags, Watcher, kinds},
    counts::{Causes, Counts, KindCounts, LevelCounts, MemoryTraffic},
    event::Cause,
    rows::Wide,
    twin::{Seen, Twin},
};
use crate::{
    machine::{Inclusion, Machine, Replacement, WritePolicy},
    trace::{Access, Kind, Probe},
};

/// Look-ups that are gathered before the caches carry them out.
const GATHERED: usize = 512;

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

/// Tells why look-ups missed.
struct Classifier<'l> {
    twin: &'l mut Twin,
    causes: &'l mut Causes,
}

impl Watcher for Classifier<'_> {
    #[inline(always)]
    fn look_up(&mut self, line: u64, hit: bool) {
        let seen = self.twin.look_up(line);
        if hit {
            self.causes.lucky_hits += u64::from(seen != Seen::Held);
            return;
        }
        match seen.cause() {
            Cause::Compulsory => self.causes.compulsory += 1,
            Cause::Capacity => self.causes.capacity += 1,
            Cause::Conflict => self.causes.conflict += 1,
        }
    }

    fn write_back(&mut self, line: u64) {
        self.twin.write_back(line, false);
    }
}

/// Nobody asks why.
struct Nobody;

impl Watcher for Nobody {
    #[inline(always)]
    fn look_up(&mut self, _line: u64, _hit: bool) {}

    #[inline(always)]
    fn write_back(&mut self, _line: u64) {}
}

impl Level {
    /// Carries out orders, counts them, and writes those for the next level to `next`; returns how
    /// many these are.
    fn carry_out(&mut self, orders: &[Order], next: &mut [Order], lines: (u32, bool)) -> usize {
        let done = match &mut self.twin {
            None => self.tags.carry_out(orders, next, lines, &mut Nobody),
            Some(twin) => {
                let causes = &mut self.causes;
                let mut classifier = Classifier { twin, causes };
                self.tags.carry_out(orders, next, lines, &mut classifier)
            }
        };
        let [loads, stores, _] = kinds(orders);
        let [load_misses, store_misses, writebacks] = kinds(&next[..done.passed_on]);
        let [of_loads, of_stores] = &mut self.counts;
        of_loads.accesses += loads;
        of_loads.misses += load_misses;
        of_stores.accesses += stores;
        of_stores.misses += store_misses;
        self.evictions += load_misses + store_misses + done.brought - done.free;
        self.writebacks += writebacks;
        done.passed_on
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
    /// The first line (of the first level) that some level cannot hold, until rows are made wide.
    reach: u64,
    bytes: u64,
    /// Look-ups that wait to be carried out.
    gathered: Box<[Order; GATHERED]>,
    waiting: usize,
    /// Room for what they ask of outer levels: each of them asks the next for what it did not have,
    /// and sends a line at most for each order.
    lists: [Vec<Order>; 2],
}

impl Batch {
    /// Whether these caches are plain enough.
    pub fn suits(machine: &Machine) -> bool {
        let growing = machine.caches.is_sorted_by_key(|cache| cache.line);
        machine.instruction_cache.is_none()
            && machine.tlbs.is_empty()
            && growing
            // So that orders have room beside the number of a line.
            && machine.line() >= 4
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
        let levels: Vec<_> = machine
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
        let first_shift = machine.caches[0].line.trailing_zeros();
        let reaches = levels.iter().filter_map(|level| {
            level
                .tags
                .reach()?
                .checked_mul(1 << (level.line_shift - first_shift))
        });
        Self {
            reach: reaches.min().unwrap_or(u64::MAX),
            levels,
            line_shift: first_shift,
            repeats: [0; 2],
            newest: u64::MAX,
            newest_dirty: false,
            bytes: 0,
            gathered: Box::new([Order::NONE; GATHERED]),
            waiting: 0,
            lists: [0, 1].map(|_| vec![Order::NONE; 2 * GATHERED * (machine.caches.len() + 1)]),
        }
    }

    /// Sets every count to zero and keeps what the caches hold.
    pub fn reset_counts(&mut self) {
        self.carry_out();
        for level in &mut self.levels {
            level.counts = Default::default();
            level.causes = Causes::default();
            (level.evictions, level.writebacks) = (0, 0);
        }
        (self.bytes, self.repeats) = (0, [0; 2]);
    }

    /// The counts so far.
    pub fn counts(&mut self) -> Counts {
        self.carry_out();
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
            write_back_bytes: last.writebacks << last.line_shift,
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
    pub fn into_levels(mut self) -> impl Iterator<Item = (Wide, Option<Twin>)> {
        self.carry_out();
        self.levels
            .into_iter()
            .map(|level| (level.tags.widened(), level.twin.map(|twin| *twin)))
    }

    /// Whether it can follow this access.
    #[inline(always)]
    pub fn knows(access: &Access) -> bool {
        access.core == 0 && !matches!(access.kind, Kind::StreamLoad | Kind::StreamStore)
    }

    /// Carries out what was gathered, level by level.
    ///
    /// Each level sees its orders as if every access were carried out on its own: the look-up that an
    /// inner one missed, then the dirty line it pushed out, which finds this level as that look-up
    /// leaves it.
    #[inline(never)]
    fn carry_out(&mut self) {
        let [list, next] = &mut self.lists;
        let mut orders = &self.gathered[..std::mem::take(&mut self.waiting)];
        for (depth, level) in self.levels.iter_mut().enumerate() {
            let shift = level.line_shift - self.line_shift;
            // Only the innermost copy is written; outer ones stay clean until it comes back.
            let passed_on = level.carry_out(orders, next, (shift, depth == 0));
            std::mem::swap(list, next);
            orders = &list[..passed_on];
        }
    }

    /// From here on any address will do.
    #[cold]
    fn widen(&mut self) {
        self.carry_out();
        for level in &mut self.levels {
            let narrow = std::mem::replace(&mut level.tags, Tags::new(1, 1));
            level.tags = Tags::Any(narrow.widened());
        }
        self.reach = u64::MAX;
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

    /// Gathers a look-up.
    #[inline(always)]
    fn gather(&mut self, line: u64, store: bool) {
        self.gathered[self.waiting % GATHERED] = Order::look_up(line, store);
        self.waiting += 1;
        if self.waiting == GATHERED {
            self.carry_out();
        }
    }

    /// Takes a plain access: a load or a store within a line that any level can hold. False if it is
    /// none.
    #[inline(always)]
    pub fn takes(&mut self, access: &Access) -> bool {
        let (first, last) = self.lines(access);
        let plain = access.kind as u8 <= 1 && access.core == 0;
        if first != last || !plain || first >= self.reach {
            return false;
        }
        let store = access.kind == Kind::Store;
        self.bytes += u64::from(access.bytes);
        self.gather(first, store);
        (self.newest, self.newest_dirty) = (first, store);
        true
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
        if last >= self.reach {
            self.widen();
        }
        for line in first..=last {
            self.gather(line, store);
        }
        (self.newest, self.newest_dirty) = (last, store);
    }
}
