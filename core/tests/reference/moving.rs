//! How lines come in, leave, and are fetched ahead.

use super::*;

impl Reference {
    pub(super) fn pass_on(&mut self, way_out: &[Id], request: Request) {
        self.place(way_out[0]).counts.stores_passed_on += 1;
        if way_out.len() > 1 {
            self.look_up(&way_out[1..], request);
        } else {
            self.gather(request.address, request.bytes);
        }
    }

    pub(super) fn gather(&mut self, address: u64, bytes: u64) {
        let most = self.machine.write_combining_lines as usize;
        if most == 0 {
            self.memory.store_bytes += bytes;
            self.memory.store_writes += 1;
            return;
        }
        let size = self.machine.caches.last().unwrap().line;
        let line = address / size;
        if !self.gathered.iter().any(|(other, _)| *other == line) {
            if self.gathered.len() == most {
                let (_, out) = self.gathered.remove(0);
                self.memory.store_bytes += out.len() as u64;
                self.memory.store_writes += 1;
            }
            self.gathered.push((line, BTreeSet::new()));
        }
        let (_, held) = self
            .gathered
            .iter_mut()
            .find(|(other, _)| *other == line)
            .unwrap();
        held.extend((0..bytes).map(|byte| address + byte));
    }

    /// Makes room in the first cache of `way_out` and puts a line there.
    pub(super) fn insert(
        &mut self,
        way_out: &[Id],
        line: Line,
        prefetched: bool,
    ) -> (usize, usize) {
        let lowest = self.semantics.lowest_free_way;
        let place = self.place(way_out[0]);
        let set = (line.number % place.about.sets()) as usize;
        let free = |way: &usize| place.sets[set][*way].is_none();
        let ways = 0..place.about.ways as usize;
        let mut way = if lowest {
            ways.clone().find(free)
        } else {
            ways.rev().find(free)
        };
        if way.is_none() {
            let victim = place.policy.victim(set);
            let out = place.sets[set][victim].take().unwrap();
            place.counts.evictions += 1;
            place.prefetch.useless += u64::from(out.prefetched.is_some());
            if prefetched && !place.about.prefetchers.is_empty() {
                place.pushed.insert(out.number);
            }
            place.victims.push(out);
            if place.victims.len() > place.about.victim_lines as usize {
                let falls = place.victims.remove(0);
                self.send_out(way_out, falls);
            }
            way = Some(victim);
        }
        let way = way.unwrap();
        let place = self.place(way_out[0]);
        place.sets[set][way] = Some(line);
        place.policy.fill(set, way);
        place.pushed.remove(&line.number);
        (set, way)
    }

    pub(super) fn send_out(&mut self, way_out: &[Id], mut line: Line) {
        let (id, outer) = (way_out[0], &way_out[1..]);
        let about = self.place(id).about.clone();
        let address = line.number * about.line;
        if about.inclusion == Inclusion::Inclusive {
            for inner in self.inside(id) {
                line.dirty |= self.back_invalidate(inner, address, about.line);
            }
        }
        let victims_only =
            !outer.is_empty() && self.place(outer[0]).about.inclusion == Inclusion::Exclusive;
        self.place(id).counts.writebacks += u64::from(line.dirty);
        if line.dirty || victims_only {
            self.arrive(outer, address, about.line, line.dirty);
        }
    }

    pub(super) fn back_invalidate(&mut self, id: Id, address: u64, bytes: u64) -> bool {
        let counts = self.semantics.back_invalidation_writes_back;
        let place = self.place(id);
        let size = place.about.line;
        let mut any = false;
        for line in address / size..=(address + (bytes - 1)) / size {
            let mut out = None;
            if let Some((set, way)) = place.find(line) {
                out = place.sets[set][way].take();
                place.policy.taken_out(set, way);
                place.prefetch.useless += u64::from(out.unwrap().prefetched.is_some());
            } else if let Some(at) = place.victims.iter().position(|held| held.number == line) {
                out = Some(place.victims.remove(at));
            }
            if let Some(out) = out {
                place.counts.back_invalidations += 1;
                place.counts.writebacks += u64::from(out.dirty && counts);
                any |= out.dirty;
            }
        }
        any
    }

    /// A line comes from inside.
    pub(super) fn arrive(&mut self, way_out: &[Id], address: u64, bytes: u64, dirty: bool) {
        let Some(&id) = way_out.first() else {
            self.memory.write_back_bytes += bytes;
            return;
        };
        let refreshes = self.semantics.write_back_refreshes;
        let place = self.place(id);
        let line = address / place.about.line;
        let back = place.about.write == WritePolicy::Back;
        let exclusive = place.about.inclusion == Inclusion::Exclusive;
        if dirty && (refreshes || !place.twin.contains(&line)) {
            place.name(line);
        }
        if let Some((set, way)) = place.find(line) {
            place.sets[set][way].as_mut().unwrap().dirty |= dirty && back;
            if refreshes {
                place.policy.hit(set, way);
            }
        } else if let Some(held) = place.victims.iter_mut().find(|held| held.number == line) {
            held.dirty |= dirty && back;
        } else if place.about.write_allocate || exclusive {
            let held = Line {
                number: line,
                dirty: dirty && back,
                prefetched: None,
            };
            self.insert(way_out, held, false);
        } else {
            self.arrive(&way_out[1..], address, bytes, dirty);
            return;
        }
        if dirty && !back {
            self.arrive(&way_out[1..], address, bytes, dirty);
        }
    }

    pub(super) fn latency(&self, depth: Option<usize>) -> u64 {
        let clock = self
            .machine
            .clock_ghz
            .as_ref()
            .map_or(1.0, |clock| clock.value);
        let figure = match depth {
            Some(depth) => &self.machine.caches[depth].latency_ns,
            None => &self.machine.memory.latency_ns,
        };
        (figure.value * clock).round() as u64
    }

    pub(super) fn prefetch(&mut self, way_out: &[Id], line: u64) {
        let refreshes = self.semantics.prefetch_refreshes;
        let id = way_out[0];
        let place = self.place(id);
        place.prefetch.asked += 1;
        if let Some((set, way)) = place.find(line) {
            place.prefetch.redundant += 1;
            if refreshes {
                place.policy.hit(set, way);
            }
            return;
        }
        let waits = place.victims.iter().any(|held| held.number == line);
        let exclusive = id.depth > 0 && place.about.inclusion == Inclusion::Exclusive;
        let directly_inside = self.inside(id);
        let mut directly_inside = directly_inside
            .into_iter()
            .filter(|inner| inner.depth + 1 == id.depth);
        let excluded = exclusive
            && directly_inside.any(|inner| {
                let place = self.place(inner);
                place.find(line).is_some() || place.victims.iter().any(|held| held.number == line)
            });
        let place = self.place(id);
        if waits || excluded {
            place.prefetch.redundant += 1;
            return;
        }
        place.prefetch.fetched += 1;
        let size = place.about.line;
        let (dirty, latency) = self.fetch_ahead(&way_out[1..], line * size, size);
        let held = Line {
            number: line,
            dirty,
            prefetched: Some((self.accesses, latency)),
        };
        self.insert(way_out, held, true);
    }

    pub(super) fn fetch_ahead(&mut self, way_out: &[Id], address: u64, bytes: u64) -> (bool, u64) {
        let Some(&id) = way_out.first() else {
            self.memory.prefetch_bytes += bytes;
            return (false, self.latency(None));
        };
        let here = self.latency(Some(id.depth));
        let refreshes = self.semantics.prefetch_refreshes;
        let place = self.place(id);
        let size = place.about.line;
        let line = address / size;
        let exclusive = place.about.inclusion == Inclusion::Exclusive;
        if let Some((set, way)) = place.find(line) {
            if exclusive {
                let out = place.sets[set][way].take().unwrap();
                place.policy.taken_out(set, way);
                return (out.dirty, here);
            }
            if refreshes {
                place.policy.hit(set, way);
            }
            return (false, here);
        }
        if let Some(at) = place.victims.iter().position(|held| held.number == line) {
            if exclusive {
                return (place.victims.remove(at).dirty, here);
            }
            return (false, here);
        }
        let (dirty, latency) = self.fetch_ahead(&way_out[1..], address, size);
        if exclusive {
            return (dirty, latency);
        }
        let held = Line {
            number: line,
            dirty,
            prefetched: None,
        };
        self.insert(way_out, held, true);
        (false, latency)
    }

    pub(super) fn stream(&mut self, address: u64, bytes: u64) {
        for place in self.places.values_mut() {
            let line = address / place.about.line;
            let mut out = None;
            if let Some((set, way)) = place.find(line) {
                out = place.sets[set][way].take();
                place.policy.taken_out(set, way);
                place.counts.evictions += 1;
                place.prefetch.useless += u64::from(out.unwrap().prefetched.is_some());
            } else if let Some(at) = place.victims.iter().position(|held| held.number == line) {
                out = Some(place.victims.remove(at));
            }
            if out.is_some_and(|out| out.dirty) {
                place.counts.writebacks += 1;
                self.memory.write_back_bytes += place.about.line;
            }
        }
        self.gather(address, bytes);
    }
}
