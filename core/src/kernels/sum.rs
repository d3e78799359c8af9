//! Sequential sum: the kernel of read bandwidth.

use crate::trace::{Buffer, Probe};

/// Adds up `data` front to back, wrapping: one load an element, nothing stored.
#[inline]
pub fn sequential_sum<P: Probe>(data: Buffer<'_, u64>, probe: &mut P) -> u64 {
    let mut total = 0_u64;
    for index in 0..data.len() {
        total = total.wrapping_add(data.get(index, probe));
    }
    total
}
