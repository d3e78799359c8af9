//! The reader's own programs in the Cache view: nothing that was typed is lost.

use anyhow::{Result, ensure};
use fantoccini::key::Key;
use serde_json::json;

use crate::lab::{Exported, set};
use crate::session::{Page, browse};

const OWN: &str = "array A[8]: f64\nlet s = A[0]\n";

/// Sets a field and says so, as a paste or a choice does.
async fn holds(page: &Page, text: &str) -> Result<()> {
    let text = json!(text);
    let holds = format!("document.querySelector('[data-testid=program]')?.value === {text}");
    page.wait("the program in the editor", &holds).await
}

async fn choose(page: &Page, program: &str) -> Result<()> {
    set(page, "[data-testid=example]", "change", program).await
}

async fn other_example(page: &Page) -> Result<()> {
    let other = "document.querySelector('[data-testid=program]')?.value.includes('exchanged')";
    page.wait("the example", other).await
}

#[test]
fn an_example_chosen_over_ones_own_program_loses_nothing() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/cache?example=rows").await?;
        set(page, "[data-testid=program]", "input", OWN).await?;
        choose(page, "columns").await?;
        other_example(page).await?;
        page.run("history.back();", vec![]).await?;
        holds(page, OWN).await?;
        // Forth and back by the menu
        choose(page, "columns").await?;
        other_example(page).await?;
        choose(page, "own:").await?;
        holds(page, OWN).await
    })
}

#[test]
fn a_program_too_long_for_a_link_is_kept_and_says_so() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/cache?example=rows").await?;
        let lines = (0..3000).map(|line| format!("// line {line} of a long text"));
        let long = lines.collect::<Vec<_>>().join("\n") + "\n" + OWN;
        set(page, "[data-testid=program]", "input", &long).await?;
        page.wait(
            "a word on it",
            "document.querySelector('[data-testid=too-long]')",
        )
        .await?;
        page.wait("an address for it", "location.hash.includes('cache.kept=')")
            .await?;
        page.run("location.reload();", vec![]).await?;
        holds(page, &long).await
    })
}

#[test]
fn programs_are_saved_by_name_in_this_browser() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/cache?example=rows").await?;
        set(page, "[data-testid=program]", "input", OWN).await?;
        set(page, "#program-name", "input", "first try").await?;
        page.click("[data-testid=save-program]").await?;
        let file = page
            .eval("decodeURIComponent(document.querySelector('[data-testid=save-file]').href)")
            .await?;
        ensure!(
            file.as_str().is_some_and(|file| file.ends_with(OWN)),
            "{file}"
        );
        choose(page, "columns").await?;
        page.wait("its address", "location.hash.includes('example=columns')")
            .await?;
        page.run("location.reload();", vec![]).await?;
        other_example(page).await?;
        choose(page, "own:first try").await?;
        holds(page, OWN).await
    })
}

#[test]
fn undo_passes_indents_and_formatting_to_the_very_beginning() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/cache?example=rows").await?;
        let begun = page
            .eval("document.querySelector('[data-testid=program]').value")
            .await?;
        let begun = begun.as_str().unwrap_or_default().to_owned();
        let script = "
            const area = document.querySelector('[data-testid=program]');
            area.focus();
            area.setSelectionRange(area.value.length, area.value.length);";
        page.run(script, vec![]).await?;
        let enter = String::from(char::from(Key::Enter));
        page.keys(
            "#program",
            &format!("for k in 0..2 {{{enter}s  =  s + A[0][k]{enter}}}"),
        )
        .await?;
        let indented = json!("0..2 {\n    s  =  s + A[0][k]\n}");
        let indented =
            format!("document.querySelector('[data-testid=program]').value.includes({indented})");
        page.wait("an indented line, and a brace that is not", &indented)
            .await?;
        page.click("[data-testid=format]").await?;
        page.wait("a formatted text", &format!("!({indented})"))
            .await?;
        let undo = "
            document.querySelector('#program').focus();
            for (let step = 0; step < 100; step++) document.execCommand('undo');";
        page.run(undo, vec![]).await?;
        holds(page, &begun).await
    })
}

#[test]
fn an_emptied_editor_keeps_its_place_and_its_past() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/cache?example=rows").await?;
        set(page, "[data-testid=program]", "input", OWN).await?;
        let empty = "
            const area = window.before = document.querySelector('#program');
            area.focus();
            area.select();
            document.execCommand('delete');";
        page.run(empty, vec![]).await?;
        page.wait(
            "an empty program",
            "location.hash.includes('cache.program=-')",
        )
        .await?;
        let same = "window.before === document.querySelector('#program') && document.activeElement === window.before";
        ensure!(page.eval(same).await? == true, "the editor was replaced");
        page.keys("#program", "// new").await?;
        holds(page, "// new").await?;
        choose(page, "columns").await?;
        other_example(page).await
    })
}

#[test]
fn the_menu_names_the_program_that_is_shown() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/cache?example=rows").await?;
        let named = async |name: &str| {
            let name =
                format!("document.querySelector('[data-testid=example]').value === '{name}'");
            page.wait("its name in the menu", &name).await
        };
        named("rows").await?;
        set(page, "[data-testid=program]", "input", OWN).await?;
        named("").await?;
        choose(page, "columns").await?;
        other_example(page).await?;
        page.run("history.back();", vec![]).await?;
        holds(page, OWN).await?;
        named("").await?;
        page.run("history.forward();", vec![]).await?;
        other_example(page).await?;
        named("columns").await?;
        page.run("history.back();", vec![]).await?;
        holds(page, OWN).await?;
        set(page, "#program-name", "input", "mine").await?;
        page.click("[data-testid=save-program]").await?;
        named("own:mine").await?;
        // The name is that of the program shown: another one cannot be saved over it unseen.
        choose(page, "columns").await?;
        other_example(page).await?;
        page.wait(
            "no name",
            "document.querySelector('#program-name').value === ''",
        )
        .await
    })
}
