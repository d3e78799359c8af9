//! Triad: the kernel of STREAM, and of write-allocate traffic.

use crate::trace::{Buffer, BufferMut, Probe};

/// `a[i] = b[i] + scale · c[i]` over the shortest of the three, not fused.
///
/// STREAM counts 24 bytes an element; a cache that allocates on writes moves 32, since the line of
/// `a` is read before it is written (claim H4).
#[inline]
pub fn triad<P: Probe>(
    mut a: BufferMut<'_, f64>,
    b: Buffer<'_, f64>,
    c: Buffer<'_, f64>,
    scale: f64,
    probe: &mut P,
) {
    for index in 0..a.len().min(b.len()).min(c.len()) {
        let value = b.get(index, probe) + scale * c.get(index, probe);
        a.set(index, value, probe);
    }
}
