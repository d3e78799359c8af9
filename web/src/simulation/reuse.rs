//! A kernel's reuse distances at work: window by window.
//!
//! A kernel runs from beginning to end, and a worker that runs it hears nothing meanwhile. So it is
//! run several times, each time with a probe that lets only the next window of its accesses pass:
//! what is not let pass costs about a nanosecond, and between windows a newer request can take over.

use lab_core::{
    sim::{
        Hierarchy, Options,
        reuse::Distances,
    },
    trace::{Access, Probe},
};

use super::protocol::{Found, Locality, Reuse};

#[derive(Debug)]
struct Sampled(Distances);
impl Sampled { fn new(l: u64, _: f64) -> Self { Self(Distances::new(l)) } fn access(&mut self, a: Access) { self.0.access(a) } fn profile(&self) -> lab_core::sim::reuse::Profile { self.0.profile() } }
/// Accesses of the first window.
const FIRST: u64 = 1 << 18;

/// How long a window should take, milliseconds: shorter ones grow.
const LONG_ENOUGH: f64 = 60.0;

/// A run and how far it came.
#[derive(Debug)]
pub struct ReuseRun {
    reuse: Reuse,
    window: u64,
    /// Nothing for a machine that cannot be built; the page checks it before it asks.
    listener: Option<Listener>,
}

/// Hears a window of a run.
#[derive(Debug)]
struct Listener {
    hierarchy: Hierarchy,
    distances: Distancing,
    /// Accesses heard so far in all windows.
    heard: u64,
    /// Accesses to be let go before the next one is heard.
    skip: u64,
    /// Accesses to be heard after that.
    left: u64,
}

#[derive(Debug)]
enum Distancing {
    Exact(Box<Distances>),
    Sampled(Box<Sampled>),
}

impl Probe for Listener {
    #[inline(always)]
    fn access(&mut self, access: Access) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if self.left > 0 {
            self.left -= 1;
            self.hear(access);
        }
    }
}

impl Listener {
    #[inline(never)]
    fn hear(&mut self, access: Access) {
        self.heard += 1;
        self.hierarchy.access(access);
        match &mut self.distances {
            Distancing::Exact(distances) => distances.access(access),
            Distancing::Sampled(distances) => distances.access(access),
        }
    }
}

impl ReuseRun {
    /// At its beginning.
    pub fn new(reuse: Reuse) -> Self {
        let options = Options {
            classify: true,
            ..Options::default()
        };
        let line = reuse.machine.line();
        let listener = Hierarchy::with(&reuse.machine, options)
            .ok()
            .map(|hierarchy| Listener {
                hierarchy,
                distances: match reuse.rate {
                    None => Distancing::Exact(Box::new(Distances::new(line))),
                    Some(rate) => Distancing::Sampled(Box::new(Sampled::new(line, rate))),
                },
                heard: 0,
                skip: 0,
                left: 0,
            });
        Self {
            reuse,
            window: FIRST,
            listener,
        }
    }

    /// Simulates the next window: what was found, the share of the run that is done, the accesses
    /// so far.
    pub fn work(&mut self, clock: &mut impl FnMut() -> f64) -> (Found, f64, u64) {
        let Some(listener) = &mut self.listener else {
            return (Found::Locality(None), 1.0, 0);
        };
        let begun = clock();
        (listener.skip, listener.left) = (listener.heard, self.window);
        self.reuse.kernel.run(&self.reuse.arguments, listener);
        if clock() - begun < LONG_ENOUGH {
            self.window *= 2;
        }
        // A window that was not filled was the last.
        if listener.left == 0 {
            let all = self.reuse.kernel.accesses(&self.reuse.arguments);
            let progress = listener.heard as f64 / all.max(1) as f64;
            if progress < 1.0 {
                return (Found::Locality(None), progress, listener.heard);
            }
        }
        let profile = match &listener.distances {
            Distancing::Exact(distances) => distances.profile(),
            Distancing::Sampled(distances) => distances.profile(),
        };
        let counts = listener.hierarchy.counts();
        let locality = Locality { profile, counts };
        (
            Found::Locality(Some(Box::new(locality))),
            1.0,
            listener.heard,
        )
    }
}

#[cfg(test)]
mod tests {
    use lab_core::{kernels::Kernel, machine::Machine, parameters::Arguments};

    use super::*;

    fn finish(mut run: ReuseRun) -> (Locality, u32) {
        for windows in 1.. {
            // A clock that does not move: windows grow, as on a fast machine.
            let (found, progress, _) = run.work(&mut || 0.0);
            assert!(progress <= 1.0);
            if let Found::Locality(Some(found)) = found {
                assert_eq!(progress, 1.0);
                return (*found, windows);
            }
        }
        unreachable!()
    }

    #[test]
    fn windows_leave_no_seam() {
        let mut arguments = Arguments::default();
        for (name, value) in [("array", 32_768.0), ("accesses", 40_000.0)] {
            let parameters = Kernel::RandomGather.parameters();
            arguments.set(parameters, name, value).unwrap();
        }
        let run = |window| {
            let mut run = ReuseRun::new(Reuse {
                kernel: Kernel::RandomGather,
                arguments: arguments.clone(),
                machine: Machine::preset("small-laptop").unwrap(),
                rate: None,
            });
            run.window = window;
            finish(run)
        };
        let (whole, once) = run(1 << 20);
        let (parts, many) = run(1_000);
        assert_eq!(once, 1);
        assert!(many > 4, "{many}");
        assert_eq!(parts, whole);
        assert_eq!(whole.profile.accesses, 80_000);
        // As many windows as accesses that fit exactly: the last one ends the run.
        assert_eq!(run(80_000).1, 1);
    }
}
