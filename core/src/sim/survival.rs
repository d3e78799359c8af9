//! How long lines that are not used stay in a cache, by simulation (claim P1).

use std::collections::HashMap;

use super::{
    engine::{Engine, Options},
    event::{Event, Observer},
};
use crate::{
    evidence::Evidence,
    machine::{Cache, Figure, Machine, Replacement},
    trace::{Access, Probe},
};

/// How many misses each line stayed for.
#[derive(Debug, Default)]
struct Lifetimes {
    misses: u64,
    came: HashMap<u64, u64>,
    /// When each line that left had come, and how many further misses it survived.
    left: Vec<(u64, u64)>,
}

impl Observer for Lifetimes {
    fn event(&mut self, event: Event) {
        match event {
            Event::Miss { .. } => self.misses += 1,
            Event::Fill { line, .. } => {
                self.came.insert(line, self.misses);
            }
            Event::Eviction { line, .. } => {
                if let Some(came) = self.came.remove(&line) {
                    // The miss that takes its place is not survived.
                    self.left.push((came, self.misses - came - 1));
                }
            }
            _ => {}
        }
    }
}

/// Share of lines that a fully associative cache of `lines` lines still holds after so many further
/// misses, none of them to the line itself: one share for each of `ages`. `trials` lines are
/// followed.
///
/// Policies that need the future are given none: nothing is used twice here.
pub fn survival(policy: Replacement, lines: u64, ages: &[u64], trials: u64, seed: u64) -> Vec<f64> {
    let oldest = ages.iter().copied().max().unwrap_or(0);
    let figure = || Figure::new(1.0, Evidence::Assumed, "time plays no part");
    let cache = Cache {
        replacement: policy,
        ..Cache::new(
            "cache",
            (lines, 1, lines),
            Evidence::Assumed,
            figure(),
            figure(),
        )
    };
    let mut machine = Machine::preset("teaching").expect("a preset");
    machine.caches = vec![cache];
    let options = Options {
        seed,
        future: policy.needs_future().then(|| [].into()),
        ..Options::default()
    };
    let Ok(mut engine) = Engine::watched(&machine, options, Lifetimes::default()) else {
        return vec![0.0; ages.len()];
    };
    // Free ways are filled first: only what comes into a full cache is followed, and long enough.
    for line in 0..lines + trials + oldest {
        engine.access(Access::load(line, 1));
    }
    let followed = |came: u64| came > lines && came <= lines + trials;
    let mut lost: Vec<u64> = engine
        .observer()
        .left
        .iter()
        .filter(|(came, _)| followed(*came))
        .map(|(_, survived)| *survived)
        .collect();
    lost.sort_unstable();
    ages.iter()
        .map(|age| {
            let gone = lost.partition_point(|survived| survived < age);
            1.0 - gone as f64 / trials.max(1) as f64
        })
        .collect()
}
