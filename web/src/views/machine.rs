//! A machine: its parts, its levels, the conditions, and every experiment on it.

use std::rc::Rc;

use lab_core::{
    evidence::Reading,
    report::{Axis, Experiment, Report, Series, Unavailable},
    study::Study,
};
use lab_lessons::Figure;
use yew::prelude::*;

use crate::{
    chart::{ThreeReadings, words::moment},
    parts::{
        experiments::ExperimentView,
        figure::FigureView,
        findings::inferred,
        machine::{conditions, machine_sheet},
        measure::run_now,
        overview::overview,
        shell::whose,
    },
    state::{
        session::{Handle, use_session},
        setup,
        situation::THIS,
    },
};

/// A study as it is, without sliders: for machines nobody measured.
const fn plain(id: &'static str, study: &'static str) -> Figure {
    Figure {
        id,
        study,
        machine: FALLBACK,
        caption: "",
        variants: &[],
        set: &[],
        controls: &[],
    }
}

/// The machine shown when none was chosen or measured.
const FALLBACK: &str = "laptop";

/// Every study that shows a machine; a test holds this list to the core's. Those of algorithms stand in
/// the lessons, and here once they are measured.
static FIGURES: [Figure; 3] = [
    plain("ladder", "latency-ladder"),
    plain("bandwidth", "bandwidth"),
    plain("strides", "stride-sweep"),
];

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
            { machine_sheet(&machine, topology) }
            if report.is_none() { { measuring(&session) } }
            if let (true, Some(report)) = (is_this, report) {
                { measured(&session, &report) }
            } else {
                <section aria-labelledby="studies">
                    <h2 id="studies">{ "Predicted and simulated" }</h2>
                    if session.report.is_none() { { run_now(&session, &[], "Measure this machine") } }
                    { for FIGURES.iter().map(|figure| html! {
                        <FigureView key={format!("{}{}", figure.id, machine.name)} {figure} />
                    }) }
                </section>
            }
        </article>
    }
}

/// The points of a first measurement as they come, before there is a report to hold them.
fn measuring(session: &Handle) -> Html {
    let Some(run) = session.running() else {
        return Html::default();
    };
    let plots = run.curves.iter().map(|(study, series)| {
        let info = study.info();
        let axis = |(label, unit): (&str, _)| Axis {
            label: label.to_owned(),
            unit,
        };
        html! {
            <section class="experiment" data-study={info.name} key={info.name}>
                <h3>{ info.title }</h3>
                <ThreeReadings title={format!("{} on this machine", info.title)}
                    x={axis(info.x)} y={axis(info.y)} series={Rc::<[Series]>::from(series.as_slice())} />
            </section>
        }
    });
    html! {
        <section aria-labelledby="measuring">
            <h2 id="measuring">{ "Being measured now" }</h2>
            { for plots }
        </section>
    }
}

fn measured(session: &Handle, report: &Rc<Report>) -> Html {
    let lacking = Study::ALL
        .iter()
        .filter(|study| report.experiment(study.info().name).is_none());
    let lacking: Vec<&'static str> = lacking.map(|study| study.info().name).collect();
    html! {
        <>
            <section aria-labelledby="conditions">
                <h2 id="conditions">{ "Conditions of the run" }</h2>
                <p>{ format!("Measured {} by {}.", moment(&report.created), report.generator) }</p>
                if session.can_measure() { { run_now(session, &[], "Measure everything again") } }
                { notes(&report.notes) }
                { conditions(&report.environment) }
            </section>
            { inferred(&report.inferred) }
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

/// A list of sentences, when there are some.
pub fn notes(notes: &[String]) -> Html {
    html! {
        if !notes.is_empty() {
            <ul class="notes">{ for notes.iter().map(|note| html! { <li>{ note }</li> }) }</ul>
        }
    }
}

/// All experiments of a report.
#[derive(Clone, PartialEq, Properties)]
pub struct ExperimentsProps {
    /// The report.
    pub report: Rc<Report>,
    /// Whether they can be run again from here.
    #[prop_or_default]
    pub runnable: bool,
}

/// One plot an experiment; while one runs again, its new points.
#[component]
pub fn Experiments(props: &ExperimentsProps) -> Html {
    let session = use_session();
    let runnable = props.runnable && session.can_measure();
    let shared = use_memo(props.report.clone(), |report| {
        let experiments = report.experiments.iter().cloned().map(Rc::new);
        (
            experiments.collect::<Vec<Rc<Experiment>>>(),
            Rc::new(report.machine.clone()),
            Rc::<[Unavailable]>::from(report.environment.unavailable.as_slice()),
        )
    });
    html! {
        { for shared.0.iter().map(|experiment| html! {
            <ExperimentView key={experiment.name.clone()} experiment={experiment.clone()}
                machine={shared.1.clone()} unavailable={shared.2.clone()} {runnable}
                running={running(&session, experiment, props.runnable)} />
        }) }
    }
}

/// The points of the run that is on, where it measures this experiment: its own readings replace
/// the report's, the others stay.
fn running(session: &Handle, experiment: &Experiment, live: bool) -> Option<Rc<[Series]>> {
    let study = Study::from_name(&experiment.name)?;
    let new = session.running().filter(|_| live)?.series(study)?;
    let told = |series: &&Series| new.iter().any(|other| other.reading == series.reading);
    let mut all: Vec<Series> = experiment
        .series
        .iter()
        .filter(|old| !told(old))
        .cloned()
        .collect();
    all.extend(new.iter().cloned());
    let of = |reading| all.iter().filter(move |series| series.reading == reading);
    Some(Reading::ALL.into_iter().flat_map(of).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_study_of_machines_has_its_plot() {
        for study in Study::OF_MACHINES {
            assert!(
                FIGURES
                    .iter()
                    .any(|figure| figure.study == study.info().name)
            );
        }
    }
}
