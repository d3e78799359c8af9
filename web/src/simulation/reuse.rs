//! A kernel's reuse distances at work: window by window.

use lab_core::sim::reuse::Run;

use super::protocol::{Found, Reuse};

/// Accesses of the first window.
const FIRST: u64 = 1 << 18;

/// How long a window should take, milliseconds: shorter ones grow. Each window lays out the kernel's
/// data anew, which takes a tenth of a second for the largest.
const LONG_ENOUGH: f64 = 150.0;

/// A run and how far it came.
#[derive(Debug)]
pub struct ReuseRun {
    /// Nothing for a machine that cannot be built; the page checks it before it asks.
    run: Option<Run>,
    window: u64,
}

impl ReuseRun {
    /// At its beginning.
    pub fn new(reuse: Reuse) -> Self {
        let Reuse {
            kernel,
            arguments,
            machine,
            rate,
        } = reuse;
        Self {
            run: Run::new(kernel, arguments, &machine, rate).ok(),
            window: FIRST,
        }
    }

    /// Simulates the next window: what was found, the share of the run that is done, the accesses
    /// so far.
    pub fn work(&mut self, clock: &mut impl FnMut() -> f64) -> (Found, f64, u64) {
        let Some(run) = &mut self.run else {
            return (Found::Locality(None), 1.0, 0);
        };
        let begun = clock();
        if run.advance(self.window) {
            let locality = Box::new(run.locality());
            return (Found::Locality(Some(locality)), 1.0, run.accesses());
        }
        if clock() - begun < LONG_ENOUGH {
            self.window *= 2;
        }
        (Found::Locality(None), run.progress(), run.accesses())
    }
}
