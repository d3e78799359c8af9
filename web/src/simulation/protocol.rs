//! What page and worker say to each other, as JSON (a machine reads sizes in two spellings, which
//! rules out formats that do not describe themselves).

use lab_core::{
    kernels::Kernel,
    machine::Machine,
    parameters::Arguments,
    report::Point,
    sim::{
        recording::{ArrayMap, Direction, Goal, Step, Summary},
        reuse::Locality,
    },
    study::Study,
    trace::program::{Extent, PlacedArray, Problem},
};
use serde::{Deserialize, Serialize};

/// Who asks: one number a figure.
pub type Client = u32;

/// What is to be simulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Job {
    /// A study along its x.
    Sweep(Sweep),
    /// One run of a kernel, with its reuse distances.
    Reuse(Reuse),
    /// A program, and an access of it to be looked at.
    Look(Look),
}

/// A sweep to be simulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// Of which study.
    pub study: Study,
    /// On which machine; sound.
    pub machine: Machine,
    /// With which parameters.
    pub arguments: Arguments,
    /// Which curves, each at which x.
    pub curves: Vec<Curve>,
}

/// One curve of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The variant of the study.
    pub variant: String,
    /// Where along x.
    pub xs: Vec<f64>,
}

/// A run of a kernel whose reuse distances are asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reuse {
    /// Which kernel.
    pub kernel: Kernel,
    /// With which parameters.
    pub arguments: Arguments,
    /// On which machine; sound.
    pub machine: Machine,
    /// Share of lines whose distances are watched; nothing for all of them.
    pub rate: Option<f64>,
}

/// A program on a machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// Its source.
    pub source: String,
    /// Its parameters, where they are not as written.
    pub values: Vec<(String, i64)>,
    /// On which machine; sound.
    pub machine: Machine,
}

/// A look at an access of a recorded program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Of which run: the worker keeps it from look to look.
    pub recorded: Recorded,
    /// Which access, from 0.
    pub step: u64,
    /// What to go on to from there, and a number that makes each such wish a new one.
    pub seek: Option<(Goal, Direction, u32)>,
}

/// What a look saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// What is wrong with the program; the rest is empty then.
    pub problems: Vec<Problem>,
    /// Where its arrays lie.
    pub arrays: Vec<PlacedArray>,
    /// How many accesses it makes, known without running it.
    pub extent: Option<Extent>,
    /// Whether all that will be recorded is.
    pub finished: bool,
    /// Why it stopped early, if it did.
    pub fault: Option<Problem>,
    /// What it adds up to.
    pub summary: Summary,
    /// The access looked at.
    pub step: Option<Step>,
    /// Whether what was sought was found.
    pub found: bool,
    /// Where the lines of its arrays lie after that access.
    pub maps: Vec<ArrayMap>,
    /// The loop variables at that access, outermost first.
    pub position: Vec<(String, i64)>,
}

/// Page to worker.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// Simulate; replaces what this client asked before.
    Run {
        /// Who asks.
        client: Client,
        /// The client's own number for it.
        run: u32,
        /// What.
        job: Box<Job>,
    },
    /// The client is gone.
    Forget {
        /// Who.
        client: Client,
    },
}

/// Worker to page.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// The worker listens.
    Ready,
    /// Something of a run.
    Part {
        /// Whose.
        client: Client,
        /// Of which run.
        run: u32,
        /// What.
        update: Update,
    },
}

/// How far a run came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// Share of its work that is done.
    pub progress: f64,
    /// What it found since the last update.
    pub found: Found,
    /// Set with the last update.
    pub done: Option<Effort>,
}

/// What a run found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Found {
    /// Curve of a sweep by number, and a point of it, in rising x for each curve.
    Points(Vec<(usize, Point)>),
    /// All of a reuse run at once, at its end.
    Locality(Option<Box<Locality>>),
    /// What a look saw, at its end.
    Seen(Option<Box<Seen>>),
}

/// What a run took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Effort {
    /// Accesses simulated, those that warm the caches included.
    pub accesses: u64,
    /// From the request's arrival to the last point, milliseconds.
    pub milliseconds: f64,
}
