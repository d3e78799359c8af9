//! Where the accesses come from: a kernel, a program or a trace.

use std::{
    io::{IsTerminal, stderr},
    path::{Path, PathBuf},
};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use lab_core::{
    kernels::Kernel,
    parameters::Arguments,
    trace::{
        Probe,
        file::{Format, Summary},
    },
};
use serde_json::{Value, json};

use super::{
    super::{model::all_values, usage},
    program::Typed,
};
use crate::trace_file;

/// A program whose accesses can be told.
pub enum Source {
    /// One of ours.
    Kernel(Kernel, Arguments),
    /// Somebody's, in the loop language.
    Program(Typed),
    /// Somebody's, recorded.
    Trace {
        path: PathBuf,
        format: Option<Format>,
        lenient: bool,
    },
}

impl Source {
    pub fn kernel(name: &str, values: &[String]) -> Result<Self> {
        let kernel = Kernel::from_name(name).ok_or_else(|| {
            let known: Vec<_> = Kernel::ALL.iter().map(|kernel| kernel.name()).collect();
            usage(format!(
                "there is no kernel `{name}`: choose from {}",
                known.join(", ")
            ))
        })?;
        let arguments = Arguments::parse(kernel.parameters(), values).map_err(usage)?;
        Ok(Source::Kernel(kernel, arguments))
    }

    pub fn trace(path: &Path, format: Option<Format>, lenient: bool) -> Self {
        Source::Trace {
            path: path.to_owned(),
            format,
            lenient,
        }
    }

    /// Whether it can be run more than once, as `why` says it must.
    pub fn again(&self, why: &str) -> Result<()> {
        match self {
            Source::Trace { path, .. } if path == Path::new("-") => Err(usage(format!(
                "{why}, and standard input can be read once only: give a file"
            ))),
            _ => Ok(()),
        }
    }

    /// Tells `probe` of every access, showing how far it is; a trace's summary comes back.
    pub fn feed<P: Probe>(&self, probe: &mut P, bar: &ProgressBar) -> Result<Option<Summary>> {
        match self {
            Source::Kernel(kernel, arguments) => {
                kernel.run(arguments, probe);
                Ok(None)
            }
            Source::Program(typed) => typed.feed(probe, bar).map(|()| None),
            Source::Trace {
                path,
                format,
                lenient,
            } => {
                let contents = trace_file::read(path, *format, *lenient, probe, |done, total| {
                    bar.set_length(total.unwrap_or(done));
                    bar.set_position(done);
                });
                bar.finish_and_clear();
                Ok(Some(contents?.summary))
            }
        }
    }

    /// What it is, for people.
    pub fn name(&self) -> String {
        match self {
            Source::Kernel(kernel, arguments) => {
                let values = kernel.parameters().iter().map(|parameter| {
                    let value = parameter.unit.format(arguments.get(parameter));
                    format!("{} = {value}", parameter.name)
                });
                let values: Vec<_> = values.collect();
                format!("{} ({})", kernel.name(), values.join(", "))
            }
            Source::Program(typed) => typed.name(),
            Source::Trace { path, .. } if path == Path::new("-") => "the trace given".into(),
            Source::Trace { path, .. } => format!("trace {}", path.display()),
        }
    }

    /// What it is, for machines.
    pub fn describe(&self) -> Value {
        match self {
            Source::Kernel(kernel, arguments) => json!({
                "kernel": kernel.name(),
                "arguments": all_values(kernel.parameters(), arguments),
            }),
            Source::Program(typed) => typed.describe(),
            Source::Trace { path, .. } => json!({ "trace": path }),
        }
    }

    /// A place in the program, for people: with the line itself where the source is known.
    pub fn site(&self, site: u64) -> String {
        match self {
            Source::Kernel(kernel, _) => {
                let (file, text) = kernel.source();
                format!("{file}:{site}  {}", line_of(text, site).trim())
            }
            Source::Program(typed) => typed.site(site),
            Source::Trace { .. } if site == 0 => "unknown".into(),
            Source::Trace { .. } => format!("{site:#x}"),
        }
    }
}

/// A line of a text, by its number from 1; empty where there is none.
pub fn line_of(text: &str, number: u64) -> &str {
    let above = number.checked_sub(1);
    let line = above.and_then(|above| text.lines().nth(above as usize));
    line.unwrap_or("")
}

/// A bar on standard error, if somebody looks at it.
pub fn bar(doing: &'static str) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(1);
    bar.set_style(
        ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}")
            .expect("the template is well-formed"),
    );
    bar.with_message(doing)
}

/// What a trace held, for machines.
pub fn summary_json(summary: &Summary) -> Value {
    json!({
        "lines": summary.lines,
        "accesses": summary.accesses,
        "loads": summary.loads,
        "stores": summary.stores,
        "fetches": summary.fetches,
        "skipped": summary.skipped,
        "first_skipped": summary.first_skipped.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// What a trace held, for people.
pub fn summary_text(summary: &Summary) -> String {
    let mut text = format!(
        "The trace holds {} loads, {} stores and {} instruction fetches.",
        summary.loads, summary.stores, summary.fetches
    );
    if summary.skipped > 0 {
        text += &format!(" {} bad lines were skipped, such as:", summary.skipped);
        for bad in &summary.first_skipped {
            text += &format!("\n  {bad}");
        }
    }
    text
}
