//! The stage: a run of any length, event by event. Scrubber, play, pace, step, back, jumps, bookmarks
//! and keys; what an event is, is not its business.
//!
//! A view calls [`use_place`] with its name, asks its job for the event at [`Place::at`], and puts what
//! it shows of that between the tags of a [`Stage`], where the keys work too:
//!
//! ```text
//! let place = use_place("heap");                  // heap.step, heap.marks and heap.pace in the address
//! <Stage place={place.clone()} event="call" events={length} goals={GOALS} seek={seek} picture={picture}>
//!     { what_happened(moment) }
//! </Stage>
//! ```
//!
//! `seek` hears which of the `goals` is looked for, from `place.at`, and answers by [`Place::found`].

use gloo::timers::callback::Interval;
use lab_core::sim::replay::Direction;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{
    form::{Choice, choice},
    slider::grouped,
};
use crate::{
    simulation::client,
    state::{
        session::{Action, use_session},
        stage::{self, Pace, key},
    },
};

/// Something in a run that one can jump to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    name: &'static str,
    key: char,
}

impl Goal {
    /// What it is called, and the lower-case letter that jumps to it.
    pub const fn new(name: &'static str, key: char) -> Self {
        assert!(
            key.is_ascii_lowercase() && key != 'p' && key != 'b',
            "p plays and b bookmarks"
        );
        Self { name, key }
    }
}

/// Where a stage stands, and what moves it.
#[derive(Clone, PartialEq)]
pub struct Place {
    /// The event that is shown, counted from 0; a link may name one behind the end.
    pub at: u64,
    /// Goes to an event.
    pub go: Callback<u64>,
    /// Hears what a search found: goes there, or says that there is none.
    pub found: Callback<Option<u64>>,
    stage: &'static str,
    note: Option<&'static str>,
}

/// The place of the stage of that name, kept in the address.
#[hook]
pub fn use_place(name: &'static str) -> Place {
    let session = use_session();
    let note = use_state_eq(|| None);
    let at = stage::step(&session.situation, name);
    let found = {
        let (note, session) = (note.setter(), session);
        Callback::from(move |found: Option<u64>| {
            note.set(found.map_or(Some("There is none in that direction."), |_| None));
            if let Some(to) = found {
                let word = (to > 0).then(|| to.to_string());
                session.choose(&key(name, "step"), word);
            }
        })
    };
    Place {
        at,
        go: found.reform(Some),
        found,
        stage: name,
        note: *note,
    }
}

/// What a stage shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Where it stands.
    pub place: Place,
    /// What an event is called.
    pub event: &'static str,
    /// How many events there are; not known yet while there is nothing to step through.
    pub events: Option<u64>,
    /// What one can jump to.
    #[prop_or_default]
    pub goals: &'static [Goal],
    /// Looks for the goal of that index.
    #[prop_or_default]
    pub seek: Callback<(usize, Direction)>,
    /// The whole run at a glance, above the scrubber and as wide.
    #[prop_or_default]
    pub picture: Html,
    /// What happened, in sentences: stays in sight with the transport.
    #[prop_or_default]
    pub told: Html,
    /// What is shown of the event.
    pub children: Html,
}

/// The stage.
#[component]
pub fn Stage(props: &Props) -> Html {
    let session = use_session();
    let Place { go, stage, .. } = props.place.clone();
    let last = props.events.unwrap_or(0).saturating_sub(1);
    let at = props.place.at.min(last);
    let playing = use_state_eq(|| false);
    let play = {
        let (playing, go) = (playing.clone(), go.clone());
        Callback::from(move |()| {
            // Nothing is left to play at the end: it starts over.
            if !*playing && at == last {
                go.emit(0);
            }
            playing.set(!*playing);
        })
    };
    let mark = Callback::from({
        let session = session.clone();
        move |()| {
            let marked = stage::toggle_mark(&session.situation, stage, at);
            session.dispatch(Action::Situation(marked));
        }
    });
    let pace = Pace::of(&session.situation, stage, reduced_motion());
    use_play(playing.then_some(pace), at, last, go.clone(), {
        let playing = playing.setter();
        Callback::from(move |()| playing.set(false))
    });
    let keys = {
        let (play, mark) = (play.clone(), mark.clone());
        let Props { goals, seek, .. } = props.clone();
        let go = go.clone();
        Callback::from(move |event: KeyboardEvent| {
            if !is_for_stage(&event) {
                return;
            }
            let (stride, way) = if event.shift_key() {
                (100, Direction::Back)
            } else {
                (1, Direction::Forward)
            };
            match event.key().to_lowercase().as_str() {
                "arrowright" => go.emit(at.saturating_add(stride).min(last)),
                "arrowleft" => go.emit(at.saturating_sub(stride)),
                "home" => go.emit(0),
                "end" => go.emit(last),
                "p" => play.emit(()),
                "b" => mark.emit(()),
                other => {
                    let goal = goals.iter().position(|goal| other.chars().eq([goal.key]));
                    let Some(goal) = goal else { return };
                    seek.emit((goal, way));
                }
            }
            event.prevent_default();
        })
    };
    let scrub = go.reform(|event: InputEvent| {
        let input: HtmlInputElement = event.target_unchecked_into();
        input.value().parse::<f64>().unwrap_or(0.0) as u64
    });
    let button = |label: &'static str, key: &'static str, id: &'static str, to: u64| {
        html! {
            <button type="button" class="quiet" data-testid={id} title={format!("key {key}")}
                onclick={go.reform(move |_: MouseEvent| to)}>{ label }</button>
        }
    };
    let jump = |(index, goal): (usize, &Goal)| {
        let name = goal.name;
        let to = |direction| props.seek.reform(move |_: MouseEvent| (index, direction));
        html! {
            <div class="jump" role="group" aria-label={format!("Jump by {name}")}>
                <button type="button" class="quiet" data-testid={format!("previous-{name}")}
                    aria-label={format!("Previous {name}")} onclick={to(Direction::Back)}>{ "‹" }</button>
                <span>{ name }</span>
                <button type="button" class="quiet" data-testid={format!("next-{name}")}
                    aria-label={format!("Next {name}")} onclick={to(Direction::Forward)}>{ "›" }</button>
            </div>
        }
    };
    let marks = stage::marks(&session.situation, stage);
    let event = props.event;
    let chooses_pace = Choice {
        key: key(stage, "pace"),
        hook: format!("{stage}-pace"),
        label: "Speed".to_owned(),
        options: Pace::ALL
            .map(|it| (it.name().to_owned(), it.words().to_owned()))
            .into(),
        chosen: pace.name().to_owned(),
        pick: None,
    };
    html! {
        <section class="run-stage" aria-label="Run" data-testid="stage" tabindex="0" onkeydown={keys}>
            <h2 class="visually-hidden">{ format!("The run, {event} by {event}") }</h2>
            if let Some(events) = props.events {
                <section class="timeline" aria-label="Timeline">
                    { props.picture.clone() }
                    <input type="range" class="scrubber" data-testid="scrubber" min="0" max={last.to_string()}
                        step="1" value={at.to_string()} oninput={scrub}
                        aria-label={format!("The {event} that is shown")}
                        aria-valuetext={format!("{event} {} of {events}", at + 1)} />
                    <div class="transport">
                        <button type="button" data-testid="play" aria-pressed={playing.to_string()} title="key p"
                            onclick={play.reform(|_: MouseEvent| ())}>
                            <span key={playing.to_string()}>{ if *playing { "Pause" } else { "Play" } }</span>
                        </button>
                        { button("Back", "←", "back", at.saturating_sub(1)) }
                        { button("Step", "→", "forward", (at + 1).min(last)) }
                        <output data-testid="step" data-step={at.to_string()}>{ counted(event, at, events) }</output>
                        { for props.goals.iter().enumerate().map(jump) }
                        <button type="button" class="quiet" data-testid="mark" title="key b"
                            aria-pressed={marks.contains(&at).to_string()}
                            onclick={mark.reform(|_: MouseEvent| ())}>{ "Bookmark" }</button>
                        { for marks.iter().map(|&mark| html! {
                            <button type="button" class="quiet mark"
                                aria-label={format!("Go to bookmark at {event} {}", mark + 1)}
                                onclick={go.reform(move |_: MouseEvent| mark)}>{ format!("⚑ {}", grouped(mark + 1)) }</button>
                        }) }
                        { choice(&session, chooses_pace) }
                        { key_help(props.goals) }
                        <span class="hint" role="status" data-testid="sought">{ props.place.note.unwrap_or_default() }</span>
                    </div>
                    { props.told.clone() }
                </section>
            }
            { props.children.clone() }
        </section>
    }
}

/// Which event of how many. As wide for each of them: nothing beside it moves.
fn counted(event: &str, at: u64, events: u64) -> String {
    if events == 0 {
        return format!("no {event}");
    }
    let (at, all) = (grouped(at + 1), grouped(events));
    let room = all.chars().count();
    // As wide as a digit
    let blanks = "\u{2007}".repeat(room.saturating_sub(at.chars().count()));
    format!("{event} {blanks}{at} of {all}")
}

/// The keys, told.
fn key_help(goals: &[Goal]) -> Html {
    let key = |name: &'static str, does: &'static str| html! { <><kbd>{ name }</kbd>{ does }</> };
    html! {
        <details class="keys">
            <summary>{ "Keys" }</summary>
            <p class="hint">
                { key("→", " and ") }{ key("←", " step, with ") }{ key("Shift", " a hundred; ") }
                { for goals.iter().map(|goal| html! {
                    <><kbd>{ goal.key.to_string() }</kbd>{ format!(" next {}, ", goal.name) }</>
                }) }
                if !goals.is_empty() { { "with " }{ key("Shift", " the previous one; ") } }
                { key("p", " plays and pauses, ") }{ key("b", " bookmarks, ") }
                { key("Home", " and ") }{ key("End", " go to the ends. They work while the keyboard is \
                    anywhere in this stage, but not in a text or on a slider, and only then.") }
            </p>
        </details>
    }
}

/// Whether a key pressed is meant for the stage: texts, menus and sliders keep theirs.
fn is_for_stage(event: &KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|it| it.dyn_into::<web_sys::Element>().ok());
    let tag = target.map(|target| target.tag_name()).unwrap_or_default();
    !matches!(tag.as_str(), "INPUT" | "SELECT" | "TEXTAREA")
        && !event.ctrl_key()
        && !event.alt_key()
        && !event.meta_key()
}

/// Whether the system is set to reduce motion.
fn reduced_motion() -> bool {
    web_sys::window()
        .and_then(|window| {
            window
                .match_media("(prefers-reduced-motion: reduce)")
                .ok()?
        })
        .is_some_and(|query| query.matches())
}

/// Plays at a pace, until the end. A page too slow to draw each event leaves some out: the pace holds.
#[hook]
fn use_play(pace: Option<Pace>, at: u64, last: u64, go: Callback<u64>, stop: Callback<()>) {
    let now = use_mut_ref(|| (at, last));
    *now.borrow_mut() = (at, last);
    let teller = use_mut_ref(|| go.clone());
    *teller.borrow_mut() = go;
    use_effect_with(pace, move |pace| {
        let timer = pace.map(|pace| {
            let interval = f64::from(pace.interval());
            // Since when, and from where; what was shown last, to notice that a reader went elsewhere.
            let mut begun = (client::now(), now.borrow().0);
            let mut shown = begun.1;
            Interval::new(pace.interval(), move || {
                let (at, last) = *now.borrow();
                if at >= last {
                    return stop.emit(());
                }
                if at != shown {
                    begun = (client::now(), at);
                }
                let passed = ((client::now() - begun.0) / interval).round().max(1.0) as u64;
                shown = (begun.1 + passed).clamp(at + 1, last);
                let go = teller.borrow().clone();
                go.emit(shown);
            })
        });
        move || drop(timer)
    });
}
