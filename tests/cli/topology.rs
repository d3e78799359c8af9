//! `lab topology`: of this machine, of a synthetic one, as text, JSON and SVG.

use anyhow::{Context, Result, ensure};
use lab_tests::lab::Bench;
use serde_json::Value;

const SYNTHETIC: &str = "node:2 l3:1 l2:4 l1d:1 core:1 pu:2";

/// How many objects of the tree satisfy a condition.
fn count(value: &Value, condition: &dyn Fn(&Value) -> bool) -> usize {
    match value {
        Value::Object(map) => {
            usize::from(condition(value))
                + map
                    .values()
                    .map(|inner| count(inner, condition))
                    .sum::<usize>()
        }
        Value::Array(list) => list.iter().map(|inner| count(inner, condition)).sum(),
        _ => 0,
    }
}

#[test]
fn this_machine_has_a_core_and_a_cache() -> Result<()> {
    let bench = Bench::new()?;
    let text = bench.lab(&["topology"])?.succeeded()?;
    ensure!(
        text.contains("L1") && text.to_lowercase().contains("core"),
        "{text}"
    );
    bench.lab(&["topology", "--json"])?.json()?;
    Ok(())
}

#[test]
fn a_synthetic_machine_is_seen_as_described() -> Result<()> {
    let bench = Bench::new()?;
    let json = bench
        .lab(&["topology", "--json", "--synthetic", SYNTHETIC])?
        .json()?;
    // Two nodes of four cores: whatever the tree looks like, they are in it
    let kind = |name: &str| count(&json, &|object| object["part"].as_str() == Some(name));
    ensure!(kind("core") == 8, "{} cores in {json:#}", kind("core"));
    let text = bench
        .lab(&["topology", "--synthetic", SYNTHETIC])?
        .succeeded()?;
    ensure!(text.contains("L3"), "{text}");
    Ok(())
}

#[test]
fn the_drawing_is_a_whole_svg() -> Result<()> {
    let bench = Bench::new()?;
    let svg = bench
        .lab(&["topology", "--svg", "--synthetic", SYNTHETIC])?
        .succeeded()?;
    ensure!(
        svg.trim_start().starts_with("<svg") && svg.trim_end().ends_with("</svg>"),
        "{svg}"
    );
    ensure!(svg.contains("L3"), "the caches are not labelled");
    Ok(())
}

#[test]
fn what_is_no_topology_is_refused() -> Result<()> {
    let bench = Bench::new()?;
    let said = bench
        .lab(&["topology", "--synthetic", "a castle"])?
        .refused(1)?;
    ensure!(said.contains("a castle"), "{said}");
    let said = bench
        .lab(&["topology", "--xml", "missing.xml"])?
        .refused(1)?;
    ensure!(said.contains("missing.xml"), "{said}");
    let file = bench.file("broken.xml", "<topology")?;
    let name = file.to_str().context("a plain path")?;
    let said = bench.lab(&["topology", "--xml", name])?.refused(1)?;
    ensure!(said.contains("broken.xml"), "{said}");
    Ok(())
}
