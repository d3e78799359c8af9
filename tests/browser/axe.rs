//! What axe-core finds wrong for people who use a page by other means than sight and mouse.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::session::Page;

const AXE: &str = include_str!("../vendor/axe-core/axe.min.js");

/// Fails with every violation on the page as it stands.
pub async fn check(page: &Page, place: &str) -> Result<()> {
    let violations = violations(page).await?;
    ensure!(
        violations.is_empty(),
        "{place}:\n  {}",
        violations.join("\n  ")
    );
    Ok(())
}

/// One line a violation: rule, reason, and the first elements it concerns.
pub async fn violations(page: &Page) -> Result<Vec<String>> {
    // Run as a function's body, which a page's content security policy does not forbid
    page.run(&format!("{AXE}; window.axe = axe;"), vec![])
        .await
        .context("axe did not load")?;
    let script = "
        const result = await window.axe.run(document, { resultTypes: ['violations'] });
        return result.violations.map(v => ({
            rule: v.id, help: v.help,
            nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' | '
                + n.any.concat(n.all, n.none).map(c => c.message).join(' ')),
        }));";
    let found = page.run(script, vec![]).await?;
    let found = found.as_array().context("axe returned no list")?;
    let word = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    Ok(found
        .iter()
        .map(|violation| {
            let nodes = violation["nodes"]
                .as_array()
                .into_iter()
                .flatten()
                .map(word);
            let nodes: Vec<String> = nodes.collect();
            let (rule, help) = (word(&violation["rule"]), word(&violation["help"]));
            format!("{rule}: {help}\n    {}", nodes.join("\n    "))
        })
        .collect())
}
