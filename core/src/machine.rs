//! The machine every simulation and every prediction starts from.
//!
//! A description says where each of its figures comes from: an [`Evidence`] and a source in words.
//! Only what drives a model or a simulation stands here.

use serde::{Deserialize, Serialize};

mod check;
mod setting;
mod spec;

pub use setting::{Setting, TLB_PROPERTIES};
pub use spec::{PROPERTIES, SpecError};

pub use crate::sim::policy::Replacement;
use crate::{evidence::Evidence, units};

/// A number with where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The number, in the unit its field names.
    pub value: f64,
    /// What kind of knowledge it is.
    pub evidence: Evidence,
    /// Where it comes from, in words: a datasheet, an experiment, an assumption.
    #[serde(default)]
    pub source: String,
}

impl Figure {
    /// A figure with its evidence and its source.
    pub fn new(value: f64, evidence: Evidence, source: &str) -> Self {
        Self {
            value,
            evidence,
            source: source.to_owned(),
        }
    }
}

/// One cache, as one core sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cache {
    /// `L1`, `L2`, …
    pub name: String,
    /// Capacity in bytes.
    #[serde(with = "units::bytes")]
    pub size: u64,
    /// Line size in bytes, a power of two.
    pub line: u64,
    /// Lines in a set; `size / (line · ways)` sets.
    pub ways: u64,
    /// How many cores share one such cache.
    pub shared_by: u32,
    /// Which line of a full set leaves.
    #[serde(default)]
    pub replacement: Replacement,
    /// What becomes of a store.
    #[serde(default)]
    pub write: WritePolicy,
    /// Whether a store that misses brings the line in.
    #[serde(default = "yes")]
    pub write_allocate: bool,
    /// What holds between this cache and those inside it.
    #[serde(default)]
    pub inclusion: Inclusion,
    /// Lines of the victim cache behind it; 0 for none.
    #[serde(default)]
    pub victim_lines: u64,
    /// What fetches lines before they are asked for.
    #[serde(default)]
    pub prefetchers: Vec<Prefetcher>,
    /// What kind of knowledge size, line and ways are.
    pub geometry: Evidence,
    /// Load-to-use time of a hit here, nanoseconds.
    pub latency_ns: Figure,
    /// Rate at which one core reads lines that lie here, sequentially, GB/s.
    pub bandwidth_gbs: Figure,
}

fn yes() -> bool {
    true
}

/// What becomes of a store in a cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WritePolicy {
    /// The line is dirty until it leaves.
    #[default]
    Back,
    /// The store goes on to the next cache at once.
    Through,
}

/// What holds between a cache and those inside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Inclusion {
    /// Nothing is enforced: neither inclusive nor exclusive.
    #[default]
    Nine,
    /// What lies inside lies here too.
    Inclusive,
    /// What lies inside does not lie here.
    Exclusive,
}

/// What fetches lines before they are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prefetcher {
    /// A miss, or the first use of a prefetched line, asks for the line after it.
    NextLine,
    /// A miss asks for the other line of its aligned pair.
    AdjacentPair,
    /// A site whose last two steps were equal asks for the line one such step on.
    Stride,
    /// Two neighbouring misses in a page start a stream, which runs ahead in its direction.
    Stream,
}

impl Prefetcher {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::NextLine,
        Self::AdjacentPair,
        Self::Stride,
        Self::Stream,
    ];

    /// Its name in descriptions.
    pub fn name(self) -> &'static str {
        match self {
            Self::NextLine => "next-line",
            Self::AdjacentPair => "adjacent-pair",
            Self::Stride => "stride",
            Self::Stream => "stream",
        }
    }
}

/// A buffer of address translations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tlb {
    /// `L1 dTLB`, `STLB`.
    pub name: String,
    /// Translations of base pages it holds.
    pub entries: u64,
    /// Ways of a set; `entries` for a fully associative one.
    pub ways: u64,
    /// Translations of 2 MiB pages it holds; 0 if such pages go without it.
    #[serde(default)]
    pub huge_entries: u64,
    /// Ways of a set of those.
    #[serde(default)]
    pub huge_ways: u64,
    /// Time that a look-up which has to go past this buffer adds, nanoseconds.
    pub miss_ns: Figure,
}

impl Cache {
    /// A private cache of `size` bytes in lines of `line` bytes, `ways` to a set: least recently
    /// used, write-back, write-allocate, NINE, without victim cache and prefetchers.
    pub fn new(
        name: &str,
        (size, line, ways): (u64, u64, u64),
        geometry: Evidence,
        latency_ns: Figure,
        bandwidth_gbs: Figure,
    ) -> Self {
        Self {
            name: name.to_owned(),
            size,
            line,
            ways,
            shared_by: 1,
            replacement: Replacement::Lru,
            write: WritePolicy::Back,
            write_allocate: true,
            inclusion: Inclusion::Nine,
            victim_lines: 0,
            prefetchers: Vec::new(),
            geometry,
            latency_ns,
            bandwidth_gbs,
        }
    }

    /// Number of sets.
    pub fn sets(&self) -> u64 {
        self.size / (self.line * self.ways)
    }

    /// Number of lines.
    pub fn lines(&self) -> u64 {
        self.size / self.line
    }
}

/// What lies behind the last cache.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Size in bytes.
    #[serde(with = "units::bytes")]
    pub size: u64,
    /// Load-to-use time of an access that misses every cache, nanoseconds.
    pub latency_ns: Figure,
    /// Rate at which one core reads memory sequentially, GB/s.
    pub bandwidth_gbs: Figure,
}

/// One NUMA node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Memory of the node in bytes.
    #[serde(with = "units::bytes")]
    pub memory: u64,
    /// Cores of the node.
    pub cores: u32,
    /// Distance to every node, itself included, in the firmware's unit (local = 10).
    pub distances: Vec<u32>,
}

/// A machine: what a simulation needs to know of it.
///
/// ```
/// use lab_core::machine::Machine;
/// let laptop = Machine::preset("laptop").unwrap();
/// assert_eq!(laptop.caches[0].sets(), 64);
/// assert!(laptop.check().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// What to call it.
    pub name: String,
    /// A sentence about it.
    #[serde(default)]
    pub description: String,
    /// Number of cores.
    pub cores: u32,
    /// Core clock in GHz, where known: without it no cycles are shown.
    #[serde(default)]
    pub clock_ghz: Option<Figure>,
    /// Data caches, innermost first.
    pub caches: Vec<Cache>,
    /// The first cache for instructions, where that is another one than for data.
    #[serde(default)]
    pub instruction_cache: Option<Cache>,
    /// Address translation, innermost first.
    #[serde(default)]
    pub tlbs: Vec<Tlb>,
    /// Bytes of a page; 2 MiB makes the TLBs use their entries for huge pages.
    #[serde(default = "base_page", with = "units::bytes")]
    pub page: u64,
    /// Misses of the first cache that may be under way at once (line fill buffers).
    #[serde(default)]
    pub fill_buffers: Option<Figure>,
    /// Lines that the write-combining buffer gathers at once; 0 for none.
    #[serde(default)]
    pub write_combining_lines: u64,
    /// Main memory.
    pub memory: Memory,
    /// NUMA nodes; one or more.
    pub nodes: Vec<Node>,
}

fn base_page() -> u64 {
    4096
}

/// What is wrong with a machine description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct MachineError {
    /// The field, written as in the description: `caches[0].ways`.
    pub place: String,
    /// What is wrong and what would be right.
    pub problem: String,
}

/// The largest cache a description may ask for: the simulators hold every line's tag.
pub const MAX_CACHE_BYTES: u64 = 4 << 30;

impl Machine {
    /// The line size of the innermost cache, in bytes.
    pub fn line(&self) -> u64 {
        self.caches.first().map_or(64, |cache| cache.line)
    }

    /// Capacity of the last-level cache in bytes.
    pub fn last_level_bytes(&self) -> u64 {
        self.caches.last().map_or(0, |cache| cache.size)
    }

    /// Names of the places an access can be served from: every cache, then `memory`.
    pub fn level_names(&self) -> Vec<String> {
        let caches = self.caches.iter().map(|cache| cache.name.clone());
        caches.chain(["memory".to_owned()]).collect()
    }

    /// One core with these caches before this memory: pages of 4 KiB, no TLB, one node.
    pub fn new(name: &str, caches: Vec<Cache>, memory: Memory) -> Self {
        Self {
            name: name.to_owned(),
            description: String::new(),
            cores: 1,
            clock_ghz: None,
            caches,
            instruction_cache: None,
            tlbs: Vec::new(),
            page: base_page(),
            fill_buffers: None,
            write_combining_lines: 0,
            nodes: vec![Node {
                memory: memory.size,
                cores: 1,
                distances: vec![10],
            }],
            memory,
        }
    }

    /// Latency of each place an access can be served from, nanoseconds, memory last.
    pub fn latencies_ns(&self) -> Vec<f64> {
        let caches = self.caches.iter().map(|cache| cache.latency_ns.value);
        caches.chain([self.memory.latency_ns.value]).collect()
    }

    /// Sequential read bandwidth of each such place, GB/s, memory last.
    pub fn bandwidths_gbs(&self) -> Vec<f64> {
        let caches = self.caches.iter().map(|cache| cache.bandwidth_gbs.value);
        caches.chain([self.memory.bandwidth_gbs.value]).collect()
    }
}

/// All of what is wrong with a machine, as one sentence.
pub fn describe_errors(errors: &[MachineError]) -> String {
    errors
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
