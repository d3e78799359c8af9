//! Measurements started from the page: one at a time, watched by any number of pages.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use axum::response::sse;
use futures_util::{Stream, stream};
use lab_core::{live::Event, study::Study};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::Refusal;
use crate::experiments::Watcher;

/// What a page asks to be measured.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Which studies, in this order.
    pub studies: Vec<Study>,
    /// Fewer points and samples.
    #[serde(default)]
    pub quick: bool,
}

/// Measures, and keeps what it measured: given by the one who starts the server.
pub type Measure = dyn Fn(&Request, &mut dyn Watcher) -> anyhow::Result<()> + Send + Sync;

/// A run by its number.
#[derive(Clone, Debug, Serialize)]
pub struct Running {
    /// Its number, from 1.
    pub id: u64,
    /// What it measures.
    pub studies: Vec<Study>,
}

/// All that the page may know of measurements.
pub struct Runs {
    measure: Arc<Measure>,
    /// The newest run, over or not. Older ones are forgotten.
    newest: Mutex<Option<Arc<Run>>>,
}

/// One measurement, with everything it told.
pub struct Run {
    about: Running,
    /// What happened so far; [`Run::grown`] tells its length.
    events: Mutex<Vec<Event>>,
    grown: watch::Sender<usize>,
    cancelled: AtomicBool,
}

impl Run {
    fn tell(&self, event: Event) {
        let mut events = lock(&self.events);
        events.push(event);
        self.grown.send_replace(events.len());
    }

    fn is_over(&self) -> bool {
        lock(&self.events).last().is_some_and(Event::is_last)
    }

    /// Asks the measurement to stop at the next sample.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

/// What the measuring thread sees of its run.
struct Teller(Arc<Run>);

impl Watcher for Teller {
    fn event(&mut self, event: &Event) {
        // The end is told by the thread, once the report is kept.
        if !event.is_last() {
            self.0.tell(event.clone());
        }
    }

    fn cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }
}

impl Runs {
    /// No run yet.
    pub fn new(measure: Arc<Measure>) -> Self {
        Self {
            measure,
            newest: Mutex::new(None),
        }
    }

    /// The run under way.
    pub fn running(&self) -> Option<Running> {
        lock(&self.newest)
            .as_ref()
            .filter(|run| !run.is_over())
            .map(|run| run.about.clone())
    }

    /// Starts a measurement on a thread of its own.
    ///
    /// # Errors
    /// When one is under way, or nothing was asked for.
    pub fn start(&self, request: Request) -> Result<Running, Refusal> {
        if request.studies.is_empty() {
            return Err(Refusal::bad_request("name at least one study to run"));
        }
        let mut newest = lock(&self.newest);
        let id = match newest.as_ref() {
            Some(run) if !run.is_over() => {
                return Err(Refusal::conflict(format!(
                    "run {} is under way: wait for it or cancel it",
                    run.about.id
                )));
            }
            Some(run) => run.about.id + 1,
            None => 1,
        };
        let about = Running {
            id,
            studies: request.studies.clone(),
        };
        let run = Arc::new(Run {
            about: about.clone(),
            events: Mutex::default(),
            grown: watch::Sender::new(0),
            cancelled: AtomicBool::new(false),
        });
        *newest = Some(Arc::clone(&run));
        let measure = Arc::clone(&self.measure);
        thread::spawn(move || {
            // A page must learn of the end, even if a bug ends the thread.
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                measure(&request, &mut Teller(Arc::clone(&run)))
            }));
            run.tell(match outcome {
                Ok(Ok(())) if run.cancelled.load(Ordering::Relaxed) => Event::Cancelled,
                Ok(Ok(())) => Event::Finished,
                Ok(Err(error)) => Event::Failed {
                    why: format!("{error:#}"),
                },
                Err(_) => Event::Failed {
                    why: "the measurement broke down; this is a fault of the lab".to_owned(),
                },
            });
        });
        Ok(about)
    }

    /// Stops the run under way, if there is one, and waits until what it measured is kept; not longer
    /// than a simulated point or a calibration takes.
    pub fn stop(&self) {
        const PATIENCE: Duration = Duration::from_secs(30);
        let Some(run) = lock(&self.newest).clone().filter(|run| !run.is_over()) else {
            return;
        };
        eprintln!(
            "Stopping the measurement; what was measured is kept. Ctrl-C again ends at once."
        );
        run.cancel();
        let begun = Instant::now();
        while !run.is_over() && begun.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// The run of that number.
    ///
    /// # Errors
    /// When there is none, or it is forgotten.
    pub fn find(&self, id: u64) -> Result<Arc<Run>, Refusal> {
        lock(&self.newest)
            .as_ref()
            .filter(|run| run.about.id == id)
            .cloned()
            .ok_or_else(|| Refusal::not_found(format!("there is no run {id}")))
    }
}

/// Everything a run tells, from its start to its end, as server-sent events.
pub fn events(
    run: Arc<Run>,
) -> impl Stream<Item = Result<sse::Event, axum::Error>> + Send + 'static {
    let grown = run.grown.subscribe();
    stream::unfold((run, grown, 0), |(run, mut grown, next)| async move {
        loop {
            let event = {
                let events = lock(&run.events);
                if next > 0 && events[next - 1].is_last() {
                    return None;
                }
                events.get(next).cloned()
            };
            match event {
                Some(event) => {
                    let event = sse::Event::default().json_data(&event);
                    return Some((event, (run, grown, next + 1)));
                }
                // The sender lives as long as `run`, which we hold.
                None => grown.changed().await.ok()?,
            }
        }
    })
}

/// A lock whose data stays sound when a holder panics: all writes under it are single steps.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
