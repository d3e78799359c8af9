//! Not recently used.
//!
//! A use clears the line's bit. The victim is the lowest way whose bit is set; where none is, all
//! bits of the set are set first. As described (for the UltraSPARC T2 and others) by A. Jaleel,
//! K. B. Theobald, S. C. Steely Jr., J. Emer, "High performance cache replacement using re-reference
//! interval prediction (RRIP)", ISCA 2010, section 3. It differs from bit-PLRU in when the bits are
//! renewed: not by a use, but by a victim that is sought in vain.
//!
//! Choices: a fill is a use. A line that is demoted or taken out has its bit set; a demoted one leaves
//! next unless a lower way's bit is set too.

use super::Policy;

/// Not recently used: one bit a line, renewed when a victim is sought in vain.
#[derive(Clone, Debug)]
pub struct Nru {
    ways: usize,
    /// Whether the line was not used for a while.
    idle: Vec<bool>,
}

impl Policy for Nru {
    fn new(sets: usize, ways: usize, _seed: u64) -> Self {
        Self {
            ways,
            idle: vec![true; sets * ways],
        }
    }

    #[inline(always)]
    fn hit(&mut self, set: usize, way: usize) {
        self.idle[set * self.ways + way] = false;
    }

    #[inline(always)]
    fn victim(&mut self, set: usize) -> usize {
        let row = &mut self.idle[set * self.ways..][..self.ways];
        row.iter().position(|&idle| idle).unwrap_or_else(|| {
            row.fill(true);
            0
        })
    }

    #[inline(always)]
    fn fill(&mut self, set: usize, way: usize) {
        self.hit(set, way);
    }

    fn demote(&mut self, set: usize, way: usize) {
        self.idle[set * self.ways + way] = true;
    }

    fn invalidate(&mut self, set: usize, way: usize) {
        self.demote(set, way);
    }

    fn age(&self, set: usize, way: usize) -> u32 {
        u32::from(self.idle[set * self.ways + way])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::policy::trial::Trial;

    #[test]
    fn four_ways_by_hand() {
        let mut trial = Trial::<Nru>::new(4);
        assert_eq!(trial.run("abcd"), "....");
        // All bits are clear: they are set, and the lowest way leaves.
        assert_eq!(trial.run("e"), "a");
        // Ways e b c d, bits 0 1 1 1. c is used, so b and d leave before c.
        assert_eq!(trial.run("cfg"), "+bd");
        // Ways e f c g, all clear again.
        assert_eq!(trial.run("h"), "e");
    }

    #[test]
    fn a_scan_mixed_with_a_reused_line_as_in_the_paper() {
        // (a1 a2 a2 a1)(b1 b2 b3 b4)(a1 …): four lines of a scan push the reused two out.
        let mut trial = Trial::<Nru>::new(4);
        assert_eq!(trial.run("abba"), "..++");
        assert_eq!(trial.run("1234"), "..ab");
        assert_eq!(trial.run("ab"), "12");
    }
}
