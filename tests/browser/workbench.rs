//! The Cache view as a bench: all of it in sight, nothing that moves, and what can be turned on it.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::json;

use crate::axe;
use crate::lab::{Exported, go, recorded, set};
use crate::session::{Page, browse};

async fn open(page: &Page, query: &str) -> Result<Exported> {
    let exported = Exported::plain().await?;
    exported.open(page, &format!("#/cache{query}")).await?;
    recorded(page).await?;
    Ok(exported)
}

/// Which of these do not lie in the viewport as a whole.
async fn out_of_sight(page: &Page, selectors: &[&str]) -> Result<Vec<String>> {
    let script = "
        return args[0].filter(selector => {
            const all = [...document.querySelectorAll(selector)];
            return all.length === 0 || all.some(one => {
                const box = one.getBoundingClientRect();
                return box.width === 0 || box.top < 0 || box.left < 0
                    || box.bottom > innerHeight + 0.5 || box.right > innerWidth + 0.5;
            });
        });";
    let found = page.run(script, vec![json!(selectors)]).await?;
    Ok(serde_json::from_value(found)?)
}

#[test]
fn program_transport_story_and_caches_are_in_sight_together() -> Result<()> {
    browse(async |page| {
        let exported = open(page, "?example=columns&cache.step=20").await?;
        let bench = [
            ".editor",
            ".transport",
            "[data-testid=scrubber]",
            "[data-testid=explanation]",
            "[data-testid=grid-L1]",
            "[data-testid=grid-L2]",
        ];
        for (width, height) in [(1600, 1000), (1024, 768)] {
            page.resize(width, height).await?;
            let hidden = out_of_sight(page, &bench).await?;
            ensure!(hidden.is_empty(), "{width} × {height}: {hidden:?}");
        }
        page.resize(390, 844).await?;
        let phone = [
            "[data-testid=play]",
            "[data-testid=forward]",
            "[data-testid=back]",
            "[data-testid=scrubber]",
            "[data-testid=explanation] .what",
        ];
        for pane in ["program", "story", "caches", "memory", "sums"] {
            page.click(&format!("[data-testid=pane-{pane}]")).await?;
            page.eval("scrollTo(0, document.body.scrollHeight)").await?;
            let hidden = out_of_sight(page, &phone).await?;
            ensure!(hidden.is_empty(), "a phone, {pane}: {hidden:?}");
            axe::check(page, &format!("the bench on a phone, {pane}")).await?;
            page.eval("scrollTo(0, 0)").await?;
        }
        page.resize(1024, 768).await?;
        axe::check(page, "the bench on a tablet").await?;
        Ok(exported)
    })
}

#[test]
fn nothing_moves_while_it_plays() -> Result<()> {
    browse(async |page| {
        page.before_load(
            "window.shifts = [];
             new PerformanceObserver(list => {
                 for (const shift of list.getEntries())
                     window.shifts.push([shift.value, ...shift.sources.map(source =>
                         source.node?.className || source.node?.parentElement?.outerHTML.slice(0, 80))]);
             }).observe({ type: 'layout-shift', buffered: true });",
        )
        .await?;
        let exported = open(page, "?example=columns&cache.pace=fast").await?;
        for (query, width, height) in [
            ("?example=columns&cache.pace=fast", 1600, 1000),
            ("?example=matmul-ijk&cache.pace=fast", 1024, 768),
            (
                "?example=columns&machine=laptop&cache.pace=fast",
                1600,
                1000,
            ),
            ("?example=columns&cache.pace=fast", 390, 844),
        ] {
            page.resize(width, height).await?;
            go(page, &format!("#/cache{query}")).await?;
            recorded(page).await?;
            page.eval("new Promise(done => setTimeout(done, 700))")
                .await?;
            page.eval("window.shifts.length = 0").await?;
            page.click("[data-testid=play]").await?;
            page.wait(
                "some accesses played",
                "Number(document.querySelector('[data-testid=explanation]').dataset.step) >= 60",
            )
            .await?;
            page.click("[data-testid=play]").await?;
            let shifts = page.eval("JSON.stringify(window.shifts)").await?;
            ensure!(shifts == json!("[]"), "{query} at {width}: {shifts}");
        }
        Ok(exported)
    })
}

#[test]
fn play_keeps_the_pace_it_names_and_starts_over_at_the_end() -> Result<()> {
    browse(async |page| {
        let exported = open(page, "?example=columns").await?;
        let pace = page
            .eval(
                "document.querySelector('[data-testid=cache-pace]').selectedOptions[0].textContent",
            )
            .await?;
        ensure!(pace == json!("8 a second"), "{pace}");
        // The clock of the page, from one access shown to another
        let script = "
            const step = () => Number(document.querySelector('[data-testid=step]').dataset.step);
            const until = least => new Promise(done => {
                const look = () => step() >= least ? done([step(), performance.now()]) : requestAnimationFrame(look);
                look();
            });
            document.querySelector('[data-testid=play]').click();
            const [first, begun] = await until(4);
            const [last, ended] = await until(28);
            return (last - first) * 1000 / (ended - begun);";
        let rate = page.run(script, vec![]).await?;
        let rate = rate.as_f64().context("no rate")?;
        println!("plays {rate:.2} accesses a second (named: 8)");
        ensure!((6.5..9.5).contains(&rate), "{rate} a second");
        page.click("[data-testid=play]").await?;
        go(page, "#/cache?example=columns&cache.step=575").await?;
        recorded(page).await?;
        page.click("[data-testid=play]").await?;
        page.wait(
            "the run from its beginning",
            "(step => step > 0 && step < 100)
                (Number(document.querySelector('[data-testid=step]').dataset.step))",
        )
        .await?;
        Ok(exported)
    })
}

/// The picture of the run: of each path its cause and how high it reaches, in hundredths.
#[derive(Debug, Deserialize)]
struct Drawn {
    caption: String,
    top: f64,
    right: f64,
}

async fn timeline(page: &Page) -> Result<Drawn> {
    let script = "
        const box = [...document.querySelectorAll('.over-time .cause')].map(it => it.getBBox());
        return {
            caption: document.querySelector('.over-time figcaption').textContent,
            top: Math.min(...box.filter(it => it.width).map(it => it.y)),
            right: Math.max(0, ...box.map(it => it.x + it.width)),
        };";
    Ok(serde_json::from_value(page.run(script, vec![]).await?)?)
}

#[test]
fn the_timeline_is_a_share_and_a_column_an_access_where_it_fits() -> Result<()> {
    browse(async |page| {
        // Lines of two elements, used one after the other: every second access misses.
        let exported = open(page, "?example=rows").await?;
        let all = timeline(page).await?;
        ensure!(
            all.caption.contains("a column is 2 accesses"),
            "{}",
            all.caption
        );
        ensure!((all.top - 50.0).abs() < 0.1, "not one half: {all:?}");
        go(page, "#/cache?example=rows&cache.param.N=8").await?;
        page.wait(
            "a column for each access",
            "document.querySelector('.over-time figcaption')?.textContent.includes('a column is 1 access')",
        )
        .await?;
        let each = timeline(page).await?;
        ensure!(each.top.abs() < 0.1, "a miss is not 100 %: {each:?}");
        Ok(exported)
    })
}

#[test]
fn a_challenge_hides_what_is_ahead_and_is_the_same_by_its_link() -> Result<()> {
    browse(async |page| {
        let exported = open(page, "?example=rows&cache.step=100&cache.challenge=3-7").await?;
        let hidden = timeline(page).await?;
        ensure!(hidden.right <= 1000.0 * 102.0 / 576.0, "{hidden:?}");
        let bare =
            "[...document.querySelectorAll('.gutter .misses')].every(it => it.textContent === '')";
        ensure!(page.eval(bare).await? == true, "the margin gives it away");
        let sums = page
            .eval("document.querySelector('[data-testid=by-line]')")
            .await?;
        ensure!(sums.is_null(), "the sums give it away");
        let mut places = Vec::new();
        for question in 1..=3 {
            page.click("[data-testid=go-on]").await?;
            page.wait(
                "the question",
                &format!("document.querySelector('[data-testid=question]').textContent.startsWith('Question {question} of 3. Next')"),
            )
            .await?;
            let place = page
                .eval("Number(document.querySelector('[data-testid=step]').dataset.step)")
                .await?;
            places.push(place.as_u64().context("no place")?);
            page.click("[data-testid=guess-hit]").await?;
            page.wait(
                "the verdict",
                &format!(
                    "document.querySelector('[data-testid=verdict]').dataset.asked === '{question}'"
                ),
            )
            .await?;
        }
        ensure!(places.is_sorted() && places.len() == 3, "{places:?}");
        let right = places.iter().filter(|place| (**place + 1) % 2 == 1).count();
        let score = page
            .eval("document.querySelector('[data-testid=verdict]').dataset.right")
            .await?;
        ensure!(score == json!(right.to_string()), "{score}, {places:?}");
        page.wait(
            "the end",
            "document.querySelector('[data-testid=question]').textContent.includes('of 3 right')",
        )
        .await?;
        Ok(exported)
    })
}

#[test]
fn who_looks_at_the_answer_first_gets_no_point_and_no_second_try() -> Result<()> {
    browse(async |page| {
        let exported = open(page, "?example=rows&cache.challenge=3-7").await?;
        page.click("[data-testid=go-on]").await?;
        page.wait(
            "the question",
            "!document.querySelector('[data-testid=guess-hit]')?.disabled
             && document.querySelector('[data-testid=question]').textContent.startsWith('Question 1 of 3. Next')",
        )
        .await?;
        page.click("[data-testid=forward]").await?;
        page.wait(
            "the next question",
            "document.querySelector('[data-testid=go-on]')?.textContent === 'Question 2 of 3'
             && document.querySelector('[data-testid=verdict]').dataset.right === '0'",
        )
        .await?;
        Ok(exported)
    })
}

#[test]
fn every_property_of_every_level_turns_and_a_machine_is_saved_and_linked() -> Result<()> {
    browse(async |page| {
        let exported = open(page, "?example=columns").await?;
        set(page, "[data-testid=cache-line]", "change", "32").await?;
        for (field, value) in [
            ("cache-l1-policy", "fifo"),
            ("cache-l1-write", "through,no-allocate"),
            ("cache-l2-inclusion", "inclusive"),
            ("cache-l2-prefetch", "next-line"),
            ("cache-l1-victim", "2"),
            ("cache-tlb-entries", "4"),
            ("cache-page", "64"),
        ] {
            let field = format!("[data-testid={field}]");
            set(page, &field, "change", value).await?;
        }
        set(
            page,
            "[data-testid=cache-spelled-2]",
            "change",
            "L2: size=1KiB line=32 ways=2 inclusion=inclusive prefetch=next-line",
        )
        .await?;
        page.wait(
            "the caches as they were made",
            "document.querySelector('[data-testid=cache-level-2] summary').textContent.includes('1 KiB, 2 ways')
             && document.querySelector('[data-testid=cache-spelled-1]').value
                === 'L1: size=128B line=32B ways=2 policy=fifo write=through,no-allocate inclusion=nine victim=2 prefetch=none'",
        )
        .await?;
        recorded(page).await?;
        // Rows of 192 bytes in pages of 64: down a column each access is to another page, and 23 others
        // pass before one comes again.
        page.wait(
            "misses of the TLB",
            "document.querySelector('[data-testid=by-tlb] tbody')?.textContent.startsWith('dTLB5760576100')",
        )
        .await?;
        set(
            page,
            "[data-testid=cache-spelled-1]",
            "change",
            "L1: wais=2",
        )
        .await?;
        page.wait(
            "the refusal, with what there is",
            "document.querySelector('.spelled .problem')?.textContent.includes('choose from size')",
        )
        .await?;
        set(page, "#machine-name", "input", "mine").await?;
        page.click("[data-testid=save-machine]").await?;
        page.wait(
            "the machine in the menu",
            "document.querySelector('.cache-view select[data-testid=machine]').value === 'own:mine'",
        )
        .await?;
        page.wait(
            "the machine in the address",
            "location.hash.includes('cache.l2.prefetch=next-line') && location.hash.includes('cache.l1.line=32')",
        )
        .await?;
        go(page, "#/cache?example=columns").await?;
        page.wait(
            "the machine as it was",
            "document.querySelector('[data-testid=cache-level-2] summary').textContent.includes('512 B, 4 ways')",
        )
        .await?;
        set(
            page,
            ".cache-view select[data-testid=machine]",
            "change",
            "own:mine",
        )
        .await?;
        page.wait(
            "the saved machine",
            "document.querySelector('[data-testid=cache-level-2] summary').textContent.includes('1 KiB, 2 ways')
             && document.querySelector('.cache-view select[data-testid=machine]').value === 'own:mine'",
        )
        .await?;
        Ok(exported)
    })
}

#[test]
fn an_access_by_hand_shows_what_it_would_do_and_leaves_the_run_alone() -> Result<()> {
    browse(async |page| {
        let exported = open(page, "?example=columns&cache.step=20").await?;
        let before = page.text("[data-testid=by-level]").await?;
        // In the column order the line of A[20][0] was just fetched, that of A[0][0] is long gone.
        page.keys("[data-testid=by-hand]", "A[20][1]").await?;
        page.click("[data-testid=hand-store]").await?;
        page.wait(
            "a hit by hand",
            "document.querySelector('[data-testid=explanation]').textContent.includes('Your hand stores A[20][1]')
             && document.querySelector('[data-testid=outcome]').textContent === 'hit'
             && document.querySelector('[data-testid=grid-L1] .dirty')",
        )
        .await?;
        page.eval("document.querySelector('.map svg').scrollIntoView()")
            .await?;
        let corner = "
            const drawing = document.querySelector('.map svg');
            const box = drawing.getBoundingClientRect();
            drawing.dispatchEvent(new MouseEvent('click',
                { bubbles: true, clientX: box.left + 8, clientY: box.top + 8 }));";
        page.run(corner, vec![]).await?;
        page.wait(
            "the element pointed at",
            "document.querySelector('[data-testid=by-hand]').value === 'A[0][0]'",
        )
        .await?;
        page.click("[data-testid=hand-load]").await?;
        page.wait(
            "a miss by hand",
            "document.querySelector('[data-testid=explanation]').textContent.includes('Your hand loads A[0][0]')
             && document.querySelector('[data-testid=outcome]').textContent.includes('miss')",
        )
        .await?;
        page.click("[data-testid=hand-end]").await?;
        page.wait(
            "the run",
            "document.querySelector('[data-testid=explanation]').textContent.includes('Line 7 loads A[20][0]')",
        )
        .await?;
        let after = page.text("[data-testid=by-level]").await?;
        ensure!(before == after, "the run was changed: {after}");
        Ok(exported)
    })
}

#[test]
fn a_wrong_program_dims_the_last_run_and_says_so() -> Result<()> {
    browse(async |page| {
        let exported = open(page, "?example=columns").await?;
        let program = "[data-testid=program]";
        set(page, program, "input", "array A[8]: f64\nfor i in {\n}\n").await?;
        page.wait(
            "a word on the run below",
            "document.querySelector('[data-testid=still]') && document.querySelector('.run.stale')",
        )
        .await?;
        let heard = page.text("[data-testid=heard]").await?;
        ensure!(heard.contains("Access 1, compulsory miss"), "{heard}");
        set(page, program, "input", "array A[8]: f64\nlet s = A[0]\n").await?;
        page.wait(
            "the run itself",
            "!document.querySelector('[data-testid=still]') && !document.querySelector('.run.stale')",
        )
        .await?;
        Ok(exported)
    })
}
