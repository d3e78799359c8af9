//! Reports that are missing, corrupt, too new or self-contradicting, wherever one is read.

use anyhow::{Context, Result, ensure};
use lab_tests::lab::{Bench, Ran};
use lab_tests::reports;
use serde_json::{Value, json};

/// Every command that reads a report.
fn read(bench: &Bench, report: &str) -> Result<Vec<Ran>> {
    Ok(vec![bench.lab(&["export", "site", "--report", report])?])
}

fn check(name: &str, content: Option<&str>, words: &[&str]) -> Result<()> {
    let bench = Bench::new()?;
    if let Some(content) = content {
        bench.file(name, content)?;
    }
    for ran in read(&bench, name)? {
        let said = ran.refused(1)?;
        for word in words.iter().chain([&name]) {
            ensure!(said.contains(word), "`{word}` is missing in: {said}");
        }
    }
    ensure!(
        !bench.path().join("site/index.html").exists(),
        "it exported all the same"
    );
    Ok(())
}

#[test]
fn a_missing_report_is_named() -> Result<()> {
    check("missing.json", None, &[])
}

#[test]
fn a_corrupt_report_is_refused_with_the_place() -> Result<()> {
    check("empty.json", Some(""), &["line 1"])?;
    check("words.json", Some("it was fast"), &["line 1"])?;
    let whole = reports::made_up("laptop", 1.0).to_json();
    check("half.json", Some(&whole[..whole.len() / 2]), &["line"])?;
    check("list.json", Some("[]"), &["line 1"])
}

#[test]
fn a_report_of_a_newer_lab_says_so() -> Result<()> {
    check(
        "newer.json",
        Some(r#"{"schema": 99, "what": "ever"}"#),
        &["99", "newer"],
    )
}

#[test]
fn a_report_that_contradicts_itself_says_where() -> Result<()> {
    let mut report: Value = serde_json::from_str(&reports::made_up("laptop", 1.0).to_json())?;
    let point = report
        .pointer_mut("/experiments/0/series/0/points/0/y")
        .context("there is a first point")?;
    *point = json!(-1.0);
    check("minus.json", Some(&report.to_string()), &["latency-ladder"])
}

#[test]
fn a_good_report_is_exported_with_the_page() -> Result<()> {
    let bench = Bench::new()?;
    bench.file("good.json", reports::made_up("laptop", 1.0).to_json())?;
    bench
        .lab(&["export", "site", "--report", "good.json"])?
        .succeeded()?;
    let site = bench.path().join("site");
    for file in [
        "index.html",
        "lab-web.js",
        "lab-web_bg.wasm",
        "parts/chunks.wasm",
        "report.json",
    ] {
        ensure!(site.join(file).is_file(), "{file} is missing");
    }
    // Again over its own export
    bench
        .lab(&["export", "site", "--report", "good.json"])?
        .succeeded()?;
    Ok(())
}

#[test]
fn a_folder_of_something_else_is_left_alone() -> Result<()> {
    let bench = Bench::new()?;
    std::fs::create_dir(bench.path().join("mine"))?;
    bench.file("mine/diary.txt", "dear diary")?;
    let said = bench.lab(&["export", "mine"])?.refused(1)?;
    ensure!(said.contains("mine"), "{said}");
    let files = std::fs::read_dir(bench.path().join("mine"))?.count();
    ensure!(files == 1, "it wrote into the folder");
    Ok(())
}
