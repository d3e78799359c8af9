//! Forming batches: time of a sample brought to its place, by how many there are (claim O4).
//!
//! Kernels: those of [`batch`](crate::kernels::batch), each on a fresh copy of the shuffled samples.
//! The recursion to √n groups stands here twice, with the form of the course text and with one that
//! counts what it does: the simulation is the same, and only one of the predictions is near it.

use super::{
    REACH,
    definition::*,
    loop_order::issue,
    workload::{Algorithm, Body, Lines},
};
use crate::{
    kernels::batch::{Groups, distribute, scatter, shuffled},
    machine::Machine,
    model::io,
    parameters::{Arguments, Parameter},
    trace::{Buffer, BufferMut, Probe},
    units::Unit,
};

pub(super) struct Batches;

#[derive(Clone, Copy, PartialEq)]
enum Route {
    Straight,
    Roots,
    RootsAsPrinted,
    /// Half as many groups as the first cache has lines.
    Few,
}

const STRAIGHT: Variant = Variant::new("straight to the place");
const ROOTS: Variant = Variant::new("√n groups");
pub(super) const PRINTED: Variant = Variant::new("√n groups, as printed");
const FEW: Variant = Variant::new("few groups");
const WAYS: [(Variant, Route); 4] = [
    (STRAIGHT, Route::Straight),
    (ROOTS, Route::Roots),
    (PRINTED, Route::RootsAsPrinted),
    (FEW, Route::Few),
];
const ISSUES: [Parameter; 3] = [
    issue("issue-straight", 0.7),
    issue("issue-roots", 4.0),
    issue("issue-few", 4.0),
];

pub(super) static INFO: Info = Info {
    name: "batches",
    title: "Forming batches",
    about: "What does it cost to bring a shuffled sample to its place, as the samples grow in number?",
    claims: &["O4", "O2"],
    group: Group::Algorithms,
    first_look: false,
    x: Dimension::new("samples of 8 bytes", Unit::Count),
    y: Dimension::new("time per sample", Unit::Nanoseconds),
    variants: &[STRAIGHT, ROOTS, PRINTED, FEW],
    measured_variants: &[STRAIGHT, ROOTS, FEW],
    telling_x: None,
    parameters: &[REACH, ISSUES[0], ISSUES[1], ISSUES[2]],
    simulation: Ok(&Batches),
    landmarks: |machine| full_at(machine, |bytes| bytes / (3.0 * ELEMENT)),
};

const ELEMENT: f64 = 8.0;

#[derive(Clone, Copy)]
pub(super) struct Shuffle {
    samples: usize,
    way: Route,
    /// Of the ways that have some.
    groups: Groups,
}

impl Shuffle {
    fn of(machine: &Machine, variant: Variant, samples: f64) -> Self {
        let way = variant.of(&WAYS);
        let lines = machine.caches[0].size / machine.caches[0].line;
        Self {
            samples: samples as usize,
            way,
            groups: match way {
                Route::Few => Groups::AtMost((lines / 2).max(2) as usize),
                _ => Groups::Roots,
            },
        }
    }

    /// The shuffled samples, the array they are worked on in, another one, and the cursors.
    fn arrays<'m>(&self, memory: &'m mut [u64]) -> [&'m mut [u64]; 4] {
        let (source, rest) = memory.split_at_mut(self.samples);
        let (data, rest) = rest.split_at_mut(self.samples);
        let (scratch, cursors) = rest.split_at_mut(self.samples);
        [source, data, scratch, cursors]
    }
}

/// What is read is written as often.
fn halves_dirty(fetched: f64) -> Lines {
    Lines {
        fetched,
        dirty: fetched / 2.0,
    }
}

impl Body for Shuffle {
    fn words(&self) -> usize {
        3 * self.samples + self.groups.of(self.samples)
    }

    fn units(&self) -> f64 {
        self.samples as f64
    }

    fn prepare(&self, memory: &mut [u64]) {
        memory[..self.samples].copy_from_slice(&shuffled(self.samples, 1));
    }

    fn state(&self) -> usize {
        self.samples
    }

    fn round<P: Probe>(&self, memory: &mut [u64], base: u64, _: u64, probe: &mut P) {
        let [source, data, scratch, cursors] = self.arrays(memory);
        let at = |array: usize| base + (8 * array * self.samples) as u64;
        let source = Buffer::new(source, at(0));
        let mut data = BufferMut::new(data, at(1));
        if self.way == Route::Straight {
            return scatter(source, &mut data, probe);
        }
        for sample in 0..source.len() {
            let place = source.get(sample, probe);
            data.set(sample, place, probe);
        }
        let mut scratch = BufferMut::new(scratch, at(2));
        let mut cursors = BufferMut::new(cursors, at(3));
        distribute(&mut data, &mut scratch, &mut cursors, self.groups, probe);
    }

    /// Of the ways that have groups: a copy, two passes of four accesses, and a last one.
    fn accesses(&self) -> f64 {
        12.0 * Body::units(self)
    }

    fn element(&self) -> f64 {
        ELEMENT
    }

    fn lines(&self, b: f64, held: f64) -> Lines {
        let few = self.groups.of(usize::MAX >> 16) as f64;
        let (n, m) = (self.samples as f64, held * b);
        let arrays = if self.way == Route::Straight {
            2.0
        } else {
            3.0
        };
        if arrays * n <= m {
            return Lines::default();
        }
        // All but the straight way copy the samples first.
        let copy = 2.0 * n / b;
        match self.way {
            Route::Straight => {
                let written = n * (1.0 - m / n).max(1.0 / b);
                Lines {
                    fetched: n / b + written,
                    dirty: written,
                }
            }
            Route::Roots => halves_dirty(copy + io::batch_really(n, m, b)),
            Route::RootsAsPrinted => halves_dirty(copy + io::batch_by_roots(n, m, b)),
            // Passes that do not fit, the first one that does, and the way home when they are odd.
            Route::Few => {
                let (mut part, mut passes, mut outside) = (n, 1, 0);
                while part > 16.0 {
                    outside += u32::from(2.0 * part > m);
                    part /= few;
                    passes += 1;
                }
                let moves = 1 + outside + passes % 2;
                halves_dirty(copy + 2.0 * n / b * f64::from(moves))
            }
        }
    }
}

impl Algorithm for Batches {
    type Work = Shuffle;
    const FIRST: Variant = STRAIGHT;

    fn xs(machine: &Machine, arguments: &Arguments, _: Variant) -> Vec<f64> {
        let samples = |bytes: f64| bytes / (3.0 * ELEMENT);
        let first = samples(machine.caches[0].size as f64 / 4.0).max(16.0);
        let last = samples(machine.last_level_bytes() as f64 * arguments.get(&REACH));
        let first = (first as u64).next_power_of_two();
        std::iter::successors(Some(first), |samples| Some(2 * samples))
            .map(|samples| samples as f64)
            .enumerate()
            .take_while(|(step, samples)| *step < 3 || *samples <= last)
            // No power of two: groups that far apart would meet in the same sets.
            .map(|(_, samples)| (1.3 * samples).floor() + 1.0)
            .collect()
    }

    fn work(machine: &Machine, arguments: &Arguments, variant: Variant, x: Option<f64>) -> Shuffle {
        let first = <Self as Algorithm>::xs(machine, arguments, variant)[0];
        Shuffle::of(machine, variant, x.unwrap_or(first))
    }

    fn slower(_: Variant) -> &'static str {
        "The prediction charges a line what it costs in a sequential read; here lines are wanted at random, \
         and each misses the TLB too."
    }

    fn issue(variant: Variant) -> &'static Parameter {
        match variant.of(&WAYS) {
            Route::Straight => &ISSUES[0],
            Route::Roots | Route::RootsAsPrinted => &ISSUES[1],
            Route::Few => &ISSUES[2],
        }
    }
}
