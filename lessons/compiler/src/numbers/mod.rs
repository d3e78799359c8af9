//! Numbers that texts state, computed by the lab's simulators and models when the lessons are built.
//!
//! A `numbers` block names what is computed, a name and an expression a line; `{= expression }` in a
//! text becomes its value, before anything else is made of the text. Expressions are those of
//! MiniJinja, with the functions of this folder: [`program`], [`study`] and what stands in
//! [`functions`]. A `check` line holds what words of the text say ("eight times slower").

mod functions;
mod machine;
mod program;
mod study;

use std::{collections::BTreeMap, sync::Arc};

use minijinja::{Environment, UndefinedBehavior, Value, value::ValueKind};

/// Files of the lessons' folder by path: `course/strides.md`.
pub type Files = Arc<BTreeMap<String, Vec<u8>>>;

/// A complaint, and its line.
pub type Complaint = (usize, String);

/// What a text may compute with.
pub struct Numbers {
    environment: Environment<'static>,
    names: Vec<String>,
}

const OPEN: &str = "{=";

impl Numbers {
    /// For a text that stands in `folder`.
    pub fn new(files: &Files, folder: &str) -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        functions::add(&mut environment, files, folder);
        Self {
            environment,
            names: Vec::new(),
        }
    }

    /// Gives a value a name.
    pub fn set(&mut self, name: &str, value: Value) {
        self.environment.add_global(name.to_owned(), value);
    }

    /// Reads the lines of a `numbers` block, the first of which is `line` of its file.
    pub fn define(&mut self, text: &str, line: usize) -> Vec<Complaint> {
        let mut statements: Vec<(usize, String)> = Vec::new();
        for (at, text) in text.lines().enumerate() {
            let words = text.trim();
            if words.is_empty() || words.starts_with('#') {
                continue;
            }
            match statements.last_mut() {
                // Indented lines go on with the one above.
                Some((_, above)) if text.starts_with([' ', '\t']) => {
                    above.push(' ');
                    above.push_str(words);
                }
                _ => statements.push((line + at, words.to_owned())),
            }
        }
        let mut complaints = Vec::new();
        for (line, text) in statements {
            if let Err(complaint) = self.state(&text) {
                complaints.push((line, complaint));
                // What has no name now would be missed in all lines below.
                if !text.starts_with("check ") {
                    break;
                }
            }
        }
        complaints
    }

    fn state(&mut self, text: &str) -> Result<(), String> {
        if let Some(claim) = text.strip_prefix("check ") {
            return match self.value(claim)?.is_true() {
                true => Ok(()),
                false => Err(format!(
                    "`{}` does not hold: the text beside it has to change, or what is computed.",
                    claim.trim()
                )),
            };
        }
        let parts = text.split_once('=').map(|(name, rest)| (name.trim(), rest));
        let is_name = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let Some((name, expression)) = parts.filter(|(name, _)| is_name(name)) else {
            return Err("This line is neither `name = expression` nor `check expression`.".into());
        };
        if self.names.iter().any(|known| known == name) {
            return Err(format!("`{name}` is there already: choose another name."));
        }
        let value = self.value(expression)?;
        self.names.push(name.to_owned());
        self.set(name, value);
        Ok(())
    }

    fn value(&self, expression: &str) -> Result<Value, String> {
        let wrong = |error: minijinja::Error| {
            let reason = error.detail().map(str::to_owned);
            let reason = reason.unwrap_or_else(|| error.kind().to_string());
            format!("`{}` cannot be computed: {reason}.", expression.trim())
        };
        let value = self
            .environment
            .compile_expression_owned(expression.trim().to_owned())
            .and_then(|compiled| compiled.eval(()))
            .map_err(wrong)?;
        if value.is_undefined() {
            return Err(format!("`{}` is nothing that is known.", expression.trim()));
        }
        Ok(value)
    }

    /// A text with the values of its expressions in their places; its first line is `line` of its file.
    pub fn fill(&self, text: &str, line: usize) -> (String, Vec<Complaint>) {
        let (mut out, mut complaints) = (String::new(), Vec::new());
        for (at, mut rest) in text.split_inclusive('\n').enumerate() {
            while let Some((before, behind)) = rest.split_once(OPEN) {
                out.push_str(before);
                let Some((inside, after)) = behind.split_once('}') else {
                    complaints.push((
                        line + at,
                        "A number that starts with `{=` ends with `}` on the same line: close it."
                            .to_owned(),
                    ));
                    rest = "\n";
                    continue;
                };
                match self.shown(inside) {
                    Ok(shown) => out.push_str(&shown),
                    Err(complaint) => complaints.push((line + at, complaint)),
                }
                rest = after;
            }
            out.push_str(rest);
        }
        (out, complaints)
    }

    /// `expression` or `expression : format`, as it stands in the text.
    fn shown(&self, inside: &str) -> Result<String, String> {
        let (expression, format) = match inside.rsplit_once(" : ") {
            Some((expression, format)) => (expression, Some(format.trim())),
            None => (inside, None),
        };
        let value = self.value(expression)?;
        match value.kind() {
            ValueKind::String => Ok(value.to_string()),
            ValueKind::Number => {
                let number = f64::try_from(value).map_err(|error| format!("{error}."))?;
                number_as(number, format)
            }
            kind => Err(format!(
                "`{}` is a {kind} and no number: name one of its parts.",
                expression.trim()
            )),
        }
    }
}

/// A number as texts write it: `16 384` but `8064`, and no more places than it has. The format says
/// otherwise: `0.00` for so many places, `0` for a whole number in formulas, where nothing is set apart.
fn number_as(number: f64, format: Option<&str>) -> Result<String, String> {
    if !number.is_finite() {
        return Err(format!("{number} is no finite number."));
    }
    // Halves go up, and are not kept down by the noise of binary fractions.
    let number = number + 1e-9 * number.signum();
    let places = |zeros: &str| {
        let all = zeros.bytes().all(|byte| byte == b'0');
        (all && !zeros.is_empty()).then_some(zeros.len())
    };
    match format {
        Some("0") => Ok(format!("{number:.0}")),
        Some(format) => match format.strip_prefix("0.").and_then(places) {
            Some(places) => Ok(format!("{number:.places$}")),
            None => Err(format!(
                "`{format}` is no format: write `0` or as many zeros as there should be places, `0.00`."
            )),
        },
        None => {
            let text = format!("{number:.6}");
            let text = text.trim_end_matches('0').trim_end_matches('.');
            let (whole, fraction) = text.split_once('.').map_or((text, ""), |parts| parts);
            let digits = whole.trim_start_matches('-').len();
            if digits < 5 || !fraction.is_empty() {
                return Ok(text.to_owned());
            }
            let mut out = String::new();
            for (at, digit) in whole.chars().enumerate() {
                let left = whole.len() - at;
                if left.is_multiple_of(3) && at > 0 && !out.ends_with('-') {
                    out.push(' ');
                }
                out.push(digit);
            }
            Ok(out)
        }
    }
}

/// The text without its `numbers` blocks, whose lines are left empty, and these blocks with the lines
/// they start on.
pub fn blocks(text: &str, line: usize) -> (String, Vec<(usize, String)>, Option<usize>) {
    let (mut out, mut blocks) = (String::new(), Vec::new());
    let mut open: Option<(usize, String)> = None;
    for (at, row) in text.split_inclusive('\n').enumerate() {
        match (&mut open, row.trim_end()) {
            (None, "```numbers") => open = Some((line + at + 1, String::new())),
            (Some(_), "```") => blocks.extend(open.take()),
            (Some((_, block)), _) => block.push_str(row),
            (None, _) => {
                out.push_str(row);
                continue;
            }
        }
        out.push('\n');
    }
    let unclosed = open.map(|(line, _)| line - 1);
    (out, blocks, unclosed)
}

/// An error of a function, as a phrase.
pub fn wrong(message: impl Into<String>) -> minijinja::Error {
    minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, message.into())
}

#[cfg(test)]
mod tests;
