//! Forming batches: samples into the order in which a shuffle wants them (claim O4).
//!
//! A sample is a word that says where it is to go. Writing each straight to its place misses once a
//! sample, when the whole does not fit. The course text distributes n samples recursively to √n
//! groups, and claims n/B + n/√M misses; with more groups than the cache has lines every write misses
//! still. As many groups at a time as the cache has lines to spare, or a cache-oblivious sort by
//! destination (`funnel.rs`), make the permutation as cheap as a sort.

use std::ops::Range;

use super::{Arrays, ELEMENTS, Runnable, SEED};
use crate::{
    parameters::{Arguments, Parameter},
    trace::{Buffer, BufferMut, Probe},
    units::Unit,
};

/// Groups of so few samples are put in order straight away.
const SMALL: usize = 16;

/// Writes every sample of `from` to its place in `to`: a load and a store each.
#[inline]
pub fn scatter<P: Probe>(from: Buffer<'_, u64>, to: &mut BufferMut<'_, u64>, probe: &mut P) {
    for index in 0..from.len() {
        let sample = from.get(index, probe);
        to.set(sample as usize, sample, probe);
    }
}

/// How many groups samples are distributed to at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Groups {
    /// √n of n, as the course text has it.
    Roots,
    /// No more than so many.
    AtMost(usize),
}

impl Groups {
    /// Groups for so many samples, at least two.
    pub fn of(self, samples: usize) -> usize {
        match self {
            Groups::Roots => (samples as f64).sqrt().ceil() as usize,
            Groups::AtMost(groups) => groups.min(samples),
        }
        .max(2)
    }
}

/// Brings the samples of `data`, which are all of `0..data.len()` in some order, into that order, by
/// distributing them to groups of neighbouring destinations, and each group again.
///
/// `scratch` is as long as `data`; `cursors` holds the place that each group is filled to, and has as
/// many elements as `groups` gives for all samples.
pub fn distribute<P: Probe>(
    data: &mut BufferMut<'_, u64>,
    scratch: &mut BufferMut<'_, u64>,
    cursors: &mut BufferMut<'_, u64>,
    groups: Groups,
    probe: &mut P,
) {
    let all = 0..data.len();
    if !distribute_part(data, scratch, cursors, groups, all.clone(), probe) {
        super::merge_sort::copy_back(data, scratch, all, probe);
    }
}

/// Returns whether the samples of `part` ended in `data`; otherwise they are in `scratch`.
///
/// Each pass moves them from one to the other. All groups of a pass take equally many further passes
/// but the last, shorter one: it is copied where it ends on the other side.
fn distribute_part<P: Probe>(
    data: &mut BufferMut<'_, u64>,
    scratch: &mut BufferMut<'_, u64>,
    cursors: &mut BufferMut<'_, u64>,
    groups: Groups,
    part: Range<usize>,
    probe: &mut P,
) -> bool {
    if part.len() <= SMALL {
        for index in part {
            let sample = data.get(index, probe);
            scratch.set(sample as usize, sample, probe);
        }
        return false;
    }
    let size = part.len().div_ceil(groups.of(part.len()));
    for (group, start) in part.clone().step_by(size).enumerate() {
        cursors.set(group, start as u64, probe);
    }
    for index in part.clone() {
        let sample = data.get(index, probe);
        let group = (sample as usize - part.start) / size;
        let place = cursors.get(group, probe);
        cursors.set(group, place + 1, probe);
        scratch.set(place as usize, sample, probe);
    }
    let mut at_home = None;
    for start in part.clone().step_by(size) {
        let piece = start..(start + size).min(part.end);
        // The two have changed their roles: what ends in the other's data ends in our scratch.
        let here = !distribute_part(scratch, data, cursors, groups, piece.clone(), probe);
        let wanted = *at_home.get_or_insert(here);
        if here != wanted {
            if wanted {
                super::merge_sort::copy_back(data, scratch, piece, probe);
            } else {
                super::merge_sort::copy_back(scratch, data, piece, probe);
            }
        }
    }
    at_home.unwrap_or(true)
}

/// Destinations in random order, the same for the same seed.
pub fn shuffled(samples: usize, seed: u64) -> Vec<u64> {
    let mut order: Vec<u64> = (0..samples as u64).collect();
    fastrand::Rng::with_seed(seed).shuffle(&mut order);
    order
}

const SOURCE: (&str, &str) = ("batch.rs", include_str!("batch.rs"));

/// [`scatter`] by name.
pub(super) struct Scatter;

impl Runnable for Scatter {
    const NAME: &'static str = "batch-scatter";
    const ABOUT: &'static str = "puts shuffled samples in their order, each straight to its place";
    const SOURCE: (&'static str, &'static str) = SOURCE;
    const PARAMETERS: &'static [Parameter] = &[ELEMENTS, SEED];

    fn accesses(arguments: &Arguments) -> u64 {
        2 * arguments.get(&ELEMENTS) as u64
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        let count = arguments.get(&ELEMENTS) as usize;
        let mut arrays = Arrays::default();
        let [at_from, at_to] =
            ["samples", "batches"].map(|name| arrays.place::<u64, P>(name, count, probe));
        let from = shuffled(count, arguments.get(&SEED) as u64);
        let mut to = vec![0; count];
        scatter(
            Buffer::new(&from, at_from),
            &mut BufferMut::new(&mut to, at_to),
            probe,
        );
        to[count / 2]
    }
}

const GROUPS: Parameter = Parameter {
    name: "groups",
    meaning: "groups that samples are distributed to at a time",
    unit: Unit::Count,
    default: 64.0,
    min: 2.0,
    max: 65_536.0,
};

/// [`distribute`] by name: to √n groups, or to as many as is said.
pub(super) struct Distribute<const ROOTS: bool>;

impl<const ROOTS: bool> Distribute<ROOTS> {
    fn groups(arguments: &Arguments) -> Groups {
        if ROOTS {
            Groups::Roots
        } else {
            Groups::AtMost(arguments.get(&GROUPS) as usize)
        }
    }
}

impl<const ROOTS: bool> Runnable for Distribute<ROOTS> {
    const NAME: &'static str = if ROOTS { "batch-roots" } else { "batch-groups" };
    const ABOUT: &'static str = if ROOTS {
        "puts shuffled samples in their order by way of √n groups, and √ of those again"
    } else {
        "puts shuffled samples in their order by way of a few groups at a time"
    };
    const SOURCE: (&'static str, &'static str) = SOURCE;
    const PARAMETERS: &'static [Parameter] = if ROOTS {
        &[ELEMENTS, SEED]
    } else {
        &[ELEMENTS, GROUPS, SEED]
    };

    /// A pass makes four accesses for each sample, a store for each group, and may copy.
    fn accesses(arguments: &Arguments) -> u64 {
        let count = arguments.get(&ELEMENTS) as u64;
        let (mut part, mut passes) = (count as usize, 0);
        while part > SMALL {
            part = part.div_ceil(Self::groups(arguments).of(part));
            passes += 1;
        }
        count * (2 + 7 * passes + 2)
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        let count = arguments.get(&ELEMENTS) as usize;
        let groups = Self::groups(arguments);
        let mut arrays = Arrays::default();
        let [at_data, at_scratch] =
            ["samples", "scratch"].map(|name| arrays.place::<u64, P>(name, count, probe));
        let at_cursors = arrays.place::<u64, P>("cursors", groups.of(count), probe);
        let mut data = shuffled(count, arguments.get(&SEED) as u64);
        let [mut scratch, mut cursors] = [count, groups.of(count)].map(|length| vec![0; length]);
        distribute(
            &mut BufferMut::new(&mut data, at_data),
            &mut BufferMut::new(&mut scratch, at_scratch),
            &mut BufferMut::new(&mut cursors, at_cursors),
            groups,
            probe,
        );
        data[count / 2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::NoProbe;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_sample_arrives(count in 0_usize..3000, most in 2_usize..50, seed: u64) {
            let samples = shuffled(count, seed);
            let expected: Vec<u64> = (0..count as u64).collect();

            let mut placed = vec![u64::MAX; count];
            scatter(Buffer::new(&samples, 0), &mut BufferMut::new(&mut placed, 0), &mut NoProbe);
            prop_assert_eq!(&placed, &expected);

            for groups in [Groups::Roots, Groups::AtMost(most)] {
                let mut data = samples.clone();
                let (mut scratch, mut cursors) = (vec![0; count], vec![0; groups.of(count)]);
                distribute(
                    &mut BufferMut::new(&mut data, 0),
                    &mut BufferMut::new(&mut scratch, 0),
                    &mut BufferMut::new(&mut cursors, 0),
                    groups,
                    &mut NoProbe,
                );
                prop_assert_eq!(&data, &expected);
            }
        }
    }
}
