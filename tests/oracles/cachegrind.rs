//! cachegrind, on a program that lackey watches at the same addresses.
//!
//! cachegrind places what is written as what is read, and has no dirty lines. An access that
//! straddles lines counts once, and an instruction that reads and writes one place as one read: so
//! `Straddle::Once`, and a modify as a single access. Then misses of I1 and D1 are equal.
//!
//! LL sees what missed either of them, and there the two part:
//! - Of a straddling access that missed, cachegrind looks both lines up in LL, also one that lay
//!   in D1. Here only the missing line goes on, so the other one is not made recent in LL.
//! - Here a dirty line that leaves D1 is written to LL, and allocated there if LL lost it.
//!
//! Neither shows while nothing leaves LL: then our hierarchy's LL misses are equal too. Of a small LL
//! they are equal if three caches of ours are chained the way cachegrind chains its own.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use lab_core::{
    machine::Cache,
    sim::{Counts, Hierarchy, LevelCounts, Options, Semantics, Straddle},
    trace::{Access, Kind, Probe},
};
use lab_tests::{lab::Bench, workspace::root};
use tempfile::TempDir;

use crate::{
    tools,
    traces::{cache, machine, simulate},
};

/// Misses of I1, of LL on its behalf, of D1, of LL on its behalf; before them, accesses.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    fetches: u64,
    i1: u64,
    ll_fetches: u64,
    data: u64,
    d1: u64,
    ll_data: u64,
}

/// (sets, ways, line) of I1, D1 and LL.
type Geometry = [(u64, u64, u64); 3];

const SMALL: &[Geometry] = &[
    [(32, 2, 64), (32, 2, 64), (256, 4, 64)],
    // Direct-mapped, with short lines before longer ones
    [(64, 1, 32), (128, 1, 32), (64, 16, 64)],
    // Fully associative data
    [(64, 8, 64), (1, 16, 64), (128, 8, 64)],
];

/// Holds all that the program touches.
const ROOMY: Geometry = [(64, 8, 64), (64, 8, 64), (4096, 16, 64)];

/// The tools, and the program to watch.
struct Watch {
    valgrind: PathBuf,
    setarch: PathBuf,
    folder: TempDir,
    program: PathBuf,
}

impl Watch {
    fn new() -> Result<Option<Self>> {
        let get = "Get it: apt-get install";
        let Some(valgrind) = tools::program("valgrind", None, &format!("{get} valgrind."))? else {
            return Ok(None);
        };
        let Some(setarch) = tools::program("setarch", None, &format!("{get} util-linux."))? else {
            return Ok(None);
        };
        let Some(cc) = tools::program("cc", Some("CC"), &format!("{get} gcc."))? else {
            return Ok(None);
        };
        let folder = TempDir::with_prefix("lab-test-")?;
        let program = folder.path().join("walks");
        let source = root().join("tests/oracles/walks.c");
        let mut compile = Command::new(cc);
        compile.args(["-O1", "-o"]).arg(&program).arg(source);
        tools::output(&mut compile, "")?;
        Ok(Some(Self {
            valgrind,
            setarch,
            folder,
            program,
        }))
    }

    /// Runs the program under a tool of valgrind, which writes to `file`; gives what it wrote.
    fn run(&self, arguments: &[String], file: &Path) -> Result<String> {
        let mut command = tools::settled(&self.setarch, &self.valgrind);
        tools::output(command.args(arguments).arg(&self.program), "")?;
        fs::read_to_string(file).context("valgrind wrote no file")
    }

    /// Where lackey's words stay.
    fn log(&self) -> PathBuf {
        self.folder.path().join("trace")
    }

    /// The accesses of the program, a modify as one read, as lackey tells them.
    fn accesses(&self) -> Result<Vec<Access>> {
        let log = self.log();
        let arguments = [
            "--tool=lackey".to_owned(),
            "--trace-mem=yes".to_owned(),
            format!("--log-file={}", log.display()),
        ];
        let text = self.run(&arguments, &log)?;
        let mut trace = Vec::new();
        for line in text.lines().filter(|line| !line.starts_with("==")) {
            let kind = match line.get(..2) {
                Some("I ") => Kind::Fetch,
                Some(" L" | " M") => Kind::Load,
                Some(" S") => Kind::Store,
                _ => continue,
            };
            let (address, bytes) = line[2..]
                .trim()
                .split_once(',')
                .with_context(|| format!("not lackey's: {line}"))?;
            let address = u64::from_str_radix(address, 16)?;
            trace.push(Access::new(kind, address, bytes.parse()?));
        }
        ensure!(trace.len() > 100_000, "lackey told of too little");
        Ok(trace)
    }

    /// What cachegrind counts.
    fn cachegrind(&self, geometry: &Geometry) -> Result<Tally> {
        let out = self.folder.path().join("cachegrind");
        let mut arguments = vec![
            "--tool=cachegrind".to_owned(),
            "--cache-sim=yes".to_owned(),
            format!("--cachegrind-out-file={}", out.display()),
        ];
        for (name, (sets, ways, line)) in ["I1", "D1", "LL"].iter().zip(geometry) {
            arguments.push(format!("--{name}={},{ways},{line}", sets * ways * line));
        }
        let text = self.run(&arguments, &out)?;
        let line = |start: &str| -> Result<Vec<&str>> {
            let found = text.lines().find_map(|line| line.strip_prefix(start));
            Ok(found
                .with_context(|| format!("no {start}"))?
                .split_whitespace()
                .collect())
        };
        let events = line("events:")?;
        let totals = line("summary:")?;
        let total = |event: &str| -> Result<u64> {
            let at = events.iter().position(|name| *name == event);
            let at = at.with_context(|| format!("cachegrind counts no {event}"))?;
            Ok(totals.get(at).context("a total is missing")?.parse()?)
        };
        Ok(Tally {
            fetches: total("Ir")?,
            i1: total("I1mr")?,
            ll_fetches: total("ILmr")?,
            data: total("Dr")? + total("Dw")?,
            d1: total("D1mr")? + total("D1mw")?,
            ll_data: total("DLmr")? + total("DLmw")?,
        })
    }
}

/// What `lab simulate` counts for lackey's own file.
fn by_command(geometry: &Geometry, log: &Path) -> Result<Tally> {
    let bench = Bench::new()?;
    let mut words = ["simulate", "--straddle", "once", "--json", "--trace"]
        .map(OsString::from)
        .to_vec();
    words.push(log.into());
    for (name, (sets, ways, line)) in ["L1i", "L1", "L2"].iter().zip(geometry) {
        let size = sets * ways * line;
        words.push("--level".into());
        words.push(format!("{name}: size={size} line={line} ways={ways}").into());
    }
    let json = bench.lab(&words)?.json()?;
    let counts: Counts = serde_json::from_value(json["counts"].clone())?;
    Ok(tally(counts).0)
}

fn caches(geometry: &Geometry) -> [Cache; 3] {
    let names = ["I1", "D1", "LL"];
    std::array::from_fn(|at| {
        let (sets, ways, line) = geometry[at];
        cache(names[at], sets, ways, line)
    })
}

fn once() -> Options {
    Options {
        semantics: Semantics {
            straddle: Straddle::Once,
            ..Semantics::default()
        },
        ..Options::default()
    }
}

/// Our hierarchy: an I1 beside D1, both before LL.
fn hierarchy(geometry: &Geometry, trace: &[Access]) -> (Tally, LevelCounts) {
    let [i1, d1, ll] = caches(geometry);
    let mut machine = machine(vec![d1, ll]);
    machine.instruction_cache = Some(i1);
    tally(simulate(&machine, &once(), trace))
}

/// The same numbers as cachegrind's; and what else LL counts.
fn tally(mut counts: Counts) -> (Tally, LevelCounts) {
    let i1 = counts.instruction_cache.take().expect("it was described");
    let ll = counts.levels.remove(1);
    let d1 = &counts.levels[0];
    let tally = Tally {
        fetches: i1.accesses,
        i1: i1.misses,
        ll_fetches: ll.fetches.misses,
        data: d1.accesses,
        d1: d1.misses,
        ll_data: ll.misses - ll.fetches.misses,
    };
    (tally, ll)
}

/// Three caches of ours in cachegrind's order: LL is asked for all of an access that missed.
fn chained(geometry: &Geometry, trace: &[Access]) -> Tally {
    let alone = |cache| Hierarchy::with(&machine(vec![cache]), once()).expect("it is sound");
    let [mut i1, mut d1, mut ll] = caches(geometry).map(alone);
    let misses = |caches: &mut Hierarchy| caches.counts().levels[0].misses;
    let missed = |caches: &mut Hierarchy, access: Access| {
        let before = misses(caches);
        caches.access(Access {
            kind: Kind::Load,
            ..access
        });
        misses(caches) > before
    };
    let mut tally = Tally::default();
    for &access in trace {
        let (first, seen, miss, outer) = match access.kind {
            Kind::Fetch => (
                &mut i1,
                &mut tally.fetches,
                &mut tally.i1,
                &mut tally.ll_fetches,
            ),
            _ => (&mut d1, &mut tally.data, &mut tally.d1, &mut tally.ll_data),
        };
        *seen += 1;
        if missed(first, access) {
            *miss += 1;
            *outer += u64::from(missed(&mut ll, access));
        }
    }
    tally
}

#[test]
fn misses_are_those_of_cachegrind() -> Result<()> {
    let Some(watch) = Watch::new()? else {
        return Ok(());
    };
    let trace = watch.accesses()?;
    let straddling = trace
        .iter()
        .filter(|access| access.address % 64 + u64::from(access.bytes) > 64);
    assert!(straddling.count() > 1000, "the program should straddle");

    for geometry in SMALL {
        let theirs = watch.cachegrind(geometry)?;
        assert_eq!(chained(geometry, &trace), theirs, "{geometry:?}, chained");
        let (ours, ll) = hierarchy(geometry, &trace);
        let first = |tally: &Tally| (tally.fetches, tally.i1, tally.data, tally.d1);
        assert_eq!(first(&ours), first(&theirs), "{geometry:?}");
        assert!(ll.evictions > 0, "{geometry:?}: LL is not small");
        // What the module's two points amount to
        let ll = |tally: &Tally| (tally.ll_fetches + tally.ll_data) as f64;
        println!("LL of {geometry:?}: ours {ours:?}, cachegrind's {theirs:?}");
        assert!((ll(&ours) / ll(&theirs) - 1.0).abs() < 0.01, "{geometry:?}");
    }
    let theirs = watch.cachegrind(&ROOMY)?;
    let (ours, ll) = hierarchy(&ROOMY, &trace);
    assert_eq!(ll.evictions, 0, "LL is not roomy");
    assert_eq!(ours, theirs, "{ROOMY:?}");
    Ok(())
}

#[test]
fn the_command_counts_lackeys_file_as_cachegrind_does() -> Result<()> {
    let Some(watch) = Watch::new()? else {
        return Ok(());
    };
    watch.accesses()?;
    let text = fs::read_to_string(watch.log())?;
    let modifies = text.lines().filter(|line| line.starts_with(" M")).count();
    let theirs = watch.cachegrind(&ROOMY)?;
    let ours = by_command(&ROOMY, &watch.log())?;
    // For the command a modify is a load and a store
    let expected = Tally {
        data: theirs.data + modifies as u64,
        ..theirs
    };
    assert_eq!(ours, expected);
    Ok(())
}
