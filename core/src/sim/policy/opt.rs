//! Bélády's optimum.
//!
//! The line whose next use is furthest in the future leaves; with demand fetching no policy misses
//! less. No cache can do this: it is the yardstick for those that can. (L. A. Belady, "A study of
//! replacement algorithms for a virtual-storage computer", IBM Systems Journal 5(2), 1966; that it is
//! optimal is shown by R. L. Mattson and others, 1970.)
//!
//! Choices: a line that misses is always filled (no bypass). Of several lines never used again the
//! one in the lowest way leaves. A line whose next use nobody foretold, such as a prefetched one before
//! its first use, counts as never used again; so does a demoted one, unless it is foretold after that.
//! Optimal it is for loads and allocating stores of one core, without prefetching.

use super::Policy;

/// Bélády's optimum: the line used furthest in the future leaves.
#[derive(Clone, Debug)]
pub struct Opt {
    ways: usize,
    /// Number of the look-up that uses the line next.
    next: Vec<u64>,
}

impl Policy for Opt {
    /// Two hits are foretold different futures.
    const REPEATED_HIT_IS_IDLE: bool = false;
    const NEEDS_FUTURE: bool = true;

    fn new(sets: usize, ways: usize, _seed: u64) -> Self {
        Self {
            ways,
            next: vec![u64::MAX; sets * ways],
        }
    }

    /// What comes next is told by [`Policy::foresee`]; a prefetch that counts as a use tells nothing.
    #[inline(always)]
    fn hit(&mut self, _set: usize, _way: usize) {}

    #[inline(always)]
    fn victim(&mut self, set: usize) -> usize {
        let row = &self.next[set * self.ways..][..self.ways];
        let mut furthest = 0;
        for way in 1..row.len() {
            if row[way] > row[furthest] {
                furthest = way;
            }
        }
        furthest
    }

    #[inline(always)]
    fn fill(&mut self, set: usize, way: usize) {
        self.foresee(set, way, u64::MAX);
    }

    fn demote(&mut self, set: usize, way: usize) {
        self.foresee(set, way, u64::MAX);
    }

    #[inline(always)]
    fn foresee(&mut self, set: usize, way: usize, next: u64) {
        self.next[set * self.ways + way] = next;
    }

    fn age(&self, set: usize, way: usize) -> u32 {
        let row = &self.next[set * self.ways..][..self.ways];
        row.iter().filter(|&&next| next < row[way]).count() as u32
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sim::policy::{bip::Bip, fifo::Fifo, lru::Lru, trial::Trial};

    #[test]
    fn textbook_string_in_three_frames() {
        // Seven faults, where FIFO has nine and LRU ten.
        assert_eq!(Trial::<Opt>::new(3).run("123412512345"), "...3++4++13+");
    }

    /// The fewest misses any choice of victims can reach, by trying them all.
    fn fewest_misses(string: &[char], held: &mut Vec<char>, ways: usize) -> usize {
        let Some((&letter, rest)) = string.split_first() else {
            return 0;
        };
        if held.contains(&letter) {
            return fewest_misses(rest, held, ways);
        }
        if held.len() < ways {
            held.push(letter);
            let misses = fewest_misses(rest, held, ways);
            held.pop();
            return 1 + misses;
        }
        let choices = (0..ways).map(|way| {
            let left = std::mem::replace(&mut held[way], letter);
            let misses = fewest_misses(rest, held, ways);
            held[way] = left;
            misses
        });
        1 + choices.min().unwrap_or(0)
    }

    #[test]
    fn a_use_that_is_no_look_up_leaves_the_future_as_it_was() {
        let mut opt = Opt::new(1, 2, 0);
        for (way, next) in [(0, 5), (1, 9)] {
            opt.fill(0, way);
            opt.foresee(0, way, next);
        }
        opt.hit(0, 0);
        assert_eq!(opt.victim(0), 1);
    }

    proptest! {
        #[test]
        fn no_choice_of_victims_misses_less(string in "[a-f]{0,12}", ways in 1_usize..4) {
            let misses = |told: String| told.len() - told.matches('+').count();
            let letters: Vec<char> = string.chars().collect();
            let opt = misses(Trial::<Opt>::new(ways).run(&string));
            prop_assert_eq!(opt, fewest_misses(&letters, &mut Vec::new(), ways));
        }

        #[test]
        fn others_miss_no_less(string in "[a-p]{0,300}", ways in 1_usize..9) {
            let hits = |told: String| told.matches('+').count();
            let opt = hits(Trial::<Opt>::new(ways).run(&string));
            prop_assert!(hits(Trial::<Lru>::new(ways).run(&string)) <= opt);
            prop_assert!(hits(Trial::<Fifo>::new(ways).run(&string)) <= opt);
            prop_assert!(hits(Trial::<Bip>::new(ways).run(&string)) <= opt);
        }
    }
}
