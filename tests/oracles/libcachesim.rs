//! libCacheSim, which simulates one cache of whole objects: a fully associative one, a line an object.
//!
//! LRU, FIFO and Bélády's optimum leave no room for two meanings there. Its other policies are those of
//! object stores: its LFU breaks ties by age, its Clock and S3-FIFO have no like here.

use anyhow::{Result, ensure};
use lab_core::{
    machine::{Machine, Replacement},
    sim::{Future, Options},
    trace::{Access, Probe},
};
use serde_json::json;

use crate::{
    tools,
    traces::{Mix, cache, machine, simulate},
};

const LINE: u64 = 64;

fn future(machine: &Machine, trace: &[Access]) -> std::sync::Arc<[u64]> {
    let mut future = Future::new(machine);
    for &access in trace {
        future.access(access);
    }
    future.next_uses()
}

#[test]
fn fully_associative_caches_miss_as_in_libcachesim() -> Result<()> {
    let Some(python) = tools::python("libcachesim", "libcachesim")? else {
        return Ok(());
    };
    let trace = Mix {
        seed: 7,
        accesses: 50_000,
        stores: 30,
        bytes: 8,
        align: 8,
        span: 1 << 17,
    }
    .trace();
    let lines: Vec<u64> = trace.iter().map(|access| access.address / LINE).collect();
    let policies = [
        ("LRU", Replacement::Lru),
        ("FIFO", Replacement::Fifo),
        ("Belady", Replacement::Opt),
    ];
    let mut input = String::new();
    let mut ours = Vec::new();
    for (word, replacement) in policies {
        for size in [16, 100, 512, 1500] {
            input += &json!({"policy": word, "lines": size, "trace": lines}).to_string();
            input.push('\n');
            let mut cache = cache("L1", 1, size, LINE);
            cache.replacement = replacement;
            let machine = machine(vec![cache]);
            let options = Options {
                future: replacement.needs_future().then(|| future(&machine, &trace)),
                ..Options::default()
            };
            let counts = simulate(&machine, &options, &trace);
            ours.push((word, size, counts.levels[0].misses));
        }
    }
    let output = tools::script(&python, "run_libcachesim.py", input)?;
    let theirs: Vec<u64> = output.lines().map(str::parse).collect::<Result<_, _>>()?;
    ensure!(theirs.len() == ours.len(), "not every case was answered");
    for ((word, size, misses), theirs) in ours.into_iter().zip(theirs) {
        assert_eq!(misses, theirs, "misses of {size} lines under {word}");
    }
    Ok(())
}
