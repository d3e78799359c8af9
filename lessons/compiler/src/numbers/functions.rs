//! The functions that expressions may call.

use lab_core::{model, parameters::Arguments, trace::program::EXAMPLES};
use minijinja::{Environment, Error, Value, value::Kwargs};

use super::{Files, machine, program, study, wrong};
use crate::check::listed;

/// All functions, for a text that stands in `folder`.
pub fn add(environment: &mut Environment<'static>, files: &Files, folder: &str) {
    let (files, folder) = (files.clone(), folder.to_owned());
    environment.add_function("source", move |path: &str| {
        let beside = files.get(&format!("{folder}/{path}"));
        let bytes = beside.or_else(|| files.get(path));
        let bytes = bytes.ok_or_else(|| wrong(format!("there is no file `{path}`")))?;
        String::from_utf8(bytes.clone()).map_err(|_| wrong(format!("`{path}` is no text")))
    });
    environment.add_function("example", |name: &str| {
        let found = EXAMPLES.iter().find(|example| example.name == name);
        found.map(|example| example.source).ok_or_else(|| {
            let known = listed(EXAMPLES.iter().map(|example| example.name));
            wrong(format!("there is no example `{name}`: choose from {known}"))
        })
    });
    environment.add_function("machine", machine::named);
    environment.add_function("program", program::of);
    environment.add_function("study", study::of);
    environment.add_function("model", closed_form);
    environment.add_function("sqrt", f64::sqrt);
    environment.add_function("log2", f64::log2);
    environment.add_function("floor", f64::floor);
    environment.add_function("gcd", |mut a: u64, mut b: u64| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    });
}

/// A number, or a size such as `"34 KiB"`.
pub fn quantity(value: &Value) -> Result<f64, Error> {
    match value.as_str() {
        Some(text) => lab_core::units::parse_bytes(text)
            .map(|bytes| bytes as f64)
            .map_err(|error| wrong(error.to_string())),
        None => f64::try_from(value.clone()),
    }
}

/// What of the keywords are arguments; `_` stands for the hyphens of their names.
pub fn arguments(
    parameters: &[lab_core::parameters::Parameter],
    words: &Kwargs,
) -> Result<Arguments, Error> {
    let mut arguments = Arguments::default();
    for word in words.args() {
        let value = quantity(&words.peek(word)?)?;
        arguments
            .set(parameters, &word.replace('_', "-"), value)
            .map_err(|error| wrong(error.to_string()))?;
    }
    Ok(arguments)
}

/// A closed form: its value, or its values by name.
fn closed_form(name: &str, words: Kwargs) -> Result<Value, Error> {
    let model = model::find(name).ok_or_else(|| {
        let known = listed(model::models().map(|model| model.name));
        wrong(format!("there is no model `{name}`: choose from {known}"))
    })?;
    let values = (model.evaluate)(&arguments(model.parameters, &words)?).map_err(wrong)?;
    if let [value] = values[..] {
        return Ok(value.into());
    }
    let names = model.outputs.iter().map(|output| output.name);
    Ok(Value::from_pairs(names.zip(values)))
}
