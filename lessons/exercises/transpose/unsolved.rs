use lab_core::trace::{Buffer, BufferMut, Probe};

/// Writes the transpose of `from` to `to`: both have `n` rows of `n` elements, row behind row.
pub fn transpose<P: Probe>(
    from: &Buffer<'_, f64>,
    to: &mut BufferMut<'_, f64>,
    n: usize,
    probe: &mut P,
) {
    for row in 0..n {
        for column in 0..n {
            let element = from.get(row * n + column, probe);
            to.set(column * n + row, element, probe);
        }
    }
}
