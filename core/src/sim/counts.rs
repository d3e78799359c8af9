//! What the simulators count, and what each counter means.
//!
//! The documentation of a field is its definition; [`DEFINITIONS`] repeats them for people.

use serde::{Deserialize, Serialize};

/// Look-ups of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindCounts {
    /// Look-ups.
    pub accesses: u64,
    /// Those that missed.
    pub misses: u64,
}

/// Misses by cause, after Hill. They add up to the misses of the level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Causes {
    /// The cache was never asked for the line before.
    pub compulsory: u64,
    /// A fully associative cache of as many lines, least recently used, misses too.
    pub capacity: u64,
    /// That cache hits: only the sets, or the policy, made it a miss.
    pub conflict: u64,
    /// Hits that the fully associative cache misses: sets or policy were lucky. No misses.
    #[serde(default)]
    pub lucky_hits: u64,
}

/// How much of the lines was used while they lay in a cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Utilisation {
    /// Lines evicted.
    pub lines: u64,
    /// Bytes of them that the program touched while they lay there.
    pub used_bytes: u64,
    /// Bytes of them.
    pub line_bytes: u64,
}

impl Utilisation {
    /// Spatial locality factor: bytes touched by bytes held (claim L2); nothing before an eviction.
    pub fn factor(&self) -> Option<f64> {
        (self.line_bytes > 0).then(|| self.used_bytes as f64 / self.line_bytes as f64)
    }
}

/// What the prefetchers of a level did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrefetchCounts {
    /// Lines asked for.
    pub asked: u64,
    /// Those that lay in the cache already: nothing was fetched.
    pub redundant: u64,
    /// Lines fetched.
    pub fetched: u64,
    /// Fetched lines that the program used before they left.
    pub useful: u64,
    /// Those of them that were used sooner than they can have arrived: at one access a cycle, before
    /// the latency of the place they came from was over.
    pub late: u64,
    /// Fetched lines that left unused.
    pub useless: u64,
    /// Misses of the program on lines that a prefetched line had pushed out.
    pub pollution: u64,
}

impl PrefetchCounts {
    /// Share of would-be misses that a prefetch made hits, given the misses that remain.
    pub fn coverage(&self, misses: u64) -> Option<f64> {
        ratio(self.useful, self.useful + misses)
    }

    /// Share of fetched lines that were used.
    pub fn accuracy(&self) -> Option<f64> {
        ratio(self.useful, self.fetched)
    }

    /// Share of used lines that came in time.
    pub fn timeliness(&self) -> Option<f64> {
        ratio(self.useful - self.late, self.useful)
    }
}

/// `part / whole`, where there is a whole.
fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// What one level counted; of several caches side by side (cores with caches of their own), the sum.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LevelCounts {
    /// Name of the level: `L1`.
    pub name: String,
    /// Look-ups: all accesses for the first level, misses of the level before for the others (and
    /// the stores it sent on).
    pub accesses: u64,
    /// Look-ups that found the line.
    pub hits: u64,
    /// Look-ups that did not.
    pub misses: u64,
    /// Valid lines that had to leave to make room, or for a streaming store.
    pub evictions: u64,
    /// Dirty lines that went to the next level.
    pub writebacks: u64,
    /// Misses per look-up at this level (the *local* miss ratio); 0 without look-ups.
    pub miss_ratio: f64,
    /// Misses per access of the program (the *global* miss ratio); 0 without accesses.
    pub global_miss_ratio: f64,
    /// Look-ups on behalf of loads.
    #[serde(default)]
    pub loads: KindCounts,
    /// Look-ups on behalf of stores.
    #[serde(default)]
    pub stores: KindCounts,
    /// Look-ups on behalf of instruction fetches.
    #[serde(default)]
    pub fetches: KindCounts,
    /// Misses that the victim cache served.
    #[serde(default)]
    pub victim_hits: u64,
    /// Lines taken out because an inclusive cache outside lost them.
    #[serde(default)]
    pub back_invalidations: u64,
    /// Stores sent on to the next level: written through, or not allocated.
    #[serde(default)]
    pub stores_passed_on: u64,
    /// Misses by cause, where they were classified.
    #[serde(default)]
    pub misses_by_cause: Option<Causes>,
    /// Use of the lines that left, where it was watched.
    #[serde(default)]
    pub utilisation: Option<Utilisation>,
    /// What its prefetchers did, where it has any.
    #[serde(default)]
    pub prefetch: Option<PrefetchCounts>,
}

/// What one address-translation buffer counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TlbCounts {
    /// Its name.
    pub name: String,
    /// Look-ups: one for every page an access touches, then the misses of the buffer before.
    pub accesses: u64,
    /// Those that missed.
    pub misses: u64,
}

/// Bytes between the last cache and memory, by why they moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryTraffic {
    /// Lines read for loads and fetches that missed every cache.
    pub demand_bytes: u64,
    /// Lines read for stores that missed every cache (read for ownership).
    pub ownership_bytes: u64,
    /// Lines read because a prefetcher asked for them.
    pub prefetch_bytes: u64,
    /// Dirty lines written back.
    pub write_back_bytes: u64,
    /// Stores written without a line: streaming, written through, or not allocated.
    pub store_bytes: u64,
    /// Writes those took: one a store without write-combining buffer, else one a line gathered.
    pub store_writes: u64,
}

impl MemoryTraffic {
    /// Bytes read.
    pub fn read_bytes(&self) -> u64 {
        self.demand_bytes + self.ownership_bytes + self.prefetch_bytes
    }

    /// Bytes written.
    pub fn written_bytes(&self) -> u64 {
        self.write_back_bytes + self.store_bytes
    }
}

/// What a hierarchy counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Accesses of the program, each straddled line counted (or not: see
    /// [`Straddle`](super::Straddle)); instruction fetches only where there is a cache for them.
    pub accesses: u64,
    /// Bytes the program asked for.
    pub bytes: u64,
    /// The caches, innermost first.
    pub levels: Vec<LevelCounts>,
    /// Bytes read from memory.
    pub memory_read_bytes: u64,
    /// Bytes written to memory.
    pub memory_written_bytes: u64,
    /// The same bytes, by why they moved.
    #[serde(default)]
    pub memory: MemoryTraffic,
    /// The first cache for instructions, where there is one.
    #[serde(default)]
    pub instruction_cache: Option<LevelCounts>,
    /// Streaming stores: they go past the caches.
    #[serde(default)]
    pub streaming_stores: u64,
    /// Address translation, innermost first.
    #[serde(default)]
    pub tlbs: Vec<TlbCounts>,
}

impl Counts {
    /// Share of accesses served by each level, memory last; zeros without accesses.
    ///
    /// The first level's share includes the instruction cache's; what a victim cache served counts
    /// for its level.
    pub fn served(&self) -> Vec<f64> {
        let share = |count: u64| ratio(count, self.accesses).unwrap_or(0.0);
        let instructions = self
            .instruction_cache
            .as_ref()
            .map_or(0, |cache| cache.hits + cache.victim_hits);
        let mut served: Vec<f64> = self
            .levels
            .iter()
            .map(|level| share(level.hits + level.victim_hits))
            .collect();
        if let Some(first) = served.first_mut() {
            *first += share(instructions);
        }
        let memory = self.levels.last().map_or(self.accesses, |level| {
            level.misses - level.victim_hits + self.streaming_stores
        });
        served.push(share(memory));
        served
    }
}

/// The counters of a level with their definitions, for help texts and tables.
pub const DEFINITIONS: &[(&str, &str)] = &[
    (
        "look-ups",
        "all accesses for the first level (each line an access touches counts); misses of the level before for the others",
    ),
    ("hits", "look-ups that found the line"),
    ("misses", "look-ups that did not"),
    ("local miss ratio", "misses per look-up of this level"),
    (
        "global miss ratio",
        "misses of this level per access of the program",
    ),
    ("evictions", "valid lines that had to leave"),
    ("write-backs", "dirty lines that went to the next level"),
    (
        "compulsory",
        "misses on lines that the cache was never asked for before",
    ),
    (
        "capacity",
        "misses that a fully associative LRU cache of the same size has too",
    ),
    (
        "conflict",
        "the other misses: only the sets, or the policy, made them",
    ),
    (
        "lucky hits",
        "hits that the fully associative LRU cache would miss",
    ),
    (
        "line use",
        "bytes of a line touched while it lay there, over its size, for lines that left",
    ),
    (
        "back-invalidations",
        "lines taken out because an inclusive cache outside lost them",
    ),
    (
        "prefetch coverage",
        "would-be misses that a prefetch turned into hits, as a share",
    ),
    (
        "prefetch accuracy",
        "prefetched lines that were used, as a share",
    ),
    (
        "prefetch timeliness",
        "used prefetched lines that had arrived by then, as a share",
    ),
    (
        "pollution",
        "misses on lines that a prefetched line had pushed out",
    ),
];
