//! The caches after an access: line by line where they are small, set by set where not; the address
//! that led there; where the arrays' lines lie.

use lab_core::{
    sim::{
        Event, Way,
        recording::{ArrayMap, CacheState, Lines, Step},
    },
    trace::program::PlacedArray,
    units::format_bytes,
};
use yew::prelude::*;

use super::words::{element, hex};

/// What happened to a place.
fn mark(step: &Step, cache: usize, set: usize, way: usize) -> Option<&'static str> {
    let at = |c: usize, s: usize, w: usize| (c, s, w) == (cache, set, way);
    let mut mark = None;
    for event in &step.events {
        match *event {
            Event::Hit { cache, set, way } if at(cache, set, way) => mark = Some("hit"),
            Event::Fill {
                cache, set, way, ..
            } if at(cache, set, way) => mark = Some("filled"),
            Event::BackInvalidation {
                cache, set, way, ..
            } if at(cache, set, way) => mark = Some("lost"),
            _ => {}
        }
    }
    mark
}

/// All caches of a step.
pub fn caches(step: &Step, arrays: &[PlacedArray], misses: &[Vec<u32>]) -> Html {
    let one = |(at, cache): (usize, &CacheState)| {
        let looked = step
            .events
            .iter()
            .any(|event| matches!(event, Event::LookUp { cache, .. } if *cache == at));
        let missed = step
            .events
            .iter()
            .any(|event| matches!(event, Event::Miss { cache, .. } if *cache == at));
        let word = match (looked, missed) {
            (true, true) => ("miss", "missed"),
            (true, false) => ("hit", "hit"),
            _ => ("idle", "not asked"),
        };
        let size = cache.sets as u64 * cache.ways as u64 * cache.line_bytes;
        html! {
            <section class={classes!("cache", format!("depth-{}", cache.depth))}
                aria-label={format!("{} after the step", cache.name)}>
                <h3>{ &cache.name }<span class={classes!("badge", word.0)}>{ word.1 }</span></h3>
                <p class="hint">{ format!(
                    "{}: {} sets × {} ways × {} B lines", format_bytes(size as f64),
                    cache.sets, cache.ways, cache.line_bytes
                ) }</p>
                { match &cache.lines {
                    Lines::All(ways) => grid(step, at, cache, ways, arrays),
                    Lines::Pieces { sets, held, dirty } => html! {
                        <>
                            { heat(cache, *sets, held, dirty, misses.get(cache.depth)) }
                            { touched(step, at, cache, arrays) }
                        </>
                    },
                } }
            </section>
        }
    };
    html! { <div class="caches">{ for step.caches.iter().enumerate().map(one) }</div> }
}

fn cell(
    step: &Step,
    at: usize,
    cache: &CacheState,
    (set, way): (usize, usize),
    line: Option<&Way>,
    arrays: &[PlacedArray],
) -> Html {
    let happened = mark(step, at, set, way);
    let Some(line) = line else {
        return html! { <td class={classes!("way", "empty", happened)}><span>{ "–" }</span></td> };
    };
    let tag = line.line / cache.sets as u64;
    let content = element(arrays, line.line * cache.line_bytes);
    html! {
        <td class={classes!("way", happened, line.dirty.then_some("dirty"))}>
            <b>{ format!("{tag:x}") }</b>
            <span class="what">{ content.unwrap_or_default() }</span>
            <span class="state">{ format!("age {}", line.age) }
                if line.dirty { <em>{ " dirty" }</em> }
                if let Some(happened) = happened { <em class="now">{ format!(" {happened}") }</em> }
            </span>
        </td>
    }
}

fn head(ways: usize) -> Html {
    html! {
        <thead><tr>
            <th scope="col">{ "set" }</th>
            { for (0..ways).map(|way| html! { <th scope="col">{ format!("way {way}") }</th> }) }
        </tr></thead>
    }
}

/// Every way of every set.
fn grid(
    step: &Step,
    at: usize,
    cache: &CacheState,
    ways: &[Option<Way>],
    arrays: &[PlacedArray],
) -> Html {
    let rows = ways
        .chunks(cache.ways.max(1))
        .enumerate()
        .map(|(set, ways)| {
            let here = cache.touched.iter().any(|touched| touched.set == set);
            html! {
                <tr class={classes!(here.then_some("touched"))}>
                    <th scope="row">{ set }</th>
                    { for ways.iter().enumerate().map(|(way, line)| {
                        cell(step, at, cache, (set, way), line.as_ref(), arrays)
                    }) }
                </tr>
            }
        });
    html! {
        <div class="scroll ways" role="region" tabindex="0"
            aria-label={format!("Sets and ways of {}", cache.name)}>
            <table data-testid={format!("grid-{}", cache.name)}>
                { head(cache.ways) }
                <tbody>{ for rows }</tbody>
            </table>
        </div>
    }
}

/// The sets of a large cache that the access touched.
fn touched(step: &Step, at: usize, cache: &CacheState, arrays: &[PlacedArray]) -> Html {
    if cache.touched.is_empty() {
        return html! { <p class="hint">{ "This access left it alone." }</p> };
    }
    let rows = cache.touched.iter().take(4).map(|touched| {
        html! {
            <tr class="touched">
                <th scope="row">{ touched.set }</th>
                { for touched.ways.iter().enumerate().map(|(way, line)| {
                    cell(step, at, cache, (touched.set, way), line.as_ref(), arrays)
                }) }
            </tr>
        }
    });
    html! {
        <div class="scroll ways" role="region" tabindex="0"
            aria-label={format!("Touched sets of {}", cache.name)}>
            <table>{ head(cache.ways) }<tbody>{ for rows }</tbody></table>
        </div>
    }
}

/// How full neighbouring sets are, and how often they missed.
fn heat(
    cache: &CacheState,
    piece: usize,
    held: &[u32],
    dirty: &[u32],
    misses: Option<&Vec<u32>>,
) -> Html {
    const COLUMNS: usize = 32;
    let full = (piece * cache.ways) as f64;
    let rows = held.len().div_ceil(COLUMNS);
    let most = misses
        .map(|misses| {
            let sums = misses.chunks(piece).map(|sets| sets.iter().sum::<u32>());
            sums.max().unwrap_or(0).max(1)
        })
        .unwrap_or(1);
    let squares = held.iter().enumerate().map(|(at, held)| {
        let (x, y) = (at % COLUMNS * 10, at / COLUMNS * 10);
        let share = f64::from(*held) / full;
        let missed: u32 = misses.map_or(0, |misses| {
            misses.iter().skip(at * piece).take(piece).sum()
        });
        let bar = 8.0 * f64::from(missed) / f64::from(most);
        let now = cache
            .touched
            .iter()
            .any(|touched| touched.set / piece == at);
        html! {
            <>
                <rect class={classes!("piece", now.then_some("now"))} x={x.to_string()} y={y.to_string()}
                    width="9" height="9" fill-opacity={format!("{:.2}", 0.08 + 0.92 * share)} />
                if missed > 0 {
                    <rect class="missed" x={(x + 7).to_string()} y={format!("{:.1}", y as f64 + 8.5 - bar)}
                        width="2" height={format!("{bar:.1}")} />
                }
            </>
        }
    });
    let all: u32 = held.iter().sum();
    let written: u32 = dirty.iter().sum();
    html! {
        <figure class="heat">
            <svg viewBox={format!("0 0 {} {}", COLUMNS * 10, rows * 10)} role="img"
                aria-label={format!("{} holds {all} of {} lines, {written} of them dirty",
                    cache.name, cache.sets * cache.ways)}>
                { for squares }
            </svg>
            <figcaption class="hint">{ format!(
                "{all} of {} lines held, {written} dirty. A square is {}, the fuller the stronger; \
                 its bar counts misses over the whole run.",
                cache.sets * cache.ways,
                if piece == 1 { "a set".to_owned() } else { format!("{piece} sets") }
            ) }</figcaption>
        </figure>
    }
}

/// The address in the bits that a cache sees.
pub fn address(step: &Step) -> Html {
    let Some(cache) = step.caches.first() else {
        return Html::default();
    };
    let address = step.access.address;
    let offset_bits = cache.line_bytes.trailing_zeros();
    let set_bits = if cache.sets.is_power_of_two() {
        cache.sets.trailing_zeros()
    } else {
        0
    };
    let line = address / cache.line_bytes;
    let (tag, set) = (line / cache.sets as u64, line % cache.sets as u64);
    let offset = address % cache.line_bytes;
    let tag_bits = (64 - tag.leading_zeros()).max(1).div_ceil(4) * 4;
    let bits = |value: u64, count: u32| {
        let digits = format!("{value:0width$b}", width = count as usize);
        // In fours from the right, as such numbers are read.
        let lead = digits.len() % 4;
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && at % 4 == lead {
                text.push('\u{202f}');
            }
            text.push(digit);
        }
        if count == 0 { "–".to_owned() } else { text }
    };
    let part = |name: &'static str, bits_text: String, count: u32, value: String| {
        html! {
            <div class={classes!("bits", name)}>
                <dt>{ name }<small>{ format!("{count} bits") }</small></dt>
                <dd><code>{ bits_text }</code><span>{ value }</span></dd>
            </div>
        }
    };
    let decimal = |value: u64| format!("= {value}");
    html! {
        <dl class="address" data-testid="address" aria-label={format!("Address {} as {} sees it", hex(address), cache.name)}>
            { part("tag", bits(tag, tag_bits), tag_bits, format!("= {}", hex(tag))) }
            if set_bits > 0 || cache.sets == 1 {
                { part("set", bits(set, set_bits), set_bits, decimal(set)) }
            } else {
                { part("set", format!("line mod {}", cache.sets), 0, decimal(set)) }
            }
            { part("offset", bits(offset, offset_bits), offset_bits, decimal(offset)) }
        </dl>
    }
}

/// Where the lines of every array lie: one path a level, so that thousands of cells stay light.
pub fn memory_map(
    maps: &[ArrayMap],
    names: &[String],
    step: &Step,
    arrays: &[PlacedArray],
) -> Html {
    html! {
        <div class="maps">
            <ul class="key">
                { for names.iter().enumerate().map(|(depth, name)| html! {
                    <li><svg width="14" height="14" aria-hidden="true">
                        <rect class={format!("held depth-{}", depth.min(3))} width="14" height="14" />
                    </svg>{ format!("nearest in {name}") }</li>
                }) }
                <li><svg width="14" height="14" aria-hidden="true">
                    <rect class="memory" x="0.5" y="0.5" width="13" height="13" />
                </svg>{ "in memory alone" }</li>
            </ul>
            { for maps.iter().map(|map| one_map(map, names, step, arrays)) }
        </div>
    }
}

fn one_map(map: &ArrayMap, names: &[String], step: &Step, arrays: &[PlacedArray]) -> Html {
    let cells = map.held.first().map_or(0, Vec::len).max(1);
    let placed = arrays.iter().find(|array| array.name == map.array.name);
    // A row of the picture is a row of the matrix where that comes out even.
    let row = placed
        .filter(|array| array.dims.len() == 2 && map.lines_per_cell == 1)
        .map(|array| array.bytes / array.dims[0].max(1))
        .filter(|bytes| bytes % map.line_bytes == 0)
        .map(|bytes| (bytes / map.line_bytes) as usize)
        .filter(|columns| (2..=64).contains(columns));
    let columns = row.unwrap_or(32).min(cells);
    let rows = cells.div_ceil(columns);
    let place = |at: usize| (at % columns * 10, at / columns * 10);
    let square = |path: &mut String, at: usize, height: f64| {
        let (x, y) = place(at);
        *path += &format!("M{x} {:.1}h9v{height:.1}h-9z", y as f64 + 9.0 - height);
    };
    let mut outline = String::new();
    (0..cells).for_each(|at| square(&mut outline, at, 9.0));
    let mut below = vec![0.0; cells];
    let paths = map.held.iter().enumerate().rev().map(|(depth, held)| {
        let mut path = String::new();
        for (at, held) in held.iter().enumerate().filter(|(_, held)| **held > 0) {
            below[at] += f64::from(*held) / map.lines_per_cell as f64 * 9.0;
            let (x, y) = place(at);
            let height = f64::from(*held) / map.lines_per_cell as f64 * 9.0;
            path += &format!("M{x} {:.1}h9v{height:.1}h-9z", y as f64 + 9.0 - below[at]);
        }
        html! { <path class={format!("held depth-{}", depth.min(3))} d={path} /> }
    });
    let first = map.array.base / map.line_bytes;
    let now = (step.access.address >= map.array.base
        && step.access.address < map.array.base + map.array.bytes)
        .then(|| ((step.access.address / map.line_bytes - first) / map.lines_per_cell) as usize);
    let sums: Vec<String> = map
        .held
        .iter()
        .zip(names)
        .map(|(held, name)| format!("{} in {name}", held.iter().sum::<u32>()))
        .collect();
    let dims = placed.map_or_else(String::new, |array| {
        array.dims.iter().map(|dim| format!("[{dim}]")).collect()
    });
    let width = columns * 10;
    html! {
        <figure class="map">
            <figcaption><strong>{ format!("{}{dims}", map.array.name) }</strong>
                { format!(" {} lines: {}", map.lines, sums.join(", ")) }
                if map.lines_per_cell > 1 { { format!(" ({} a cell)", map.lines_per_cell) } }
            </figcaption>
            <svg viewBox={format!("-1 -1 {} {}", width + 1, rows * 10 + 1)} aria-hidden="true"
                width={(width * 2).to_string()}>
                <path class="memory" d={outline} />
                { for paths }
                if let Some(at) = now {
                    <rect class="now" x={place(at).0.to_string()} y={place(at).1.to_string()} width="9" height="9" />
                }
            </svg>
        </figure>
    }
}
