//! Named machines: small enough to draw, or typical of what a reader sits in front of.
//!
//! The figures of real machines are typical values of their class, from the vendors' optimisation
//! manuals and published measurements; each names its source. Nothing here was measured by the lab.

use crate::{
    evidence::Evidence,
    machine::{Cache, Figure, Machine, Memory, Node},
};

/// A machine, made when asked for.
type Make = fn() -> Machine;

/// The presets by name, with how each is made. A new preset is one line here.
const PRESETS: &[(&str, Make)] = &[
    ("teaching", teaching),
    ("small-laptop", small_laptop),
    ("laptop", laptop),
    ("server-2-node", server),
];

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

impl Machine {
    /// The names [`Machine::preset`] knows.
    pub fn preset_names() -> impl Iterator<Item = &'static str> {
        PRESETS.iter().map(|(name, _)| *name)
    }

    /// The preset of that name.
    pub fn preset(name: &str) -> Option<Self> {
        PRESETS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, make)| make())
    }
}

/// One cache: geometry, then latency in ns and bandwidth in GB/s.
fn cache(
    name: &str,
    (size, ways, shared_by): (u64, u64, u32),
    (line, latency_ns, bandwidth_gbs): (u64, f64, f64),
    evidence: Evidence,
    source: &str,
) -> Cache {
    let geometry = (size, line, ways);
    let [latency_ns, bandwidth_gbs] =
        [latency_ns, bandwidth_gbs].map(|value| Figure::new(value, evidence, source));
    Cache {
        shared_by,
        ..Cache::new(name, geometry, evidence, latency_ns, bandwidth_gbs)
    }
}

fn memory(
    size: u64,
    latency_ns: f64,
    bandwidth_gbs: f64,
    evidence: Evidence,
    source: &str,
) -> Memory {
    Memory {
        size,
        latency_ns: Figure::new(latency_ns, evidence, source),
        bandwidth_gbs: Figure::new(bandwidth_gbs, evidence, source),
    }
}

/// 1 ns = 1 cycle, lines of four words, every line drawable.
fn teaching() -> Machine {
    let (by, why) = (
        Evidence::Assumed,
        "round numbers, chosen to be worked by hand",
    );
    let caches = vec![
        cache("L1", (128, 2, 1), (16, 1.0, 16.0), by, why),
        cache("L2", (512, 4, 1), (16, 10.0, 4.0), by, why),
    ];
    Machine {
        description: "A machine small enough to draw every line: 8 + 32 lines of 16 bytes.".into(),
        cores: 1,
        clock_ghz: Some(Figure::new(1.0, by, why)),
        nodes: vec![Node {
            memory: 64 * KIB,
            cores: 1,
            distances: vec![10],
        }],
        ..Machine::new("teaching", caches, memory(64 * KIB, 100.0, 1.0, by, why))
    }
}

/// A small notebook: a last-level cache that a page simulates in a blink, times that divide evenly.
fn small_laptop() -> Machine {
    let by = Evidence::Reported;
    let core = "Intel's optimisation manual on Skylake client cores (load-to-use 4, 12, 44 cycles; 64 bytes a cycle of loads from L1 at most, 29 and 18 sustained from L2 and L3) at 2 GHz";
    let dram = "typical of one channel of DDR4-2133, one core reading";
    let caches = vec![
        cache("L1", (32 * KIB, 8, 1), (64, 2.0, 128.0), by, core),
        cache("L2", (256 * KIB, 4, 1), (64, 6.0, 58.0), by, core),
        cache("L3", (2 * MIB, 16, 2), (64, 22.0, 36.0), by, core),
    ];
    Machine {
        description: "A small notebook of the 2010s: two cores, 2 MiB of last-level cache.".into(),
        cores: 2,
        clock_ghz: Some(Figure::new(2.0, by, core)),
        nodes: vec![Node {
            memory: 8 * GIB,
            cores: 2,
            distances: vec![10],
        }],
        ..Machine::new(
            "small-laptop",
            caches,
            memory(8 * GIB, 90.0, 12.8, Evidence::Assumed, dram),
        )
    }
}

/// A current eight-core notebook.
fn laptop() -> Machine {
    let by = Evidence::Reported;
    let core = "typical of 2020s x86 notebook cores (vendor optimisation manuals: L1 4-5, L2 14-16, L3 40-60 cycles) at 3.5 GHz";
    let dram = "typical of two channels of LPDDR5, one core reading";
    let caches = vec![
        cache("L1", (32 * KIB, 8, 1), (64, 1.2, 200.0), by, core),
        cache("L2", (512 * KIB, 8, 1), (64, 4.2, 90.0), by, core),
        cache("L3", (8 * MIB, 16, 8), (64, 14.0, 45.0), by, core),
    ];
    Machine {
        description: "A notebook of the 2020s: eight cores, three levels of cache.".into(),
        cores: 8,
        clock_ghz: Some(Figure::new(3.5, by, core)),
        nodes: vec![Node {
            memory: 16 * GIB,
            cores: 8,
            distances: vec![10],
        }],
        ..Machine::new("laptop", caches, memory(16 * GIB, 95.0, 20.0, by, dram))
    }
}

/// Two sockets; caches are those of one core's side.
fn server() -> Machine {
    let by = Evidence::Reported;
    let core =
        "typical of two-socket x86 servers of the 2020s (vendor optimisation manuals) at 2.8 GHz";
    let dram = "typical of eight channels of DDR4-3200 a socket, one core reading";
    let node = |local_first: [u32; 2]| Node {
        memory: 128 * GIB,
        cores: 24,
        distances: local_first.to_vec(),
    };
    let caches = vec![
        cache("L1", (48 * KIB, 12, 1), (64, 1.8, 150.0), by, core),
        cache("L2", (1280 * KIB, 20, 1), (64, 5.2, 60.0), by, core),
        cache("L3", (36 * MIB, 12, 24), (64, 25.0, 25.0), by, core),
    ];
    Machine {
        description: "A two-socket server: 2 × 24 cores, memory on both sockets.".into(),
        cores: 48,
        clock_ghz: Some(Figure::new(2.8, by, core)),
        nodes: vec![node([10, 21]), node([21, 10])],
        ..Machine::new(
            "server-2-node",
            caches,
            memory(256 * GIB, 110.0, 13.0, by, dram),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_sound_and_survive_a_round_trip() {
        for name in Machine::preset_names() {
            let machine = Machine::preset(name).unwrap();
            assert_eq!(machine.name, name);
            machine.check().unwrap();
            let text = serde_json::to_string(&machine).unwrap();
            assert_eq!(serde_json::from_str::<Machine>(&text).unwrap(), machine);
        }
        assert!(Machine::preset("mainframe").is_none());
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let mut machine = Machine::preset("laptop").unwrap();
        machine.caches[0].line = 48;
        machine.caches[1].ways = 7;
        machine.memory.latency_ns.value = f64::NAN;
        machine.nodes[0].distances.clear();
        let places: Vec<_> = machine
            .check()
            .unwrap_err()
            .into_iter()
            .map(|error| error.place)
            .collect();
        assert_eq!(
            places,
            [
                "caches[0].line",
                "caches[1].size",
                "memory.latency_ns",
                "nodes[0].distances"
            ]
        );
    }
}
