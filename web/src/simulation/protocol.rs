//! What page and worker say to each other, as JSON (a machine reads sizes in two spellings, which
//! rules out formats that do not describe themselves).

use lab_core::{
    kernels::{
        Kernel,
        loader::{LoaderKernel, Way},
    },
    machine::Machine,
    parameters::Arguments,
    report::Point,
    sim::{
        recording::{ArrayMap, Direction, Goal, Step, Summary},
        reuse::Locality,
    },
    study::Study,
    trace::Access,
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
    /// A program, recorded to be looked at.
    Record(Record),
    /// Loader kernels, timed in this browser.
    Time(Time),
}

/// Loader kernels to be timed, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Time {
    /// Which.
    pub kernels: Vec<LoaderKernel>,
    /// All arrays of each together, about, bytes.
    pub bytes: usize,
    /// The how-manieth request this is: asking again measures again.
    pub round: u32,
}

/// What a loader kernel reached in this browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Which.
    pub kernel: LoaderKernel,
    /// How it was written.
    pub way: Way,
    /// All its arrays together, bytes.
    pub bytes: usize,
    /// Bytes counted a second, the median of the samples, GB/s.
    pub rate: f64,
    /// The slowest and the fastest sample, GB/s.
    pub range: (f64, f64),
    /// How long the shortest sample took, milliseconds.
    pub shortest: f64,
    /// The clock's smallest step, milliseconds.
    pub resolution: f64,
}

/// A program to be recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its text in the loop language; sound.
    pub program: String,
    /// Values of its parameters; the others keep their default.
    pub values: Vec<(String, i64)>,
    /// On which machine; sound.
    pub machine: Machine,
    /// Accesses to record at most.
    pub limit: u64,
    /// Whether these are slices from all of the program, where it makes more; its beginning otherwise.
    pub sample: bool,
}

/// What is to be shown of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Look {
    /// An access, with where the arrays' lines lie after it.
    Step {
        /// Its number, from 0.
        at: u64,
        /// Cells an array is told in, at most.
        cells: u64,
        /// Accesses after it to be told, for predictions.
        ahead: u64,
    },
    /// The next or the last access where something happened.
    Seek {
        /// Where to start; this one does not count.
        from: u64,
        /// What.
        goal: Goal,
        /// Which way.
        direction: Direction,
    },
}

/// What was seen of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Seen {
    /// An access.
    Step(Option<Box<Moment>>),
    /// Where something was found, if it was.
    Sought(Option<u64>),
}

/// An access of a recorded run and all that is shown with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// The access, its events, the caches after it.
    pub step: Step,
    /// The loop variables at the access, outermost first.
    pub position: Vec<(String, i64)>,
    /// Where the lines of the arrays lie after it.
    pub maps: Vec<ArrayMap>,
    /// The next accesses, and whether each hits the first cache it asks: to be predicted.
    pub ahead: Vec<(Access, bool)>,
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
    /// Show something of the recording that this client asked for.
    Look {
        /// Who asks.
        client: Client,
        /// Of which of its runs.
        run: u32,
        /// At what.
        look: Look,
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
    /// What was seen of a recording; nothing where it is not there any more.
    Seen {
        /// Whose.
        client: Client,
        /// Of which run.
        run: u32,
        /// What.
        seen: Option<Seen>,
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
    /// Why the program ended early, if it did; set with the last update.
    #[serde(default)]
    pub stopped: Option<String>,
}

/// What a run found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Found {
    /// Curve of a sweep by number, and a point of it, in rising x for each curve.
    Points(Vec<(usize, Point)>),
    /// All of a reuse run at once, at its end.
    Locality(Option<Box<Locality>>),
    /// What a recording adds up to, now and then and at its end.
    Summary(Option<Box<Summary>>),
    /// Kernels timed since the last update.
    Timings(Vec<Timing>),
    /// Why a program ended early, or was not run; a sentence.
    Stopped(String),
}

/// What a run took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Effort {
    /// Accesses simulated, those that warm the caches included.
    pub accesses: u64,
    /// From the request's arrival to the last point, milliseconds.
    pub milliseconds: f64,
    /// Memory that the worker has taken so far, for this run and whatever came before it, bytes.
    pub memory: u64,
}
