//! The reuse view: its picture and what stands beside it, its controls, its address.

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::axe;
use crate::lab::{Exported, Live, set_slider, simulation, slide};
use crate::session::{Page, browse};

const PLOT: &str = "[data-testid=locality]";

/// Opens the view and waits for its first run.
async fn open(exported: &Exported, page: &Page, query: &str) -> Result<()> {
    exported.open(page, &format!("#/reuse{query}")).await?;
    shown(page).await
}

async fn shown(page: &Page) -> Result<()> {
    let done =
        "document.querySelector('[data-testid=simulation-status]')?.dataset.running === 'false'";
    page.wait(
        "a run on the plot",
        &format!("document.querySelector('{PLOT} [data-series=curve] .line') && {done}"),
    )
    .await
}

/// The numbers of a row of the levels' table, one a level.
async fn counter(page: &Page, name: &str) -> Result<Vec<f64>> {
    let script = "
        const row = document.querySelector(`[data-testid=levels] tr[data-row='${args[0]}']`);
        return row && [...row.querySelectorAll('td')].map(cell =>
            Number(cell.textContent.replace(/[^0-9.−-]/g, '').replace('−', '-')));";
    let found = page.run(script, vec![json!(name)]).await?;
    serde_json::from_value(found).with_context(|| format!("there is no counter `{name}`"))
}

/// The share of each band, in per cent.
async fn shares(page: &Page) -> Result<Vec<f64>> {
    let script = "return [...document.querySelectorAll('[data-testid=bands] tbody tr')]
        .map(row => parseFloat(row.querySelector('td').textContent));";
    Ok(serde_json::from_value(page.run(script, vec![]).await?)?)
}

#[test]
fn histogram_curve_levels_and_bands_are_there_and_say_what_they_are() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        open(&exported, page, "").await?;
        for series in ["histogram", "curve", "levels"] {
            let points = page
                .eval(&format!(
                    "Number(document.querySelector('{PLOT} [data-series={series}]').dataset.points)"
                ))
                .await?;
            ensure!(points.as_u64() >= Some(3), "{series}: {points} points");
        }
        let marks = page
            .eval(&format!(
                "document.querySelector('{PLOT} .landmarks').textContent"
            ))
            .await?
            .to_string();
        for cache in ["L1", "L2", "L3"] {
            ensure!(marks.contains(cache), "{cache} is not marked: {marks}");
        }
        let bands = page.text("[data-testid=bands]").await?.to_lowercase();
        for word in [
            "hot",
            "warm",
            "cold",
            "fits l1",
            "fits no cache",
            "simulated",
        ] {
            ensure!(bands.contains(word), "`{word}` is missing in {bands}");
        }
        let all: f64 = shares(page).await?.iter().sum();
        ensure!((all - 100.0).abs() < 0.3, "the bands add up to {all} %");
        let facts = page.text("[data-testid=run-facts]").await?;
        for word in ["exact", "64 B", "simulated"] {
            ensure!(facts.contains(word), "`{word}` is missing in {facts}");
        }
        let lead = page.text(".lead").await?;
        ensure!(lead.contains("distinct lines"), "no definition: {lead}");
        exported.site.check_no_strays()
    })
}

/// Closed properties of the numbers a reader sees.
#[test]
fn the_counts_add_up_and_the_first_cache_differs_from_the_curve_by_conflicts_alone() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        open(
            &exported,
            page,
            "?reuse.kernel=strided-walk&reuse.stride=4096&reuse.passes=3",
        )
        .await?;
        let mut conflicts = 0.0;
        let [hits, misses, lookups] = [
            counter(page, "hits").await?,
            counter(page, "misses").await?,
            counter(page, "look-ups").await?,
        ];
        let [compulsory, capacity, conflict, lucky] = [
            counter(page, "compulsory").await?,
            counter(page, "capacity").await?,
            counter(page, "conflict").await?,
            counter(page, "lucky hits").await?,
        ];
        ensure!(misses.len() == 3, "{misses:?}");
        for level in 0..3 {
            ensure!(
                hits[level] + misses[level] == lookups[level],
                "level {level}"
            );
            let causes = compulsory[level] + capacity[level] + conflict[level];
            ensure!(causes == misses[level], "level {level}: {causes} by cause");
            conflicts += conflict[level];
        }
        // 256 lines in a cache of 512: only its sets make it miss.
        let (curve, apart) = (
            counter(page, "misses on the curve").await?,
            counter(page, "difference").await?,
        );
        ensure!(
            misses[0] == 768.0 && curve[0] == 256.0,
            "{misses:?} {curve:?}"
        );
        ensure!(apart[0] == conflict[0] - lucky[0], "{apart:?}");
        ensure!(conflicts >= 512.0, "{conflicts} conflict misses");
        let definitions = page
            .eval(
                "[...document.querySelectorAll('[data-testid=levels] tbody th small')]
                .every(small => small.textContent.length > 10)",
            )
            .await?;
        ensure!(definitions == true, "a counter has no definition");
        Ok(())
    })
}

#[test]
fn the_data_table_says_what_the_picture_shows() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        // 16 lines in turn: 8 loads a line, of which 7 follow the first at once.
        open(
            &exported,
            page,
            "?reuse.kernel=sequential-sum&reuse.array=1024&reuse.passes=3",
        )
        .await?;
        let rows = page
            .eval(
                "[...document.querySelectorAll('[data-testid=data-table] tbody tr')]
                    .map(row => [...row.children].map(cell => cell.textContent).join('|'))
                    .filter(row => !row.includes('|0|'))",
            )
            .await?;
        ensure!(
            rows == json!([
                "0 lines|64 B|336|87.5 %|12.5 %",
                "8 to 15 lines|1 KiB|32|8.3 %|4.2 %",
                "first use|none|16|4.2 %|–"
            ]),
            "{rows}"
        );
        let bars = page
            .eval(&format!("document.querySelectorAll('{PLOT} .bar').length"))
            .await?;
        ensure!(bars == 3, "{bars} bars");
        Ok(())
    })
}

#[test]
fn every_control_runs_it_again() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        open(&exported, page, "").await?;
        let drawn = format!("document.querySelector('{PLOT} svg g')?.parentNode.innerHTML");
        for (control, to) in [
            ("[data-testid=control-array]", "min"),
            ("[data-testid=control-passes]", "max"),
            ("[data-testid=control-l1-size]", "min"),
            ("[data-testid=control-l3-size]", "max"),
        ] {
            let before = page.eval(&drawn).await?;
            slide(page, control, to).await?;
            shown(page).await?;
            ensure!(
                page.eval(&drawn).await? != before,
                "{control} changes nothing"
            );
        }
        let choose = "
            const select = document.querySelector('[data-testid=control-kernel]');
            select.value = 'permutation-chase';
            select.dispatchEvent(new Event('change', { bubbles: true }));";
        page.run(choose, vec![]).await?;
        page.wait(
            "the other kernel",
            "document.querySelector('[data-testid=run-facts]')?.innerText.includes('permutation-chase')",
        )
        .await
    })
}

/// Long runs are sampled, keep the page alive, and give way to newer ones.
#[test]
fn a_long_run_is_sampled_and_gives_way() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        open(&exported, page, "").await?;
        for (control, to) in [("accesses", "max"), ("array", "max"), ("passes", "max")] {
            let control = format!("[data-testid=control-{control}]");
            set_slider(page, &control, to).await?;
        }
        page.wait(
            "a run on its way",
            "document.querySelector('[data-testid=simulation-status]').dataset.running === 'true'",
        )
        .await?;
        // Taken back while it runs: the short run comes through without the long one ending.
        let before = simulation(page, "run").await?;
        for (control, to) in [("passes", "min"), ("accesses", "min"), ("array", "min")] {
            let control = format!("[data-testid=control-{control}]");
            set_slider(page, &control, to).await?;
        }
        shown(page).await?;
        let facts = page.text("[data-testid=run-facts]").await?;
        ensure!(facts.contains("exact"), "{facts}");
        let short = "[...document.querySelectorAll('[data-testid=run-facts] dd')][1].textContent";
        let accesses = page.eval(short).await?.to_string();
        ensure!(
            accesses.contains('2') && accesses.len() < 12,
            "{accesses} accesses"
        );
        ensure!(simulation(page, "run").await? > before);

        open(
            &exported,
            page,
            "?reuse.kernel=triad&reuse.array=67108864&reuse.passes=9",
        )
        .await?;
        let hints = page.text(".figure").await?;
        ensure!(hints.contains("at most 20 million accesses"), "{hints}");
        let facts = page.text("[data-testid=run-facts]").await?;
        for word in ["sampled", "1 line in 128", "±"] {
            ensure!(facts.contains(word), "`{word}` is missing in {facts}");
        }
        Ok(())
    })
}

#[test]
fn the_address_restores_the_view() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        open(&exported, page, "?machine=laptop").await?;
        slide(page, "[data-testid=control-l2-size]", "max").await?;
        slide(page, "[data-testid=control-array]", "min").await?;
        page.wait(
            "the choices in the address",
            "location.hash.includes('reuse.array=64')",
        )
        .await?;
        shown(page).await?;
        let drawing = format!("document.querySelector('{PLOT} .plot svg').innerHTML");
        let drawn = page.eval(&drawing).await?;
        let Value::String(address) = page.eval("location.href").await? else {
            anyhow::bail!("the page has no address")
        };
        page.goto("about:blank").await?;
        page.goto(&address).await?;
        shown(page).await?;
        ensure!(
            page.eval(&drawing).await? == drawn,
            "another picture was drawn"
        );
        Ok(())
    })
}

#[test]
fn the_keyboard_reads_the_picture() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        open(&exported, page, "").await?;
        let plot = format!("{PLOT} [role=application]");
        page.keys(&plot, &char::from(Key::Home).to_string()).await?;
        let readout = format!("document.querySelector('{PLOT} [data-testid=readout]')?.innerText");
        page.wait("a read-out", &readout).await?;
        let first = page.eval(&readout).await?;
        page.keys(&plot, &char::from(Key::Right).to_string())
            .await?;
        page.wait("another read-out", &format!("{readout} !== {first}"))
            .await?;
        let spoken = page
            .eval(&format!(
                "document.querySelector('{PLOT} [aria-live]').textContent"
            ))
            .await?
            .to_string();
        ensure!(
            spoken.contains("Distances 1 line") && spoken.contains("misses"),
            "{spoken}"
        );
        Ok(())
    })
}

/// With the table open and a run shown, which the walk over all pages does not wait for.
#[test]
fn it_is_accessible_and_fits_a_phone() -> Result<()> {
    browse(async |page| {
        let live = Live::with_report()?;
        for (width, dark) in [(1280, false), (1280, true), (360, false), (360, true)] {
            page.resize(width, 800).await?;
            page.prefer_dark(dark).await?;
            for query in ["", "?machine=this", "?machine=teaching"] {
                live.open(page, &format!("#/reuse{query}")).await?;
                shown(page).await?;
                let opened = "for (const d of document.querySelectorAll('details')) d.open = true";
                page.run(opened, vec![]).await?;
                axe::check(page, &format!("{query} {width} dark {dark}")).await?;
                let wide = page.eval("document.documentElement.scrollWidth").await?;
                ensure!(
                    wide.as_u64() <= Some(width.into()),
                    "{query}: {wide} on {width}"
                );
            }
        }
        Ok(live)
    })
}
