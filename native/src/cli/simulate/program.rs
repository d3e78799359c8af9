//! `--program`: a file in the loop language.

use std::{
    fmt::Write,
    fs,
    io::{Read, stdin},
    path::Path,
};

use anyhow::{Context, Result, anyhow};
use indicatif::ProgressBar;
use lab_core::{
    trace::{
        Probe,
        program::{EXAMPLES, Extent, Instance, Problem, Program, format},
    },
    units::format_number,
};
use serde_json::{Value, json};

use super::{super::usage, source::line_of};

/// Accesses that nobody has to ask for: a few minutes.
const MOST: u64 = 10_000_000_000;
/// Accesses between two looks at the bar.
const SLICE: u64 = 1 << 22;
/// Bytes of a program read; a longer one is refused when it is parsed.
const LONGEST: u64 = 1 << 20;

/// A program that somebody typed, ready to run.
pub struct Typed {
    /// Its file, or the example's name.
    name: String,
    text: String,
    values: Vec<(String, i64)>,
    instance: Instance,
    limit: Option<u64>,
}

/// The text of a file, of standard input (`-`), or of an example where no file has that name.
fn read(path: &Path) -> Result<(String, String)> {
    let name = path.to_string_lossy().into_owned();
    let mut bytes = Vec::new();
    if name == "-" {
        let input = stdin().lock().take(LONGEST);
        { input }
            .read_to_end(&mut bytes)
            .context("cannot read standard input")?;
    } else if let Some(example) = EXAMPLES.iter().find(|example| example.name == name)
        && !path.exists()
    {
        return Ok((name, example.source.to_owned()));
    } else {
        let file = fs::File::open(path).with_context(|| {
            format!("cannot read {name}, and no example has that name (`lab simulate --list` names them)")
        })?;
        let input = file.take(LONGEST);
        { input }
            .read_to_end(&mut bytes)
            .with_context(|| format!("cannot read {name}"))?;
    }
    let text = String::from_utf8(bytes).map_err(|_| anyhow!("{name} is not text in UTF-8"))?;
    Ok((name, text))
}

/// The program of a file, written the one way.
pub fn formatted(path: &Path) -> Result<String> {
    let (name, text) = read(path)?;
    format(&text).map_err(|problems| anyhow!("{}", render(&name, &text, &problems)))
}

/// `name=number`, for a program's parameters.
fn value(word: &str) -> Result<(String, i64)> {
    let pair = word.split_once('=');
    pair.and_then(|(name, value)| Some((name.trim().to_owned(), value.trim().parse().ok()?)))
        .ok_or_else(|| {
            usage(format!(
                "`{word}` is no parameter with a whole number: write it as N=128"
            ))
        })
}

impl Typed {
    /// Reads and checks a program.
    pub fn open(path: &Path, words: &[String], limit: Option<u64>) -> Result<Self> {
        let values: Vec<_> = words
            .iter()
            .map(|word| value(word))
            .collect::<Result<_>>()?;
        let (name, text) = read(path)?;
        let wrong = |problems: &[Problem]| anyhow!("{}", render(&name, &text, problems));
        let program = Program::parse(&text).map_err(|problems| wrong(&problems))?;
        let names: Vec<_> = program
            .params()
            .iter()
            .map(|param| param.name.as_str())
            .collect();
        for (given, _) in &values {
            if !names.contains(&given.as_str()) {
                let choice = match names.is_empty() {
                    true => "it has none".to_owned(),
                    false => format!("choose from {}", names.join(", ")),
                };
                return Err(usage(format!(
                    "{name} has no parameter `{given}`: {choice}"
                )));
            }
        }
        let instance = program.with(&values).map_err(|problems| wrong(&problems))?;
        let (most, exactly) = match instance.accesses() {
            Extent::Exact(count) => (count, ""),
            Extent::AtMost(count) => (count, "up to "),
        };
        if most > MOST && limit.is_none() {
            return Err(usage(format!(
                "{} makes {exactly}{} accesses, which takes long: make its parameters smaller \
                 with --param, or look at its first accesses only with --limit 1000000000",
                shown(&name),
                format_number(most as f64),
            )));
        }
        let values = program
            .params()
            .iter()
            .map(|param| {
                let given = values.iter().rev().find(|(name, _)| *name == param.name);
                (
                    param.name.clone(),
                    given.map_or(param.default, |(_, value)| *value),
                )
            })
            .collect();
        Ok(Self {
            name,
            text,
            values,
            instance,
            limit,
        })
    }

    /// Tells `probe` of every access, up to the limit.
    pub fn feed<P: Probe>(&self, probe: &mut P, bar: &ProgressBar) -> Result<()> {
        let limit = self.limit.unwrap_or(u64::MAX);
        if let Extent::Exact(count) = self.instance.accesses() {
            bar.set_length(count.min(limit));
        }
        let mut cursor = self.instance.start();
        while cursor.told() < limit {
            let slice = SLICE.min(limit - cursor.told());
            if cursor.run(slice, probe) < slice {
                break;
            }
            bar.set_position(cursor.told());
        }
        bar.finish_and_clear();
        match cursor.fault() {
            // Beyond the limit nobody looks.
            Some(fault) if cursor.told() < limit => {
                let told = cursor.told();
                let fault = render(&self.name, &self.text, std::slice::from_ref(fault));
                Err(anyhow!("after {told} accesses, {fault}"))
            }
            _ => Ok(()),
        }
    }

    /// What it is, for people.
    pub fn name(&self) -> String {
        let values = self
            .values
            .iter()
            .map(|(name, value)| format!("{name} = {value}"));
        let mut parts: Vec<_> = values.collect();
        if let Some(limit) = self.limit {
            parts.push(format!("its first {limit} accesses"));
        }
        match parts.is_empty() {
            true => self.called(),
            false => format!("{} ({})", self.called(), parts.join(", ")),
        }
    }

    fn called(&self) -> String {
        match self.name.as_str() {
            "-" => "the program given".to_owned(),
            name => format!("program {name}"),
        }
    }

    /// What it is, for machines.
    pub fn describe(&self) -> Value {
        let parameters: serde_json::Map<String, Value> = self
            .values
            .iter()
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect();
        json!({
            "program": self.name,
            "parameters": parameters,
            "arrays": self.instance.arrays(),
            "limit": self.limit,
        })
    }

    /// A line of the program, for people.
    pub fn site(&self, site: u64) -> String {
        let file = match self.name.as_str() {
            "-" => "line ".to_owned(),
            name => format!("{name}:"),
        };
        format!("{file}{site}  {}", line_of(&self.text, site).trim())
    }
}

/// A program's name in a sentence.
fn shown(name: &str) -> &str {
    match name {
        "-" => "the program",
        name => name,
    }
}

/// Problems, each with its place, the line and what would mend it.
fn render(name: &str, text: &str, problems: &[Problem]) -> String {
    let name = shown(name);
    let mut out = String::new();
    for problem in problems {
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        let (line, column) = (problem.line, problem.column);
        let shown = line_of(text, line.into()).replace('\t', " ");
        let margin = line.to_string().len();
        let marks = "^".repeat(problem.length as usize);
        let before = " ".repeat(column as usize - 1);
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "{name}:{line}:{column}: {}\n {line} | {shown}\n {:margin$} | {before}{marks}",
            problem.sentence(),
            ""
        );
    }
    out
}
