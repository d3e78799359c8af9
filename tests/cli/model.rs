//! `lab model` and `lab simulate`: numbers without any measurement.

use anyhow::{Context, Result, ensure};
use lab_tests::lab::Bench;

#[test]
fn the_list_of_models_holds_the_claims_and_parses() -> Result<()> {
    let bench = Bench::new()?;
    let list = bench.lab(&["model", "--list"])?.succeeded()?;
    ensure!(list.lines().count() >= 5, "{list}");
    bench.lab(&["model", "--list", "--json"])?.json()?;
    Ok(())
}

#[test]
fn an_unknown_model_is_named_with_what_there_is() -> Result<()> {
    let bench = Bench::new()?;
    let said = bench.lab(&["model", "phlogiston"])?.refused(2)?;
    ensure!(said.contains("phlogiston"), "{said}");
    ensure!(
        said.contains("--list") || said.contains("amat"),
        "no way on: {said}"
    );
    Ok(())
}

#[test]
fn a_simulation_is_repeatable_and_labelled() -> Result<()> {
    let bench = Bench::new()?;
    let list = bench.lab(&["simulate", "--list", "--json"])?.json()?;
    let kernels = list["kernels"].as_array().context("no kernels")?;
    ensure!(kernels.len() >= 4, "{list}");
    for kernel in kernels {
        let name = kernel["name"].as_str().context("a kernel has no name")?;
        let words = [
            "simulate",
            "--machine",
            "teaching",
            "--kernel",
            name,
            "--json",
        ];
        let once = bench.lab(&words)?.json()?;
        ensure!(
            bench.lab(&words)?.json()? == once,
            "{words:?} differs from run to run"
        );
        let text = once.to_string();
        ensure!(
            text.contains("simulated"),
            "it does not say that it is simulated: {text}"
        );
        ensure!(
            !text.contains("\"measured\""),
            "it claims to be measured: {text}"
        );
    }
    Ok(())
}

#[test]
fn an_unknown_machine_or_kernel_is_named() -> Result<()> {
    let bench = Bench::new()?;
    let simulate = |machine, kernel| {
        bench
            .lab(&["simulate", "--machine", machine, "--kernel", kernel])?
            .refused(2)
    };
    let said = simulate("abacus", "sequential-sum")?;
    ensure!(
        said.contains("abacus") && said.contains("teaching"),
        "{said}"
    );
    let said = simulate("teaching", "sudoku")?;
    ensure!(
        said.contains("sudoku") && said.contains("sequential-sum"),
        "{said}"
    );
    Ok(())
}

/// By hand: 8 passes over 8 numbers of 8 bytes are 64 loads of one line; it misses once.
#[test]
fn a_simulation_counts_what_a_hand_counts() -> Result<()> {
    let bench = Bench::new()?;
    let words = [
        "simulate",
        "--machine",
        "laptop",
        "--kernel",
        "sequential-sum",
    ];
    let json = bench
        .lab(&[&words[..], &["array=64", "passes=8", "--json"]].concat())?
        .json()?;
    ensure!(json["evidence"] == "simulated", "{json}");
    let first = &json["counts"]["levels"][0];
    ensure!(first["accesses"] == 64 && first["misses"] == 1, "{first}");
    Ok(())
}

#[test]
fn bounds_are_fitted_and_say_which_do_not_hold() -> Result<()> {
    let bench = Bench::new()?;
    let list = bench.lab(&["bounds", "--list"])?.succeeded()?;
    ensure!(list.contains("funnelsort") && list.contains("O4"), "{list}");
    let said = bench
        .lab(&["bounds", "column-sum", "batch-roots"])?
        .succeeded()?;
    ensure!(
        said.contains("does not hold: misses are 4.00 to 32.00"),
        "{said}"
    );
    ensure!(said.contains("1.02 times"), "{said}");
    let found = bench.lab(&["bounds", "row-sum", "--json"])?.json()?;
    ensure!(found[0]["evidence"] == "simulated", "{found}");
    let constant = found[0]["finding"]["fit"]["constant"].as_f64();
    ensure!(constant == Some(1.0), "{found}");
    let refused = bench.lab(&["bounds", "quicksort"])?.refused(2)?;
    ensure!(refused.contains("funnelsort"), "{refused}");
    Ok(())
}
