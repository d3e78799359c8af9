//! The run over time: misses by cause, where we are in it, and the ways to move.

use lab_core::sim::recording::{Direction, Goal, Summary, What};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::parts::slider::grouped;

/// What the timeline shows and whom it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The run.
    pub summary: Summary,
    /// Where we are.
    pub step: u64,
    /// Whether it plays.
    pub playing: bool,
    /// Whether what was sought last was not found.
    pub missed: bool,
    /// Told where to go.
    pub go: Callback<u64>,
    /// Told what to look for.
    pub seek: Callback<(Goal, Direction)>,
    /// Told to play or to stop.
    pub play: Callback<()>,
}

const HEIGHT: f64 = 60.0;

/// Misses of the first level over time, the scrubber, and the buttons.
#[component]
pub fn Timeline(props: &Props) -> Html {
    let accesses = props.summary.accesses;
    let last = accesses.saturating_sub(1);
    let go = |label: &'static str, sign: &'static str, to: Option<u64>| {
        let tell = props.go.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            if let Some(to) = to {
                tell.emit(to);
            }
        });
        html! {
            <button type="button" class="quiet" title={label}
                disabled={to.is_none()} {onclick}>{ sign }</button>
        }
    };
    let seek = |label: &'static str, what: What, direction: Direction| {
        let tell = props.seek.clone();
        let goal = Goal {
            what,
            level: if what == What::Miss { Some(0) } else { None },
        };
        let onclick = Callback::from(move |_: MouseEvent| tell.emit((goal, direction)));
        html! { <button type="button" class="quiet" {onclick}>{ label }</button> }
    };
    let play = {
        let tell = props.play.clone();
        Callback::from(move |_: MouseEvent| tell.emit(()))
    };
    let scrub = {
        let tell = props.go.clone();
        Callback::from(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            if let Ok(step) = input.value().parse() {
                tell.emit(step);
            }
        })
    };
    html! {
        <div class="timeline">
            { bars(&props.summary, props.step) }
            <label for="cache-step" class="visually-hidden">{ "Access" }</label>
            <input id="cache-step" type="range" min="0" max={last.to_string()} step="1"
                data-testid="scrubber" value={props.step.to_string()}
                aria-valuetext={format!("access {} of {}", grouped(props.step + 1), grouped(accesses))}
                oninput={scrub} />
            <div class="moves">
                { go("first access", "first", (props.step > 0).then_some(0)) }
                { go("one access back", "◀ back", props.step.checked_sub(1)) }
                <button type="button" data-testid="play" onclick={play}>
                    { if props.playing { "pause" } else { "play" } }
                </button>
                { go("one access on", "step ▶", (props.step < last).then_some(props.step + 1)) }
                { go("last access", "last", (props.step < last).then_some(last)) }
                <span data-testid="step" aria-live="polite">{ format!(
                    "access {} of {}", grouped(props.step + 1), grouped(accesses)
                ) }</span>
            </div>
            <div class="moves">
                { seek("◀ miss", What::Miss, Direction::Back) }
                { seek("next miss ▶", What::Miss, Direction::Forward) }
                { seek("next conflict miss ▶", What::Conflict, Direction::Forward) }
                { seek("◀ eviction", What::Eviction, Direction::Back) }
                { seek("next eviction ▶", What::Eviction, Direction::Forward) }
                if props.missed {
                    <span role="status">{ "There is none from here on." }</span>
                }
            </div>
        </div>
    }
}

/// Misses of the first level in pieces of time, by cause.
fn bars(summary: &Summary, step: u64) -> Html {
    let Some(bins) = summary.bins.first() else {
        return Html::default();
    };
    let width = bins.len() as f64 * summary.bin_width as f64;
    let most = summary.bin_width as f64;
    let bar = |(at, bin): (usize, &lab_core::sim::recording::Bin)| {
        let mut top = HEIGHT;
        let x = at as f64 * summary.bin_width as f64;
        let parts = [
            ("compulsory", bin.causes.compulsory),
            ("capacity", bin.causes.capacity),
            ("conflict", bin.causes.conflict),
        ];
        let parts = parts.into_iter().filter(|(_, count)| *count > 0);
        let parts: Vec<Html> = parts
            .map(|(class, count)| {
                let height = count as f64 / most * HEIGHT;
                top -= height;
                html! {
                    <rect {class} x={format!("{x:.1}")} y={format!("{top:.2}")}
                        width={most.to_string()} height={format!("{height:.2}")} />
                }
            })
            .collect();
        html! { <>{ for parts }</> }
    };
    let causes = summary
        .counts
        .levels
        .first()
        .and_then(|level| level.misses_by_cause);
    let causes = causes.unwrap_or_default();
    let words = format!(
        "Misses of the first level over time, share of accesses: {} compulsory, {} capacity, {} conflict in all",
        grouped(causes.compulsory),
        grouped(causes.capacity),
        grouped(causes.conflict)
    );
    html! {
        <>
            <p class="legend">
                <span class="compulsory">{ "compulsory" }</span>
                <span class="capacity">{ "capacity" }</span>
                <span class="conflict">{ "conflict" }</span>
                { " misses of the first level, share of accesses over time" }
            </p>
            <svg class="bars" role="img" aria-label={words} preserveAspectRatio="none"
                viewBox={format!("0 0 {width} {HEIGHT}")}>
                { for bins.iter().enumerate().map(bar) }
                <line x1={step.to_string()} x2={step.to_string()} y1="0" y2={HEIGHT.to_string()} />
            </svg>
        </>
    }
}
