//! `lab simulate`: a program's accesses through a simulated machine's caches.

mod list;
mod machine;
mod program;
mod reuse;
mod source;
mod survival;
mod sweep;
mod tables;

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use clap::{Args, ValueEnum};
use lab_core::{
    evidence::Evidence,
    machine::{Machine, describe_errors},
    sim::{
        Attribution, Counts, Engine, Future, Observer, Options as Engineering, Semantics, Silent,
    },
    sim::{Straddle, time},
    trace::file::{Format, Summary},
    units::parse_bytes,
};
use serde_json::json;

use self::{
    program::Typed,
    reuse::Reuse,
    source::{Source, bar},
};
use super::{
    output::{say, say_json},
    usage,
};
use crate::trace_file::TraceFile;

/// What to run, on which machine, and what to tell of it.
#[derive(Debug, Args)]
#[command(after_long_help = list::definitions())]
pub struct Options {
    /// A preset, a .toml or .json file, or `this` for the machine this runs on
    #[arg(long, value_name = "MACHINE", default_value = machine::THIS)]
    machine: String,
    /// A cache, instead of a machine; once for each level, innermost first: "L1: size=32KiB line=64
    /// ways=8 policy=lru write=back,allocate". A name ending with `i` is the instruction cache's
    #[arg(long = "level", value_name = "LEVEL", conflicts_with = "machine")]
    levels: Vec<String>,
    /// Bytes of a page, for the TLBs: 4KiB or 2MiB
    #[arg(long, value_name = "SIZE")]
    page: Option<String>,
    /// The kernel to run; --list names them
    #[arg(long, value_name = "NAME")]
    kernel: Option<String>,
    /// Values of the kernel's parameters; sizes may be written 32KiB
    #[arg(value_name = "NAME=VALUE", requires = "kernel")]
    values: Vec<String>,
    /// A program in the loop language to run, or the name of an example; `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kernel", "trace"])]
    program: Option<PathBuf>,
    /// A value of one of the program's parameters, such as N=128
    #[arg(long = "param", value_name = "NAME=VALUE", requires = "program")]
    params: Vec<String>,
    /// Run the program's first accesses only, so many
    #[arg(long, value_name = "ACCESSES", requires = "program", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Print the program spaced and indented the one way, instead of running it
    #[arg(long, requires = "program")]
    format_program: bool,
    /// A trace to run instead, plain or gzipped; `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "kernel")]
    trace: Option<PathBuf>,
    /// How the trace is written
    #[arg(long, value_enum, default_value_t = Written::Auto, requires = "trace")]
    format: Written,
    /// Skip and count lines of the trace that cannot be read
    #[arg(long, requires = "trace")]
    lenient: bool,
    /// Tell misses apart: compulsory, capacity, conflict
    #[arg(long)]
    classify: bool,
    /// Show reuse distances: how many other lines are used before a line is used again
    #[arg(long, conflicts_with = "sweep")]
    reuse: bool,
    /// Show the miss-ratio curve: fully associative LRU caches of all sizes at once
    #[arg(long, conflicts_with = "sweep")]
    mrc: bool,
    /// Watch only this share of the lines for --reuse and --mrc, such as 1/128
    #[arg(long, value_name = "SHARE", conflicts_with = "sweep")]
    sample: Option<String>,
    /// Show the N arrays and places in the program that miss most
    #[arg(long, value_name = "N", conflicts_with = "sweep")]
    top: Option<usize>,
    /// Vary a property of a level: l1.size=8KiB..64KiB (doubling) or l1.ways=1,2,4,8; several
    /// vary together, every one with every other
    #[arg(long, value_name = "LEVEL.PROPERTY=VALUES")]
    sweep: Vec<String>,
    /// Print the sweep as CSV
    #[arg(long, requires = "sweep", conflicts_with = "json")]
    csv: bool,
    /// Write the accesses to a file as well: .csv, else the compact binary; gzipped if it ends in .gz
    #[arg(long, value_name = "FILE", conflicts_with = "sweep")]
    record: Option<PathBuf>,
    #[command(flatten)]
    semantics: Switches,
    /// Start of the random numbers of policies that draw lots
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Instead of a program: how long unused lines stay in a cache of so many lines under random and
    /// LRU replacement, beside the closed forms
    #[arg(long, value_name = "LINES", conflicts_with_all = ["kernel", "program", "trace", "sweep", "levels", "machine"])]
    survival: Option<u64>,
    /// List kernels, machines, policies and the properties of a level
    #[arg(long, conflicts_with_all = ["kernel", "print_machine", "program", "trace"])]
    list: bool,
    /// Print the machine as TOML (or JSON), to start a description of your own from
    #[arg(long, conflicts_with_all = ["kernel", "program", "trace"])]
    print_machine: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Where known simulators differ.
#[derive(Debug, Args)]
#[command(next_help_heading = "Where simulators differ")]
struct Switches {
    /// How an access that touches several lines is counted
    #[arg(long, value_enum, default_value_t = Straddling::PerLine)]
    straddle: Straddling,
    /// A write-back arriving at a line counts as a use of it
    #[arg(long)]
    write_back_refreshes: bool,
    /// A prefetch of a line that is there already counts as a use of it
    #[arg(long)]
    prefetch_refreshes: bool,
    /// A hit in an inner cache counts as a use in the outer ones
    #[arg(long)]
    inner_hit_refreshes: bool,
    /// Of several free ways the highest is filled first, not the lowest
    #[arg(long)]
    highest_free_way: bool,
    /// A dirty line that is back-invalidated does not count as a write-back of the inner cache
    #[arg(long)]
    silent_back_invalidation: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Straddling {
    /// A look-up for every line
    PerLine,
    /// One look-up a level: a miss if any of its lines missed there
    Once,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Written {
    /// Found out from its first bytes
    Auto,
    /// valgrind --tool=lackey --trace-mem=yes
    Lackey,
    /// Dinero
    Din,
    /// address,bytes,kind,…, with a line of heads
    Csv,
    /// The lab's own, compact
    Bin,
}

impl Switches {
    fn semantics(&self) -> Semantics {
        Semantics {
            straddle: match self.straddle {
                Straddling::PerLine => Straddle::PerLine,
                Straddling::Once => Straddle::Once,
            },
            write_back_refreshes: self.write_back_refreshes,
            prefetch_refreshes: self.prefetch_refreshes,
            inner_hit_refreshes: self.inner_hit_refreshes,
            lowest_free_way: !self.highest_free_way,
            back_invalidation_writes_back: !self.silent_back_invalidation,
        }
    }
}

/// Simulates a kernel, a program or a trace.
///
/// # Errors
/// When machine, kernel, program, trace or a value is not known or makes no sense.
pub fn run(options: Options) -> Result<()> {
    if options.list {
        return list::list(options.json);
    }
    if let Some(lines) = options.survival {
        return survival::run(&options, lines);
    }
    if let (Some(path), true) = (&options.program, options.format_program) {
        return say(program::formatted(path)?.trim_end());
    }
    let machine = described(&options)?;
    let Some(source) = source(&options)? else {
        if !options.print_machine {
            return Err(usage(
                "there is nothing to run: name one of the lab's kernels with --kernel, a program in \
                 the loop language with --program, or a recorded trace with --trace (--list shows \
                 what there is)",
            ));
        }
        return if options.json {
            say_json(&machine)
        } else {
            say(toml::to_string(&machine).context("the machine cannot be written as TOML")?)
        };
    };
    if !options.sweep.is_empty() {
        return sweep::run(&options, &machine, &source);
    }
    if options.top.is_some() {
        let (engine, summary, reuse) =
            simulate(&options, &machine, &source, Attribution::default())?;
        let attribution = engine.observer().clone();
        tell(
            &options,
            &machine,
            &source,
            &engine.counts(),
            (summary, reuse),
            Some(&attribution),
        )
    } else {
        let (engine, summary, reuse) = simulate(&options, &machine, &source, Silent)?;
        tell(
            &options,
            &machine,
            &source,
            &engine.counts(),
            (summary, reuse),
            None,
        )
    }
}

/// The machine that was asked for.
fn described(options: &Options) -> Result<Machine> {
    let mut machine = if options.levels.is_empty() {
        machine::named(&options.machine)?
    } else {
        Machine::from_levels(&options.levels).map_err(usage)?
    };
    if let Some(page) = &options.page {
        machine.page = parse_bytes(page).map_err(usage)?;
    }
    machine
        .check()
        .map_err(|errors| usage(describe_errors(&errors)))?;
    Ok(machine)
}

/// What was asked to be run, if anything.
fn source(options: &Options) -> Result<Option<Source>> {
    if let Some(path) = &options.trace {
        let format = match options.format {
            Written::Auto => None,
            Written::Lackey => Some(Format::Lackey),
            Written::Din => Some(Format::Din),
            Written::Csv => Some(Format::Csv),
            Written::Bin => Some(Format::Binary),
        };
        return Ok(Some(Source::trace(path, format, options.lenient)));
    }
    if let Some(path) = &options.program {
        let typed = Typed::open(path, &options.params, options.limit)?;
        return Ok(Some(Source::Program(typed)));
    }
    let kernel = options.kernel.as_ref();
    kernel
        .map(|name| Source::kernel(name, &options.values))
        .transpose()
}

/// What the engine is asked for; runs the source once more where a policy needs the future.
fn engineering(options: &Options, machine: &Machine, source: &Source) -> Result<Engineering> {
    let future = if machine.caches[0].replacement.needs_future() {
        source.again("opt looks at the program twice")?;
        let mut future = Future::new(machine);
        source.feed(&mut future, &bar("looking ahead"))?;
        Some(future.next_uses())
    } else {
        None
    };
    Ok(Engineering {
        semantics: options.semantics.semantics(),
        seed: options.seed,
        classify: options.classify,
        line_use: true,
        future,
    })
}

/// Runs everything that was asked for in one pass.
fn simulate<O: Observer>(
    options: &Options,
    machine: &Machine,
    source: &Source,
    observer: O,
) -> Result<(Engine<O>, Option<Summary>, Option<Reuse>)> {
    let engineering = engineering(options, machine, source)?;
    let mut engine = Engine::watched(machine, engineering, observer)
        .map_err(|errors| anyhow!("{}", describe_errors(&errors)))?;
    let mut reuse = Reuse::asked(options, machine)?;
    let mut record = options
        .record
        .as_ref()
        .map(|path| {
            let name = path.to_string_lossy();
            let csv = name.trim_end_matches(".gz").ends_with(".csv");
            TraceFile::create(path, if csv { Format::Csv } else { Format::Binary })
        })
        .transpose()?;
    let summary = source.feed(
        &mut (&mut engine, (&mut reuse, &mut record)),
        &bar("simulating"),
    )?;
    if let Some(record) = record {
        record.finish()?;
    }
    Ok((engine, summary, reuse))
}

/// Tells what came of it.
fn tell(
    options: &Options,
    machine: &Machine,
    source: &Source,
    counts: &Counts,
    (summary, mut reuse): (Option<Summary>, Option<Reuse>),
    attribution: Option<&Attribution>,
) -> Result<()> {
    let time = time(counts, machine);
    let top = attribution.map(|attribution| tables::Top::of(attribution, source, options.top));
    if options.json {
        let mut value = json!({
            "evidence": Evidence::Simulated,
            "source": source.describe(),
            "semantics": options.semantics.semantics(),
            "counts": counts,
            "levels": counts.levels,
            "served": counts.served(),
            "mean_latency_ns": time.amat_ns,
            "time": time,
            "machine": machine,
        });
        let mut add = |name: &str, part: serde_json::Value| value[name] = part;
        if let Some(summary) = &summary {
            add("trace", source::summary_json(summary));
        }
        if let Some(reuse) = &mut reuse {
            let profile = reuse.profile();
            add("bands", json!(profile.bands(machine)));
            if options.mrc {
                add("mrc", json!(reuse::points(machine, &profile)));
            }
            add("reuse", json!(profile));
        }
        if let Some(top) = &top {
            add("top", json!(top));
        }
        return say_json(&value);
    }
    say(tables::heading(machine, source))?;
    if let Some(summary) = &summary {
        say(source::summary_text(summary))?;
    }
    say(tables::levels(machine, counts))?;
    say(tables::notes(machine, counts))?;
    say(tables::time(machine, &time))?;
    if let Some(top) = &top {
        say(top.text(machine))?;
    }
    if let Some(reuse) = &mut reuse {
        let profile = reuse.profile();
        say(reuse::text(options, machine, &profile))?;
    }
    Ok(())
}
