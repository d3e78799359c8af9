//! Measuring from the page, and the page when its server has gone.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::lab::{Exported, Live, PLOT, go, reveal, series, slide, three_series};
use crate::session::{Page, browse};

const RUN: &str = "[data-testid=run-now]";
const CANCEL: &str = "[data-testid=cancel-run]";
const PROGRESS: &str = "document.querySelector('[role=progressbar]')";

/// From here on the page needs the server for measuring only.
async fn all_parts(page: &Page) -> Result<()> {
    let kept = "document.documentElement.dataset.kept === 'parts'";
    page.wait("all parts", kept).await
}

async fn first_run(page: &Page) -> Result<()> {
    page.wait(
        "a first run of the simulation",
        "Number(document.querySelector('[data-testid=simulation-status]')?.dataset.run) > 0",
    )
    .await
}

#[test]
fn this_machine_is_measured_from_the_page() -> Result<()> {
    browse(async |page| {
        let live = Live::fresh()?;
        live.open(page, "#/lesson/strides").await?;
        reveal(page).await?;
        page.click(RUN).await?;
        page.wait("a progress bar", PROGRESS).await?;
        page.wait(
            "progress",
            &format!("Number({PROGRESS}?.getAttribute('aria-valuenow')) > 0"),
        )
        .await?;
        let most = Duration::from_secs(90);
        page.wait_at_most(most, "the end of the run", &format!("!{PROGRESS}"))
            .await?;
        go(page, "#/lesson/strides?machine=this").await?;
        reveal(page).await?;
        three_series(page).await?;
        Ok(live)
    })
}

#[test]
fn a_run_can_be_cancelled() -> Result<()> {
    browse(async |page| {
        let live = Live::fresh()?;
        live.open(page, "#/lesson/memory-ladder").await?;
        reveal(page).await?;
        page.click(RUN).await?;
        page.wait("a progress bar", PROGRESS).await?;
        page.click(CANCEL).await?;
        page.wait("no progress bar", &format!("!{PROGRESS}"))
            .await?;
        page.wait(
            "the run button again",
            &format!("document.querySelector('{RUN}')?.disabled === false"),
        )
        .await?;
        Ok(live)
    })
}

#[test]
fn a_run_is_quick_unless_the_reader_takes_time_for_it() -> Result<()> {
    browse(async |page| {
        // What the page asks the server for, without anything being measured
        let refuse = "
            const send = window.fetch;
            window.asked = [];
            window.fetch = async (request, ...more) => {
                if (request.method !== 'POST') return send(request, ...more);
                window.asked.push(await request.clone().json());
                return new Response('{\"error\": \"not now\"}', { status: 409 });
            };";
        page.before_load(refuse).await?;
        let live = Live::with_report()?;
        live.open(page, "#/experiments?study=bandwidth").await?;
        // That of the report, once it is there
        page.click(&format!(".figure-head {RUN}")).await?;
        page.wait("a first request", "window.asked.length === 1")
            .await?;
        let choose = "
            const choice = document.querySelector('[data-testid=effort]');
            choice.value = 'thorough';
            choice.dispatchEvent(new Event('change', { bubbles: true }));";
        page.run(choose, vec![]).await?;
        // One choice for all buttons
        go(page, "#/machine").await?;
        page.wait(
            "the choice beside every button",
            "document.querySelectorAll('[data-testid=effort]').length > 3
                && [...document.querySelectorAll('[data-testid=effort]')]
                    .every(choice => choice.value === 'thorough')",
        )
        .await?;
        page.click("[data-study=bandwidth] [data-testid=run-now]")
            .await?;
        page.wait("a second request", "window.asked.length === 2")
            .await?;
        let asked = page.eval("window.asked").await?;
        ensure!(
            asked
                == serde_json::json!([
                    { "studies": ["bandwidth"], "quick": true },
                    { "studies": ["bandwidth"], "quick": false },
                ]),
            "{asked}"
        );
        Ok(live)
    })
}

#[test]
fn without_the_token_the_page_only_reads() -> Result<()> {
    browse(async |page| {
        let live = Live::with_report()?;
        let address = live.server.address();
        let bare = address.split('?').next().unwrap_or_default();
        page.goto(&format!("{bare}#/lesson/memory-ladder?machine=this"))
            .await?;
        reveal(page).await?;
        three_series(page).await?;
        let can = page
            .eval(&format!(
                "document.querySelector('{RUN}')?.disabled === false"
            ))
            .await?;
        ensure!(can == false, "a page without a token offers to measure");
        let text = page.text("body").await?;
        ensure!(text.contains("token"), "it does not say how to get one");
        Ok(live)
    })
}

#[test]
fn a_static_page_does_not_offer_to_measure() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/lesson/memory-ladder").await?;
        reveal(page).await?;
        series(page, "simulated").await?;
        let can = page
            .eval(&format!(
                "document.querySelector('{RUN}')?.disabled === false"
            ))
            .await?;
        ensure!(can == false, "there is nobody to measure");
        Ok(())
    })
}

/// Once loaded, the page needs no network: every view, and every simulation.
async fn still_works(page: &Page) -> Result<()> {
    for route in [
        "#/",
        "#/machine",
        "#/replay",
        "#/lesson/strides",
        "#/lesson/memory-ladder",
    ] {
        go(page, route).await?;
    }
    reveal(page).await?;
    series(page, "simulated").await?;
    first_run(page).await?;
    page.run(
        &format!(
            "const figure = document.querySelector('{PLOT}').closest('figure, section, article') ?? document;
             const slider = figure.querySelector('input[type=range]');
             slider.setAttribute('data-first', '');"
        ),
        vec![],
    )
    .await?;
    slide(page, "[data-first]", "max").await?;
    slide(page, "[data-first]", "min").await
}

#[test]
fn a_static_page_works_without_a_network() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/").await?;
        page.wait(
            "the worker",
            "document.documentElement.dataset.worker === 'ready'",
        )
        .await?;
        page.wait("a kept page", "navigator.serviceWorker.controller")
            .await?;
        exported.site.stop().await;
        still_works(page).await
    })
}

#[test]
fn the_page_outlives_its_server() -> Result<()> {
    browse(async |page| {
        let live = Live::with_report()?;
        live.open(page, "#/lesson/memory-ladder?machine=this")
            .await?;
        reveal(page).await?;
        three_series(page).await?;
        all_parts(page).await?;
        drop(live);
        still_works(page).await?;
        // What it asked the server for in vain is logged by the browser itself
        let errors = page.take_errors().await?;
        ensure!(
            errors.iter().all(|error| error.contains("/api/")),
            "{errors:?}"
        );
        Ok(())
    })
}

#[test]
fn a_measurement_ends_in_words_when_its_server_dies() -> Result<()> {
    browse(async |page| {
        let live = Live::fresh()?;
        live.open(page, "#/lesson/memory-ladder").await?;
        reveal(page).await?;
        all_parts(page).await?;
        page.click(RUN).await?;
        page.wait("a progress bar", PROGRESS).await?;
        drop(live);
        page.wait("no progress bar", &format!("!{PROGRESS}"))
            .await?;
        let said = page.text("[aria-label=Measurement]").await?;
        ensure!(said.contains("no longer answers"), "{said}");
        let link = page.text("[data-testid=connection]").await?;
        ensure!(link.contains("Server gone"), "{link}");
        page.take_errors().await?;
        Ok(())
    })
}

#[test]
fn a_server_started_anew_is_not_asked_with_the_old_token() -> Result<()> {
    browse(async |page| {
        let live = Live::with_report()?;
        live.open(page, "#/machine").await?;
        page.wait(
            "a page that may measure",
            &format!("document.querySelector('{RUN}')?.disabled === false"),
        )
        .await?;
        // As after a restart: the token that the page holds is of the start before
        let forget = "sessionStorage.setItem('lab.token', '0'.repeat(32)); location.reload();";
        page.run(forget, vec![]).await?;
        page.wait(
            "a page that only reads",
            "document.querySelector('[data-testid=connection]')?.textContent.includes('read-only')",
        )
        .await?;
        let can = page
            .eval(&format!(
                "document.querySelector('{RUN}')?.disabled === false"
            ))
            .await?;
        ensure!(can == false, "a page with an old token offers to measure");
        Ok(live)
    })
}
