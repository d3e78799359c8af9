//! Cycles of dependent loads of many lengths, which share memory.
//!
//! A cycle uses one word of each of its nodes. So as many cycles as a node has words lie in one piece of
//! memory, in the same lines and pages, and none has another's links: a ladder of forty sizes takes
//! little more than its largest, and setting it up little more than linking it.

use anyhow::Result;
use lab_core::{kernels::chase, study::Variant};

use super::Curve;
use crate::measure::{
    Case,
    memory::{Arena, Pages},
};

/// Memory with a cycle for each length.
pub(super) struct Cycles {
    /// Each with the lengths that lie there, in nodes, and their place among all.
    shared: Vec<(Arena, Vec<(usize, usize)>)>,
    /// Words from node to node.
    words: usize,
}

impl Cycles {
    /// A cycle of each of these numbers of nodes, `spacing` bytes apart.
    ///
    /// # Errors
    /// When there is no such memory.
    pub fn new(nodes: &[usize], spacing: usize, seed: u64, pages: Pages) -> Result<Self> {
        let words = spacing / size_of::<u64>();
        let mut places: Vec<(usize, usize)> = nodes.iter().copied().zip(0..).collect();
        // Those of like length together: the longest of them takes the memory.
        places.sort_unstable_by(|a, b| b.cmp(a));
        let mut shared = Vec::new();
        for group in places.chunks(words) {
            // One node more than the longest, for those that begin behind its first word.
            let bytes = (group[0].0 + 1) * spacing;
            let mut arena = Arena::new(bytes, pages)?;
            for (first, &(nodes, _)) in group.iter().enumerate() {
                let own = &mut arena.words()[first..first + nodes * words];
                chase::link_cycle(own, spacing, seed);
            }
            shared.push((arena, group.to_vec()));
        }
        Ok(Self { shared, words })
    }

    /// The cycles, in the order they were asked for.
    pub fn all(&mut self) -> Vec<&[u64]> {
        let mut all: Vec<(usize, &[u64])> = Vec::new();
        for (arena, group) in &mut self.shared {
            let memory: &[u64] = arena.words();
            let cycles = group.iter().enumerate().map(|(first, &(nodes, place))| {
                (place, &memory[first..first + nodes * self.words])
            });
            all.extend(cycles);
        }
        all.sort_unstable_by_key(|(place, _)| *place);
        all.into_iter().map(|(_, cycle)| cycle).collect()
    }
}

/// Cycles in base pages, and the same in huge ones, where there are some.
pub(super) struct InBothPages {
    base: Cycles,
    huge: Result<Cycles>,
}

impl InBothPages {
    /// As [`Cycles::new`].
    ///
    /// # Errors
    /// When there is no such memory, not even in base pages.
    pub fn new(nodes: &[usize], spacing: usize, seed: u64) -> Result<Self> {
        Ok(Self {
            base: Cycles::new(nodes, spacing, seed, Pages::Base)?,
            huge: Cycles::new(nodes, spacing, seed, Pages::Huge),
        })
    }

    /// The variants of these names, base pages first, that run the cycles as `case` says.
    pub fn variants<'c>(
        &'c mut self,
        [base, huge]: [Variant; 2],
        xs: &[f64],
        case: impl Fn(&'c [u64], f64) -> Case<'c>,
    ) -> Vec<Curve<'c>> {
        let cases = |cycles: &'c mut Cycles| {
            let cases = cycles.all().into_iter().zip(xs);
            cases.map(|(cycle, &x)| case(cycle, x)).collect()
        };
        vec![
            Curve::Cases(base, cases(&mut self.base)),
            match &mut self.huge {
                Ok(cycles) => Curve::Cases(huge, cases(cycles)),
                Err(why) => Curve::Unavailable(huge, format!("{why:#}")),
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_core::trace::{Buffer, NoProbe};

    /// Each comes back to its start after as many loads as it has nodes, and no earlier.
    #[test]
    fn every_cycle_is_whole() {
        let nodes: Vec<usize> = (1..=37).chain([500, 3]).collect();
        for spacing in [16, 64, 4160] {
            let mut cycles = Cycles::new(&nodes, spacing, 7, Pages::Base).unwrap();
            let all = cycles.all();
            assert_eq!(all.len(), nodes.len());
            for (cycle, &nodes) in all.into_iter().zip(&nodes) {
                let (mut place, mut steps) = (0, 0);
                loop {
                    place = chase::permutation_chase(Buffer::new(cycle, 0), place, 1, &mut NoProbe);
                    steps += 1;
                    if place == 0 || steps > nodes {
                        break;
                    }
                }
                assert_eq!(steps, nodes, "{spacing} bytes apart");
            }
        }
    }
}
