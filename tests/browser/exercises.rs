//! Exercises: what the page says of an answer, and where it leads.

use anyhow::{Result, ensure};

use crate::lab::Exported;
use crate::session::browse;

#[test]
fn the_verdict_stays_in_its_panel_says_why_and_leads_to_the_cache_view() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        page.resize(390, 844).await?;
        exported.open(page, "#/lesson/rows-or-columns").await?;
        page.click("#swap-the-loops button[type=submit]").await?;
        let verdict = "document.querySelector('#swap-the-loops [data-testid=verdict]')";
        page.wait("a verdict", verdict).await?;
        let said = page
            .text("#swap-the-loops [data-testid=verdict]")
            .await?
            .replace('\u{202f}', "");
        for why in [
            "A[i][j] missed 65536 of 65536 times",
            "2048 bytes apart",
            "(conflict)",
        ] {
            ensure!(said.contains(why), "{why} is missing: {said}");
        }
        let inside = page
            .eval(&format!(
                "(() => {{
                    const [inner, outer] = [{verdict}, {verdict}.closest('section')]
                        .map(box => box.getBoundingClientRect());
                    return inner.left >= outer.left && inner.right <= outer.right
                        && document.documentElement.scrollWidth <= innerWidth
                        && getComputedStyle({verdict}).whiteSpace === 'normal';
                }})()"
            ))
            .await?;
        ensure!(inside == true, "the verdict leaves its panel");

        let there = "return document.querySelector('#swap-the-loops [data-testid=watch]').href";
        let there = page.run(there, vec![]).await?;
        page.goto(there.as_str().unwrap_or_default()).await?;
        page.wait(
            "the very program",
            "document.querySelector('[data-testid=program]')?.value.includes('B[i][j]')
             && document.querySelector('[data-testid=explanation]')",
        )
        .await
    })
}
