//! `lab model`.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use lab_core::{
    evidence::Evidence,
    model::{self, Model},
    parameters::{Arguments, Parameter},
};
use serde_json::{Value, json};

use super::{
    output::{say, say_json},
    usage,
};

/// Which model, with which values.
#[derive(Debug, Args)]
pub struct Options {
    /// The model's name
    #[arg(required_unless_present = "list")]
    name: Option<String>,
    /// Values of its parameters; sizes may be written 32KiB
    #[arg(value_name = "NAME=VALUE")]
    values: Vec<String>,
    /// List all models with their parameters
    #[arg(long, conflicts_with = "name")]
    list: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Evaluates a model, or lists them.
///
/// # Errors
/// When there is no such model, or a value makes no sense.
pub fn run(options: Options) -> Result<()> {
    let Some(name) = options.name else {
        return list(options.json);
    };
    let model = model::find(&name).ok_or_else(|| {
        let names: Vec<_> = model::models().map(|model| model.name).collect();
        usage(format!(
            "there is no model `{name}`: choose from {}",
            names.join(", ")
        ))
    })?;
    let arguments = Arguments::parse(model.parameters, &options.values).map_err(usage)?;
    let values = (model.evaluate)(&arguments).map_err(usage)?;
    if options.json {
        let outputs: Vec<Value> = model
            .outputs
            .iter()
            .zip(&values)
            .map(|(output, value)| {
                json!({"name": output.name, "meaning": output.meaning, "unit": output.unit, "value": value})
            })
            .collect();
        return say_json(&json!({
            "model": model.name,
            "evidence": Evidence::Modelled,
            "claims": model.claims,
            "formula": model.formula,
            "arguments": all_values(model.parameters, &arguments),
            "outputs": outputs,
        }));
    }
    say(format!("{}: {}\n", model.name, model.about))?;
    for parameter in model.parameters {
        let value = parameter.unit.format(arguments.get(parameter));
        say(format!(
            "  {} = {value}  ({})",
            parameter.name, parameter.meaning
        ))?;
    }
    say("")?;
    for (output, value) in model.outputs.iter().zip(values) {
        say(format!(
            "  {} = {}  ({}, {})",
            output.name,
            output.unit.format(value),
            output.meaning,
            Evidence::Modelled
        ))?;
    }
    Ok(())
}

/// The values of all parameters, set or not.
pub fn all_values(parameters: &[Parameter], arguments: &Arguments) -> BTreeMap<&'static str, f64> {
    parameters
        .iter()
        .map(|parameter| (parameter.name, arguments.get(parameter)))
        .collect()
}

fn list(as_json: bool) -> Result<()> {
    if as_json {
        let models: Vec<Value> = model::models().map(describe).collect();
        return say_json(&models);
    }
    say("Models, with the claims they state, and the values they take when nothing is said:\n")?;
    for model in model::models() {
        let claims = model.claims.join(", ");
        let values = usage_of(model.parameters);
        say(format!(
            "  {} ({claims})  {values}\n      {}",
            model.name, model.about
        ))?;
    }
    Ok(())
}

/// Parameters as they may be typed, with their defaults.
pub fn usage_of(parameters: &[Parameter]) -> String {
    parameters
        .iter()
        .map(|parameter| {
            let default = parameter.unit.format(parameter.default).replace(' ', "");
            format!("{}={default}", parameter.name)
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Parameters for machines to read.
pub fn describe_parameters(parameters: &[Parameter]) -> Vec<Value> {
    parameters
        .iter()
        .map(|parameter| {
            json!({
                "name": parameter.name,
                "meaning": parameter.meaning,
                "unit": parameter.unit,
                "default": parameter.default,
                "min": parameter.min,
                "max": parameter.max,
            })
        })
        .collect()
}

fn describe(model: &Model) -> Value {
    let outputs: Vec<Value> = model
        .outputs
        .iter()
        .map(|output| json!({"name": output.name, "meaning": output.meaning, "unit": output.unit}))
        .collect();
    json!({
        "name": model.name,
        "claims": model.claims,
        "about": model.about,
        "formula": model.formula,
        "parameters": describe_parameters(model.parameters),
        "outputs": outputs,
    })
}
