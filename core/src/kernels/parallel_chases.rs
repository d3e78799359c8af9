//! Parallel chases: the kernel of memory-level parallelism.
//!
//! Several permutation chases take their steps in turn. Loads of one chase wait for each other, those
//! of different chases do not: as many can be under way at once as there are chases.

use crate::trace::{Buffer, Probe};

/// The numbers of chases there is code for. With more than sixteen, no x86 core keeps the places in
/// registers.
pub const CHASES: [usize; 8] = [1, 2, 3, 4, 6, 8, 12, 16];

/// Follows `steps` links from each of `places` (byte offsets), one link of each in turn, and leaves
/// there the offsets it arrives at.
///
/// The places of few chases are kept in registers. Of more than about a dozen some are kept on the
/// stack, which adds a store and a load from the first level to their steps: that overlaps with the
/// others' waiting too, but counts where loads are short.
///
/// # Panics
/// When the number of places is none of [`CHASES`].
#[inline]
pub fn parallel_chases<P: Probe>(
    data: Buffer<'_, u64>,
    places: &mut [u64],
    steps: usize,
    probe: &mut P,
) {
    match places.len() {
        1 => fixed::<1, P>(data, places, steps, probe),
        2 => fixed::<2, P>(data, places, steps, probe),
        3 => fixed::<3, P>(data, places, steps, probe),
        4 => fixed::<4, P>(data, places, steps, probe),
        6 => fixed::<6, P>(data, places, steps, probe),
        8 => fixed::<8, P>(data, places, steps, probe),
        12 => fixed::<12, P>(data, places, steps, probe),
        16 => fixed::<16, P>(data, places, steps, probe),
        other => panic!("there is no code for {other} chases at once"),
    }
}

/// The number is known when compiled: the places can stay in registers.
#[inline(never)]
fn fixed<const N: usize, P: Probe>(
    data: Buffer<'_, u64>,
    places: &mut [u64],
    steps: usize,
    probe: &mut P,
) {
    let mut at: [u64; N] = places.try_into().expect("as many places as chases");
    for _ in 0..steps {
        for place in &mut at {
            *place = data.get_at(*place, probe);
        }
    }
    places.copy_from_slice(&at);
}

/// Places evenly spaced along the cycle linked in `data`, whose nodes number `nodes`: at equal speed,
/// chases that start there stay as far from each other as they can.
pub fn spaced_starts(data: &[u64], nodes: usize, chases: usize) -> Vec<u64> {
    let (mut place, mut walked) = (0_u64, 0);
    (0..chases)
        .map(|chase| {
            while walked < nodes * chase / chases {
                place = data[place as usize / size_of::<u64>()];
                walked += 1;
            }
            place
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kernels::chase::{link_cycle, permutation_chase},
        trace::{NoProbe, Recorder},
    };
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn each_arrives_where_it_would_alone(
            which in 0..CHASES.len(), nodes in 3_usize..200, steps in 0_usize..300, seed: u64,
        ) {
            let mut data = vec![0; nodes];
            link_cycle(&mut data, 8, seed);
            let starts = spaced_starts(&data, nodes, CHASES[which]);
            let data = Buffer::new(&data, 0);
            let mut ends = starts.clone();
            parallel_chases(data, &mut ends, steps, &mut NoProbe);
            for (start, end) in starts.into_iter().zip(ends) {
                prop_assert_eq!(permutation_chase(data, start, steps, &mut NoProbe), end);
            }
        }

        #[test]
        fn together_they_visit_every_node_once(share in 1_usize..100, seed: u64) {
            let nodes = 4 * share;
            let mut data = vec![0; nodes];
            link_cycle(&mut data, 8, seed);
            let starts = spaced_starts(&data, nodes, 4);
            let mut places = starts.clone();
            let mut recorder = Recorder::default();
            parallel_chases(Buffer::new(&data, 0), &mut places, share, &mut recorder);
            let visited: HashSet<u64> = recorder.accesses.iter().map(|access| access.address).collect();
            prop_assert_eq!((visited.len(), recorder.accesses.len()), (nodes, nodes));
            // Each has come to where the next began.
            prop_assert_eq!(places, [starts[1], starts[2], starts[3], starts[0]]);
        }
    }
}
