//! How page and worker write to each other: who and what, and behind it what the job's own types say, as
//! postcard, which needs a fraction of JSON's code. Questions alone are JSON: they hold machines, which
//! read sizes in two spellings, and that rules out formats that do not describe themselves.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Who asks: one number a figure.
pub type Client = u32;

/// A request or an answer, and what belongs to the job.
#[derive(Clone, Debug, PartialEq)]
pub struct Message<H> {
    /// The [`Request`] or [`Answer`].
    pub head: H,
    /// A question as JSON; or a part, a look or what was seen as postcard. Empty for nothing.
    pub body: Vec<u8>,
}

impl<H: Serialize> Message<H> {
    /// As it is sent.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let mut bytes = postcard::to_allocvec(&self.head).ok()?;
        bytes.extend(&self.body);
        Some(bytes)
    }
}

impl<H: DeserializeOwned> Message<H> {
    /// As it is received.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (head, body) = postcard::take_from_bytes(bytes).ok()?;
        Some(Self {
            head,
            body: body.to_vec(),
        })
    }
}

/// Page to worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Work on the question in the body; replaces what this client asked before.
    Run {
        /// Who asks.
        client: Client,
        /// The client's own number for it.
        run: u32,
        /// Name of the job.
        job: String,
    },
    /// Look at what this client asked for; the body says where.
    Look {
        /// Who asks.
        client: Client,
        /// At which of its runs.
        run: u32,
    },
    /// The client asks nothing any more.
    Forget {
        /// Who.
        client: Client,
    },
}

/// Worker to page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// The worker listens.
    Ready,
    /// How far a run came, and a part of its answer.
    Part {
        /// Whose.
        client: Client,
        /// Of which run.
        run: u32,
        /// How far.
        update: Update,
    },
    /// What was seen at a look; an empty body where there is nothing, or no such run any more.
    Seen {
        /// Whose.
        client: Client,
        /// Of which run.
        run: u32,
    },
}

/// How far a run came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// Share of its work that is done.
    pub progress: f64,
    /// Set with the last update.
    pub done: Option<Effort>,
    /// Why the job ended early or was not begun, in a sentence, if it did; with the last update.
    pub stopped: Option<String>,
}

/// What a run took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Effort {
    /// Accesses simulated, those that warm the caches included.
    pub accesses: u64,
    /// From the request's arrival to the last part, milliseconds.
    pub milliseconds: f64,
    /// Memory that the worker has taken so far, for this run and whatever came before it, bytes.
    pub memory: u64,
}
