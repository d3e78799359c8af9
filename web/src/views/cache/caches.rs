//! The caches after an access: line by line where they are small, set by set where not; the address
//! that led there; where the arrays' lines lie.

use lab_core::{
    sim::{
        Event, Way,
        recording::{ArrayMap, CacheState, Lines, Step},
    },
    trace::program::PlacedArray,
    units::{counted, format_bytes},
};
use yew::prelude::*;

use super::words::{element, hex, span};

/// What happened to a place.
fn mark(step: &Step, cache: usize, set: usize, way: usize) -> Option<&'static str> {
    let at = |c: usize, s: usize, w: usize| (c, s, w) == (cache, set, way);
    let mut mark = None;
    for event in &step.events {
        match *event {
            Event::Hit { cache, set, way } if at(cache, set, way) => mark = Some("hit"),
            Event::Fill {
                cache, set, way, ..
            } if at(cache, set, way) => mark = Some("new"),
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
        let width = match cache.ways {
            0..=2 => "narrow",
            3..=4 => "medium",
            _ => "",
        };
        let size = cache.sets as u64 * cache.ways as u64 * cache.line_bytes;
        html! {
            <section class={classes!("cache", width)}
                aria-label={format!("{} after the step", cache.name)}>
                <h3>{ &cache.name }<span key={word.1} class={classes!("badge", word.0)}>{ word.1 }</span>
                    <small key="form">{ format!(
                        "{}: {} × {} × {} B", format_bytes(size as f64),
                        counted(cache.sets as u64, "set", "sets"),
                        counted(cache.ways as u64, "way", "ways"), cache.line_bytes
                    ) }</small>
                </h3>
                { match &cache.lines {
                    Lines::All(ways) if cache.sets <= FEW => grid(step, at, cache, ways, arrays),
                    Lines::All(ways) => {
                        let count = |of: fn(&Way) -> bool| -> Vec<u32> {
                            let sets = ways.chunks(cache.ways.max(1));
                            let count = |set: &[Option<Way>]| set.iter().flatten().filter(|it| of(it)).count();
                            sets.map(|set| count(set) as u32).collect()
                        };
                        let set = |set: usize| ways.chunks(cache.ways.max(1)).nth(set);
                        html! {
                            <>
                                { near(step, at, cache, &set, arrays) }
                                { heat(cache, 1, &count(|_| true), &count(|line| line.dirty), misses.get(cache.depth)) }
                            </>
                        }
                    }
                    Lines::Pieces { sets, held, dirty } => {
                        let set = |set: usize| {
                            let touched = cache.touched.iter().find(|touched| touched.set == set);
                            touched.map(|touched| touched.ways.as_slice())
                        };
                        html! {
                            <>
                                { near(step, at, cache, &set, arrays) }
                                { heat(cache, *sets, held, dirty, misses.get(cache.depth)) }
                            </>
                        }
                    }
                } }
            </section>
        }
    };
    html! {
        <div class="caches">
            { for step.caches.iter().enumerate().map(one) }
            <p class="hint legend">{ "In each place: the elements it holds; below them the tag, which tells \
                apart the lines that share a set, and the age: 0 was used last, the highest is the first \
                to leave. D marks a dirty line, which differs from memory; new is what this access brought." }</p>
        </div>
    }
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
        return html! { <td class={classes!("way", "empty", happened)}><span>{ "empty" }</span></td> };
    };
    let tag = line.line / cache.sets as u64;
    let content = span(arrays, line.line * cache.line_bytes, cache.line_bytes);
    let newest = (line.age == 0).then_some("newest");
    // What it holds is drawn anew when it changes: a word that grows must not push those beside it.
    let key = format!("{} {} {} {happened:?}", line.line, line.age, line.dirty);
    html! {
        <td {key} class={classes!("way", happened, newest, line.dirty.then_some("dirty"))}
            title={format!("tag {tag:x}: line {} of memory", hex(line.line))}>
            <span class="what">{ content.unwrap_or_else(|| hex(line.line * cache.line_bytes)) }</span>
            <span class="state">{ format!("{tag:x} · {}", line.age) }
                if line.dirty { <em class="written" title="dirty">{ " D" }</em> }
                if let Some(happened) = happened { <em class="now">{ format!(" {happened}") }</em> }
            </span>
        </td>
    }
}

fn head(ways: usize) -> Html {
    html! {
        <thead><tr>
            <th scope="col">{ "set" }</th>
            { for (0..ways.min(ABREAST)).map(|way| html! { <th scope="col">{ format!("way {way}") }</th> }) }
        </tr></thead>
    }
}

/// Caches of up to so many sets are drawn whole.
const FEW: usize = 16;

/// Ways that have room side by side.
const ABREAST: usize = 8;

/// Sets of a larger cache that are drawn: so many for each access, so that nothing below them moves. Of the
/// largest only those are known that the access led to, and one is drawn.
const NEAR: usize = 3;

/// Every way of every set.
fn grid(
    step: &Step,
    at: usize,
    cache: &CacheState,
    ways: &[Option<Way>],
    arrays: &[PlacedArray],
) -> Html {
    let sets = ways.chunks(cache.ways.max(1)).enumerate();
    let rows = sets.map(|(set, ways)| row(step, at, cache, (set, ways), arrays));
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

/// A set: a row of the table, or several where it has many ways.
fn row(
    step: &Step,
    at: usize,
    cache: &CacheState,
    (set, ways): (usize, &[Option<Way>]),
    arrays: &[PlacedArray],
) -> Html {
    let here = cache.touched.iter().any(|touched| touched.set == set);
    let lines = ways.chunks(ABREAST).enumerate().map(|(line, ways)| {
        let name = if line == 0 {
            set.to_string()
        } else {
            format!("+{}", line * ABREAST)
        };
        html! {
            <tr class={classes!(here.then_some("touched"))}>
                <th scope="row">{ name }</th>
                { for ways.iter().enumerate().map(|(way, line_of)| {
                    cell(step, at, cache, (set, line * ABREAST + way), line_of.as_ref(), arrays)
                }) }
            </tr>
        }
    });
    html! { <>{ for lines }</> }
}

/// The sets of a larger cache that the access led to, with their neighbours where those are known.
fn near<'a>(
    step: &Step,
    at: usize,
    cache: &CacheState,
    of: &dyn Fn(usize) -> Option<&'a [Option<Way>]>,
    arrays: &[PlacedArray],
) -> Html {
    let most = match cache.lines {
        Lines::All(_) => NEAR,
        Lines::Pieces { .. } => 1,
    };
    let mut sets: Vec<usize> = cache
        .touched
        .iter()
        .map(|touched| touched.set)
        .take(most)
        .collect();
    let around = sets.first().copied();
    for set in around
        .iter()
        .flat_map(|&set| [set + 1, set.wrapping_sub(1), set + 2])
    {
        if sets.len() < most && !sets.contains(&set) && of(set).is_some() {
            sets.push(set);
        }
    }
    sets.sort_unstable();
    let missing = most - sets.len();
    let rows = sets.into_iter().filter_map(|set| Some((set, of(set)?)));
    let rows = rows.map(|(set, ways)| row(step, at, cache, (set, ways), arrays));
    let rows_each = cache.ways.div_ceil(ABREAST);
    let blank = (0..missing * rows_each).map(|row| {
        let words = if row == 0 && missing == most {
            "This access left it alone."
        } else {
            ""
        };
        let width = cache.ways.min(ABREAST) + 1;
        html! { <tr class="none"><td colspan={width.to_string()}>{ words }</td></tr> }
    });
    html! {
        <div class="scroll ways" role="region" tabindex="0"
            aria-label={format!("Sets of {} around the access", cache.name)}>
            <table>{ head(cache.ways) }<tbody>{ for rows }{ for blank }</tbody></table>
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
    pick: &Callback<String>,
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
            { for maps.iter().map(|map| one_map(map, names, step, arrays, pick)) }
        </div>
    }
}

fn one_map(
    map: &ArrayMap,
    names: &[String],
    step: &Step,
    arrays: &[PlacedArray],
    pick: &Callback<String>,
) -> Html {
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
    // A click names the first element of the cell that it hit.
    let point = {
        let first = map.array.base / map.line_bytes * map.line_bytes;
        let bytes = map.line_bytes * map.lines_per_cell;
        let (base, end) = (map.array.base, map.array.base + map.array.bytes);
        let arrays: Vec<PlacedArray> = placed.cloned().into_iter().collect();
        pick.reform(move |event: MouseEvent| {
            let drawing = event.target_unchecked_into::<web_sys::Element>();
            let drawing = drawing.closest("svg").ok().flatten().unwrap_or(drawing);
            let place = drawing.get_bounding_client_rect();
            let scale = (width + 1) as f64 / place.width().max(1.0);
            let x = (f64::from(event.client_x()) - place.left()) * scale - 1.0;
            let y = (f64::from(event.client_y()) - place.top()) * scale - 1.0;
            let cell = (y / 10.0).max(0.0) as usize * columns + (x / 10.0).max(0.0) as usize;
            let line = first + cell.min(cells - 1) as u64 * bytes;
            element(&arrays, line.clamp(base, end - 1)).unwrap_or_default()
        })
    };
    html! {
        <figure class="map">
            <figcaption><strong>{ format!("{}{dims}", map.array.name) }</strong>
                { format!(" {} lines: {}", map.lines, sums.join(", ")) }
                if map.lines_per_cell > 1 { { format!(" ({} a cell)", map.lines_per_cell) } }
            </figcaption>
            <svg viewBox={format!("-1 -1 {} {}", width + 1, rows * 10 + 1)} aria-hidden="true" onclick={point}
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
