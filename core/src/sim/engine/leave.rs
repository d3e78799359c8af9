//! How lines leave the caches: victims, write-backs, back-invalidations, streaming stores.

use super::Engine;
use crate::{
    machine::Inclusion,
    sim::{
        event::{Event, Observer},
        level::Held,
    },
};

impl<O: Observer> Engine<O> {
    /// A line leaves its way; `prefetched` if for a prefetched one.
    pub(super) fn evict(&mut self, at: usize, set: usize, way: usize, prefetched: bool) {
        let held = self.caches[at].take(set, way);
        self.leave(at, (set, way), &held, prefetched);
        if let Some(out) = self.caches[at].push_victim(held) {
            self.send_out(at, out);
        }
    }

    /// Counts a line that left its way.
    fn leave(&mut self, at: usize, (set, way): (usize, usize), held: &Held, prefetched: bool) {
        let used_bytes = if self.options.line_use {
            let used = held.used | self.used_inside(at, held.line);
            let cache = &mut self.caches[at];
            let used_bytes = cache.bytes_of(used);
            cache.utilisation.lines += 1;
            cache.utilisation.used_bytes += used_bytes;
            cache.utilisation.line_bytes += 1 << cache.line_shift;
            Some(used_bytes as u32)
        } else {
            None
        };
        let cache = &mut self.caches[at];
        cache.counts.evictions += 1;
        if held.prefetched.is_some() {
            cache.prefetch.useless += 1;
        }
        if prefetched && let Some(predictors) = &mut cache.predictors {
            predictors.pushed_out(held.line);
        }
        self.observer.event(Event::Eviction {
            cache: at,
            set,
            way,
            line: held.line,
            dirty: held.dirty,
            used_bytes,
        });
    }

    /// A line falls out of a level: inner copies go with it where they must, and it goes on where
    /// it must.
    fn send_out(&mut self, at: usize, mut held: Held) {
        let cache = &self.caches[at];
        let bytes = 1_u64 << cache.line_shift;
        let address = held.line << cache.line_shift;
        if cache.inclusion == Inclusion::Inclusive {
            held.dirty |= self.back_invalidate(at, address, bytes);
        }
        let next = self.caches[at].next;
        if let Some(next) = next
            && self.options.line_use
        {
            self.tell_use(at, next, &held);
        }
        let victims_only = next.is_some_and(|next| self.caches[next].takes_victims_only());
        if held.dirty {
            self.caches[at].counts.writebacks += 1;
            self.observer.event(Event::WriteBack {
                cache: at,
                line: held.line,
                to: next,
            });
        }
        if held.dirty || victims_only {
            self.arrive(next, address, bytes, &held);
        }
    }

    /// A line arrives from inside: written back, or a victim that an exclusive cache takes.
    fn arrive(&mut self, at: Option<usize>, address: u64, bytes: u64, from: &Held) {
        let Some(at) = at else {
            self.memory.write_back_bytes += bytes;
            return;
        };
        let refreshes = self.options.semantics.write_back_refreshes;
        let cache = &mut self.caches[at];
        let line = address >> cache.line_shift;
        let (keeps, next) = (cache.writes_back(), cache.next);
        if from.dirty
            && let Some(twin) = &mut cache.twin
        {
            twin.write_back(line, refreshes);
        }
        let dirty = from.dirty && keeps;
        if let Some(way) = cache.find(line) {
            let set = cache.set_of(line);
            *cache.dirty(set, way) |= dirty;
            if refreshes {
                cache.policy.hit(set, way);
            }
        } else if let Some(held) = cache.victim(line) {
            held.dirty |= dirty;
        } else if cache.write_allocate || cache.takes_victims_only() {
            let used = if cache.takes_victims_only() {
                from.used
            } else {
                0
            };
            let held = Held {
                line,
                dirty,
                used,
                prefetched: None,
            };
            self.insert(at, held, false);
        } else {
            self.arrive(next, address, bytes, from);
            return;
        }
        if from.dirty && !keeps {
            self.arrive(next, address, bytes, from);
        }
    }

    /// Takes `bytes` bytes from `address` on out of every cache inside. True if any was dirty.
    fn back_invalidate(&mut self, at: usize, address: u64, bytes: u64) -> bool {
        let mut dirty = false;
        for place in 0..self.caches[at].inner.len() {
            let inner = self.caches[at].inner[place];
            dirty |= self.back_invalidate(inner, address, bytes);
            let shift = self.caches[inner].line_shift;
            for line in address >> shift..=(address + (bytes - 1)) >> shift {
                dirty |= self.take_out(inner, line);
            }
        }
        dirty
    }

    /// Takes one line out because an outer cache lost it. True if it was dirty.
    fn take_out(&mut self, at: usize, line: u64) -> bool {
        self.settled = None;
        let cache = &mut self.caches[at];
        let held = if let Some(way) = cache.find(line) {
            let set = cache.set_of(line);
            let held = cache.take(set, way);
            cache.policy.invalidate(set, way);
            if held.prefetched.is_some() {
                cache.prefetch.useless += 1;
            }
            self.observer.event(Event::BackInvalidation {
                cache: at,
                set,
                way,
                line,
                dirty: held.dirty,
            });
            held
        } else if let Some(held) = cache.take_victim(line) {
            held
        } else {
            return false;
        };
        let cache = &mut self.caches[at];
        cache.counts.back_invalidations += 1;
        if held.dirty && self.options.semantics.back_invalidation_writes_back {
            cache.counts.writebacks += 1;
            let to = cache.next;
            self.observer.event(Event::WriteBack {
                cache: at,
                line,
                to,
            });
        }
        held.dirty
    }

    /// Parts of a line that the program touched in caches inside, which hold it still.
    fn used_inside(&self, at: usize, line: u64) -> u64 {
        let shift = self.caches[at].line_shift;
        let address = line << shift;
        let mut used = 0;
        for &inner in &self.caches[at].inner {
            let inside = &self.caches[inner];
            for line in
                address >> inside.line_shift..=(address + ((1 << shift) - 1)) >> inside.line_shift
            {
                let mut parts = self.used_inside(inner, line);
                if let Some(held) = inside.peek(line) {
                    parts |= held.used;
                }
                used |= self.translate(inner, at, line, parts);
            }
        }
        used
    }

    /// A line leaving `at` tells the copy outside what was used of it.
    fn tell_use(&mut self, at: usize, next: usize, held: &Held) {
        let used = self.translate(at, next, held.line, held.used);
        let line = (held.line << self.caches[at].line_shift) >> self.caches[next].line_shift;
        self.caches[next].note_use_of(line, used);
    }

    /// Parts of a line of cache `from`, as parts of the line of cache `to` that holds it.
    fn translate(&self, from: usize, to: usize, line: u64, used: u64) -> u64 {
        let (from, to) = (&self.caches[from], &self.caches[to]);
        if used == 0 || from.line_shift == to.line_shift {
            return used;
        }
        let base = line << from.line_shift;
        let size = 1_u64 << from.part_shift();
        (0..64)
            .filter(|part| used >> part & 1 == 1)
            .fold(0, |all, part| all | to.parts(base + part * size, size))
    }

    /// A streaming store: past the caches, which lose the line.
    pub(super) fn stream(&mut self, address: u64, bytes: u64) {
        for at in 0..self.caches.len() {
            let cache = &mut self.caches[at];
            let line = address >> cache.line_shift;
            let (held, place) = if let Some(way) = cache.find(line) {
                let set = cache.set_of(line);
                let held = cache.take(set, way);
                cache.policy.invalidate(set, way);
                (held, Some((set, way)))
            } else if let Some(held) = cache.take_victim(line) {
                (held, None)
            } else {
                continue;
            };
            if let Some(place) = place {
                self.leave(at, place, &held, false);
            }
            if held.dirty {
                let cache = &mut self.caches[at];
                cache.counts.writebacks += 1;
                self.memory.write_back_bytes += 1 << cache.line_shift;
                self.observer.event(Event::WriteBack {
                    cache: at,
                    line,
                    to: None,
                });
            }
        }
        self.combiner.store(address, bytes);
    }
}
