//! `--reuse` and `--mrc`: reuse distances and what they say of caches of every size.

use anyhow::Result;
use lab_core::{
    machine::Machine,
    sim::reuse::{Distances, Profile, Sampled, Temperature},
    trace::{Access, Probe},
    units::{format_bytes, format_number},
};

use super::{
    super::{
        output::{table, text as text_of},
        usage,
    },
    Options,
};

/// Whoever takes the distances.
pub enum Reuse {
    Exact(Box<Distances>),
    Sampled(Box<Sampled>),
}

impl Reuse {
    /// What was asked for, if anything.
    pub fn asked(options: &Options, machine: &Machine) -> Result<Option<Self>> {
        if !(options.reuse || options.mrc) {
            return match options.sample {
                Some(_) => Err(usage("--sample needs --reuse or --mrc")),
                None => Ok(None),
            };
        }
        let line = machine.line();
        Ok(Some(match &options.sample {
            None => Reuse::Exact(Box::new(Distances::new(line))),
            Some(share) => Reuse::Sampled(Box::new(Sampled::new(line, rate(share)?))),
        }))
    }

    pub fn profile(&mut self) -> Profile {
        match self {
            Reuse::Exact(exact) => exact.profile(),
            Reuse::Sampled(sampled) => sampled.profile(),
        }
    }
}

impl Probe for Reuse {
    #[inline(always)]
    fn access(&mut self, access: Access) {
        match self {
            Reuse::Exact(exact) => exact.access(access),
            Reuse::Sampled(sampled) => sampled.access(access),
        }
    }
}

/// A share: `1/128` or `0.01`.
fn rate(text: &str) -> Result<f64> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let rate = match text.split_once('/') {
        Some((part, whole)) => number(part)
            .zip(number(whole))
            .map(|(part, whole)| part / whole),
        None => number(text),
    };
    match rate {
        Some(rate) if rate > 0.0 && rate <= 1.0 => Ok(rate),
        _ => Err(usage(format!(
            "`{text}` is no share above 0 and at most 1: write it as 1/128 or 0.01"
        ))),
    }
}

/// What the profile says, for people.
pub fn text(options: &Options, machine: &Machine, profile: &Profile) -> String {
    let mut text = match &profile.sampling {
        None => format!(
            "Reuse distances, exact: {} lines of {} used in {} accesses.",
            profile.lines,
            format_bytes(profile.line as f64),
            profile.accesses
        ),
        Some(sampling) => format!(
            "Reuse distances, sampled: {} of the lines watched ({} accesses), about {} lines of {} \
             used in {} accesses; error of the curve about {}.",
            format_number(sampling.rate),
            sampling.sampled,
            format_number(profile.lines.round()),
            format_bytes(profile.line as f64),
            profile.accesses,
            format_number(sampling.error),
        ),
    };
    text +=
        "\nA reuse distance is the number of other lines used since the last use of the line.\n\n";
    text += &bands(machine, profile);
    if options.reuse {
        text += "\n\n";
        text += &histogram(profile);
    }
    if options.mrc {
        text += "\n\n";
        text += &curve(machine, profile);
    }
    text
}

fn bands(machine: &Machine, profile: &Profile) -> String {
    let mut rows = table(["fits", "data", "share of accesses"]);
    for band in profile.bands(machine) {
        let word = match band.temperature {
            Temperature::Hot => "hot",
            Temperature::Warm => "warm",
            Temperature::Cold => "cold",
        };
        rows.add_row([
            band.name.clone(),
            word.to_owned(),
            format_number(band.share),
        ]);
    }
    text_of(&rows)
}

/// Distances by powers of two.
fn histogram(profile: &Profile) -> String {
    let mut octaves: Vec<f64> = Vec::new();
    for bin in &profile.bins {
        let octave = if bin.from == 0 {
            0
        } else {
            bin.from.ilog2() as usize + 1
        };
        if octaves.len() <= octave {
            octaves.resize(octave + 1, 0.0);
        }
        octaves[octave] += bin.count;
    }
    let most = octaves.iter().copied().fold(profile.cold, f64::max);
    let mut rows = table(["distance, lines", "accesses", "share", ""]);
    let mut add = |name: String, count: f64| {
        let share = count / (profile.accesses as f64).max(1.0);
        let bar = (count / most.max(1.0) * 30.0).round() as usize;
        rows.add_row([
            name,
            format_number(count.round()),
            format_number(share),
            format!("{:<30}", "█".repeat(bar)),
        ]);
    };
    for (octave, count) in octaves.into_iter().enumerate() {
        let name = match octave {
            0 => "0".to_owned(),
            1 => "1".to_owned(),
            _ => format!("{}–{}", 1_u64 << (octave - 1), (1_u64 << octave) - 1),
        };
        add(name, count);
    }
    add("first use".into(), profile.cold);
    text_of(&rows)
}

/// The whole curve for machines to read: size in bytes and miss ratio, rising; powers of two and the
/// machine's own sizes are among the sizes.
pub fn points(machine: &Machine, profile: &Profile) -> Vec<(f64, f64)> {
    let mut points = profile.curve();
    for (size, _) in sizes(machine, profile) {
        points.push((size as f64, profile.miss_ratio(size / profile.line)));
    }
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    points.dedup_by_key(|point| point.0);
    points
}

/// Powers of two up to the size of the data, and the machine's own sizes with their names.
fn sizes(machine: &Machine, profile: &Profile) -> Vec<(u64, String)> {
    let line = profile.line;
    let largest = (profile.lines as u64 * line).next_power_of_two();
    let octaves = std::iter::successors(Some(line), |size| size.checked_mul(2));
    let mut sizes: Vec<(u64, String)> = octaves
        .take_while(|size| *size <= largest)
        .map(|size| (size, String::new()))
        .collect();
    for cache in &machine.caches {
        match sizes.iter_mut().find(|(size, _)| *size == cache.size) {
            Some((_, names)) => *names += &cache.name,
            None => sizes.push((cache.size, cache.name.clone())),
        }
    }
    sizes.sort();
    sizes
}

/// Miss ratios at chosen sizes.
fn curve(machine: &Machine, profile: &Profile) -> String {
    let mut rows = table(["size", "miss ratio", "level"]);
    for (size, name) in sizes(machine, profile) {
        let ratio = profile.miss_ratio(size / profile.line);
        rows.add_row([format_bytes(size as f64), format_number(ratio), name]);
    }
    format!(
        "Miss ratio of a fully associative LRU cache, by its size:\n{}",
        text_of(&rows)
    )
}
