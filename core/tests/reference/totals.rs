//! Look-ups counted, and counters added up.

use super::*;

impl Reference {
    pub(super) fn count_look_ups(&mut self, together: bool) {
        let looked = std::mem::take(&mut self.looked);
        let mut told: Vec<(Id, Kind, Option<Option<Cause>>, bool)> = Vec::new();
        for look in looked {
            match told.iter_mut().find(|other| together && other.0 == look.0) {
                Some(other) => {
                    other.3 = match (other.2.is_some(), look.2.is_some()) {
                        (true, true) => other.3 && look.3,
                        _ => other.3 || look.3,
                    };
                    other.2 = other.2.or(look.2);
                }
                None => told.push(look),
            }
        }
        for (id, kind, miss, from_victims) in told {
            let place = self.place(id);
            place.counts.victim_hits += u64::from(from_victims);
            let of_kind: &mut KindCounts = match kind {
                Kind::Load | Kind::StreamLoad => &mut place.counts.loads,
                Kind::Fetch => &mut place.counts.fetches,
                _ => &mut place.counts.stores,
            };
            of_kind.accesses += 1;
            place.counts.accesses += 1;
            if let Some(cause) = miss {
                of_kind.misses += 1;
                place.counts.misses += 1;
                match cause {
                    Some(Cause::Compulsory) => place.causes.compulsory += 1,
                    Some(Cause::Capacity) => place.causes.capacity += 1,
                    Some(Cause::Conflict) => place.causes.conflict += 1,
                    None => {}
                }
            } else {
                place.counts.hits += 1;
            }
        }
    }

    pub fn counts(&self) -> Counts {
        let of = |instructions: bool, depth: usize| {
            let mut sum = LevelCounts::default();
            let (mut causes, mut prefetch) = (Causes::default(), None::<PrefetchCounts>);
            let all = self.places.iter();
            for (_, place) in
                all.filter(|(id, _)| id.instructions == instructions && id.depth == depth)
            {
                sum.name = place.about.name.clone();
                let counts = &place.counts;
                for (sum, count) in [
                    (&mut sum.accesses, counts.accesses),
                    (&mut sum.hits, counts.hits),
                    (&mut sum.misses, counts.misses),
                    (&mut sum.evictions, counts.evictions),
                    (&mut sum.writebacks, counts.writebacks),
                    (&mut sum.victim_hits, counts.victim_hits),
                    (&mut sum.back_invalidations, counts.back_invalidations),
                    (&mut sum.stores_passed_on, counts.stores_passed_on),
                    (&mut sum.loads.accesses, counts.loads.accesses),
                    (&mut sum.loads.misses, counts.loads.misses),
                    (&mut sum.stores.accesses, counts.stores.accesses),
                    (&mut sum.stores.misses, counts.stores.misses),
                    (&mut sum.fetches.accesses, counts.fetches.accesses),
                    (&mut sum.fetches.misses, counts.fetches.misses),
                    (&mut causes.compulsory, place.causes.compulsory),
                    (&mut causes.capacity, place.causes.capacity),
                    (&mut causes.conflict, place.causes.conflict),
                    (&mut causes.lucky_hits, place.causes.lucky_hits),
                ] {
                    *sum += count;
                }
                if !place.about.prefetchers.is_empty() {
                    let (sum, own) = (prefetch.get_or_insert_default(), &place.prefetch);
                    for (sum, count) in [
                        (&mut sum.asked, own.asked),
                        (&mut sum.redundant, own.redundant),
                        (&mut sum.fetched, own.fetched),
                        (&mut sum.useful, own.useful),
                        (&mut sum.late, own.late),
                        (&mut sum.useless, own.useless),
                        (&mut sum.pollution, own.pollution),
                    ] {
                        *sum += count;
                    }
                }
            }
            let ratio = |whole: u64| sum.misses as f64 / (whole as f64).max(1.0);
            LevelCounts {
                miss_ratio: ratio(sum.accesses),
                global_miss_ratio: ratio(self.accesses),
                misses_by_cause: self.classify.then_some(causes),
                prefetch,
                ..sum
            }
        };
        let waiting: usize = self.gathered.iter().map(|(_, bytes)| bytes.len()).sum();
        let memory = MemoryTraffic {
            store_bytes: self.memory.store_bytes + waiting as u64,
            store_writes: self.memory.store_writes + self.gathered.len() as u64,
            ..self.memory
        };
        Counts {
            accesses: self.accesses,
            bytes: self.bytes,
            levels: (0..self.machine.caches.len())
                .map(|depth| of(false, depth))
                .collect(),
            memory_read_bytes: memory.demand_bytes + memory.ownership_bytes + memory.prefetch_bytes,
            memory_written_bytes: memory.write_back_bytes + memory.store_bytes,
            memory,
            instruction_cache: self.machine.instruction_cache.as_ref().map(|_| of(true, 0)),
            streaming_stores: self.streaming_stores,
            tlbs: self.tlb_counts.clone(),
        }
    }
}
