//! The repository fits every machine and every reader.

use std::path::Path;

use anyhow::Result;
use lab_tests::workspace::{root, text, tracked};

/// Beyond this many lines a file wants to be two.
const LONGEST: usize = 600;

/// Files written by tools or by others: not ours to cut.
fn is_ours(path: &Path) -> bool {
    let made = ["Cargo.lock", "LICENSE-APACHE"]
        .iter()
        .any(|name| path.ends_with(name));
    let foreign = path
        .iter()
        .any(|part| part == "vendor" || part == "snapshots");
    !made && !foreign
}

/// Places of one person's machine that a line names.
fn machine_paths(line: &str) -> Vec<&str> {
    // In two halves, so that this file does not break its own rule
    let homes = [
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
        concat!("C:\\Us", "ers\\"),
    ];
    let places = [
        concat!("/ro", "ot/"),
        concat!("/wo", "rk/"),
        concat!("/tm", "p/"),
    ];
    let starts_a_path = |at: usize| {
        // The same letters within a longer path, or an address, are something else
        line[..at]
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_alphanumeric() && !"._-}*".contains(c))
    };
    homes
        .iter()
        .chain(&places)
        .flat_map(|place| line.match_indices(place))
        .filter(|(at, _)| starts_a_path(*at))
        .map(|(at, _)| &line[at..])
        .collect()
}

/// Targets of a Markdown text's links into the repository.
fn local_links(markdown: &str) -> Vec<&str> {
    let targets = markdown
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next());
    targets
        .map(|target| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains(':'))
        .collect()
}

#[test]
fn the_rules_recognise_what_breaks_them() {
    let home = concat!("see /ho", "me/ada/lab");
    assert_eq!(machine_paths(home).len(), 1);
    assert_eq!(machine_paths(concat!("\"/ro", "ot/.cache\"")).len(), 1);
    assert_eq!(machine_paths(concat!("(/wo", "rk/main)")).len(), 1);
    let longer = concat!("target/wo", "rk/x, https://example.org/ho", "me/x");
    assert!(machine_paths(longer).is_empty());

    let links = "[a](b.md) ![c](d/e.png#f) [g](https://h.org) [i](#j) [k](l \"title\")";
    assert_eq!(local_links(links), ["b.md", "d/e.png", "l"]);
}

#[test]
fn no_file_names_a_place_of_one_machine() -> Result<()> {
    let mut offences = Vec::new();
    for path in tracked()?.iter().filter(|path| is_ours(path)) {
        for (number, line) in text(path)?.unwrap_or_default().lines().enumerate() {
            for place in machine_paths(line) {
                offences.push(format!("{}:{}: {place}", path.display(), number + 1));
            }
        }
    }
    assert!(
        offences.is_empty(),
        "paths of one machine:\n  {}",
        offences.join("\n  ")
    );
    Ok(())
}

#[test]
fn no_file_is_too_long() -> Result<()> {
    let mut offences = Vec::new();
    for path in tracked()?.iter().filter(|path| is_ours(path)) {
        let lines = text(path)?.unwrap_or_default().lines().count();
        if lines > LONGEST {
            offences.push(format!("{}: {lines} lines", path.display()));
        }
    }
    assert!(
        offences.is_empty(),
        "more than {LONGEST} lines:\n  {}",
        offences.join("\n  ")
    );
    Ok(())
}

#[test]
fn every_link_between_documents_leads_somewhere() -> Result<()> {
    let mut dead = Vec::new();
    for path in tracked()?.iter().filter(|path| is_ours(path)) {
        // The course has routes of its own, which its compiler checks
        let is_document = path.extension().is_some_and(|end| end == "md");
        if !is_document || path.starts_with("lessons") {
            continue;
        }
        let folder = root()
            .join(path)
            .parent()
            .expect("a file has a folder")
            .to_owned();
        let markdown = text(path)?.unwrap_or_default();
        for link in local_links(&markdown)
            .into_iter()
            .filter(|link| !folder.join(link).exists())
        {
            dead.push(format!("{}: {link}", path.display()));
        }
    }
    assert!(
        dead.is_empty(),
        "links that lead nowhere:\n  {}",
        dead.join("\n  ")
    );
    Ok(())
}
