//! Coherence: who has a line, and in which state, as several cores read and write it.

mod picture;
mod words;

use std::rc::Rc;

use lab_core::{
    parameters::Values,
    sim::{
        coherence::{Bus, CoherenceCounts, MESI, Move, Reaction, Script, Touch},
        replay::Direction,
    },
    units::Unit,
};
use lab_lessons::Scale;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    parts::{
        form::{Choice, Number, choice, number},
        slider::{grouped, status},
        stage::{self, Stage, use_place},
        table::{Cell, Row, Table},
    },
    simulation::{
        jobs::coherence::{Coherent, Look, Moment, Seen, What},
        use_job,
    },
    state::{
        session::{Handle, use_session},
        setup::Slider,
        situation::Situation,
    },
};

/// Accesses of the log.
const LOG: u64 = 8;

/// Cores there may be here: one letter for each has room on a phone.
const CORES: (f64, f64) = (2.0, 4.0);
const ROUNDS: (f64, f64) = (1.0, 10_000.0);

/// What one can jump to, and what is then looked for.
const GOALS: &[stage::Goal] = &[
    stage::Goal::new("transaction", 't'),
    stage::Goal::new("lost copy", 'l'),
    stage::Goal::new("write-back", 'w'),
];
const SOUGHT: [What; GOALS.len()] = [What::Transaction, What::Invalidation, What::WriteBack];

/// Accesses to start from: value in the address, name, the accesses.
const EXAMPLES: &[(&str, &str, &str)] = &[
    (
        "counters",
        "two counters in one line",
        "r0 w0 r1 w1 r0 w0 r1 w1",
    ),
    ("alone", "one core, then a reader", "r0 w0 w0 r1 w0"),
    (
        "flag",
        "one writes, the others read",
        "w0 r1 r2 r1 r2 w0 r1 r2",
    ),
    ("migrating", "from core to core", "r0 w0 r1 w1 r2 w2 r3 w3"),
];

/// What the address asks for.
fn asked(situation: &Situation) -> Coherent {
    let number = |key: &str, (min, max): (f64, f64), usual: f64| {
        let wish = situation.number(key).unwrap_or(usual);
        wish.clamp(min, max).round()
    };
    let example = situation.get("coherence.example");
    let example = EXAMPLES.iter().find(|(name, ..)| Some(*name) == example);
    let (_, _, accesses) = example.unwrap_or(&EXAMPLES[0]);
    let own = situation.get("coherence.run");
    // An example has the cores that it is about.
    let digits = accesses.chars().filter_map(|letter| letter.to_digit(10));
    let least = digits.max().filter(|_| own.is_none()).unwrap_or(0) as u16 + 1;
    Coherent {
        script: own.unwrap_or(accesses).to_owned(),
        cores: (number("coherence.cores", CORES, CORES.1) as u16).max(least),
        rounds: number("coherence.rounds", ROUNDS, ROUNDS.0) as u32,
    }
}

/// What the link asks for and cannot have.
fn refused(situation: &Situation) -> Vec<String> {
    let names: Vec<&str> = EXAMPLES.iter().map(|(name, ..)| *name).collect();
    let all = [
        situation.unknown("coherence.example", &names),
        situation.beyond("coherence.cores", CORES, Unit::Count),
        situation.beyond("coherence.rounds", ROUNDS, Unit::Count),
    ];
    all.into_iter().flatten().collect()
}

/// Cores on a bus, and one line.
#[component]
pub fn CoherenceView() -> Html {
    let session = use_session();
    let wish = asked(&session.situation);
    let problem = Script::parse(&wish.script, wish.cores, wish.rounds).err();
    // While the text is wrong the last sound run stays on the stage.
    let last = use_mut_ref(|| None::<Coherent>);
    if problem.is_none() {
        *last.borrow_mut() = Some(wish.clone());
    }
    let sound = last.borrow().clone();
    let question = use_memo(sound, |sound| sound.clone().map(Rc::new));
    let place = use_place("coherence");
    let look = Look::Step {
        at: place.at,
        log: LOG,
    };
    let asked = question.as_ref().clone();
    let found = use_job(asked.clone(), Some(look));
    let whole = found.shown.as_ref().map(|shown| shown.1);
    let events = whole.map(|counts| counts.loads + counts.stores);
    let seek = {
        let (found, at) = (found.clone(), place.at);
        let tell = place.found.reform(|seen: Seen| match seen {
            Seen::Sought(found) => found,
            Seen::Step(_) => None,
        });
        Callback::from(move |(goal, direction): (usize, Direction)| {
            let what = SOUGHT[goal];
            let from = at.min(events.unwrap_or(0).saturating_sub(1));
            found.look(
                Look::Seek {
                    from,
                    what,
                    direction,
                },
                tell.clone(),
            );
        })
    };
    let moment = match &found.seen {
        Some((_, Seen::Step(moment))) => Some(moment),
        _ => None,
    };
    let cores = asked.as_ref().map_or(wish.cores, |it| it.cores);
    html! {
        <article class="page coherence-view">
            <header>
                <p class="kicker">{ "Simulated" }</p>
                <h1>{ "Coherence" }</h1>
                <p class="lead">
                    { "Several cores, each with a cache of its own, and one line of memory that all of \
                       them want. What each cache may do with its copy is a letter: M, E, S or I. Step \
                       through the accesses and watch the letters, and what the bus carries." }
                </p>
            </header>
            { for refused(&session.situation).into_iter().map(|why| html! { <p class="hint">{ why }</p> }) }
            { controls(&session, &wish, problem.as_deref()) }
            if let (Some(_), Some(shown)) = (&problem, &asked) {
                <p class="hint" data-testid="still">
                    { format!("Below stands the last run that could be read: {}.", shown.script) }
                </p>
            }
            { status(&found) }
            <Stage {place} event="access" {events} goals={GOALS} {seek}>
                if let Some((moment, (at, touch))) = moment.and_then(|it| Some((it, it.log.last()?))) {
                    <section class="explanation" aria-label="What happened" data-testid="explanation"
                        data-step={at.to_string()}>
                        <p class="what"><strong data-testid="letters">{ touch.after.letters(cores) }</strong>
                            { format!(" · {}", words::access(touch)) }</p>
                        <ol class="story" tabindex="0" aria-label="What the caches did">
                            { for words::story(touch, cores).into_iter().map(|line| html! { <li>{ line }</li> }) }
                        </ol>
                    </section>
                    { picture::picture(touch, cores) }
                    { log(moment, cores) }
                    { protocol(touch, cores) }
                    { counts(&moment.counts, whole.as_ref()) }
                }
            </Stage>
        </article>
    }
}

/// Who accesses the line, in which order, and how often.
fn controls(session: &Handle, wish: &Coherent, problem: Option<&str>) -> Html {
    let own = session.situation.get("coherence.run").is_some();
    let chosen = session.situation.get("coherence.example");
    let chosen = chosen.filter(|name| EXAMPLES.iter().any(|(it, ..)| it == name));
    let names = EXAMPLES
        .iter()
        .map(|(value, name, _)| ((*value).to_owned(), (*name).to_owned()));
    let options = own.then(|| ("own".to_owned(), "own accesses".to_owned()));
    let pick = {
        let session = session.clone();
        Callback::from(move |example: String| {
            let situation = session.situation.with("coherence.run", None);
            let situation = situation.with("coherence.step", None);
            let situation = situation.with("coherence.example", Some(example));
            session.dispatch(crate::state::session::Action::Situation(situation));
        })
    };
    let write = {
        let session = session.clone();
        Callback::from(move |event: Event| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            // An empty text would be none, and the example's accesses come back unasked.
            let text = if text.is_empty() {
                " ".to_owned()
            } else {
                text
            };
            session.choose("coherence.run", Some(text));
        })
    };
    let whole = |name: &str, label: &str, (min, max): (f64, f64), scale, value: f64| {
        number(
            session,
            Number {
                key: format!("coherence.{name}"),
                name: name.to_owned(),
                label: label.to_owned(),
                values: Values {
                    unit: Unit::Count,
                    min,
                    max,
                },
                value,
                slider: Slider::new((min, max), scale),
                stops_only: false,
            },
        )
    };
    html! {
        <div class="controls">
            { choice(session, Choice {
                key: "coherence.example".to_owned(),
                hook: "coherence-example".to_owned(),
                label: "Accesses".to_owned(),
                options: options.into_iter().chain(names).collect(),
                chosen: if own { "own" } else { chosen.unwrap_or(EXAMPLES[0].0) }.to_owned(),
                pick: Some(pick),
            }) }
            { whole("cores", "Cores", CORES, Scale::Linear(1.0), f64::from(wish.cores)) }
            { whole("rounds", "Times over", ROUNDS, Scale::Linear(1.0), f64::from(wish.rounds)) }
            <div class="control accesses">
                <label for="coherence-run">{ "r reads, w writes, then the core's number" }</label>
                <input type="text" id="coherence-run" class="script" data-testid="coherence-run"
                    value={wish.script.clone()} onchange={write} autocomplete="off" spellcheck="false"
                    aria-invalid={problem.map(|_| "true")} />
                if let Some(problem) = problem { <p class="problem" role="alert">{ problem }</p> }
            </div>
        </div>
    }
}

/// The last accesses, and what the bus carried.
fn log(moment: &Moment, cores: u16) -> Html {
    let rows = moment.log.iter().map(|(number, touch)| {
        let carried = touch.bus.map_or("", Bus::name);
        let cells = [
            words::access(touch),
            carried.to_owned(),
            touch.supplier.map_or_else(String::new, words::supplier),
            touch.written_back.map_or("", |_| "yes").to_owned(),
            format!(
                "{} → {}",
                touch.before.letters(cores),
                touch.after.letters(cores)
            ),
        ];
        Row::new(grouped(number + 1), cells.map(Cell::text).into())
    });
    let titles = [
        "Access",
        "What",
        "Bus",
        "Line from",
        "Memory takes it",
        "States",
    ];
    html! {
        <section>
            <h3>{ "The bus" }</h3>
            <Table hook="bus-log" label="The bus" caption={"The last accesses; the one that is shown stands last."}
                titles={titles.map(str::to_owned).to_vec()} rows={rows.collect::<Vec<_>>()} />
        </section>
    }
}

/// The table that the caches go by, with what this access used of it.
fn protocol(touch: &Touch, cores: u16) -> Html {
    let used = |state, bus: Option<Bus>, writes: Option<bool>| {
        let one = |core: u16| {
            if touch.before.of(core) != state {
                return None;
            }
            let here = match writes {
                Some(writes) => core == touch.core && writes == touch.writes,
                None => core != touch.core && bus == touch.bus,
            };
            here.then(|| format!("core {core}"))
        };
        let who: Vec<String> = (0..cores).filter_map(one).collect();
        if who.is_empty() {
            String::new()
        } else {
            format!("now: {}", who.join(", "))
        }
    };
    let rows = MESI.rows.iter().map(|row| {
        let cell = |text: String, small: String| Cell {
            small,
            ..Cell::text(text)
        };
        let own = [(row.load, false), (row.store, true)];
        let own = own.map(|(step, writes)| cell(moved(step), used(row.state, None, Some(writes))));
        let heard = Bus::ALL.iter().zip(row.snoops);
        let heard = heard.map(|(&bus, reaction)| {
            cell(
                reaction.map_or_else(String::new, reacted),
                reaction.map_or_else(String::new, |_| used(row.state, Some(bus), None)),
            )
        });
        Row::new(
            row.state.letter().to_string(),
            own.into_iter().chain(heard).collect(),
        )
    });
    let mut titles: Vec<String> = ["In state", "own load", "own store"]
        .map(str::to_owned)
        .into();
    titles.extend(Bus::ALL.iter().map(|bus| format!("hears {}", bus.name())));
    html! {
        <section>
            <h3>{ format!("{}, the protocol", MESI.name) }</h3>
            <Table hook="protocol" label="The protocol" {titles} rows={rows.collect::<Vec<_>>()}
                caption={"What a cache does with a line in each state: the state that follows, and what \
                    goes over the bus. A dash: this cannot happen."} />
        </section>
    }
}

/// An own access as a cell of the table.
fn moved(step: Move) -> String {
    let mut text = step.alone.letter().to_string();
    if step.shared != step.alone {
        text = format!("{text} if alone, else {}", step.shared.letter());
    }
    match step.bus {
        Some(bus) => format!("{}: {text}", bus.name()),
        None => text,
    }
}

/// What is heard, as a cell of the table.
fn reacted(reaction: Reaction) -> String {
    let mut text = reaction.next.letter().to_string();
    if reaction.supplies {
        text += ", sends it";
    }
    if reaction.writes_back {
        text += ", memory too";
    }
    text
}

/// What was counted up to here, and in the whole run.
fn counts(here: &CoherenceCounts, whole: Option<&CoherenceCounts>) -> Html {
    type Count = (&'static str, fn(&CoherenceCounts) -> u64);
    const COUNTS: [Count; 9] = [
        ("loads", |counts| counts.loads),
        ("stores", |counts| counts.stores),
        ("misses", |counts| counts.misses),
        (
            "of them coherence misses",
            CoherenceCounts::coherence_misses,
        ),
        ("upgrades", |counts| counts.upgrades),
        ("copies lost", |counts| counts.invalidations),
        ("lines from cache to cache", |counts| counts.interventions),
        ("write-backs", |counts| counts.write_backs),
        ("stores to a line another wrote last", |counts| {
            counts.hand_overs
        }),
    ];
    let row = |(name, count): Count| {
        let whole = whole.map_or_else(Cell::default, |whole| Cell::count(count(whole)));
        Row::new(name.to_owned(), vec![Cell::count(count(here)), whole])
    };
    let titles = ["Counted", "up to here", "in all"].map(str::to_owned);
    html! {
        <section>
            <h3>{ "Counts" }</h3>
            <Table hook="counts" label="Counts" titles={titles.to_vec()}
                rows={COUNTS.map(row).to_vec()} />
            <p class="hint">{ "Caches have room for everything here: the only lines they lose are those \
                that another core writes." }</p>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_runs_on_the_most_cores() {
        for (name, _, accesses) in EXAMPLES {
            let script = Script::parse(accesses, CORES.1 as u16, 1);
            assert!(script.is_ok(), "{name}: {script:?}");
        }
    }

    #[test]
    fn an_address_says_what_runs() {
        let wish = |query: &str| asked(&Situation::parse(query));
        assert_eq!(wish("").script, EXAMPLES[0].2);
        assert_eq!(wish("coherence.example=flag").script, EXAMPLES[2].2);
        let few = wish("coherence.example=migrating&coherence.cores=2");
        assert!(Script::parse(&few.script, few.cores, 1).is_ok());
        let own =
            wish("coherence.example=flag&coherence.run=w0&coherence.cores=9&coherence.rounds=0");
        assert_eq!((own.script.as_str(), own.cores, own.rounds), ("w0", 4, 1));
    }
}
