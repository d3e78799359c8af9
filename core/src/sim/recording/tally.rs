//! What a recorded run adds up to: over time, by array, by line of the program, by set.

use serde::{Deserialize, Serialize};

use crate::sim::{
    Array, Attribution, Causes, Counts, Event, Share,
    event::{Cause, Observer},
};

/// Time is told in this many pieces at most.
pub(super) const MOST_BINS: usize = 512;

/// What one level did in a piece of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bin {
    /// Misses by cause; all in `unclassified` where they are not told apart.
    pub causes: Causes,
    /// Misses whose cause is not known.
    pub unclassified: u32,
    /// Lines that had to leave.
    pub evictions: u32,
    /// Dirty lines that went on.
    pub writebacks: u32,
    /// Lines lost because an inclusive cache outside lost them.
    pub back_invalidations: u32,
}

impl Bin {
    /// Misses, whatever their cause.
    pub fn misses(&self) -> u64 {
        let Causes {
            compulsory,
            capacity,
            conflict,
            ..
        } = self.causes;
        compulsory + capacity + conflict + u64::from(self.unclassified)
    }

    fn add(&mut self, other: Bin) {
        self.causes.compulsory += other.causes.compulsory;
        self.causes.capacity += other.causes.capacity;
        self.causes.conflict += other.causes.conflict;
        self.unclassified += other.unclassified;
        self.evictions += other.evictions;
        self.writebacks += other.writebacks;
        self.back_invalidations += other.back_invalidations;
    }
}

/// What a recorded run adds up to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Accesses recorded.
    pub accesses: u64,
    /// The counters of every level.
    pub counts: Counts,
    /// Accesses of a piece of time.
    pub bin_width: u64,
    /// What each level did in each piece of time, level by level, innermost first.
    pub bins: Vec<Vec<Bin>>,
    /// The arrays of the program, and what each caused; last, without an array, what lies in none.
    pub arrays: Vec<(Option<Array>, Share)>,
    /// Places in the program (lines of its source), and what each caused.
    pub sites: Vec<(u64, Share)>,
    /// Misses of each set, of each level's first cache.
    pub set_misses: Vec<Vec<u32>>,
}

/// Adds up a run from the events of its engine.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    attribution: Attribution,
    width: u64,
    /// Level by level.
    bins: Vec<Vec<Bin>>,
    bin: usize,
    /// Accesses that this piece of time has room for still.
    room: u64,
    set_misses: Vec<Vec<u32>>,
    /// The level of each cache, once it missed; nothing lies in it before that.
    pub depths: Vec<usize>,
}

impl Tally {
    /// Of so many levels; a piece of time has `width` accesses at first.
    pub fn new(levels: usize, width: u64) -> Self {
        Self {
            attribution: Attribution::default(),
            width,
            bins: vec![vec![Bin::default()]; levels],
            bin: 0,
            room: width,
            set_misses: vec![Vec::new(); levels],
            depths: Vec::new(),
        }
    }

    pub fn summary(&self, accesses: u64, counts: Counts) -> Summary {
        let arrays = self.attribution.arrays();
        let sites = self.attribution.sites();
        Summary {
            accesses,
            counts,
            bin_width: self.width,
            bins: self.bins.clone(),
            arrays: arrays
                .map(|(array, share)| (array.cloned(), share.clone()))
                .collect(),
            sites: sites.map(|(site, share)| (site, share.clone())).collect(),
            set_misses: self.set_misses.clone(),
        }
    }

    pub fn width(&self) -> u64 {
        self.width
    }

    pub fn bins(&self) -> &[Vec<Bin>] {
        &self.bins
    }

    /// Where the arrays of the program lie.
    pub fn arrays(&self) -> impl Iterator<Item = &Array> {
        self.attribution.arrays().filter_map(|(array, _)| array)
    }

    /// A new piece of time; where there are too many, two become one.
    #[cold]
    fn next_bin(&mut self) {
        self.bin += 1;
        self.room = self.width;
        if self.bin == MOST_BINS {
            for bins in &mut self.bins {
                for at in 0..MOST_BINS / 2 {
                    let mut both = bins[2 * at];
                    both.add(bins[2 * at + 1]);
                    bins[at] = both;
                }
                bins.truncate(MOST_BINS / 2);
            }
            self.bin = MOST_BINS / 2;
            self.width *= 2;
            self.room = self.width;
        }
        for bins in &mut self.bins {
            bins.push(Bin::default());
        }
    }

    fn bin(&mut self, cache: usize) -> Option<&mut Bin> {
        let depth = *self.depths.get(cache)?;
        self.bins.get_mut(depth)?.get_mut(self.bin)
    }

    fn miss(&mut self, cache: usize, depth: usize, set: usize, cause: Option<Cause>) {
        note_depth(&mut self.depths, cache, depth);
        let misses = &mut self.set_misses[depth];
        if self.depths.iter().position(|&other| other == depth) == Some(cache) {
            if misses.len() <= set {
                misses.resize(set + 1, 0);
            }
            misses[set] += 1;
        }
        let bin = &mut self.bins[depth][self.bin];
        match cause {
            Some(Cause::Compulsory) => bin.causes.compulsory += 1,
            Some(Cause::Capacity) => bin.causes.capacity += 1,
            Some(Cause::Conflict) => bin.causes.conflict += 1,
            None => bin.unclassified += 1,
        }
    }
}

/// Remembers at which level a cache lies.
pub(super) fn note_depth(depths: &mut Vec<usize>, cache: usize, depth: usize) {
    if depths.len() <= cache {
        depths.resize(cache + 1, usize::MAX);
    }
    depths[cache] = depth;
}

impl Observer for Tally {
    #[inline(always)]
    fn event(&mut self, event: Event) {
        self.attribution.event(event);
        match event {
            Event::Access(_) => {
                if self.room == 0 {
                    self.next_bin();
                }
                self.room -= 1;
            }
            Event::Miss {
                cache,
                depth,
                set,
                cause,
            } => self.miss(cache, depth, set, cause),
            Event::Eviction { cache, .. } => {
                if let Some(bin) = self.bin(cache) {
                    bin.evictions += 1;
                }
            }
            Event::WriteBack { cache, .. } => {
                if let Some(bin) = self.bin(cache) {
                    bin.writebacks += 1;
                }
            }
            Event::BackInvalidation { cache, .. } => {
                if let Some(bin) = self.bin(cache) {
                    bin.back_invalidations += 1;
                }
            }
            _ => {}
        }
    }

    fn array(&mut self, name: &str, base: u64, bytes: u64) {
        self.attribution.array(name, base, bytes);
    }
}
