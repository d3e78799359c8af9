//! `lab simulate`.

use std::{fs, path::Path};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use lab_core::{
    evidence::Evidence,
    kernels::Kernel,
    machine::{Machine, describe_errors},
    model::hierarchy::mean_latency,
    parameters::Arguments,
    sim::{Counts, Hierarchy},
    units::{Unit, format_bytes, format_number},
};
use serde_json::{Value, json};

use super::{
    model::{all_values, describe_parameters, usage_of},
    output::{say, say_json, table, text},
    usage,
};
use crate::{
    store,
    topology::{Source, look},
};

/// Which kernel, on which machine.
#[derive(Debug, Args)]
pub struct Options {
    /// A preset, a .toml or .json file, or `this` for the machine this runs on
    #[arg(long, value_name = "MACHINE", default_value = "this")]
    machine: String,
    /// The kernel to run; --list names them
    #[arg(long, value_name = "NAME", required_unless_present_any = ["list", "print_machine"])]
    kernel: Option<String>,
    /// Values of the kernel's parameters; sizes may be written 32KiB
    #[arg(value_name = "NAME=VALUE", requires = "kernel")]
    values: Vec<String>,
    /// List kernels and presets
    #[arg(long, conflicts_with_all = ["kernel", "print_machine"])]
    list: bool,
    /// Print the machine as TOML (or JSON), to start a description of your own from
    #[arg(long, conflicts_with = "kernel")]
    print_machine: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// The machine this runs on, by that name.
const THIS: &str = "this";

/// Simulates a kernel.
///
/// # Errors
/// When machine, kernel or a value is not known.
pub fn run(options: Options) -> Result<()> {
    if options.list {
        return list(options.json);
    }
    let machine = machine(&options.machine)?;
    let Some(name) = options.kernel else {
        return if options.json {
            say_json(&machine)
        } else {
            say(toml::to_string(&machine).context("the machine cannot be written as TOML")?)
        };
    };
    let kernel = Kernel::from_name(&name).ok_or_else(|| {
        usage(format!(
            "there is no kernel `{name}`: choose from {}",
            Kernel::ALL.map(Kernel::name).join(", ")
        ))
    })?;
    let arguments = Arguments::parse(kernel.parameters(), &options.values).map_err(usage)?;
    let mut caches =
        Hierarchy::new(&machine).map_err(|errors| anyhow!("{}", describe_errors(&errors)))?;
    kernel.run(&arguments, &mut caches);
    let counts = caches.counts();
    let latency = mean_latency(&counts.served(), &machine.latencies_ns());
    if options.json {
        return say_json(&json!({
            "evidence": Evidence::Simulated,
            "kernel": kernel.name(),
            "arguments": all_values(kernel.parameters(), &arguments),
            "counts": counts,
            "served": counts.served(),
            "mean_latency_ns": latency,
            "machine": machine,
        }));
    }
    say(format!(
        "{} ({}), simulated on {}: caches cold at the start, no prefetcher",
        kernel.name(),
        kernel
            .parameters()
            .iter()
            .map(|parameter| {
                let value = parameter.unit.format(arguments.get(parameter));
                format!("{} = {value}", parameter.name)
            })
            .collect::<Vec<_>>()
            .join(", "),
        machine.name
    ))?;
    say(levels(&machine, &counts))?;
    say(format!(
        "{} accesses ask for {}; memory delivers {} and takes {} back.",
        counts.accesses,
        format_bytes(counts.bytes as f64),
        format_bytes(counts.memory_read_bytes as f64),
        format_bytes(counts.memory_written_bytes as f64),
    ))?;
    say(format!(
        "Mean latency {}, when each access waits for the one before: simulated counts, with the \
         latencies of the last column.",
        Unit::Nanoseconds.format(latency)
    ))
}

fn levels(machine: &Machine, counts: &Counts) -> String {
    let mut rows = table([
        "level",
        "size",
        "look-ups",
        "hits",
        "misses",
        "local miss ratio",
        "global miss ratio",
        "evictions",
        "write-backs",
        "latency",
    ]);
    let latency = |figure: &lab_core::machine::Figure| {
        format!(
            "{} {}",
            Unit::Nanoseconds.format(figure.value),
            figure.evidence
        )
    };
    for (level, cache) in counts.levels.iter().zip(&machine.caches) {
        rows.add_row([
            level.name.clone(),
            format_bytes(cache.size as f64),
            level.accesses.to_string(),
            level.hits.to_string(),
            level.misses.to_string(),
            format_number(level.miss_ratio),
            format_number(level.global_miss_ratio),
            level.evictions.to_string(),
            level.writebacks.to_string(),
            latency(&cache.latency_ns),
        ]);
    }
    let reads = counts.levels.last().map_or(0, |level| level.misses);
    let mut memory = vec![
        "memory".to_owned(),
        format_bytes(machine.memory.size as f64),
        reads.to_string(),
    ];
    memory.resize(9, String::new());
    memory.push(latency(&machine.memory.latency_ns));
    rows.add_row(memory);
    text(&rows)
}

/// The machine of that name: a preset, a file, or this one.
fn machine(name: &str) -> Result<Machine> {
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

fn list(as_json: bool) -> Result<()> {
    if as_json {
        let kernels: Vec<Value> = Kernel::ALL
            .iter()
            .map(|kernel| {
                json!({
                    "name": kernel.name(),
                    "about": kernel.about(),
                    "parameters": describe_parameters(kernel.parameters()),
                })
            })
            .collect();
        let machines: Vec<_> = [THIS].into_iter().chain(Machine::preset_names()).collect();
        return say_json(&json!({"kernels": kernels, "machines": machines}));
    }
    say("Kernels, with the values they take when nothing is said:\n")?;
    for kernel in Kernel::ALL {
        say(format!(
            "  {}  {}",
            kernel.name(),
            usage_of(kernel.parameters())
        ))?;
        say(format!("      {}", kernel.about()))?;
    }
    say("\nMachines:\n")?;
    say(format!(
        "  {THIS}  the machine this runs on, as calibrated by `lab measure`"
    ))?;
    for preset in Machine::preset_names().filter_map(Machine::preset) {
        say(format!("  {}  {}", preset.name, preset.description))?;
    }
    say("  FILE  your own: start from `lab simulate --machine teaching --print-machine`")
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
