//! Random gather: the kernel of a shuffled data loader.

use crate::trace::{Buffer, Probe};

/// Adds up `data[i]` for every `i` of `indices`, wrapping. An index past the end adds nothing.
#[inline]
pub fn random_gather<P: Probe>(
    data: Buffer<'_, u64>,
    indices: Buffer<'_, u32>,
    probe: &mut P,
) -> u64 {
    let mut total = 0_u64;
    for position in 0..indices.len() {
        let index = indices.get(position, probe) as usize;
        if index < data.len() {
            total = total.wrapping_add(data.get(index, probe));
        }
    }
    total
}

/// `count` independent uniform indices below `elements`, the same for the same seed.
pub fn random_indices(count: usize, elements: usize, seed: u64) -> Vec<u32> {
    let mut random = fastrand::Rng::with_seed(seed);
    let elements = u32::try_from(elements.max(1)).unwrap_or(u32::MAX);
    (0..count).map(|_| random.u32(..elements)).collect()
}
