//! `--survival`: how long an unused line stays in a cache (claim P1).

use anyhow::Result;
use lab_core::{
    machine::Replacement,
    model::replacement::{exponential_survival, lru_survival, random_survival},
    sim::survival,
    units::format_number,
};
use serde_json::json;

use super::{
    super::{
        output::{say, say_json, table, text},
        usage,
    },
    Options,
};

/// Lines followed: their number makes the shares good to about one percent.
const TRIALS: u64 = 20_000;
/// The largest cache: each miss searches all of it.
const MOST: u64 = 4096;

/// Simulates random and least recently used replacement, beside the closed forms.
pub fn run(options: &Options, lines: u64) -> Result<()> {
    if lines == 0 || lines > MOST {
        return Err(usage(format!(
            "--survival follows the lines of a cache of 1 to {MOST}, not of {lines}"
        )));
    }
    let mut ages: Vec<u64> = (0..=16).map(|step| step * lines / 4).collect();
    ages.dedup();
    let simulate = |name: &str| {
        let policy = Replacement::ALL.iter().find(|policy| policy.name() == name);
        policy.map_or_else(Vec::new, |policy| {
            survival(*policy, lines, &ages, TRIALS, options.seed)
        })
    };
    let (random, lru) = (simulate("random"), simulate("lru"));
    let count = lines as f64;
    if options.json {
        let points: Vec<_> = ages
            .iter()
            .zip(random.iter().zip(&lru))
            .map(|(&age, (random, lru))| {
                let misses = age as f64;
                json!({
                    "misses": age,
                    "modelled": {
                        "random": random_survival(count, misses),
                        "exponential": exponential_survival(count, misses),
                        "lru": lru_survival(count, misses),
                    },
                    "simulated": { "random": random, "lru": lru },
                })
            })
            .collect();
        return say_json(&json!({"lines": lines, "followed": TRIALS, "points": points}));
    }
    say(format!(
        "Share of lines still there after so many misses, none of them to the line: a fully \
         associative cache of {lines} lines, {TRIALS} lines followed."
    ))?;
    let mut rows = table([
        "misses",
        "random, modelled",
        "e^(-m/C), modelled",
        "random, simulated",
        "LRU, modelled",
        "LRU, simulated",
    ]);
    for (&age, (random, lru)) in ages.iter().zip(random.iter().zip(&lru)) {
        let misses = age as f64;
        let shares = [
            random_survival(count, misses),
            exponential_survival(count, misses),
            *random,
            lru_survival(count, misses),
            *lru,
        ];
        let mut row = vec![age.to_string()];
        row.extend(shares.map(format_number));
        rows.add_row(row);
    }
    say(text(&rows))
}
