//! The simulated curves of a figure, kept up to date with what it asks.

use std::rc::Rc;

use lab_core::{evidence::Reading, report::Series};
use yew::prelude::*;

use super::{
    client::{News, Ticket, failed, now},
    protocol::{Effort, Job},
};

/// How long a run may take before its first points are shown; faster ones appear whole.
const PATIENCE: f64 = 120.0;

/// What is known of a figure's simulation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Simulated {
    /// The newest curves, complete or growing, each with the job's variants.
    pub series: Rc<[Series]>,
    /// Whether points are still to come.
    pub running: bool,
    /// What the last complete run took.
    pub effort: Option<Effort>,
    /// How many runs were completed.
    pub completed: u32,
    /// Whether there is no worker to run them.
    pub failed: bool,
}

/// Points on their way to the plot.
struct Growing {
    run: u32,
    since: f64,
    series: Vec<Series>,
}

impl Growing {
    fn new(job: &Job) -> Self {
        let empty = |variant: &String| Series {
            reading: Reading::Simulated,
            variant: variant.clone(),
            points: Vec::new(),
            unavailable: None,
        };
        Self {
            run: 0,
            since: now(),
            series: job
                .curves
                .iter()
                .map(|curve| empty(&curve.variant))
                .collect(),
        }
    }
}

/// What happens to it.
pub enum Change {
    /// A new run was asked for.
    Asked,
    /// There are curves to show, the last ones with what they took.
    Show(Rc<[Series]>, Option<Effort>),
    /// There is no worker.
    Failed,
}

impl Reducible for Simulated {
    type Action = Change;

    fn reduce(self: Rc<Self>, change: Change) -> Rc<Self> {
        let mut next = (*self).clone();
        match change {
            Change::Asked => {
                next.running = true;
                next.failed = failed();
            }
            Change::Failed => next.failed = true,
            Change::Show(series, effort) => {
                next.series = series;
                if effort.is_some() {
                    next.effort = effort;
                    next.completed += 1;
                    next.running = false;
                }
            }
        }
        next.into()
    }
}

/// Simulates `job` in the worker, again whenever it changes.
#[hook]
pub fn use_simulation(job: Rc<Job>) -> Simulated {
    let shown = use_reducer(Simulated::default);
    // Jobs asked for and not finished, oldest first: the worker may still answer an older one.
    let growing = use_mut_ref(Vec::<Growing>::new);
    let ticket = {
        let (show, growing) = (shown.dispatcher(), growing.clone());
        use_memo((), move |()| {
            Ticket::new(Callback::from(move |news: News| {
                let News::Points(update) = news else {
                    show.dispatch(Change::Failed);
                    return;
                };
                let mut runs = growing.borrow_mut();
                runs.retain(|growing| growing.run >= update.run);
                let Some(growing) = runs.first_mut().filter(|first| first.run == update.run) else {
                    return;
                };
                for (curve, point) in update.points {
                    if let Some(series) = growing.series.get_mut(curve) {
                        series.points.push(point);
                    }
                }
                if update.done.is_some() || now() - growing.since > PATIENCE {
                    show.dispatch(Change::Show(growing.series.as_slice().into(), update.done));
                }
            }))
        })
    };
    let show = shown.dispatcher();
    use_effect_with(job, move |job| {
        let mut new = Growing::new(job);
        new.run = ticket.ask((**job).clone());
        growing.borrow_mut().push(new);
        show.dispatch(Change::Asked);
    });
    (*shown).clone()
}
