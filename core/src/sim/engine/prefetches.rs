//! How prefetches are learned of and carried out.

use super::{Engine, Request};
use crate::sim::{
    event::{Event, Observer},
    level::{Arrival, Held},
    prefetch::Seen,
};

impl<O: Observer> Engine<O> {
    /// A prefetcher's line is fetched and fills its cache.
    pub(super) fn prefetch(&mut self, at: usize, line: u64) {
        let cache = &mut self.caches[at];
        let address = line << cache.line_shift;
        self.observer.event(Event::Prefetch { cache: at, line });
        cache.prefetch.asked += 1;
        let refreshes = self.options.semantics.prefetch_refreshes;
        if let Some(way) = cache.find(line) {
            cache.prefetch.redundant += 1;
            if refreshes {
                let set = cache.set_of(line);
                cache.policy.hit(set, way);
            }
            return;
        }
        let here = cache.victim(line).is_some() || self.excluded(at, line);
        let cache = &mut self.caches[at];
        if here {
            cache.prefetch.redundant += 1;
            return;
        }
        cache.prefetch.fetched += 1;
        let next = cache.next;
        let (dirty, latency) = self.fetch_ahead(next, address, 1 << self.caches[at].line_shift);
        let held = Held {
            line,
            dirty,
            used: 0,
            prefetched: Some(Arrival {
                asked: self.earlier + self.accesses,
                latency,
            }),
        };
        self.insert(at, held, true);
    }

    /// Whether an exclusive cache may not hold a line, because it lies directly inside.
    fn excluded(&self, at: usize, line: u64) -> bool {
        let cache = &self.caches[at];
        let mut inside = cache.inner.iter();
        cache.takes_victims_only() && inside.any(|&inner| self.caches[inner].peek(line).is_some())
    }

    /// Fetches a line for a prefetch from the outer caches, filling them. Tells whether it comes out
    /// dirty, and how long it takes.
    fn fetch_ahead(&mut self, at: Option<usize>, address: u64, bytes: u64) -> (bool, u64) {
        let Some(at) = at else {
            self.memory.prefetch_bytes += bytes;
            let clock = self.machine.clock_ghz.as_ref().map_or(1.0, |ghz| ghz.value);
            let latency = self.machine.memory.latency_ns.value * clock;
            return (false, latency.round() as u64);
        };
        let refreshes = self.options.semantics.prefetch_refreshes;
        let cache = &mut self.caches[at];
        let line = address >> cache.line_shift;
        let latency = cache.latency;
        let extracts = cache.takes_victims_only();
        if let Some(way) = cache.find(line) {
            let set = cache.set_of(line);
            if extracts {
                let held = cache.take(set, way);
                cache.policy.invalidate(set, way);
                return (held.dirty, latency);
            }
            if refreshes {
                cache.policy.hit(set, way);
            }
            return (false, latency);
        }
        if extracts && let Some(held) = cache.take_victim(line) {
            return (held.dirty, latency);
        }
        if cache.victim(line).is_some() {
            return (false, latency);
        }
        let (next, bytes) = (cache.next, 1 << cache.line_shift);
        let (dirty, latency) = self.fetch_ahead(next, address, bytes);
        if extracts {
            return (dirty, latency);
        }
        let held = Held {
            line,
            dirty,
            used: 0,
            prefetched: None,
        };
        self.insert(at, held, true);
        (false, latency)
    }

    /// Lets the prefetchers of a cache learn of a look-up.
    #[inline(always)]
    pub(super) fn teach(&mut self, at: usize, request: Request, miss: bool, first_use: bool) {
        if let Some(predictors) = &mut self.caches[at].predictors {
            let asked = &mut self.asked;
            let seen = Seen {
                address: request.address,
                site: request.site,
                miss,
                first_use,
            };
            predictors.look_up(seen, |line| asked.push((at, line)));
        }
    }
}
