//! A machine: its parts, its levels, the conditions, and every experiment on it.

use std::rc::Rc;

use lab_core::{report::Report, study::Study, topology::Object, views::View};
use wasm_split_helpers::wasm_split;
use yew::prelude::*;

use crate::{
    chart::words::moment,
    parts::{
        experiments::{Experiments, measuring},
        figure::FigureView,
        findings::{inferred, notes},
        glance::glance,
        later::{Fetched, later},
        machine::{conditions, machine_sheet},
        measure::run_now,
        overview::overview,
        shell::whose,
        studies::{FALLBACK, plain},
    },
    routes::Route,
    state::{
        session::{Handle, use_session},
        setup,
        situation::THIS,
    },
};

/// The chosen machine; the measured one when there is one and none was chosen.
#[component]
pub fn MachineView() -> Html {
    let session = use_session();
    let report = session.report.clone();
    let this = report.as_ref().map(|report| &report.machine);
    let choice = session.machine_choice().or(this.is_some().then_some(THIS));
    let (machine, is_this) = setup::machine(choice, FALLBACK, this);
    let seen = report.as_ref().filter(|_| is_this);
    let topology = seen.and_then(|report| report.topology.as_ref());
    html! {
        <article class="page machine">
            <header>
                <p class="kicker">
                    { if is_this { whose(&session) } else { "a described machine" } }
                </p>
                <h1>{ &machine.name }</h1>
            </header>
            if !(is_this && report.is_some()) { { machine_sheet(&machine, topology) } }
            if report.is_none() { { measuring(&session, None) } }
            if let (true, Some(report)) = (is_this, report) {
                { later("reports", || Box::pin(reports_of_machine()), (session.clone(), report)) }
            } else {
                <section aria-labelledby="studies">
                    <h2 id="studies">{ "Predicted and simulated" }</h2>
                    if session.report.is_none() { { run_now(&session, &[], "Measure this machine") } }
                    { for Study::of_machines().map(|study| {
                        let figure = plain(study);
                        html! {
                            <FigureView key={format!("{}{}", figure.id, machine.name)} {figure} />
                        }
                    }) }
                    <p>
                        { format!(
                            "{} more, of cores, algorithms, kernels and the system too, stand under ",
                            Study::ALL.len() - Study::of_machines().count()
                        ) }
                        <a href={Route::View(View::Experiments).href(&session.situation)}>{ "Experiments" }</a>
                        { "." }
                    </p>
                </section>
            }
        </article>
    }
}

#[wasm_split(reports, fallible)]
fn reports_of_machine() -> Fetched<(Handle, Rc<Report>)> {
    Ok(|(session, report)| measured(session, report))
}

fn measured(session: &Handle, report: &Rc<Report>) -> Html {
    let lacking = Study::ALL
        .iter()
        .filter(|study| report.experiment(study.info().name).is_none());
    let lacking: Vec<&'static str> = lacking.map(|study| study.info().name).collect();
    let root = report.topology.clone();
    let root = root.unwrap_or_else(|| Object::from_machine(&report.machine));
    html! {
        <>
            { glance(report, &root) }
            <section aria-labelledby="parts">
                <h2 id="parts">{ "Parts and levels" }</h2>
                { machine_sheet(&report.machine, Some(&root)) }
            </section>
            <section aria-labelledby="conditions">
                <h2 id="conditions">{ "Conditions of the run" }</h2>
                <p>{ format!("Measured {} by {}.", moment(&report.created), report.generator) }</p>
                if session.can_measure() { { run_now(session, &[], "Measure everything again") } }
                { notes(&report.notes) }
                { conditions(&report.environment) }
            </section>
            { inferred(&report.inferred, None) }
            <section aria-labelledby="experiments">
                <h2 id="experiments">{ "Predicted, simulated, measured" }</h2>
                { overview(report) }
                <Experiments report={report.clone()} runnable={true} />
                if !lacking.is_empty() && session.can_measure() {
                    <p>{ format!("Not measured yet: {}.", lacking.join(", ")) }</p>
                    { run_now(session, &lacking, "Measure what is missing") }
                }
            </section>
        </>
    }
}
