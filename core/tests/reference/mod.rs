//! The semantics of `core/src/sim/semantics.rs` again, the slow and obvious way.
//!
//! Nothing is shared with the simulators but the description of a machine and the counters. Caches
//! lie in a map by who they belong to; each set is a list of ways; the fully associative twin is a
//! list of lines, the latest first; what the counters need is looked up anew every time.

mod moving;
mod policies;
mod prefetchers;
mod totals;

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
    future: Option<std::sync::Arc<[u64]>>,
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
        future: Option<std::sync::Arc<[u64]>>,
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
            if request.kind != Kind::StreamLoad {
                place.policy.hit(set, way);
            }
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
            if refreshes && request.kind != Kind::StreamLoad {
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
                if (exclusive && !request.writes) || (streams_by && !dirty) {
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
