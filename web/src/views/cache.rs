//! Cache: a loop nest, and what every cache does with it, access by access and in the large.

mod caches;
mod challenge;
mod controls;
mod hand;
mod machine;
mod panes;
mod programs;
mod reading;
mod story;
mod tables;
mod timeline;
mod versus;
mod words;

use std::{cell::RefCell, rc::Rc};

use lab_core::{
    sim::{
        recording::{Goal, What},
        replay::Direction,
    },
    trace::program::PlacedArray,
};
use yew::prelude::*;

use crate::{
    parts::{
        editor::{self, Editor, problem_list},
        slider::{accesses, grouped},
        stage::{self, Stage, use_place},
    },
    simulation::{
        Known,
        jobs::record::{Look, Moment, Record, Seen},
        use_job,
    },
    state::{
        cache::{self, Config, MOST, key},
        programs as kept,
        session::{Action, Handle, use_session},
        stage::marks,
    },
};
use challenge::Challenge;
use reading::{Reading, use_reading};
use versus::Versus;

/// Cells an array is drawn in, at most.
const CELLS: u64 = 1024;

/// What one can jump to, and what is then looked for.
const GOALS: &[stage::Goal] = &[
    stage::Goal::new("miss", 'm'),
    stage::Goal::new("conflict", 'c'),
    stage::Goal::new("eviction", 'e'),
];
const SOUGHT: [What; GOALS.len()] = [What::Miss, What::Conflict, What::Eviction];

/// A program on caches, to be looked at.
#[component]
pub fn CacheView() -> Html {
    let session = use_session();
    let situation = &session.situation;
    let (text, example) = cache::program(situation, kept::last);
    let unknown = situation
        .get("example")
        .filter(|name| cache::example(name).is_none());
    // A text that was not typed is another document, with an undo of its own.
    let typed = use_mut_ref(|| (0_u32, text.clone()));
    if typed.borrow().1 != text {
        let number = typed.borrow().0 + 1;
        *typed.borrow_mut() = (number, text.clone());
    }
    let document = typed.borrow().0.to_string();
    let saves = use_state(|| 0_u32);
    let beside = use_memo((text.clone(), *saves), |(text, _)| kept::Kept::beside(text));
    let saved = use_callback(saves, |(), saves| saves.set(**saves + 1));
    let (reading, stage) = use_reading(text.clone(), situation.numbers(&key("param.")));
    let this = session.report.as_ref().map(|report| &report.machine);
    let config = Config::of(session.machine_choice(), "cache", situation, this);
    let versus = situation
        .get("versus.machine")
        .map(|choice| Config::of(Some(choice), "versus", situation, this));
    let record = Record {
        program: text.clone(),
        values: reading.values.clone(),
        machine: config.machine.clone(),
        limit: cache::limit(situation),
        sample: cache::sampled(situation),
    };
    // While the text is wrong, or not yet read, the last sound program stays on the stage.
    let last = use_mut_ref(|| None::<(Record, Rc<[PlacedArray]>)>);
    if stage == reading::Stage::Current && reading.problems.is_empty() {
        *last.borrow_mut() = Some((record, reading.arrays.as_slice().into()));
    }
    let (record, arrays) = last.borrow().clone().unzip();
    let arrays = arrays.unwrap_or_default();
    let asked = use_memo(record, |record| record.clone().map(Rc::new));
    let asked = asked.as_ref().clone();

    let place = use_place("cache");
    let quest = cache::Quest::of(situation);
    let challenged = quest.is_some();
    let look = Look::Step {
        at: place.at,
        cells: CELLS,
        ahead: u64::from(challenged),
        hand: cache::by_hand(situation, place.at),
    };
    let recorded = use_job(asked.clone(), Some(look));

    let accesses = recorded.shown.as_ref().map(|it| it.1.accesses);
    let at = if recorded.running {
        place.at
    } else {
        place.at.min(accesses.unwrap_or(0).saturating_sub(1))
    };
    let go = place.go.clone();
    let seek = {
        let recorded = recorded.clone();
        let found = place.found.reform(|seen: Seen| match seen {
            Seen::Sought(found) => found,
            _ => None,
        });
        Callback::from(move |(goal, direction): (usize, Direction)| {
            let what = SOUGHT[goal];
            let level = (what != What::Eviction).then_some(0);
            let look = Look::Seek {
                from: at,
                goal: Goal { what, level },
                direction,
            };
            recorded.look(look, found.clone());
        })
    };
    let picked = use_state_eq(|| None::<AttrValue>);
    let pick = {
        let picked = picked.setter();
        Callback::from(move |element: String| picked.set(Some(element.into())))
    };
    let begin = {
        let session = session.clone();
        Callback::from(move |quest: Option<cache::Quest>| {
            session.choose(&key("challenge"), quest.map(cache::Quest::word));
        })
    };
    let seen = recorded.seen.as_ref();
    let seen = seen.filter(|(run, _)| *run == recorded.run || recorded.running);
    let moment = match seen {
        Some((_, Seen::Step(moment))) => Some(moment.clone()),
        _ => None,
    };
    let first_cache = config
        .machine
        .caches
        .first()
        .map_or("", |cache| &cache.name);
    let margin = recorded.shown.as_ref().map(|it| tables::margin(&it.1));
    // What is to be predicted must not be read off the margin or the timeline.
    let margin = margin.filter(|_| !challenged);
    let challenge = html! {
        <Challenge {quest} moment={moment.clone()} {at} accesses={accesses.unwrap_or(0)}
                        arrays={arrays.clone()} cache={first_cache.to_owned()} {begin} go={go} />
    };
    let wrong = !reading.problems.is_empty();
    html! {
        <article class="page bench cache-view" data-pane={panes::chosen(&session)}>
            <header>
                <h1>{ "Cache" }</h1>
                <p class="lead">{ "Type a loop nest and watch what every cache does with it." }</p>
            </header>
            { panes::panes(&session) }
            <section class="desk" aria-label="Program">
                <div class="writing">
                    { programs::menu(&session, example, &beside) }
                    if let Some(unknown) = unknown {
                        <p class="problem" role="alert">{ format!("There is no example “{unknown}”: choose one above.") }</p>
                    }
                    if let Some(example) = example { <p class="hint">{ example.about }</p> }
                    <Editor key={document.clone()} text={text.clone()} problems={reading.problems.clone()}
                        margin={margin.unwrap_or_default()}
                        current={moment.as_ref().map(|moment| moment.step.access.site as u32)}
                        change={edit(&session, &typed)} />
                    { problem_list(&reading.problems) }
                    <div class="under">
                        <button type="button" class="quiet" data-testid="format" disabled={reading.tidy.is_none()}
                            onclick={tidy(&reading)}>{ "Format" }</button>
                        <span class="hint">{ if challenged {
                            "The margin is empty until the challenge ends.".to_owned()
                        } else {
                            format!("In the margin: misses of {first_cache} by line.")
                        } }</span>
                    </div>
                </div>
                <div class="controls knobs">
                    { controls::params(&session, &reading.params) }
                    { extent(&session, &reading, &recorded, stage == reading::Stage::Failed) }
                </div>
                <div>
                    <programs::Saving key={format!("saving {document}")} text={text.clone()} kept={beside.clone()} changed={saved} own={example.is_none()} long={cache::too_long(situation)} />
                </div>
                <div class="controls knobs">
                    <machine::Caches prefix="cache" machine_key="machine" config={config.clone()} saves=true />
                </div>
            </section>
            <div class={classes!("run", wrong.then_some("stale"))}>
                if wrong {
                    <p class="hint still" role="status" data-testid="still">
                        { "This program cannot run yet. What stands here is the last one that could." }
                    </p>
                }
                <Stage {place} event="access" events={accesses} goals={GOALS} {seek}
                    picture={recorded.shown.as_ref().map(|summary| {
                        let seen = challenged.then_some(at);
                        timeline::picture(&summary.1, at, seen, &marks(situation, "cache"))
                    }).unwrap_or_default()}
                    told={moment.as_ref().map(|moment| story::story(moment, &arrays)).unwrap_or_default()}>
                    { challenge }
                    if let Some(moment) = &moment {
                        { pictures(moment, &arrays, &recorded, &pick, challenged) }
                        <hand::Hand {at} arrays={arrays.clone()} picked={(*picked).clone()} />
                    }

                </Stage>
                <div class="sums">
                    { comparison(&session, versus.as_ref(), asked.as_ref(), &recorded, at, &arrays) }
                    if let Some(summary) = recorded.shown.as_ref().filter(|_| !challenged) {
                        { tables::tables(&summary.1) }
                    }
                </div>
            </div>
        </article>
    }
}

/// The document in the editor: its number, and its text.
type Typed = Rc<RefCell<(u32, String)>>;

/// Takes a changed text in.
fn edit(session: &Handle, typed: &Typed) -> Callback<String> {
    let (session, typed) = (session.clone(), typed.clone());
    Callback::from(move |text: String| {
        let changed = cache::with_text(&session.situation, &text);
        if changed.get("example").is_none() && !text.trim().is_empty() {
            kept::keep(&text);
        }
        typed.borrow_mut().1 = text;
        session.dispatch(Action::Situation(changed));
    })
}

fn tidy(reading: &Reading) -> Callback<MouseEvent> {
    let tidy = reading.tidy.clone();
    Callback::from(move |_: MouseEvent| {
        if let Some(text) = &tidy {
            editor::replace(text);
        }
    })
}

/// How long the program is, how much of it is recorded, and that it runs.
fn extent(session: &Handle, reading: &Reading, recorded: &Known<Record>, failed: bool) -> Html {
    let limit = cache::limit(&session.situation);
    let sampled = cache::sampled(&session.situation);
    let words = reading
        .extent
        .map(|extent| controls::extent_words(extent, limit, sampled));
    let more = {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| session.choose(&key("limit"), Some(MOST.to_string())))
    };
    let sample = {
        let session = session.clone();
        let wanted = (!sampled).then(|| "slices".to_owned());
        Callback::from(move |_: MouseEvent| session.choose(&key("sample"), wanted.clone()))
    };
    let effort = recorded.effort.unwrap_or_default();
    html! {
        <div class="extent">
            if let Some((words, cut)) = words {
                <p data-testid="extent">{ words }</p>
                if cut && limit < MOST {
                    <button type="button" class="quiet" onclick={more}>{ format!("Record {}", grouped(MOST)) }</button>
                }
                if cut {
                    <button type="button" class="quiet" data-testid="sample" onclick={sample}>
                        { if sampled { "Record the beginning instead" } else { "Sample it in slices" } }
                    </button>
                }
            }
            if let Some(why) = recorded.stopped.as_ref().filter(|_| reading.problems.is_empty()) {
                <p class="problem" role="alert">{ why }</p>
            }
            <p class="status" data-testid="simulation-status" data-run={recorded.completed.to_string()}
                data-running={recorded.running.to_string()}
                data-milliseconds={format!("{:.1}", effort.milliseconds)}
                data-memory={effort.memory.to_string()}>
                if failed || recorded.failed {
                    <span role="alert">{ "The simulator did not start in this browser: reload the page, \
                        or open it from a web server." }</span>
                } else if recorded.running {
                    { format!("simulating … {:.0} %", 100.0 * recorded.progress.unwrap_or_default()) }
                } else {
                    { format!("simulated {} in {:.0} ms", accesses(effort.accesses), effort.milliseconds) }
                }
            </p>
        </div>
    }
}

fn pictures(
    moment: &Moment,
    arrays: &[PlacedArray],
    recorded: &Known<Record>,
    pick: &Callback<String>,
    challenged: bool,
) -> Html {
    let misses = recorded
        .shown
        .as_ref()
        .filter(|_| !challenged)
        .map_or(&[][..], |it| &it.1.set_misses);
    let mut names: Vec<String> = Vec::new();
    for cache in &moment.step.caches {
        if cache.depth >= names.len() {
            names.push(cache.name.clone());
        }
    }
    html! {
        <div class="pictures">
            { caches::caches(&moment.step, arrays, misses) }
            <section class="in-memory" aria-labelledby="memory-head">
                <h3 id="memory-head">{ "Memory" }</h3>
                { caches::memory_map(&moment.maps, &names, &moment.step, arrays, pick) }
            </section>
        </div>
    }
}

/// The same on other caches, if that is asked for.
fn comparison(
    session: &Handle,
    versus: Option<&Config>,
    asked: Option<&Rc<Record>>,
    recorded: &Known<Record>,
    at: u64,
    arrays: &Rc<[PlacedArray]>,
) -> Html {
    let toggle = {
        let (session, on) = (session.clone(), versus.is_some());
        Callback::from(move |_: MouseEvent| {
            let situation = session.situation.without(|key| key.starts_with("versus."));
            let machine = session.machine_choice().unwrap_or(cache::FALLBACK);
            let situation = if on {
                situation
            } else {
                situation
                    .with("versus.machine", Some(machine.to_owned()))
                    .with("versus.l1.ways", Some("1".to_owned()))
            };
            session.dispatch(Action::Situation(situation));
        })
    };
    html! {
        <section class="compare" aria-label="Comparison">
            <button type="button" class="quiet" data-testid="compare" aria-expanded={versus.is_some().to_string()}
                onclick={toggle}>
                { if versus.is_some() { "End the comparison" } else { "Compare with other caches" } }
            </button>
            if let Some((versus, asked)) = versus.zip(asked) {
                <div class="controls knobs">
                    <machine::Caches prefix="versus" machine_key="versus.machine" config={versus.clone()} />
                </div>
                <Versus record={Rc::new(Record { machine: versus.machine.clone(), ..(**asked).clone() })}
                    first={recorded.shown.clone()} {at} arrays={arrays.clone()} />
            }
        </section>
    }
}
