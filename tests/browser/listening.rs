//! The page as a screen reader has it: roles and names, and what is said unasked. Nothing here looks at a
//! class, an id or a test hook.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::lab::{Exported, go, routes};
use crate::session::{Page, browse};

/// A node of the accessibility tree.
#[derive(Clone, Debug)]
struct Heard {
    role: String,
    name: String,
    node: Value,
    /// All names below it, joined.
    text: String,
}

/// All that a screen reader finds on the page, in order.
async fn tree(page: &Page) -> Result<Vec<Heard>> {
    let answer = page
        .ask_devtools("Accessibility.getFullAXTree", json!({}))
        .await?;
    let nodes = answer["nodes"].as_array().context("no tree")?;
    let word = |node: &Value, field: &str| {
        let value = node[field]["value"].as_str();
        value.unwrap_or_default().to_owned()
    };
    let text = |node: &Value| {
        let mut words = Vec::new();
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            if word(node, "role") == "StaticText" {
                words.push(word(node, "name"));
            }
            let children = node["childIds"].as_array().into_iter().flatten().rev();
            open.extend(children.filter_map(|id| nodes.iter().find(|it| it["nodeId"] == *id)));
        }
        words.join(" ")
    };
    let heard = nodes.iter().filter(|node| node["ignored"] != true);
    Ok(heard
        .map(|node| Heard {
            role: word(node, "role"),
            name: word(node, "name"),
            node: node["backendDOMNodeId"].clone(),
            // Only of what speaks by itself, as it takes long
            text: match word(node, "role").as_str() {
                "status" | "alert" => text(node),
                _ => String::new(),
            },
        })
        .collect())
}

/// Waits until something is found in the tree.
async fn hear<T>(page: &Page, what: &str, find: impl Fn(&[Heard]) -> Option<T>) -> Result<T> {
    let begun = Instant::now();
    loop {
        let all = tree(page).await?;
        if let Some(found) = find(&all) {
            return Ok(found);
        }
        if begun.elapsed() > Duration::from_secs(20) {
            let heard: Vec<String> = all
                .iter()
                .filter(|it| !it.name.is_empty() && it.role != "InlineTextBox")
                .map(|it| format!("{} “{}” {}", it.role, it.name, it.text))
                .collect();
            bail!("{what} is not there, only:\n{}", heard.join("\n"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits for a control of that role and name, and presses it.
async fn press(page: &Page, role: &str, name: &str) -> Result<()> {
    let node = hear(page, &format!("a {role} “{name}”"), |all| {
        let found = all.iter().find(|it| it.role == role && it.name == name);
        found.map(|it| it.node.clone())
    })
    .await?;
    let resolved = page
        .ask_devtools("DOM.resolveNode", json!({ "backendNodeId": node }))
        .await?;
    let call = json!({
        "objectId": resolved["object"]["objectId"],
        "functionDeclaration": "function() { this.focus(); this.click(); }",
    });
    page.ask_devtools("Runtime.callFunctionOn", call).await?;
    Ok(())
}

/// Waits until that is said unasked, in a live region.
async fn said(page: &Page, words: &[&str]) -> Result<String> {
    hear(page, &format!("{words:?}, said"), |all| {
        let spoken = all
            .iter()
            .filter(|it| it.role == "status" || it.role == "alert");
        let mut spoken = spoken.map(|it| it.text.clone());
        spoken.find(|text| words.iter().all(|word| text.contains(word)))
    })
    .await
}

#[test]
fn a_student_who_listens_steps_jumps_predicts_and_hears_why() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/").await?;
        press(page, "link", "Cache").await?;
        for (role, name) in [
            ("heading", "Cache"),
            ("combobox", "Program"),
            ("textbox", "Program in the loop language"),
            ("slider", "The access that is shown"),
            ("combobox", "Machine"),
            ("combobox", "policy"),
        ] {
            hear(page, &format!("a {role} “{name}”"), |all| {
                let mut all = all.iter();
                all.any(|it| it.role == role && it.name == name)
                    .then_some(())
            })
            .await?;
        }
        said(page, &["Access 1, compulsory miss", "L1 misses in set"]).await?;
        press(page, "button", "Step").await?;
        said(page, &["Access 2", "miss", "Line 7 loads A[1][0]"]).await?;
        press(page, "button", "Back").await?;
        said(page, &["Access 1, compulsory miss"]).await?;
        press(page, "button", "Next eviction").await?;
        said(page, &["miss", "A["]).await?;
        press(page, "button", "Make it a challenge").await?;
        press(page, "button", "Miss").await?;
        said(page, &["Right: it was a miss. 1 of 1 right."]).await?;
        Ok(exported)
    })
}

#[test]
fn every_control_of_every_page_has_a_name() -> Result<()> {
    browse(async |page| {
        let exported = Exported::with_report().await?;
        exported.open(page, "#/").await?;
        for route in routes(page).await? {
            go(page, &route).await?;
            let nameless: Vec<String> = tree(page)
                .await?
                .into_iter()
                .filter(|it| {
                    let controls = [
                        "button",
                        "link",
                        "textbox",
                        "combobox",
                        "slider",
                        "checkbox",
                        "radio",
                        "region",
                        "img",
                        "spinbutton",
                        "searchbox",
                    ];
                    controls.contains(&it.role.as_str()) && it.name.trim().is_empty()
                })
                .map(|it| it.role)
                .collect();
            ensure!(nameless.is_empty(), "{route}: no name has {nameless:?}");
        }
        Ok(exported)
    })
}
