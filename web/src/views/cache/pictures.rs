//! What a step leaves behind, drawn: the caches set by set, the arrays line by line, the address in
//! its parts.

use lab_core::sim::{
    Event, Way,
    recording::{ArrayMap, CacheState, Lines, Step},
};
use yew::prelude::*;

use super::words::element;
use crate::simulation::protocol::Seen;

/// Every cache: a grid of sets and ways where that can be read, else how full its sets are.
pub fn caches(seen: &Seen, step: &Step) -> Html {
    let draw = |(at, cache): (usize, &CacheState)| {
        let title = format!(
            "{}: {} sets of {} ways, lines of {} B",
            cache.name, cache.sets, cache.ways, cache.line_bytes
        );
        let body = match &cache.lines {
            Lines::All(ways) => grid(seen, step, at, cache, ways),
            Lines::Pieces { sets, held, dirty } => html! {
                <>
                    { pieces(*sets, cache.ways, held, dirty) }
                    { for cache.touched.iter().map(|touched| {
                        row_of(seen, step, at, cache, touched.set, &touched.ways)
                    }) }
                </>
            },
        };
        html! {
            <section class="cache" aria-label={title.clone()} data-cache={cache.name.clone()}>
                <h3>{ &cache.name }<small>{ format!(
                    "{} sets × {} ways, lines of {} B", cache.sets, cache.ways, cache.line_bytes
                ) }</small></h3>
                { body }
            </section>
        }
    };
    html! { <>{ for step.caches.iter().enumerate().map(draw) }</> }
}

fn grid(seen: &Seen, step: &Step, at: usize, cache: &CacheState, ways: &[Option<Way>]) -> Html {
    let rows = ways.chunks(cache.ways.max(1)).enumerate();
    html! {
        <div class="sets" role="region" tabindex="0" aria-label={format!("Sets of {}", cache.name)}>
            { for rows.map(|(set, row)| row_of(seen, step, at, cache, set, row)) }
        </div>
    }
}

/// One set, way by way.
fn row_of(
    seen: &Seen,
    step: &Step,
    at: usize,
    cache: &CacheState,
    set: usize,
    ways: &[Option<Way>],
) -> Html {
    let touched = cache.touched.iter().any(|touched| touched.set == set);
    let cells = ways.iter().enumerate().map(|(way, held)| {
        let change = step.events.iter().rev().find_map(|event| match *event {
            Event::Hit {
                cache,
                set: s,
                way: w,
            } if (cache, s, w) == (at, set, way) => Some("hit"),
            Event::Fill {
                cache,
                set: s,
                way: w,
                ..
            } if (cache, s, w) == (at, set, way) => Some("fill"),
            _ => None,
        });
        match held {
            None => html! { <span class="way free">{ "free" }</span> },
            Some(held) => {
                let name = element(&seen.arrays, held.line * cache.line_bytes);
                let (array, index) = name.split_at(name.find('[').unwrap_or(name.len()));
                html! {
                    <span class={classes!("way", change, held.dirty.then_some("dirty"),
                            colour(seen, held.line * cache.line_bytes))}
                        title={format!(
                            "tag {:#x}, age {}{}", held.line / cache.sets as u64, held.age,
                            if held.dirty { ", dirty" } else { "" }
                        )}>
                        <b>{ array.to_owned() }</b>{ index.to_owned() }
                        if held.dirty { <i title="dirty">{ "●" }</i> }
                        <small>{ format!("age {}", held.age) }</small>
                    </span>
                }
            }
        }
    });
    html! {
        <div class={classes!("set", touched.then_some("touched"))}>
            <span class="number">{ set }</span>
            { for cells }
        </div>
    }
}

/// How full neighbouring sets are, as shades.
fn pieces(sets: usize, ways: usize, held: &[u32], dirty: &[u32]) -> Html {
    let full = (sets * ways).max(1) as f64;
    let lines: u32 = held.iter().sum();
    let written: u32 = dirty.iter().sum();
    let words = format!("{lines} lines held, {written} of them dirty, by sets");
    html! {
        <>
            <p class="hint">{ &words }</p>
            <div class="heat" role="img" aria-label={words}>
                { for held.iter().map(|held| html! {
                    <i class={format!("full-{}", (f64::from(*held) / full * 4.0).ceil())}></i>
                }) }
            </div>
        </>
    }
}

/// The colour of the array an address lies in.
fn colour(seen: &Seen, address: u64) -> Option<String> {
    let holds = |array: &lab_core::trace::program::PlacedArray| {
        address < array.base.saturating_add(array.bytes)
            && address.saturating_add(4096) > array.base
            && address.wrapping_sub(array.base) < array.bytes
    };
    let place = seen.arrays.iter().position(holds)?;
    Some(format!("array-{}", place % 6))
}

/// The arrays, line by line, by the level that holds each line.
pub fn maps(seen: &Seen, step: &Step) -> Html {
    let names: Vec<&str> = seen
        .summary
        .counts
        .levels
        .iter()
        .map(|level| level.name.as_str())
        .collect();
    let draw = |(place, map): (usize, &ArrayMap)| {
        let cells = map.held.first().map_or(0, Vec::len);
        let total: Vec<u32> = map.held.iter().map(|level| level.iter().sum()).collect();
        let words: Vec<String> = names
            .iter()
            .zip(&total)
            .map(|(name, lines)| format!("{lines} in {name}"))
            .collect();
        let words = format!(
            "{}: {} lines of {} B, {}",
            map.array.name,
            map.lines,
            map.line_bytes,
            words.join(", ")
        );
        let here =
            (step.access.address.wrapping_sub(map.array.base) < map.array.bytes).then(|| {
                let first = map.array.base / map.line_bytes;
                ((step.access.address / map.line_bytes - first) / map.lines_per_cell) as usize
            });
        let cell = |at: usize| {
            let level = map.held.iter().position(|level| level[at] > 0);
            let class =
                level.map_or_else(|| "nowhere".to_owned(), |level| format!("level-{level}"));
            html! { <i class={classes!(class, (here == Some(at)).then_some("here"))}></i> }
        };
        html! {
            <div class={format!("map array-{}", place % 6)}>
                <p><b>{ &map.array.name }</b>{ words[map.array.name.len()..].to_owned() }
                    if map.lines_per_cell > 1 {
                        { format!("; {} lines a square", map.lines_per_cell) }
                    }
                </p>
                <div class="cells" role="img" aria-label={words.clone()}>
                    { for (0..cells).map(cell) }
                </div>
            </div>
        }
    };
    html! { <>{ for seen.maps.iter().enumerate().map(draw) }</> }
}

/// The address as the first cache reads it: tag, set, offset.
pub fn address(step: &Step) -> Html {
    let Some(cache) = step.caches.first() else {
        return Html::default();
    };
    let address = step.access.address;
    let offset_bits = cache.line_bytes.trailing_zeros();
    let sets = cache.sets as u64;
    if !sets.is_power_of_two() {
        let line = address / cache.line_bytes;
        return html! {
            <p class="hint">{ format!(
                "{address:#x}: line {line}, set {line} mod {sets} = {}, offset {}",
                line % sets, address % cache.line_bytes
            ) }</p>
        };
    }
    let set_bits = sets.trailing_zeros();
    let tag = address >> (offset_bits + set_bits);
    let set = (address >> offset_bits) & (sets - 1);
    let offset = address & (cache.line_bytes - 1);
    let part = |class: &'static str, name: &str, value: u64, bits: u32| {
        let digits = if bits == 0 {
            "–".to_owned()
        } else {
            format!("{value:0width$b}", width = bits as usize)
        };
        html! {
            <div class={class}><dt>{ name.to_owned() }<small>{ format!("{value:#x}") }</small></dt>
                <dd>{ digits }</dd></div>
        }
    };
    let tag_bits = (64 - tag.leading_zeros()).max(1);
    html! {
        <dl class="address" aria-label={format!("Address {address:#x} in {}", cache.name)}>
            { part("tag", "tag", tag, tag_bits) }
            { part("index", "set", set, set_bits) }
            { part("offset", "offset", offset, offset_bits) }
        </dl>
    }
}
