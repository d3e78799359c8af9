//! The run over time, as misses by cause, and the ways through it.

use lab_core::sim::recording::{Direction, Summary, What};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    parts::slider::grouped,
    state::{
        cache::{Pace, key},
        session::use_session,
    },
};

use super::controls::select;

/// The timeline and what is done with it.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The run.
    pub summary: std::rc::Rc<(
        std::rc::Rc<crate::simulation::jobs::record::Record>,
        Summary,
    )>,
    /// The access that is shown.
    pub at: u64,
    /// Whether the run plays.
    pub playing: bool,
    /// How fast it does.
    pub pace: Pace,
    /// Bookmarked accesses.
    pub marks: Vec<u64>,
    /// Goes to an access.
    pub go: Callback<u64>,
    /// Looks for something.
    pub seek: Callback<(What, Direction)>,
    /// Plays or pauses.
    pub play: Callback<()>,
    /// Makes or removes a bookmark here.
    pub mark: Callback<()>,
    /// What the last search said, if it found nothing.
    pub note: Option<String>,
}

const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 110.0;

/// Causes, as they are stacked from below.
pub const CAUSES: [&str; 3] = ["compulsory", "capacity", "conflict"];

/// The timeline.
#[component]
pub fn Timeline(props: &Props) -> Html {
    let session = use_session();
    let paces = Pace::ALL.map(|(pace, name)| {
        let selected = pace == props.pace;
        (name.to_owned(), name.to_owned(), selected)
    });
    let summary = &props.summary.1;
    let last = summary.accesses.saturating_sub(1);
    let at = props.at.min(last);
    let step = |by: i64| {
        let (go, to) = (props.go.clone(), at.saturating_add_signed(by).min(last));
        Callback::from(move |_: MouseEvent| go.emit(to))
    };
    let seek = |what: What, direction: Direction| {
        let seek = props.seek.clone();
        Callback::from(move |_: MouseEvent| seek.emit((what, direction)))
    };
    let scrub = {
        let go = props.go.clone();
        Callback::from(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            if let Ok(to) = input.value().parse::<f64>() {
                go.emit(to as u64);
            }
        })
    };
    let play = props.play.reform(|_: MouseEvent| ());
    let mark = props.mark.reform(|_: MouseEvent| ());
    let marked = props.marks.contains(&at);
    let button =
        |label: &'static str, keys: &'static str, id: &'static str, click: Callback<MouseEvent>| {
            html! {
                <button type="button" class="quiet" data-testid={id} title={format!("key {keys}")}
                    onclick={click}>{ label }</button>
            }
        };
    let jump = |what: What, name: &'static str| {
        html! {
            <div class="jump" role="group" aria-label={format!("To a {name}")}>
                <button type="button" class="quiet" data-testid={format!("previous-{name}")}
                    aria-label={format!("Previous {name}")} onclick={seek(what, Direction::Back)}>{ "‹" }</button>
                <span>{ name }</span>
                <button type="button" class="quiet" data-testid={format!("next-{name}")}
                    aria-label={format!("Next {name}")} onclick={seek(what, Direction::Forward)}>{ "›" }</button>
            </div>
        }
    };
    html! {
        <section class="timeline" aria-label="Timeline">
            { picture(summary, at, &props.marks) }
            <input type="range" class="scrubber" data-testid="scrubber" min="0" max={last.to_string()} step="1"
                value={at.to_string()} oninput={scrub} aria-label="Access that is shown"
                aria-valuetext={format!("access {} of {}", at + 1, summary.accesses)} />
            <div class="transport">
                <output data-testid="step" data-step={at.to_string()}>
                    { format!("access {} of {}", grouped(at + 1), grouped(summary.accesses)) }
                </output>
                <button type="button" data-testid="play" aria-pressed={props.playing.to_string()}
                    title="key p" onclick={play}>{ if props.playing { "Pause" } else { "Play" } }</button>
                { select(&session, key("pace"), "Speed".to_owned(), paces.into()) }
                { button("Step back", "←", "back", step(-1)) }
                { button("Step", "→", "forward", step(1)) }
                { jump(What::Miss, "miss") }
                { jump(What::Conflict, "conflict") }
                { jump(What::Eviction, "eviction") }
                <button type="button" class="quiet" data-testid="mark" title="key b"
                    aria-pressed={marked.to_string()} onclick={mark}>{ "Bookmark" }</button>
                { for props.marks.iter().map(|&mark| {
                    let go = props.go.clone();
                    html! {
                        <button type="button" class="quiet mark" aria-label={format!("Go to bookmark at access {}", mark + 1)}
                            onclick={move |_| go.emit(mark)}>{ format!("⚑ {}", mark + 1) }</button>
                    }
                }) }
            </div>
            <p class="hint" role="status" data-testid="sought">{ props.note.clone().unwrap_or_default() }</p>
            <details class="keys">
                <summary>{ "Keys" }</summary>
                <p class="hint">
                    <kbd>{ "→" }</kbd>{ " and " }<kbd>{ "←" }</kbd>{ " step, with " }<kbd>{ "Shift" }</kbd>
                    { " a hundred; " }<kbd>{ "m" }</kbd>{ " next miss, " }<kbd>{ "c" }</kbd>{ " next conflict, " }
                    <kbd>{ "e" }</kbd>{ " next eviction, with " }<kbd>{ "Shift" }</kbd>{ " the previous one; " }
                    <kbd>{ "p" }</kbd>{ " plays and pauses, " }<kbd>{ "b" }</kbd>{ " bookmarks, " }
                    <kbd>{ "Home" }</kbd>{ " and " }<kbd>{ "End" }</kbd>{ " go to the ends. They work while the \
                    keyboard is anywhere in the stage below the program, but not in a text or on a slider, and only then." }
                </p>
            </details>
        </section>
    }
}

/// Misses of the first level by cause over time.
fn picture(summary: &Summary, at: u64, marks: &[u64]) -> Html {
    let Some(bins) = summary.bins.first() else {
        return Html::default();
    };
    let values: Vec<[f64; 3]> = bins
        .iter()
        .map(|bin| {
            [
                bin.causes.compulsory as f64,
                bin.causes.capacity as f64 + f64::from(bin.unclassified),
                bin.causes.conflict as f64,
            ]
        })
        .collect();
    let most = values
        .iter()
        .map(|bin| bin.iter().sum::<f64>())
        .fold(1.0, f64::max);
    let accesses = summary.accesses.max(1) as f64;
    let x = |access: f64| access / accesses * WIDTH;
    let width = summary.bin_width as f64;
    let paths = CAUSES.iter().enumerate().map(|(cause, name)| {
        let mut path = String::new();
        for (index, bin) in values
            .iter()
            .enumerate()
            .filter(|(_, bin)| bin[cause] > 0.0)
        {
            let below: f64 = bin[..cause].iter().sum();
            let (bottom, top) = (below / most, (below + bin[cause]) / most);
            let (from, to) = (
                x(index as f64 * width),
                x((index as f64 + 1.0) * width).min(WIDTH),
            );
            path += &format!(
                "M{from:.1} {:.1}H{to:.1}V{:.1}H{from:.1}z",
                HEIGHT - bottom * (HEIGHT - 6.0),
                HEIGHT - top * (HEIGHT - 6.0)
            );
        }
        html! { <path class={format!("cause {name}")} d={path} /> }
    });
    let total = |cause: usize| values.iter().map(|bin| bin[cause]).sum::<f64>() as u64;
    let words: Vec<String> = CAUSES
        .iter()
        .enumerate()
        .map(|(cause, name)| format!("{} {name}", grouped(total(cause))))
        .collect();
    let cursor = x(at as f64 + 0.5);
    html! {
        <figure class="over-time">
            <figcaption>
                { format!("Misses of {} over time, simulated:", summary.counts.levels.first().map_or("the first cache", |level| level.name.as_str())) }
                { for CAUSES.iter().zip(words.iter()).map(|(name, words)| html! {
                    <span class={format!("swatch {name}")}>{ words.clone() }</span>
                }) }
            </figcaption>
            <svg viewBox={format!("0 0 {WIDTH} {HEIGHT}")} preserveAspectRatio="none" role="img"
                aria-label={format!("Misses over time: {}", words.join(", "))}>
                { for paths }
                { for marks.iter().map(|&mark| {
                    let x = format!("{:.1}", x(mark as f64 + 0.5));
                    html! { <line class="bookmark" x1={x.clone()} x2={x} y1="0" y2={HEIGHT.to_string()} /> }
                }) }
                <line class="cursor" x1={format!("{cursor:.1}")} x2={format!("{cursor:.1}")} y1="0" y2={HEIGHT.to_string()} />
            </svg>
        </figure>
    }
}
