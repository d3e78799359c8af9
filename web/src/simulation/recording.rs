//! A recording in the worker, kept up to date with what a view asks, and looked at.

use std::{cell::RefCell, rc::Rc};

use lab_core::sim::recording::{Direction, Goal, Summary};
use yew::prelude::*;

use super::{
    client::{News, Ticket, failed},
    protocol::{Effort, Found, Job, Look, Moment, Record, Seen},
};

/// What is known of a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recorded {
    /// What it adds up to, with what was asked for; of the run before while a new one begins.
    pub summary: Option<Rc<(Rc<Record>, Summary)>>,
    /// The access last looked at, of the run with this number.
    pub moment: Option<(u32, Rc<Moment>)>,
    /// The number of the run that is asked for.
    pub run: u32,
    /// The share that is recorded.
    pub progress: f64,
    /// Whether something is still to come.
    pub running: bool,
    /// What the last complete run took.
    pub effort: Option<Effort>,
    /// How many runs were completed.
    pub completed: u32,
    /// Why the program ended early or did not run, in a sentence.
    pub stopped: Option<String>,
    /// Whether there is no worker.
    pub failed: bool,
}

/// What happens to it.
pub enum Change {
    Asked(u32),
    Summary(Rc<(Rc<Record>, Summary)>),
    /// A run finished that another one has followed already.
    Earlier(Rc<(Rc<Record>, Summary)>),
    Progress(f64),
    Moment(u32, Rc<Moment>),
    Done(Effort, Option<String>),
    Stopped(String),
    Failed,
}

impl Reducible for Recorded {
    type Action = Change;

    fn reduce(self: Rc<Self>, change: Change) -> Rc<Self> {
        let mut next = (*self).clone();
        match change {
            Change::Asked(run) => {
                next.run = run;
                next.running = true;
                next.progress = 0.0;
                next.stopped = None;
                next.failed = failed();
            }
            Change::Summary(summary) => next.summary = Some(summary),
            Change::Earlier(summary) => {
                next.summary = Some(summary);
                next.completed += 1;
            }
            Change::Progress(share) => next.progress = share,
            Change::Moment(run, moment) => next.moment = Some((run, moment)),
            Change::Done(effort, stopped) => {
                next.effort = Some(effort);
                next.completed += 1;
                next.running = false;
                next.progress = 1.0;
                next.stopped = next.stopped.or(stopped);
            }
            Change::Stopped(why) => {
                next.stopped = Some(why);
                next.running = false;
            }
            Change::Failed => next.failed = true,
        }
        next.into()
    }
}

/// What the hook keeps between renderings: one look is on its way at a time.
#[derive(Default)]
struct Desk {
    asked: Option<Rc<Record>>,
    run: u32,
    /// Runs that were asked for and may still be heard of, oldest first.
    expected: Vec<(u32, Rc<Record>)>,
    /// The run that was last looked at.
    seen: u32,
    /// The look on its way, and the newest wish behind it.
    going: Option<Look>,
    wish: Option<Look>,
    wanted: Option<Look>,
    /// How many times the worker was started anew for this record.
    restarts: u32,
    ticket: Option<Ticket>,
}

impl Desk {
    fn look(&mut self, look: Look) {
        if matches!(look, Look::Step { .. }) {
            self.wanted = Some(look.clone());
        }
        if self.going.is_some() {
            self.wish = Some(look);
            return;
        }
        if let (Some(ticket), true) = (&self.ticket, self.run > 0)
            && ticket.look(self.run, look.clone())
        {
            self.going = Some(look);
        }
    }

    fn ask(&mut self) {
        if let (Some(ticket), Some(asked)) = (&self.ticket, &self.asked) {
            self.run = ticket.ask(Job::Record((**asked).clone()));
            self.expected.push((self.run, asked.clone()));
            self.going = None;
        }
    }
}

/// Looks for something in a recording: from where, what, which way.
pub type Seeker = Callback<(u64, Goal, Direction)>;

/// Records what is asked in the worker, again whenever it changes, and looks at the access that is
/// `shown.0`, with arrays in `shown.1` cells and `shown.2` accesses more. `found` is told where something lies
/// that was sought with the callback.
#[hook]
pub fn use_recording(
    asked: Rc<Record>,
    shown: (u64, u64, u64),
    found: Callback<Option<u64>>,
) -> (Recorded, Seeker) {
    let known = use_reducer(Recorded::default);
    let desk = use_mut_ref(Desk::default);
    // The callback of the last rendering, for answers that come between two.
    let teller = use_mut_ref(|| found.clone());
    *teller.borrow_mut() = found;
    {
        let (known, desk) = (known.dispatcher(), desk.clone());
        use_effect_with((), move |()| {
            let weak = Rc::downgrade(&desk);
            let ticket = Ticket::new(Callback::from(move |news: News| {
                if let Some(desk) = weak.upgrade() {
                    hear(news, &known, &desk, &teller);
                }
            }));
            desk.borrow_mut().ticket = Some(ticket);
            move || drop(desk.borrow_mut().ticket.take())
        });
    }
    {
        let (known, desk) = (known.dispatcher(), desk.clone());
        use_effect_with(asked, move |asked| {
            let mut desk = desk.borrow_mut();
            desk.asked = Some(asked.clone());
            desk.restarts = 0;
            desk.ask();
            known.dispatch(Change::Asked(desk.run));
        });
    }
    {
        let desk = desk.clone();
        use_effect_with(shown, move |&(at, cells, ahead)| {
            desk.borrow_mut().look(Look::Step { at, cells, ahead });
        });
    }
    let seek = Callback::from(move |(from, goal, direction)| {
        desk.borrow_mut().look(Look::Seek {
            from,
            goal,
            direction,
        });
    });
    ((*known).clone(), seek)
}

fn hear(
    news: News,
    known: &UseReducerDispatcher<Recorded>,
    desk: &Rc<RefCell<Desk>>,
    teller: &Rc<RefCell<Callback<Option<u64>>>>,
) {
    match news {
        News::NoWorker => known.dispatch(Change::Failed),
        News::Restarted => {
            let mut desk = desk.borrow_mut();
            desk.restarts += 1;
            if desk.restarts > 1 {
                let why = "The simulator stopped answering twice on this program and was \
                           restarted; change the program to run it again.";
                known.dispatch(Change::Stopped(why.to_owned()));
                return;
            }
            desk.ask();
            known.dispatch(Change::Asked(desk.run));
        }
        News::Update(run, update) => {
            let mut desk = desk.borrow_mut();
            desk.expected.retain(|(expected, _)| *expected >= run);
            if run != desk.run {
                // Under a moving slider each run has a follower before it is done: show it all the same.
                if let (Found::Summary(Some(summary)), Some(_), Some((_, asked))) =
                    (update.found, update.done, desk.expected.first())
                {
                    let pair = (asked.clone(), *summary);
                    known.dispatch(Change::Earlier(pair.into()));
                }
                return;
            }
            if let (Found::Summary(Some(summary)), Some(asked)) = (&update.found, &desk.asked) {
                let pair = (asked.clone(), (**summary).clone());
                known.dispatch(Change::Summary(pair.into()));
            }
            let stopped = match update.found {
                Found::Stopped(why) => Some(why),
                _ => update.stopped,
            };
            match update.done {
                Some(effort) => {
                    known.dispatch(Change::Done(effort, stopped));
                    if let Some(look) = desk.wanted.clone() {
                        desk.look(look);
                    }
                }
                None => {
                    known.dispatch(Change::Progress(update.progress));
                    // The beginning of a long run can be looked at while the rest is recorded.
                    if desk.seen != run
                        && let Some(look) = desk.wanted.clone()
                    {
                        desk.look(look);
                    }
                }
            }
        }
        News::Seen(run, seen) => {
            let mut sought = None;
            {
                let mut desk = desk.borrow_mut();
                if run != desk.run {
                    return;
                }
                desk.going = None;
                if seen.is_some() {
                    desk.seen = run;
                }
                match seen {
                    Some(Seen::Step(Some(moment))) => {
                        known.dispatch(Change::Moment(run, Rc::from(moment)));
                    }
                    Some(Seen::Sought(found)) => sought = Some(found),
                    Some(Seen::Step(None)) | None => {}
                }
                if let Some(wish) = desk.wish.take() {
                    desk.look(wish);
                }
            }
            if let Some(found) = sought {
                let tell = teller.borrow().clone();
                tell.emit(found);
            }
        }
    }
}
