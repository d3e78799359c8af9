//! The engine's counters, added up level by level.

use super::Engine;
use crate::sim::{
    counts::{Causes, Counts, LevelCounts, MemoryTraffic, PrefetchCounts, TlbCounts, Utilisation},
    event::Observer,
    level::Level,
};

impl<O: Observer> Engine<O> {
    /// The counts so far.
    pub fn counts(&self) -> Counts {
        let levels = (0..self.machine.caches.len())
            .map(|depth| self.total(|at, cache| cache.depth == depth && !self.is_instructions(at)))
            .collect();
        let instruction_cache = self
            .machine
            .instruction_cache
            .is_some()
            .then(|| self.total(|at, _| self.is_instructions(at)));
        let (store_bytes, store_writes) = self.combiner.totals();
        let memory = MemoryTraffic {
            store_bytes,
            store_writes,
            ..self.memory
        };
        Counts {
            accesses: self.accesses,
            bytes: self.bytes,
            levels,
            memory_read_bytes: memory.read_bytes(),
            memory_written_bytes: memory.written_bytes(),
            memory,
            instruction_cache,
            streaming_stores: self.streaming_stores,
            tlbs: self.tlbs(),
        }
    }

    fn is_instructions(&self, at: usize) -> bool {
        let mut doors = self.doors.iter().flatten();
        doors.any(|doors| doors.instructions == Some(at))
    }

    fn tlbs(&self) -> Vec<TlbCounts> {
        let mut all: Vec<TlbCounts> = Vec::new();
        for doors in self.doors.iter().flatten() {
            for (place, counts) in doors.tlbs.counts().enumerate() {
                match all.get_mut(place) {
                    Some(sum) => {
                        sum.accesses += counts.accesses;
                        sum.misses += counts.misses;
                    }
                    None => all.push(counts),
                }
            }
        }
        all
    }

    /// The sum of the caches chosen.
    fn total(&self, chosen: impl Fn(usize, &Level) -> bool) -> LevelCounts {
        let mut sum = LevelCounts::default();
        let mut causes = Causes::default();
        let mut utilisation = Utilisation::default();
        let mut prefetch = None;
        let all = self.caches.iter().enumerate();
        for (_, cache) in all.filter(|(at, cache)| chosen(*at, cache)) {
            sum.name.clone_from(&cache.name);
            add(&mut sum, &cache.counts);
            causes.compulsory += cache.causes.compulsory;
            causes.capacity += cache.causes.capacity;
            causes.conflict += cache.causes.conflict;
            causes.lucky_hits += cache.causes.lucky_hits;
            utilisation.lines += cache.utilisation.lines;
            utilisation.used_bytes += cache.utilisation.used_bytes;
            utilisation.line_bytes += cache.utilisation.line_bytes;
            if cache.predictors.is_some() {
                add_prefetch(prefetch.get_or_insert_default(), &cache.prefetch);
            }
        }
        let ratio = |whole: u64| {
            if whole == 0 {
                0.0
            } else {
                sum.misses as f64 / whole as f64
            }
        };
        LevelCounts {
            miss_ratio: ratio(sum.accesses),
            global_miss_ratio: ratio(self.accesses),
            misses_by_cause: self.options.classify.then_some(causes),
            utilisation: self.options.line_use.then_some(utilisation),
            prefetch,
            ..sum
        }
    }
}

fn add(sum: &mut LevelCounts, counts: &LevelCounts) {
    sum.hits += counts.hits;
    sum.misses += counts.misses;
    sum.accesses += counts.hits + counts.misses;
    sum.evictions += counts.evictions;
    sum.writebacks += counts.writebacks;
    sum.victim_hits += counts.victim_hits;
    sum.back_invalidations += counts.back_invalidations;
    sum.stores_passed_on += counts.stores_passed_on;
    for (sum, of_kind) in [
        (&mut sum.loads, counts.loads),
        (&mut sum.stores, counts.stores),
        (&mut sum.fetches, counts.fetches),
    ] {
        sum.accesses += of_kind.accesses;
        sum.misses += of_kind.misses;
    }
}

fn add_prefetch(sum: &mut PrefetchCounts, counts: &PrefetchCounts) {
    sum.asked += counts.asked;
    sum.redundant += counts.redundant;
    sum.fetched += counts.fetched;
    sum.useful += counts.useful;
    sum.late += counts.late;
    sum.useless += counts.useless;
    sum.pollution += counts.pollution;
}
