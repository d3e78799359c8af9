//! What happens inside the engine, event by event: for statistics, step views and exercises.
//!
//! The engine is generic over its [`Observer`]; with [`Silent`] the telling compiles to nothing.

use serde::{Deserialize, Serialize};

use crate::trace::Access;

/// Why a look-up missed, after Hill; [`Semantics`](super::Semantics) has the definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The first look-up of the line in this cache.
    Compulsory,
    /// A fully associative cache of the same size misses too.
    Capacity,
    /// Such a cache hits.
    Conflict,
}

/// One thing that happened. `cache` is a number of [`Engine::caches`](super::Engine::caches);
/// `line` is an address by the cache's line size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The program makes an access; what follows is on its behalf, up to the next.
    Access(Access),
    /// A cache is asked for a line.
    LookUp {
        /// Which cache.
        cache: usize,
        /// Which line.
        line: u64,
    },
    /// The line was there.
    Hit {
        /// Which cache.
        cache: usize,
        /// In which set.
        set: usize,
        /// In which way.
        way: usize,
    },
    /// The line was not there.
    Miss {
        /// Which cache.
        cache: usize,
        /// Its distance from the core: 0 for the first.
        depth: usize,
        /// The set it belongs to.
        set: usize,
        /// Why, where misses are classified.
        cause: Option<Cause>,
    },
    /// A line came to lie in a way.
    Fill {
        /// Which cache.
        cache: usize,
        /// In which set.
        set: usize,
        /// In which way.
        way: usize,
        /// Which line.
        line: u64,
        /// Whether a prefetcher asked for it.
        prefetched: bool,
    },
    /// A line left to make room, or for a streaming store.
    Eviction {
        /// Which cache.
        cache: usize,
        /// From which set.
        set: usize,
        /// From which way.
        way: usize,
        /// Which line.
        line: u64,
        /// Whether it had been written.
        dirty: bool,
        /// Bytes of it that the program touched, where that is watched.
        used_bytes: Option<u32>,
    },
    /// A dirty line went on from a cache.
    WriteBack {
        /// Which cache it left.
        cache: usize,
        /// Which line.
        line: u64,
        /// The cache it went to; none for memory.
        to: Option<usize>,
    },
    /// A prefetcher asked for a line.
    Prefetch {
        /// The cache it belongs to.
        cache: usize,
        /// Which line.
        line: u64,
    },
    /// A line was taken out because an inclusive cache outside lost it.
    BackInvalidation {
        /// Which cache lost it.
        cache: usize,
        /// From which set.
        set: usize,
        /// From which way.
        way: usize,
        /// Which line.
        line: u64,
        /// Whether it had been written.
        dirty: bool,
    },
}

/// Who is told of events.
pub trait Observer {
    /// Told of each event, in order.
    fn event(&mut self, event: Event);

    /// Told where an array of the program lies.
    fn array(&mut self, _name: &str, _base: u64, _bytes: u64) {}
}

/// Hears nothing and costs nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    #[inline(always)]
    fn event(&mut self, _: Event) {}
}

/// Keeps every event, for tests and for stepping through small programs.
impl Observer for Vec<Event> {
    fn event(&mut self, event: Event) {
        self.push(event);
    }
}

/// Both are told.
impl<A: Observer, B: Observer> Observer for (A, B) {
    #[inline(always)]
    fn event(&mut self, event: Event) {
        self.0.event(event);
        self.1.event(event);
    }

    fn array(&mut self, name: &str, base: u64, bytes: u64) {
        self.0.array(name, base, bytes);
        self.1.array(name, base, bytes);
    }
}

/// Told where there is one.
impl<O: Observer> Observer for Option<O> {
    #[inline(always)]
    fn event(&mut self, event: Event) {
        if let Some(observer) = self {
            observer.event(event);
        }
    }

    fn array(&mut self, name: &str, base: u64, bytes: u64) {
        if let Some(observer) = self {
            observer.array(name, base, bytes);
        }
    }
}
