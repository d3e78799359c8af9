//! What a view knows of what it asked: pure state, told of the view's wishes and the worker's news.

use std::rc::Rc;

use lab_worker::{
    Job,
    protocol::{Effort, Update},
};
use yew::Callback;

use super::client::News;

/// How long a run may take before its progress is shown; faster ones appear whole.
const PATIENCE: f64 = 120.0;

/// How a desk reaches the worker.
pub trait Post {
    /// Asks a question by its job's name; it supersedes what was asked before. Gives its number;
    /// nothing where there is no worker.
    fn ask(&self, job: &'static str, question: Vec<u8>) -> Option<u32>;
    /// Asks nothing any more.
    fn rest(&self);
    /// Looks at the run with this number; the answer is told. False while there is no worker to ask:
    /// there will be no answer then.
    fn look(&self, run: u32, look: Vec<u8>) -> bool;
}

/// What is known of a job.
pub struct Known<J: Job> {
    /// The newest result, complete or growing, with what was asked for it.
    pub shown: Option<Rc<(Rc<J>, J::Result)>>,
    /// What was seen at the last look, and the number of the run that was looked at.
    pub seen: Option<(u32, J::Seen)>,
    /// The number of the run that is asked for.
    pub run: u32,
    /// The share that is done of a run that takes longer than a blink.
    pub progress: Option<f64>,
    /// Whether something is still to come.
    pub running: bool,
    /// What the last complete run took.
    pub effort: Option<Effort>,
    /// How many runs were completed.
    pub completed: u32,
    /// Why the newest run ended early or was not begun, in a sentence.
    pub stopped: Option<String>,
    /// Whether there is no worker.
    pub failed: bool,
}

impl<J: Job> Clone for Known<J> {
    fn clone(&self) -> Self {
        Self {
            shown: self.shown.clone(),
            seen: self.seen.clone(),
            stopped: self.stopped.clone(),
            ..*self
        }
    }
}

impl<J: Job> Default for Known<J> {
    fn default() -> Self {
        Self {
            shown: None,
            seen: None,
            run: 0,
            progress: None,
            running: false,
            effort: None,
            completed: 0,
            stopped: None,
            failed: false,
        }
    }
}

/// A result on its way to the view.
struct Growing<J: Job> {
    run: u32,
    since: f64,
    asked: Rc<J>,
    result: Option<J::Result>,
    /// Whether there is more of it than was shown.
    fresh: bool,
}

/// Who hears what a look of its own came to.
pub type Reply<J> = Callback<<J as Job>::Seen>;

/// A look's answer on its way to who asked.
pub type Told<J> = (Reply<J>, <J as Job>::Seen);

/// The desk of a view.
pub struct Desk<J: Job, P> {
    pub known: Known<J>,
    pub post: Option<P>,
    asked: Option<Rc<J>>,
    /// Runs asked for and not finished, oldest first: the worker may still answer an older one.
    growing: Vec<Growing<J>>,
    /// What is looked at whenever there is something new to see.
    wanted: Option<J::Look>,
    /// The run that was last looked at.
    looked: u32,
    /// Whether a look is on its way, and who hears of it; the newest wish behind it.
    going: Option<Option<Reply<J>>>,
    wish: Option<(J::Look, Option<Reply<J>>)>,
    /// How many times the worker was started anew for this question.
    restarts: u32,
}

impl<J: Job, P> Default for Desk<J, P> {
    fn default() -> Self {
        Self {
            known: Known::default(),
            post: None,
            asked: None,
            growing: Vec::new(),
            wanted: None,
            looked: 0,
            going: None,
            wish: None,
            restarts: 0,
        }
    }
}

impl<J: Job, P: Post> Desk<J, P> {
    /// Asks another question, or none.
    pub fn ask(&mut self, asked: Option<Rc<J>>, now: f64) {
        self.asked = asked;
        self.restarts = 0;
        if self.asked.is_some() {
            self.send(now);
        } else {
            if let (Some(post), true) = (&self.post, self.known.run > 0) {
                post.rest();
            }
            self.rest(None);
        }
    }

    /// Nothing is to come any more, for a reason if there is one.
    fn rest(&mut self, why: Option<String>) {
        self.growing.clear();
        self.known.running = false;
        self.known.progress = None;
        self.known.stopped = why;
    }

    fn send(&mut self, now: f64) {
        let (Some(post), Some(asked)) = (&self.post, &self.asked) else {
            return;
        };
        let question = serde_json::to_vec(&**asked).unwrap_or_default();
        let Some(run) = post.ask(J::NAME, question) else {
            self.known.failed = true;
            return;
        };
        self.growing.push(Growing {
            run,
            since: now,
            asked: asked.clone(),
            result: None,
            fresh: false,
        });
        (self.going, self.wish) = (None, None);
        self.known.run = run;
        self.known.running = true;
        self.known.progress = None;
        self.known.stopped = None;
    }

    /// Looks at something now and whenever there is something new to see.
    pub fn want(&mut self, look: Option<J::Look>) {
        self.wanted = look;
        self.look_again();
    }

    fn look_again(&mut self) {
        if let Some(look) = self.wanted.clone() {
            self.look(look, None);
        }
    }

    /// Looks at something once. One look is on its way at a time: of those that come meanwhile only
    /// the newest is kept.
    pub fn look(&mut self, look: J::Look, reply: Option<Reply<J>>) {
        if self.going.is_some() {
            self.wish = Some((look, reply));
        } else if let (Some(post), true) = (&self.post, self.known.run > 0)
            && let Ok(bytes) = postcard::to_allocvec(&look)
            && post.look(self.known.run, bytes)
        {
            self.going = Some(reply);
        }
    }

    /// Takes news in: whether anything known changed, and who is to hear what a look came to.
    pub fn hear(&mut self, news: News, now: f64) -> (bool, Option<Told<J>>) {
        match news {
            News::NoWorker => {
                self.rest(None);
                self.known.failed = true;
            }
            News::Restarted => return (self.restarted(now), None),
            News::Update(run, update, part) => return (self.grew(run, update, &part, now), None),
            News::Seen(run, seen) => return self.saw(run, &seen),
        }
        (true, None)
    }

    fn grew(&mut self, run: u32, update: Update, part: &[u8], now: f64) -> bool {
        // Of those before it nothing will be heard any more.
        self.growing.retain(|growing| growing.run >= run);
        let Some(growing) = self.growing.first_mut().filter(|first| first.run == run) else {
            return false;
        };
        if let Ok(part) = postcard::from_bytes(part) {
            growing.asked.add(&mut growing.result, part);
            growing.fresh = true;
        }
        let long = now - growing.since > PATIENCE;
        if (long || update.done.is_some())
            && std::mem::take(&mut growing.fresh)
            && let Some(result) = &growing.result
        {
            let pair = (growing.asked.clone(), result.clone());
            self.known.shown = Some(pair.into());
        }
        let newest = run == self.known.run;
        if let Some(effort) = update.done {
            self.known.effort = Some(effort);
            self.known.completed += 1;
            if newest {
                self.rest(update.stopped);
                self.look_again();
            }
            return true;
        }
        if long {
            self.known.progress = Some(update.progress);
        }
        // The beginning of a long run can be looked at while the rest is to come.
        if newest && self.looked != run {
            self.look_again();
        }
        long
    }

    /// The one rule for a worker that was stuck: what is not answered, or looked at, is asked again
    /// once; then a sentence says that it is not.
    fn restarted(&mut self, now: f64) -> bool {
        (self.going, self.wish) = (None, None);
        let needed = self.known.running || self.wanted.is_some();
        if !needed || self.asked.is_none() {
            return false;
        }
        self.restarts += 1;
        if self.restarts > 1 {
            self.rest(Some(J::ENDLESS.to_owned()));
        } else {
            self.growing.clear();
            self.send(now);
        }
        true
    }

    fn saw(&mut self, run: u32, seen: &[u8]) -> (bool, Option<Told<J>>) {
        if run != self.known.run {
            return (false, None);
        }
        let reply = self.going.take().flatten();
        let seen: Option<J::Seen> = postcard::from_bytes(seen).ok();
        if let Some((look, reply)) = self.wish.take() {
            self.look(look, reply);
        }
        match (seen, reply) {
            (Some(seen), Some(reply)) => (false, Some((reply, seen))),
            (Some(seen), None) => {
                self.looked = run;
                self.known.seen = Some((run, seen));
                (true, None)
            }
            (None, _) => (false, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use lab_worker::jobs::{
        grade::Grade,
        record::{Look, Record, Seen},
    };

    use super::*;

    /// What was posted: questions and looks, by run.
    #[derive(Default)]
    struct Posted {
        runs: RefCell<u32>,
        looks: RefCell<Vec<(u32, Look)>>,
    }

    impl Post for &Posted {
        fn ask(&self, _job: &'static str, _question: Vec<u8>) -> Option<u32> {
            *self.runs.borrow_mut() += 1;
            Some(*self.runs.borrow())
        }

        fn rest(&self) {}

        fn look(&self, run: u32, look: Vec<u8>) -> bool {
            let look = postcard::from_bytes(&look).unwrap();
            self.looks.borrow_mut().push((run, look));
            true
        }
    }

    fn desk<J: Job>(posted: &Posted) -> Desk<J, &Posted> {
        Desk {
            post: Some(posted),
            ..Desk::default()
        }
    }

    fn grade(answer: &str) -> Option<Rc<Grade>> {
        let grade = Grade {
            exercise: "one".to_owned(),
            answer: answer.to_owned(),
            round: 1,
        };
        Some(grade.into())
    }

    /// A run's last news.
    fn done(run: u32, pass: bool) -> News {
        let update = Update {
            progress: 1.0,
            done: Some(Effort::default()),
            stopped: None,
        };
        let verdict = lab_lessons::exercise::Grade {
            name: "one".to_owned(),
            pass,
            score: 1.0,
            max: 1.0,
            message: String::new(),
            remarks: Vec::new(),
        };
        News::Update(run, update, postcard::to_allocvec(&verdict).unwrap())
    }

    fn begun(run: u32) -> News {
        let update = Update {
            progress: 0.5,
            done: None,
            stopped: None,
        };
        News::Update(run, update, Vec::new())
    }

    #[test]
    fn the_newest_complete_result_is_shown_while_a_newer_question_waits() {
        let posted = Posted::default();
        let mut desk = desk::<Grade>(&posted);
        desk.ask(grade("a"), 0.0);
        desk.ask(grade("b"), 1.0);
        assert!(desk.hear(done(1, true), 2.0).0);
        let shown = desk.known.shown.clone().unwrap();
        assert_eq!((shown.0.answer.as_str(), shown.1.pass), ("a", true));
        assert!(desk.known.running, "the newer one is still to come");
        assert!(desk.hear(done(2, false), 3.0).0);
        assert_eq!(desk.known.shown.clone().unwrap().0.answer, "b");
        assert!(!desk.known.running);
        assert!(!desk.hear(done(1, true), 4.0).0, "a stale answer");
    }

    #[test]
    fn progress_shows_after_a_delay() {
        let posted = Posted::default();
        let mut desk = desk::<Grade>(&posted);
        desk.ask(grade("a"), 0.0);
        assert!(!desk.hear(begun(1), PATIENCE).0);
        assert_eq!(desk.known.progress, None);
        assert!(desk.hear(begun(1), PATIENCE + 1.0).0);
        assert_eq!(desk.known.progress, Some(0.5));
    }

    #[test]
    fn after_a_restart_a_question_is_asked_once_more_and_then_no_more() {
        let posted = Posted::default();
        let mut desk = desk::<Grade>(&posted);
        desk.ask(grade("a"), 0.0);
        desk.hear(News::Restarted, 1.0);
        assert_eq!((desk.known.run, desk.known.running), (2, true));
        desk.hear(News::Restarted, 2.0);
        assert_eq!(*posted.runs.borrow(), 2);
        assert_eq!(desk.known.stopped.as_deref(), Some(Grade::ENDLESS));
        assert!(!desk.known.running);
        // Another question has its own two tries; an answered one needs none.
        desk.ask(grade("b"), 3.0);
        assert_eq!(desk.known.stopped, None);
        desk.hear(done(3, true), 4.0);
        desk.hear(News::Restarted, 5.0);
        assert_eq!(*posted.runs.borrow(), 3);
    }

    #[test]
    fn of_looks_only_the_newest_wish_is_kept() {
        let posted = Posted::default();
        let mut desk = desk::<Record>(&posted);
        let record = Record {
            program: String::new(),
            values: Vec::new(),
            machine: lab_core::machine::Machine::preset("teaching").unwrap(),
            limit: 1,
            sample: false,
        };
        let look = |at| Look::Step {
            at,
            cells: 1,
            ahead: 0,
            hand: Vec::new(),
        };
        desk.ask(Some(record.into()), 0.0);
        for at in [1, 2, 3] {
            desk.want(Some(look(at)));
        }
        let seen = postcard::to_allocvec(&Seen::Sought(None)).unwrap();
        assert!(desk.hear(News::Seen(1, seen.clone()), 1.0).0);
        assert!(!desk.hear(News::Seen(7, seen), 1.0).0, "of no run of these");
        assert_eq!(*posted.looks.borrow(), [(1, look(1)), (1, look(3))]);
        // A worker that lost the recording is asked for it, and what was wanted is looked at again.
        desk.hear(News::Restarted, 2.0);
        desk.hear(begun(2), 3.0);
        assert_eq!(posted.looks.borrow()[2..], [(2, look(3))]);
    }
}
