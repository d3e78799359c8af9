//! A figure's simulation, kept up to date with what it asks.

use std::rc::Rc;

use lab_core::{evidence::Reading, report::Series, sim::reuse::Locality};
use yew::prelude::*;

use super::{
    client::{News, Ticket, failed, now},
    protocol::{Effort, Found, Job, Reuse, Sweep, Time, Timing},
};

/// How long a run may take before its progress is shown; faster ones appear whole.
const PATIENCE: f64 = 120.0;

/// Something a figure asks the worker for.
pub trait Ask: Clone + PartialEq + 'static {
    /// What is found.
    type Result: Clone + Default + PartialEq + 'static;

    /// How the worker is asked.
    fn job(&self) -> Job;
    /// The result before anything was found.
    fn begin(&self) -> Self::Result;
    /// Adds what was found.
    fn add(result: &mut Self::Result, found: Found);
    /// Whether there is something to show before the run is complete.
    fn shows(result: &Self::Result) -> bool;
}

/// The simulated curves, growing, each with the sweep's variants.
impl Ask for Sweep {
    type Result = Vec<Series>;

    fn job(&self) -> Job {
        Job::Sweep(self.clone())
    }

    fn begin(&self) -> Vec<Series> {
        let empty = |variant: &String| Series {
            reading: Reading::Simulated,
            variant: variant.clone(),
            points: Vec::new(),
            unavailable: None,
        };
        self.curves
            .iter()
            .map(|curve| empty(&curve.variant))
            .collect()
    }

    fn add(series: &mut Vec<Series>, found: Found) {
        if let Found::Points(points) = found {
            for (curve, point) in points {
                if let Some(series) = series.get_mut(curve) {
                    series.points.push(point);
                }
            }
        }
    }

    fn shows(_: &Vec<Series>) -> bool {
        true
    }
}

/// A run is shown when it is complete.
impl Ask for Reuse {
    type Result = Option<Rc<Locality>>;

    fn job(&self) -> Job {
        Job::Reuse(self.clone())
    }

    fn begin(&self) -> Self::Result {
        None
    }

    fn add(result: &mut Self::Result, found: Found) {
        if let Found::Locality(found) = found {
            *result = found.map(Rc::from);
        }
    }

    fn shows(result: &Self::Result) -> bool {
        result.is_some()
    }
}

/// Timings are shown as they come; a request without kernels, which stops, leaves those before it.
impl Ask for Time {
    type Result = Vec<Timing>;

    fn job(&self) -> Job {
        Job::Time(self.clone())
    }

    fn begin(&self) -> Self::Result {
        Vec::new()
    }

    fn add(result: &mut Self::Result, found: Found) {
        if let Found::Timings(found) = found {
            result.extend(found);
        }
    }

    fn shows(result: &Self::Result) -> bool {
        !result.is_empty()
    }
}

/// What is known of a figure's simulation.
#[derive(Debug, PartialEq)]
pub struct Simulated<A: Ask> {
    /// The newest result, complete or growing, with what was asked for it.
    pub shown: Option<Rc<(Rc<A>, A::Result)>>,
    /// The share that is done of a run that takes longer than a blink.
    pub progress: Option<f64>,
    /// Whether something is still to come.
    pub running: bool,
    /// What the last complete run took.
    pub effort: Option<Effort>,
    /// How many runs were completed.
    pub completed: u32,
    /// Whether there is no worker to run them.
    pub failed: bool,
}

impl<A: Ask> Clone for Simulated<A> {
    fn clone(&self) -> Self {
        Self {
            shown: self.shown.clone(),
            ..*self
        }
    }
}

impl<A: Ask> Default for Simulated<A> {
    fn default() -> Self {
        Self {
            shown: None,
            progress: None,
            running: false,
            effort: None,
            completed: 0,
            failed: false,
        }
    }
}

/// A result on its way to the figure.
struct Growing<A: Ask> {
    run: u32,
    since: f64,
    asked: Rc<A>,
    result: A::Result,
}

/// What happens to it.
pub enum Change<A: Ask> {
    /// A new run was asked for.
    Asked,
    /// There is something to show.
    Show(Rc<(Rc<A>, A::Result)>),
    /// A run takes its time.
    Progress(f64),
    /// A run is complete.
    Done(Effort),
    /// There is no worker.
    Failed,
}

impl<A: Ask> Reducible for Simulated<A> {
    type Action = Change<A>;

    fn reduce(self: Rc<Self>, change: Change<A>) -> Rc<Self> {
        let mut next = (*self).clone();
        match change {
            Change::Asked => {
                next.running = true;
                next.failed = failed();
            }
            Change::Failed => next.failed = true,
            Change::Show(shown) => next.shown = Some(shown),
            Change::Progress(share) => next.progress = Some(share),
            Change::Done(effort) => {
                next.effort = Some(effort);
                next.completed += 1;
                next.running = false;
                next.progress = None;
            }
        }
        next.into()
    }
}

/// Simulates what is asked in the worker, again whenever it changes.
#[hook]
pub fn use_simulation<A: Ask>(asked: Rc<A>) -> Simulated<A> {
    let shown = use_reducer(Simulated::<A>::default);
    // Jobs asked for and not finished, oldest first: the worker may still answer an older one.
    let growing = use_mut_ref(Vec::<Growing<A>>::new);
    let ticket = {
        let (show, growing) = (shown.dispatcher(), growing.clone());
        use_memo((), move |()| {
            Ticket::new(Callback::from(move |news: News| {
                let (run, update) = match news {
                    News::Update(run, update) => (run, update),
                    News::NoWorker => return show.dispatch(Change::Failed),
                    News::Seen(..) | News::Restarted => return,
                };
                let mut runs = growing.borrow_mut();
                runs.retain(|growing| growing.run >= run);
                let newest = runs.len() == 1;
                let Some(growing) = runs.first_mut().filter(|first| first.run == run) else {
                    return;
                };
                A::add(&mut growing.result, update.found);
                let long = now() - growing.since > PATIENCE;
                if (long || update.done.is_some()) && A::shows(&growing.result) {
                    let pair = (growing.asked.clone(), growing.result.clone());
                    show.dispatch(Change::Show(pair.into()));
                }
                match update.done {
                    Some(effort) if newest => show.dispatch(Change::Done(effort)),
                    // What was asked for since is still to come.
                    Some(_) => {}
                    None if long => show.dispatch(Change::Progress(update.progress)),
                    None => {}
                }
            }))
        })
    };
    let show = shown.dispatcher();
    use_effect_with(asked, move |asked| {
        growing.borrow_mut().push(Growing {
            run: ticket.ask(asked.job()),
            since: now(),
            asked: asked.clone(),
            result: asked.begin(),
        });
        show.dispatch(Change::Asked);
    });
    (*shown).clone()
}
