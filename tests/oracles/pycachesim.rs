//! pycachesim, on loads.
//!
//! Only loads: its stores that hit do not make a line recent, neither under LRU, and an arriving
//! write-back counts as a store. Its MRU moves nothing when it replaces, and its random choice has
//! no seed; LRU and FIFO mean what they mean here. A look-up is, as here, one line of an access.

use anyhow::{Result, ensure};
use lab_core::{machine::Replacement, sim::Options, trace::Access};
use serde_json::{Value, json};

use crate::{
    tools,
    traces::{Mix, cache, machine, simulate},
};

type Geometry = (u64, u64, u64);

/// (sets, ways, line) of each level.
const MACHINES: &[&[Geometry]] = &[
    &[(64, 8, 64), (1024, 8, 64), (8192, 16, 64)],
    &[(16, 1, 64), (16, 2, 64), (16, 4, 64)],
    // Fully associative; then as many sets as no power of two
    &[(1, 32, 64), (1, 128, 64), (1, 512, 64)],
    &[(12, 3, 64), (48, 5, 64), (100, 7, 64)],
    // Lines that grow outwards
    &[(32, 2, 16), (64, 4, 32), (64, 8, 128)],
    // An outer cache smaller than the inner one
    &[(64, 4, 32), (16, 4, 32), (128, 4, 32)],
];

#[test]
fn loads_hit_and_miss_as_in_pycachesim() -> Result<()> {
    let Some(python) = tools::python("cachesim", "pycachesim")? else {
        return Ok(());
    };
    let mut input = String::new();
    let mut ours: Vec<Vec<[u64; 2]>> = Vec::new();
    let mut names = Vec::new();
    for (number, levels) in MACHINES.iter().enumerate() {
        for (policy, word) in [(Replacement::Lru, "LRU"), (Replacement::Fifo, "FIFO")] {
            // Inside lines; then anywhere, so that some accesses touch two of them
            for align in [8, 1] {
                let mix = Mix {
                    seed: number as u64,
                    accesses: 40_000,
                    stores: 0,
                    bytes: 8,
                    align,
                    span: 1 << 18,
                };
                let trace = mix.trace();
                names.push(format!("{levels:?} {word}, aligned to {align}"));
                input += &case(levels, word, &trace).to_string();
                input.push('\n');
                let caches = levels.iter().map(|&(sets, ways, line)| {
                    let mut cache = cache("L", sets, ways, line);
                    cache.replacement = policy;
                    cache
                });
                let counts = simulate(&machine(caches.collect()), &Options::default(), &trace);
                let levels = counts.levels.iter();
                ours.push(levels.map(|level| [level.hits, level.misses]).collect());
            }
        }
    }
    let output = tools::script(&python, "run_pycachesim.py", input)?;
    let theirs: Vec<Vec<[u64; 2]>> = output
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    ensure!(theirs.len() == ours.len(), "not every case was answered");
    for ((name, ours), theirs) in names.iter().zip(ours).zip(theirs) {
        assert_eq!(ours, theirs, "(hits, misses) of {name}");
        assert!(ours.iter().all(|&[_, misses]| misses > 0), "{name}: idle");
    }
    Ok(())
}

fn case(levels: &[Geometry], policy: &str, trace: &[Access]) -> Value {
    let levels = levels
        .iter()
        .enumerate()
        .map(|(index, (sets, ways, line))| {
            json!({
                "name": format!("L{}", index + 1),
                "sets": sets, "ways": ways, "line": line, "policy": policy,
            })
        });
    json!({
        "levels": levels.collect::<Vec<_>>(),
        "bytes": trace[0].bytes,
        "addresses": trace.iter().map(|access| access.address).collect::<Vec<_>>(),
    })
}
