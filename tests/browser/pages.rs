//! Every page, in both homes: it loads without a console error, fits a phone, and axe-core finds
//! nothing wrong in light or dark.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::axe;
use crate::lab::{Exported, Live, go, routes};
use crate::session::{Page, browse};

async fn visit_all(page: &Page) -> Result<()> {
    for route in routes(page).await? {
        go(page, &route).await?;
        let title = page.eval("document.title").await?;
        ensure!(
            title
                .as_str()
                .is_some_and(|title| title.contains("Locality Lab")),
            "{route}: {title}"
        );
        ensure!(
            page.eval("document.querySelectorAll('main h1').length")
                .await?
                == 1,
            "{route}"
        );
    }
    Ok(())
}

#[test]
fn every_page_loads_from_the_server() -> Result<()> {
    browse(async |page| {
        let live = Live::with_report()?;
        live.open(page, "#/").await?;
        // The token is not left in the address bar
        let address = page.eval("location.href").await?.to_string();
        ensure!(!address.contains("token"), "{address}");
        visit_all(page).await?;
        Ok(live)
    })
}

#[test]
fn every_page_loads_on_a_fresh_machine() -> Result<()> {
    browse(async |page| {
        let live = Live::fresh()?;
        live.open(page, "#/").await?;
        visit_all(page).await?;
        Ok(live)
    })
}

#[test]
fn every_page_loads_from_a_sub_path() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/").await?;
        visit_all(page).await?;
        exported.site.check_no_strays()
    })
}

#[test]
fn an_unknown_page_or_lesson_says_so() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        for (route, words) in [
            (
                "#/no/such/page",
                "There is no page at the address “#/no/such/page”.",
            ),
            ("#/lesson/alchemy", "There is no lesson called “alchemy”."),
        ] {
            exported.open(page, route).await?;
            // Only the hash changes from one to the other: the last view may still stand.
            page.wait(
                &format!("{route} to say so"),
                &format!("document.querySelector('main')?.innerText.includes('{words}')"),
            )
            .await?;
            ensure!(
                page.eval("document.querySelector('main a[href^=\"#/\"]') !== null")
                    .await?
                    == true,
                "{route}: no way on"
            );
            // Longer than it takes until an address is written anew
            page.run("await new Promise(next => setTimeout(next, 500))", vec![])
                .await?;
            let address = page.eval("location.hash").await?;
            ensure!(address == route, "{route} became {address}");
        }
        Ok(())
    })
}

async fn check_width(page: &Page, width: u32) -> Result<()> {
    page.resize(width, 740).await?;
    for route in routes(page).await? {
        go(page, &route).await?;
        let inner = page.eval("document.documentElement.scrollWidth").await?;
        // Whatever sticks out and stands in no box that scrolls by itself
        let wide = "[...document.querySelectorAll('body *')].filter(e => {
                for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
                    if (getComputedStyle(p).overflowX !== 'visible'
                        && getComputedStyle(p).display !== 'inline') return false;
                return e.getBoundingClientRect().right > innerWidth + 1;
            }).slice(0, 4).map(e => e.outerHTML.slice(0, 120))";
        ensure!(
            inner
                .as_u64()
                .is_some_and(|inner| inner <= u64::from(width)),
            "{route} is {inner} wide on {width}: {}",
            page.eval(wide).await?
        );
    }
    Ok(())
}

#[test]
fn every_page_fits_a_phone() -> Result<()> {
    browse(async |page| {
        let live = Live::with_report()?;
        page.resize(360, 740).await?;
        live.open(page, "#/").await?;
        check_width(page, 360).await?;
        Ok(live)
    })
}

async fn check_accessibility(page: &Page, home: &str) -> Result<()> {
    let mut found = Vec::new();
    for dark in [false, true] {
        page.prefer_dark(dark).await?;
        for route in routes(page).await? {
            go(page, &route).await?;
            let scheme = if dark { "dark" } else { "light" };
            // Colours that fade in are judged when they stand
            page.run(
                "await Promise.all(document.getAnimations().map(a => a.finished.catch(() => 0)))",
                vec![],
            )
            .await?;
            for violation in axe::violations(page).await? {
                found.push(format!("{home} {route} {scheme}: {violation}"));
            }
        }
    }
    ensure!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}

#[test]
fn every_page_is_accessible_from_the_server() -> Result<()> {
    browse(async |page| {
        let live = Live::with_report()?;
        page.resize(1600, 1000).await?;
        live.open(page, "#/").await?;
        check_accessibility(page, "live, on a desk").await?;
        Ok(live)
    })
}

#[test]
fn every_page_is_accessible_from_a_static_host() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        page.resize(1024, 768).await?;
        exported.open(page, "#/").await?;
        check_accessibility(page, "static, on a tablet").await
    })
}

#[test]
fn every_page_is_accessible_on_a_phone() -> Result<()> {
    browse(async |page| {
        let live = Live::with_report()?;
        page.resize(390, 844).await?;
        live.open(page, "#/").await?;
        check_accessibility(page, "live, on a phone").await?;
        Ok(live)
    })
}

#[test]
fn the_theme_can_be_chosen_and_stays() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/").await?;
        page.prefer_dark(false).await?;
        let ground = "getComputedStyle(document.body).backgroundColor";
        let light = page.eval(ground).await?;
        let choose = "
            const select = document.querySelector('[data-testid=theme]');
            select.value = args[0];
            select.dispatchEvent(new Event('change', { bubbles: true }));";
        page.run(choose, vec![json!("dark")]).await?;
        page.wait("a dark ground", &format!("{ground} !== {light}"))
            .await?;
        let dark = page.eval(ground).await?;
        exported.open(page, "#/replay").await?;
        ensure!(page.eval(ground).await? == dark, "the choice was forgotten");
        Ok(())
    })
}

#[test]
fn back_leads_to_where_one_was() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/lesson/rows-or-columns").await?;
        page.wait(
            "the whole lesson",
            "document.querySelector('#swap-the-loops textarea')",
        )
        .await?;
        let down = "window.scrollTo({ top: 1500, behavior: 'instant' });";
        page.run(down, vec![]).await?;
        // As a link in the text does
        page.run("location.hash = '#/cache?example=columns';", vec![])
            .await?;
        page.wait(
            "the Cache view at its top",
            "document.querySelector('.cache-view h1') && scrollY === 0",
        )
        .await?;
        page.run("history.back();", vec![]).await?;
        page.wait(
            "the lesson where it was left",
            "document.querySelector('.lesson h1') && Math.abs(scrollY - 1500) < 2",
        )
        .await
    })
}

#[test]
fn fingers_find_targets_and_letters_of_their_size() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        page.by_finger().await?;
        let coarse = page.eval("matchMedia('(pointer: coarse)').matches").await?;
        ensure!(coarse == true, "there is still a mouse");
        for route in ["#/cache", "#/lesson/rows-or-columns", "#/coherence"] {
            exported.open(page, route).await?;
            page.wait(
                "controls",
                "document.querySelectorAll('main button').length > 2",
            )
            .await?;
            let small = "[...document.querySelectorAll('main :is(button, select, textarea, input[type=text])')]
                .filter(e => e.offsetParent)
                .filter(e => e.getBoundingClientRect().height < 40
                    || !e.matches('button') && parseFloat(getComputedStyle(e).fontSize) < 16)
                .map(e => e.outerHTML.slice(0, 90))";
            let small = page.eval(small).await?;
            ensure!(small == json!([]), "{route}: {small}");
        }
        Ok(())
    })
}

#[test]
fn paper_shows_plots_and_no_buttons() -> Result<()> {
    browse(async |page| {
        let exported = Exported::with_report().await?;
        exported.open(page, "#/").await?;
        // As wide as a sheet
        page.resize(794, 1100).await?;
        page.on_paper().await?;
        for route in routes(page).await? {
            go(page, &route).await?;
            let shown = "e => e.checkVisibility() && e.getBoundingClientRect().width > 2";
            let buttons = format!(
                "[...document.querySelectorAll('button, input[type=range], nav')].filter({shown})
                    .map(e => e.outerHTML.slice(0, 90))"
            );
            let buttons = page.eval(&buttons).await?;
            ensure!(buttons == json!([]), "{route}: {buttons}");
            if ["#/cache", "#/machine"].contains(&route.as_str()) {
                let drawn = format!("[...document.querySelectorAll('main svg')].some({shown})");
                page.wait(&format!("a plot of {route} on paper"), &drawn)
                    .await?;
            }
        }
        Ok(exported)
    })
}
