//! The loader kernels: what each costs, what was predicted, simulated and measured of it, and what it
//! reaches in this browser.

mod browser;
mod roofline;
mod table;

use std::rc::Rc;

use lab_core::{
    evidence::Reading,
    kernels::loader::LoaderKernel,
    machine::Machine,
    parameters::Arguments,
    report::{Experiment, Report, Series},
    study::{Study, vector_width},
};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use self::{browser::use_timings, roofline::Roofline, table::KernelTable};
use crate::{
    parts::{
        figure::{FigureView, machine_words},
        measure::run_now,
        slider::status,
        studies::{FALLBACK, plain},
    },
    simulation::{
        jobs::sweep::{Curve, Sweep},
        use_job,
    },
    state::{session::use_session, setup, situation::THIS},
};

/// Accesses that the page simulates for the table: about a second.
const MOST_ACCESSES: f64 = 2e6;

/// The studies whose measurements this view shows.
const STUDIES: [&str; 4] = [
    "loader-kernels",
    "vector-efficiency",
    "vector-width",
    "roofline",
];

/// What the view shows of a machine.
#[derive(Clone, PartialEq)]
pub struct Subject {
    /// The machine.
    pub machine: Machine,
    /// Its report, when it is the measured one.
    pub report: Option<Rc<Report>>,
}

impl Subject {
    /// What the report holds of a study.
    pub fn experiment(&self, study: Study) -> Option<&Experiment> {
        self.report.as_ref()?.experiment(study.info().name)
    }

    /// A study's curves: the report's, or what can be predicted without.
    fn curves(&self, study: Study) -> Vec<Series> {
        match self.experiment(study) {
            Some(experiment) => experiment.series.clone(),
            None => study.predicted(&self.machine, &Arguments::default()),
        }
    }
}

/// The loader kernels on a machine.
#[component]
pub fn KernelsView() -> Html {
    let session = use_session();
    let report = session.report.clone();
    let this = report.as_ref().map(|report| &report.machine);
    let choice = session.machine_choice().or(this.is_some().then_some(THIS));
    let (machine, is_this) = setup::machine(choice, FALLBACK, this);
    let subject = use_memo(
        (machine.clone(), report.filter(|_| is_this)),
        |(machine, report)| Subject {
            machine: machine.clone(),
            report: report.clone(),
        },
    );
    let curves = use_memo(subject.clone(), |subject| {
        subject.curves(Study::LoaderKernels)
    });
    let mut sizes: Vec<f64> = curves
        .iter()
        .flat_map(|series| series.points.iter().map(|point| point.x))
        .collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    let chosen = use_state_eq(|| 1_usize);
    let index = (*chosen).min(sizes.len().saturating_sub(1));
    let size = sizes.get(index).copied().unwrap_or_default();
    let asked = use_memo((subject.clone(), size), |(subject, size)| {
        to_simulate(subject, *size)
    });
    let simulated = use_job(Some(asked.clone()), None);
    let all = use_memo(
        (curves, simulated.shown.clone()),
        |(curves, shown)| -> Vec<Series> {
            let own = shown.iter().flat_map(|shown| shown.1.iter().cloned());
            curves.iter().cloned().chain(own).collect()
        },
    );
    let timings = use_timings();
    let pick = {
        let chosen = chosen.setter();
        Callback::from(move |event: Event| {
            let value = event.target_unchecked_into::<HtmlSelectElement>().value();
            chosen.set(value.parse().unwrap_or(0));
        })
    };
    let lacking: Vec<&'static str> = STUDIES
        .into_iter()
        .filter(|name| {
            subject
                .report
                .as_ref()
                .is_none_or(|report| report.experiment(name).is_none())
        })
        .collect();
    html! {
        <article class="page machine kernels">
            <header>
                <p class="kicker">{ machine_words(&session, &machine, is_this, false) }</p>
                <h1>{ "Loader kernels" }</h1>
                <p class="lead">{ "What a data loader does to bytes: how much each kernel moves and \
                    computes, what a model and a simulator say of that, and what it reaches." }</p>
            </header>
            if !lacking.is_empty() {
                <div class="lacking" data-testid="kernels-lacking">
                    <p>{ "Not measured here: " }{ lacking.join(", ") }{ ". The lab measures them with " }
                        <code>{ format!("lab measure {}", lacking.join(" ")) }</code>{ "." }</p>
                    { run_now(&session, &lacking, "Measure them now") }
                </div>
            }
            <section aria-labelledby="efficiency">
                <h2 id="efficiency">{ "Efficiency" }</h2>
                <div class="controls">
                    <label class="control"><span>{ "Working set" }</span>
                        <select data-testid="kernels-size" onchange={pick}>
                            { for sizes.iter().enumerate().map(|(at, size)| html! {
                                <option value={at.to_string()} selected={at == index}>
                                    { lab_core::units::format_bytes(*size) }
                                </option>
                            }) }
                        </select>
                    </label>
                </div>
                { timings.controls() }
                <KernelTable subject={subject.clone()} {size} curves={all.clone()}
                    timings={timings.found.clone()} />
                if !asked.curves.is_empty() { { status(&simulated) } }
                <p class="hint">{ "Bytes are those read and written, as benchmarks count them. \
                    “Roof” is the share of the prediction, which is the lower of what memory delivers \
                    and what the core computes. Vector efficiency is the speed-up over single numbers, \
                    divided by the lanes of a vector, at the width where that is most; a kernel without \
                    vectors has none. A tick marks the goal of 0.7." }</p>
                <p class="hint">{ "Both can pass 1. The roof is drawn from one stream of reads, and \
                    several streams, or writes beside reads, can get more of a cache than that. Lanes \
                    are numbers of 32 bits: a kernel that moves bytes handles four in each. And in a sum \
                    of single numbers every addition waits for the one before, which those of vectors \
                    do not." }</p>
                <p class="hint">{ "Below its name stands the way each kernel is written in by default. \
                    Where the compiler's own vectors were as fast or faster in a measurement beside the \
                    others, that is the plain loop." }</p>
            </section>
            <section aria-labelledby="roofline-head">
                <h2 id="roofline-head">{ "Roofline" }</h2>
                <Roofline subject={subject.clone()} {size} curves={all} />
            </section>
            <section aria-labelledby="widths-head">
                <h2 id="widths-head">{ "Width of vectors" }</h2>
                <p>
                    { "One kernel in every width: " }<code>{ vector_width::KERNEL.name() }</code>
                    { format!(", {}.", vector_width::KERNEL.about()) }
                </p>
                <FigureView figure={plain(Study::VectorWidth)} prefer_this=true />
            </section>
        </article>
    }
}

/// What the page simulates itself: nothing where the report has it, or where it takes too long.
fn to_simulate(subject: &Subject, size: f64) -> Sweep {
    let study = Study::LoaderKernels;
    let arguments = Arguments::default();
    let reported = subject.experiment(study).is_some();
    let accesses = study.accesses(&subject.machine, &arguments, size);
    let wanted = !reported && accesses <= MOST_ACCESSES;
    let kernels = LoaderKernel::ALL.iter().filter(|_| wanted);
    let curves = kernels.map(|kernel| Curve {
        variant: kernel.name().to_owned(),
        xs: vec![size],
    });
    Sweep {
        study,
        machine: subject.machine.clone(),
        arguments,
        curves: curves.collect(),
    }
}

/// The point of a kernel's curve at a working set.
pub fn reading(
    curves: &[Series],
    reading: Reading,
    kernel: LoaderKernel,
    size: f64,
) -> Option<&lab_core::report::Point> {
    curves
        .iter()
        .filter(|series| series.reading == reading && series.variant == kernel.name())
        .flat_map(|series| &series.points)
        .find(|point| (point.x / size - 1.0).abs() < 1e-3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_report_every_kernel_is_predicted_and_small_sets_are_simulated() {
        let subject = Subject {
            machine: setup::preset(FALLBACK),
            report: None,
        };
        let curves = subject.curves(Study::LoaderKernels);
        let size = curves[0].points[0].x;
        for kernel in LoaderKernel::ALL {
            let point = reading(&curves, Reading::Predicted, *kernel, size);
            assert!(point.is_some_and(|point| point.y > 0.0), "{kernel:?}");
            assert_eq!(reading(&curves, Reading::Measured, *kernel, size), None);
        }
        assert_eq!(
            to_simulate(&subject, size).curves.len(),
            LoaderKernel::ALL.len()
        );
        assert!(to_simulate(&subject, 1e9).curves.is_empty());
    }

    #[test]
    fn the_view_asks_for_studies_that_there_are() {
        for name in STUDIES {
            assert!(Study::from_name(name).is_some(), "{name}");
        }
    }
}
