//! From what is known of a machine to a description that can be simulated.

use anyhow::{Result, bail};
use hwlocality::object::attributes::CacheAssociativity;
use lab_core::{
    evidence::Evidence,
    machine::{Cache, Figure, MAX_CACHE_BYTES, Machine, Memory, Node},
    units::format_bytes,
};

/// What is known of a machine; what is not known is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// What to call it.
    pub name: String,
    /// Cores, or hardware threads where cores are unknown.
    pub cores: u32,
    /// Data caches on the way of one core, innermost first.
    pub caches: Vec<CacheFacts>,
    /// Memory in bytes as hwloc adds it up.
    pub hwloc_memory: Option<u64>,
    /// Memory in bytes as the operating system counts it.
    pub system_memory: Option<u64>,
    /// NUMA nodes.
    pub nodes: Vec<NodeFacts>,
}

/// What is known of a cache.
#[derive(Clone, Debug, PartialEq)]
pub struct CacheFacts {
    /// 1 for the innermost.
    pub level: u32,
    /// Capacity in bytes.
    pub size: Option<u64>,
    /// Line size in bytes.
    pub line: Option<u64>,
    /// Lines in a set.
    pub ways: Ways,
    /// Cores that share it.
    pub shared_by: u32,
}

/// How many places of a cache a line can go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ways {
    /// Nobody says.
    Unknown,
    /// All of them.
    Full,
    /// So many.
    Count(u64),
}

impl From<CacheAssociativity> for Ways {
    fn from(seen: CacheAssociativity) -> Self {
        match seen {
            CacheAssociativity::Unknown => Ways::Unknown,
            CacheAssociativity::Full => Ways::Full,
            CacheAssociativity::Ways(ways) => Ways::Count(ways.get() as u64),
        }
    }
}

/// What is known of a NUMA node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeFacts {
    /// Its memory in bytes.
    pub memory: Option<u64>,
    /// Its cores.
    pub cores: u32,
    /// Firmware's distances to all nodes.
    pub distances: Option<Vec<u32>>,
}

/// Line size where nobody says: that of x86 and most Arm cores.
const USUAL_LINE: u64 = 64;
/// Ways where nobody says.
const USUAL_WAYS: u64 = 8;
/// A set of more ways than this is simulated as one of this many: every access searches the set.
const MOST_WAYS: u64 = 1024;
/// Firmware's distance of a node to itself, and of neighbours where nobody says (ACPI SLIT, Linux).
const LOCAL: u32 = 10;
const REMOTE: u32 = 20;

const ASSUMED: &str = "typical of current cores; `lab measure` puts this machine's own here";

/// Latency in ns and bandwidth in GB/s of a level that nobody measured.
fn typical(level: u32) -> (f64, f64) {
    match level {
        1 => (1.4, 150.0),
        2 => (5.0, 60.0),
        _ => (20.0, 30.0),
    }
}

impl Facts {
    /// A description that can be simulated, and a note on each thing that had to be assumed.
    ///
    /// # Errors
    /// When no cache is known.
    pub fn machine(&self) -> Result<(Machine, Vec<String>)> {
        let mut notes = Vec::new();
        let caches: Vec<Cache> = self
            .caches
            .iter()
            .filter_map(|facts| facts.cache(&mut notes))
            .collect();
        if caches.is_empty() {
            bail!(
                "hwloc knows no cache of {}: describe the machine in a file, starting from \
                 `lab simulate --machine laptop --print-machine`",
                self.name
            );
        }
        let assumed = |value| Figure::new(value, Evidence::Assumed, ASSUMED);
        let by_nodes = self.nodes.iter().filter_map(|node| node.memory).sum();
        let size = self.system_memory.or(self.hwloc_memory).unwrap_or(by_nodes);
        let memory = Memory {
            size,
            latency_ns: assumed(100.0),
            bandwidth_gbs: assumed(12.0),
        };
        let machine = Machine {
            description: "As hwloc sees it.".to_owned(),
            cores: self.cores.max(1),
            nodes: self.nodes(size, &mut notes),
            ..Machine::new(&self.name, caches, memory)
        };
        Ok((machine, notes))
    }

    fn nodes(&self, memory: u64, notes: &mut Vec<String>) -> Vec<Node> {
        if self.nodes.len() > 1 && self.nodes.iter().any(|node| node.distances.is_none()) {
            notes.push(format!(
                "The distances of the nodes are unknown: {LOCAL} and {REMOTE} are assumed."
            ));
        }
        let usual = |own: usize| {
            (0..self.nodes.len())
                .map(|other| if other == own { LOCAL } else { REMOTE })
                .collect()
        };
        match self.nodes.as_slice() {
            // One node has all memory there is, whatever firmware said of it.
            [] | [_] => vec![Node {
                memory,
                cores: self.cores.max(1),
                distances: vec![LOCAL],
            }],
            nodes => nodes
                .iter()
                .enumerate()
                .map(|(index, node)| Node {
                    memory: node.memory.unwrap_or(0),
                    cores: node.cores,
                    distances: node.distances.clone().unwrap_or_else(|| usual(index)),
                })
                .collect(),
        }
    }
}

impl CacheFacts {
    /// The cache to simulate; none where not even its size is known.
    fn cache(&self, notes: &mut Vec<String>) -> Option<Cache> {
        let name = format!("L{}", self.level);
        let Some(reported) = self.size else {
            notes.push(format!("The size of {name} is unknown: it is left out."));
            return None;
        };
        let mut geometry = Evidence::Reported;
        let mut assume = |sentence: String| {
            geometry = Evidence::Assumed;
            notes.push(sentence);
        };
        let line = self
            .line
            .filter(|line| line.is_power_of_two())
            .unwrap_or_else(|| {
                assume(format!(
                    "The line size of {name} is unknown: {USUAL_LINE} B are assumed."
                ));
                USUAL_LINE
            });
        let mut size = reported.min(MAX_CACHE_BYTES);
        if size < reported {
            assume(format!(
                "{name} has {}: the most that is simulated is {}.",
                format_bytes(reported as f64),
                format_bytes(size as f64)
            ));
        }
        if !size.is_multiple_of(line) || size == 0 {
            size = size.next_multiple_of(line).max(line);
            assume(format!(
                "The size of {name} is no whole number of lines: it is rounded up."
            ));
        }
        let lines = size / line;
        let wanted = match self.ways {
            Ways::Unknown => {
                assume(format!(
                    "The associativity of {name} is unknown: about {USUAL_WAYS} ways are assumed."
                ));
                USUAL_WAYS
            }
            Ways::Full => lines,
            Ways::Count(ways) => ways,
        };
        let ways = fitting_ways(lines, wanted);
        if !matches!(self.ways, Ways::Unknown) && ways != wanted {
            assume(format!(
                "{name} is simulated with {ways} ways in place of {wanted}."
            ));
        }
        let (latency_ns, bandwidth_gbs) = typical(self.level);
        let [latency_ns, bandwidth_gbs] =
            [latency_ns, bandwidth_gbs].map(|value| Figure::new(value, Evidence::Assumed, ASSUMED));
        Some(Cache {
            shared_by: self.shared_by.max(1),
            ..Cache::new(
                &name,
                (size, line, ways),
                geometry,
                latency_ns,
                bandwidth_gbs,
            )
        })
    }
}

/// The number of ways nearest to `wanted` that makes whole sets of `lines` lines and can be
/// simulated in reasonable time.
fn fitting_ways(lines: u64, wanted: u64) -> u64 {
    let most = lines.clamp(1, MOST_WAYS);
    (1..=most)
        .filter(|ways| lines.is_multiple_of(*ways))
        .min_by_key(|ways| ways.abs_diff(wanted))
        .unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn facts(caches: Vec<CacheFacts>) -> Facts {
        Facts {
            name: "made up".to_owned(),
            cores: 2,
            caches,
            hwloc_memory: Some(1 << 30),
            system_memory: None,
            nodes: Vec::new(),
        }
    }

    #[test]
    fn what_nobody_knows_is_assumed_and_said() {
        let unknown = CacheFacts {
            level: 1,
            size: Some(32 << 10),
            line: None,
            ways: Ways::Unknown,
            shared_by: 1,
        };
        let (machine, notes) = facts(vec![unknown.clone()]).machine().unwrap();
        let cache = &machine.caches[0];
        assert_eq!((cache.line, cache.ways), (64, 8));
        assert_eq!(cache.geometry, Evidence::Assumed);
        assert_eq!(notes.len(), 2, "{notes:?}");
        let sizeless = CacheFacts {
            size: None,
            ..unknown
        };
        let error = facts(vec![sizeless]).machine().unwrap_err();
        assert!(error.to_string().contains("knows no cache"), "{error}");
    }

    #[test]
    fn a_fully_associative_cache_has_one_set() {
        let full = CacheFacts {
            level: 1,
            size: Some(4096),
            line: Some(64),
            ways: Ways::Full,
            shared_by: 1,
        };
        let (machine, notes) = facts(vec![full]).machine().unwrap();
        assert_eq!(machine.caches[0].sets(), 1);
        assert_eq!(machine.caches[0].geometry, Evidence::Reported);
        assert!(notes.is_empty(), "{notes:?}");
    }

    proptest! {
        /// Whatever hwloc says, the description is sound.
        #[test]
        fn any_facts_make_a_sound_machine(
            size in 1_u64..1 << 40,
            line in proptest::option::of(prop_oneof![Just(32_u64), Just(64), Just(100), Just(128)]),
            ways in prop_oneof![Just(Ways::Unknown), Just(Ways::Full), (1_u64..100).prop_map(Ways::Count)],
            shared_by in 0_u32..9,
        ) {
            let cache = CacheFacts { level: 1, size: Some(size), line, ways, shared_by };
            let (machine, _) = facts(vec![cache]).machine().unwrap();
            prop_assert!(machine.check().is_ok(), "{:?}", machine.check());
        }
    }
}
