//! The cache view, as a student uses it.

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use serde_json::json;

use crate::axe;
use crate::lab::{Exported, Live, go, recorded, set, set_slider};
use crate::session::{Page, browse};

const PROGRAM: &str = "[data-testid=program]";
const STAGE: &str = "[data-testid=stage]";

/// Four lines in one set of two ways, twice: the second pass misses for want of ways alone.
const TYPED: &str = "arra A[32]: f64\nfor p in 0..4 {\nfor i in 0..4 {\nA[i * 8]\n}\n}";

fn keys(keys: &[Key]) -> String {
    keys.iter().copied().map(char::from).collect()
}

async fn open(exported: &Exported, page: &Page, query: &str) -> Result<()> {
    exported.open(page, &format!("#/cache{query}")).await?;
    recorded(page).await
}

/// Waits until this access is explained.
async fn at(page: &Page, step: u64) -> Result<()> {
    let explained = format!(
        "document.querySelector('[data-testid=explanation]')?.dataset.step === '{step}'
         && document.querySelector('[data-testid=step]')?.dataset.step === '{step}'"
    );
    page.wait(&format!("access {step}"), &explained).await
}

/// Tabs on until an element has the keyboard.
async fn tab_to(page: &Page, selector: &str) -> Result<()> {
    for _ in 0..60 {
        page.keys(":focus", &keys(&[Key::Tab])).await?;
        let there = format!("document.activeElement.matches({selector:?})");
        if page.eval(&there).await? == true {
            return Ok(());
        }
    }
    anyhow::bail!("Tab never reaches {selector}")
}

async fn hash(page: &Page) -> Result<String> {
    let hash = page.eval("location.hash").await?;
    Ok(hash.as_str().context("no address")?.to_owned())
}

#[test]
fn a_student_types_errs_mends_steps_predicts_and_shares_by_keyboard_alone() -> Result<()> {
    let mut shared = String::new();
    browse(async |page| {
        let exported = Exported::plain().await?;
        open(&exported, page, "?example=rows").await?;
        let control = char::from(Key::Control);
        let null = char::from(Key::Null);
        page.keys(PROGRAM, &format!("{control}a{null}{TYPED}"))
            .await?;
        page.wait(
            "the error",
            "document.querySelector('[data-testid=problems] li')",
        )
        .await?;
        let problem = page.text("[data-testid=problems]").await?;
        ensure!(problem.contains("line 1, column 1"), "{problem}");
        ensure!(problem.contains("array"), "no way out: {problem}");
        axe::check(page, "the cache view with an error").await?;

        let home = format!("{control}{}{null}", char::from(Key::Home));
        let right = keys(&[Key::Right; 4]);
        page.keys(PROGRAM, &format!("{home}{right}y")).await?;
        page.wait(
            "no error",
            "!document.querySelector('[data-testid=problems] li')",
        )
        .await?;
        page.wait(
            "the program's accesses",
            "document.querySelector('[data-testid=extent]')?.textContent.includes('makes 16 ')",
        )
        .await?;
        recorded(page).await?;

        tab_to(page, STAGE).await?;
        page.keys(":focus", &keys(&[Key::Right, Key::Right, Key::Right]))
            .await?;
        at(page, 3).await?;
        page.keys(":focus", &keys(&[Key::Left])).await?;
        at(page, 2).await?;
        page.keys(":focus", "c").await?;
        at(page, 4).await?;
        let told = page.text("[data-testid=explanation]").await?;
        for word in ["conflict miss", "A[0]", "Line 4", "p = 1", "evicts"] {
            ensure!(told.contains(word), "`{word}` is missing in {told}");
        }
        page.keys(":focus", "b").await?;

        tab_to(page, "[data-testid=challenge]").await?;
        page.keys(":focus", &keys(&[Key::Enter])).await?;
        page.wait(
            "the question",
            "document.querySelector('[data-testid=question]')?.textContent.includes('A[8]')",
        )
        .await?;
        tab_to(page, "[data-testid=guess-miss]").await?;
        page.keys(":focus", &keys(&[Key::Enter])).await?;
        page.wait(
            "the verdict",
            "document.querySelector('[data-testid=verdict]')?.dataset.right === '1'",
        )
        .await?;
        at(page, 5).await?;
        axe::check(page, "the cache view with a challenge").await?;
        page.wait(
            "the step in the address",
            "location.hash.includes('cache.step=5') && location.hash.includes('cache.marks=4')",
        )
        .await?;
        shared = hash(page).await?;
        Ok(())
    })?;
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, &shared).await?;
        recorded(page).await?;
        at(page, 5).await?;
        let text = page
            .eval("document.querySelector('[data-testid=program]').value")
            .await?;
        let text = text.as_str().context("no text")?;
        ensure!(
            text.starts_with("array A[32]: f64\nfor p in 0..4 {"),
            "{text}"
        );
        let marks = page
            .eval("document.querySelector('.mark').textContent")
            .await?;
        ensure!(marks == json!("⚑ 5"), "{marks}");
        Ok(())
    })
}

#[test]
fn sliders_and_caches_run_it_again_and_counts_add_up() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        open(&exported, page, "?example=columns").await?;
        let before = page.text("[data-testid=extent]").await?;
        set_slider(page, "[data-testid=control-N]", "min").await?;
        let changed =
            format!("document.querySelector('[data-testid=extent]').textContent !== {before:?}");
        page.wait("another number of accesses", &changed).await?;
        recorded(page).await?;
        let script = "
            const cells = [...document.querySelectorAll('[data-testid=by-level] tbody tr')]
                .map(row => [...row.querySelectorAll('td')]
                    .map(cell => Number(cell.textContent.replace(/[^0-9.]/g, ''))));
            const lines = [...document.querySelectorAll('[data-testid=by-line] tbody tr')]
                .map(row => Number(row.querySelectorAll('td')[1].textContent.replace(/[^0-9]/g, '')));
            return [cells[0], lines.reduce((a, b) => a + b, 0)];";
        let (first, by_line): (Vec<f64>, f64) =
            serde_json::from_value(page.run(script, vec![]).await?)?;
        let [lookups, hits, misses, _, compulsory, capacity, conflict, ..] = first[..] else {
            anyhow::bail!("{first:?}");
        };
        ensure!(lookups > 0.0 && lookups == hits + misses, "{first:?}");
        ensure!(misses == compulsory + capacity + conflict, "{first:?}");
        ensure!(
            by_line == misses,
            "lines miss {by_line}, the cache {misses}"
        );
        Ok(())
    })
}

#[test]
fn a_run_plays_at_the_speed_chosen_and_the_address_keeps_it() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        open(&exported, page, "?example=columns").await?;
        set(page, "[data-testid=cache-pace]", "change", "fast").await?;
        page.click("[data-testid=play]").await?;
        page.wait(
            "some accesses played",
            "Number(document.querySelector('[data-testid=explanation]').dataset.step) >= 20",
        )
        .await?;
        page.click("[data-testid=play]").await?;
        // The address is written when the choices rest.
        page.wait(
            "the speed in the address",
            "location.hash.includes('cache.pace=fast')",
        )
        .await?;
        let again = hash(page).await?;
        page.goto("about:blank").await?;
        exported.open(page, &again).await?;
        recorded(page).await?;
        let kept = page
            .eval("document.querySelector('[data-testid=cache-pace]').value")
            .await?;
        ensure!(kept == json!("fast"), "{kept}");
        Ok(())
    })
}

#[test]
fn an_absurd_program_is_cut_and_leaves_the_page_alive() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        open(&exported, page, "?example=rows").await?;
        let absurd = "array A[8]: f64\nfor i in 0..1000000000000 {\n    A[0]\n}\n";
        set(page, "[data-testid=program]", "input", absurd).await?;
        page.wait(
            "the warning",
            "document.querySelector('[data-testid=extent]')?.textContent.includes('first')",
        )
        .await?;
        recorded(page).await?;
        ensure!(page.eval("1 + 1").await? == 2);
        page.click("[data-testid=sample]").await?;
        page.wait(
            "the offer taken up",
            "document.querySelector('[data-testid=extent]')?.textContent.includes('32 slices')
                && location.hash.includes('cache.sample=slices')",
        )
        .await?;
        recorded(page).await?;
        let status = page.text("[data-testid=simulation-status]").await?;
        ensure!(status.contains("simulated 1"), "{status}");
        Ok(())
    })
}

#[test]
fn it_is_accessible_narrow_wide_and_dark_and_compares() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        open(
            &exported,
            page,
            "?example=columns&versus.machine=teaching&versus.ways=1",
        )
        .await?;
        page.wait(
            "both sides",
            "document.querySelector('[data-testid=versus-sums] tbody tr')",
        )
        .await?;
        for (width, dark) in [(360, false), (390, true), (1600, false)] {
            page.resize(width, 900).await?;
            page.prefer_dark(dark).await?;
            let place = format!("the cache view, {width} px, dark: {dark}");
            axe::check(page, &place).await?;
            let over = page
                .eval("document.documentElement.scrollWidth - innerWidth")
                .await?;
            ensure!(over.as_i64() <= Some(0), "{place}: {over} px too wide");
        }
        page.prefer_dark(false).await?;
        exported.site.check_no_strays()
    })
}

#[test]
fn the_machine_of_the_report_is_named_where_it_is_used() -> Result<()> {
    browse(async |page| {
        let live = Live::with_report()?;
        live.open(page, "#/cache?machine=this").await?;
        page.wait(
            "the machine of the report",
            "(chosen => chosen && chosen.value === 'this' && chosen.selectedOptions[0].textContent.includes(': '))
                (document.querySelector('.cache-view select[data-testid=machine]'))",
        )
        .await?;
        go(page, "#/cache?machine=abacus").await?;
        page.wait(
            "a word on the machine that is not there",
            "document.querySelector('.cache-view select[data-testid=machine]').selectedOptions[0]
                .textContent.includes('“abacus” is not here')",
        )
        .await?;
        Ok(live)
    })
}
