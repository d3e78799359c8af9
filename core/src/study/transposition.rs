//! Transposition: time of an element, by size: row by row, in tiles, and by a recursion that knows
//! no cache (claims O3, T2).

use super::{
    REACH,
    definition::*,
    loop_order::{DOWN_A_COLUMN, ELEMENT, issue, sides, split},
    workload::{Algorithm, Body, Lines},
};
use crate::{
    kernels::{BASE, transpose},
    machine::Machine,
    parameters::{Arguments, Parameter},
    trace::{Buffer, BufferMut, Probe},
    units::Unit,
};

pub(super) struct Transposition;

/// How the elements are visited.
#[derive(Clone, Copy, PartialEq)]
enum Visits {
    Rows,
    Tiles,
    Recursion,
}

const WAYS: [(Variant, Visits); 3] = [
    (Variant::new("row by row"), Visits::Rows),
    (Variant::new("in tiles"), Visits::Tiles),
    (Variant::new("recursive"), Visits::Recursion),
];
const NAMES: [Variant; 3] = names(&WAYS);
const ISSUES: [Parameter; 3] = [
    issue("issue-rows", 0.5),
    issue("issue-tiles", 0.5),
    issue("issue-recursive", 0.5),
];
pub(super) static INFO: Info = Info {
    name: "transposition",
    title: "Transposing without knowing the cache",
    about: "What does an element cost to transpose, as the matrix grows?",
    claims: &["O3", "T2"],
    group: Group::Algorithms,
    first_look: false,
    x: Dimension::new("rows and columns", Unit::Count),
    y: Dimension::new("time per element", Unit::Nanoseconds),
    variants: &NAMES,
    measured_variants: &NAMES,
    telling_x: None,
    parameters: &[REACH, BASE, ISSUES[0], ISSUES[1], ISSUES[2]],
    simulation: Ok(&Transposition),
    landmarks: |machine| full_at(machine, |bytes| (bytes / ELEMENT as f64 / 2.0).sqrt()),
};

#[derive(Clone, Copy)]
pub(super) struct Whole {
    side: usize,
    /// Side of a tile: a line's worth of elements.
    tile: usize,
    /// Side at which the recursion ends.
    base: usize,
    way: Visits,
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
        let mut both =
            transpose::Transposition::new(Buffer::new(from, base), BufferMut::new(to, at_to), side);
        match self.way {
            Visits::Rows => both.by_rows(0..side, 0..side, probe),
            Visits::Tiles => both.tiled(self.tile, 0..side, 0..side, probe),
            Visits::Recursion => both.recursive(self.base, 0..side, 0..side, probe),
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
fn lines(way: Visits, n: f64, b: f64, held: f64) -> Lines {
    let matrix = n * n / b;
    if 2.0 * matrix <= held {
        return Lines::default();
    }
    // Row by row a line of the result has to last while a whole row goes by.
    let kept = match way {
        Visits::Rows => n + n / b <= held,
        Visits::Tiles => 2.0 * b <= held,
        Visits::Recursion => true,
    };
    let result = if kept { matrix } else { n * n };
    Lines {
        fetched: matrix + result,
        dirty: result,
    }
}

impl Transposition {
    fn body(machine: &Machine, arguments: &Arguments, variant: Variant, side: f64) -> Whole {
        Whole {
            side: side as usize,
            tile: (machine.line() / ELEMENT).max(1) as usize,
            base: arguments.get(&BASE) as usize,
            way: variant.of(&WAYS),
        }
    }
}

impl Algorithm for Transposition {
    type Work = Whole;
    const FIRST: Variant = NAMES[0];

    fn xs(machine: &Machine, arguments: &Arguments, _: Variant) -> Vec<f64> {
        sides(machine, arguments, 2.0)
    }

    fn work(machine: &Machine, arguments: &Arguments, variant: Variant, x: Option<f64>) -> Whole {
        let first = <Self as Algorithm>::xs(machine, arguments, variant)[0];
        Self::body(machine, arguments, variant, x.unwrap_or(first))
    }

    fn slower(_: Variant) -> &'static str {
        DOWN_A_COLUMN
    }

    fn issue(variant: Variant) -> &'static Parameter {
        &ISSUES[variant.place(&WAYS)]
    }
}
