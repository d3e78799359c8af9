//! Cache: type a loop, watch it miss.
//!
//! The program is recorded in the worker; every look at an access of it is one question to the
//! worker, which keeps the recording. What stands where is in the URL ([`Choice`]).

mod challenge;
mod editor;
mod pictures;
mod tables;
mod timeline;
mod words;

use std::{collections::BTreeMap, rc::Rc};

use gloo::timers::callback::Interval;
use lab_core::{
    sim::recording::{Direction, Goal, Step},
    trace::program::{EXAMPLES, Extent, example, format},
};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use self::{
    challenge::Challenge,
    editor::{Editor, problem_list},
    timeline::Timeline,
};
use crate::{
    parts::{
        figure::machine_words,
        slider::{Knob, grouped, slider, status},
    },
    simulation::{
        program::MOST,
        protocol::{Look, Recorded, Seen},
        use_simulation,
    },
    state::{
        cache::{Choice, key, param_key, range},
        session::{Handle, use_session},
        situation::Situation,
    },
};

/// Between two accesses of a run that plays, milliseconds.
const TICK: u32 = 350;

/// A program, and what the caches of the chosen machine make of it.
#[component]
pub fn CacheView() -> Html {
    let session = use_session();
    let this = session.report.as_ref().map(|report| &report.machine);
    let choice = Choice::of(session.machine_choice(), &session.situation, this);
    // While a program is being mended the last sound one stays.
    let last = use_mut_ref(|| None::<Recorded>);
    let plain = || Choice::of(None, &Situation::default(), None).recorded;
    let recorded = choice
        .recorded
        .clone()
        .or_else(|| last.borrow().clone())
        .or_else(plain);
    let Some(recorded) = recorded else {
        return html! { <p role="alert">{ "No program can be shown." }</p> };
    };
    *last.borrow_mut() = Some(recorded.clone());

    let wish = use_state(|| None::<(Goal, Direction, u32)>);
    let playing = use_state(|| false);
    let look = Look {
        recorded: recorded.clone(),
        step: choice.step,
        seek: *wish,
    };
    let asked = use_memo(look, Look::clone);
    let simulated = use_simulation(asked);
    let shown = simulated.shown.as_ref();
    let shown = shown.and_then(|shown| Some((shown.0.clone(), shown.1.clone()?)));

    let go = {
        let (session, wish) = (session.clone(), wish.clone());
        Callback::from(move |step: u64| {
            wish.set(None);
            session.choose(&key("step"), Some(step.to_string()));
        })
    };
    {
        // What was sought and found is where we are from now on.
        let found = shown.as_ref().and_then(|(asked, seen)| {
            let step = seen.step.as_ref().filter(|_| seen.found)?;
            (asked.seek.is_some() && asked.seek == *wish).then_some(step.index)
        });
        let go = go.clone();
        use_effect_with(found, move |found| {
            if let Some(step) = found {
                go.emit(*step);
            }
        });
    }
    {
        let last = shown
            .as_ref()
            .map_or(0, |(_, seen)| seen.summary.accesses.saturating_sub(1));
        let (go, playing) = (go.clone(), playing.clone());
        let state = (*playing, choice.step, last);
        use_effect_with(state, move |&(on, step, last)| {
            let timer = on.then(|| {
                Interval::new(TICK, move || {
                    if step < last {
                        go.emit(step + 1);
                    } else {
                        playing.set(false);
                    }
                })
            });
            move || drop(timer)
        });
    }
    let seek = {
        let wish = wish.clone();
        Callback::from(move |(goal, direction)| {
            let number = wish.map_or(0, |(_, _, number)| number + 1);
            wish.set(Some((goal, direction, number)));
        })
    };
    let play = {
        let playing = playing.clone();
        Callback::from(move |()| playing.set(!*playing))
    };

    let seen = shown.as_ref().map(|(_, seen)| seen.clone());
    let problems = match (&choice.params, &seen) {
        (Err(problems), _) => problems.clone(),
        (Ok(_), Some(seen)) => {
            let faults = seen.fault.iter().cloned();
            seen.problems.iter().cloned().chain(faults).collect()
        }
        (Ok(_), None) => Vec::new(),
    };
    let good = seen.filter(|seen| seen.step.is_some());
    let missed = shown
        .as_ref()
        .is_some_and(|(asked, seen)| asked.seek.is_some() && asked.seek == *wish && !seen.found);
    html! {
        <article class="page wide cache-view">
            <header>
                <p class="kicker">{ "Simulated" }</p>
                <h1>{ "Cache" }</h1>
                <p class="lead">{ "Type a loop, watch it miss: every access of it, and what each \
                    cache makes of it." }</p>
            </header>
            <div class="bench">
                <section class="program" aria-label="The program">
                    { program_controls(&session, &choice) }
                    <Editor source={choice.source.clone()} problems={problems.clone()}
                        misses={misses_by_line(good.as_deref())}
                        line={good.as_deref().and_then(|seen| seen.step.as_ref()).map(|step| step.access.site as u32)}
                        oninput={typed(&session)} />
                    if !problems.is_empty() {
                        { problem_list(&problems) }
                    }
                    { parameters(&session, &choice) }
                    { status(&simulated) }
                    if let Some(seen) = &good {
                        { extent(seen) }
                    }
                </section>
                <section class="figure" id="cache" aria-labelledby="the-run">
                    <h2 id="the-run" class="visually-hidden">{ "The run, access by access" }</h2>
                    <p>{ "simulated on " }<strong>{ machine_words(
                        &session, &recorded.machine, choice.this_machine, false
                    ) }</strong></p>
                    if let Some((seen, step)) = good.as_ref().and_then(|seen| Some((seen, seen.step.as_ref()?))) {
                        <Timeline summary={seen.summary.clone()} step={step.index}
                            playing={*playing} {missed} go={go.clone()} {seek} {play} />
                        <Challenge seen={seen.clone()} go={go.clone()}>
                            { look_at(seen, step) }
                        </Challenge>
                    }
                </section>
            </div>
            if let Some(seen) = &good {
                <section aria-labelledby="in-all">
                    <h2 id="in-all">{ "The run in all" }</h2>
                    { tables::levels(&seen.summary) }
                    { tables::shares(&seen.summary, &recorded.source) }
                </section>
            }
        </article>
    }
}

/// One access and what it left behind.
fn look_at(seen: &Rc<Seen>, step: &Step) -> Html {
    let variables: Vec<String> = seen
        .position
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    html! {
        <>
            <div class="said" aria-live="polite" data-testid="explanation">
                { for words::sentences(seen, step).into_iter().map(|sentence| html! { <p>{ sentence }</p> }) }
                if !variables.is_empty() {
                    <p class="hint">{ format!("Here {}.", variables.join(", ")) }</p>
                }
            </div>
            { pictures::address(step) }
            <div class="caches">{ pictures::caches(seen, step) }</div>
            <h3>{ "The arrays in the caches" }</h3>
            <p class="legend levels">
                { for seen.summary.counts.levels.iter().enumerate().map(|(depth, level)| html! {
                    <span class={format!("level-{depth}")}>{ format!("in {}", level.name) }</span>
                }) }
                <span class="nowhere">{ "in memory only" }</span>
            </p>
            { pictures::maps(seen, step) }
        </>
    }
}

/// Misses of the first level, by line of the program.
fn misses_by_line(seen: Option<&Seen>) -> BTreeMap<u32, u64> {
    let sites = seen.into_iter().flat_map(|seen| &seen.summary.sites);
    sites
        .map(|(site, share)| (*site as u32, share.misses.first().copied().unwrap_or(0)))
        .collect()
}

/// What a new text changes: it is no example any more, and begins at its first access.
fn typed(session: &Handle) -> Callback<String> {
    let session = session.clone();
    Callback::from(move |text: String| {
        session.choose(&key("step"), None);
        session.choose(&key("program"), Some(text));
    })
}

/// Which example, and the formatter.
fn program_controls(session: &Handle, choice: &Choice) -> Html {
    let onchange = {
        let (session, params) = (session.clone(), choice.params.clone().unwrap_or_default());
        Callback::from(move |event: Event| {
            let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
            if chosen.is_empty() {
                return;
            }
            for param in &params {
                session.choose(&param_key(&param.name), None);
            }
            session.choose(&key("program"), None);
            session.choose(&key("step"), None);
            session.choose(&key("example"), Some(chosen));
        })
    };
    let tidy = {
        let (session, source) = (session.clone(), choice.source.clone());
        let tidied = format(&source).ok().filter(|text| *text != source);
        let disabled = tidied.is_none();
        let onclick = Callback::from(move |_: MouseEvent| {
            session.choose(&key("program"), tidied.clone());
        });
        html! { <button type="button" class="quiet" {disabled} {onclick}>{ "Format" }</button> }
    };
    html! {
        <div class="controls">
            <div class="control">
                <label for="cache-example">{ "Example" }</label>
                <select id="cache-example" data-testid="example" {onchange}>
                    if choice.example.is_none() {
                        <option value="" selected=true>{ "your own" }</option>
                    }
                    { for EXAMPLES.iter().map(|example| html! {
                        <option value={example.name} selected={choice.example == Some(example.name)}>
                            { example.title }
                        </option>
                    }) }
                </select>
            </div>
            { tidy }
            if let Some(example) = choice.example.and_then(example) {
                <p class="hint">{ example.about }</p>
            }
        </div>
    }
}

/// A slider for each parameter.
fn parameters(session: &Handle, choice: &Choice) -> Html {
    let params = choice.params.as_deref().unwrap_or_default();
    let sliders = params.iter().map(|param| {
        let value = choice.value(param);
        let set = {
            let (session, name) = (session.clone(), param.name.clone());
            Callback::from(move |value: f64| {
                session.choose(&key("step"), None);
                session.choose(&param_key(&name), Some(format!("{value:.0}")));
            })
        };
        slider(Knob {
            id: param_key(&param.name),
            name: param.name.clone(),
            label: if param.note.is_empty() {
                param.name.clone()
            } else {
                format!("{}: {}", param.name, param.note)
            },
            words: grouped(value.unsigned_abs()),
            value: value as f64,
            slider: range(param),
            set,
        })
    });
    html! { <div class="controls">{ for sliders }</div> }
}

/// What is left out of a run that is too long.
fn extent(seen: &Seen) -> Html {
    let all = match seen.extent {
        Some(Extent::Exact(all) | Extent::AtMost(all)) => all,
        None => 0,
    };
    if seen.summary.accesses < MOST || all <= MOST {
        return Html::default();
    }
    let about = match seen.extent {
        Some(Extent::AtMost(_)) => "up to ",
        _ => "",
    };
    html! {
        <p class="hint" role="status">{ format!(
            "The program makes {about}{} accesses; the first {} of them are recorded. Smaller \
             parameters show all of it.", grouped(all), grouped(MOST)
        ) }</p>
    }
}
