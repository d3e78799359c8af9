//! The door to the simulators: caches in a row, whatever their kind.

use super::{
    batch::Batch,
    counts::Counts,
    engine::{Engine, Options},
    semantics::Semantics,
};
use crate::{
    machine::{Machine, MachineError},
    trace::{Access, Probe},
};

/// A row of caches in front of memory: the batch engine where the machine is plain enough, the step
/// engine where it is not. Both count the same.
///
/// ```
/// use lab_core::{machine::Machine, sim::Hierarchy, trace::{Access, Probe}};
/// let mut caches = Hierarchy::new(&Machine::preset("teaching").unwrap()).unwrap();
/// for address in [0, 8, 16, 0] {
///     caches.access(Access::load(address, 8));
/// }
/// let l1 = &caches.counts().levels[0];
/// assert_eq!((l1.hits, l1.misses), (2, 2)); // lines of 16 bytes: 0 and 8 share one
/// ```
#[derive(Clone, Debug)]
pub struct Hierarchy {
    machine: Machine,
    options: Options,
    kept: Kept,
}

#[derive(Clone, Debug)]
enum Kept {
    Batch(Box<Batch>),
    Step(Box<Engine>),
}

impl Hierarchy {
    /// Empty caches as the machine describes them.
    ///
    /// # Errors
    /// All that is wrong with the description.
    pub fn new(machine: &Machine) -> Result<Self, Vec<MachineError>> {
        Self::with(machine, Options::default())
    }

    /// The same, with misses told apart by cause, other semantics, a seed or a future.
    ///
    /// # Errors
    /// All that is wrong with the description.
    pub fn with(machine: &Machine, options: Options) -> Result<Self, Vec<MachineError>> {
        machine.check()?;
        let plain =
            Batch::suits(machine) && options.semantics == Semantics::default() && !options.line_use;
        let kept = if plain {
            Kept::Batch(Box::new(Batch::new(machine, options.classify)))
        } else {
            Kept::Step(Box::new(Engine::new(machine, options.clone())?))
        };
        Ok(Self {
            machine: machine.clone(),
            options,
            kept,
        })
    }

    /// Sets every count to zero and keeps what the caches hold: call it after a warm-up.
    pub fn reset_counts(&mut self) {
        match &mut self.kept {
            Kept::Batch(batch) => batch.reset_counts(),
            Kept::Step(engine) => engine.reset_counts(),
        }
    }

    /// The counts so far.
    pub fn counts(&mut self) -> Counts {
        match &mut self.kept {
            Kept::Batch(batch) => batch.counts(),
            Kept::Step(engine) => engine.counts(),
        }
    }

    #[inline(never)]
    fn look_up(&mut self, access: Access) {
        if let Kept::Batch(batch) = &mut self.kept {
            if Batch::knows(&access) {
                batch.access(access);
                return;
            }
            // The step engine goes on from here.
            let batch = Batch::clone(batch);
            let engine = Engine::adopt(&self.machine, self.options.clone(), batch)
                .expect("the machine was checked");
            self.kept = Kept::Step(Box::new(engine));
        }
        if let Kept::Step(engine) = &mut self.kept {
            engine.access(access);
        }
    }
}

impl Probe for Hierarchy {
    #[inline(always)]
    fn access(&mut self, access: Access) {
        if let Kept::Batch(batch) = &mut self.kept
            && (batch.repeats(&access) || batch.takes(&access))
        {
            return;
        }
        self.look_up(access);
    }
}
