//! The plot of three readings: its curves, its sliders, its keyboard, its address.

use anyhow::{Result, ensure};
use fantoccini::key::Key;
use serde_json::Value;

use crate::lab::{Exported, Live, PLOT, drawing, reveal, series, simulation, slide, three_series};
use crate::session::{Page, browse};

/// The sliders of the first figure.
async fn sliders(page: &Page) -> Result<Vec<String>> {
    page.find("[data-testid^=control-]").await?;
    let script = "const figure = document.querySelector('[data-testid=three-readings]')
            .closest('figure, section, article') ?? document;
        return [...figure.querySelectorAll('input[type=range][data-testid^=control-]')]
            .map(slider => `[data-testid=\"${slider.dataset.testid}\"]`);";
    let found: Vec<String> = serde_json::from_value(page.run(script, vec![]).await?)?;
    ensure!(!found.is_empty(), "the first figure has no sliders");
    Ok(found)
}

#[test]
fn a_measured_lesson_holds_the_three_series() -> Result<()> {
    browse(async |page| {
        let live = Live::with_report()?;
        for lesson in with_figures() {
            live.open(
                page,
                &format!("#/lesson/{}?machine=this", lesson.outline.id),
            )
            .await?;
            reveal(page).await?;
            three_series(page).await?;
            // Each plot of the lesson gets its simulation when the worker comes to it.
            let in_order = format!(
                "[...document.querySelectorAll('{PLOT}')].every(plot =>
                    [...new Set([...plot.querySelectorAll('[data-series]')]
                        .map(series => series.dataset.series))].join()
                    === 'predicted,simulated,measured')"
            );
            page.wait("the three readings in their order", &in_order)
                .await?;
        }
        Ok(live)
    })
}

#[test]
fn an_exported_report_gives_the_three_series_too() -> Result<()> {
    browse(async |page| {
        let exported = Exported::with_report().await?;
        exported
            .open(page, "#/lesson/memory-ladder?machine=this")
            .await?;
        reveal(page).await?;
        three_series(page).await?;
        exported.site.check_no_strays()
    })
}

#[test]
fn a_prediction_comes_before_its_plot() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        for lesson in with_figures() {
            exported
                .open(page, &format!("#/lesson/{}", lesson.outline.id))
                .await?;
            page.find("[data-testid=quiz]").await?;
            let veils = "document.querySelectorAll('[data-testid=show-me]').length";
            ensure!(
                page.eval(veils).await? == 1,
                "{}: the answer is not veiled",
                lesson.outline.id
            );
            page.click("[data-testid=quiz] input[type=radio]").await?;
            page.click("[data-testid=quiz] button[type=submit]").await?;
            page.wait(
                "the plot",
                &format!("{veils} === 0 && document.querySelector('{PLOT}')"),
            )
            .await?;
            let answer = page.text("[data-testid=quiz] .answer").await?;
            ensure!(
                answer.len() > 40,
                "{}: no explanation: {answer}",
                lesson.outline.id
            );
        }
        Ok(())
    })
}

/// Without a report nothing may look measured.
#[test]
fn without_a_report_nothing_looks_measured() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/lesson/memory-ladder").await?;
        reveal(page).await?;
        series(page, "predicted").await?;
        series(page, "simulated").await?;
        let measured = page
            .eval(&format!(
                "[...document.querySelectorAll('{PLOT} [data-series=measured]')]
                    .filter(series => Number(series.dataset.points) > 0).length"
            ))
            .await?;
        ensure!(
            measured == 0,
            "{measured} measured curves came from nowhere"
        );
        Ok(())
    })
}

/// A rerun has 100 ms, which the lessons' tests hold the counts of accesses to. The clock is no judge
/// of that on a busy machine: here it only tells, and stops what takes several times as long.
#[test]
fn every_slider_reruns_the_simulation_at_once() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        let mut slow = Vec::new();
        for lesson in with_figures() {
            exported
                .open(page, &format!("#/lesson/{}", lesson.outline.id))
                .await?;
            reveal(page).await?;
            series(page, "simulated").await?;
            page.wait("a first run", "Number(document.querySelector('[data-testid=simulation-status]')?.dataset.run) > 0").await?;
            let mut changed = 0;
            for slider in sliders(page).await? {
                for end in ["max", "min"] {
                    let before = drawing(page, "simulated").await?;
                    let at = page
                        .eval(&format!("document.querySelector('{slider}').value"))
                        .await?;
                    let target = page
                        .eval(&format!("document.querySelector('{slider}').{end}"))
                        .await?;
                    if at == target {
                        continue;
                    }
                    slide(page, &slider, end).await?;
                    changed += usize::from(drawing(page, "simulated").await? != before);
                    let milliseconds = simulation(page, "milliseconds").await?;
                    println!(
                        "{}: {slider} at its {end}: {milliseconds} ms",
                        lesson.outline.id
                    );
                    if milliseconds >= 300.0 {
                        slow.push(format!(
                            "{}: {slider} at its {end}: {milliseconds} ms",
                            lesson.outline.id
                        ));
                    }
                }
            }
            ensure!(
                changed > 0,
                "{}: no slider changed the simulated curve",
                lesson.outline.id
            );
        }
        ensure!(slow.is_empty(), "300 ms or more:\n  {}", slow.join("\n  "));
        Ok(())
    })
}

#[test]
fn the_keyboard_reads_the_values() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/lesson/memory-ladder").await?;
        reveal(page).await?;
        series(page, "simulated").await?;
        let plot = format!("{PLOT} [tabindex='0']");
        page.keys(&plot, &char::from(Key::Home).to_string()).await?;
        let readout = format!("document.querySelector('{PLOT} [data-testid=readout]')?.innerText");
        page.wait("a read-out", &readout).await?;
        let first = page.eval(&readout).await?;
        page.keys(&plot, &char::from(Key::Right).to_string())
            .await?;
        page.wait("another read-out", &format!("{readout} !== {first}"))
            .await?;
        // A screen reader is told the same
        let spoken = format!("document.querySelector('{PLOT} [aria-live]')?.textContent");
        let text = page.eval(&spoken).await?;
        ensure!(
            text.as_str()
                .is_some_and(|text| text.contains("predicted") && text.contains("ns")),
            "{text}"
        );
        page.keys(&plot, &char::from(Key::Escape).to_string())
            .await?;
        page.wait(
            "no read-out",
            &format!("!document.querySelector('{PLOT} [data-testid=readout]')"),
        )
        .await
    })
}

#[test]
fn the_data_table_says_what_the_plot_shows() -> Result<()> {
    browse(async |page| {
        let live = Live::with_report()?;
        live.open(page, "#/lesson/memory-ladder?machine=this")
            .await?;
        reveal(page).await?;
        three_series(page).await?;
        // It may stand behind a fold
        page.run(
            "for (const d of document.querySelectorAll('details')) d.open = true",
            vec![],
        )
        .await?;
        page.find("[data-testid=data-table]").await?;
        let rows = page
            .eval("document.querySelectorAll('[data-testid=data-table] tbody tr').length")
            .await?;
        ensure!(rows.as_u64() > Some(5), "{rows} rows");
        let head = page
            .text("[data-testid=data-table] thead")
            .await?
            .to_lowercase();
        for reading in ["predicted", "simulated", "measured"] {
            ensure!(head.contains(reading), "{reading} is missing in {head}");
        }
        Ok(live)
    })
}

#[test]
fn the_address_restores_the_situation() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/lesson/memory-ladder").await?;
        reveal(page).await?;
        series(page, "simulated").await?;
        page.wait(
            "a first run",
            "Number(document.querySelector('[data-testid=simulation-status]')?.dataset.run) > 0",
        )
        .await?;
        let slider = sliders(page).await?.remove(0);
        slide(page, &slider, "max").await?;
        page.wait("a choice in the address", "location.hash.includes('?')")
            .await?;
        let value = page
            .eval(&format!("document.querySelector('{slider}').value"))
            .await?;
        let drawn = drawing(page, "predicted").await?;
        let address = page.eval("location.href").await?;
        let Value::String(address) = address else {
            anyhow::bail!("no address: {address}")
        };

        page.goto("about:blank").await?;
        page.goto(&address).await?;
        reveal(page).await?;
        series(page, "simulated").await?;
        let restored = page
            .eval(&format!("document.querySelector('{slider}').value"))
            .await?;
        ensure!(restored == value, "{restored} instead of {value}");
        ensure!(
            drawing(page, "predicted").await? == drawn,
            "another curve was drawn"
        );
        Ok(())
    })
}

/// The lessons whose first plot has sliders; others show a plot without, or ask for an exercise.
fn with_figures() -> impl Iterator<Item = &'static lab_lessons::Lesson> {
    let first = |lesson: &lab_lessons::Lesson| {
        lesson.blocks.iter().find_map(|block| match block {
            lab_lessons::Block::Figure(figure) => Some(figure),
            _ => None,
        })
    };
    let lessons = lab_lessons::LESSONS.iter();
    lessons.filter(move |lesson| first(lesson).is_some_and(|figure| !figure.controls.is_empty()))
}
