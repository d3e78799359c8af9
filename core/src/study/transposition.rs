//! Transposition: time of an element, by size: row by row, in tiles, and by a recursion that knows
//! no cache (claims O3, T2).

use super::{
    Info, REACH,
    loop_order::{ELEMENT, issue, sides, split},
    workload::{Algorithm, Body, Lines, place},
};
use crate::{
    kernels::{BASE, transpose::Transposition},
    machine::Machine,
    parameters::{Arguments, Parameter},
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
pub(super) struct Whole {
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

    fn accesses(&self) -> f64 {
        2.0 * Body::units(self)
    }

    fn element(&self) -> f64 {
        ELEMENT as f64
    }

    fn lines(&self, b: f64, held: f64) -> Lines {
        lines(self.way, self.side as f64, b, held)
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

impl Transpose {
    fn body(machine: &Machine, arguments: &Arguments, variant: &str, side: f64) -> Whole {
        Whole {
            side: side as usize,
            tile: (machine.line() / ELEMENT).max(1) as usize,
            base: arguments.get(&BASE) as usize,
            way: WAYS[place(&WAYS, variant)].1,
        }
    }
}

impl Algorithm for Transpose {
    type Work = Whole;

    fn info() -> &'static Info {
        &INFO
    }

    fn xs(machine: &Machine, arguments: &Arguments, _: &str) -> Vec<f64> {
        sides(machine, arguments, 2.0)
    }

    fn work(machine: &Machine, arguments: &Arguments, variant: &str, x: Option<f64>) -> Whole {
        let first = Self::xs(machine, arguments, variant)[0];
        Self::body(machine, arguments, variant, x.unwrap_or(first))
    }

    fn issue(variant: &str) -> &'static Parameter {
        &ISSUES[place(&WAYS, variant)]
    }
}
