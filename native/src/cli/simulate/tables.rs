//! The counts as tables and sentences.

use lab_core::{
    machine::{Figure, Machine},
    sim::{Attribution, Counts, LevelCounts, Share, Time},
    units::{Unit, format_bytes, format_number},
};
use serde::Serialize;

use super::{
    super::output::{table, text},
    source::Source,
};

/// What was run on what.
pub fn heading(machine: &Machine, source: &Source) -> String {
    let prefetchers = machine
        .caches
        .iter()
        .any(|cache| !cache.prefetchers.is_empty());
    format!(
        "{}, simulated on {}: caches cold at the start, {}",
        source.name(),
        machine.name,
        if prefetchers {
            "with the prefetchers described"
        } else {
            "no prefetcher"
        }
    )
}

fn latency(figure: &Figure) -> String {
    let value = Unit::Nanoseconds.format(figure.value);
    format!("{value} {}", figure.evidence)
}

/// A share of something that may not be there.
fn share(value: Option<f64>) -> String {
    value.map_or_else(|| "–".into(), format_number)
}

/// The levels, and memory; then what only some machines count.
pub fn levels(machine: &Machine, counts: &Counts) -> String {
    let classified = counts
        .levels
        .iter()
        .any(|level| level.misses_by_cause.is_some());
    let mut heads = vec![
        "level",
        "size",
        "look-ups",
        "hits",
        "misses",
        "local miss ratio",
        "global miss ratio",
        "evictions",
        "write-backs",
        "line use",
    ];
    if classified {
        heads.extend(["compulsory", "capacity", "conflict", "lucky hits"]);
    }
    heads.push("latency");
    let width = heads.len();
    let mut rows = table(heads);
    let all = counts.levels.iter().zip(&machine.caches);
    let instructions = counts
        .instruction_cache
        .iter()
        .zip(&machine.instruction_cache);
    for (level, cache) in instructions.chain(all) {
        let mut row = vec![
            level.name.clone(),
            format_bytes(cache.size as f64),
            level.accesses.to_string(),
            level.hits.to_string(),
            level.misses.to_string(),
            format_number(level.miss_ratio),
            format_number(level.global_miss_ratio),
            level.evictions.to_string(),
            level.writebacks.to_string(),
            share(level.utilisation.and_then(|used| used.factor())),
        ];
        if classified {
            let causes = level.misses_by_cause.unwrap_or_default();
            row.extend(
                [
                    causes.compulsory,
                    causes.capacity,
                    causes.conflict,
                    causes.lucky_hits,
                ]
                .map(|count| count.to_string()),
            );
        }
        row.push(latency(&cache.latency_ns));
        rows.add_row(row);
    }
    let mut memory = vec![
        "memory".to_owned(),
        format_bytes(machine.memory.size as f64),
        (counts.memory_read_bytes / machine.caches.last().map_or(1, |cache| cache.line))
            .to_string(),
    ];
    memory.resize(width - 1, String::new());
    memory.push(latency(&machine.memory.latency_ns));
    rows.add_row(memory);
    let mut out = text(&rows);
    out += &prefetchers(counts);
    out += &translation(counts);
    out
}

fn prefetchers(counts: &Counts) -> String {
    let with: Vec<&LevelCounts> = counts
        .levels
        .iter()
        .filter(|level| level.prefetch.is_some())
        .collect();
    if with.is_empty() {
        return String::new();
    }
    let mut rows = table([
        "prefetch into",
        "asked",
        "redundant",
        "fetched",
        "useful",
        "late",
        "useless",
        "pollution",
        "coverage",
        "accuracy",
        "timeliness",
    ]);
    for level in with {
        let prefetch = level.prefetch.unwrap_or_default();
        let mut row = vec![level.name.clone()];
        row.extend(
            [
                prefetch.asked,
                prefetch.redundant,
                prefetch.fetched,
                prefetch.useful,
                prefetch.late,
                prefetch.useless,
                prefetch.pollution,
            ]
            .map(|count| count.to_string()),
        );
        row.extend(
            [
                prefetch.coverage(level.misses),
                prefetch.accuracy(),
                prefetch.timeliness(),
            ]
            .map(share),
        );
        rows.add_row(row);
    }
    format!("\n\n{}", text(&rows))
}

fn translation(counts: &Counts) -> String {
    if counts.tlbs.is_empty() {
        return String::new();
    }
    let mut rows = table(["translation", "look-ups", "misses"]);
    for tlb in &counts.tlbs {
        rows.add_row([
            tlb.name.clone(),
            tlb.accesses.to_string(),
            tlb.misses.to_string(),
        ]);
    }
    format!("\n\n{}", text(&rows))
}

/// What moved, in sentences.
pub fn notes(machine: &Machine, counts: &Counts) -> String {
    let bytes = |count: u64| format_bytes(count as f64);
    let memory = &counts.memory;
    let mut out = format!(
        "{} accesses ask for {}. Memory delivers {}: {} for loads, {} for stores (read for \
         ownership), {} for prefetchers; it takes {} back: {} of dirty lines, {} of stores without a \
         line.",
        counts.accesses,
        bytes(counts.bytes),
        bytes(counts.memory_read_bytes),
        bytes(memory.demand_bytes),
        bytes(memory.ownership_bytes),
        bytes(memory.prefetch_bytes),
        bytes(counts.memory_written_bytes),
        bytes(memory.write_back_bytes),
        bytes(memory.store_bytes),
    );
    let mut add = |count: u64, what: String| {
        if count > 0 {
            out += &format!(" {count} {what}.");
        }
    };
    for (level, cache) in counts.levels.iter().zip(&machine.caches) {
        let name = &cache.name;
        add(
            level.victim_hits,
            format!("misses of {name} were served by its victim cache"),
        );
        add(
            level.back_invalidations,
            format!("lines of {name} were taken out by an inclusive cache outside"),
        );
        add(
            level.stores_passed_on,
            format!("stores went on from {name} to the next level"),
        );
    }
    add(
        counts.streaming_stores,
        "streaming stores went past the caches".into(),
    );
    out
}

/// A time of any length.
fn duration(nanoseconds: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
    let fitting = units
        .into_iter()
        .find(|(unit, _)| nanoseconds >= 10.0 * unit);
    let (unit, name) = fitting.unwrap_or((1.0, "ns"));
    format!("{} {name}", format_number(nanoseconds / unit))
}

/// How long it takes, with every term.
pub fn time(machine: &Machine, time: &Time) -> String {
    let ns = |value| Unit::Nanoseconds.format(value);
    let terms = time.terms.iter().enumerate().map(|(index, term)| {
        let extra = ns(term.extra_ns);
        if index == 0 {
            format!("{extra} ({})", term.name)
        } else {
            format!("{} × {extra} ({})", format_number(term.reach), term.name)
        }
    });
    let mut out = format!(
        "Mean latency (AMAT) {} = {}: simulated counts, with the latencies of the last column.",
        ns(time.amat_ns),
        terms.collect::<Vec<_>>().join(" + "),
    );
    if time.translation_ns > 0.0 {
        out += &format!(" Address translation adds {}.", ns(time.translation_ns));
    }
    out += &format!(
        "\nThe run takes {} if each access waits for the one before; at least {} if none waits: the \
         larger of {} (hits one at a time, {} misses under way at once) and {} (moving the lines).",
        duration(time.dependent_ns),
        duration(time.least_ns),
        duration(time.overlapped_ns),
        format_number(time.parallelism),
        duration(time.transfer_ns),
    );
    if let (Some((least, most)), Some(clock)) = (time.cycles, &machine.clock_ghz) {
        out += &format!(
            " At {} GHz these are {} and {} cycles.",
            format_number(clock.value),
            format_number(most.round()),
            format_number(least.round()),
        );
    }
    out
}

/// The arrays and places that miss most.
#[derive(Debug, Serialize)]
pub struct Top {
    arrays: Vec<Row>,
    sites: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    #[serde(flatten)]
    share: Share,
}

impl Top {
    /// The first `count` of each, by misses of the first level.
    pub fn of(attribution: &Attribution, source: &Source, count: Option<usize>) -> Self {
        let first = |share: &Share| share.misses.first().copied().unwrap_or(0);
        let sorted = |mut rows: Vec<Row>| {
            rows.sort_by_key(|row| std::cmp::Reverse(first(&row.share)));
            rows.truncate(count.unwrap_or(10));
            rows
        };
        let arrays = attribution.arrays().map(|(array, share)| Row {
            name: array.map_or_else(|| "no array".to_owned(), |array| array.name.clone()),
            share: share.clone(),
        });
        let sites = attribution.sites().map(|(site, share)| Row {
            name: source.site(site),
            share: share.clone(),
        });
        Self {
            arrays: sorted(arrays.collect()),
            sites: sorted(sites.collect()),
        }
    }

    /// As tables.
    pub fn text(&self, machine: &Machine) -> String {
        let one = |title: &str, rows: &[Row]| {
            let misses = machine.caches.iter();
            let misses: Vec<_> = misses
                .map(|cache| format!("misses {}", cache.name))
                .collect();
            let mut heads = vec![title, "accesses"];
            heads.extend(misses.iter().map(String::as_str));
            let classified = rows.iter().any(|row| {
                let causes = row.share.first_level;
                causes.compulsory + causes.capacity + causes.conflict > 0
            });
            if classified {
                heads.extend(["compulsory", "capacity", "conflict"]);
            }
            let mut out = table(heads);
            for row in rows {
                let mut cells = vec![row.name.clone(), row.share.accesses.to_string()];
                for depth in 0..machine.caches.len() {
                    let misses = row.share.misses.get(depth).copied().unwrap_or(0);
                    cells.push(misses.to_string());
                }
                if classified {
                    let causes = row.share.first_level;
                    let causes = [causes.compulsory, causes.capacity, causes.conflict];
                    cells.extend(causes.map(|count| count.to_string()));
                }
                out.add_row(cells);
            }
            text(&out)
        };
        let mut out = String::new();
        if self.arrays.iter().any(|row| row.name != "no array") {
            out += &one("array", &self.arrays);
            out += "\n\n";
        }
        out + &one("place in the program", &self.sites)
    }
}
