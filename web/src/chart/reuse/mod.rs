//! Reuse distances in one picture: histogram over miss-ratio curve, both along the same sizes, with
//! the machine's caches marked and the bands between them.

mod picture;

use std::rc::Rc;

use lab_core::{
    machine::Machine,
    sim::reuse::{Band, Locality, Profile},
    units::{Unit, format_bytes},
};
use yew::prelude::*;

use super::{
    cursor::{Cursor, use_cursor},
    plot::{landmark_lines, pixel, x_axis, y_axis},
    style::{Shape, trace_mark},
    table::folded,
    words::percent,
};
use crate::{
    parts::{size::use_width, slider::grouped},
    simulation::jobs::reuse::Reuse,
};
use picture::{Octave, Picture, first_uses, octaves};

pub use picture::word;

/// What is shown.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Its name, for those who cannot see it.
    pub title: AttrValue,
    /// What was asked for.
    pub asked: Rc<Reuse>,
    /// What was found.
    pub found: Rc<Locality>,
}

/// The picture with its cursor and its table.
#[component]
pub fn LocalityPlot(props: &Props) -> Html {
    let Props {
        title,
        asked,
        found,
    } = props.clone();
    let (profile, machine) = (&found.profile, &asked.machine);
    let area = use_node_ref();
    let width = use_width(&area);
    let shown = use_memo(found.clone(), |found| {
        let octaves = octaves(&found.profile);
        let line = found.profile.line as f64;
        let stops: Vec<f64> = octaves
            .iter()
            .map(|octave| octave.to as f64 * line)
            .collect();
        (octaves, Rc::new(stops))
    });
    let (octaves, stops) = (&shown.0, &shown.1);
    let picture = Picture::new(profile, octaves, machine, width);
    let cursor = use_cursor(&area, stops.clone(), Some(picture.x));
    let index = cursor
        .at
        .and_then(|at| stops.iter().position(|stop| *stop == at));
    let octave = index.map(|index| &octaves[index]);
    let Cursor {
        told,
        onpointermove,
        onpointerleave,
        onkeydown,
        onblur,
        ..
    } = cursor;

    let (width, height) = (pixel(picture.lower.width), pixel(picture.lower.height));
    let label = format!(
        "{title}: histogram of reuse distances over the miss-ratio curve, by cache size. Arrow keys \
         read the values; a table follows."
    );
    html! {
        <div class="locality reading-simulated" data-testid="locality">
            { legend() }
            <div class="plot" ref={area} tabindex="0" role="application" aria-label={label}
                aria-roledescription="plot" {onpointermove} {onpointerleave} {onkeydown} {onblur}>
                <svg {width} {height} aria-hidden="true" viewBox={format!(
                    "0 0 {:.1} {:.1}", picture.lower.width, picture.lower.height
                )}>
                    <Drawing asked={asked.clone()} found={found.clone()} picture={picture.clone()} />
                    if let Some(at) = cursor.at.map(|at| picture.x.position(at)) {
                        <line class="cursor" x1={pixel(at)} x2={pixel(at)}
                            y1={pixel(picture.upper.top)} y2={pixel(picture.lower.bottom)} />
                    }
                </svg>
                if let Some(octave) = octave {
                    { readout(octave, profile, &picture) }
                }
            </div>
            <p class="visually-hidden" aria-live="polite">
                if let Some(octave) = octave.filter(|_| told) {
                    { format!(
                        "Distances {}: {} of accesses. {}", distances(octave),
                        percent(octave.share), ratio(octave, profile)
                    ) }
                }
            </p>
            { table(&title, profile, octaves) }
        </div>
    }
}

/// What the marks are.
fn legend() -> Html {
    let mut square = String::new();
    trace_mark(&mut square, Shape::Square, 17.0, 7.0, 4.5);
    html! {
        <ul class="legend" aria-label="Marks">
            <li>
                <svg class="swatch curve" width="34" height="14" aria-hidden="true">
                    <path class="line" d="M1 7H33" stroke-width="2.2" />
                </svg>
                { "fully associative cache of any size, least recently used" }
            </li>
            <li>
                <svg class="swatch curve" width="34" height="14" aria-hidden="true">
                    <path class="marks hollow" d={square} />
                </svg>
                { "this machine's caches as they are, simulated" }
            </li>
        </ul>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct DrawingProps {
    asked: Rc<Reuse>,
    found: Rc<Locality>,
    picture: Picture,
}

/// Everything but the cursor.
#[component]
fn Drawing(props: &DrawingProps) -> Html {
    let DrawingProps {
        asked,
        found,
        picture,
    } = props;
    let (profile, machine) = (&found.profile, &asked.machine);
    let octaves = octaves(profile);
    let (upper, lower) = (&picture.upper, &picture.lower);
    html! {
        <>
            { bands(picture, &profile.bands(machine), profile.line) }
            <g class="axes">
                { y_axis(upper, picture.shares.ticks()) }
                { y_axis(lower, picture.ratios.ticks()) }
                <line class="base" x1={pixel(upper.left)} x2={pixel(upper.width)}
                    y1={pixel(upper.bottom)} y2={pixel(upper.bottom)} />
                { x_axis(lower, &picture.x, Unit::Bytes, "cache size, or reuse distance × line") }
                <text class="axis-title" x="2" y="13">{ "share of accesses, by reuse distance" }</text>
                <text class="axis-title" x="2" y={pixel(lower.top - 14.0)}>{ "miss ratio" }</text>
            </g>
            { landmark_lines(&picture.whole(), &picture.x, &picture.landmarks(machine)) }
            { bars(picture, profile, &octaves) }
            { curve(picture, profile) }
            { levels(picture, machine, found) }
        </>
    }
}

fn bands(picture: &Picture, bands: &[Band], line: u64) -> Html {
    let edges = picture.bands(bands, line);
    let (top, bottom) = (picture.upper.top, picture.lower.bottom);
    let drawn = bands.iter().zip(edges).map(|(band, (left, right))| {
        let width = (right - left).max(0.0);
        let word = word(band.temperature);
        let label = match width {
            ..48.0 => String::new(),
            48.0..84.0 => word.to_owned(),
            _ => format!("{word} {}", percent(band.share)),
        };
        html! {
            <g class={format!("band {word}")}>
                <rect x={pixel(left)} y={pixel(top)} width={pixel(width)}
                    height={pixel(bottom - top)} />
                <text x={pixel((left + right) / 2.0)} y={pixel(top - 5.0)} text-anchor="middle">
                    { label }
                </text>
            </g>
        }
    });
    html! { <>{ for drawn }</> }
}

fn bars(picture: &Picture, profile: &Profile, octaves: &[Octave]) -> Html {
    let ground = picture.upper.bottom;
    let bar = |class: &'static str, (left, right): (f64, f64), share: f64| {
        let top = picture.shares.position(share);
        let wide = right - left >= 36.0 && share >= 0.0005;
        html! {
            <g {class}>
                <rect x={pixel(left + 1.0)} y={pixel(top)} width={pixel((right - left - 2.0).max(1.0))}
                    height={pixel(ground - top)} />
                if wide {
                    <text x={pixel((left + right) / 2.0)} y={pixel(top - 4.0)} text-anchor="middle">
                        { percent(share) }
                    </text>
                }
            </g>
        }
    };
    let drawn = octaves.iter().filter(|octave| octave.count > 0.0);
    let drawn = drawn.map(|octave| bar("bar", picture.bar(octave, profile.line), octave.share));
    let (left, right) = picture.beyond;
    html! {
        <g data-series="histogram" data-points={octaves.len().to_string()}>
            { for drawn }
            { bar("bar first", picture.beyond, first_uses(profile)) }
            <text x={pixel((left + right) / 2.0)} y={pixel(ground + 15.0)} text-anchor="middle">
                { if right - left > 40.0 { "first use" } else { "first" } }
            </text>
        </g>
    }
}

fn curve(picture: &Picture, profile: &Profile) -> Html {
    let points = profile.curve().len();
    let (line, bridge) = picture.curve(profile);
    html! {
        <g class="curve reading-simulated" data-series="curve" data-points={points.to_string()}>
            <path class="halo" d={line.clone()} />
            <path class="line" d={line} stroke-width="2.2" />
            <path class="bridge" d={bridge} stroke-width="1.5" stroke-dasharray="2 4" />
        </g>
    }
}

/// The simulated miss ratio of each cache, at its size.
fn levels(picture: &Picture, machine: &Machine, found: &Locality) -> Html {
    let levels = &found.counts.levels;
    let marks = machine.caches.iter().zip(levels).map(|(cache, level)| {
        let mut mark = String::new();
        let x = picture.x.position(cache.size as f64);
        let y = picture.ratios.position(level.global_miss_ratio);
        trace_mark(&mut mark, Shape::Square, x, y, 4.5);
        html! { <path class="marks hollow" d={mark} /> }
    });
    html! {
        <g class="curve reading-simulated" data-series="levels" data-points={levels.len().to_string()}>
            { for marks }
        </g>
    }
}

/// `512 to 1023 lines`.
fn distances(octave: &Octave) -> String {
    match (octave.from, octave.to - 1) {
        (0, _) => "0 lines".to_owned(),
        (1, 1) => "1 line".to_owned(),
        (from, last) => format!("{from} to {last} lines"),
    }
}

fn size(octave: &Octave, profile: &Profile) -> String {
    format_bytes((octave.to * profile.line) as f64)
}

fn ratio(octave: &Octave, profile: &Profile) -> String {
    format!(
        "A fully associative cache of {} misses {}.",
        size(octave, profile),
        percent(octave.miss_ratio)
    )
}

fn readout(octave: &Octave, profile: &Profile, picture: &Picture) -> Html {
    let at = picture.x.position((octave.to * profile.line) as f64);
    let right_half = at > (picture.upper.left + picture.upper.right) / 2.0;
    html! {
        <div class={classes!("readout", "plain", right_half.then_some("on-left"))}
            data-testid="readout">
            <strong>{ distances(octave) }</strong>
            <div><span>{ "accesses at these distances" }</span><b>{ percent(octave.share) }</b></div>
            <div><span>{ format!("misses of {}", size(octave, profile)) }</span>
                <b>{ percent(octave.miss_ratio) }</b></div>
            <small>{ "simulated · fully associative" }</small>
        </div>
    }
}

fn table(title: &str, profile: &Profile, octaves: &[Octave]) -> Html {
    let head = [
        "reuse distance",
        "held by a cache of",
        "accesses",
        "share",
        "miss ratio of that cache",
    ];
    let rows = octaves.iter().map(|octave| {
        html! {
            <tr>
                <th scope="row">{ distances(octave) }</th>
                <td>{ size(octave, profile) }</td>
                <td>{ grouped(octave.count.round() as u64) }</td>
                <td>{ percent(octave.share) }</td>
                <td>{ percent(octave.miss_ratio) }</td>
            </tr>
        }
    });
    let rows = html! {
        <>
            { for rows }
            <tr>
                <th scope="row">{ "first use" }</th>
                <td>{ "none" }</td>
                <td>{ grouped(profile.cold.round() as u64) }</td>
                <td>{ percent(first_uses(profile)) }</td>
                <td>{ "–" }</td>
            </tr>
        </>
    };
    let caption = format!("{title}: accesses by reuse distance, simulated");
    folded(
        "Data as a table",
        title,
        &caption,
        head.map(str::to_owned),
        rows,
    )
}
