//! What a job is: to the page a question and what its answers add up to, to the worker a run.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A question for the worker. The question is the value itself.
pub trait Job: Clone + PartialEq + Serialize + DeserializeOwned + 'static {
    /// By which the worker knows it.
    const NAME: &'static str;

    /// What is said when the worker was stuck with it, was started anew, and was stuck again.
    const ENDLESS: &'static str = "The simulator stopped answering twice on this and was \
                                   restarted; change something to run it again.";

    /// What is found at a time.
    type Part: Serialize + DeserializeOwned;

    /// What the parts add up to.
    type Result: Clone + PartialEq + 'static;

    /// What can be looked at, during the run and after it; [`Nothing`] for most.
    type Look: Clone + PartialEq + Serialize + DeserializeOwned + 'static;

    /// What is seen there.
    type Seen: Clone + Serialize + DeserializeOwned + 'static;

    /// Who answers. The page never calls it, so it is not linked there.
    type Run: Run<Self>;

    /// Adds a part to what was found before, if anything was.
    fn add(&self, result: &mut Option<Self::Result>, part: Self::Part);
}

/// A job at work, slice by slice.
pub trait Run<J: Job>: 'static {
    /// Whether there is something to look at when it is finished: then it is kept.
    const KEPT: bool = false;

    /// At its beginning.
    fn new(job: J) -> Self;

    /// Works until `clock` (milliseconds) passes `until`, one step at least.
    fn work(&mut self, until: f64, clock: &mut dyn FnMut() -> f64) -> Step<J::Part>;

    /// What is seen at a look; nothing where there is nothing yet.
    fn look(&mut self, _look: &J::Look) -> Option<J::Seen> {
        None
    }
}

/// What a slice of work came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Step<P> {
    /// What was found in it.
    pub part: Option<P>,
    /// The share of all that is done; 1 with the last step.
    pub progress: f64,
    /// Accesses simulated so far.
    pub accesses: u64,
    /// Why the job ended early or was not begun, in a sentence; with the last step.
    pub stopped: Option<String>,
}

impl<P> Step<P> {
    /// A step of a job that ends as it should.
    pub fn new(part: Option<P>, progress: f64, accesses: u64) -> Self {
        Self {
            part,
            progress,
            accesses,
            stopped: None,
        }
    }

    /// The last step of a job that was not begun.
    pub fn refused(why: String) -> Self {
        Self {
            stopped: Some(why),
            ..Self::new(None, 1.0, 0)
        }
    }
}

/// What there is to look at in a job without looks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Nothing {}

/// A run of any job, whose messages are bytes.
pub(crate) trait Work {
    fn work(&mut self, until: f64, clock: &mut dyn FnMut() -> f64) -> Step<Vec<u8>>;
    fn look(&mut self, look: &[u8]) -> Option<Vec<u8>>;
    fn kept(&self) -> bool;
}

/// How a run of a job is begun, with the question as JSON.
pub(crate) type Begin = fn(&[u8]) -> Option<Box<dyn Work>>;

/// As [`Begin`], of a certain job.
pub(crate) fn begin<J: Job>(question: &[u8]) -> Option<Box<dyn Work>> {
    let job: J = serde_json::from_slice(question).ok()?;
    Some(Box::new(Of::<J>(J::Run::new(job))))
}

struct Of<J: Job>(J::Run);

impl<J: Job> Work for Of<J> {
    fn work(&mut self, until: f64, clock: &mut dyn FnMut() -> f64) -> Step<Vec<u8>> {
        let step = self.0.work(until, clock);
        Step {
            part: step.part.and_then(|part| postcard::to_allocvec(&part).ok()),
            progress: step.progress,
            accesses: step.accesses,
            stopped: step.stopped,
        }
    }

    fn look(&mut self, look: &[u8]) -> Option<Vec<u8>> {
        let seen = self.0.look(&postcard::from_bytes(look).ok()?)?;
        postcard::to_allocvec(&seen).ok()
    }

    fn kept(&self) -> bool {
        J::Run::KEPT
    }
}

/// What the page asks and this worker cannot do; why not, in a sentence.
pub(crate) struct Refused(pub &'static str);

impl Work for Refused {
    fn work(&mut self, _until: f64, _clock: &mut dyn FnMut() -> f64) -> Step<Vec<u8>> {
        Step::refused(self.0.to_owned())
    }

    fn look(&mut self, _look: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn kept(&self) -> bool {
        false
    }
}
