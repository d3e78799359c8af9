//! Replacement policies: which line of a full set has to leave.
//!
//! A policy is one file with a type that implements [`Policy`], and one line in the list below.

mod fifo;
mod lru;

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

            #[inline(always)]
            pub fn hit(&mut self, set: usize, way: usize) {
                match self { $(Self::$name(policy) => policy.hit(set, way)),+ }
            }

            #[inline(always)]
            pub fn miss(&mut self, set: usize) {
                match self { $(Self::$name(policy) => policy.miss(set)),+ }
            }

            #[inline(always)]
            pub fn victim(&mut self, set: usize) -> usize {
                match self { $(Self::$name(policy) => policy.victim(set)),+ }
            }

            #[inline(always)]
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
}

impl Default for Replacement {
    fn default() -> Self {
        Replacement::Lru
    }
}
