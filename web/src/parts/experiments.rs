//! Experiments of a report, as plots.

use std::rc::Rc;

use lab_core::{
    evidence::Reading,
    machine::Machine,
    report::{Experiment, NoteKind, Report, Series, Unavailable},
    study::Study,
};
use yew::prelude::*;

use super::{
    findings::notes,
    found::{Found, at_once},
    measure::run_now,
};
use crate::{
    chart::{ExhibitView, Landmark, ThreeReadings},
    state::session::{Handle, use_session},
};

/// Which experiments.
#[derive(Clone, PartialEq, Properties)]
pub struct ExperimentsProps {
    /// The report.
    pub report: Rc<Report>,
    /// Whether they can be run again from here.
    #[prop_or_default]
    pub runnable: bool,
    /// That of this study; all when there is none.
    #[prop_or_default]
    pub only: Option<Study>,
    /// The element of their headings.
    #[prop_or("h3")]
    pub heading: &'static str,
    /// What the report is called where there are several on a page: it stands before titles and ids,
    /// which so stay different.
    #[prop_or_default]
    pub of: Option<&'static str>,
}

/// One plot an experiment; while one runs again, its new points.
#[component]
pub fn Experiments(props: &ExperimentsProps) -> Html {
    let session = use_session();
    let runnable = props.runnable && session.can_measure();
    let chosen = (props.report.clone(), props.only, props.of);
    let shared = use_memo(chosen, |(report, only, of)| {
        let name = only.map(|study| study.info().name);
        let experiments = report.experiments.iter();
        let experiments = experiments.filter(|it| name.is_none_or(|name| it.name == name));
        let named = |experiment: &Experiment| {
            let mut experiment = experiment.clone();
            if let Some(of) = of {
                experiment.title = format!("{of}: {}", experiment.title);
            }
            Rc::new(experiment)
        };
        (
            experiments.map(named).collect::<Vec<Rc<Experiment>>>(),
            Rc::new(report.machine.clone()),
            Rc::<[Unavailable]>::from(report.environment.unavailable.as_slice()),
        )
    });
    let id = |experiment: &Experiment| match props.of {
        Some(of) => format!("{of}-{}", experiment.name),
        None => experiment.name.clone(),
    };
    html! {
        { for shared.0.iter().map(|experiment| html! {
            <ExperimentView key={experiment.name.clone()} id={id(experiment)}
                heading={props.heading} experiment={experiment.clone()}
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

/// The points of a first measurement as they come, before there is a report to hold them: of one study,
/// or of all that are measured.
pub fn measuring(session: &Handle, only: Option<Study>) -> Html {
    let Some(run) = session.running() else {
        return Html::default();
    };
    let wanted = |study: Study| only.is_none_or(|only| only == study);
    let curves = run.curves.iter().filter(|(study, _)| wanted(*study));
    let plots = curves.map(|(study, series)| {
        let info = study.info();
        html! {
            <section class="experiment" data-study={info.name} key={info.name}>
                <h3>{ info.title }</h3>
                <ThreeReadings title={format!("{} on this machine", info.title)}
                    x={info.x.axis()} y={info.y.axis()} series={Rc::<[Series]>::from(series.as_slice())} />
            </section>
        }
    });
    let plots: Vec<Html> = plots.collect();
    html! {
        if !plots.is_empty() || only.is_none() {
            <section aria-labelledby="measuring">
                <h2 id="measuring">{ "Being measured now" }</h2>
                { for plots }
            </section>
        }
    }
}

/// Which claims of the theory an experiment bears on.
pub fn claims(claims: &[impl AsRef<str>]) -> Html {
    let claims: Vec<&str> = claims.iter().map(AsRef::as_ref).collect();
    html! {
        if !claims.is_empty() {
            <p class="hint">{ "Claims (sentences of textbooks) that it tests: " }{ claims.join(", ") }{ "." }</p>
        }
    }
}

/// Which experiment.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Its id on the page.
    pub id: String,
    /// The element of its heading.
    pub heading: &'static str,
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
        .map_or_else(Vec::new, |study| study.landmarks(&props.machine))
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
    let unsaid = experiment
        .notes
        .iter()
        .filter(|note| note.kind != NoteKind::Disturbed);
    html! {
        <section class="experiment" id={props.id.clone()} data-study={experiment.name.clone()}>
            <div class="figure-head">
                <@{props.heading}>{ &experiment.title }</@>
                if let Some(study) = study.filter(|_| props.runnable) {
                    { run_now(&session, &[study.info().name], "Measure again") }
                }
            </div>
            if let Some(study) = study { <p class="lead">{ study.info().about }</p> }
            { claims(&experiment.claims) }
            if props.running.is_none() {
                { at_once(&experiment) }
            } else {
                <p class="hint">{ "Its results appear here when this run has ended." }</p>
            }
            <ThreeReadings title={format!("{} on {}", experiment.title, props.machine.name)}
                x={experiment.x.clone()} y={experiment.y.clone()} {series} {levels} landmarks={marks} />
            { for experiment.exhibits.iter().map(|exhibit| html! {
                <ExhibitView exhibit={exhibit.clone()} of={experiment.title.clone()} />
            }) }
            if props.running.is_none() {
                <Found experiment={experiment.clone()} line={props.machine.line()}
                    unavailable={props.unavailable.clone()} />
            }
            { notes(unsaid) }
            if !parameters.is_empty() { <p class="hint">{ "With " }{ parameters }{ "." }</p> }
        </section>
    }
}
