//! Dinero IV, by Edler and Hill: the simulator that the three causes of misses come from.
//!
//! Its source is free for non-commercial use and stands in several public repositories (`d4-7`;
//! `./configure && make` builds it); it is not part of this one.
//!
//! What it defines otherwise, and what is compared therefore:
//! - A write-back that arrives is a write access of the outer cache, and makes the line recent. So
//!   `write_back_refreshes` is on. Inside a write-back cache the outer one's reads are our look-ups,
//!   and its writes are our write-backs; inside a write-through cache both count stores alike.
//! - In the end it writes all dirty lines back. The traces end with loads that push them all out.
//! - Its fully associative twin has the cache's own policy and write policy, ours is always least
//!   recently used and allocates. So causes are compared where that is what the cache does.
//! - A write-back of a short line into a cache with longer ones, where the line is absent, makes it
//!   fetch the rest; we take the line as it is and fetch nothing. Bytes read differ by that.
//! - It draws at random without a seed: LRU and FIFO are compared.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use lab_core::{
    machine::{Cache, Replacement, WritePolicy},
    sim::{LevelCounts, Options, Semantics},
    trace::{Access, Kind},
};

use lab_tests::lab::Bench;
use serde_json::Value;

use crate::{
    tools,
    traces::{Mix, cache, machine, simulate},
};

/// (sets, ways, line) of L1 and L2.
const MACHINES: &[[(u64, u64, u64); 2]] = &[
    [(16, 1, 32), (32, 4, 32)],
    [(8, 2, 16), (16, 2, 64)],
    // Fully associative inside; then as many sets as no power of two
    [(1, 16, 32), (64, 2, 32)],
    [(12, 3, 32), (20, 7, 64)],
];

const SPAN: u64 = 1 << 15;

fn dinero() -> Result<Option<PathBuf>> {
    let remedy = "Build it from its source (search for d4-7), and have dineroIV on the PATH or \
                  name it in DINERO.";
    tools::program("dineroIV", Some("DINERO"), remedy)
}

/// What Dinero says of a cache: (row, column) with columns as it heads them.
type Report = BTreeMap<(String, &'static str), u64>;

/// Dinero's counts for caches of these names and this trace.
fn run(dinero: &Path, caches: &[(&str, &Cache)], classify: bool, din: &str) -> Result<Vec<Report>> {
    let mut command = Command::new(dinero);
    for (name, cache) in caches {
        let mut set = |option: &str, value: String| {
            command.args([format!("-{name}{option}"), value]);
        };
        set("size", cache.size.to_string());
        set("bsize", cache.line.to_string());
        set("assoc", cache.ways.to_string());
        let fifo = cache.replacement == Replacement::Fifo;
        set("repl", if fifo { "f" } else { "l" }.to_owned());
        let back = cache.write == WritePolicy::Back;
        set("wback", if back { "a" } else { "n" }.to_owned());
        set(
            "walloc",
            if cache.write_allocate { "a" } else { "n" }.to_owned(),
        );
        if classify {
            command.arg(format!("-{name}ccc"));
        }
    }
    let output = tools::output(&mut command, din)?;
    let reports: Vec<Report> = output
        .split("-----------------")
        .skip(1)
        .map(report)
        .collect();
    ensure!(reports.len() == caches.len(), "not Dinero's: {output}");
    Ok(reports)
}

fn report(text: &str) -> Report {
    let columns = ["Total", "Instrn", "Data", "Read", "Write", "Misc"];
    let mut report = Report::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let start = words.iter().position(|word| word.parse::<f64>().is_ok());
        let (row, values) = words.split_at(start.unwrap_or(words.len()));
        for (column, value) in columns.into_iter().zip(values) {
            // Fractions are not wanted
            if let Ok(value) = value.parse() {
                report.insert((row.join(" "), column), value);
            }
        }
    }
    report
}

/// The trace in Dinero's own format, sizes included.
fn din(trace: &[Access]) -> String {
    let mut text = String::new();
    for access in trace {
        let word = if access.kind == Kind::Store { 'w' } else { 'r' };
        let _ = writeln!(text, "{word} {:x} {:x}", access.address, access.bytes);
    }
    text
}

/// A mixed trace, then loads of lines above it that push out all that is dirty.
fn trace(seed: u64, align: u64) -> Vec<Access> {
    let mix = Mix {
        seed,
        accesses: 40_000,
        stores: 30,
        bytes: 4,
        align,
        span: SPAN,
    };
    let flush = (SPAN..3 * SPAN).step_by(16);
    let flush = flush.map(|address| Access::load(address, 4));
    mix.trace().into_iter().chain(flush).collect()
}

struct Found<'a>(&'a Report);

impl Found<'_> {
    fn get(&self, row: &str, column: &'static str) -> Result<u64> {
        let value = self.0.get(&(row.to_owned(), column));
        value
            .copied()
            .with_context(|| format!("Dinero shows no {row}, {column}"))
    }
}

/// (accesses, misses) of loads, then of stores.
fn by_kind(level: &LevelCounts) -> [u64; 4] {
    let (loads, stores) = (level.loads, level.stores);
    [loads.accesses, loads.misses, stores.accesses, stores.misses]
}

fn compare(dinero: &Path, caches: [Cache; 2], align: u64) -> Result<()> {
    let what = format!(
        "{:?}, aligned to {align}",
        caches.each_ref().map(|cache| {
            let Cache {
                size, line, ways, ..
            } = *cache;
            let how = (cache.replacement, cache.write, cache.write_allocate);
            (size, line, ways, how)
        })
    );
    let alike = |cache: &Cache| cache.replacement == Replacement::Lru && cache.write_allocate;
    let classify = caches.iter().all(alike);
    let trace = trace(caches[1].size + align, align);
    let options = Options {
        classify,
        semantics: Semantics {
            write_back_refreshes: true,
            ..Semantics::default()
        },
        ..Options::default()
    };
    let named = [("l1-d", &caches[0]), ("l2-u", &caches[1])];
    let reports = run(dinero, &named, classify, &din(&trace))?;
    let [l1, l2] = [Found(&reports[0]), Found(&reports[1])];
    let counts = simulate(&machine(caches.to_vec()), &options, &trace);
    let ours = &counts.levels;

    let kinds = |of: &Found| -> Result<[u64; 4]> {
        Ok([
            of.get("Demand Fetches", "Read")?,
            of.get("Demand Misses", "Read")?,
            of.get("Demand Fetches", "Write")?,
            of.get("Demand Misses", "Write")?,
        ])
    };
    assert_eq!(by_kind(&ours[0]), kinds(&l1)?, "L1 of {what}");
    let back = caches[0].write == WritePolicy::Back;
    let column = if back && caches[0].write_allocate {
        // All its writes are write-backs of L1
        let [reads, read_misses, writes, _] = kinds(&l2)?;
        assert_eq!(ours[0].writebacks, writes, "write-backs of {what}");
        let seen = (ours[1].accesses, ours[1].misses);
        assert_eq!(seen, (reads, read_misses), "L2 of {what}");
        "Read"
    } else if !back {
        // All its writes are stores of the program
        let [reads, read_misses, writes, write_misses] = kinds(&l2)?;
        let theirs = (reads + writes, read_misses + write_misses);
        assert_eq!((ours[1].accesses, ours[1].misses), theirs, "L2 of {what}");
        assert_eq!(ours[0].stores_passed_on, writes, "stores of {what}");
        "Total"
    } else {
        // Its writes are write-backs and stores, and it does not say how many of each
        let [reads, _, writes, _] = kinds(&l2)?;
        let theirs = reads + writes;
        assert_eq!(
            ours[1].accesses + ours[0].writebacks,
            theirs,
            "L2 of {what}"
        );
        "Read"
    };
    if classify {
        for (level, (found, column)) in ours.iter().zip([(&l1, "Total"), (&l2, column)]) {
            let causes = level.misses_by_cause.context("causes were asked for")?;
            let ours = [causes.compulsory, causes.capacity, causes.conflict];
            let theirs = [
                found.get("Compulsory misses", column)?,
                found.get("Capacity misses", column)?,
                found.get("Conflict misses", column)?,
            ];
            assert_eq!(ours, theirs, "causes in {} of {what}", level.name);
        }
    }
    let read = l2.get("Bytes From Memory", "Total")?;
    let written = l2.get("Bytes To Memory", "Total")?;
    assert_eq!(counts.memory_written_bytes, written, "written: {what}");
    let partial = caches[0].line < caches[1].line && back && caches[1].write_allocate;
    if partial {
        assert!(counts.memory_read_bytes <= read, "read: {what}");
    } else {
        assert_eq!(counts.memory_read_bytes, read, "read: {what}");
    }
    Ok(())
}

#[test]
fn two_levels_count_as_in_dinero() -> Result<()> {
    let Some(dinero) = dinero()? else {
        return Ok(());
    };
    let policies = [Replacement::Lru, Replacement::Fifo];
    let writes = [
        (WritePolicy::Back, true),
        (WritePolicy::Back, false),
        (WritePolicy::Through, true),
        (WritePolicy::Through, false),
    ];
    for geometry in MACHINES {
        for replacement in policies {
            for inner in writes {
                for outer in writes {
                    let caches = std::array::from_fn(|at| {
                        let (sets, ways, line) = geometry[at];
                        let (write, write_allocate) = [inner, outer][at];
                        Cache {
                            replacement,
                            write,
                            write_allocate,
                            ..cache(["L1", "L2"][at], sets, ways, line)
                        }
                    });
                    let align = if replacement == Replacement::Lru {
                        4
                    } else {
                        1
                    };
                    compare(&dinero, caches, align)?;
                }
            }
        }
    }
    Ok(())
}

#[test]
fn the_command_counts_dineros_file_as_dinero_does() -> Result<()> {
    let Some(dinero) = dinero()? else {
        return Ok(());
    };
    let caches = [cache("L1", 16, 2, 32), cache("L2", 32, 4, 32)];
    let din = din(&trace(1, 1));
    let reports = run(
        &dinero,
        &[("l1-d", &caches[0]), ("l2-u", &caches[1])],
        true,
        &din,
    )?;
    let bench = Bench::new()?;
    bench.file("mixed.din", din)?;
    let levels = caches.each_ref().map(|cache| {
        let Cache {
            name,
            size,
            line,
            ways,
            ..
        } = cache;
        format!("{name}: size={size} line={line} ways={ways} policy=lru write=back,allocate")
    });
    let [l1, l2] = levels.each_ref().map(String::as_str);
    let words = [
        "simulate",
        "--trace",
        "mixed.din",
        "--level",
        l1,
        "--level",
        l2,
        "--write-back-refreshes",
        "--classify",
        "--json",
    ];
    let json = bench.lab(&words)?.json()?;
    for (level, (report, column)) in reports.iter().zip(["Total", "Read"]).enumerate() {
        let theirs = Found(report);
        let ours = &json["levels"][level];
        for (key, row) in [
            ("/accesses", "Demand Fetches"),
            ("/misses", "Demand Misses"),
            ("/misses_by_cause/compulsory", "Compulsory misses"),
            ("/misses_by_cause/capacity", "Capacity misses"),
            ("/misses_by_cause/conflict", "Conflict misses"),
        ] {
            let ours = ours.pointer(key).and_then(Value::as_u64);
            assert_eq!(ours, Some(theirs.get(row, column)?), "{key}: {json}");
        }
    }
    Ok(())
}
