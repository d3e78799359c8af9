//! Least recently used.
//!
//! The lines of a set stand in order of their last use; a line that was used goes to the front, the
//! last one leaves (R. L. Mattson, J. Gecsei, D. R. Slutz, I. L. Traiger, "Evaluation techniques for
//! storage hierarchies", IBM Systems Journal 9(2), 1970). A line that came in was used; one that was
//! read with a non-temporal hint goes to the end instead.

use super::Policy;

/// Least recently used, by the time of each way's last use.
#[derive(Clone, Debug)]
pub struct Lru {
    ways: usize,
    /// Time of the last use of each way; below zero of lines put at the end of the order.
    used: Vec<i64>,
    now: i64,
    /// Falls with every line put at the end: the latest of them leaves first.
    end: i64,
}

impl Lru {
    /// Time of the last use of a way; less is longer ago.
    #[inline(always)]
    pub fn last_use(&self, set: usize, way: usize) -> i64 {
        self.used[set * self.ways + way]
    }
}

impl Policy for Lru {
    fn new(sets: usize, ways: usize, _seed: u64) -> Self {
        Self {
            ways,
            used: vec![0; sets * ways],
            now: 0,
            end: 0,
        }
    }

    #[inline(always)]
    fn hit(&mut self, set: usize, way: usize) {
        self.now += 1;
        self.used[set * self.ways + way] = self.now;
    }

    #[inline(always)]
    fn victim(&mut self, set: usize) -> usize {
        let row = &self.used[set * self.ways..][..self.ways];
        let mut oldest = 0;
        for way in 1..row.len() {
            if row[way] < row[oldest] {
                oldest = way;
            }
        }
        oldest
    }

    #[inline(always)]
    fn fill(&mut self, set: usize, way: usize) {
        self.hit(set, way);
    }

    #[inline(always)]
    fn demote(&mut self, set: usize, way: usize) {
        self.end -= 1;
        self.used[set * self.ways + way] = self.end;
    }

    fn age(&self, set: usize, way: usize) -> u32 {
        let row = &self.used[set * self.ways..][..self.ways];
        row.iter().filter(|&&used| used > row[way]).count() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::policy::trial::Trial;

    #[test]
    fn the_last_of_the_order_leaves() {
        let mut trial = Trial::<Lru>::new(3);
        assert_eq!(trial.run("abc"), "...");
        assert_eq!(trial.run("a"), "+");
        // b, c, a from the oldest on.
        assert_eq!(trial.run("dbc"), "bca");
        assert_eq!([0, 1, 2].map(|way| trial.policy.age(0, way)), [0, 2, 1]);
    }

    #[test]
    fn textbook_string_in_three_frames() {
        assert_eq!(Trial::<Lru>::new(3).run("123412512345"), "...1234++512");
    }

    #[test]
    fn of_demoted_lines_the_latest_leaves_first() {
        let mut lru = Lru::new(1, 3, 0);
        for way in 0..3 {
            lru.fill(0, way);
        }
        lru.demote(0, 1);
        lru.demote(0, 2);
        assert_eq!(lru.victim(0), 2);
    }
}
