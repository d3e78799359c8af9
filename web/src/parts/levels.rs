//! The caches of a run in numbers: what each counted, beside what the curve of reuse distances says.

use lab_core::sim::{
    Causes, DEFINITIONS, LevelCounts,
    reuse::{Locality, Profile},
};
use yew::prelude::*;

use super::{
    slider::grouped,
    table::{Cell, Row, Table},
};
use crate::{chart::words::percent, simulation::jobs::reuse::Reuse};

/// Misses of each level as the curve has them, in accesses.
pub fn predicted(asked: &Reuse, profile: &Profile) -> Vec<f64> {
    let sizes = asked.machine.caches.iter().map(|cache| cache.size);
    sizes
        .map(|size| profile.miss_ratio(size / profile.line) * profile.accesses as f64)
        .collect()
}

/// What is said of a counter; nothing for one that the simulators do not define.
fn definition(name: &str) -> &'static str {
    let found = DEFINITIONS.iter().find(|(known, _)| *known == name);
    found.map_or("", |(_, definition)| definition)
}

/// One counter a row with its definition, one level a column.
pub fn level_table(asked: &Reuse, found: &Locality) -> Html {
    let (levels, profile) = (&found.counts.levels, &found.profile);
    let about = if profile.sampling.is_some() {
        "≈ "
    } else {
        ""
    };
    let row = |name: &'static str, meaning: &str, cells: Vec<String>| Row {
        name: name.to_owned(),
        notes: html! { <small>{ meaning.to_owned() }</small> },
        cells: cells.into_iter().map(Cell::text).collect(),
    };
    let counter = |name, value: fn(&LevelCounts) -> u64| {
        let cells = levels.iter().map(|level| grouped(value(level)));
        Some(row(name, definition(name), cells.collect()))
    };
    let share = |name, value: fn(&LevelCounts) -> f64| {
        let cells = levels.iter().map(|level| percent(value(level)));
        Some(row(name, definition(name), cells.collect()))
    };
    let cause = |name, value: fn(&Causes) -> u64| {
        let told = |level: &LevelCounts| level.misses_by_cause.as_ref().map(value);
        let cells: Option<Vec<u64>> = levels.iter().map(told).collect();
        Some(row(
            name,
            definition(name),
            cells?.into_iter().map(grouped).collect(),
        ))
    };
    let predicted = predicted(asked, profile);
    let expected = predicted
        .iter()
        .map(|misses| format!("{about}{}", grouped(misses.round() as u64)));
    let apart = levels.iter().zip(&predicted).map(|(level, predicted)| {
        let apart = level.misses as f64 - predicted.round();
        let sign = match apart {
            0.0 => "",
            _ if apart > 0.0 => "+",
            _ => "−",
        };
        format!("{about}{sign}{}", grouped(apart.abs() as u64))
    });
    let rows = [
        counter("look-ups", |level| level.accesses),
        counter("hits", |level| level.hits),
        counter("misses", |level| level.misses),
        cause("compulsory", |causes| causes.compulsory),
        cause("capacity", |causes| causes.capacity),
        cause("conflict", |causes| causes.conflict),
        cause("lucky hits", |causes| causes.lucky_hits),
        share("local miss ratio", |level| level.miss_ratio),
        share("global miss ratio", |level| level.global_miss_ratio),
        Some(row(
            "misses on the curve",
            "of a fully associative LRU cache of this size that sees every access",
            expected.collect(),
        )),
        Some(row(
            "difference",
            "misses less those on the curve",
            apart.collect(),
        )),
    ];
    let names = levels.iter().map(|level| level.name.clone());
    html! {
        <Table hook="levels" label="Counts of each level" class="counters"
            caption="Simulated counts of each level"
            titles={["counter".to_owned()].into_iter().chain(names).collect::<Vec<_>>()}
            rows={rows.into_iter().flatten().collect::<Vec<_>>()} />
    }
}
