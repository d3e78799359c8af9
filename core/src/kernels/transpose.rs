//! Transposition, B = Aᵀ: row by row, in tiles, and by a recursion (claims O3, T2).
//!
//! One of the two matrices is always walked against its grain. What a line of it brings in is used
//! only if the line is still there when the next row comes by.

use std::ops::Range;

use super::{
    Arrays, BASE, PAD, Runnable, SIDE, TILE,
    matmul::{halves, tiles},
};
use crate::{
    parameters::{Arguments, Parameter},
    trace::{Buffer, BufferMut, Probe},
};

/// Two matrices that lie row by row, `pitch` elements from one row to the next.
#[derive(Debug)]
pub struct Transposition<'a, T> {
    from: Buffer<'a, T>,
    to: BufferMut<'a, T>,
    pitch: usize,
}

impl<'a, T: Copy> Transposition<'a, T> {
    /// `to` = the transpose of `from`, to be made in whole or in parts.
    pub fn new(from: Buffer<'a, T>, to: BufferMut<'a, T>, pitch: usize) -> Self {
        Self { from, to, pitch }
    }

    /// Elements `(i, j)` of `from` within these ranges, row by row: a load and a store each.
    #[inline]
    pub fn by_rows<P: Probe>(&mut self, rows: Range<usize>, columns: Range<usize>, probe: &mut P) {
        for i in rows {
            let start = i * self.pitch + columns.start;
            let row = self.from.part(start..start + columns.len());
            for j in 0..row.len() {
                let element = row.get(j, probe);
                let place = (columns.start + j) * self.pitch + i;
                self.to.set(place, element, probe);
            }
        }
    }

    /// The same tile by tile, `tile` elements a side.
    pub fn tiled<P: Probe>(
        &mut self,
        tile: usize,
        rows: Range<usize>,
        columns: Range<usize>,
        probe: &mut P,
    ) {
        for i in tiles(rows, tile) {
            for j in tiles(columns.clone(), tile) {
                self.by_rows(i.clone(), j, probe);
            }
        }
    }

    /// The same by halving the longer side until none is longer than `base` (Frigo et al., 1999).
    pub fn recursive<P: Probe>(
        &mut self,
        base: usize,
        rows: Range<usize>,
        columns: Range<usize>,
        probe: &mut P,
    ) {
        if rows.len().max(columns.len()) <= base.max(1) {
            self.by_rows(rows, columns, probe);
        } else if rows.len() >= columns.len() {
            for rows in halves(rows) {
                self.recursive(base, rows, columns.clone(), probe);
            }
        } else {
            for columns in halves(columns) {
                self.recursive(base, rows.clone(), columns, probe);
            }
        }
    }
}

/// Runs `make` on fresh matrices.
fn on_fresh<P: Probe>(
    arguments: &Arguments,
    probe: &mut P,
    make: impl FnOnce(&mut Transposition<'_, f32>, usize, &mut P),
) -> u64 {
    let side = arguments.get(&SIDE) as usize;
    let pitch = side + arguments.get(&PAD) as usize;
    let mut arrays = Arrays::default();
    let [at_a, at_b] = ["A", "B"].map(|name| arrays.place::<f32, P>(name, side * pitch, probe));
    let a: Vec<f32> = (0..side * pitch).map(|index| index as f32).collect();
    let mut b = vec![0.0; side * pitch];
    let mut both = Transposition::new(Buffer::new(&a, at_a), BufferMut::new(&mut b, at_b), pitch);
    make(&mut both, side, probe);
    u64::from(b[(side - 1) * pitch].to_bits())
}

fn accesses(arguments: &Arguments) -> u64 {
    2 * (arguments.get(&SIDE) as u64).pow(2)
}

const SOURCE: (&str, &str) = ("transpose.rs", include_str!("transpose.rs"));

/// Row by row.
pub(super) struct Naive;

impl Runnable for Naive {
    const NAME: &'static str = "transpose";
    const ABOUT: &'static str = "B = A transposed, row by row";
    const SOURCE: (&'static str, &'static str) = SOURCE;
    const PARAMETERS: &'static [Parameter] = &[SIDE, PAD];

    fn accesses(arguments: &Arguments) -> u64 {
        accesses(arguments)
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        on_fresh(arguments, probe, |both, side, probe| {
            both.by_rows(0..side, 0..side, probe);
        })
    }
}

/// Tile by tile.
pub(super) struct Tiled;

impl Runnable for Tiled {
    const NAME: &'static str = "transpose-tiled";
    const ABOUT: &'static str = "B = A transposed, tile by tile";
    const SOURCE: (&'static str, &'static str) = SOURCE;
    const PARAMETERS: &'static [Parameter] = &[SIDE, TILE, PAD];

    fn accesses(arguments: &Arguments) -> u64 {
        accesses(arguments)
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        let tile = arguments.get(&TILE) as usize;
        on_fresh(arguments, probe, |both, side, probe| {
            both.tiled(tile, 0..side, 0..side, probe);
        })
    }
}

/// By halving.
pub(super) struct Recursive;

impl Runnable for Recursive {
    const NAME: &'static str = "transpose-recursive";
    const ABOUT: &'static str = "B = A transposed, the longer side halved again and again";
    const SOURCE: (&'static str, &'static str) = SOURCE;
    const PARAMETERS: &'static [Parameter] = &[SIDE, BASE, PAD];

    fn accesses(arguments: &Arguments) -> u64 {
        accesses(arguments)
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        let base = arguments.get(&BASE) as usize;
        on_fresh(arguments, probe, |both, side, probe| {
            both.recursive(base, 0..side, 0..side, probe);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::NoProbe;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_ways_exchange_rows_and_columns(
            side in 1_usize..30, pad in 0_usize..5, tile in 1_usize..9,
        ) {
            let pitch = side + pad;
            let from: Vec<usize> = (0..side * pitch).collect();
            for way in 0..3 {
                let mut to = vec![usize::MAX; side * pitch];
                let mut both =
                    Transposition::new(Buffer::new(&from, 0), BufferMut::new(&mut to, 0), pitch);
                match way {
                    0 => both.by_rows(0..side, 0..side, &mut NoProbe),
                    1 => both.tiled(tile, 0..side, 0..side, &mut NoProbe),
                    _ => both.recursive(tile, 0..side, 0..side, &mut NoProbe),
                }
                for (index, &element) in to.iter().enumerate() {
                    let (i, j) = (index / pitch, index % pitch);
                    let expected = if j < side { j * pitch + i } else { usize::MAX };
                    prop_assert_eq!(element, expected);
                }
            }
        }
    }
}
