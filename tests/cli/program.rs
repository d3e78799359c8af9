//! `lab simulate --program`: the loop language on the command line.

use anyhow::{Result, ensure};
use lab_tests::lab::Bench;

const ROWS: &str =
    "param N = 8\narray A[N][N]: f64\nfor i in 0..N {\n    for j in 0..N { A[i][j] }\n}\n";

fn simulate(bench: &Bench, words: &[&str]) -> Result<serde_json::Value> {
    let all = [&["simulate", "--machine", "teaching"], words, &["--json"]].concat();
    bench.lab(&all)?.json()
}

#[test]
fn a_program_is_simulated_with_its_parameters_arrays_and_lines() -> Result<()> {
    let bench = Bench::new()?;
    bench.file("rows.loop", ROWS)?;
    let json = simulate(&bench, &["--program", "rows.loop", "--top", "3"])?;
    // 64 doubles are 512 bytes, and a line has 16.
    ensure!(json["levels"][0]["misses"] == 32, "{json}");
    ensure!(json["source"]["parameters"]["N"] == 8, "{json}");
    ensure!(json["source"]["arrays"][0]["bytes"] == 512, "{json}");
    ensure!(json["top"]["arrays"][0]["name"] == "A", "{json}");
    let site = json["top"]["sites"][0]["name"].as_str().unwrap_or("");
    ensure!(site == "rows.loop:4  for j in 0..N { A[i][j] }", "{site}");
    let larger = ["--program", "rows.loop", "--param", "N=16"];
    ensure!(simulate(&bench, &larger)?["levels"][0]["misses"] == 128);
    let first = ["--program", "rows.loop", "--limit", "10"];
    ensure!(simulate(&bench, &first)?["counts"]["accesses"] == 10);
    Ok(())
}

#[test]
fn every_example_can_be_named_listed_and_printed() -> Result<()> {
    let bench = Bench::new()?;
    let list: serde_json::Value = bench.lab(&["simulate", "--list", "--json"])?.json()?;
    let programs = list["programs"].as_array().map_or(&[][..], Vec::as_slice);
    ensure!(programs.len() > 20, "{list}");
    for program in programs {
        let name = program["name"].as_str().unwrap_or("");
        let printed = ["simulate", "--program", name, "--format-program"];
        let printed = bench.lab(&printed)?.succeeded()?;
        ensure!(
            printed == program["source"].as_str().unwrap_or(""),
            "{printed}"
        );
    }
    let json = simulate(&bench, &["--program", "columns", "--classify", "--reuse"])?;
    ensure!(json["source"]["program"] == "columns" && !json["reuse"].is_null());
    Ok(())
}

#[test]
fn mistakes_are_shown_where_they_are() -> Result<()> {
    let bench = Bench::new()?;
    bench.file(
        "bad.loop",
        "param size = 8\narray A[sise]: f32\nfro i in 0..4 { }\n",
    )?;
    let words = ["simulate", "--machine", "teaching", "--program", "bad.loop"];
    let said = bench.lab(&words)?.refused(1)?;
    let expected = "error: bad.loop:2:9: `sise` is not declared. Did you mean `size`?\n 2 | array \
                    A[sise]: f32\n   |         ^^^^\n\nbad.loop:3:1: `fro` begins no statement; \
                    expected a statement. Did you mean `for`?\n 3 | fro i in 0..4 { }\n   | ^^^\n";
    ensure!(said == expected, "{said}");
    bench.file(
        "out.loop",
        "array A[4]: f32\nfor i in 0..9 { if i != 7 { A[i] } }\n",
    )?;
    let words = ["simulate", "--machine", "teaching", "--program", "out.loop"];
    let said = bench.lab(&words)?.refused(1)?;
    ensure!(
        said.contains("after 4 accesses, out.loop:2:31: `i` is 4"),
        "{said}"
    );
    Ok(())
}

#[test]
fn what_would_take_forever_or_is_not_there_is_refused() -> Result<()> {
    let bench = Bench::new()?;
    bench.file("rows.loop", ROWS)?;
    let refused = |words: &[&str]| -> Result<String> {
        let all = [&["simulate", "--machine", "teaching"], words].concat();
        bench.lab(&all)?.refused(2)
    };
    let said = refused(&["--program", "rows.loop", "--param", "N=300000"])?;
    ensure!(
        said.contains("accesses") && said.contains("--limit"),
        "{said}"
    );
    let said = refused(&["--program", "rows.loop", "--param", "M=3"])?;
    ensure!(
        said.contains("`M`") && said.contains("choose from N"),
        "{said}"
    );
    let said = refused(&["--program", "rows.loop", "--param", "N=many"])?;
    ensure!(said.contains("N=128"), "{said}");
    let said = refused(&[])?;
    for choice in ["--kernel", "--program", "--trace"] {
        ensure!(said.contains(choice), "{said}");
    }
    let words = ["simulate", "--program", "nowhere.loop"];
    let said = bench.lab(&words)?.refused(1)?;
    ensure!(
        said.contains("nowhere.loop") && said.contains("--list"),
        "{said}"
    );
    Ok(())
}
