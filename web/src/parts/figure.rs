//! A live figure: a study on the chosen machine, its sliders, its three readings.

use std::rc::Rc;

use lab_core::{
    evidence::Reading,
    machine::Machine,
    parameters::Values,
    report::{Axis, Experiment, Report, Series},
};
use lab_lessons::{Control, Figure, Target};
use yew::prelude::*;

use super::{
    form::{Number, number},
    measure::run_now,
    shell::whose,
    slider::status,
};
use crate::{
    chart::{Landmark, MOST_VARIANTS, ThreeReadings, landmarks},
    simulation::use_job,
    state::{
        session::{Handle, use_session},
        setup::{self, Setup, Slider},
        situation::THIS,
    },
};

/// Which figure.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The figure.
    pub figure: &'static Figure,
    /// Whether to stand on the measured machine unless another is chosen.
    #[prop_or_default]
    pub prefer_this: bool,
}

/// A study's plot that the reader can change.
#[component]
pub fn FigureView(props: &Props) -> Html {
    let session = use_session();
    let figure = props.figure;
    let report = session.report.clone();
    let this = report.as_ref().map(|report| &report.machine);
    let prefer = props.prefer_this && this.is_some();
    let choice = session.machine_choice().or(prefer.then_some(THIS));
    let setup = Setup::of(figure, choice, &session.situation, this);
    // The last sound one stays on the plot while the sliders describe the impossible.
    let last = use_mut_ref(|| None::<Setup>);
    let problem = setup.as_ref().err().cloned();
    let setup = match setup {
        Ok(setup) => {
            *last.borrow_mut() = Some(setup.clone());
            setup
        }
        Err(_) => match last.borrow().clone().or_else(|| plain(figure)) {
            Some(setup) => setup,
            None => return html! { <p role="alert">{ problem }</p> },
        },
    };
    html! {
        <Sweep {figure} setup={Rc::new(setup)} problem={problem.map(AttrValue::from)} />
    }
}

/// The figure before anyone touched it.
fn plain(figure: &Figure) -> Option<Setup> {
    Setup::of(figure, None, &Default::default(), None).ok()
}

#[derive(Clone, PartialEq, Properties)]
struct SweepProps {
    figure: &'static Figure,
    setup: Rc<Setup>,
    problem: Option<AttrValue>,
}

#[component]
fn Sweep(props: &SweepProps) -> Html {
    let session = use_session();
    let SweepProps { figure, setup, .. } = props.clone();
    let variant_key = format!("{}.variant", figure.id);
    let variant = session.situation.get(&variant_key);
    let alone = alone(figure, &setup, variant);
    let asked = use_memo((setup.clone(), alone), |(setup, alone)| {
        setup.sweep(figure, *alone)
    });
    let (sweep, left_out) = (asked.0.clone(), asked.1);
    let simulates = !sweep.curves.is_empty();
    let simulated = use_job(Some(sweep), None);
    let predicted = use_memo(setup.clone(), |setup| {
        let variants = setup.variants(figure);
        let mut curves = setup.study.predicted(&setup.machine, &setup.arguments);
        curves.retain(|series| variants.contains(&series.variant.as_str()));
        for series in &mut curves {
            if series.points.is_empty() {
                let what = setup.study.info().x.0;
                series.unavailable = Some(format!("this machine has no {what} to show"));
            }
        }
        curves
    });
    let inputs = (
        predicted,
        simulated.shown.clone(),
        setup.clone(),
        session.report.clone(),
        session.run.clone().filter(|run| run.end.is_none()),
        left_out,
    );
    let series: Rc<[Series]> = {
        (*use_memo(
            inputs,
            move |(predicted, simulated, setup, report, run, left_out)| {
                let report = report.as_deref();
                let mut all = (**predicted).clone();
                let simulated = simulated.as_ref().map_or(&[][..], |shown| &shown.1);
                all.extend(simulations(setup, simulated, report, *left_out));
                let running = run.as_ref().and_then(|run| run.series(setup.study));
                all.extend(measurements(
                    figure,
                    setup,
                    report,
                    running.unwrap_or_default(),
                ));
                Rc::<[Series]>::from(all)
            },
        ))
        .clone()
    };
    let info = setup.study.info();
    let axis = |(label, unit): (&str, _)| Axis {
        label: label.to_owned(),
        unit,
    };
    let machine = use_memo(setup.clone(), |setup| {
        let levels: Rc<[String]> = setup.machine.level_names().into();
        let marks: Rc<[Landmark]> = landmarks(setup.study, &setup.machine).into();
        (levels, marks)
    });
    let hide_key = format!("{}.hide", figure.id);
    let hide = {
        let (session, key) = (session.clone(), hide_key.clone());
        Callback::from(move |keys: Rc<[String]>| session.choose(&key, Some(keys.join(";"))))
    };
    let pick = {
        let session = session.clone();
        Callback::from(move |variant: String| session.choose(&variant_key, Some(variant)))
    };
    let measured = series
        .iter()
        .any(|series| series.reading == Reading::Measured && series.unavailable.is_none());
    let changed = setup.machine_changed
        || figure.controls.iter().any(|control| {
            session
                .situation
                .get(&setup::control_key(figure, control.target))
                .is_some()
        });
    html! {
        <figure class="figure" id={figure.id} data-machine={setup.machine.name.clone()}>
            <div class="figure-head">
                <p class="figure-title">{ info.title }</p>
                <p>{ "on " }<strong>{ machine_words(
                    &session, &setup.machine, setup.this_machine, setup.machine_changed
                ) }</strong></p>
            </div>
            <ThreeReadings title={format!("{} on {}", info.title, setup.machine.name)}
                x={axis(info.x)} y={axis(info.y)} {series} levels={machine.0.clone()}
                landmarks={machine.1.clone()} hidden={session.situation.list(&hide_key)}
                hide={Some(hide)} variant={variant.map(str::to_owned)} pick={Some(pick)} />
            if let Some(problem) = &props.problem {
                <p class="problem" role="alert">{ problem }</p>
            }
            if !figure.controls.is_empty() {
                { controls(&session, figure, &setup, changed) }
            }
            if simulates { { status(&simulated) } }
            if left_out > 0 {
                <p class="hint">{ format!(
                    "{left_out} points take more time or memory than a page has and are not simulated \
                     in a browser."
                ) }</p>
            }
            if measured && changed {
                <p class="hint">{ "The measured curve is of the machine as it is: sliders move only \
                    the prediction and the simulation." }</p>
            }
            { measuring(&session, &setup, measured) }
            if !figure.caption.is_empty() {
                <figcaption>{ Html::from_html_unchecked(figure.caption.into()) }</figcaption>
            }
        </figure>
    }
}

/// Of very many variants the one that is shown, the first unless another is asked for: only it is
/// simulated.
fn alone(figure: &Figure, setup: &Setup, asked: Option<&str>) -> Option<&'static str> {
    let all = setup.variants(figure);
    let found = all.iter().find(|variant| Some(**variant) == asked);
    let shown = found.or(all.first()).copied();
    shown.filter(|_| all.len() > MOST_VARIANTS)
}

/// What to call a machine on a figure.
pub fn machine_words(session: &Handle, machine: &Machine, this: bool, changed: bool) -> String {
    let name = &machine.name;
    let kind = if this {
        whose(session)
    } else {
        "a described machine"
    };
    let changed = if changed { ", changed" } else { "" };
    format!("{name} ({kind}{changed})")
}

/// The way from here to a measured curve.
fn measuring(session: &Handle, setup: &Setup, measured: bool) -> Html {
    if measured {
        return Html::default();
    }
    let there = experiment(session.report.as_deref(), setup).is_some();
    if there && !setup.this_machine {
        let session = session.clone();
        let words = format!("Show on {}", whose(&session));
        let onclick =
            Callback::from(move |_: MouseEvent| session.choose("machine", Some(THIS.to_owned())));
        return html! {
            <p><button type="button" class="quiet" data-testid="show-measured" {onclick}>
                { words }
            </button></p>
        };
    }
    run_now(
        session,
        &[setup.study.info().name],
        "Measure this machine now",
    )
}

fn experiment<'r>(report: Option<&'r Report>, setup: &Setup) -> Option<&'r Experiment> {
    report?.experiment(setup.study.info().name)
}

/// The simulated curves, completed from the report where it holds the very same sweep.
fn simulations(
    setup: &Setup,
    simulated: &[Series],
    report: Option<&Report>,
    left_out: usize,
) -> Vec<Series> {
    let same = experiment(report, setup).filter(|experiment| {
        let parameters = setup.study.info().parameters.iter();
        let as_run = |name: &str| {
            let found = experiment
                .parameters
                .iter()
                .find(|found| found.name == name);
            found.map(|found| found.figure.value)
        };
        setup.this_machine
            && !setup.machine_changed
            && parameters.clone().all(|parameter| {
                as_run(parameter.name).is_none_or(|value| value == setup.arguments.get(parameter))
            })
    });
    let complete = |series: &Series| {
        let mut series = series.clone();
        let theirs = same
            .iter()
            .flat_map(|experiment| &experiment.series)
            .find(|other| other.reading == Reading::Simulated && other.variant == series.variant);
        if left_out > 0 {
            let last = series.points.last().map_or(0.0, |point| point.x);
            let more = theirs.iter().flat_map(|series| &series.points);
            series
                .points
                .extend(more.filter(|point| point.x > last).cloned());
            if series.points.is_empty() {
                series.unavailable = Some(
                    "this sweep is too large for a browser: measure it with the lab".to_owned(),
                );
            }
        }
        series
    };
    // As a report says it.
    let none = setup.study.unsimulated().map(|why| Series {
        reading: Reading::Simulated,
        variant: String::new(),
        points: Vec::new(),
        unavailable: Some(why.to_owned()),
    });
    simulated.iter().map(complete).chain(none).collect()
}

/// The measured curves, or the reason why none is shown.
fn measurements(
    figure: &Figure,
    setup: &Setup,
    report: Option<&Report>,
    running: &[Series],
) -> Vec<Series> {
    let none = |why: String| {
        vec![Series {
            reading: Reading::Measured,
            variant: String::new(),
            points: Vec::new(),
            unavailable: Some(why),
        }]
    };
    let in_report = experiment(report, setup).map(|experiment| experiment.series.as_slice());
    let source = if running
        .iter()
        .any(|series| series.reading == Reading::Measured)
    {
        Some(running)
    } else {
        in_report
    };
    let (Some(source), Some(report)) = (source, report) else {
        return none("not measured yet".to_owned());
    };
    if !setup.this_machine {
        return none(format!(
            "nobody measured the described machine {}; the measurement at hand is of {} and does not \
             belong on this plot",
            setup.machine.name, report.machine.name
        ));
    }
    let measured = || {
        source
            .iter()
            .filter(|series| series.reading == Reading::Measured)
    };
    let asked = |series: &&Series| figure.variants.contains(&series.variant.as_str());
    let some: Vec<Series> = measured().filter(asked).cloned().collect();
    let curves = if some.is_empty() {
        measured().cloned().collect()
    } else {
        some
    };
    if curves.is_empty() {
        none("not measured yet".to_owned())
    } else {
        curves
    }
}

fn controls(session: &Handle, figure: &'static Figure, setup: &Setup, changed: bool) -> Html {
    let reset = {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| {
            for control in figure.controls {
                session.choose(&setup::control_key(figure, control.target), None);
            }
        })
    };
    html! {
        <div class="controls">
            { for figure.controls.iter().map(|control| knob(session, figure, setup, control)) }
            <button type="button" class="quiet" disabled={!changed} onclick={reset}>{ "Reset" }</button>
        </div>
    }
}

fn knob(
    session: &Handle,
    figure: &'static Figure,
    setup: &Setup,
    control: &'static Control,
) -> Html {
    let (Target::Parameter(name) | Target::Machine(name)) = control.target;
    let key = setup::control_key(figure, control.target);
    let chosen = session
        .situation
        .number(&key)
        .map(|value| value.clamp(control.min, control.max));
    let Some(value) = chosen.or_else(|| setup.value(control.target)) else {
        return html! {
            <p class="hint">{ format!("{}: this machine has no such cache.", control.label) }</p>
        };
    };
    number(
        session,
        Number {
            key,
            name: name.to_owned(),
            label: control.label.to_owned(),
            values: Values {
                unit: setup::unit(setup.study, control.target),
                min: control.min,
                max: control.max,
            },
            value,
            slider: Slider::of(control),
            stops_only: false,
        },
    )
}
