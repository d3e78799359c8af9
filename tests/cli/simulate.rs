//! `lab simulate` on traces, levels and sweeps.

use anyhow::{Context, Result, ensure};
use lab_tests::lab::Bench;
use serde_json::Value;

/// The example trace of the cache lab of *Computer Systems* (Bryant and O'Hallaron); see
/// `core/tests/hierarchy.rs`, where it is worked by hand.
const CACHE_LAB: &str = " L 10,1\n M 20,1\n L 22,1\n S 18,1\n L 110,1\n L 210,1\n M 12,1\n";
const DIRECT_MAPPED: &str = "L1: size=256B line=16 ways=1";

/// (hits, misses, evictions) of a level.
fn counted(level: &Value) -> (u64, u64, u64) {
    let count = |key: &str| level[key].as_u64().unwrap_or(u64::MAX);
    (count("hits"), count("misses"), count("evictions"))
}

fn simulate(bench: &Bench, words: &[&str]) -> Result<Value> {
    bench
        .lab(&[&["simulate"], words, &["--json"]].concat())?
        .json()
}

#[test]
fn the_cache_lab_counts_as_its_own_simulator_does() -> Result<()> {
    let bench = Bench::new()?;
    bench.file("yi.trace", CACHE_LAB)?;
    let words = [
        "--level",
        DIRECT_MAPPED,
        "--trace",
        "yi.trace",
        "--classify",
    ];
    let json = simulate(&bench, &words)?;
    ensure!(json["evidence"] == "simulated", "{json}");
    let level = &json["levels"][0];
    // "hits:4 misses:5 evictions:3"
    ensure!(counted(level) == (4, 5, 3), "{level}");
    let causes = &level["misses_by_cause"];
    // Lines 1, 2, 11 and 21 are new; line 1 comes back after three others, and 16 lines hold that.
    ensure!(
        causes["compulsory"] == 4 && causes["capacity"] == 0 && causes["conflict"] == 1,
        "{causes}"
    );
    Ok(())
}

#[test]
fn a_bad_line_is_told_with_its_number_or_skipped_when_asked() -> Result<()> {
    let bench = Bench::new()?;
    bench.file("bad.trace", format!("{CACHE_LAB} L nowhere,1\n L 10,1\n"))?;
    let words = ["simulate", "--level", DIRECT_MAPPED, "--trace", "bad.trace"];
    let said = bench.lab(&words)?.refused(1)?;
    ensure!(
        said.contains("bad.trace") && said.contains("line 8") && said.contains("nowhere"),
        "{said}"
    );
    let json = simulate(&bench, &[&words[1..], &["--lenient"]].concat())?;
    ensure!(json["trace"]["skipped"] == 1, "{json}");
    ensure!(json["levels"][0]["accesses"] == 10, "{json}");
    Ok(())
}

#[test]
fn a_recorded_kernel_is_a_trace_with_the_same_counts() -> Result<()> {
    let bench = Bench::new()?;
    let kernel = ["--machine", "teaching", "--kernel", "triad", "array=1KiB"];
    for name in ["triad.bin", "triad.csv.gz"] {
        let direct = simulate(&bench, &[&kernel[..], &["--record", name]].concat())?;
        let again = simulate(&bench, &["--machine", "teaching", "--trace", name])?;
        ensure!(again["counts"] == direct["counts"], "{name}: {again}");
    }
    Ok(())
}

#[test]
fn a_sweep_is_a_table_for_other_tools() -> Result<()> {
    let bench = Bench::new()?;
    let words = [
        "simulate",
        "--level",
        "L1: size=1KiB line=64 ways=1",
        "--kernel",
        "sequential-sum",
        "array=4KiB",
        "passes=2",
        "--sweep",
        "l1.size=1KiB..8KiB",
        "--sweep",
        "l1.policy=lru,fifo",
        "--csv",
    ];
    let csv = bench.lab(&words)?.succeeded()?;
    let mut lines = csv.lines();
    let heads: Vec<&str> = lines.next().context("no heads")?.split(',').collect();
    let misses = heads.iter().position(|head| *head == "l1.misses");
    let misses = misses.context("no misses")?;
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    ensure!(rows.len() == 8, "{csv}");
    for row in rows {
        ensure!(row.len() == heads.len(), "{csv}");
        // 64 lines, twice: a cache that holds them all misses each once.
        let expected = if row[0].parse::<u64>()? >= 4096 {
            "64"
        } else {
            "128"
        };
        ensure!(row[misses] == expected, "{row:?}");
    }
    Ok(())
}

#[test]
fn misses_are_laid_at_the_doors_of_arrays_and_lines_of_source() -> Result<()> {
    let bench = Bench::new()?;
    let words = [
        "--machine",
        "teaching",
        "--kernel",
        "triad",
        "array=1KiB",
        "--top",
        "3",
    ];
    let json = simulate(&bench, &words)?;
    let total = json["levels"][0]["misses"].as_u64().context("no misses")?;
    for group in ["arrays", "sites"] {
        let rows = json["top"][group].as_array().context("no rows")?;
        let sum: u64 = rows
            .iter()
            .filter_map(|row| row["misses"][0].as_u64())
            .sum();
        ensure!(sum == total, "{group}: {rows:?} do not add up to {total}");
    }
    let text = json["top"].to_string();
    ensure!(text.contains("triad.rs:"), "{text}");
    Ok(())
}

#[test]
fn reuse_agrees_with_a_fully_associative_cache() -> Result<()> {
    let bench = Bench::new()?;
    let words = [
        "--level",
        "L1: size=2KiB line=64 ways=full",
        "--kernel",
        "random-gather",
        "array=8KiB",
        "accesses=2000",
        "--mrc",
    ];
    let json = simulate(&bench, &words)?;
    let simulated = json["levels"][0]["miss_ratio"].as_f64().context("none")?;
    let curve = json["mrc"].as_array().context("no curve")?;
    let at = curve.iter().find(|point| point[0] == 2048.0);
    let predicted = at.context("no such size")?[1].as_f64().context("none")?;
    ensure!(
        (simulated - predicted).abs() < 1e-12,
        "{simulated} {predicted}"
    );
    Ok(())
}

#[test]
fn what_makes_no_sense_is_refused_with_what_would() -> Result<()> {
    let bench = Bench::new()?;
    bench.file("t.trace", CACHE_LAB)?;
    let kernel = ["--kernel", "sequential-sum"];
    for (words, expected) in [
        (&["--level", "L1: size=1000"][..], "whole number of sets"),
        (&["--level", "L1: size=1KiB policy=best"], "choose from lru"),
        (&["--sweep", "l9.size=1KiB..2KiB"], "no level `l9`"),
        // Of this machine's first cache, 2 KiB may be no whole number of sets.
        (&["--machine", "laptop", "--sweep", "l1.size=2KiB"], ""),
        (&["--sweep", "nonsense"], "write it as"),
        (&["--reuse", "--sample", "7"], "1/128"),
        (&["--sample", "1/2"], "--reuse or --mrc"),
    ] {
        let words = [&["simulate"], &kernel[..], words].concat();
        let ran = bench.lab(&words)?;
        if expected.is_empty() {
            ran.succeeded()?;
        } else {
            let said = ran.refused(2)?;
            ensure!(said.contains(expected), "{words:?}: {said}");
        }
    }
    let opt = "L1: size=256B line=16 ways=1 policy=opt";
    let said = bench
        .lab(&["simulate", "--level", opt, "--trace", "-"])?
        .refused(2)?;
    ensure!(said.contains("standard input"), "{said}");
    Ok(())
}

#[test]
fn survival_stands_beside_its_closed_form() -> Result<()> {
    let bench = Bench::new()?;
    let json = simulate(&bench, &["--survival", "64"])?;
    for point in json["points"].as_array().context("no points")? {
        let of = |kind: &str, policy: &str| point[kind][policy].as_f64().unwrap_or(f64::NAN);
        ensure!(of("simulated", "lru") == of("modelled", "lru"), "{point}");
        let apart = of("simulated", "random") - of("modelled", "random");
        ensure!(apart.abs() < 0.02, "{point}");
    }
    Ok(())
}
