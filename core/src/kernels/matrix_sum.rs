//! Sum of a matrix, along its rows or down its columns: the exchange of two loops (claim T1).
//!
//! The course text has it backwards for arrays that lie row by row: there the *last* index belongs
//! in the inner loop.

use super::{Arrays, Number, PAD, Runnable, SIDE};
use crate::{
    parameters::{Arguments, Parameter},
    trace::{Buffer, Probe},
};

/// The first `columns` elements of each of `rows` rows that lie `pitch` elements apart, row by row.
#[inline]
pub fn along_rows<T: Number, P: Probe>(
    data: Buffer<'_, T>,
    (rows, columns, pitch): (usize, usize, usize),
    probe: &mut P,
) -> T {
    let mut total = T::default();
    for i in 0..rows {
        let row = data.part(i * pitch..i * pitch + columns);
        for j in 0..row.len() {
            total = total + row.get(j, probe);
        }
    }
    total
}

/// The same elements, column by column.
#[inline]
pub fn down_columns<T: Number, P: Probe>(
    data: Buffer<'_, T>,
    (rows, columns, pitch): (usize, usize, usize),
    probe: &mut P,
) -> T {
    let mut total = T::default();
    for j in 0..columns {
        for i in 0..rows {
            total = total + data.get(i * pitch + j, probe);
        }
    }
    total
}

/// One of the two orders.
pub(super) struct MatrixSum<const ALONG_ROWS: bool>;

impl<const ALONG_ROWS: bool> Runnable for MatrixSum<ALONG_ROWS> {
    const NAME: &'static str = if ALONG_ROWS { "row-sum" } else { "column-sum" };
    const ABOUT: &'static str = if ALONG_ROWS {
        "adds up a matrix along its rows"
    } else {
        "adds up a matrix down its columns"
    };
    const SOURCE: (&'static str, &'static str) = ("matrix_sum.rs", include_str!("matrix_sum.rs"));
    const PARAMETERS: &'static [Parameter] = &[SIDE, PAD];

    fn accesses(arguments: &Arguments) -> u64 {
        (arguments.get(&SIDE) as u64).pow(2)
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        let side = arguments.get(&SIDE) as usize;
        let pitch = side + arguments.get(&PAD) as usize;
        let base = Arrays::default().place::<f32, P>("A", side * pitch, probe);
        let data = vec![1.0_f32; side * pitch];
        let data = Buffer::new(&data, base);
        let shape = (side, side, pitch);
        let total = if ALONG_ROWS {
            along_rows(data, shape, probe)
        } else {
            down_columns(data, shape, probe)
        };
        total as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::NoProbe;

    #[test]
    fn both_orders_leave_out_the_padding_and_give_the_same() {
        let data: Vec<f64> = (0..12).map(f64::from).collect();
        let data = Buffer::new(&data, 0);
        // Rows 0 1 2 (3), 4 5 6 (7), 8 9 10 (11).
        assert_eq!(along_rows(data, (3, 3, 4), &mut NoProbe), 45.0);
        assert_eq!(down_columns(data, (3, 3, 4), &mut NoProbe), 45.0);
    }
}
