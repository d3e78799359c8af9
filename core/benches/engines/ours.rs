//! Our simulators.

use std::{hint::black_box, time::Instant};

use lab_core::{
    evidence::Evidence,
    machine::{Cache, Figure, Machine, Memory},
    sim::{
        Engine as StepEngine, Hierarchy, Options,
        reuse::{Distances, Sampled},
    },
    trace::{Access, Kind, Probe},
};

use crate::{Engine, Pattern};

/// The three levels that everybody simulates, as (name, bytes, ways).
pub const LEVELS: [(&str, u64, u64); 3] = [
    ("L1", 32 << 10, 8),
    ("L2", 512 << 10, 8),
    ("L3", 8 << 20, 16),
];
pub const LINE: u64 = 64;

fn machine(levels: &[(&str, u64, u64)]) -> Machine {
    // No time is asked for
    let figure = || Figure::new(1.0, Evidence::Assumed, "");
    let caches = levels.iter().map(|&(name, size, ways)| {
        let geometry = (size, LINE, ways);
        Cache::new(name, geometry, Evidence::Assumed, figure(), figure())
    });
    let memory = Memory {
        size: 1 << 40,
        latency_ns: figure(),
        bandwidth_gbs: figure(),
    };
    Machine::new("compared", caches.collect(), memory)
}

fn hierarchy(classify: bool) -> Hierarchy {
    let options = Options {
        classify,
        ..Options::default()
    };
    Hierarchy::with(&machine(&LEVELS), options).expect("it is sound")
}

/// The first and the last of the three, which is what cachegrind simulates.
fn outermost() -> Hierarchy {
    let machine = machine(&[LEVELS[0], LEVELS[2]]);
    Hierarchy::with(&machine, Options::default()).expect("it is sound")
}

/// Reads the trace and follows nothing.
#[derive(Default)]
struct Reader(u64);

impl Probe for Reader {
    #[inline(always)]
    fn access(&mut self, access: Access) {
        self.0 ^= access.address;
    }
}

pub const THREE: &str = "three levels";
pub const TWO: &str = "two levels, L1 and L3";
pub const CAUSES: &str = "three levels with causes of misses";

pub fn engines() -> Vec<Engine> {
    let sampled = || Sampled::new(LINE, 1.0 / 128.0);
    let step = || StepEngine::new(&machine(&LEVELS), Options::default()).expect("it is sound");
    vec![
        row::<false, _>("reading the trace alone", Reader::default),
        Engine {
            goals: Some([400.0, 350.0, 80.0, 55.0]),
            ..row::<false, _>(THREE, || hierarchy(false))
        },
        row::<true, _>("  a third of it stores", || hierarchy(false)),
        Engine {
            about: "lines in physical ways, any policy, events: what the step view runs on",
            ..row::<false, _>("  by the step engine", step)
        },
        row::<false, _>(TWO, outermost),
        Engine {
            goals: Some([300.0, 150.0, 30.0, 8.0]),
            ..row::<false, _>(CAUSES, || hierarchy(true))
        },
        Engine {
            goals: Some([150.0, 60.0, 8.0, 6.0]),
            ..row::<false, _>("exact reuse distances", || Distances::new(LINE))
        },
        Engine {
            goals: Some([250.0; 4]),
            ..row::<false, _>("SHARDS 1/128", sampled)
        },
    ]
}

/// One engine for each pattern, which keeps what its caches hold from round to round.
fn row<const STORES: bool, P: Probe + 'static>(name: &str, make: impl Fn() -> P) -> Engine {
    let mut probes: [P; 4] = std::array::from_fn(|_| make());
    let run = move |pattern: &Pattern, number: usize| {
        let probe = &mut probes[number];
        let trace = black_box(&pattern.trace[..]);
        let start = Instant::now();
        follow::<STORES, P>(probe, trace);
        let seconds = start.elapsed().as_secs_f64();
        black_box(probe);
        Ok(trace.len() as f64 / 1e6 / seconds)
    };
    Engine {
        name: name.to_owned(),
        about: "",
        goals: None,
        rounds: usize::MAX,
        run: Box::new(run),
    }
}

#[inline(never)]
fn follow<const STORES: bool, P: Probe>(probe: &mut P, trace: &[u32]) {
    if STORES {
        let mut groups = trace.chunks_exact(3);
        for group in &mut groups {
            probe.access(Access::load(group[0].into(), 8));
            probe.access(Access::load(group[1].into(), 8));
            probe.access(Access::new(Kind::Store, group[2].into(), 8));
        }
        for &address in groups.remainder() {
            probe.access(Access::load(address.into(), 8));
        }
    } else {
        for &address in trace {
            probe.access(Access::load(address.into(), 8));
        }
    }
}
