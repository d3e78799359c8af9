use lab_core::trace::{Buffer, BufferMut, Probe};

/// Rows and columns of a square: one line of 64 bytes holds eight elements.
const SIDE: usize = 8;

/// Writes the transpose of `from` to `to`: both have `n` rows of `n` elements, row behind row.
pub fn transpose<P: Probe>(
    from: &Buffer<'_, f64>,
    to: &mut BufferMut<'_, f64>,
    n: usize,
    probe: &mut P,
) {
    for top in (0..n).step_by(SIDE) {
        for left in (0..n).step_by(SIDE) {
            for row in top..n.min(top + SIDE) {
                for column in left..n.min(left + SIDE) {
                    let element = from.get(row * n + column, probe);
                    to.set(column * n + row, element, probe);
                }
            }
        }
    }
}
