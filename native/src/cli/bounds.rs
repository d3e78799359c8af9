//! `lab bounds`: kernels beside what the I/O model says of them.

use anyhow::Result;
use clap::Args;
use lab_core::{
    bounds::{BOUNDS, Bound, Finding, Form},
    evidence::Evidence,
    model::io::Fit,
    units::{Unit, format_bytes},
};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::{
    output::{say, say_json, table, text},
    usage,
};

/// Which kernels, and how to print them.
#[derive(Debug, Args)]
pub struct Options {
    /// Kernels to examine; without any, all that have a bound
    #[arg(value_name = "KERNEL")]
    names: Vec<String>,
    /// List the kernels and their bounds without running them
    #[arg(long)]
    list: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Examines bounds, or lists them.
///
/// # Errors
/// When a kernel has no bound.
pub fn run(options: Options) -> Result<()> {
    let bounds = chosen(&options.names)?;
    if options.list {
        return list(&bounds, options.json);
    }
    // All runs side by side; the long ones of one kernel would hold up the rest otherwise.
    let findings: Vec<Finding> = bounds
        .par_iter()
        .map(|bound| {
            let samples = bound.sizes.par_iter().flat_map_iter(|&n| bound.at(n));
            bound.fitted(samples.collect())
        })
        .collect();
    if options.json {
        let all: Vec<Value> = bounds
            .iter()
            .zip(&findings)
            .map(|(bound, finding)| {
                let mut value = describe(bound);
                value["evidence"] = json!(Evidence::Simulated);
                value["finding"] = json!(finding);
                value
            })
            .collect();
        return say_json(&all);
    }
    say(
        "Misses, simulated before fully associative caches with LRU, against forms of the I/O model.\n\
         n in elements (matrices: rows and columns), M elements in the cache, B in a line.",
    )?;
    say("")?;
    for (bound, finding) in bounds.iter().zip(&findings) {
        tell(bound, finding, !options.names.is_empty())?;
    }
    Ok(())
}

fn chosen(names: &[String]) -> Result<Vec<&'static Bound>> {
    if names.is_empty() {
        return Ok(BOUNDS.iter().collect());
    }
    names
        .iter()
        .map(|name| {
            Bound::find(name).ok_or_else(|| {
                let known: Vec<_> = BOUNDS.iter().map(|bound| bound.kernel.name()).collect();
                usage(format!(
                    "no bound is known for `{name}`: choose from {}",
                    known.join(", ")
                ))
            })
        })
        .collect()
}

/// What was found; with `samples`, every run.
fn tell(bound: &Bound, finding: &Finding, samples: bool) -> Result<()> {
    say(format!(
        "{} ({}): {}",
        bound.kernel.name(),
        bound.claims.join(", "),
        bound.kernel.about()
    ))?;
    say(format!(
        "  {}  holds: misses are {:.2} times that, {}",
        bound.form.text,
        finding.fit.constant,
        within(&finding.fit)
    ))?;
    if let (Some(form), Some(fit)) = (bound.printed, finding.printed) {
        say(format!(
            "  {}  as the course text has it, does not hold: misses are {} times that, {}",
            form.text,
            range(finding),
            within(&fit)
        ))?;
    }
    if samples {
        say("")?;
        say(text(&runs(bound.printed, finding)))?;
    }
    say("")
}

fn within(fit: &Fit) -> String {
    if fit.spread < 1.005 {
        "at all sizes".to_owned()
    } else {
        format!("all sizes within a factor of {:.2}", fit.spread)
    }
}

/// The least and the largest ratio to the printed form.
fn range(finding: &Finding) -> String {
    let ratios = finding
        .samples
        .iter()
        .filter_map(|sample| Some(sample.misses as f64 / sample.printed?));
    let (least, most) = ratios.fold((f64::MAX, 0.0_f64), |(least, most), ratio| {
        (least.min(ratio), most.max(ratio))
    });
    format!("{least:.2} to {most:.2}")
}

fn runs(printed: Option<Form>, finding: &Finding) -> comfy_table::Table {
    let mut heads = vec!["n", "cache", "line", "misses", "ratio"];
    if printed.is_some() {
        heads.push("ratio as printed");
    }
    let mut table = table(heads);
    for sample in &finding.samples {
        let misses = sample.misses as f64;
        let mut row = vec![
            sample.n.to_string(),
            format_bytes(sample.cache as f64),
            format_bytes(sample.line as f64),
            Unit::Count.format(misses),
            format!("{:.3}", misses / sample.form),
        ];
        row.extend(sample.printed.map(|form| format!("{:.3}", misses / form)));
        table.add_row(row);
    }
    table
}

fn list(bounds: &[&Bound], as_json: bool) -> Result<()> {
    if as_json {
        let all: Vec<Value> = bounds.iter().map(|bound| describe(bound)).collect();
        return say_json(&all);
    }
    say("Kernels, the claims they bear on, and how their misses grow:\n")?;
    for bound in bounds {
        say(format!(
            "  {} ({})  {}",
            bound.kernel.name(),
            bound.claims.join(", "),
            bound.form.text
        ))?;
        if let Some(printed) = bound.printed {
            say(format!("      as the course text has it: {}", printed.text))?;
        }
    }
    Ok(())
}

fn describe(bound: &Bound) -> Value {
    json!({
        "kernel": bound.kernel.name(),
        "about": bound.kernel.about(),
        "claims": bound.claims,
        "form": bound.form.text,
        "as_printed": bound.printed.map(|form| form.text),
        "element_bytes": bound.element,
    })
}
