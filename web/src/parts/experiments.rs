//! Experiments of a report, as plots.

use std::rc::Rc;

use lab_core::{
    machine::Machine,
    report::{Experiment, Series, Unavailable},
    study::Study,
};
use yew::prelude::*;

use super::{
    findings::heat_map,
    found::{Found, at_once},
    measure::run_now,
};
use crate::{
    chart::{Landmark, ThreeReadings, landmarks},
    state::session::use_session,
};

/// Which experiment.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The experiment.
    pub experiment: Rc<Experiment>,
    /// The machine it ran on.
    pub machine: Rc<Machine>,
    /// What its run could not give.
    pub unavailable: Rc<[Unavailable]>,
    /// Curves that replace the experiment's, while it runs again.
    #[prop_or_default]
    pub running: Option<Rc<[Series]>>,
    /// Whether it can be run again from here.
    #[prop_or_default]
    pub runnable: bool,
}

/// One experiment with its notes and parameters.
#[component]
pub fn ExperimentView(props: &Props) -> Html {
    let session = use_session();
    let experiment = props.experiment.clone();
    let study = Study::from_name(&experiment.name);
    let marks: Rc<[Landmark]> = study
        .map_or_else(Vec::new, |study| landmarks(study, &props.machine))
        .into();
    let levels: Rc<[String]> = props.machine.level_names().into();
    let series: Rc<[Series]> = match &props.running {
        Some(running) => running.clone(),
        None => experiment.series.as_slice().into(),
    };
    let parameters = experiment.parameters.iter().map(|parameter| {
        let value = parameter.unit.format(parameter.figure.value);
        format!("{} {value} ({})", parameter.name, parameter.figure.evidence)
    });
    let parameters = parameters.collect::<Vec<_>>().join(", ");
    // What the summary of the samples says need not be said twice.
    let said = experiment.conditions().note();
    let notes: Vec<&String> = experiment
        .notes
        .iter()
        .filter(|note| said.as_ref() != Some(note))
        .collect();
    html! {
        <section class="experiment" id={experiment.name.clone()} data-study={experiment.name.clone()}>
            <div class="figure-head">
                <h3>{ &experiment.title }</h3>
                if let Some(study) = study.filter(|_| props.runnable) {
                    { run_now(&session, &[study.info().name], "Measure again") }
                }
            </div>
            if let Some(study) = study { <p class="lead">{ study.info().about }</p> }
            if props.running.is_none() {
                { at_once(&experiment) }
            } else {
                <p class="hint">{ "What it finds stands here when this run has ended." }</p>
            }
            <ThreeReadings title={format!("{} on {}", experiment.title, props.machine.name)}
                x={experiment.x.clone()} y={experiment.y.clone()} {series} {levels} landmarks={marks} />
            if let Some(matrix) = &experiment.matrix {
                { heat_map(matrix, &experiment.y.label, experiment.y.unit) }
            }
            if props.running.is_none() {
                <Found experiment={experiment.clone()} line={props.machine.line()}
                    unavailable={props.unavailable.clone()} />
            }
            if !notes.is_empty() {
                <ul class="notes">{ for notes.iter().map(|note| html! { <li>{ *note }</li> }) }</ul>
            }
            if !parameters.is_empty() { <p class="hint">{ "With " }{ parameters }{ "." }</p> }
        </section>
    }
}
