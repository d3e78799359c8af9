//! The machine to simulate: by name, from a file, or level by level.

use std::{fs, path::Path};

use anyhow::{Context, Result, anyhow, bail};
use lab_core::machine::{Machine, describe_errors};

use super::super::usage;
use crate::{
    store,
    topology::{Source, look},
};

/// The machine this runs on, by that name.
pub const THIS: &str = "this";

/// The machine of that name: a preset, a file, or this one.
pub fn named(name: &str) -> Result<Machine> {
    if name == THIS {
        return this_machine();
    }
    if let Some(machine) = Machine::preset(name) {
        return Ok(machine);
    }
    let path = Path::new(name);
    if path.extension().is_none() && !path.exists() {
        let presets: Vec<_> = Machine::preset_names().collect();
        return Err(usage(format!(
            "there is no machine `{name}`: choose from {THIS}, {}, or name a .toml or .json file",
            presets.join(", ")
        )));
    }
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    parse(&text, path)
}

/// A machine from the text of a file: JSON by that ending, else TOML.
fn parse(text: &str, path: &Path) -> Result<Machine> {
    let json = path.extension().is_some_and(|ending| ending == "json");
    let machine: Machine = if json {
        serde_json::from_str(text).map_err(anyhow::Error::from)
    } else {
        toml::from_str(text).map_err(|error| anyhow!("{}", in_a_line(text, &error)))
    }
    .with_context(|| format!("{} describes no machine", path.display()))?;
    if let Err(errors) = machine.check() {
        bail!("{}: {}", path.display(), describe_errors(&errors));
    }
    Ok(machine)
}

/// The error with its place, without the excerpt that TOML's own message draws.
fn in_a_line(text: &str, error: &toml::de::Error) -> String {
    let message = error.message().replace('\n', ", ");
    match error.span() {
        Some(span) => {
            let before = &text[..span.start.min(text.len())];
            let line = before.matches('\n').count() + 1;
            format!("line {line}: {message}")
        }
        None => message,
    }
}

/// This machine: as calibrated, where the newest report is of it; else with assumed figures.
fn this_machine() -> Result<Machine> {
    let (machine, _) = look(&Source::ThisMachine)?.machine()?;
    let calibrated = store::default_path()
        .ok()
        .and_then(|path| store::load(&path).ok().flatten())
        .map(|report| report.machine)
        .filter(|measured| store::same_machine(measured, &machine));
    Ok(calibrated.unwrap_or(machine))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_machine_is_read_back() {
        for preset in Machine::preset_names().filter_map(Machine::preset) {
            let text = toml::to_string(&preset).unwrap();
            assert_eq!(parse(&text, Path::new("m.toml")).unwrap(), preset);
            let text = serde_json::to_string(&preset).unwrap();
            assert_eq!(parse(&text, Path::new("m.json")).unwrap(), preset);
        }
    }

    #[test]
    fn sizes_may_be_written_with_units() {
        let teaching = toml::to_string(&Machine::preset("teaching").unwrap()).unwrap();
        let text = teaching.replacen("size = 128", "size = \"256 B\"", 1);
        assert_ne!(text, teaching);
        assert_eq!(
            parse(&text, Path::new("m.toml")).unwrap().caches[0].size,
            256
        );
    }

    #[test]
    fn what_is_wrong_with_a_description_is_told_with_its_place() {
        let teaching = toml::to_string(&Machine::preset("teaching").unwrap()).unwrap();
        let message = |text: &str| format!("{:#}", parse(text, Path::new("m.toml")).unwrap_err());
        assert!(message("name = ").contains("m.toml describes no machine: line 1"));
        let lineless = message(&teaching.replacen("line = 16", "", 1));
        assert!(lineless.contains("line"), "{lineless}");
        let odd = message(&teaching.replacen("line = 16", "line = 17", 1));
        assert!(odd.contains("caches[0].line: 17"), "{odd}");
        for text in [message("x"), lineless, odd] {
            assert_eq!(text.lines().count(), 1, "{text}");
        }
    }
}
