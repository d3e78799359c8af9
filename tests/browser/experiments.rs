//! The view of one experiment at a time: every study opens by its link, with and without a report.

use anyhow::{Context, Result, ensure};
use lab_core::study::Study;

use crate::axe;
use crate::lab::{Exported, go};
use crate::session::{Page, browse};

const CHOICE: &str = "document.querySelector('[data-testid=study]')";

fn link(study: Study) -> String {
    format!("#/experiments?study={}", study.info().name)
}

/// What of the page belongs to a study.
fn within(study: Study, selector: &str) -> String {
    format!("main [data-study={}] {selector}", study.info().name)
}

/// Waits until a study stands there, under its title and nothing wider than the page.
async fn shown(page: &Page, study: Study) -> Result<()> {
    let info = study.info();
    page.wait(
        info.title,
        &format!(
            "document.querySelector('{}')?.innerText === {:?}",
            within(study, "h2"),
            info.title
        ),
    )
    .await?;
    ensure!(
        page.eval(&format!("{CHOICE}.value")).await? == info.name,
        "another than {} is chosen",
        info.name
    );
    let fits = "document.documentElement.scrollWidth <= innerWidth";
    ensure!(page.eval(fits).await? == true, "{} is too wide", info.name);
    let errors = page.take_errors().await?;
    ensure!(errors.is_empty(), "{}: {errors:?}", info.name);
    Ok(())
}

/// Waits until a curve of a reading of a study has points.
async fn curve(page: &Page, study: Study, reading: &str) -> Result<()> {
    let curves = within(study, &format!("[data-series={reading}]"));
    page.wait(
        &format!("a {reading} curve of {}", study.info().name),
        &format!(
            "[...document.querySelectorAll('{curves}')].some(it => Number(it.dataset.points) > 0)"
        ),
    )
    .await
}

/// The reasons why curves of a study are not there.
async fn reasons(page: &Page, study: Study) -> Result<String> {
    page.text(&within(study, ".missing")).await
}

#[test]
fn every_experiment_is_predicted_and_simulated_on_a_machine_that_nobody_measured() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        for width in [1600, 390] {
            page.resize(width, 900).await?;
            exported.open(page, "#/experiments").await?;
            for &study in Study::ALL {
                go(page, &link(study)).await?;
                shown(page, study).await?;
                curve(page, study, "predicted").await?;
                let reasons = reasons(page, study).await?;
                ensure!(reasons.contains("not measured yet"), "{reasons}");
                if let Some(why) = study.unsimulated() {
                    ensure!(reasons.contains(why), "{reasons}");
                }
            }
        }
        Ok(())
    })
}

#[test]
fn every_experiment_of_a_report_is_shown_by_itself() -> Result<()> {
    browse(async |page| {
        let exported = Exported::with_report().await?;
        for width in [1600, 390] {
            page.resize(width, 900).await?;
            exported.open(page, "#/experiments").await?;
            for &study in Study::ALL {
                go(page, &link(study)).await?;
                shown(page, study).await?;
                curve(page, study, "predicted").await?;
                curve(page, study, "measured").await?;
                match study.unsimulated() {
                    None => curve(page, study, "simulated").await?,
                    Some(_) => page
                        .find(&within(study, "[data-testid=found]"))
                        .await
                        .map(drop)?,
                }
            }
        }
        // On another machine the measurement is one click away
        go(page, "#/experiments?study=bandwidth&machine=teaching").await?;
        page.click("[data-testid=show-measured]").await?;
        curve(page, Study::Bandwidth, "measured").await
    })
}

#[test]
fn the_chosen_experiment_stands_in_the_address() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/experiments").await?;
        shown(page, Study::ALL[0]).await?;
        let choose = format!(
            "const choice = {CHOICE};
             choice.value = 'vector-width';
             choice.dispatchEvent(new Event('change', {{ bubbles: true }}));"
        );
        page.run(&choose, vec![]).await?;
        shown(page, Study::VectorWidth).await?;
        page.wait(
            "the address of the experiment",
            "location.hash === '#/experiments?study=vector-width'",
        )
        .await?;
        // A link moves the choice of one who chose before
        go(page, &link(Study::Tiling)).await?;
        shown(page, Study::Tiling).await?;
        go(page, "#/experiments?study=alchemy").await?;
        let said = page.text("main [role=alert]").await?;
        ensure!(said.contains("“alchemy”"), "{said}");
        Ok(())
    })
}

#[test]
fn of_very_many_curves_the_chosen_one_is_simulated_and_in_the_address() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, &link(Study::LoaderKernels)).await?;
        curve(page, Study::LoaderKernels, "simulated").await?;
        let choose = "
            const choice = document.querySelector('[data-testid=variant]');
            choice.value = 'copy';
            choice.dispatchEvent(new Event('change', { bubbles: true }));";
        page.run(choose, vec![]).await?;
        page.wait(
            "the simulation of that kernel alone",
            "Number(document.querySelector('[data-series=simulated][data-variant=copy]')?.dataset.points) > 0",
        )
        .await?;
        page.wait(
            "the address of the kernel",
            "location.hash.includes('loader-kernels.variant=copy')",
        )
        .await
    })
}

#[test]
fn an_experiment_by_itself_is_accessible() -> Result<()> {
    browse(async |page| {
        let exported = Exported::with_report().await?;
        for link in [
            "#/experiments?study=core-to-core",
            "#/experiments?study=loader-kernels&machine=teaching",
        ] {
            exported.open(page, link).await?;
            page.find("main [data-testid=three-readings]")
                .await
                .context("a plot")?;
            for dark in [false, true] {
                page.prefer_dark(dark).await?;
                axe::check(page, link).await?;
            }
        }
        Ok(())
    })
}
