//! The semantics of `core/src/sim/semantics.rs` again, the slow and obvious way.
//!
//! Nothing is shared with the simulators but the description of a machine and the counters. Caches
//! lie in a map by who they belong to; each set is a list of ways; the fully associative twin is a
//! list of lines, the latest first; what the counters need is looked up anew every time.

mod policies;
mod prefetchers;

use std::collections::{BTreeMap, BTreeSet};

use lab_core::{
    machine::{Cache, Inclusion, Machine, WritePolicy},
    sim::{
        Cause, Causes, Counts, KindCounts, LevelCounts, MemoryTraffic, PrefetchCounts, Semantics,
        Straddle, TlbCounts,
    },
    trace::{Access, Kind},
};

use self::{policies::Naive, prefetchers::Histories};

/// Which cache: distance from the core, which of those beside it; instruction caches apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Id {
    instructions: bool,
    depth: usize,
    number: usize,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    number: u64,
    dirty: bool,
    /// When it was prefetched, and how long that takes; until its first use.
    prefetched: Option<(u64, u64)>,
}

struct Place {
    about: Cache,
    sets: Vec<Vec<Option<Line>>>,
    policy: Naive,
    /// The victim cache, latest last.
    victims: Vec<Line>,
    /// The fully associative twin, latest first, and every line it heard of.
    twin: Vec<u64>,
    named: BTreeSet<u64>,
    histories: Histories,
    /// Lines that prefetched ones pushed out.
    pushed: BTreeSet<u64>,
    counts: LevelCounts,
    causes: Causes,
    prefetch: PrefetchCounts,
}

#[derive(Clone, Copy)]
struct Request {
    kind: Kind,
    writes: bool,
    address: u64,
    bytes: u64,
    site: u64,
}

pub struct Reference {
    machine: Machine,
    semantics: Semantics,
    seed: u64,
    classify: bool,
    future: Option<Vec<u64>>,
    places: BTreeMap<Id, Place>,
    accesses: u64,
    bytes: u64,
    streaming_stores: u64,
    memory: MemoryTraffic,
    /// The write-combining buffer: lines and their bytes, oldest first.
    gathered: Vec<(u64, BTreeSet<u64>)>,
    /// By core: of each TLB the pages of each set, latest first; and what was counted.
    tlbs: BTreeMap<usize, Vec<BTreeMap<u64, Vec<u64>>>>,
    tlb_counts: Vec<TlbCounts>,
    /// Look-ups of the access under way; last, whether the victim cache served it.
    looked: Vec<(Id, Kind, Option<Option<Cause>>, bool)>,
    asked: Vec<(Id, usize, u64)>,
    first_look_ups: usize,
}

impl Reference {
    pub fn new(
        machine: &Machine,
        semantics: Semantics,
        seed: u64,
        classify: bool,
        future: Option<Vec<u64>>,
    ) -> Self {
        let counts = |name: &String| TlbCounts {
            name: name.clone(),
            ..TlbCounts::default()
        };
        Self {
            machine: machine.clone(),
            semantics,
            seed,
            classify,
            future,
            places: BTreeMap::new(),
            accesses: 0,
            bytes: 0,
            streaming_stores: 0,
            memory: MemoryTraffic::default(),
            gathered: Vec::new(),
            tlbs: BTreeMap::new(),
            tlb_counts: machine.tlbs.iter().map(|tlb| counts(&tlb.name)).collect(),
            looked: Vec::new(),
            asked: Vec::new(),
            first_look_ups: 0,
        }
    }

    /// The caches of a core from the first outwards.
    fn way_out(&self, core: usize, instructions: bool) -> Vec<Id> {
        let levels = self.machine.caches.iter().enumerate();
        let mut ids: Vec<Id> = levels
            .map(|(depth, cache)| Id {
                instructions: false,
                depth,
                number: core / cache.shared_by as usize,
            })
            .collect();
        if instructions {
            ids[0] = Id {
                instructions: true,
                depth: 0,
                number: core,
            };
        }
        ids
    }

    fn place(&mut self, id: Id) -> &mut Place {
        let (machine, seed) = (&self.machine, self.seed);
        self.places.entry(id).or_insert_with(|| {
            let about = if id.instructions {
                machine.instruction_cache.clone().unwrap()
            } else {
                machine.caches[id.depth].clone()
            };
            let (sets, ways) = (about.sets() as usize, about.ways as usize);
            Place {
                sets: vec![vec![None; ways]; sets],
                policy: Naive::new(about.replacement, sets, ways, seed + id.depth as u64),
                about,
                victims: Vec::new(),
                twin: Vec::new(),
                named: BTreeSet::new(),
                histories: Histories::default(),
                pushed: BTreeSet::new(),
                counts: LevelCounts::default(),
                causes: Causes::default(),
                prefetch: PrefetchCounts::default(),
            }
        })
    }

    /// The caches inside one that share its lines: all that some core reaches it through.
    fn inside(&self, id: Id) -> Vec<Id> {
        let cores = self.machine.cores as usize;
        let mut inside = BTreeSet::new();
        for (core, instructions) in (0..cores).flat_map(|core| [(core, false), (core, true)]) {
            if instructions && self.machine.instruction_cache.is_none() {
                continue;
            }
            let way = self.way_out(core, instructions);
            if let Some(at) = way.iter().position(|other| *other == id) {
                inside.extend(way[..at].iter().copied());
            }
        }
        inside
            .into_iter()
            .filter(|id| self.places.contains_key(id))
            .collect()
    }

    pub fn access(&mut self, access: Access) {
        let fetch = access.kind == Kind::Fetch;
        if fetch && self.machine.instruction_cache.is_none() {
            return;
        }
        let core = usize::from(access.core) % self.machine.cores as usize;
        self.bytes += u64::from(access.bytes);
        let (from, last) = (
            access.address,
            access
                .address
                .saturating_add(u64::from(access.bytes.max(1)) - 1),
        );
        if !fetch {
            for page in from / self.machine.page..=last / self.machine.page {
                self.translate(core, page);
            }
        }
        let way_out = self.way_out(core, fetch);
        let size = self.place(way_out[0]).about.line;
        let lines: Vec<u64> = (from / size..=last / size).collect();
        let together = lines.len() > 1 && self.semantics.straddle == Straddle::Once;
        for (at, line) in lines.iter().enumerate() {
            if at == 0 || !together {
                self.accesses += 1;
                self.streaming_stores += u64::from(access.kind == Kind::StreamStore);
            }
            let first = from.max(line * size);
            let end = last.min(line * size + (size - 1));
            let request = Request {
                kind: access.kind,
                writes: access.kind == Kind::Store,
                address: first,
                bytes: end - first + 1,
                site: access.site,
            };
            if access.kind == Kind::StreamStore {
                self.stream(first, request.bytes);
            } else {
                self.look_up(&way_out, request);
            }
            if !together {
                self.count_look_ups(false);
            }
        }
        self.count_look_ups(true);
        for (id, core, line) in std::mem::take(&mut self.asked) {
            let way_out = self.way_out(core, id.instructions);
            self.prefetch(&way_out[id.depth..], line);
        }
    }

    fn count_look_ups(&mut self, together: bool) {
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

    fn translate(&mut self, core: usize, page: u64) {
        let huge = self.machine.page >= 2 << 20;
        let buffers = self.machine.tlbs.clone();
        let held = self.tlbs.entry(core).or_default();
        held.resize_with(buffers.len(), BTreeMap::new);
        for (at, tlb) in buffers.iter().enumerate() {
            let (entries, ways) = if huge {
                (tlb.huge_entries, tlb.huge_ways)
            } else {
                (tlb.entries, tlb.ways)
            };
            self.tlb_counts[at].accesses += 1;
            if entries > 0 {
                let set = held[at].entry(page % (entries / ways)).or_default();
                let hit = set.contains(&page);
                set.retain(|other| *other != page);
                set.insert(0, page);
                set.truncate(ways as usize);
                if hit {
                    return;
                }
            }
            self.tlb_counts[at].misses += 1;
        }
    }

    /// A look-up of the program in the first cache of `way_out`. True if the line comes out dirty.
    fn look_up(&mut self, way_out: &[Id], request: Request) -> bool {
        let (id, outer) = (way_out[0], &way_out[1..]);
        let refreshes = self.semantics.inner_hit_refreshes;
        let accesses = self.accesses;
        let first = Id {
            instructions: false,
            depth: 0,
            number: 0,
        };
        let mut next_use = None;
        if id == first {
            let future = self.future.as_ref();
            next_use = future.map(|future| future[self.first_look_ups]);
            self.first_look_ups += 1;
        }
        let classify = self.classify;
        let place = self.place(id);
        let size = place.about.line;
        let line = request.address / size;
        let known = place.named.contains(&line);
        let in_twin = place.twin.contains(&line);
        place.name(line);
        let exclusive = id.depth > 0 && place.about.inclusion == Inclusion::Exclusive;
        let back = place.about.write == WritePolicy::Back;
        let core_of = |id: Id, machine: &Machine| {
            let sharers = if id.instructions {
                1
            } else {
                machine.caches[id.depth].shared_by
            };
            id.number * sharers as usize
        };
        if let Some((set, way)) = place.find(line) {
            if !in_twin && classify {
                place.causes.lucky_hits += 1;
            }
            place.policy.hit(set, way);
            if let Some(next) = next_use {
                place.policy.foretell(set, way, next);
            }
            let held = place.sets[set][way].as_mut().unwrap();
            if request.writes && back {
                held.dirty = true;
            }
            let arrival = held.prefetched.take();
            if let Some((asked, latency)) = arrival {
                place.prefetch.useful += 1;
                if accesses < asked + latency {
                    place.prefetch.late += 1;
                }
            }
            let wanted = place.ask(request, (false, arrival.is_some()));
            let mut dirty = false;
            if exclusive && !request.writes {
                dirty = place.sets[set][way].take().unwrap().dirty;
                place.policy.taken_out(set, way);
            }
            self.looked.push((id, request.kind, None, false));
            let core = core_of(id, &self.machine);
            self.asked
                .extend(wanted.into_iter().map(|line| (id, core, line)));
            if exclusive && !request.writes {
                return dirty;
            }
            if refreshes {
                for outer in outer {
                    let place = self.place(*outer);
                    let line = request.address / place.about.line;
                    if let Some((set, way)) = place.find(line) {
                        place.policy.hit(set, way);
                    }
                }
            }
            if request.writes && !back {
                self.pass_on(way_out, request);
            }
            return false;
        }
        let cause = match (known, in_twin) {
            (false, _) => Cause::Compulsory,
            (true, false) => Cause::Capacity,
            (true, true) => Cause::Conflict,
        };
        let set = (line % place.about.sets()) as usize;
        place.policy.miss(set);
        if place.pushed.remove(&line) {
            place.prefetch.pollution += 1;
        }
        let wanted = place.ask(request, (true, false));
        let waiting = place.victims.iter().position(|held| held.number == line);
        let waiting = waiting.map(|at| place.victims.remove(at));
        let about = place.about.clone();
        self.looked.push((
            id,
            request.kind,
            Some(classify.then_some(cause)),
            waiting.is_some(),
        ));
        let core = core_of(id, &self.machine);
        self.asked
            .extend(wanted.into_iter().map(|line| (id, core, line)));
        let dirty = match waiting {
            Some(held) => {
                if exclusive && !request.writes {
                    return held.dirty;
                }
                held.dirty
            }
            None => {
                if request.writes && !about.write_allocate {
                    self.pass_on(way_out, request);
                    return false;
                }
                let inward = Request {
                    writes: false,
                    ..request
                };
                let dirty = if outer.is_empty() {
                    if request.kind == Kind::Store {
                        self.memory.ownership_bytes += size;
                    } else {
                        self.memory.demand_bytes += size;
                    }
                    false
                } else {
                    self.look_up(outer, inward)
                };
                let streams_by = request.kind == Kind::StreamLoad
                    && id.depth > 0
                    && about.inclusion != Inclusion::Inclusive;
                if (exclusive && !request.writes) || streams_by {
                    return dirty;
                }
                dirty
            }
        };
        let held = Line {
            number: line,
            dirty: dirty || (request.writes && back),
            prefetched: None,
        };
        let (set, way) = self.insert(way_out, held, false);
        let place = self.place(id);
        if let Some(next) = next_use {
            place.policy.foretell(set, way, next);
        }
        if request.kind == Kind::StreamLoad && id.depth == 0 {
            place.policy.demote(set, way);
        }
        if request.writes && !back {
            self.pass_on(way_out, request);
        }
        false
    }

    fn pass_on(&mut self, way_out: &[Id], request: Request) {
        self.place(way_out[0]).counts.stores_passed_on += 1;
        if way_out.len() > 1 {
            self.look_up(&way_out[1..], request);
        } else {
            self.gather(request.address, request.bytes);
        }
    }

    fn gather(&mut self, address: u64, bytes: u64) {
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
    fn insert(&mut self, way_out: &[Id], line: Line, prefetched: bool) -> (usize, usize) {
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

    fn send_out(&mut self, way_out: &[Id], mut line: Line) {
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

    fn back_invalidate(&mut self, id: Id, address: u64, bytes: u64) -> bool {
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
    fn arrive(&mut self, way_out: &[Id], address: u64, bytes: u64, dirty: bool) {
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

    fn latency(&self, depth: Option<usize>) -> u64 {
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

    fn prefetch(&mut self, way_out: &[Id], line: u64) {
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

    fn fetch_ahead(&mut self, way_out: &[Id], address: u64, bytes: u64) -> (bool, u64) {
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

    fn stream(&mut self, address: u64, bytes: u64) {
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

impl Place {
    fn find(&self, line: u64) -> Option<(usize, usize)> {
        let set = (line % self.about.sets()) as usize;
        let here = |held: &Option<Line>| held.is_some_and(|held| held.number == line);
        self.sets[set].iter().position(here).map(|way| (set, way))
    }

    /// Tells the twin of a line.
    fn name(&mut self, line: u64) {
        self.named.insert(line);
        self.twin.retain(|other| *other != line);
        self.twin.insert(0, line);
        self.twin.truncate(self.about.lines() as usize);
    }

    fn ask(&mut self, request: Request, what: (bool, bool)) -> Vec<u64> {
        let where_ = (request.address, request.site, self.about.line);
        self.histories
            .look_up(&self.about.prefetchers, where_, what)
    }
}
