//! Which caches there are, and which lies outside which.

use super::{Doors, Engine};
use crate::sim::{event::Observer, level::Level, tlb::Tlbs};

impl<O: Observer> Engine<O> {
    /// Makes the caches of a core that are not there yet.
    #[cold]
    pub(super) fn open(&mut self, core: usize) -> (usize, Option<usize>) {
        let clock = self.machine.clock_ghz.as_ref().map_or(1.0, |ghz| ghz.value);
        let latencies = self.machine.latencies_ns();
        let mut data = Vec::with_capacity(self.machine.caches.len());
        for (depth, (description, latency)) in self.machine.caches.iter().zip(latencies).enumerate()
        {
            let sharers = description.shared_by.max(1) as usize;
            // Another core that shares it may have it already.
            let shared = (core / sharers * sharers..(core / sharers + 1) * sharers)
                .find_map(|other| self.doors.get(other)?.as_ref())
                .map(|doors| doors.data)
                .and_then(|door| self.path(door).find(|&at| self.caches[at].depth == depth));
            let at = shared.unwrap_or_else(|| {
                let latency = (latency * clock).round() as u64;
                self.caches
                    .push(Level::new(description, depth, latency, &self.options));
                self.caches.len() - 1
            });
            data.push(at);
        }
        for pair in data.windows(2) {
            self.link(pair[0], pair[1]);
        }
        let instructions = self.machine.instruction_cache.clone().map(|description| {
            let mut cache = Level::new(&description, 0, 0, &self.options);
            cache.name.clone_from(&description.name);
            self.caches.push(cache);
            let at = self.caches.len() - 1;
            if let Some(&second) = data.get(1) {
                self.link(at, second);
            }
            at
        });
        self.doors[core] = Some(Doors {
            data: data[0],
            instructions,
            tlbs: Tlbs::new(&self.machine),
        });
        (data[0], instructions)
    }

    /// Translates the pages of an access.
    pub(super) fn translate_pages(&mut self, core: u16, first: u64, last: u64) {
        let core = usize::from(core) % self.doors.len();
        if self.doors[core].is_none() {
            self.open(core);
        }
        if let Some(doors) = &mut self.doors[core] {
            doors.tlbs.translate(first, last);
        }
    }

    fn link(&mut self, inner: usize, outer: usize) {
        if self.caches[inner].next.is_none() {
            self.caches[inner].next = Some(outer);
            self.caches[outer].inner.push(inner);
        }
    }

    /// A cache and those outside it.
    fn path(&self, from: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(from), |&at| self.caches[at].next)
    }
}
