//! The start, the page for teachers, the way to the lab, and what is taken away from a page.

use anyhow::{Result, ensure};
use lab_lessons::{OUTLINE, exercise::EXERCISES};

use crate::axe;
use crate::lab::{Exported, go, reveal, three_series};
use crate::session::browse;

const VERDICT: &str = "document.querySelector('[data-testid=swap-verdict]')?.innerText";

#[test]
fn the_loops_are_swapped_and_the_misses_come_from_the_simulation() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/").await?;
        page.wait(
            "the misses by columns",
            &format!("{VERDICT}.includes('256 of 256 accesses miss')"),
        )
        .await?;
        let cells =
            "document.querySelector('.swap path.missed').getAttribute('d').split('M').length - 1";
        ensure!(page.eval(cells).await? == 256);
        page.click("[data-testid=swap-loops]").await?;
        // By hand: 16 rows of 16 numbers are 32 lines of 8, and each comes once.
        page.wait(
            "the misses by rows",
            &format!("{VERDICT}.includes('8 times fewer misses. 32 of 256 accesses miss')"),
        )
        .await?;
        ensure!(page.eval(cells).await? == 32);
        page.wait(
            "the swap in the address",
            "location.hash === '#/?start.loops=rows'",
        )
        .await?;
        // The Cache view counts the same on the same cache
        let link = page
            .eval("document.querySelector('.swap a').getAttribute('href')")
            .await?;
        go(page, link.as_str().unwrap_or_default()).await?;
        page.wait(
            "the same misses in the Cache view",
            "document.querySelector('[data-testid=by-level] [data-row=L1]')?.innerText.includes('32')",
        )
        .await
    })
}

#[test]
fn the_start_leads_everybody_on() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        for width in [1600, 390] {
            page.resize(width, 900).await?;
            exported.open(page, "#/").await?;
            let links = page
                .eval("[...document.querySelectorAll('.ways a')].map(it => it.getAttribute('href')).join(' ')")
                .await?;
            ensure!(links == "#/cache #/teach #/get", "{links}");
            let first = page.text("[data-testid=begin]").await?;
            ensure!(first == "Begin with lesson 1", "{first}");
            let seen = "document.querySelector('[data-testid=begin]').getBoundingClientRect().bottom < innerHeight";
            ensure!(
                page.eval(seen).await? == true,
                "the way on is not seen on {width}"
            );
        }
        page.click("[data-testid=begin]").await?;
        page.wait("lesson 1", "document.querySelector('article.lesson h1')")
            .await?;
        go(page, "#/").await?;
        let first = page.text("[data-testid=begin]").await?;
        ensure!(first == "Go on with lesson 1", "{first}");
        Ok(())
    })
}

#[test]
fn the_page_for_teachers_lists_every_lesson_and_exercise() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/teach").await?;
        for lesson in OUTLINE {
            let text = page.text(&format!("[data-lesson={}]", lesson.id)).await?;
            let minutes = format!("{}\u{a0}minutes", lesson.minutes);
            for word in lesson.goals.iter().copied().chain([lesson.title, &minutes]) {
                ensure!(text.contains(word), "`{word}` is not in: {text}");
            }
        }
        for exercise in EXERCISES {
            let text = page
                .text(&format!("[data-exercise={}]", exercise.name))
                .await?;
            for word in [
                exercise.title,
                exercise.assesses,
                &exercise.minutes.to_string(),
            ] {
                ensure!(text.contains(word), "`{word}` is not in: {text}");
            }
        }
        // Each link that is shown leads somewhere
        let links = page
            .eval("[...document.querySelectorAll('main a[href^=\"#/\"]')].map(it => it.getAttribute('href'))")
            .await?;
        let links: Vec<String> = serde_json::from_value(links)?;
        ensure!(links.len() > OUTLINE.len() + EXERCISES.len());
        for link in links.iter().filter(|link| !link.contains("report.json")) {
            go(page, link).await?;
            let title = page.text("main h1").await?;
            ensure!(title != "Nothing here", "{link} leads nowhere");
        }
        go(page, "#/teach").await?;
        for width in [1600, 390] {
            page.resize(width, 900).await?;
            axe::check(page, "the page for teachers").await?;
        }
        Ok(())
    })
}

#[test]
fn a_link_to_what_is_seen_is_copied() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported
            .open(page, "#/experiments?machine=teaching&study=tiling")
            .await?;
        // What the clipboard is given, without its permission
        page.run(
            "navigator.clipboard.writeText = async text => { window.copied = text };",
            vec![],
        )
        .await?;
        page.click("[data-testid=copy-link]").await?;
        page.wait(
            "that it is said",
            "document.querySelector('.copy-link [role=status]').innerText === 'Link copied'",
        )
        .await?;
        ensure!(
            page.eval("window.copied === location.href").await? == true,
            "another address was copied"
        );
        Ok(())
    })
}

#[test]
fn a_report_is_saved_from_where_it_is_shown() -> Result<()> {
    browse(async |page| {
        let exported = Exported::with_report().await?;
        for route in ["#/", "#/experiments"] {
            exported.open(page, route).await?;
            let button = "document.querySelector('[data-testid=save-report]')";
            page.wait("the button", button).await?;
            let file = page.eval(&format!("{button}.download")).await?;
            ensure!(
                file.as_str().is_some_and(|it| it.ends_with(".json")),
                "{file}"
            );
            let there = format!("const a = {button}; return (await fetch(a.href)).ok;");
            ensure!(page.run(&there, vec![]).await? == true, "nothing is there");
        }
        Ok(())
    })
}

#[test]
fn a_machine_that_is_not_there_is_refused_in_every_view() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/").await?;
        let refusal = "[data-testid=no-such-machine]";
        for view in [
            "/",
            "/cache",
            "/reuse",
            "/machine",
            "/experiments",
            "/lesson/strides",
        ] {
            go(page, &format!("#{view}?machine=nope")).await?;
            let said = page.text(refusal).await?;
            for word in ["machine=nope", "small-laptop", "teaching"] {
                ensure!(said.contains(word), "{view}: {said}");
            }
        }
        page.click(&format!("{refusal} button")).await?;
        page.wait(
            "another machine",
            "location.hash.includes('machine=teaching')",
        )
        .await?;
        ensure!(
            page.eval(&format!("document.querySelector('{refusal}')"))
                .await?
                .is_null()
        );
        go(page, "#/?machine=this").await?;
        let said = page.text(refusal).await?;
        ensure!(said.contains("no report"), "{said}");
        Ok(())
    })
}

#[test]
fn what_a_link_cannot_have_is_said_in_a_line() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        for (route, words) in [
            (
                "#/reuse?reuse.kernel=nope",
                "reuse.kernel=nope: there is no such choice",
            ),
            (
                "#/reuse?reuse.passes=many",
                "reuse.passes=many: it has to be a number from 1 to 16",
            ),
            (
                "#/coherence?coherence.cores=99",
                "coherence.cores=99: it has to be a number from",
            ),
        ] {
            exported.open(page, route).await?;
            page.wait(
                words,
                &format!("document.querySelector('main').innerText.includes({words:?})"),
            )
            .await?;
        }
        Ok(())
    })
}

#[test]
fn a_static_copy_has_a_measured_sample_and_says_whose_it_is() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/lesson/memory-ladder").await?;
        reveal(page).await?;
        ensure!(
            !exported
                .site
                .take_asked()
                .iter()
                .any(|file| file.contains("sample")),
            "the sample was fetched unasked"
        );
        page.click("[data-testid=show-sample]").await?;
        three_series(page).await?;
        for route in [
            "#/lesson/memory-ladder",
            "#/machine",
            "#/experiments?study=bandwidth",
        ] {
            go(page, route).await?;
            let said = page.text("[data-testid=of-sample]").await?;
            ensure!(
                said.starts_with("Sample: measured on ") && said.contains("not on your machine"),
                "{route}: {said}"
            );
            page.wait(
                "the choice in the address",
                "location.hash.includes('machine=sample')",
            )
            .await?;
        }
        axe::check(page, "an experiment of the sample").await?;
        // A link leads to it, and one leaves it again
        exported.open(page, "#/machine?machine=sample").await?;
        page.find("[data-testid=of-sample]").await?;
        page.click("[data-testid=of-sample] button").await?;
        page.wait(
            "the page without the sample",
            "!document.querySelector('[data-testid=of-sample]') && !location.hash.includes('sample')",
        )
        .await
    })
}

#[test]
fn a_report_of_ones_own_is_not_replaced_by_the_sample() -> Result<()> {
    browse(async |page| {
        let exported = Exported::with_report().await?;
        exported.open(page, "#/machine?machine=sample").await?;
        let said = page.text("[data-testid=no-such-machine]").await?;
        ensure!(said.contains("a report of its own"), "{said}");
        ensure!(
            page.eval("document.querySelector('[data-testid=of-sample]')")
                .await?
                .is_null()
        );
        Ok(())
    })
}

#[test]
fn a_link_to_a_heading_of_a_lesson_leads_there() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        let heading = "right-a-set-is-the-only-place-a-line-may-lie";
        let there = format!(
            "(y => y >= 0 && y < innerHeight / 2)(document.getElementById('{heading}')?.getBoundingClientRect().top ?? -1)"
        );
        // From outside, and from a lesson that names it
        exported
            .open(page, &format!("#/lesson/strides?at={heading}"))
            .await?;
        page.wait("the heading", &there).await?;
        go(page, "#/lesson/rows-or-columns").await?;
        page.click(&format!("a[href$='at={heading}']")).await?;
        page.wait("the heading again", &there).await
    })
}
