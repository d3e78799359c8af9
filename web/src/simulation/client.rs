//! The page's side: one worker for all figures, started with the page.

use std::{cell::RefCell, collections::HashMap};

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};
use yew::Callback;

use gloo::timers::callback::Interval;

use lab_worker::{
    protocol::{Answer, Client, Message, Request, Update},
    read,
};

use super::desk::Post;
use crate::state::api;

/// What a client is told; bytes are of its job's types, empty for nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// How far a run of its own came, by the client's number of it, and a part of its answer.
    Update(u32, Update, Vec<u8>),
    /// What was seen of the run with this number.
    Seen(u32, Vec<u8>),
    /// The worker was stuck with something and was started anew; what it had is lost.
    Restarted,
    /// There is no worker: nothing will be simulated.
    NoWorker,
}

/// A running job is let finish for this long before a newer one supersedes it, so that the plot
/// keeps moving while a slider does; milliseconds.
const GRACE: f64 = 150.0;

/// Where runs take longer than the grace, one is let finish for this many times what the one before
/// it took, and for [`MOST_GRACE`] at most: else none would ever finish under a moving slider.
const SLOWER: f64 = 1.5;

/// Milliseconds.
const MOST_GRACE: f64 = 1000.0;

/// A worker with work that says nothing for so long is stuck; milliseconds. It works in slices of a
/// few; only sizing up a program and laying out data take longer.
const STUCK: f64 = 12_000.0;

#[derive(Default)]
struct Page {
    worker: Option<Worker>,
    ready: bool,
    failed: bool,
    last: Client,
    clients: HashMap<Client, State>,
    /// When the worker last said something, or was first asked after a silence.
    heard: f64,
    /// Looks it has not answered.
    looks: u32,
    watch: Option<Interval>,
}

struct State {
    tell: Callback<News>,
    runs: u32,
    /// The run the worker has, and since when.
    running: Option<(u32, f64)>,
    /// What the last complete run took, milliseconds.
    took: f64,
    /// The newest question, while it waits for the worker.
    waiting: Option<Waiting>,
}

struct Waiting {
    run: u32,
    job: &'static str,
    question: Vec<u8>,
}

thread_local! {
    static PAGE: RefCell<Page> = RefCell::default();
}

/// Starts the worker. Without one (an old browser, a file opened from disk) simulated curves stay
/// empty and figures say so.
pub fn start() {
    launch();
    let watch = Interval::new(1000, watch);
    PAGE.with_borrow_mut(|page| page.watch = Some(watch));
}

/// Starts the worker anew when it is stuck.
fn watch() {
    let tell = PAGE.with_borrow_mut(|page| {
        let busy = page.looks > 0 || page.clients.values().any(|state| state.running.is_some());
        if !page.ready || !busy || now() - page.heard < STUCK {
            return None;
        }
        if let Some(worker) = page.worker.take() {
            worker.set_onmessage(None);
            worker.terminate();
        }
        page.ready = false;
        page.looks = 0;
        let stuck = page.clients.values_mut();
        let tell = stuck.map(|state| {
            state.running = None;
            state.tell.clone()
        });
        Some(tell.collect::<Vec<_>>())
    });
    if let Some(tell) = tell {
        launch();
        for tell in tell {
            tell.emit(News::Restarted);
        }
    }
}

fn launch() {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let script = match api::live() {
        true => "./worker.js?live",
        false => "./worker.js",
    };
    let Ok(worker) = Worker::new_with_options(script, &options) else {
        fail();
        return;
    };
    let broken = Closure::<dyn Fn()>::new(fail);
    worker.set_onerror(Some(broken.as_ref().unchecked_ref()));
    broken.forget();
    let listen = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
        if let Some(answer) = read(&event) {
            hear(answer);
        }
    });
    worker.set_onmessage(Some(listen.as_ref().unchecked_ref()));
    listen.forget();
    // Compiled once, for both
    let _ = worker.post_message(&wasm_bindgen::module());
    PAGE.with_borrow_mut(|page| page.worker = Some(worker));
}

/// Tells all clients that there is no worker.
fn fail() {
    let tell: Vec<Callback<News>> = PAGE.with_borrow_mut(|page| {
        page.failed = true;
        page.clients
            .values()
            .map(|state| state.tell.clone())
            .collect()
    });
    for tell in tell {
        tell.emit(News::NoWorker);
    }
}

/// A figure's place at the worker; dropped, its run ends.
#[derive(Debug)]
pub struct Ticket(Client);

impl Ticket {
    /// A new client, told of what it finds by `tell`.
    pub fn new(tell: Callback<News>) -> Self {
        PAGE.with_borrow_mut(|page| {
            page.last += 1;
            let state = State {
                tell,
                runs: 0,
                running: None,
                took: 0.0,
                waiting: None,
            };
            page.clients.insert(page.last, state);
            Self(page.last)
        })
    }
}

impl Post for Ticket {
    fn ask(&self, job: &'static str, question: Vec<u8>) -> Option<u32> {
        PAGE.with_borrow_mut(|page| {
            let failed = page.failed;
            let state = page.clients.get_mut(&self.0).filter(|_| !failed)?;
            state.runs += 1;
            let run = state.runs;
            state.waiting = Some(Waiting { run, job, question });
            page.send_waiting(self.0);
            Some(run)
        })
    }

    fn rest(&self) {
        PAGE.with_borrow_mut(|page| {
            if let Some(state) = page.clients.get_mut(&self.0) {
                (state.running, state.waiting) = (None, None);
            }
            page.post(Request::Forget { client: self.0 }, Vec::new());
        });
    }

    fn look(&self, run: u32, look: Vec<u8>) -> bool {
        let client = self.0;
        PAGE.with_borrow_mut(|page| {
            if page.ready {
                page.looks += 1;
                page.post(Request::Look { client, run }, look);
            }
            page.ready
        })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        PAGE.with_borrow_mut(|page| {
            page.clients.remove(&self.0);
            page.post(Request::Forget { client: self.0 }, Vec::new());
        });
    }
}

impl Page {
    fn post(&mut self, head: Request, body: Vec<u8>) {
        let busy = self.clients.values().any(|state| state.running.is_some());
        if !busy || self.looks <= 1 {
            self.heard = now();
        }
        if let (Some(worker), true) = (&self.worker, self.ready)
            && let Some(bytes) = (Message { head, body }).bytes()
        {
            let _ = worker.post_message(&Uint8Array::from(&bytes[..]));
        }
    }

    /// Sends a client's waiting question, unless the worker is not there yet or the run before it is
    /// still in its grace.
    fn send_waiting(&mut self, client: Client) {
        if !self.ready {
            return;
        }
        let Some(state) = self.clients.get_mut(&client) else {
            return;
        };
        if let Some((_, since)) = state.running
            && now() - since < (SLOWER * state.took).clamp(GRACE, MOST_GRACE)
        {
            return;
        }
        if let Some(Waiting { run, job, question }) = state.waiting.take() {
            state.running = Some((run, now()));
            let job = job.to_owned();
            self.post(Request::Run { client, run, job }, question);
        }
    }
}

fn hear(answer: Message<Answer>) {
    PAGE.with_borrow_mut(|page| page.heard = now());
    let body = answer.body;
    match answer.head {
        Answer::Ready => PAGE.with_borrow_mut(|page| {
            page.ready = true;
            // From here on the page needs no network; whoever drives it can see that.
            let root = web_sys::window()
                .and_then(|window| window.document())
                .and_then(|document| document.document_element());
            if let Some(root) = root {
                let _ = root.set_attribute("data-worker", "ready");
            }
            let clients: Vec<Client> = page.clients.keys().copied().collect();
            for client in clients {
                page.send_waiting(client);
            }
        }),
        Answer::Part {
            client,
            run,
            update,
        } => {
            let tell = PAGE.with_borrow_mut(|page| {
                let state = page.clients.get_mut(&client)?;
                let (current, _) = state.running?;
                // A stale answer: posted before the worker heard of the newer run.
                if current != run {
                    return None;
                }
                if let Some(effort) = &update.done {
                    state.running = None;
                    state.took = effort.milliseconds;
                }
                let tell = state.tell.clone();
                page.send_waiting(client);
                Some(tell)
            });
            if let Some(tell) = tell {
                tell.emit(News::Update(run, update, body));
            }
        }
        Answer::Seen { client, run } => {
            let tell = PAGE.with_borrow_mut(|page| {
                page.looks = page.looks.saturating_sub(1);
                page.clients.get(&client).map(|state| state.tell.clone())
            });
            if let Some(tell) = tell {
                tell.emit(News::Seen(run, body));
            }
        }
    }
}

/// Milliseconds since the page began.
pub fn now() -> f64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0.0, |performance| performance.now())
}
