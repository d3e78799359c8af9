//! The view of one experiment at a time: every study opens by its link, with and without a report.

use anyhow::{Context, Result, ensure};
use lab_core::study::Study;

use crate::axe;
use crate::lab::{Exported, go};
use crate::session::{Page, browse};

const CURRENT: &str = "document.querySelector('[data-testid=find] a[aria-current]')?.dataset.find";

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
        page.eval(CURRENT).await? == info.name,
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
fn an_experiment_is_found_by_its_question_and_stands_in_the_address() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/experiments").await?;
        let questions = "document.querySelectorAll('[data-testid=find] [data-find]').length";
        ensure!(page.eval(questions).await? == Study::ALL.len());
        // By words of the question, which stay in the address, and by a topic
        page.find("#find-words")
            .await?
            .send_keys("counters threads")
            .await?;
        page.wait("one question", &format!("{questions} === 1"))
            .await?;
        page.wait(
            "the words in the address",
            "location.hash.includes('experiments.find=counters+threads')",
        )
        .await?;
        page.find("#find-words")
            .await?
            .send_keys(" alchemy")
            .await?;
        page.wait("none", &format!("{questions} === 0")).await?;
        let said = page.text("[data-testid=find]").await?;
        ensure!(said.contains("No experiment asks that"), "{said}");
        go(page, "#/experiments").await?;
        page.wait("all questions", &format!("{questions} > 20"))
            .await?;
        page.click(".chips button:nth-of-type(4)").await?;
        page.wait(
            "the topic alone",
            "document.querySelectorAll('[data-testid=find] h2').length === 1
                && document.querySelector('.chips button:nth-of-type(4)').ariaPressed === 'true'",
        )
        .await?;
        page.click("[data-find=core-to-core]").await?;
        shown(page, Study::CoreToCore).await?;
        page.wait(
            "the address of the experiment",
            "location.hash === '#/experiments?study=core-to-core'",
        )
        .await?;
        go(page, &link(Study::Tiling)).await?;
        shown(page, Study::Tiling).await?;
        go(page, "#/experiments?study=alchemy").await?;
        let said = page.text("main [role=alert]").await?;
        ensure!(said.contains("“alchemy”"), "{said}");
        ensure!(page.eval(questions).await? == Study::ALL.len());
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
