//! The run in numbers: by level, by array, by line of the program.

use lab_core::sim::{Share, recording::Summary};
use yew::prelude::*;

use crate::parts::slider::grouped;

/// Counters of every level.
pub fn levels(summary: &Summary) -> Html {
    let rows = summary.counts.levels.iter().map(|level| {
        let causes = level.misses_by_cause.unwrap_or_default();
        html! {
            <tr data-level={level.name.clone()}>
                <th scope="row">{ &level.name }</th>
                <td>{ grouped(level.accesses) }</td>
                <td>{ grouped(level.hits) }</td>
                <td>{ grouped(level.misses) }</td>
                <td>{ format!("{:.1} %", level.miss_ratio * 100.0) }</td>
                <td>{ grouped(causes.compulsory) }</td>
                <td>{ grouped(causes.capacity) }</td>
                <td>{ grouped(causes.conflict) }</td>
                <td>{ grouped(level.evictions) }</td>
                <td>{ grouped(level.writebacks) }</td>
            </tr>
        }
    });
    let heads = [
        "level",
        "look-ups",
        "hits",
        "misses",
        "miss ratio",
        "compulsory",
        "capacity",
        "conflict",
        "evictions",
        "write-backs",
    ];
    html! {
        <div class="scroll" role="region" aria-label="Counts by level" tabindex="0">
            <table data-testid="level-counts">
                <caption>{ "The whole run, simulated, level by level" }</caption>
                <thead><tr>{ for heads.map(|head| html! { <th scope="col">{ head }</th> }) }</tr></thead>
                <tbody>{ for rows }</tbody>
            </table>
        </div>
    }
}

/// Who caused the misses: arrays, and lines of the program.
pub fn shares(summary: &Summary, source: &str) -> Html {
    let arrays = summary.arrays.iter().map(|(array, share)| {
        let name = array.as_ref().map_or("elsewhere", |array| &array.name);
        (html! { <code>{ name }</code> }, share)
    });
    let lines: Vec<&str> = source.lines().collect();
    let sites = summary.sites.iter().map(|(site, share)| {
        let text = lines
            .get((*site as usize).wrapping_sub(1))
            .map_or("", |line| line.trim());
        (
            html! { <>{ format!("{site} ") }<code>{ text }</code></> },
            share,
        )
    });
    html! {
        <>
            { table("Misses by array", "array", arrays, summary) }
            { table("Misses by line of the program", "line", sites, summary) }
        </>
    }
}

fn table<'s>(
    caption: &'static str,
    what: &'static str,
    rows: impl Iterator<Item = (Html, &'s Share)>,
    summary: &Summary,
) -> Html {
    let names = summary.counts.levels.iter().map(|level| level.name.clone());
    let names: Vec<String> = names.collect();
    let rows = rows.map(|(name, share)| {
        html! {
            <tr>
                <th scope="row">{ name }</th>
                <td>{ grouped(share.accesses) }</td>
                { for (0..names.len()).map(|level| html! {
                    <td>{ grouped(share.misses.get(level).copied().unwrap_or(0)) }</td>
                }) }
                <td>{ grouped(share.first_level.conflict) }</td>
            </tr>
        }
    });
    html! {
        <div class="scroll" role="region" aria-label={caption} tabindex="0">
            <table>
                <caption>{ caption }</caption>
                <thead><tr>
                    <th scope="col">{ what }</th>
                    <th scope="col">{ "accesses" }</th>
                    { for names.iter().map(|name| html! { <th scope="col">{ format!("{name} misses") }</th> }) }
                    <th scope="col">{ "of the first by conflict" }</th>
                </tr></thead>
                <tbody>{ for rows }</tbody>
            </table>
        </div>
    }
}
