//! `lab topology`.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::Args;
use lab_core::{topology::Drawing, units::format_bytes};
use serde_json::json;

use super::output::{say, say_json};
use crate::topology::{Seen, Source, look};

/// What to look at, and how to show it.
#[derive(Debug, Args)]
pub struct Options {
    /// A machine saved as hwloc XML (`lstopo machine.xml`)
    #[arg(long, value_name = "FILE", conflicts_with = "synthetic")]
    xml: Option<PathBuf>,
    /// A made-up machine in hwloc's notation, such as "package:2 l2:4 core:1 pu:2"
    #[arg(long, value_name = "SPEC")]
    synthetic: Option<String>,
    /// Print the tree, and the machine to simulate, as JSON
    #[arg(long, conflicts_with = "svg")]
    json: bool,
    /// Print a drawing as SVG
    #[arg(long)]
    svg: bool,
}

/// Cores side by side in the drawing.
const COLUMNS: usize = 4;

/// Shows a machine.
///
/// # Errors
/// When hwloc cannot look at it.
pub fn run(options: Options) -> Result<()> {
    let source = match (options.xml, options.synthetic) {
        (Some(path), _) => Source::Xml(path),
        (None, Some(text)) => Source::Synthetic(text),
        (None, None) => Source::ThisMachine,
    };
    let seen = look(&source).map_err(|error| anyhow!("{error:#}"))?;
    if options.svg {
        let title = format!("The parts of {}", seen.facts.name);
        return say(Drawing::of(&seen.tree, COLUMNS).to_svg(&title));
    }
    if options.json {
        let machine = seen.machine();
        return say_json(&json!({
            "tree": seen.tree,
            "machine": machine.as_ref().ok().map(|(machine, _)| machine),
            "no_machine": machine.as_ref().err().map(|error| format!("{error:#}")),
            "memory": {
                "hwloc_bytes": seen.facts.hwloc_memory,
                "system_bytes": seen.system_memory,
            },
            "notes": notes(&seen),
        }));
    }
    say(summary(&seen))
}

/// The tree, memory by both accounts, and the notes.
pub fn summary(seen: &Seen) -> String {
    let size = |bytes: Option<u64>| {
        bytes.map_or_else(|| "unknown".to_owned(), |bytes| format_bytes(bytes as f64))
    };
    let memory = seen.system_memory.map(|system| {
        format!(
            "Memory: {} by hwloc, {} by the system.",
            size(seen.facts.hwloc_memory),
            size(Some(system))
        )
    });
    let mut text = seen.tree.to_text() + "\n";
    for sentence in memory.into_iter().chain(notes(seen)) {
        text.push_str(&sentence);
        text.push('\n');
    }
    text
}

fn notes(seen: &Seen) -> Vec<String> {
    let assumed = match seen.machine() {
        Ok((_, notes)) => notes,
        Err(error) => vec![format!("It cannot be simulated: {error:#}.")],
    };
    seen.notes.iter().cloned().chain(assumed).collect()
}
