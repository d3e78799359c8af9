//! Tiling: time of a multiply-add of a matrix product in tiles, by the side of a tile (claims T2, O3).
//!
//! Kernel: [`Product::tiled`], one tile of the result a round. The prediction knows capacity only:
//! with rows a power of two apart the lines of a tile crowd into few sets, and the simulation misses
//! long before √(cache / 3); a line of padding to each row, or a smaller tile, cures it.

use super::{
    definition::*,
    loop_order::{ELEMENT, issue, split},
    workload::{Algorithm, Body, Lines},
};
use crate::{
    kernels::matmul::{Block, Order, Product},
    machine::Machine,
    parameters::{Arguments, Parameter},
    trace::{Buffer, BufferMut, Probe},
    units::Unit,
};

pub(super) struct Tiling;

pub(super) const PLAIN: Variant = Variant::new("rows of 2ᵏ bytes");
const PADDED: Variant = Variant::new("rows one line longer");
const SIDE: Parameter = Parameter {
    name: "n",
    meaning: "rows and columns of the matrices, a power of two for rows of 2ᵏ bytes",
    unit: Unit::Count,
    default: 256.0,
    min: 32.0,
    max: 2048.0,
};
const ISSUE: Parameter = issue("issue-tiles", 1.2);

pub(super) static INFO: Info = Info {
    name: "tiling",
    title: "Matrix product by side of a tile",
    about: "What does a multiply-add cost in tiles of this side, and which side is best?",
    claims: &["T2", "O3"],
    group: Group::Algorithms,
    first_look: false,
    x: Dimension::new("side of a tile", Unit::Count),
    y: Dimension::new("time per multiply-add", Unit::Nanoseconds),
    variants: &[PLAIN, PADDED],
    measured_variants: &[PLAIN, PADDED],
    telling_x: None,
    parameters: &[SIDE, ISSUE],
    simulation: Ok(&Tiling),
    landmarks: |machine| {
        // Where a tile of three fits, by the rule of thumb.
        let mut marks = full_at(machine, |bytes| (bytes / ELEMENT as f64 / 3.0).sqrt());
        for mark in &mut marks {
            mark.label = format!("√({}/3)", mark.label);
        }
        marks
    },
};

#[derive(Clone, Copy)]
pub(super) struct Tile {
    side: usize,
    pitch: usize,
    tile: usize,
}

impl Tile {
    fn of(machine: &Machine, arguments: &Arguments, variant: Variant, x: Option<f64>) -> Self {
        let per_line = (machine.line() / ELEMENT).max(1) as usize;
        let Some(x) = x else {
            // One tile that is the whole product, in half of the first level.
            let side =
                (machine.caches[0].size as f64 / 2.0 / (3.0 * ELEMENT as f64)).sqrt() as usize;
            let side = (side / per_line).max(1) * per_line;
            return Self {
                side,
                pitch: side,
                tile: side,
            };
        };
        let side = arguments.get(&SIDE) as usize;
        Self {
            side,
            pitch: side + if variant == PADDED { per_line } else { 0 },
            tile: x as usize,
        }
    }
}

impl Body for Tile {
    fn words(&self) -> usize {
        (3 * self.side * self.pitch).div_ceil(2)
    }

    fn units(&self) -> f64 {
        (self.tile * self.tile * self.side) as f64
    }

    fn round<P: Probe>(&self, memory: &mut [u64], base: u64, round: u64, probe: &mut P) {
        let (side, tile) = (self.side, self.tile);
        let elements = side * self.pitch;
        let bytes = elements as u64 * ELEMENT;
        let [a, b, c] = split(memory, elements);
        let mut product = Product::new(
            Buffer::new(a, base),
            Buffer::new(b, base + bytes),
            BufferMut::new(c, base + 2 * bytes),
            self.pitch,
        );
        // Whole tiles only: every round does as much.
        let across = side / tile;
        let turn = round as usize % (across * across);
        let (i, j) = (turn / across * tile, turn % across * tile);
        let block = Block {
            i: i..i + tile,
            j: j..j + tile,
            k: 0..side,
        };
        product.tiled(tile, Order::Ijk, block, probe);
    }

    fn accesses(&self) -> f64 {
        4.0 * Body::units(self)
    }

    fn element(&self) -> f64 {
        ELEMENT as f64
    }

    fn lines(&self, b: f64, held: f64) -> Lines {
        let [n, t] = [self.side, self.tile].map(|count| count as f64);
        let (row, steps) = ((t / b).ceil(), n / t);
        let (tile, matrix) = (t * row, n * n / b);
        if 3.0 * matrix <= held {
            return Lines::default();
        }
        // The tile of the result comes back for each pair of tiles; a tile of B for each row of A's;
        // A's tiles for each tile of the result beside this one.
        let result = if 3.0 * tile <= held {
            tile
        } else {
            tile * steps
        };
        let of_b = if matrix + 2.0 * tile * steps <= held {
            0.0
        } else if tile + 2.0 * row <= held {
            tile * steps
        } else {
            t * tile * steps
        };
        let of_a = if 2.0 * tile * steps + tile <= held {
            tile
        } else {
            tile * steps
        };
        Lines {
            fetched: of_a + of_b + result,
            dirty: result,
        }
    }
}

impl Algorithm for Tiling {
    type Work = Tile;
    const FIRST: Variant = PLAIN;

    fn xs(_: &Machine, arguments: &Arguments, _: Variant) -> Vec<f64> {
        let most = arguments.get(&SIDE) / 4.0;
        [4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256]
            .map(f64::from)
            .into_iter()
            .filter(|side| *side <= most)
            .collect()
    }

    fn work(machine: &Machine, arguments: &Arguments, variant: Variant, x: Option<f64>) -> Tile {
        Tile::of(machine, arguments, variant, x)
    }

    fn slower(_: Variant) -> &'static str {
        "The prediction knows capacity, not sets (conflict misses, see the simulation), and not what the \
         short inner loops of a small tile cost."
    }

    fn issue(_: Variant) -> &'static Parameter {
        &ISSUE
    }
}
