//! Strided walk: the kernel of spatial locality.

use crate::trace::{Buffer, Probe};

/// Adds up elements 0, `stride`, 2·`stride`, … of `data`, wrapping. A stride of 0 counts as 1.
#[inline]
pub fn strided_walk<P: Probe>(data: Buffer<'_, u64>, stride: usize, probe: &mut P) -> u64 {
    let stride = stride.max(1);
    let mut total = 0_u64;
    let mut index = 0;
    while index < data.len() {
        total = total.wrapping_add(data.get(index, probe));
        index += stride;
    }
    total
}

/// How many elements such a walk reads.
pub fn walk_length(elements: usize, stride: usize) -> usize {
    elements.div_ceil(stride.max(1))
}
