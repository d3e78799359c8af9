//! Sequential sum: the kernel of read bandwidth.

use super::{ARRAY, Arrays, PASSES, Runnable, words};
use crate::{
    parameters::{Arguments, Parameter},
    trace::{Buffer, Probe},
};

/// Adds up `data` front to back, wrapping: one load an element, nothing stored.
#[inline]
pub fn sequential_sum<P: Probe>(data: Buffer<'_, u64>, probe: &mut P) -> u64 {
    let mut total = 0_u64;
    for index in 0..data.len() {
        total = total.wrapping_add(data.get(index, probe));
    }
    total
}

/// [`sequential_sum`] by name.
pub(super) struct SequentialSum;

impl Runnable for SequentialSum {
    const NAME: &'static str = "sequential-sum";
    const ABOUT: &'static str = "adds up an array of 8-byte numbers, front to back";
    const SOURCE: (&'static str, &'static str) = ("sum.rs", include_str!("sum.rs"));
    const PARAMETERS: &'static [Parameter] = &[ARRAY, PASSES];

    fn accesses(arguments: &Arguments) -> u64 {
        arguments.get(&PASSES) as u64 * words(arguments) as u64
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        let base = Arrays::default().place::<u64, P>("data", words(arguments), probe);
        let data = vec![1; words(arguments)];
        (0..arguments.get(&PASSES) as u64)
            .map(|_| sequential_sum(Buffer::new(&data, base), probe))
            .last()
            .unwrap_or(0)
    }
}
