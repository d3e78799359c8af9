//! Dynamic insertion.
//!
//! LRU and BIP duel over the sets ([`duel`](super::duel)), the others follow whichever misses less;
//! both work on the same order. (M. K. Qureshi and others, ISCA 2007, as [`lip`](super::lip) says.)
//!
//! Choices: those of the duel, LRU being its first policy, and those of BIP. There is one draw
//! `u32(0..32)` for every fill of a set that follows BIP at that time, none for the others.

use super::{Policy, bip::Bip, duel::Duel};

/// Dynamic insertion.
#[derive(Clone, Debug)]
pub struct Dip {
    duel: Duel,
    bimodal: Bip,
}

impl Policy for Dip {
    fn new(sets: usize, ways: usize, seed: u64) -> Self {
        Self {
            duel: Duel::new(sets),
            bimodal: Bip::new(sets, ways, seed),
        }
    }

    #[inline(always)]
    fn hit(&mut self, set: usize, way: usize) {
        self.bimodal.hit(set, way);
    }

    #[inline(always)]
    fn miss(&mut self, set: usize) {
        self.duel.miss(set);
    }

    #[inline(always)]
    fn victim(&mut self, set: usize) -> usize {
        self.bimodal.victim(set)
    }

    #[inline(always)]
    fn fill(&mut self, set: usize, way: usize) {
        if self.duel.second(set) {
            self.bimodal.fill(set, way);
        } else {
            self.bimodal.order.fill(set, way);
        }
    }

    fn demote(&mut self, set: usize, way: usize) {
        self.bimodal.demote(set, way);
    }

    fn age(&self, set: usize, way: usize) -> u32 {
        self.bimodal.age(set, way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::policy::{lru::Lru, trial::Trial};

    fn hits<P: Policy>(string: &str) -> usize {
        let told = Trial::<P>::with_sets(8, 2).run(string);
        told.matches('+').count()
    }

    #[test]
    fn one_set_is_lru() {
        let string = "abcabdeabfcbad".repeat(9);
        assert_eq!(
            Trial::<Dip>::new(3).run(&string),
            Trial::<Lru>::new(3).run(&string)
        );
    }

    #[test]
    fn it_follows_bip_where_lru_thrashes_and_lru_where_that_is_better() {
        // Three lines for each of the eight sets of two ways, in turn: LRU never hits.
        let all: String = ('a'..'y').collect();
        let thrash = all.repeat(60);
        let (lru, bip, dip) = (
            hits::<Lru>(&thrash),
            hits::<Bip>(&thrash),
            hits::<Dip>(&thrash),
        );
        assert_eq!(lru, 0);
        // Two leaders stay with LRU; the six other sets do as BIP's do.
        assert!(bip > 300 && dip > bip / 2, "{bip} {dip}");

        // Two lines that were away for long, then the first of them again: BIP has thrown it out.
        let line = |set: u8, of: u8| char::from(b'a' + set + 8 * of);
        let in_set = |pair: u8, set: u8| [2 * pair, 2 * pair + 1, 2 * pair].map(|of| line(set, of));
        let friendly: String = (0..240_u8)
            .flat_map(|turn| (0..8).flat_map(move |set| in_set(turn % 6, set)))
            .collect();
        let (lru, bip, dip) = (
            hits::<Lru>(&friendly),
            hits::<Bip>(&friendly),
            hits::<Dip>(&friendly),
        );
        assert!(lru > dip && dip > bip, "{lru} {bip} {dip}");
    }
}
