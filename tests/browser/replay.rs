//! Replay: reports dropped, linked, compared, and refused in words.

use anyhow::{Result, ensure};
use lab_tests::reports;

use crate::axe;
use crate::lab::{Exported, three_series};
use crate::session::browse;

const DROP: &str = "[data-testid=drop-zone]";
const ALERT: &str = "[role=alert]";

#[test]
fn a_dropped_report_is_shown() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/replay").await?;
        let report = reports::made_up("small-laptop", 1.25);
        page.drop_file(DROP, "run.json", &report.to_json()).await?;
        three_series(page).await?;
        let text = page.text("main").await?;
        ensure!(
            text.contains(&report.machine.name),
            "whose report is it? {text}"
        );
        // The reader's file stays with the reader
        exported.site.check_no_strays()
    })
}

/// Those that are drawn have a name to be told by, a key where there are kinds, and a table.
#[test]
fn exhibits_are_drawn_and_told() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/replay").await?;
        let report = reports::made_up("small-laptop", 1.25);
        page.drop_file(DROP, "run.json", &report.to_json()).await?;
        for (kind, parts, says) in [
            (
                "lanes",
                ".kind-0 .texture, .kind-1 .fill, .legend li",
                "2 lanes, 3 spans",
            ),
            (
                "histogram",
                ".bars, .break",
                "7 in 3 classes from 0 ns to 100 ns",
            ),
            (
                "map",
                ".cells, .values, .kind-1 .fill, .legend li",
                "1 free, 1 used",
            ),
        ] {
            let drawn = format!(
                "(figure => figure && {parts:?}.split(', ').every(it => figure.querySelector(it)) \
                 && figure.querySelector('svg[role=img]').getAttribute('aria-label').includes({says:?}) \
                 && figure.querySelectorAll('table tbody tr').length > 1)\
                 (document.querySelector('[data-testid=exhibit][data-kind={kind}]'))"
            );
            page.wait(&format!("the {kind} drawn"), &drawn).await?;
        }
        let pairs = page.text("[data-testid=heat-map]").await?;
        ensure!(pairs.contains("52"), "the pairs are not shown: {pairs}");
        axe::check(page, "a report with exhibits").await
    })
}

#[test]
fn a_chosen_file_is_shown_too() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.add("run.json", &reports::made_up("laptop", 1.25).to_json())?;
        exported.open(page, "#/replay").await?;
        let file = exported.folder().join("run.json");
        page.find(&format!("{DROP} input[type=file]"))
            .await?
            .send_keys(&file.display().to_string())
            .await?;
        three_series(page).await
    })
}

#[test]
fn a_corrupt_report_is_refused_in_words() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/replay").await?;
        let whole = reports::made_up("laptop", 1.0).to_json();
        for (name, content, word) in [
            ("words.json", "it was fast", "line 1"),
            ("half.json", &whole[..whole.len() / 2], "line"),
            ("newer.json", r#"{"schema": 99}"#, "newer"),
        ] {
            page.drop_file(DROP, name, content).await?;
            let told = format!(
                "[...document.querySelectorAll('{ALERT}')].some(a => a.innerText.includes({name:?}) || a.innerText.includes({word:?}))"
            );
            page.wait(&format!("a sentence about {name}"), &told)
                .await?;
            let said = page.text(ALERT).await?;
            ensure!(said.contains(word), "{name}: {said}");
        }
        // It goes on working
        page.drop_file(DROP, "good.json", &whole).await?;
        three_series(page).await?;
        ensure!(
            page.eval(&format!("document.querySelectorAll('{ALERT}').length"))
                .await?
                == 0,
            "the old refusal still stands there"
        );
        Ok(())
    })
}

#[test]
fn two_reports_are_compared() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/replay").await?;
        let zones = format!("document.querySelectorAll('{DROP}').length");
        let first = reports::made_up("small-laptop", 1.0);
        let second = reports::made_up("small-laptop", 2.0);
        page.drop_file(DROP, "first.json", &first.to_json()).await?;
        three_series(page).await?;
        page.wait("a place for a second report", &format!("{zones} > 0"))
            .await?;
        // The last zone is the second's, whether or not the first one's is still there
        page.run(
            &format!(
                "[...document.querySelectorAll('{DROP}')].at(-1).setAttribute('data-second', '')"
            ),
            vec![],
        )
        .await?;
        page.drop_file(
            &format!("{DROP}[data-second]"),
            "second.json",
            &second.to_json(),
        )
        .await?;
        // What differs is said first, the widest first; what is alike is folded.
        page.wait(
            "what differs",
            "document.querySelectorAll('[data-testid=differs] .differences tbody tr').length > 3",
        )
        .await?;
        let first = page
            .eval("document.querySelector('.differences tbody tr').innerText")
            .await?;
        let first = first.as_str().unwrap_or_default().to_owned();
        ensure!(
            first.contains(" times ") && first.contains(" of "),
            "{first}"
        );
        let order = "(a => a.every((it, at) => !at || it.compareDocumentPosition(a[at - 1]) & 2))
            (['[data-testid=differs]', 'section.experiment', '[data-testid=in-full]']
                .map(it => document.querySelector(it)))";
        ensure!(page.eval(order).await? == true, "the order is another");
        ensure!(
            page.eval("document.querySelector('.side-by-side')")
                .await?
                .is_null(),
            "the full reports are not folded"
        );
        axe::check(page, "two reports compared").await
    })
}

#[test]
fn a_report_is_opened_by_its_address() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        let report = reports::made_up("laptop", 1.75);
        exported.add("lecture.json", &report.to_json())?;
        exported.open(page, "#/replay?url=lecture.json").await?;
        three_series(page).await?;
        ensure!(page.text("main").await?.contains(&report.machine.name));

        exported.open(page, "#/replay?url=absent.json").await?;
        let said = page.text(ALERT).await?;
        ensure!(said.contains("absent.json"), "{said}");
        // The browser itself logs the request that failed: nothing else may be there
        let errors = page.take_errors().await?;
        ensure!(
            errors.iter().all(|error| error.contains("absent.json")),
            "{errors:?}"
        );
        Ok(())
    })
}

#[test]
fn an_address_that_is_none_is_refused_in_words() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        for (address, words) in [
            ("javascript:alert(1)", "begins with https://"),
            ("file:///report.json", "choose the file instead"),
        ] {
            exported
                .open(page, &format!("#/replay?url={address}"))
                .await?;
            page.wait(
                words,
                &format!("document.querySelector('{ALERT}')?.innerText.includes({words:?})"),
            )
            .await?;
            let said = page.text(ALERT).await?;
            ensure!(!said.contains("CORS"), "{said}");
        }
        Ok(())
    })
}
