//! Matrix product, C = C + A·B: six orders of the loops, tiles, and a recursion (claims O3, T1, T2).
//!
//! All of them make the same multiply-adds, each with four accesses: loads of C, A and B and a store
//! of C. Only the order differs, and with it what is still in a cache when it is needed again.

use std::ops::Range;

use super::{Arrays, BASE, Number, PAD, Runnable, SIDE, TILE};
use crate::{
    parameters::{Arguments, Parameter},
    trace::{Buffer, BufferMut, Probe},
};

/// The order of the three loops, the outermost first: `i` is a row of C, `j` a column of C, `k` the
/// index summed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The textbook's: a row of A with a column of B.
    Ijk,
    /// Rows of B added to rows of C.
    Ikj,
    /// As `Ijk`, columns of C first.
    Jik,
    /// Columns of A added to columns of C.
    Jki,
    /// As `Ikj`, with all of C for each k.
    Kij,
    /// As `Jki`, with all of C for each k.
    Kji,
}

impl Order {
    /// All orders.
    pub const ALL: [Order; 6] = [
        Order::Ijk,
        Order::Ikj,
        Order::Jik,
        Order::Jki,
        Order::Kij,
        Order::Kji,
    ];
}

/// The multiply-adds to make: all `(i, j, k)` within these ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Rows of C and A.
    pub i: Range<usize>,
    /// Columns of C and B.
    pub j: Range<usize>,
    /// Columns of A, rows of B.
    pub k: Range<usize>,
}

impl Block {
    /// A whole product of `side` × `side` matrices.
    pub fn whole(side: usize) -> Self {
        Self {
            i: 0..side,
            j: 0..side,
            k: 0..side,
        }
    }

    /// How many multiply-adds.
    pub fn len(&self) -> usize {
        self.i.len() * self.j.len() * self.k.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Three matrices that lie row by row, `pitch` elements from one row to the next.
#[derive(Debug)]
pub struct Product<'a, T> {
    a: Buffer<'a, T>,
    b: Buffer<'a, T>,
    c: BufferMut<'a, T>,
    pitch: usize,
}

impl<'a, T: Number> Product<'a, T> {
    /// C = C + A·B, to be made in whole or in parts.
    pub fn new(a: Buffer<'a, T>, b: Buffer<'a, T>, c: BufferMut<'a, T>, pitch: usize) -> Self {
        Self { a, b, c, pitch }
    }

    /// Makes a block with three nested loops.
    #[inline]
    pub fn ordered<P: Probe>(&mut self, order: Order, block: Block, probe: &mut P) {
        let Block {
            i: rows,
            j: columns,
            k: inner,
        } = block;
        match order {
            Order::Ijk => {
                for i in rows {
                    for j in columns.clone() {
                        self.along_k(i, j, inner.clone(), probe);
                    }
                }
            }
            Order::Jik => {
                for j in columns {
                    for i in rows.clone() {
                        self.along_k(i, j, inner.clone(), probe);
                    }
                }
            }
            Order::Ikj => {
                for i in rows {
                    for k in inner.clone() {
                        self.along_j(i, columns.clone(), k, probe);
                    }
                }
            }
            Order::Kij => {
                for k in inner {
                    for i in rows.clone() {
                        self.along_j(i, columns.clone(), k, probe);
                    }
                }
            }
            Order::Jki => {
                for j in columns {
                    for k in inner.clone() {
                        self.along_i(rows.clone(), j, k, probe);
                    }
                }
            }
            Order::Kji => {
                for k in inner {
                    for j in columns.clone() {
                        self.along_i(rows.clone(), j, k, probe);
                    }
                }
            }
        }
    }

    /// A row of A times a column of B.
    #[inline(always)]
    fn along_k<P: Probe>(&mut self, i: usize, j: usize, ks: Range<usize>, probe: &mut P) {
        let row = i * self.pitch;
        for k in ks {
            let sum = self.c.get(row + j, probe)
                + self.a.get(row + k, probe) * self.b.get(k * self.pitch + j, probe);
            self.c.set(row + j, sum, probe);
        }
    }

    /// A row of B, scaled, added to a row of C.
    #[inline(always)]
    fn along_j<P: Probe>(&mut self, i: usize, js: Range<usize>, k: usize, probe: &mut P) {
        let row = i * self.pitch;
        // As parts of their own the rows have lengths the compiler knows to be equal: it leaves out
        // the bounds checks and uses vectors.
        let of_b = self
            .b
            .part(k * self.pitch + js.start..k * self.pitch + js.end);
        let of_a = self.a.part(row + k..row + k + 1);
        let mut of_c = self.c.part_mut(row + js.start..row + js.end);
        for j in 0..of_c.len().min(of_b.len()) {
            let sum = of_c.get(j, probe) + of_a.get(0, probe) * of_b.get(j, probe);
            of_c.set(j, sum, probe);
        }
    }

    /// A column of A, scaled, added to a column of C.
    #[inline(always)]
    fn along_i<P: Probe>(&mut self, is: Range<usize>, j: usize, k: usize, probe: &mut P) {
        for i in is {
            let row = i * self.pitch;
            let sum = self.c.get(row + j, probe)
                + self.a.get(row + k, probe) * self.b.get(k * self.pitch + j, probe);
            self.c.set(row + j, sum, probe);
        }
    }

    /// Makes a block tile by tile, `tile` elements a side; each tile with its loops in `order`.
    pub fn tiled<P: Probe>(&mut self, tile: usize, order: Order, block: Block, probe: &mut P) {
        for i in tiles(block.i, tile) {
            for j in tiles(block.j.clone(), tile) {
                for k in tiles(block.k.clone(), tile) {
                    let (i, j) = (i.clone(), j.clone());
                    self.ordered(order, Block { i, j, k }, probe);
                }
            }
        }
    }

    /// Makes a block by halving its longest side until no side is longer than `base`: every cache
    /// finds a size of block that suits it, and none has to be known (Frigo et al., 1999).
    pub fn recursive<P: Probe>(&mut self, base: usize, block: Block, probe: &mut P) {
        let Block { i, j, k } = block;
        let longest = i.len().max(j.len()).max(k.len());
        if longest <= base.max(1) {
            self.ordered(Order::Ijk, Block { i, j, k }, probe);
        } else if i.len() == longest {
            for i in halves(i) {
                let (j, k) = (j.clone(), k.clone());
                self.recursive(base, Block { i, j, k }, probe);
            }
        } else if j.len() == longest {
            for j in halves(j) {
                let (i, k) = (i.clone(), k.clone());
                self.recursive(base, Block { i, j, k }, probe);
            }
        } else {
            for k in halves(k) {
                let (i, j) = (i.clone(), j.clone());
                self.recursive(base, Block { i, j, k }, probe);
            }
        }
    }
}

/// The range in pieces of `length`, the last one shorter.
pub(super) fn tiles(range: Range<usize>, length: usize) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    let length = length.max(1);
    range
        .step_by(length)
        .map(move |start| start..(start + length).min(end))
}

/// The range in two.
pub(super) fn halves(range: Range<usize>) -> [Range<usize>; 2] {
    let middle = range.start + range.len() / 2;
    [range.start..middle, middle..range.end]
}

/// Runs `make` on a product of fresh matrices.
fn on_fresh<P: Probe>(
    arguments: &Arguments,
    probe: &mut P,
    make: impl FnOnce(&mut Product<'_, f32>, Block, &mut P),
) -> u64 {
    let side = arguments.get(&SIDE) as usize;
    let pitch = side + arguments.get(&PAD) as usize;
    let elements = side * pitch;
    let mut arrays = Arrays::default();
    let [at_a, at_b, at_c] =
        ["A", "B", "C"].map(|name| arrays.place::<f32, P>(name, elements, probe));
    // Small whole numbers: sums are exact in any order.
    let number = |index: usize| (index % 3) as f32;
    let a: Vec<f32> = (0..elements).map(number).collect();
    let mut c = vec![0.0; elements];
    let mut product = Product::new(
        Buffer::new(&a, at_a),
        Buffer::new(&a, at_b),
        BufferMut::new(&mut c, at_c),
        pitch,
    );
    make(&mut product, Block::whole(side), probe);
    c.iter().map(|&number| u64::from(number as u32)).sum()
}

fn accesses(arguments: &Arguments) -> u64 {
    4 * (arguments.get(&SIDE) as u64).pow(3)
}

const SOURCE: (&str, &str) = ("matmul.rs", include_str!("matmul.rs"));

/// The loops in one of the six orders, by its place in [`Order::ALL`].
pub(super) struct Ordered<const ORDER: usize>;

impl<const ORDER: usize> Runnable for Ordered<ORDER> {
    const NAME: &'static str = [
        "matmul-ijk",
        "matmul-ikj",
        "matmul-jik",
        "matmul-jki",
        "matmul-kij",
        "matmul-kji",
    ][ORDER];
    const ABOUT: &'static str = "C = C + A·B, three nested loops in this order";
    const SOURCE: (&'static str, &'static str) = SOURCE;
    const PARAMETERS: &'static [Parameter] = &[SIDE, PAD];

    fn accesses(arguments: &Arguments) -> u64 {
        accesses(arguments)
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        on_fresh(arguments, probe, |product, block, probe| {
            product.ordered(Order::ALL[ORDER], block, probe);
        })
    }
}

/// Tiles, each in the order ijk.
pub(super) struct Tiled;

impl Runnable for Tiled {
    const NAME: &'static str = "matmul-tiled";
    const ABOUT: &'static str = "C = C + A·B, tile by tile";
    const SOURCE: (&'static str, &'static str) = SOURCE;
    const PARAMETERS: &'static [Parameter] = &[SIDE, TILE, PAD];

    fn accesses(arguments: &Arguments) -> u64 {
        accesses(arguments)
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        let tile = arguments.get(&TILE) as usize;
        on_fresh(arguments, probe, |product, block, probe| {
            product.tiled(tile, Order::Ijk, block, probe);
        })
    }
}

/// The recursion.
pub(super) struct Recursive;

impl Runnable for Recursive {
    const NAME: &'static str = "matmul-recursive";
    const ABOUT: &'static str = "C = C + A·B, the longest side halved again and again";
    const SOURCE: (&'static str, &'static str) = SOURCE;
    const PARAMETERS: &'static [Parameter] = &[SIDE, BASE, PAD];

    fn accesses(arguments: &Arguments) -> u64 {
        accesses(arguments)
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        let base = arguments.get(&BASE) as usize;
        on_fresh(arguments, probe, |product, block, probe| {
            product.recursive(base, block, probe);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::NoProbe;
    use proptest::prelude::*;

    /// By the definition, over vectors of rows.
    fn by_definition(a: &[f64], b: &[f64], side: usize, pitch: usize) -> Vec<f64> {
        let mut c = vec![0.0; a.len()];
        for i in 0..side {
            for j in 0..side {
                c[i * pitch + j] = (0..side).map(|k| a[i * pitch + k] * b[k * pitch + j]).sum();
            }
        }
        c
    }

    proptest! {
        #[test]
        fn all_ways_give_the_product(
            side in 1_usize..20, pad in 0_usize..5, tile in 1_usize..9, base in 1_usize..9, seed: u64,
        ) {
            let pitch = side + pad;
            let mut random = fastrand::Rng::with_seed(seed);
            let mut numbers = || -> Vec<f64> {
                (0..side * pitch).map(|_| f64::from(random.i32(-9..9))).collect()
            };
            let (a, b) = (numbers(), numbers());
            let expected = by_definition(&a, &b, side, pitch);
            type Make = Box<dyn Fn(&mut Product<'_, f64>, Block)>;
            let mut ways: Vec<Make> = vec![
                Box::new(move |p, block| p.tiled(tile, Order::Ikj, block, &mut NoProbe)),
                Box::new(move |p, block| p.recursive(base, block, &mut NoProbe)),
            ];
            for order in Order::ALL {
                ways.push(Box::new(move |p, block| p.ordered(order, block, &mut NoProbe)));
            }
            for make in ways {
                let mut c = vec![0.0; side * pitch];
                let mut product = Product::new(
                    Buffer::new(&a, 0), Buffer::new(&b, 0), BufferMut::new(&mut c, 0), pitch,
                );
                make(&mut product, Block::whole(side));
                prop_assert_eq!(&c, &expected);
            }
        }
    }
}
