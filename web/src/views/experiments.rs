//! One experiment at a time: any study, on the chosen machine. The address names the study, so that a
//! link leads to it.

use std::rc::Rc;

use lab_core::{report::Report, study::Study};
use wasm_split_helpers::wasm_split;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::{
    parts::{
        experiments::{Experiments, claims, measuring},
        figure::{FigureView, machine_words},
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

/// The chosen study: as the report has it where the machine is the measured one, else predicted and
/// simulated.
#[component]
pub fn ExperimentsView() -> Html {
    let session = use_session();
    let asked = session.situation.get(STUDY);
    let found = asked.and_then(Study::from_name);
    let study = found.unwrap_or(Study::ALL[0]);
    let info = study.info();
    let report = session.report.clone();
    let this = report.as_ref().map(|report| &report.machine);
    let choice = session.machine_choice().or(this.is_some().then_some(THIS));
    let (machine, is_this) = setup::machine(choice, FALLBACK, this);
    let reported = report
        .clone()
        .filter(|report| is_this && report.experiment(info.name).is_some());
    html! {
        <article class="page machine experiments">
            <header>
                <p class="kicker">{ machine_words(&session, &machine, is_this, false) }</p>
                <h1>{ "Experiments" }</h1>
                <p class="lead">{ "Each asks one question of a machine: what a model predicts, what a \
                    simulation counts and, where it was run, what was measured." }</p>
            </header>
            { choose(&session, study) }
            if let (Some(name), None) = (asked, found) {
                <p class="problem" role="alert">{ format!(
                    "There is no experiment called “{name}”: this is the first of those there are."
                ) }</p>
            }
            if let Some(report) = reported {
                { later("reports", || Box::pin(reports_of_study()), (report, study)) }
            } else {
                <section class="experiment" data-study={info.name}>
                    <h2>{ info.title }</h2>
                    <p class="lead">{ info.about }</p>
                    { claims(info.claims) }
                    // A figure of its own for each study and machine: one must not show another's curves.
                    <FigureView key={format!("{} {}", info.name, machine.name)}
                        figure={studies::plain(study)} prefer_this=true />
                </section>
                if report.is_none() { { measuring(&session, Some(study)) } }
            }
            { in_the_course(&session, study) }
        </article>
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

/// All studies to choose from.
fn choose(session: &Handle, shown: Study) -> Html {
    let onchange = {
        let session = session.clone();
        Callback::from(move |event: Event| {
            let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
            session.choose(STUDY, Some(chosen));
        })
    };
    let option = |study: Study| {
        let info = study.info();
        html! {
            <option value={info.name} selected={study == shown}>{ info.title }</option>
        }
    };
    // The property too, as options forget their attribute once a reader chose: a link moves the choice.
    html! {
        <div class="controls">
            <label class="control"><span>{ "Experiment" }</span>
                <select data-testid="study" ~value={shown.info().name} {onchange}>
                    { for studies::groups().into_iter().map(|(group, studies)| html! {
                        <optgroup label={group.title()}>{ for studies.into_iter().map(option) }</optgroup>
                    }) }
                </select>
            </label>
        </div>
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
