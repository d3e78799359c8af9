//! Replacement policies: which line of a full set has to leave.
//!
//! A policy is one file with a type that implements [`Policy`], and one line in the list below.

mod bip;
mod bit_plru;
mod brrip;
mod dip;
mod drrip;
mod duel;
mod fifo;
mod lfu;
mod lip;
mod lru;
mod nru;
mod opt;
mod random;
mod rrip;
mod srrip;
mod tree_plru;
#[cfg(test)]
mod trial;

use serde::{Deserialize, Serialize};

/// What a policy remembers of one cache, and what it decides.
///
/// The cache keeps tags; the policy knows sets and ways only. Ways are physical: a line stays in its
/// way until it leaves.
pub trait Policy {
    /// Nothing remembered yet, for a cache of `sets` × `ways`. `seed` is for those that draw lots.
    fn new(sets: usize, ways: usize, seed: u64) -> Self;

    /// The line in `way` was used.
    fn hit(&mut self, set: usize, way: usize);

    /// A look-up of the program missed in `set`. Told before [`Policy::victim`], and also where a
    /// free way makes a victim unnecessary.
    fn miss(&mut self, _set: usize) {}

    /// The way whose line has to leave; every way of the set holds one.
    fn victim(&mut self, set: usize) -> usize;

    /// A line came to lie in `way`, in place of a victim or in a free way.
    fn fill(&mut self, set: usize, way: usize);

    /// The line in `way` should leave next: it was read with a non-temporal hint, and filled.
    fn demote(&mut self, _set: usize, _way: usize) {}

    /// The line in `way`, just used or filled, is used next at look-up number `next`, where the
    /// future is known; `u64::MAX` for never.
    fn foresee(&mut self, _set: usize, _way: usize, _next: u64) {}

    /// The line in `way` was taken out; the way is free.
    fn invalidate(&mut self, _set: usize, _way: usize) {}

    /// The age of the line in `way` for drawing: 0 is furthest from leaving.
    fn age(&self, set: usize, way: usize) -> u32;

    /// Whether a hit straight after a hit on the same line changes nothing: then runs of accesses to
    /// one line may be counted together.
    const REPEATED_HIT_IS_IDLE: bool = true;

    /// Whether it has to be told the future ([`Policy::foresee`]).
    const NEEDS_FUTURE: bool = false;
}

/// Declares the policies: their names, and one type that is any of them.
macro_rules! policies {
    ($($name:ident = $word:literal, $policy:ty, $about:literal;)+) => {
        /// A replacement policy by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Replacement {
            $(#[doc = $about] #[serde(rename = $word)] $name,)+
        }

        impl Replacement {
            /// All policies.
            pub const ALL: &[Replacement] = &[$(Replacement::$name),+];

            /// Its name, as it is written in a machine's description.
            pub fn name(self) -> &'static str {
                match self { $(Replacement::$name => $word),+ }
            }

            /// Whether it needs the future of what the cache is asked for.
            pub fn needs_future(self) -> bool {
                match self { $(Replacement::$name => <$policy>::NEEDS_FUTURE),+ }
            }

            /// What it does, in a phrase.
            pub fn about(self) -> &'static str {
                match self { $(Replacement::$name => $about),+ }
            }
        }

        /// Any of the policies, for one cache. Each method is that of [`Policy`].
        #[derive(Clone, Debug)]
        pub(super) enum AnyPolicy { $($name($policy)),+ }

        impl AnyPolicy {
            pub fn new(which: Replacement, sets: usize, ways: usize, seed: u64) -> Self {
                match which {
                    $(Replacement::$name => Self::$name(Policy::new(sets, ways, seed))),+
                }
            }

            pub fn repeated_hit_is_idle(&self) -> bool {
                fn of<P: Policy>(_: &P) -> bool { P::REPEATED_HIT_IS_IDLE }
                match self { $(Self::$name(policy) => of(policy)),+ }
            }

            pub fn hit(&mut self, set: usize, way: usize) {
                match self { $(Self::$name(policy) => policy.hit(set, way)),+ }
            }

            pub fn miss(&mut self, set: usize) {
                match self { $(Self::$name(policy) => policy.miss(set)),+ }
            }

            pub fn victim(&mut self, set: usize) -> usize {
                match self { $(Self::$name(policy) => policy.victim(set)),+ }
            }

            pub fn fill(&mut self, set: usize, way: usize) {
                match self { $(Self::$name(policy) => policy.fill(set, way)),+ }
            }

            pub fn demote(&mut self, set: usize, way: usize) {
                match self { $(Self::$name(policy) => policy.demote(set, way)),+ }
            }

            pub fn foresee(&mut self, set: usize, way: usize, next: u64) {
                match self { $(Self::$name(policy) => policy.foresee(set, way, next)),+ }
            }

            pub fn invalidate(&mut self, set: usize, way: usize) {
                match self { $(Self::$name(policy) => policy.invalidate(set, way)),+ }
            }

            pub fn age(&self, set: usize, way: usize) -> u32 {
                match self { $(Self::$name(policy) => policy.age(set, way)),+ }
            }
        }
    };
}

policies! {
    Lru = "lru", lru::Lru, "evicts the line least recently used";
    Fifo = "fifo", fifo::Fifo, "evicts the line that came first, used or not";
    TreePlru = "tree-plru", tree_plru::TreePlru, "approximates LRU by a tree of bits that point away from what was used";
    BitPlru = "bit-plru", bit_plru::BitPlru, "approximates LRU by one bit a line, cleared when all are set";
    Random = "random", random::Random, "evicts any line of the set";
    Nru = "nru", nru::Nru, "evicts a line not used since the bits were last renewed";
    Lfu = "lfu", lfu::Lfu, "evicts the line used least often since it came";
    Srrip = "srrip", srrip::Srrip, "evicts the line predicted to be used furthest off; newcomers soon, unless used again";
    Brrip = "brrip", brrip::Brrip, "as srrip, but most newcomers leave first: keeps a part of what does not fit";
    Drrip = "drrip", drrip::Drrip, "chooses between srrip and brrip by which misses less";
    Lip = "lip", lip::Lip, "as lru, but a newcomer leaves next unless it is used";
    Bip = "bip", bip::Bip, "as lip, but one newcomer in 32 is treated as under lru";
    Dip = "dip", dip::Dip, "chooses between lru and bip by which misses less";
    Opt = "opt", opt::Opt, "evicts the line used furthest in the future: the yardstick no cache can reach";
}

#[expect(
    clippy::derivable_impls,
    reason = "the variants are written by the macro"
)]
impl Default for Replacement {
    fn default() -> Self {
        Replacement::Lru
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SETS: usize = 5;

    /// A policy among lines that come and go; it may be told of every hit twice.
    struct Driven {
        policy: AnyPolicy,
        held: Vec<bool>,
        ways: usize,
        twice: bool,
    }

    impl Driven {
        fn new(which: Replacement, ways: usize, twice: bool) -> Self {
            Self {
                policy: AnyPolicy::new(which, SETS, ways, 11),
                held: vec![false; SETS * ways],
                ways,
                twice,
            }
        }

        /// One thing that happens, the `next`-th; returns the way it happened to.
        fn step(&mut self, (what, set, way): (u8, usize, usize), next: u64) -> usize {
            let way = way % self.ways;
            let held = self.held[set * self.ways + way];
            match what {
                0..4 if held => {
                    for _ in 0..1 + u8::from(self.twice) {
                        self.policy.hit(set, way);
                    }
                    way
                }
                4 if held => {
                    self.policy.demote(set, way);
                    way
                }
                5 if held => {
                    self.policy.invalidate(set, way);
                    self.held[set * self.ways + way] = false;
                    way
                }
                _ => {
                    self.policy.miss(set);
                    let row = &mut self.held[set * self.ways..][..self.ways];
                    let free = row.iter().position(|held| !held);
                    let way = free.unwrap_or_else(|| self.policy.victim(set));
                    row[way] = true;
                    self.policy.fill(set, way);
                    self.policy.foresee(set, way, next);
                    way
                }
            }
        }

        fn ages(&self) -> Vec<u32> {
            let ways = (0..SETS).flat_map(|set| (0..self.ways).map(move |way| (set, way)));
            ways.map(|(set, way)| self.policy.age(set, way)).collect()
        }
    }

    fn happenings() -> impl Strategy<Value = Vec<(u8, usize, usize)>> {
        prop::collection::vec((0_u8..10, 0..SETS, 0_usize..32), 0..400)
    }

    proptest! {
        #[test]
        fn where_a_repeated_hit_is_idle_it_changes_nothing(
            happenings in happenings(),
            ways in 1_usize..18,
        ) {
            for &which in Replacement::ALL {
                let mut once = Driven::new(which, ways, false);
                let mut twice = Driven::new(which, ways, true);
                if !once.policy.repeated_hit_is_idle() {
                    continue;
                }
                for (at, &happening) in happenings.iter().enumerate() {
                    let next = at as u64;
                    prop_assert_eq!(once.step(happening, next), twice.step(happening, next));
                    prop_assert_eq!(once.ages(), twice.ages(), "{:?} after {}", which, at);
                }
            }
        }

        #[test]
        fn victims_are_ways_of_the_set(happenings in happenings(), ways in 1_usize..18) {
            for &which in Replacement::ALL {
                let mut driven = Driven::new(which, ways, false);
                for (at, &happening) in happenings.iter().enumerate() {
                    prop_assert!(driven.step(happening, at as u64) < ways, "{:?}", which);
                }
            }
        }
    }

    #[test]
    fn where_a_repeated_hit_is_not_idle_there_is_a_reason() {
        let needs_every_hit: Vec<_> = Replacement::ALL
            .iter()
            .filter(|&&which| !AnyPolicy::new(which, 1, 2, 0).repeated_hit_is_idle())
            .collect();
        // The count of uses; the future, which is told after each.
        assert_eq!(needs_every_hit, [&Replacement::Lfu, &Replacement::Opt]);
        let mut lfu = AnyPolicy::new(Replacement::Lfu, 1, 2, 0);
        for way in [0, 1, 0, 0, 1] {
            lfu.hit(0, way);
        }
        assert_eq!(lfu.victim(0), 1);
    }

    #[test]
    fn names_are_unique_and_read_back() {
        for &which in Replacement::ALL {
            let named: Vec<_> = Replacement::ALL
                .iter()
                .filter(|other| other.name() == which.name())
                .collect();
            assert_eq!(named, [&which]);
            let word = format!("\"{}\"", which.name());
            assert_eq!(serde_json::from_str::<Replacement>(&word).unwrap(), which);
        }
    }
}
