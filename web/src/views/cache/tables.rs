//! What a run adds up to: by level, by array, by line of the program.

use lab_core::{
    sim::{Share, recording::Summary},
    units::format_number,
};
use yew::prelude::*;

use crate::{order::ordered, parts::slider::grouped};

fn ratio(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    format!("{} %", format_number(part as f64 * 100.0 / whole as f64))
}

/// All three tables.
pub fn tables(summary: &Summary) -> Html {
    let names: Vec<&str> = summary
        .counts
        .levels
        .iter()
        .map(|level| level.name.as_str())
        .collect();
    let arrays = summary.arrays.iter().map(|(array, share)| {
        let name = array
            .as_ref()
            .map_or("outside of all arrays", |array| &array.name);
        (name.to_owned(), share)
    });
    let arrays: Vec<_> = arrays.filter(|(_, share)| share.accesses > 0).collect();
    let sites = &summary.sites;
    let lines: Vec<_> = ordered(sites.len(), &|a, b| sites[a].0.cmp(&sites[b].0))
        .into_iter()
        .map(|index| (format!("line {}", sites[index].0), &sites[index].1))
        .collect();
    html! {
        <div class="tables">
            { levels(summary) }
            { shares("by-array", "By array", "array", &names, &arrays) }
            { shares("by-line", "By line of the program", "line", &names, &lines) }
        </div>
    }
}

fn levels(summary: &Summary) -> Html {
    let rows = summary.counts.levels.iter().map(|level| {
        let causes = level.misses_by_cause.unwrap_or_default();
        html! {
            <tr data-level={level.name.clone()}>
                <th scope="row">{ &level.name }</th>
                <td>{ grouped(level.accesses) }</td>
                <td>{ grouped(level.hits) }</td>
                <td>{ grouped(level.misses) }</td>
                <td>{ ratio(level.misses, level.accesses) }</td>
                <td>{ grouped(causes.compulsory) }</td>
                <td>{ grouped(causes.capacity) }</td>
                <td>{ grouped(causes.conflict) }</td>
                <td>{ grouped(level.evictions) }</td>
                <td>{ grouped(level.writebacks) }</td>
            </tr>
        }
    });
    html! {
        <section aria-labelledby="by-level-head">
            <h2 id="by-level-head">{ "By cache" }</h2>
            <div class="scroll" role="region" aria-label="Counts of each cache" tabindex="0">
                <table data-testid="by-level">
                    <caption>{ "The whole run, simulated; misses by cause after Hill" }</caption>
                    <thead><tr>{ for ["cache", "look-ups", "hits", "misses", "miss ratio", "compulsory",
                        "capacity", "conflict", "evictions", "write-backs"].map(|name| html! {
                        <th scope="col">{ name }</th>
                    }) }</tr></thead>
                    <tbody>{ for rows }</tbody>
                </table>
            </div>
        </section>
    }
}

fn shares(
    id: &'static str,
    title: &'static str,
    kind: &'static str,
    names: &[&str],
    rows: &[(String, &Share)],
) -> Html {
    let body = rows.iter().map(|(name, share)| {
        html! {
            <tr>
                <th scope="row">{ name.clone() }</th>
                <td>{ grouped(share.accesses) }</td>
                { for (0..names.len()).map(|level| html! {
                    <td>{ grouped(share.misses.get(level).copied().unwrap_or(0)) }</td>
                }) }
                <td>{ ratio(share.misses.first().copied().unwrap_or(0), share.accesses) }</td>
                <td>{ grouped(share.first_level.conflict) }</td>
            </tr>
        }
    });
    let first = names.first().copied().unwrap_or("first cache");
    html! {
        <section aria-labelledby={format!("{id}-head")}>
            <h2 id={format!("{id}-head")}>{ title }</h2>
            <div class="scroll" role="region" aria-label={format!("{title}, table")} tabindex="0">
                <table data-testid={id}>
                    <thead><tr>
                        <th scope="col">{ kind }</th>
                        <th scope="col">{ "accesses" }</th>
                        { for names.iter().map(|name| html! { <th scope="col">{ format!("{name} misses") }</th> }) }
                        <th scope="col">{ format!("{first} misses / access") }</th>
                        <th scope="col">{ format!("{first} conflicts") }</th>
                    </tr></thead>
                    <tbody>{ for body }</tbody>
                </table>
            </div>
        </section>
    }
}

/// What each line missed at the first level, for the editor's margin.
pub fn margin(summary: &Summary) -> Vec<(u32, String, bool)> {
    let missed = |share: &Share| share.misses.first().copied().unwrap_or(0);
    let most = summary.sites.iter().map(|(_, share)| missed(share)).max();
    summary
        .sites
        .iter()
        .map(|(site, share)| {
            let busy = missed(share) > 0 && Some(missed(share)) == most;
            (*site as u32, short(missed(share)), busy)
        })
        .collect()
}

/// A count in at most four letters.
fn short(count: u64) -> String {
    match count {
        0..1000 => count.to_string(),
        1000..10_000 => format!("{:.1}k", (count as f64 / 100.0).floor() / 10.0),
        10_000..1_000_000 => format!("{}k", count / 1000),
        _ => format!("{:.1}M", (count as f64 / 100_000.0).floor() / 10.0),
    }
}
