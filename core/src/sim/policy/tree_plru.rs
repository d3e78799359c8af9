//! Pseudo-LRU by a tree of bits.
//!
//! The ways of a set are the leaves of a binary tree. Each inner node holds one bit that says in
//! which half the next victim is to be sought. A use sets the bits on the way's path to point away
//! from it; a victim is found by following them. `ways − 1` bits a set (three in the four-way cache
//! of the Intel486; compared with others as PLRUt by H. Al-Zoubi, A. Milenković, M. Milenković,
//! "Performance evaluation of cache replacement policies for the SPEC CPU2000 benchmark suite",
//! ACM Southeast Conference, 2004).
//!
//! Choices:
//! - Any number of ways: a node over `n` leaves has `⌈n / 2⌉` of them on its left (the lower ways).
//!   For powers of two that is the usual tree; else some leaves are a bit nearer to the root.
//! - At first every bit points left. A line that is taken out leaves the bits as they are.
//! - A demoted line gets all bits of its path pointed to it.
//! - The age drawn is the line's position in the sense of D. A. Jiménez, "Insertion and promotion for
//!   tree-based PseudoLRU last-level caches", MICRO 2013: its path as a binary number, a 1 where the
//!   bit points to it, the root first.

use super::Policy;

/// Pseudo-LRU by a tree of bits.
#[derive(Clone, Debug)]
pub struct TreePlru {
    ways: usize,
    /// Whether the victim is to be sought on the right. Of each set `ways` entries: a node that
    /// parts its leaves before way `m` has entry `m`, so entry 0 is no node's.
    right: Vec<bool>,
}

impl TreePlru {
    /// Calls `node` for each bit on a way's path, from the root on, with where the way lies: on the
    /// right or not.
    #[inline(always)]
    fn along(row: &mut [bool], way: usize, mut node: impl FnMut(&mut bool, bool)) {
        let (mut from, mut to) = (0, row.len());
        while to - from > 1 {
            let middle = from + (to - from).div_ceil(2);
            let on_right = way >= middle;
            node(&mut row[middle], on_right);
            (from, to) = if on_right {
                (middle, to)
            } else {
                (from, middle)
            };
        }
    }

    #[inline(always)]
    fn row(&mut self, set: usize) -> &mut [bool] {
        &mut self.right[set * self.ways..][..self.ways]
    }
}

impl Policy for TreePlru {
    fn new(sets: usize, ways: usize, _seed: u64) -> Self {
        Self {
            ways,
            right: vec![false; sets * ways],
        }
    }

    #[inline(always)]
    fn hit(&mut self, set: usize, way: usize) {
        Self::along(self.row(set), way, |right, on_right| *right = !on_right);
    }

    #[inline(always)]
    fn victim(&mut self, set: usize) -> usize {
        let row = self.row(set);
        let (mut from, mut to) = (0, row.len());
        while to - from > 1 {
            let middle = from + (to - from).div_ceil(2);
            (from, to) = if row[middle] {
                (middle, to)
            } else {
                (from, middle)
            };
        }
        from
    }

    #[inline(always)]
    fn fill(&mut self, set: usize, way: usize) {
        self.hit(set, way);
    }

    fn demote(&mut self, set: usize, way: usize) {
        Self::along(self.row(set), way, |right, on_right| *right = on_right);
    }

    fn age(&self, set: usize, way: usize) -> u32 {
        let mut row = self.right[set * self.ways..][..self.ways].to_vec();
        let levels = row.len().next_power_of_two().trailing_zeros();
        let (mut age, mut weight) = (0, levels);
        Self::along(&mut row, way, |right, on_right| {
            weight -= 1;
            age |= u32::from(*right == on_right) << weight;
        });
        age
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::policy::trial::Trial;

    #[test]
    fn four_ways_by_hand() {
        let mut trial = Trial::<TreePlru>::new(4);
        assert_eq!(trial.run("abcd"), "....");
        // The root points left, the left node to a: the least recently used one.
        assert_eq!(trial.run("e"), "a");
        // Ways e b c d. The root points right, and there to c.
        assert_eq!(trial.run("f"), "c");
        // Ways e b f d. e is used: the root points right, where the node points to d.
        assert_eq!(trial.run("e"), "+");
        assert_eq!(trial.run("g"), "d");
        // Ways e b f g. Root left; the left node points to b.
        assert_eq!(
            [0, 1, 2, 3].map(|way| trial.policy.age(0, way)),
            [2, 3, 1, 0]
        );
        assert_eq!(trial.run("h"), "b");
    }

    #[test]
    fn it_can_evict_the_second_to_last_used() {
        // After a b c d a c, LRU would evict b; the bits of the path to b say the right half: d.
        let mut trial = Trial::<TreePlru>::new(4);
        assert_eq!(trial.run("abcdca"), "....++");
        assert_eq!(trial.run("e"), "d");
        let mut trial = Trial::<TreePlru>::new(4);
        assert_eq!(trial.run("abcdac"), "....++");
        assert_eq!(trial.run("e"), "b");
    }

    #[test]
    fn three_ways_are_two_and_one() {
        let mut trial = Trial::<TreePlru>::new(3);
        // a b fill the left half, then c the right one.
        assert_eq!(trial.run("abc"), "...");
        // Root left, its node to a; then root right: c, although b is older.
        assert_eq!(trial.run("dec"), "acb");
    }

    #[test]
    fn a_demoted_line_leaves_next() {
        for ways in 1..20 {
            let mut plru = TreePlru::new(2, ways, 0);
            for way in (0..ways).rev() {
                plru.fill(1, way);
                plru.demote(1, way);
                assert_eq!(plru.victim(1), way);
                plru.hit(1, way);
                assert!(ways == 1 || plru.victim(1) != way);
            }
        }
    }
}
