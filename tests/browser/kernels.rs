//! The kernels view: its table, its roofline, and what is measured in the browser itself.

use anyhow::{Result, ensure};
use lab_core::{kernels::loader::LoaderKernel, study::Study};
use std::time::Duration;

use crate::axe;
use crate::lab::Exported;
use crate::session::{Page, browse};

const ROWS: &str = "[data-testid=kernels] tbody tr";

/// The texts of a column, by its title, down the rows.
async fn column(page: &Page, title: &str) -> Result<Vec<String>> {
    let cells = format!(
        "[...document.querySelectorAll('{ROWS} td[data-label=\"{title}\"]')].map(td => td.innerText)"
    );
    Ok(serde_json::from_value(page.eval(&cells).await?)?)
}

fn filled(cells: &[String]) -> usize {
    let number = |cell: &&String| cell.starts_with(|first: char| first.is_ascii_digit());
    cells.iter().filter(number).count()
}

#[test]
fn every_kernel_has_its_row_and_its_readings() -> Result<()> {
    browse(async |page| {
        let exported = Exported::with_report().await?;
        exported.open(page, "#/kernels").await?;
        let all = LoaderKernel::ALL.len();
        // The heading stands there before the report has come.
        let measured = format!("[...document.querySelectorAll('{ROWS} td[data-label=Measured]')]");
        page.wait(
            "what was measured of every kernel",
            &format!("{measured}.filter(td => /^[0-9]/.test(td.innerText)).length == {all}"),
        )
        .await?;
        for title in [
            "B/element",
            "op/B",
            "Predicted",
            "Simulated",
            "Measured",
            "Roof",
        ] {
            let cells = column(page, title).await?;
            ensure!(cells.len() == all, "{title}: {} rows of {all}", cells.len());
            ensure!(filled(&cells) == all, "{title}: {cells:?}");
        }
        let efficient = filled(&column(page, "Vector efficiency").await?);
        let with_vectors = Study::VectorEfficiency.info().measured_variants.len();
        ensure!(efficient == with_vectors, "{efficient} of {with_vectors}");
        let dots = page
            .eval(
                "document.querySelectorAll('[data-testid=roofline] .dot.reading-measured').length",
            )
            .await?;
        ensure!(dots == all, "{dots} kernels under the roofs");
        axe::check(page, "the kernels").await
    })
}

#[test]
fn without_a_report_the_view_says_what_to_run_and_shows_what_it_can() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/kernels").await?;
        let words = page.text("[data-testid=kernels-lacking]").await?;
        ensure!(words.contains("lab measure loader-kernels"), "{words}");
        let all = LoaderKernel::ALL.len();
        ensure!(filled(&column(page, "Predicted").await?) == all);
        ensure!(filled(&column(page, "Measured").await?) == 0);
        page.wait_at_most(
            Duration::from_secs(60),
            "simulations",
            &format!(
                "[...document.querySelectorAll('{ROWS} td[data-label=Simulated]')]
                    .every(td => /^[0-9]/.test(td.innerText))"
            ),
        )
        .await?;
        page.resize(360, 740).await?;
        let wide = page.eval("document.documentElement.scrollWidth").await?;
        ensure!(wide.as_u64() <= Some(360), "{wide} wide on a phone");
        axe::check(page, "the kernels on a phone").await
    })
}

#[test]
fn the_browser_measures_the_kernels_and_can_be_stopped() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/kernels").await?;
        page.wait(
            "the worker",
            "document.documentElement.dataset.worker === 'ready'",
        )
        .await?;
        let running = |is: bool| {
            format!(
                "document.querySelector('[data-testid=browser-controls]').dataset.running === '{is}'"
            )
        };
        // From the keyboard, and stopped before the end
        page.keys("[data-testid=browser-run]", "\u{e007}").await?;
        page.wait("a run in the browser", &running(true)).await?;
        let cell = "td[data-label=\"In your browser\"]";
        page.wait(
            "the first number",
            &format!("[...document.querySelectorAll('{ROWS} {cell}')].some(td => /^[0-9]/.test(td.innerText))"),
        )
        .await?;
        page.click("[data-testid=browser-run]").await?;
        page.wait("the stop", &running(false)).await?;
        let all = LoaderKernel::ALL.len();
        let some = filled(&column(page, "In your browser").await?);
        ensure!((1..all).contains(&some), "{some} of {all} after the stop");
        page.click("[data-testid=browser-run]").await?;
        page.wait("another run", &running(true)).await?;
        page.wait_at_most(Duration::from_secs(120), "its end", &running(false))
            .await?;
        // A number, or why the browser has none
        let cells = column(page, "In your browser").await?;
        let reasons = cells.iter().filter(|cell| cell.chars().count() > 10);
        let reasons = reasons.filter(|cell| cell.starts_with('–')).count();
        let done = filled(&cells);
        ensure!(done + reasons == all && done > all / 2, "{cells:?}");
        let words = page.text("[data-testid=browser-status]").await?;
        ensure!(
            words.contains("measured in your browser") && words.contains("simd128"),
            "{words}"
        );
        Ok(())
    })
}

#[test]
fn a_column_sorts_and_a_kernel_under_the_roof_is_named_from_the_keyboard() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/kernels").await?;
        let second = "[data-testid=kernels] thead th:nth-child(3) button";
        page.keys(second, "\u{e007}").await?;
        page.wait(
            "the sorted column",
            "document.querySelector('[data-testid=kernels] thead th:nth-child(3)').ariaSort === 'descending'",
        )
        .await?;
        let cells = column(page, "op/B").await?;
        let numbers: Vec<f64> = cells.iter().filter_map(|cell| cell.parse().ok()).collect();
        ensure!(numbers.len() == cells.len(), "{cells:?}");
        ensure!(numbers.is_sorted_by(|a, b| a >= b), "{numbers:?}");
        page.eval("(document.querySelector('.dot[data-kernel=normalise]').focus(), true)")
            .await?;
        page.wait(
            "the kernel's name",
            "document.querySelector('[data-testid=roofline-kernel]').innerText.startsWith('normalise:')",
        )
        .await
    })
}
