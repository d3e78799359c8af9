//! Strided walk: the kernel of spatial locality.

use super::{ARRAY, Arrays, PASSES, Runnable, STRIDE, words};
use crate::{
    parameters::{Arguments, Parameter},
    trace::{Buffer, Probe},
};

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

/// [`strided_walk`] by name.
pub(super) struct StridedWalk;

impl Runnable for StridedWalk {
    const NAME: &'static str = "strided-walk";
    const ABOUT: &'static str = "adds up every n-th 8-byte number of an array";
    const SOURCE: (&'static str, &'static str) = ("stride.rs", include_str!("stride.rs"));
    const PARAMETERS: &'static [Parameter] = &[ARRAY, STRIDE, PASSES];

    fn accesses(arguments: &Arguments) -> u64 {
        let stride = arguments.get(&STRIDE) as usize / size_of::<u64>();
        arguments.get(&PASSES) as u64 * walk_length(words(arguments), stride) as u64
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        let base = Arrays::default().place::<u64, P>("data", words(arguments), probe);
        let data = vec![1; words(arguments)];
        let stride = arguments.get(&STRIDE) as usize / size_of::<u64>();
        (0..arguments.get(&PASSES) as u64)
            .map(|_| strided_walk(Buffer::new(&data, base), stride, probe))
            .last()
            .unwrap_or(0)
    }
}
