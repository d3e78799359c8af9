//! Transposition: time of an element, by size: row by row, in tiles, and by a recursion that knows
//! no cache (claims O3, T2).

use super::{
    Definition, Info, REACH, Value,
    loop_order::{ELEMENT, issue, sides, split},
    workload::{Body, Lines, Round, Workload, predicted, simulated},
};
use crate::{
    kernels::{BASE, transpose::Transposition},
    machine::Machine,
    parameters::{Arguments, Parameter},
    sim::Hierarchy,
    trace::{Buffer, BufferMut, Probe},
    units::Unit,
};

pub(super) struct Transpose;

/// How the elements are visited.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Rows,
    Tiles,
    Recursion,
}

const WAYS: [(&str, Way); 3] = [
    ("row by row", Way::Rows),
    ("in tiles", Way::Tiles),
    ("recursive", Way::Recursion),
];
const ISSUES: [Parameter; 3] = [
    issue("issue-rows", 0.5),
    issue("issue-tiles", 0.5),
    issue("issue-recursive", 0.5),
];
static INFO: Info = Info {
    name: "transposition",
    title: "Transposing without knowing the cache",
    about: "What does an element cost to transpose, as the matrix grows?",
    claims: &["O3", "T2"],
    x: ("rows and columns", Unit::Count),
    y: ("time per element", Unit::Nanoseconds),
    variants: &["row by row", "in tiles", "recursive"],
    measured_variants: &["row by row", "in tiles", "recursive"],
    parameters: &[REACH, BASE, ISSUES[0], ISSUES[1], ISSUES[2]],
};

#[derive(Clone, Copy)]
struct Whole {
    side: usize,
    /// Side of a tile: a line's worth of elements.
    tile: usize,
    /// Side at which the recursion ends.
    base: usize,
    way: Way,
}

impl Body for Whole {
    fn words(&self) -> usize {
        self.side * self.side
    }

    fn units(&self) -> f64 {
        (self.side * self.side) as f64
    }

    fn round<P: Probe>(&self, memory: &mut [u64], base: u64, _: u64, probe: &mut P) {
        let side = self.side;
        let [from, to] = split(memory, side * side);
        let at_to = base + (side * side) as u64 * ELEMENT;
        let mut both = Transposition::new(Buffer::new(from, base), BufferMut::new(to, at_to), side);
        match self.way {
            Way::Rows => both.by_rows(0..side, 0..side, probe),
            Way::Tiles => both.tiled(self.tile, 0..side, 0..side, probe),
            Way::Recursion => both.recursive(self.base, 0..side, 0..side, probe),
        }
    }
}

/// Lines moved by a whole transposition into a cache of `held` lines, `b` elements each.
fn lines(way: Way, n: f64, b: f64, held: f64) -> Lines {
    let matrix = n * n / b;
    if 2.0 * matrix <= held {
        return Lines::default();
    }
    // Row by row a line of the result has to last while a whole row goes by.
    let kept = match way {
        Way::Rows => n + n / b <= held,
        Way::Tiles => 2.0 * b <= held,
        Way::Recursion => true,
    };
    let result = if kept { matrix } else { n * n };
    Lines {
        fetched: matrix + result,
        dirty: result,
    }
}

fn place(variant: &str) -> usize {
    let mut ways = WAYS.iter();
    ways.position(|(name, _)| *name == variant).unwrap_or(0)
}

impl Transpose {
    fn body(machine: &Machine, arguments: &Arguments, variant: &str, side: f64) -> Whole {
        Whole {
            side: side as usize,
            tile: (machine.line() / ELEMENT).max(1) as usize,
            base: arguments.get(&BASE) as usize,
            way: WAYS[place(variant)].1,
        }
    }
}

/// The kernel at `x`; without an x a small one, inside the first level.
pub(super) fn workload(
    machine: &Machine,
    arguments: &Arguments,
    variant: &str,
    x: Option<f64>,
) -> impl Workload + use<> {
    let first = Transpose.xs(machine, arguments, variant)[0];
    Transpose::body(machine, arguments, variant, x.unwrap_or(first))
}

impl Definition for Transpose {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn xs(&self, machine: &Machine, arguments: &Arguments, _: &str) -> Vec<f64> {
        sides(machine, arguments, 2.0)
    }

    fn predict(&self, machine: &Machine, arguments: &Arguments, variant: &str, x: f64) -> Value {
        let round = Round {
            accesses: 2.0 * x * x,
            element: ELEMENT as f64,
            units: x * x,
        };
        let (way, b) = (WAYS[place(variant)].1, (machine.line() / ELEMENT) as f64);
        let issue = arguments.get(&ISSUES[place(variant)]);
        predicted(machine, round, issue, |held| lines(way, x, b, held))
    }

    fn simulate(
        &self,
        mut caches: Hierarchy,
        machine: &Machine,
        arguments: &Arguments,
        variant: &str,
        x: f64,
    ) -> Value {
        let issue = arguments.get(&ISSUES[place(variant)]);
        let work = Self::body(machine, arguments, variant, x);
        simulated(&mut caches, machine, &work, issue)
    }

    fn issue(&self, variant: &str) -> Option<&'static Parameter> {
        Some(&ISSUES[place(variant)])
    }

    fn accesses(&self, _: &Machine, _: &Arguments, x: f64) -> f64 {
        4.0 * x * x
    }
}
