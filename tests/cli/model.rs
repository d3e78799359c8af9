//! `lab model` and `lab simulate`: numbers without any measurement.

use anyhow::{Context, Result, ensure};
use lab_core::study::Study;
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
    for study in Study::ALL {
        let words = [
            "simulate",
            "--machine",
            "teaching",
            "--kernel",
            study.info().name,
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
    let said = bench.lab(&["simulate", "--machine", "abacus"])?;
    let code = said.code.context("a signal")?;
    let said = said.refused(code)?;
    ensure!(
        code != 0 && said.contains("abacus") && said.contains("teaching"),
        "{said}"
    );
    let said = bench.lab(&["simulate", "--machine", "teaching", "--kernel", "sudoku"])?;
    let code = said.code.context("a signal")?;
    let said = said.refused(code)?;
    ensure!(code != 0 && said.contains("sudoku"), "{said}");
    Ok(())
}
