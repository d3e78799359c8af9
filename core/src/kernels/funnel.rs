//! Funnelsort: a sort that is good for every cache and knows none (claim O2).
//!
//! The lazy form (Brodal and Fagerberg, 2002): n keys are cut into about ∛n parts, which are sorted
//! by the same method and merged by a *funnel*, a binary tree of mergers. Between the upper and the
//! lower half of the tree, and again within each half, lie buffers whose sizes grow with the height:
//! whatever the size of a cache, there is a height at which a merger and its buffers just fit.

use std::ops::Range;

use super::merge_sort::{SMALL, copy_back, insertion_sort};
use crate::trace::{BufferMut, Probe};

/// How many parts `count` keys are cut into: a power of two near their cube root.
pub(super) fn fan(count: usize) -> usize {
    ((count as f64).cbrt() as usize).max(2).next_power_of_two()
}

/// Elements that the buffers of the largest funnel for `count` keys take.
pub fn room(count: usize) -> usize {
    if count <= SMALL {
        0
    } else {
        Funnel::new(fan(count)).room
    }
}

/// Sorts `data`. `scratch` is as long, `buffers` has [`room`] for the funnel.
///
/// Told are all accesses to the keys, those in buffers too. The tree's own records, where each buffer
/// begins and ends, are not.
pub fn funnelsort<P: Probe>(
    data: &mut BufferMut<'_, u64>,
    scratch: &mut BufferMut<'_, u64>,
    buffers: &mut BufferMut<'_, u64>,
    probe: &mut P,
) {
    sort_part(data, scratch, buffers, 0..data.len(), probe);
}

fn sort_part<P: Probe>(
    data: &mut BufferMut<'_, u64>,
    scratch: &mut BufferMut<'_, u64>,
    buffers: &mut BufferMut<'_, u64>,
    part: Range<usize>,
    probe: &mut P,
) {
    if part.len() <= SMALL {
        return insertion_sort(data, part, probe);
    }
    let ways = fan(part.len());
    let size = part.len().div_ceil(ways);
    let mut funnel = Funnel::new(ways);
    for (run, start) in part.clone().step_by(size).enumerate() {
        let piece = start..(start + size).min(part.end);
        sort_part(data, scratch, buffers, piece.clone(), probe);
        funnel.nodes[ways + run] = Node::run(piece);
    }
    for out in part.clone() {
        let key = funnel
            .merge_one(1, data, buffers, probe)
            .expect("a key while keys are left");
        scratch.set(out, key, probe);
    }
    copy_back(data, scratch, part, probe);
}

/// A merger with its buffer, or a run to be merged.
#[derive(Clone, Debug, Default)]
struct Node {
    /// Where the buffer lies.
    room: Range<usize>,
    /// What it holds: for a run, places in the data.
    held: Range<usize>,
    /// Nothing more will come.
    dry: bool,
}

impl Node {
    fn run(held: Range<usize>) -> Self {
        Self {
            room: 0..0,
            held,
            dry: true,
        }
    }
}

/// A complete binary tree: node 1 is the root, node `i` merges nodes `2i` and `2i + 1`, and the runs
/// stand below, from `ways` on.
struct Funnel {
    ways: usize,
    nodes: Vec<Node>,
    room: usize,
}

impl Funnel {
    fn new(ways: usize) -> Self {
        let mut funnel = Self {
            ways,
            nodes: vec![Node::default(); 2 * ways],
            room: 0,
        };
        for run in ways..2 * ways {
            funnel.nodes[run] = Node::run(0..0);
        }
        funnel.lay_out(1, ways.ilog2());
        funnel
    }

    /// Gives the buffers inside a tree of so many levels their places, in the order of van Emde Boas:
    /// the upper half, then each lower half behind the buffer that it fills.
    fn lay_out(&mut self, root: usize, height: u32) {
        if height < 2 {
            return;
        }
        let lower = height / 2;
        let upper = height - lower;
        self.lay_out(root, upper);
        // A tree of k = 2^height runs puts out k³ keys a round; its middle buffers hold k^(3/2).
        let size = (1.5 * f64::from(height)).exp2().ceil() as usize;
        for subtree in root << upper..(root + 1) << upper {
            self.nodes[subtree].room = self.room..self.room + size;
            self.nodes[subtree].held = self.room..self.room;
            self.room += size;
            self.lay_out(subtree, lower);
        }
    }

    /// Takes the lesser of the heads of a merger's two sides; a side that ran empty is filled first.
    fn merge_one<P: Probe>(
        &mut self,
        node: usize,
        data: &BufferMut<'_, u64>,
        buffers: &mut BufferMut<'_, u64>,
        probe: &mut P,
    ) -> Option<u64> {
        let mut least: Option<(u64, usize)> = None;
        for side in [2 * node, 2 * node + 1] {
            if self.nodes[side].held.is_empty() && !self.nodes[side].dry {
                self.fill(side, data, buffers, probe);
            }
            let held = &self.nodes[side].held;
            if !held.is_empty() {
                let key = if side >= self.ways {
                    data.get(held.start, probe)
                } else {
                    buffers.get(held.start, probe)
                };
                if least.is_none_or(|(other, _)| key < other) {
                    least = Some((key, side));
                }
            }
        }
        let (key, side) = least?;
        self.nodes[side].held.start += 1;
        Some(key)
    }

    /// Fills the buffer of a merger that ran empty, or as much of it as keys are left.
    fn fill<P: Probe>(
        &mut self,
        node: usize,
        data: &BufferMut<'_, u64>,
        buffers: &mut BufferMut<'_, u64>,
        probe: &mut P,
    ) {
        let room = self.nodes[node].room.clone();
        let mut end = room.start;
        while end < room.end {
            let Some(key) = self.merge_one(node, data, buffers, probe) else {
                self.nodes[node].dry = true;
                break;
            };
            buffers.set(end, key, probe);
            end += 1;
        }
        self.nodes[node].held = room.start..end;
    }
}
