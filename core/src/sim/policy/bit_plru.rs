//! Pseudo-LRU by one bit a line (MRU bits).
//!
//! A use sets the line's bit. When that would make all bits of the set 1, the others are cleared. The
//! victim is the lowest way whose bit is clear. (PLRUm in H. Al-Zoubi, A. Milenković, M. Milenković,
//! "Performance evaluation of cache replacement policies for the SPEC CPU2000 benchmark suite",
//! ACM Southeast Conference, 2004.)
//!
//! Choices: a fill is a use. A free way's bit is clear and counts among "all bits". A demoted line's
//! bit is cleared: it leaves next unless a lower way is clear too. A set of one way evicts that way.

use super::Policy;

/// Pseudo-LRU by one bit a line, cleared when all are set.
#[derive(Clone, Debug)]
pub struct BitPlru {
    ways: usize,
    used: Vec<bool>,
    /// Bits that are set, of each set.
    set_bits: Vec<usize>,
}

impl Policy for BitPlru {
    fn new(sets: usize, ways: usize, _seed: u64) -> Self {
        Self {
            ways,
            used: vec![false; sets * ways],
            set_bits: vec![0; sets],
        }
    }

    #[inline(always)]
    fn hit(&mut self, set: usize, way: usize) {
        let row = &mut self.used[set * self.ways..][..self.ways];
        if row[way] {
            return;
        }
        self.set_bits[set] += 1;
        if self.set_bits[set] == row.len() {
            row.fill(false);
            self.set_bits[set] = 1;
        }
        row[way] = true;
    }

    #[inline(always)]
    fn victim(&mut self, set: usize) -> usize {
        let row = &self.used[set * self.ways..][..self.ways];
        row.iter().position(|&used| !used).unwrap_or(0)
    }

    #[inline(always)]
    fn fill(&mut self, set: usize, way: usize) {
        self.hit(set, way);
    }

    fn demote(&mut self, set: usize, way: usize) {
        let used = &mut self.used[set * self.ways + way];
        self.set_bits[set] -= usize::from(*used);
        *used = false;
    }

    fn invalidate(&mut self, set: usize, way: usize) {
        self.demote(set, way);
    }

    fn age(&self, set: usize, way: usize) -> u32 {
        u32::from(!self.used[set * self.ways + way])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::policy::trial::Trial;

    #[test]
    fn four_ways_by_hand() {
        let mut trial = Trial::<BitPlru>::new(4);
        // The fourth fill clears the other three bits.
        assert_eq!(trial.run("abcd"), "....");
        // b is used, so a leaves first and then c; with that all are set: only f's bit stays.
        assert_eq!(trial.run("bef"), "+ac");
        // Ways e b f d, bits 0 0 1 0: e goes although d is older; then b, then d.
        assert_eq!(trial.run("ghi"), "ebd");
    }

    #[test]
    fn one_way_and_a_way_taken_out() {
        assert_eq!(Trial::<BitPlru>::new(1).run("aba"), ".ab");
        let mut trial = Trial::<BitPlru>::new(3);
        assert_eq!(trial.run("abc"), "...");
        trial.take('c');
        // No bit is set: a, b and the free way. d fills it, then a is used, then b leaves.
        assert_eq!(trial.run("dae"), ".+b");
    }
}
