//! `--sweep`: the same program on many machines, side by side.

use anyhow::{Result, anyhow};
use indicatif::ProgressBar;
use lab_core::{
    machine::{Machine, Setting, describe_errors},
    sim::{Counts, Hierarchy, Options as Engineering, time},
    units::{format_bytes, format_number, parse_bytes},
};
use rayon::prelude::*;
use serde_json::json;

use super::{
    super::{
        output::{say, say_json, table, text},
        usage,
    },
    Options, engineering,
    source::{self, Source},
};

/// A property of a level, and the values it takes.
struct Axis {
    /// As it was written: `l1.size`.
    name: String,
    setting: Setting,
    values: Vec<String>,
}

/// So many machines at most.
const MOST: usize = 100_000;

impl Axis {
    fn parse(text: &str) -> Result<Self> {
        let parts = text.split_once('=').filter(|(name, _)| name.contains('.'));
        let Some((name, values)) = parts else {
            return Err(usage(format!(
                "`{text}` is no sweep: write it as l1.size=8KiB..64KiB or l1.ways=1,2,4,8"
            )));
        };
        let values = match values.split_once("..") {
            Some((from, to)) => doubling(from, to).ok_or_else(|| {
                usage(format!(
                    "`{values}` is no range of sizes or numbers that doubles, such as 8KiB..64KiB"
                ))
            })?,
            None => values.split(',').map(str::to_owned).collect(),
        };
        Ok(Self {
            name: name.to_owned(),
            setting: name
                .parse()
                .map_err(|error| usage(format!("{name}: {error}")))?,
            values,
        })
    }

    /// Gives a machine one of the values.
    fn apply(&self, machine: &mut Machine, value: &str) -> Result<()> {
        let set = self.setting.set(machine, value);
        set.map_err(|error| usage(format!("{}={value}: {error}", self.name)))
    }
}

/// `from`, twice that, and so on up to `to`.
fn doubling(from: &str, to: &str) -> Option<Vec<String>> {
    let (first, last) = (parse_bytes(from).ok()?, parse_bytes(to).ok()?);
    if first == 0 || first > last {
        return None;
    }
    let values = std::iter::successors(Some(first), |value| value.checked_mul(2));
    let values = values.take_while(|value| *value <= last);
    Some(values.map(|value| value.to_string()).collect())
}

/// One machine of the sweep, and what it counted.
struct Point {
    values: Vec<String>,
    machine: Machine,
    counts: Counts,
}

/// Runs the source on every combination of values.
pub fn run(options: &Options, machine: &Machine, source: &Source) -> Result<()> {
    source.again("a sweep runs the program many times")?;
    let axes: Vec<Axis> = options
        .sweep
        .iter()
        .map(|text| Axis::parse(text))
        .collect::<Result<_>>()?;
    let mut machines = vec![(Vec::new(), machine.clone())];
    for axis in &axes {
        if machines.len() * axis.values.len() > MOST {
            return Err(usage(format!(
                "the sweep asks for more than {MOST} machines"
            )));
        }
        let mut more = Vec::new();
        for (values, machine) in &machines {
            for value in &axis.values {
                let (mut values, mut machine) = (values.clone(), machine.clone());
                axis.apply(&mut machine, value)?;
                values.push(value.clone());
                more.push((values, machine));
            }
        }
        machines = more;
    }
    for (values, machine) in &machines {
        machine.check().map_err(|errors| {
            let errors = describe_errors(&errors);
            usage(format!("{}: {errors}", named(&axes, values)))
        })?;
    }
    let bar = source::bar("simulating");
    bar.set_length(machines.len() as u64);
    let points: Vec<Point> = machines
        .into_par_iter()
        .map(|(values, machine)| {
            let counts = simulate(options, &machine, source)?;
            bar.inc(1);
            Ok(Point {
                values,
                machine,
                counts,
            })
        })
        .collect::<Result<_>>()?;
    bar.finish_and_clear();
    tell(options, &axes, &points)
}

/// The values with their names, for messages.
fn named(axes: &[Axis], values: &[String]) -> String {
    let pairs = axes.iter().zip(values);
    let pairs: Vec<_> = pairs
        .map(|(axis, value)| format!("{}={value}", axis.name))
        .collect();
    pairs.join(" ")
}

fn simulate(options: &Options, machine: &Machine, source: &Source) -> Result<Counts> {
    let engineering = Engineering {
        line_use: false,
        ..engineering(options, machine, source)?
    };
    let mut caches = Hierarchy::with(machine, engineering)
        .map_err(|errors| anyhow!("{}", describe_errors(&errors)))?;
    source.feed(&mut caches, &ProgressBar::hidden())?;
    Ok(caches.counts())
}

fn tell(options: &Options, axes: &[Axis], points: &[Point]) -> Result<()> {
    if options.json {
        let points: Vec<_> = points
            .iter()
            .map(|point| {
                let values = axes.iter().zip(&point.values);
                let values: std::collections::BTreeMap<_, _> =
                    values.map(|(axis, value)| (&axis.name, value)).collect();
                json!({
                    "values": values,
                    "levels": point.counts.levels,
                    "counts": point.counts,
                    "time": time(&point.counts, &point.machine),
                })
            })
            .collect();
        return say_json(&json!({"evidence": "simulated", "points": points}));
    }
    let mut heads: Vec<String> = axes.iter().map(|axis| axis.name.clone()).collect();
    let levels = points.first().map_or(&[][..], |point| &point.counts.levels);
    for level in levels {
        let name = level.name.to_lowercase();
        for column in columns(options) {
            heads.push(format!("{name}.{column}"));
        }
    }
    heads.extend(["memory.read", "memory.written", "amat_ns"].map(str::to_owned));
    let rows = points.iter().map(|point| row(options, axes, point));
    if options.csv {
        say(heads.join(","))?;
        for row in rows {
            say(row.join(","))?;
        }
        return Ok(());
    }
    let mut out = table(heads.iter().map(String::as_str));
    for row in rows {
        out.add_row(row);
    }
    say(text(&out))
}

fn columns(options: &Options) -> Vec<&'static str> {
    let mut columns = vec![
        "accesses",
        "misses",
        "miss_ratio",
        "evictions",
        "writebacks",
    ];
    if options.classify {
        columns.extend(["compulsory", "capacity", "conflict"]);
    }
    columns
}

/// One machine's numbers; as plain digits in CSV, for people to read in a table.
fn row(options: &Options, axes: &[Axis], point: &Point) -> Vec<String> {
    let bytes = |count: u64| {
        if options.csv {
            count.to_string()
        } else {
            format_bytes(count as f64)
        }
    };
    let number = |value: f64| {
        if options.csv {
            value.to_string()
        } else {
            format_number(value)
        }
    };
    let values = axes.iter().zip(&point.values);
    let mut row: Vec<String> = values
        .map(|(axis, value)| match parse_bytes(value) {
            Ok(size) if matches!(axis.property.as_str(), "size" | "line") => bytes(size),
            _ => value.clone(),
        })
        .collect();
    for level in &point.counts.levels {
        row.push(level.accesses.to_string());
        row.push(level.misses.to_string());
        row.push(number(level.miss_ratio));
        row.push(level.evictions.to_string());
        row.push(level.writebacks.to_string());
        if options.classify {
            let causes = level.misses_by_cause.unwrap_or_default();
            let causes = [causes.compulsory, causes.capacity, causes.conflict];
            row.extend(causes.map(|count| count.to_string()));
        }
    }
    row.push(bytes(point.counts.memory_read_bytes));
    row.push(bytes(point.counts.memory_written_bytes));
    row.push(number(time(&point.counts, &point.machine).amat_ns));
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_double() {
        let sizes = Axis::parse("l1.size=8KiB..64KiB").unwrap();
        assert_eq!(sizes.values, ["8192", "16384", "32768", "65536"]);
        assert_eq!(Axis::parse("l1.ways=1..5").unwrap().values, ["1", "2", "4"]);
        assert_eq!(
            Axis::parse("l2.policy=lru,fifo").unwrap().values,
            ["lru", "fifo"]
        );
        for bad in ["l1", "l1=3", "l1.size", "l1.size=8..4", "l1.size=a..b"] {
            assert!(Axis::parse(bad).is_err(), "{bad}");
        }
    }
}
