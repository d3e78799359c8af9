//! One cache of the engine: lines in physical ways, and what is known of each.

use std::{collections::VecDeque, ops::Range};

use serde::{Deserialize, Serialize};

use super::{
    Options,
    counts::{Causes, LevelCounts, PrefetchCounts, Utilisation},
    event::Cause,
    policy::AnyPolicy,
    prefetch::Predictors,
    twin::Twin,
};
use crate::{
    machine::{Cache, Inclusion, WritePolicy},
    trace::Kind,
};

/// Tag of a free way.
const FREE: u64 = u64::MAX;

/// A line and what is known of it, in a way or on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// Address of the line by its size.
    pub line: u64,
    pub dirty: bool,
    /// Parts that the program touched; see [`Level::parts`].
    pub used: u64,
    /// When it was prefetched and how long that takes, until its first use.
    pub prefetched: Option<Arrival>,
}

/// A prefetched line's way here, in accesses of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arrival {
    pub asked: u64,
    pub latency: u64,
}

/// What a way of a set holds, for drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// Address of the line by its size.
    pub line: u64,
    /// Whether it was written and not yet written back.
    pub dirty: bool,
    /// What the policy thinks of it: 0 is furthest from leaving.
    pub age: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Level {
    pub name: String,
    pub line_shift: u32,
    pub write: WritePolicy,
    pub write_allocate: bool,
    pub inclusion: Inclusion,
    /// Distance from the core: 0 for the first.
    pub depth: usize,
    /// The cache outside.
    pub next: Option<usize>,
    /// The caches directly inside.
    pub inner: Vec<usize>,
    sets: u64,
    mask: Option<u64>,
    ways: usize,
    tags: Vec<u64>,
    dirty: Vec<bool>,
    /// Parts touched of the line in each way; empty where nobody watches the use of lines.
    used: Vec<u64>,
    /// When the line in each way was prefetched; empty where nothing is prefetched to here.
    arrivals: Vec<Option<Arrival>>,
    pub policy: AnyPolicy,
    victims: VecDeque<Held>,
    victim_lines: usize,
    pub twin: Option<Twin>,
    pub predictors: Option<Predictors>,
    /// How long a line takes from here, in accesses (cycles, at one access a cycle).
    pub latency: u64,
    pub counts: LevelCounts,
    pub causes: Causes,
    pub utilisation: Utilisation,
    pub prefetch: PrefetchCounts,
}

impl Level {
    /// An empty cache as described; links are the engine's.
    pub fn new(cache: &Cache, depth: usize, latency: u64, options: &Options) -> Self {
        let (sets, ways) = (cache.sets(), cache.ways as usize);
        let places = sets as usize * ways;
        let seed = options.seed.wrapping_add(depth as u64);
        let where_needed = |needed: bool| if needed { places } else { 0 };
        Self {
            name: cache.name.clone(),
            line_shift: cache.line.trailing_zeros(),
            write: cache.write,
            write_allocate: cache.write_allocate,
            inclusion: cache.inclusion,
            depth,
            next: None,
            inner: Vec::new(),
            sets,
            mask: sets.is_power_of_two().then(|| sets - 1),
            ways,
            tags: vec![FREE; places],
            dirty: vec![false; places],
            used: vec![0; where_needed(options.line_use)],
            arrivals: vec![None; where_needed(!cache.prefetchers.is_empty())],
            policy: AnyPolicy::new(cache.replacement, sets as usize, ways, seed),
            victims: VecDeque::with_capacity(cache.victim_lines as usize),
            victim_lines: cache.victim_lines as usize,
            twin: options.classify.then(|| Twin::new(cache.lines())),
            predictors: (!cache.prefetchers.is_empty())
                .then(|| Predictors::new(&cache.prefetchers, cache.line)),
            latency,
            counts: LevelCounts::default(),
            causes: Causes::default(),
            utilisation: Utilisation::default(),
            prefetch: PrefetchCounts::default(),
        }
    }

    pub fn writes_back(&self) -> bool {
        self.write == WritePolicy::Back
    }

    /// Whether lines come to lie here only when the cache inside loses them.
    pub fn takes_victims_only(&self) -> bool {
        self.depth > 0 && self.inclusion == Inclusion::Exclusive
    }

    #[inline(always)]
    pub fn set_of(&self, line: u64) -> usize {
        match self.mask {
            Some(mask) => (line & mask) as usize,
            None => (line % self.sets) as usize,
        }
    }

    /// The way that holds `line`.
    #[inline(always)]
    pub fn find(&self, line: u64) -> Option<usize> {
        let start = self.set_of(line) * self.ways;
        self.tags[start..start + self.ways]
            .iter()
            .position(|&tag| tag == line)
    }

    /// A free way of a set.
    #[inline(always)]
    pub fn free_way(&self, set: usize, lowest: bool) -> Option<usize> {
        let row = &self.tags[set * self.ways..][..self.ways];
        if lowest {
            row.iter().position(|&tag| tag == FREE)
        } else {
            row.iter().rposition(|&tag| tag == FREE)
        }
    }

    #[inline(always)]
    pub fn line_in(&self, set: usize, way: usize) -> u64 {
        self.tags[set * self.ways + way]
    }

    /// Whether the line in a way is dirty, to be changed.
    #[inline(always)]
    pub fn dirty(&mut self, set: usize, way: usize) -> &mut bool {
        &mut self.dirty[set * self.ways + way]
    }

    /// Notes that the program touched parts of the line in a way.
    #[inline(always)]
    pub fn note_use(&mut self, set: usize, way: usize, parts: u64) {
        if let Some(used) = self.used.get_mut(set * self.ways + way) {
            *used |= parts;
        }
    }

    /// When the line in a way was prefetched, if this is its first use.
    #[inline(always)]
    pub fn first_use(&mut self, set: usize, way: usize) -> Option<Arrival> {
        let arrival = self.arrivals.get_mut(set * self.ways + way)?;
        arrival.take()
    }

    /// Puts a line into a free way. The policy is not told.
    #[inline(always)]
    pub fn put(&mut self, set: usize, way: usize, held: Held) {
        let at = set * self.ways + way;
        self.tags[at] = held.line;
        self.dirty[at] = held.dirty;
        if let Some(used) = self.used.get_mut(at) {
            *used = held.used;
        }
        if let Some(arrival) = self.arrivals.get_mut(at) {
            *arrival = held.prefetched;
        }
    }

    /// What is known of the line in a way.
    #[inline(always)]
    fn held(&self, at: usize) -> Held {
        Held {
            line: self.tags[at],
            dirty: self.dirty[at],
            used: self.used.get(at).copied().unwrap_or(0),
            prefetched: self.arrivals.get(at).copied().flatten(),
        }
    }

    /// Takes a line out of its way. The policy is not told.
    #[inline(always)]
    pub fn take(&mut self, set: usize, way: usize) -> Held {
        let at = set * self.ways + way;
        let held = self.held(at);
        self.tags[at] = FREE;
        held
    }

    /// Takes a line out of the victim cache.
    pub fn take_victim(&mut self, line: u64) -> Option<Held> {
        let at = self.victims.iter().position(|held| held.line == line)?;
        self.victims.remove(at)
    }

    /// The line, if it lies in the victim cache.
    pub fn victim(&mut self, line: u64) -> Option<&mut Held> {
        self.victims.iter_mut().find(|held| held.line == line)
    }

    /// What is known of a line that lies here, in the sets or in the victim cache.
    pub fn peek(&self, line: u64) -> Option<Held> {
        match self.find(line) {
            Some(way) => Some(self.held(self.set_of(line) * self.ways + way)),
            None => self.victims.iter().find(|held| held.line == line).copied(),
        }
    }

    /// Notes that the program touched parts of a line, if it lies here.
    pub fn note_use_of(&mut self, line: u64, parts: u64) {
        match self.find(line) {
            Some(way) => self.note_use(self.set_of(line), way, parts),
            None => {
                if let Some(held) = self.victim(line) {
                    held.used |= parts;
                }
            }
        }
    }

    /// A line that left the sets: what falls out of the level for it, itself where there is no
    /// victim cache.
    #[inline(always)]
    pub fn push_victim(&mut self, held: Held) -> Option<Held> {
        if self.victim_lines == 0 {
            return Some(held);
        }
        let out = if self.victims.len() == self.victim_lines {
            self.victims.pop_front()
        } else {
            None
        };
        self.victims.push_back(held);
        out
    }

    /// Parts of lines that used bytes are told apart by: 64 to a line, of a byte at least.
    pub fn part_shift(&self) -> u32 {
        self.line_shift.saturating_sub(6)
    }

    /// The parts of a line that `bytes` bytes from `address` on touch; they lie inside one line.
    #[inline(always)]
    pub fn parts(&self, address: u64, bytes: u64) -> u64 {
        let shift = self.part_shift();
        let inside = address & ((1 << self.line_shift) - 1);
        let first = inside >> shift;
        let last = (inside + bytes - 1) >> shift;
        (u64::MAX >> (63 - (last - first))) << first
    }

    /// Bytes in the given parts.
    pub fn bytes_of(&self, used: u64) -> u64 {
        u64::from(used.count_ones()) << self.part_shift()
    }

    /// Counts a look-up.
    #[inline(always)]
    pub fn count(&mut self, kind: Kind, miss: Option<Option<Cause>>) {
        let of_kind = match kind {
            Kind::Load | Kind::StreamLoad => &mut self.counts.loads,
            Kind::Store | Kind::StreamStore => &mut self.counts.stores,
            Kind::Fetch => &mut self.counts.fetches,
        };
        of_kind.accesses += 1;
        match miss {
            None => self.counts.hits += 1,
            Some(cause) => {
                of_kind.misses += 1;
                self.counts.misses += 1;
                match cause {
                    Some(Cause::Compulsory) => self.causes.compulsory += 1,
                    Some(Cause::Capacity) => self.causes.capacity += 1,
                    Some(Cause::Conflict) => self.causes.conflict += 1,
                    None => {}
                }
            }
        }
    }

    /// Sets every count to zero, and keeps the lines.
    pub fn reset_counts(&mut self) {
        self.counts = LevelCounts::default();
        self.causes = Causes::default();
        self.utilisation = Utilisation::default();
        self.prefetch = PrefetchCounts::default();
    }

    /// What a set holds, way by way.
    pub fn ways(&self, set: usize) -> impl Iterator<Item = Option<Way>> + '_ {
        let start = set * self.ways;
        (0..self.ways).map(move |way| {
            (self.tags[start + way] != FREE).then(|| Way {
                line: self.tags[start + way],
                dirty: self.dirty[start + way],
                age: self.policy.age(set, way),
            })
        })
    }

    /// The lines that neighbouring sets hold, and whether each is dirty.
    pub fn lines(&self, sets: Range<usize>) -> impl Iterator<Item = (u64, bool)> + '_ {
        let places = sets.start * self.ways..sets.end * self.ways;
        let tags = self.tags[places.clone()].iter();
        let both = tags.zip(&self.dirty[places]);
        both.filter(|(tag, _)| **tag != FREE)
            .map(|(tag, dirty)| (*tag, *dirty))
    }

    /// About how many bytes its copy takes.
    pub fn footprint(&self) -> usize {
        let policy = size_of::<u64>();
        let line = size_of::<u64>() + size_of::<bool>() + policy;
        let twin = self.twin.as_ref().map_or(0, Twin::footprint);
        self.tags.len() * line
            + self.used.len() * size_of::<u64>()
            + self.arrivals.len() * size_of::<Option<Arrival>>()
            + twin
    }

    /// Number of sets.
    pub fn sets(&self) -> usize {
        self.sets as usize
    }
}
