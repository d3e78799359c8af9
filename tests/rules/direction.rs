//! Dependencies between the lab's crates point one way: core ← lessons ← (native, worker ← web).

use anyhow::Result;
use lab_tests::workspace::{packages, root, text};

/// Each crate and those of the workspace it may build on; in tests, too.
const MAY_USE: &[(&str, &[&str])] = &[
    ("lab-core", &[]),
    ("lab-grading", &["lab-core"]),
    ("lab-lesson-compiler", &["lab-core", "lab-grading"]),
    (
        "lab-lessons",
        &["lab-core", "lab-grading", "lab-lesson-compiler"],
    ),
    ("lab-native", &["lab-core", "lab-lessons"]),
    ("lab-worker", &["lab-core", "lab-lessons"]),
    ("lab-web", &["lab-core", "lab-lessons", "lab-worker"]),
    ("xtask", &[]),
    ("xtask-pack", &["lab-lessons"]),
    ("lab-tests", &["lab-core", "lab-lessons"]),
    ("lab-rates", &["lab-core"]),
];

/// Why a crate may not depend on another, if it may not.
fn objection(from: &str, to: &str) -> Option<String> {
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == from) else {
        return Some(format!(
            "{from} is new: say in this test what it may build on"
        ));
    };
    (!allowed.contains(&to)).then(|| format!("{from} must not depend on {to}"))
}

#[test]
fn a_wrong_direction_is_recognised() {
    assert_eq!(objection("lab-web", "lab-core"), None);
    assert!(objection("lab-core", "lab-lessons").is_some());
    assert!(objection("lab-web", "lab-native").is_some());
    assert!(objection("lab-native", "lab-web").is_some());
    assert!(objection("brand-new", "lab-core").is_some());
}

#[test]
fn dependencies_point_one_way() -> Result<()> {
    let packages = packages()?;
    let name = |value: &serde_json::Value| value["name"].as_str().unwrap_or("?").to_owned();
    let members: Vec<String> = packages.iter().map(name).collect();
    let mut edges = 0;
    let mut objections = Vec::new();
    for package in &packages {
        let from = name(package);
        for to in package["dependencies"]
            .as_array()
            .into_iter()
            .flatten()
            .map(name)
        {
            if members.contains(&to) {
                edges += 1;
                objections.extend(objection(&from, &to));
            }
        }
        if !MAY_USE.iter().any(|(known, _)| *known == from) {
            objections.push(format!(
                "{from} is new: say in this test what it may build on"
            ));
        }
    }
    assert!(
        edges >= 4,
        "only {edges} dependencies between the lab's crates were seen"
    );
    assert!(objections.is_empty(), "{}", objections.join("; "));
    Ok(())
}

#[test]
fn every_crate_takes_the_workspaces_lints() -> Result<()> {
    for package in packages()? {
        let manifest = package["manifest_path"].as_str().unwrap_or_default();
        let path = std::path::Path::new(manifest).strip_prefix(root())?;
        let text = text(path)?.unwrap_or_default();
        let lints = text
            .split("[lints]")
            .nth(1)
            .unwrap_or_default()
            .trim_start();
        assert!(
            lints.starts_with("workspace = true"),
            "{} has lints of its own",
            path.display()
        );
    }
    Ok(())
}
