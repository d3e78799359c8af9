//! Least recently used.

use super::Policy;

/// Least recently used, by the time of each way's last use.
#[derive(Clone, Debug)]
pub struct Lru {
    ways: usize,
    /// Time of the last use of each way; 0 of a line that should leave next.
    used: Vec<u64>,
    now: u64,
}

impl Policy for Lru {
    fn new(sets: usize, ways: usize, _seed: u64) -> Self {
        Self {
            ways,
            used: vec![0; sets * ways],
            now: 0,
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

    fn demote(&mut self, set: usize, way: usize) {
        self.used[set * self.ways + way] = 0;
    }

    fn age(&self, set: usize, way: usize) -> u32 {
        let row = &self.used[set * self.ways..][..self.ways];
        row.iter().filter(|&&used| used > row[way]).count() as u32
    }
}
