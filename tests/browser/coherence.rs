//! The coherence view: letters, the bus, jumps, and accesses that a reader writes.

use anyhow::{Result, ensure};

use crate::axe;
use crate::lab::Exported;
use crate::session::{Page, browse};

/// Waits until the caches have these letters after the access of that number.
async fn letters(page: &Page, step: u64, letters: &str) -> Result<()> {
    page.wait(
        &format!("{letters} after access {step}"),
        &format!(
            "document.querySelector('[data-testid=explanation]')?.dataset.step == {step} \
             && document.querySelector('[data-testid=letters]').innerText == '{letters}'"
        ),
    )
    .await
}

#[test]
fn a_line_is_followed_from_core_to_core() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        let run = "coherence.run=r0+w0+r1+w1&coherence.cores=2&coherence.rounds=1000";
        exported.open(page, &format!("#/coherence?{run}")).await?;
        letters(page, 0, "EI").await?;
        page.click("[data-testid=forward]").await?;
        letters(page, 1, "MI").await?;
        page.click("[data-testid=next-write-back]").await?;
        letters(page, 2, "SS").await?;
        page.click("[data-testid=\"next-lost copy\"]").await?;
        letters(page, 3, "IM").await?;
        page.click("[data-testid=back]").await?;
        letters(page, 2, "SS").await?;
        let log = page
            .eval("document.querySelector('[data-testid=bus-log] tbody tr:last-child').innerText")
            .await?
            .to_string();
        for part in ["core 1 reads", "BusRd", "core 0", "yes", "MI → SS"] {
            ensure!(log.contains(part), "{part} is not in {log}");
        }
        // What is known of two threads that take turns: a miss and an upgrade each turn but the first.
        let counted = page
            .eval(
                "[...document.querySelectorAll('[data-testid=counts] tbody tr')]\
                 .map(row => row.cells[2].innerText.replace(/\\D/g, ''))",
            )
            .await?;
        let counted: Vec<String> = serde_json::from_value(counted)?;
        ensure!(
            counted[..5] == ["2000", "2000", "2000", "1998", "1999"],
            "{counted:?}"
        );
        axe::check(page, "the coherence view").await
    })
}

#[test]
fn what_cannot_be_read_is_said_and_the_last_run_stays() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/coherence").await?;
        letters(page, 0, "EIII").await?;
        page.run(
            "const field = document.querySelector('[data-testid=coherence-run]');
             field.value = 'r0 x9';
             field.dispatchEvent(new Event('change', { bubbles: true }));",
            vec![],
        )
        .await?;
        page.wait(
            "the refusal",
            "document.querySelector('.control .problem')?.innerText.includes('x9')",
        )
        .await?;
        letters(page, 0, "EIII").await?;
        page.wait(
            "which run is shown",
            "document.querySelector('[data-testid=still]')?.innerText.includes('r0 w0')",
        )
        .await
    })
}
