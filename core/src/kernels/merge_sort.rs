//! Merge sort of 8-byte keys, many runs at a time, and funnelsort (claim O2).
//!
//! Both sort their parts first, depth first: a part that fits a cache is read into it once, whatever
//! its size. What remains is the merging above: ⌈log_fan(n / M)⌉ passes, or the funnel's.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{Arrays, ELEMENTS, Runnable, SEED, funnel};
use crate::{
    parameters::{Arguments, Parameter},
    trace::{BufferMut, Probe},
    units::Unit,
};

/// Keys that are sorted by insertion.
pub(super) const SMALL: usize = 16;

/// Sorts `data` by merging `fan` (at least 2) sorted parts at a time; `scratch` is as long.
///
/// Told are all accesses to the keys. The heads of the runs, one for each, are not: they take the
/// place of the loop's variables.
pub fn merge_sort<P: Probe>(
    data: &mut BufferMut<'_, u64>,
    scratch: &mut BufferMut<'_, u64>,
    fan: usize,
    probe: &mut P,
) {
    let fan = fan.max(2);
    let mut heads = BinaryHeap::with_capacity(fan);
    let mut runs = Vec::with_capacity(fan * (data.len().max(2).ilog2() as usize + 1));
    sort_part(
        data,
        scratch,
        0..data.len(),
        fan,
        &mut heads,
        &mut runs,
        probe,
    );
}

type Head = Reverse<(u64, usize)>;

fn sort_part<P: Probe>(
    data: &mut BufferMut<'_, u64>,
    scratch: &mut BufferMut<'_, u64>,
    part: std::ops::Range<usize>,
    fan: usize,
    heads: &mut BinaryHeap<Head>,
    runs: &mut Vec<(usize, usize)>,
    probe: &mut P,
) {
    if part.len() <= SMALL {
        return insertion_sort(data, part, probe);
    }
    let size = part.len().div_ceil(fan);
    for start in part.clone().step_by(size) {
        let piece = start..(start + size).min(part.end);
        sort_part(data, scratch, piece, fan, heads, runs, probe);
    }
    // The recursion is over: the runs of this merge are the only ones there are.
    runs.clear();
    for (run, start) in part.clone().step_by(size).enumerate() {
        runs.push((start, (start + size).min(part.end)));
        heads.push(Reverse((data.get(start, probe), run)));
    }
    for out in part.clone() {
        let mut least = heads.peek_mut().expect("a head while keys are left");
        let Reverse((key, run)) = *least;
        scratch.set(out, key, probe);
        let (next, end) = &mut runs[run];
        *next += 1;
        if *next < *end {
            *least = Reverse((data.get(*next, probe), run));
        } else {
            std::collections::binary_heap::PeekMut::pop(least);
        }
    }
    copy_back(data, scratch, part, probe);
}

/// Sorts a short part in place.
pub(super) fn insertion_sort<P: Probe>(
    data: &mut BufferMut<'_, u64>,
    part: std::ops::Range<usize>,
    probe: &mut P,
) {
    for index in part.clone().skip(1) {
        let key = data.get(index, probe);
        let mut place = index;
        while place > part.start {
            let before = data.get(place - 1, probe);
            if before <= key {
                break;
            }
            data.set(place, before, probe);
            place -= 1;
        }
        if place != index {
            data.set(place, key, probe);
        }
    }
}

/// Puts what was merged where it came from.
pub(super) fn copy_back<P: Probe>(
    data: &mut BufferMut<'_, u64>,
    scratch: &BufferMut<'_, u64>,
    part: std::ops::Range<usize>,
    probe: &mut P,
) {
    for index in part {
        let key = scratch.get(index, probe);
        data.set(index, key, probe);
    }
}

/// Keys in random order, the same for the same seed.
pub fn random_keys(count: usize, seed: u64) -> Vec<u64> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..count).map(|_| random.u64(..)).collect()
}

const FAN: Parameter = Parameter {
    name: "fan",
    meaning: "runs merged at a time",
    unit: Unit::Count,
    default: 16.0,
    min: 2.0,
    max: 1024.0,
};

/// Runs `sort` on random keys and a scratch array.
fn on_fresh<P: Probe>(
    arguments: &Arguments,
    probe: &mut P,
    sort: impl FnOnce(&mut Arrays, &mut BufferMut<'_, u64>, &mut BufferMut<'_, u64>, &mut P),
) -> u64 {
    let count = arguments.get(&ELEMENTS) as usize;
    let mut arrays = Arrays::default();
    let [at_data, at_scratch] =
        ["data", "scratch"].map(|name| arrays.place::<u64, P>(name, count, probe));
    let mut data = random_keys(count, arguments.get(&SEED) as u64);
    let mut scratch = vec![0; count];
    sort(
        &mut arrays,
        &mut BufferMut::new(&mut data, at_data),
        &mut BufferMut::new(&mut scratch, at_scratch),
        probe,
    );
    data[count / 2]
}

/// By insertion a key makes at most 2·[`SMALL`] + 2 accesses; a merge makes four for each key.
fn at_most(count: u64, merges: u64) -> u64 {
    count * (2 * SMALL as u64 + 2 + 4 * merges)
}

/// [`merge_sort`] by name.
pub(super) struct MergeSort;

impl Runnable for MergeSort {
    const NAME: &'static str = "merge-sort";
    const ABOUT: &'static str = "sorts random 8-byte keys, merging many runs at a time";
    const SOURCE: (&'static str, &'static str) = ("merge_sort.rs", include_str!("merge_sort.rs"));
    const PARAMETERS: &'static [Parameter] = &[ELEMENTS, FAN, SEED];

    fn accesses(arguments: &Arguments) -> u64 {
        let (mut part, mut merges) = (arguments.get(&ELEMENTS) as u64, 0);
        let count = part;
        while part > SMALL as u64 {
            part = part.div_ceil(arguments.get(&FAN) as u64);
            merges += 1;
        }
        at_most(count, merges)
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        let fan = arguments.get(&FAN) as usize;
        on_fresh(arguments, probe, |_, data, scratch, probe| {
            merge_sort(data, scratch, fan, probe);
        })
    }
}

/// [`funnel::funnelsort`] by name.
pub(super) struct FunnelSort;

impl Runnable for FunnelSort {
    const NAME: &'static str = "funnelsort";
    const ABOUT: &'static str = "sorts random 8-byte keys by merging them in funnels";
    const SOURCE: (&'static str, &'static str) = ("funnel.rs", include_str!("funnel.rs"));
    const PARAMETERS: &'static [Parameter] = &[ELEMENTS, SEED];

    fn accesses(arguments: &Arguments) -> u64 {
        let (mut part, mut merges) = (arguments.get(&ELEMENTS) as u64, 0);
        let count = part;
        while part > SMALL as u64 {
            let fan = funnel::fan(part as usize);
            // Each merger of the funnel reads two heads and writes one key.
            merges += u64::from(fan.ilog2());
            part = part.div_ceil(fan as u64);
        }
        at_most(count, merges + 1)
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        on_fresh(arguments, probe, |arrays, data, scratch, probe| {
            let room = funnel::room(data.len());
            let at_funnel = arrays.place::<u64, P>("funnel", room, probe);
            let mut buffers = vec![0; room];
            let mut buffers = BufferMut::new(&mut buffers, at_funnel);
            funnel::funnelsort(data, scratch, &mut buffers, probe);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::NoProbe;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_sort_as_the_standard_library_does(
            keys in prop::collection::vec(0_u64..1000, 0..3000), fan in 2_usize..40,
        ) {
            let mut expected = keys.clone();
            expected.sort_unstable();
            let mut scratch = vec![0; keys.len()];
            let mut scratch = BufferMut::new(&mut scratch, 0);

            let mut sorted = keys.clone();
            merge_sort(&mut BufferMut::new(&mut sorted, 0), &mut scratch, fan, &mut NoProbe);
            prop_assert_eq!(&sorted, &expected);

            let mut sorted = keys;
            let mut buffers = vec![0; funnel::room(sorted.len())];
            funnel::funnelsort(
                &mut BufferMut::new(&mut sorted, 0),
                &mut scratch,
                &mut BufferMut::new(&mut buffers, 0),
                &mut NoProbe,
            );
            prop_assert_eq!(&sorted, &expected);
        }
    }
}
