//! Permutation chase: the kernel of latency.
//!
//! One cycle visits every node once in random order, and each load gives the place of the next:
//! nothing can be fetched ahead and nothing overlaps.

use super::{ARRAY, Arrays, PASSES, Runnable, SEED, words};
use crate::{
    parameters::{Arguments, Parameter},
    trace::{Buffer, Probe},
};

/// Links `data` into one cycle of nodes, `spacing` bytes apart, and returns the number of nodes.
///
/// The first word of each node holds the byte offset of the next one. The cycle is uniform among
/// all cycles of that length (Sattolo, 1986) and the same for the same seed. `spacing` is rounded
/// down to a multiple of 8, to at least 8.
pub fn link_cycle(data: &mut [u64], spacing: usize, seed: u64) -> usize {
    let words = (spacing / 8).max(1);
    let nodes = data.len() / words;
    let mut order: Vec<u32> = (0..u32::try_from(nodes).expect("fewer than 2^32 nodes")).collect();
    let mut random = fastrand::Rng::with_seed(seed);
    for last in (1..nodes).rev() {
        order.swap(last, random.usize(..last));
    }
    for (node, next) in order.into_iter().enumerate() {
        data[node * words] = (next as usize * words * 8) as u64;
    }
    nodes
}

/// Links `data` into one cycle of blocks, `spacing` bytes apart, each visited at its start and then
/// `distance` bytes further, both rounded as in [`link_cycle`]; returns the number of blocks.
///
/// The second load of a block finds its line there if that is the line of the first.
///
/// # Panics
/// When the distance is not within a block.
pub fn link_pairs(data: &mut [u64], spacing: usize, distance: usize, seed: u64) -> usize {
    let (words, apart) = ((spacing / 8).max(1), (distance / 8).max(1));
    assert!(apart < words, "a pair lies within its block");
    let blocks = link_cycle(data, spacing, seed);
    for block in (0..blocks).map(|block| block * words) {
        data[block + apart] = data[block];
        data[block] = ((block + apart) * 8) as u64;
    }
    blocks
}

/// Follows `steps` links from byte offset `start` and returns the offset it arrives at.
///
/// Chase with what the last call returned, so that no call can be thrown away.
#[inline]
pub fn permutation_chase<P: Probe>(
    data: Buffer<'_, u64>,
    start: u64,
    steps: usize,
    probe: &mut P,
) -> u64 {
    let mut offset = start;
    for _ in 0..steps {
        offset = data.get_at(offset, probe);
    }
    offset
}

/// Distance of two nodes of the chase that has a name.
const LINE: usize = 64;

/// [`permutation_chase`] by name.
pub(super) struct PermutationChase;

impl Runnable for PermutationChase {
    const NAME: &'static str = "permutation-chase";
    const ABOUT: &'static str = "follows one random cycle through all lines of an array";
    const SOURCE: (&'static str, &'static str) = ("chase.rs", include_str!("chase.rs"));
    const PARAMETERS: &'static [Parameter] = &[ARRAY, PASSES, SEED];

    fn accesses(arguments: &Arguments) -> u64 {
        let nodes = words(arguments) / (LINE / size_of::<u64>());
        arguments.get(&PASSES) as u64 * nodes as u64
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        let base = Arrays::default().place::<u64, P>("data", words(arguments), probe);
        let mut data = vec![0; words(arguments)];
        let lap = link_cycle(&mut data, LINE, arguments.get(&SEED) as u64);
        (0..arguments.get(&PASSES) as u64).fold(0, |start, _| {
            permutation_chase(Buffer::new(&data, base), start, lap, probe)
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
        fn the_cycle_visits_every_node_once(nodes in 1_usize..300, spacing in 8_usize..200, seed: u64) {
            let words = spacing / 8;
            let mut data = vec![0; nodes * words];
            prop_assert_eq!(link_cycle(&mut data, spacing, seed), nodes);
            let mut seen = vec![false; nodes];
            let mut place = 0;
            for _ in 0..nodes {
                let node = place as usize / (words * 8);
                prop_assert!(!seen[node]);
                seen[node] = true;
                place = permutation_chase(Buffer::new(&data, 0), place, 1, &mut NoProbe);
            }
            prop_assert_eq!(place, 0);
        }

        #[test]
        fn pairs_are_visited_one_after_the_other(
            blocks in 1_usize..100, apart in 1_usize..8, seed: u64,
        ) {
            let mut data = vec![0; blocks * 8];
            prop_assert_eq!(link_pairs(&mut data, 64, 8 * apart, seed), blocks);
            let mut seen = vec![false; blocks];
            let mut place = 0;
            for _ in 0..blocks {
                prop_assert!(!std::mem::replace(&mut seen[place as usize / 64], true));
                let second = permutation_chase(Buffer::new(&data, 0), place, 1, &mut NoProbe);
                prop_assert_eq!(second, place + 8 * apart as u64);
                place = permutation_chase(Buffer::new(&data, 0), second, 1, &mut NoProbe);
            }
            prop_assert_eq!(place, 0);
        }
    }
}
