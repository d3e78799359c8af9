//! What page and worker say to each other, as JSON (a machine reads sizes in two spellings, which
//! rules out formats that do not describe themselves).

use lab_core::{machine::Machine, parameters::Arguments, report::Point, study::Study};
use serde::{Deserialize, Serialize};

/// Who asks: one number a figure.
pub type Client = u32;

/// A sweep to be simulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Of which study.
    pub study: Study,
    /// On which machine; sound.
    pub machine: Machine,
    /// With which parameters.
    pub arguments: Arguments,
    /// Which curves, each at which x.
    pub curves: Vec<Curve>,
}

/// One curve of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The variant of the study.
    pub variant: String,
    /// Where along x.
    pub xs: Vec<f64>,
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
    /// Some points of a run.
    Points {
        /// Whose.
        client: Client,
        /// Of which run.
        run: u32,
        /// Curve by number, and a point of it, in rising x for each curve.
        points: Vec<(usize, Point)>,
        /// Set with the last points.
        done: Option<Effort>,
    },
}

/// What a run took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Effort {
    /// Accesses simulated, those that warm the caches included.
    pub accesses: u64,
    /// From the request's arrival to the last point, milliseconds.
    pub milliseconds: f64,
}
