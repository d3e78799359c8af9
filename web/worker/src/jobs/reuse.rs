//! A kernel's reuse distances at work: window by window.

use std::rc::Rc;

use lab_core::{
    kernels::Kernel,
    machine::Machine,
    parameters::Arguments,
    sim::reuse::{self, Locality},
};
use serde::{Deserialize, Serialize};

use crate::{Job, Nothing, Run, Step};

/// Accesses of the first window.
const FIRST: u64 = 1 << 18;

/// How long a window should take, milliseconds: shorter ones grow. Each window lays out the kernel's
/// data anew, which takes a tenth of a second for the largest.
const LONG_ENOUGH: f64 = 150.0;

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

/// All is found at once, at the end.
impl Job for Reuse {
    const NAME: &'static str = "reuse";

    type Part = Locality;
    type Result = Rc<Locality>;
    type Look = Nothing;
    type Seen = Nothing;
    type Run = ReuseRun;

    fn add(&self, result: &mut Option<Rc<Locality>>, part: Locality) {
        *result = Some(part.into());
    }
}

/// A run and how far it came.
#[derive(Debug)]
pub struct ReuseRun {
    /// Nothing for a machine that cannot be built; the page checks it before it asks.
    run: Option<reuse::Run>,
    window: u64,
}

impl Run<Reuse> for ReuseRun {
    fn new(reuse: Reuse) -> Self {
        let Reuse {
            kernel,
            arguments,
            machine,
            rate,
        } = reuse;
        Self {
            run: reuse::Run::new(kernel, arguments, &machine, rate).ok(),
            window: FIRST,
        }
    }

    /// Simulates the next window.
    fn work(&mut self, _until: f64, clock: &mut dyn FnMut() -> f64) -> Step<Locality> {
        let Some(run) = &mut self.run else {
            return Step::new(None, 1.0, 0);
        };
        let begun = clock();
        if run.advance(self.window) {
            return Step::new(Some(run.locality()), 1.0, run.accesses());
        }
        if clock() - begun < LONG_ENOUGH {
            self.window *= 2;
        }
        Step::new(None, run.progress(), run.accesses())
    }
}
