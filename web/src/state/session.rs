//! The session: what was loaded, what runs, what was chosen. One reducer for the whole page; views
//! get it from the context and act through [`Handle`].

use std::rc::Rc;

use gloo::timers::callback::Interval;
use lab_core::{live::Event, report::Report};
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::spawn_local;
use web_sys::{EventSource, MessageEvent};
use yew::prelude::*;

use super::{
    api::{self, Origin},
    progress::{Progress, Step},
    run::Run,
    situation::{SAMPLE, Situation, THIS},
};

/// How the page stands to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// There never was one: a static site.
    Static,
    /// It answers.
    Live,
    /// It did once.
    Lost,
}

/// A report opened for replay.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// What it was opened from: a file name or an address.
    pub from: String,
    /// What it holds.
    pub report: Rc<Report>,
}

/// A place for a report to be replayed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slot {
    /// What is open.
    pub opened: Option<Opened>,
    /// Why the last attempt opened nothing.
    pub refused: Option<String>,
}

/// Everything the page knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Where the page comes from.
    pub origin: Origin,
    /// How it stands to the server.
    pub link: Link,
    /// The report of this machine, or the one exported with the page.
    pub report: Option<Rc<Report>>,
    /// The sample that comes with the page, once it was asked for; it is the report while it is chosen.
    pub sample: Option<Rc<Report>>,
    /// Why there is none.
    pub report_problem: Option<String>,
    /// The measurement that runs, or the last one.
    pub run: Option<Run>,
    /// Why the last measurement did not start or stop.
    pub run_problem: Option<String>,
    /// Whether measurements started here take their time.
    pub thorough: bool,
    /// All choices in the URL.
    pub situation: Situation,
    /// What the reader did so far.
    pub progress: Progress,
    /// Reports replayed, A and B.
    pub slots: [Slot; 2],
}

/// What can happen to it.
pub enum Action {
    /// The server answers, or does not.
    Linked(bool),
    /// It was started anew since this page was opened, with another token.
    Outdated,
    /// A report came, or a sentence why not.
    Report(Result<Rc<Report>, String>),
    /// The sample came, or a sentence why not.
    Sample(Result<Rc<Report>, String>),
    /// A measurement began.
    Began(u64),
    /// It told something.
    Told(Event),
    /// Something about it did not work.
    RunProblem(String),
    /// Measurements started from now on take their time, or do not.
    Thorough(bool),
    /// The URL holds other choices now.
    Situation(Situation),
    /// A choice was made, or taken back.
    Choose(String, Option<String>),
    /// The reader did something.
    Did(Step),
    /// A replay slot got a report, or a reason.
    Open(usize, Result<Opened, String>),
    /// A replay slot was emptied.
    Close(usize),
}

impl Session {
    fn new() -> Self {
        let origin = api::origin();
        Self {
            link: if origin.live {
                Link::Live
            } else {
                Link::Static
            },
            origin,
            report: None,
            sample: None,
            report_problem: None,
            run: None,
            run_problem: None,
            thorough: false,
            situation: Situation::default(),
            progress: Progress::load(),
            slots: Default::default(),
        }
    }

    /// The machine chosen, by name; that of the report where the sample is shown.
    pub fn machine_choice(&self) -> Option<&str> {
        match self.situation.get("machine") {
            Some(SAMPLE) if self.is_sample() => Some(THIS),
            other => other,
        }
    }

    /// Whether the report at hand is the sample, measured on another machine than the reader's.
    pub fn is_sample(&self) -> bool {
        match (&self.report, &self.sample) {
            (Some(report), Some(sample)) => Rc::ptr_eq(report, sample),
            _ => false,
        }
    }

    /// The sample stands in for a report while it is chosen, and never takes the place of one.
    fn settle(&mut self) {
        let chosen = self.situation.get("machine") == Some(SAMPLE);
        if self.is_sample() && !chosen {
            self.report = None;
        } else if self.report.is_none() && chosen {
            self.report.clone_from(&self.sample);
        }
    }

    /// Whether a measurement runs now.
    pub fn running(&self) -> Option<&Run> {
        self.run.as_ref().filter(|run| run.end.is_none())
    }

    /// Whether this page may start a measurement.
    pub fn can_measure(&self) -> bool {
        self.link == Link::Live && self.origin.token.is_some()
    }
}

impl Reducible for Session {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut next = (*self).clone();
        match action {
            Action::Linked(answers) => {
                next.link = match (next.origin.live, answers) {
                    (false, _) => Link::Static,
                    (true, true) => Link::Live,
                    (true, false) => Link::Lost,
                }
            }
            Action::Outdated => next.origin.token = None,
            Action::Report(Ok(report)) => {
                next.report = Some(report);
                next.report_problem = None;
            }
            Action::Report(Err(why)) | Action::Sample(Err(why)) => next.report_problem = Some(why),
            Action::Sample(Ok(report)) => next.sample = Some(report),
            Action::Began(id) => {
                if next.run.as_ref().is_none_or(|run| run.id != id) {
                    next.run = Some(Run::new(id));
                }
                next.run_problem = None;
            }
            Action::Told(event) => next.run = next.run.map(|run| run.after(event)),
            Action::RunProblem(why) => next.run_problem = Some(why),
            Action::Thorough(thorough) => next.thorough = thorough,
            Action::Situation(situation) => next.situation = situation,
            Action::Choose(key, value) => next.situation = next.situation.with(&key, value),
            Action::Did(step) => next.progress.take(step),
            Action::Open(slot, result) => match result {
                Ok(opened) => {
                    next.slots[slot] = Slot {
                        opened: Some(opened),
                        refused: None,
                    }
                }
                // What was open stays open.
                Err(why) => next.slots[slot].refused = Some(why),
            },
            Action::Close(slot) => next.slots[slot] = Slot::default(),
        }
        next.settle();
        next.into()
    }
}

/// The session as views hold it.
#[derive(Clone, PartialEq)]
pub struct Handle(UseReducerHandle<Session>);

impl std::ops::Deref for Handle {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

/// The session of the page around this component.
#[hook]
pub fn use_session() -> Handle {
    use_context::<Handle>().expect("every view stands inside the session")
}

/// Makes the session and follows the server; for the root of the page only.
#[hook]
pub fn use_new_session() -> Handle {
    let handle = Handle(use_reducer_eq(Session::new));
    {
        let handle = handle.clone();
        use_effect_with((), move |()| handle.begin());
    }
    // Fetched when it is first chosen.
    {
        let handle = handle.clone();
        let wanted = handle.situation.get("machine") == Some(SAMPLE) && handle.sample.is_none();
        use_effect_with(wanted, move |wanted| {
            if *wanted {
                spawn_local(async move {
                    let sample = api::report(api::SAMPLE).await.map(Rc::new);
                    handle.dispatch(Action::Sample(sample));
                });
            }
        });
    }
    // Asked now and then whether it is there, still or again.
    {
        let handle = handle.clone();
        use_effect_with(handle.link, move |link| {
            let timer =
                (*link != Link::Static).then(|| Interval::new(5_000, move || handle.look()));
            move || drop(timer)
        });
    }
    handle
}

impl Handle {
    /// Tells the session what happened.
    pub fn dispatch(&self, action: Action) {
        self.0.dispatch(action);
    }

    /// Makes one choice of the situation.
    pub fn choose(&self, key: &str, value: Option<String>) {
        self.dispatch(Action::Choose(key.to_owned(), value));
    }

    /// What makes one numeric choice of the situation.
    pub fn setter(&self, key: String) -> Callback<f64> {
        let session = self.clone();
        Callback::from(move |value: f64| session.choose(&key, Some(value.to_string())))
    }

    fn begin(&self) {
        let session = self.clone();
        if self.origin.live {
            spawn_local(api::keep_lessons());
            spawn_local(async move {
                match session.ask().await {
                    Some(status) => {
                        if status.has_report {
                            session
                                .dispatch(Action::Report(api::newest_report().await.map(Rc::new)));
                        }
                        if let Some(running) = status.running {
                            session.follow(running.id, false);
                        }
                    }
                    None => session.dispatch(Action::Linked(false)),
                }
            });
        } else if let Some(url) = self.origin.report.clone() {
            spawn_local(async move {
                session.dispatch(Action::Report(api::report(&url).await.map(Rc::new)));
            });
        }
    }

    /// Asks the server whether it is there.
    pub fn look(&self) {
        let session = self.clone();
        spawn_local(async move {
            let status = session.ask().await;
            session.dispatch(Action::Linked(status.is_some()));
        });
    }

    /// What the server says of itself, if it is there.
    async fn ask(&self) -> Option<api::Status> {
        let token = self.origin.token.as_deref();
        let status = api::status(token).await.ok()?;
        if token.is_some() && !status.may_measure {
            self.dispatch(Action::Outdated);
        }
        Some(status)
    }

    /// Measures these studies on this machine, and chooses it when the report is there.
    pub fn measure(&self, studies: Vec<&'static str>) {
        let (session, Some(token)) = (self.clone(), self.origin.token.clone()) else {
            return;
        };
        let quick = !self.thorough;
        spawn_local(async move {
            match api::run(&token, &studies, quick).await {
                Ok(id) => session.follow(id, true),
                Err(why) => session.dispatch(Action::RunProblem(why)),
            }
        });
    }

    /// Stops the measurement that runs.
    pub fn cancel(&self) {
        let session = self.clone();
        let (Some(token), Some(id)) = (self.origin.token.clone(), self.running().map(|run| run.id))
        else {
            return;
        };
        spawn_local(async move {
            if let Err(why) = api::cancel(&token, id).await {
                session.dispatch(Action::RunProblem(why));
            }
        });
    }

    /// Hears a measurement's events to its end, then fetches the report.
    fn follow(&self, id: u64, choose: bool) {
        let session = self.clone();
        session.dispatch(Action::Began(id));
        let Ok(source) = EventSource::new(&format!("api/run/{id}/events")) else {
            session.dispatch(Action::RunProblem(
                "This browser cannot follow a measurement: it knows no server-sent events."
                    .to_owned(),
            ));
            return;
        };
        let told = {
            let source = source.clone();
            Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
                let text = message.data().as_string().unwrap_or_default();
                let (session, source) = (session.clone(), source.clone());
                // One waits for the other in the order they came.
                spawn_local(async move {
                    let Ok(event) = api::read_event(text).await else {
                        return;
                    };
                    let last = event.is_last();
                    session.dispatch(Action::Told(event));
                    if last {
                        source.close();
                        session.fetch_report(choose);
                    }
                });
            })
        };
        source.set_onmessage(Some(told.as_ref().unchecked_ref()));
        told.forget();
        let session = self.clone();
        let failed = {
            let source = source.clone();
            Closure::<dyn Fn()>::new(move || {
                let (session, source) = (session.clone(), source.clone());
                spawn_local(async move {
                    let there = session.ask().await.is_some();
                    // It is connecting again, and nothing is lost: all events are told anew.
                    if there && source.ready_state() != EventSource::CLOSED {
                        return;
                    }
                    source.close();
                    let why = match there {
                        true => "The lab no longer knows this measurement: it was started anew.",
                        false => {
                            "The lab no longer answers. Only what it had finished by then is in its report."
                        }
                    };
                    let why = why.to_owned();
                    session.dispatch(Action::Told(Event::Failed { why }));
                    session.dispatch(Action::Linked(there));
                });
            })
        };
        source.set_onerror(Some(failed.as_ref().unchecked_ref()));
        failed.forget();
    }

    fn fetch_report(&self, choose: bool) {
        let session = self.clone();
        spawn_local(async move {
            let report = api::newest_report().await.map(Rc::new);
            let choose = choose && report.is_ok();
            session.dispatch(Action::Report(report));
            if choose {
                session.choose("machine", Some(THIS.to_owned()));
            }
        });
    }

    /// Opens a report from an address in a replay slot.
    pub fn open_url(&self, slot: usize, url: String) {
        let session = self.clone();
        if let Err(why) = api::check_address(&url) {
            session.dispatch(Action::Open(slot, Err(why)));
            return;
        }
        spawn_local(async move {
            let opened = match api::report(&url).await {
                Ok(report) => Ok(Opened {
                    from: url,
                    report: Rc::new(report),
                }),
                Err(why) => Err(format!("{url}: {why}")),
            };
            session.dispatch(Action::Open(slot, opened));
        });
    }

    /// Opens the text of a file in a replay slot.
    pub fn open_text(&self, slot: usize, from: String, text: String) {
        let session = self.clone();
        spawn_local(async move {
            let opened = match api::read_report(text).await {
                Ok(report) => Ok(Opened {
                    from,
                    report: Rc::new(report),
                }),
                Err(why) => Err(format!("{from}: {}", String::from(why))),
            };
            session.dispatch(Action::Open(slot, opened));
        });
    }
}
