//! Experiments: all of them by their questions, or one at a time on the chosen machine. The address names
//! the study, so that a link leads to it.

use std::rc::Rc;

use lab_core::{
    report::Report,
    study::{Group, Study},
    views::View,
};
use wasm_split_helpers::wasm_split;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    parts::{
        experiments::{Experiments, claims, measuring},
        figure::{FigureView, machine_words},
        keep::save_report,
        later::{Fetched, later},
        studies::{self, FALLBACK},
    },
    routes::Route,
    state::{
        session::{Handle, use_session},
        setup,
        situation::{STUDY, THIS},
    },
};

/// The keys of what is looked for: words, and a topic.
const WORDS: &str = "experiments.find";
const TOPIC: &str = "experiments.topic";

/// The list of questions; the chosen study as the report has it where the machine is the measured one, else
/// predicted and simulated.
#[component]
pub fn ExperimentsView() -> Html {
    let session = use_session();
    let asked = session.situation.get(STUDY);
    let study = asked.and_then(Study::from_name);
    let this = session.report.as_ref().map(|report| &report.machine);
    let choice = session.machine_choice().or(this.is_some().then_some(THIS));
    let (machine, is_this) = setup::machine(choice, FALLBACK, this);
    html! {
        <article class="page machine experiments">
            <header>
                <p class="kicker">{ machine_words(&session, &machine, is_this, false) }</p>
                <h1>{ "Experiments" }</h1>
                <p class="lead">{ "Each asks one question of a machine: what a formula predicts, what a \
                    simulation counts and, where it was run, what was measured." }</p>
                { save_report(&session) }
            </header>
            if let (Some(name), None) = (asked, study) {
                <p class="problem" role="alert">{ "There is no experiment called “" }{ name }{ "”: choose one \
                    of those below." }</p>
            }
            <details class="find" open={study.is_none()} key={study.map_or("", |study| study.info().name)}>
                <summary>{ "Find an experiment by its question" }</summary>
                { find(&session, study) }
            </details>
            if let Some(study) = study {
                { shown(&session, study, is_this, &machine.name) }
                { in_the_course(&session, study) }
            }
        </article>
    }
}

fn shown(session: &Handle, study: Study, is_this: bool, machine: &str) -> Html {
    let info = study.info();
    let report = session.report.clone();
    let reported = report
        .clone()
        .filter(|report| is_this && report.experiment(info.name).is_some());
    if let Some(report) = reported {
        return later("reports", || Box::pin(reports_of_study()), (report, study));
    }
    html! {
        <>
            <section class="experiment" data-study={info.name}>
                <h2>{ info.title }</h2>
                <p class="lead">{ info.about }</p>
                { claims(info.claims) }
                // A figure of its own for each study and machine: one must not show another's curves.
                <FigureView key={format!("{} {machine}", info.name)}
                    figure={studies::plain(study)} prefer_this=true />
            </section>
            if report.is_none() { { measuring(session, Some(study)) } }
        </>
    }
}

#[wasm_split(reports, fallible)]
fn reports_of_study() -> Fetched<(Rc<Report>, Study)> {
    Ok(|(report, study)| {
        html! {
            <Experiments report={report.clone()} runnable=true only={*study} heading="h2" />
        }
    })
}

/// A field for words, a chip for each topic, and the questions that are left.
fn find(session: &Handle, shown: Option<Study>) -> Html {
    let words = session.situation.get(WORDS).unwrap_or_default();
    let topic = session.situation.get(TOPIC).unwrap_or_default();
    let oninput = {
        let session = session.clone();
        Callback::from(move |event: InputEvent| {
            let typed = event.target_unchecked_into::<HtmlInputElement>().value();
            session.choose(WORDS, Some(typed));
        })
    };
    let chip = |title: &'static str, name: &'static str| {
        let session = session.clone();
        let pressed = (topic == name).to_string();
        let onclick =
            Callback::from(move |_: MouseEvent| session.choose(TOPIC, Some(name.to_owned())));
        html! { <button type="button" class="quiet" aria-pressed={pressed} {onclick}>{ title }</button> }
    };
    let groups = studies::groups();
    let titles = groups.iter().map(|(group, _)| group.title());
    let chips: Html = titles.map(|title| chip(title, title)).collect();
    let item = |study: &Study| {
        let info = study.info();
        let there = session.situation.carried();
        let there = there.with(STUDY, Some(info.name.to_owned()));
        let current = (shown == Some(*study)).then_some("page");
        html! {
            <li><a href={Route::View(View::Experiments).link(&there)} data-find={info.name} aria-current={current}>
                { info.about }<small>{ info.title }</small>
            </a></li>
        }
    };
    let mut left = 0;
    let lists: Vec<Html> = groups
        .iter()
        .filter(|(group, _)| topic.is_empty() || group.title() == topic)
        .filter_map(|(group, all)| {
            let found: Vec<&Study> = all
                .iter()
                .filter(|it| studies::answers(**it, words))
                .collect();
            left += found.len();
            (!found.is_empty()).then(|| list(*group, found.into_iter().map(item).collect()))
        })
        .collect();
    html! {
        <div data-testid="find">
            <div class="search">
                <label for="find-words">{ "Words of the question, or a topic" }</label>
                <input id="find-words" type="text" autocomplete="off" spellcheck="false"
                    placeholder="stride, threads, page, profile …" value={words.to_owned()} {oninput} />
            </div>
            <div class="chips" role="group" aria-label="Topics">{ chip("All", "") }{ chips }</div>
            <p class="hint" role="status">{ left }{ " of " }{ Study::ALL.len() }{ " experiments" }</p>
            // In an element of their own: the field above must stay the same while they come and go.
            <div>{ for lists }</div>
            if left == 0 {
                <p>{ "No experiment asks that. Try fewer words, or another topic." }</p>
            }
        </div>
    }
}

fn list(group: Group, items: Html) -> Html {
    html! {
        <section aria-label={group.title()}>
            <h2>{ group.title() }</h2>
            <p class="hint">{ group.about() }</p>
            <ul class="questions">{ items }</ul>
        </section>
    }
}

/// Where the course shows a study.
fn in_the_course(session: &Handle, study: Study) -> Html {
    let lessons = studies::lessons(study).into_iter().map(|lesson| {
        let route = Route::Lesson {
            id: lesson.id.to_owned(),
        };
        html! { <li><a href={route.href(&session.situation)}>{ lesson.title }</a></li> }
    });
    let lessons: Vec<Html> = lessons.collect();
    html! {
        if !lessons.is_empty() {
            <h2>{ "In the course" }</h2>
            <ul class="notes">{ for lessons }</ul>
        }
    }
}
