//! Random gather: the kernel of a shuffled data loader.

use super::{ACCESSES, ARRAY, Arrays, PASSES, Runnable, SEED, words};
use crate::{
    parameters::{Arguments, Parameter},
    trace::{Buffer, Probe},
};

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

/// [`random_gather`] by name.
pub(super) struct RandomGather;

impl Runnable for RandomGather {
    const NAME: &'static str = "random-gather";
    const ABOUT: &'static str = "adds up 8-byte numbers picked at random";
    const SOURCE: (&'static str, &'static str) = ("gather.rs", include_str!("gather.rs"));
    const PARAMETERS: &'static [Parameter] = &[ARRAY, ACCESSES, PASSES, SEED];

    fn accesses(arguments: &Arguments) -> u64 {
        // An index, then what it points to.
        2 * arguments.get(&ACCESSES) as u64 * arguments.get(&PASSES) as u64
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        let (elements, count) = (words(arguments), arguments.get(&ACCESSES) as usize);
        let mut arrays = Arrays::default();
        let at_data = arrays.place::<u64, P>("data", elements, probe);
        let at_indices = arrays.place::<u32, P>("indices", count, probe);
        let data = vec![1; elements];
        let indices = random_indices(count, elements, arguments.get(&SEED) as u64);
        let (data, indices) = (
            Buffer::new(&data, at_data),
            Buffer::new(&indices, at_indices),
        );
        (0..arguments.get(&PASSES) as u64)
            .map(|_| random_gather(data, indices, probe))
            .last()
            .unwrap_or(0)
    }
}
