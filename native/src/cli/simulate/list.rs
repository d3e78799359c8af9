//! What there is to choose from, and what the counters mean.

use anyhow::Result;
use lab_core::{
    kernels::Kernel,
    machine::{Machine, PROPERTIES, Replacement},
    sim::DEFINITIONS,
    trace::program::EXAMPLES,
};
use serde_json::{Value, json};

use super::{
    super::{
        model::{describe_parameters, usage_of},
        output::{say, say_json},
    },
    machine::THIS,
};

/// The counters, each with its definition.
pub fn definitions() -> String {
    let mut text = String::from("What is counted:\n");
    for (name, meaning) in DEFINITIONS {
        text += &format!("  {name}: {meaning}\n");
    }
    text += "\nProperties of a level:\n";
    for (name, meaning) in PROPERTIES {
        text += &format!("  {name}: {meaning}\n");
    }
    text
}

/// Lists kernels, programs, machines, policies and properties.
pub fn list(as_json: bool) -> Result<()> {
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
        let named = |(name, about): (&str, &str)| json!({"name": name, "about": about});
        let policies = Replacement::ALL
            .iter()
            .map(|policy| (policy.name(), policy.about()));
        return say_json(&json!({
            "kernels": kernels,
            "programs": EXAMPLES.iter().map(|example| json!({
                "name": example.name,
                "title": example.title,
                "about": example.about,
                "claims": example.claims,
                "source": example.source,
            })).collect::<Vec<_>>(),
            "machines": machines,
            "policies": policies.map(named).collect::<Vec<_>>(),
            "properties": PROPERTIES.iter().copied().map(named).collect::<Vec<_>>(),
            "counters": DEFINITIONS.iter().copied().map(named).collect::<Vec<_>>(),
        }));
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
    say("\nExamples of programs, for --program (add --format-program to see one):\n")?;
    for example in EXAMPLES {
        say(format!("  {}  {}", example.name, example.about))?;
    }
    say("\nMachines:\n")?;
    say(format!(
        "  {THIS}  the machine this runs on, as calibrated by `lab measure`"
    ))?;
    for preset in Machine::preset_names().filter_map(Machine::preset) {
        say(format!("  {}  {}", preset.name, preset.description))?;
    }
    say("  FILE  your own: start from `lab simulate --machine teaching --print-machine`")?;
    say("\nReplacement policies:\n")?;
    for policy in Replacement::ALL {
        say(format!("  {}  {}", policy.name(), policy.about()))?;
    }
    say("\nProperties of a level, for --level and --sweep:\n")?;
    for (name, meaning) in PROPERTIES {
        say(format!("  {name}  {meaning}"))?;
    }
    Ok(())
}
