//! The step engine: every cache a machine can describe, with lines in physical ways.
//!
//! What it does stands in [`Semantics`](super::Semantics); the recursion below follows that text. The
//! plain case (least recently used, write-back, NINE) has a faster twin in `batch.rs`, which a test
//! demands to count the same.

mod access;
mod adopt;
mod leave;
mod prefetches;
mod show;
mod totals;
mod wiring;

use std::sync::Arc;

use super::{
    combine::Combiner,
    counts::MemoryTraffic,
    event::{Cause, Event, Observer, Silent},
    level::{Held, Level},
    semantics::Semantics,
    tlb::Tlbs,
    twin,
};
use crate::{
    machine::{Inclusion, Machine, MachineError},
    trace::Kind,
};

/// What a simulation is asked for beside the machine.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where tools differ.
    pub semantics: Semantics,
    /// Start of the random numbers of policies that draw lots; the cache at distance `k` from the
    /// core starts from `seed + k`.
    pub seed: u64,
    /// Whether misses are told apart by cause.
    pub classify: bool,
    /// Whether to watch which bytes of a line are used while it lies in a cache.
    pub line_use: bool,
    /// For each look-up of the first data cache, the number of the next one of the same line
    /// (`u64::MAX` for never): what Bélády's policy needs. See [`Future`](super::Future).
    pub future: Option<Arc<[u64]>>,
}

/// The step engine: a machine's caches, told of every access.
///
/// ```
/// use lab_core::{machine::{Machine, Replacement}, sim::{Engine, Options}, trace::{Access, Probe}};
/// let mut machine = Machine::preset("teaching").unwrap();
/// machine.caches[0].replacement = Replacement::Fifo;
/// let mut engine = Engine::new(&machine, Options { classify: true, ..Options::default() }).unwrap();
/// for address in [0, 8, 64, 128, 0] {
///     engine.access(Access::load(address, 8));
/// }
/// let l1 = &engine.counts().levels[0]; // 0, 64 and 128 share a set of two ways
/// assert_eq!((l1.hits, l1.misses, l1.misses_by_cause.unwrap().conflict), (1, 4, 1));
/// ```
#[derive(Clone, Debug)]
pub struct Engine<O = Silent> {
    caches: Vec<Level>,
    /// First cache for data and for instructions of each core, once it made an access.
    doors: Vec<Option<Doors>>,
    machine: Machine,
    options: Options,
    memory: MemoryTraffic,
    combiner: Combiner,
    /// Accesses of the program.
    accesses: u64,
    bytes: u64,
    streaming_stores: u64,
    /// Look-ups of the first core's first data cache, for the future.
    position: u64,
    /// Prefetches asked for during this access.
    asked: Vec<(usize, u64)>,
    /// Look-ups of an access that is counted once although it touches several lines.
    once: Option<Vec<Together>>,
    /// Accesses before the counts were last set to zero: prefetches know the time by all of them.
    earlier: u64,
    /// Where a further access to the same line is a hit that changes nothing but counters.
    settled: Option<Settled>,
    observer: O,
}

/// The look-ups of one cache for one access, counted as one.
#[derive(Clone, Copy, Debug)]
struct Together {
    cache: usize,
    kind: Kind,
    /// The cause of the first that missed, if any did.
    miss: Option<Option<Cause>>,
    missed: u32,
    from_victims: u32,
}

#[derive(Clone, Debug)]
struct Doors {
    data: usize,
    instructions: Option<usize>,
    tlbs: Tlbs,
}

#[derive(Clone, Copy, Debug)]
struct Settled {
    core: u16,
    cache: usize,
    line: u64,
    set: usize,
    way: usize,
    /// Whether stores change nothing either.
    dirty: bool,
}

/// A look-up on behalf of the program.
#[derive(Clone, Copy, Debug)]
struct Request {
    kind: Kind,
    /// Whether this cache is to be written, not only read.
    writes: bool,
    address: u64,
    /// Bytes asked for; they lie inside one line of the first cache.
    bytes: u64,
    site: u64,
}

impl Engine {
    /// Empty caches as the machine describes them, with nobody watching.
    ///
    /// # Errors
    /// All that is wrong with the description.
    pub fn new(machine: &Machine, options: Options) -> Result<Self, Vec<MachineError>> {
        Self::watched(machine, options, Silent)
    }
}

impl<O: Observer> Engine<O> {
    /// Empty caches as the machine describes them, with `observer` told of what happens.
    ///
    /// # Errors
    /// All that is wrong with the description.
    pub fn watched(
        machine: &Machine,
        options: Options,
        observer: O,
    ) -> Result<Self, Vec<MachineError>> {
        machine.check()?;
        let foresight = machine.caches[0].replacement;
        if foresight.needs_future() && options.future.is_none() {
            return Err(vec![MachineError {
                place: "caches[0].replacement".into(),
                problem: format!(
                    "{} needs the future: run the program twice",
                    foresight.name()
                ),
            }]);
        }
        let last = machine.caches.last().expect("a checked machine has caches");
        let combiner = Combiner::new(last.line, machine.write_combining_lines);
        let mut engine = Self {
            caches: Vec::new(),
            doors: vec![None; machine.cores.max(1) as usize],
            machine: machine.clone(),
            options,
            memory: MemoryTraffic::default(),
            combiner,
            accesses: 0,
            bytes: 0,
            streaming_stores: 0,
            position: 0,
            asked: Vec::new(),
            once: None,
            earlier: 0,
            settled: None,
            observer,
        };
        engine.open(0);
        Ok(engine)
    }

    /// Who is told of events.
    pub fn observer(&self) -> &O {
        &self.observer
    }

    /// Who is told of events, to be changed.
    pub fn observer_mut(&mut self) -> &mut O {
        &mut self.observer
    }

    /// Sets every count to zero and keeps what the caches hold: call it after a warm-up.
    pub fn reset_counts(&mut self) {
        for cache in &mut self.caches {
            cache.reset_counts();
        }
        for doors in self.doors.iter_mut().flatten() {
            doors.tlbs.reset_counts();
        }
        self.memory = MemoryTraffic::default();
        self.earlier += self.accesses;
        (self.combiner.bytes, self.combiner.writes) = (0, 0);
        (self.accesses, self.bytes, self.streaming_stores) = (0, 0, 0);
    }

    /// Counts a look-up, or keeps it until the access is over.
    #[inline(always)]
    fn count(&mut self, at: usize, kind: Kind, miss: Option<Option<Cause>>) {
        match &mut self.once {
            None => self.caches[at].count(kind, miss),
            Some(seen) => {
                let missed = u32::from(miss.is_some());
                match seen.iter_mut().find(|other| other.cache == at) {
                    Some(first) => {
                        first.miss = first.miss.or(miss);
                        first.missed += missed;
                    }
                    None => seen.push(Together {
                        cache: at,
                        kind,
                        miss,
                        missed,
                        from_victims: 0,
                    }),
                }
            }
        }
    }

    /// Counts a miss that the victim cache served, or keeps it until the access is over.
    fn count_victim_hit(&mut self, at: usize) {
        let together = self.once.as_mut();
        match together.and_then(|seen| seen.iter_mut().find(|seen| seen.cache == at)) {
            Some(seen) => seen.from_victims += 1,
            None => self.caches[at].counts.victim_hits += 1,
        }
    }

    /// A look-up of the program. Returns whether the line comes out dirty: only an exclusive cache
    /// hands it on so.
    fn look_up(&mut self, at: usize, request: Request) -> bool {
        let cache = &mut self.caches[at];
        let line = request.address >> cache.line_shift;
        let set = cache.set_of(line);
        let is_first = at == 0;
        let next_use = match (&self.options.future, is_first) {
            (Some(future), true) => future.get(self.position as usize).copied(),
            _ => None,
        };
        self.position += u64::from(is_first);
        self.observer.event(Event::LookUp { cache: at, line });
        let seen = cache.twin.as_mut().map(|twin| twin.look_up(line));
        match cache.find(line) {
            Some(way) => {
                if seen.is_some_and(|seen| seen != twin::Seen::Held) {
                    cache.causes.lucky_hits += 1;
                }
                self.count(at, request.kind, None);
                self.observer.event(Event::Hit {
                    cache: at,
                    set,
                    way,
                });
                self.hit(at, set, way, request, next_use)
            }
            None => {
                let cause = seen.map(twin::Seen::cause);
                self.count(at, request.kind, Some(cause));
                let depth = self.caches[at].depth;
                self.observer.event(Event::Miss {
                    cache: at,
                    depth,
                    set,
                    cause,
                });
                self.miss(at, line, request, next_use)
            }
        }
    }

    fn hit(
        &mut self,
        at: usize,
        set: usize,
        way: usize,
        request: Request,
        next_use: Option<u64>,
    ) -> bool {
        let streams = request.kind == Kind::StreamLoad;
        let cache = &mut self.caches[at];
        if !streams {
            cache.policy.hit(set, way);
        }
        if let Some(next) = next_use {
            cache.policy.foresee(set, way, next);
        }
        if self.options.line_use {
            let used = cache.parts(request.address, request.bytes);
            cache.note_use(set, way, used);
        }
        let writes_back = cache.writes_back();
        let arrival = cache.first_use(set, way);
        let extracts = cache.takes_victims_only() && !request.writes;
        if request.writes && writes_back {
            *cache.dirty(set, way) = true;
        }
        if let Some(arrival) = arrival {
            cache.prefetch.useful += 1;
            if self.earlier + self.accesses < arrival.asked + arrival.latency {
                cache.prefetch.late += 1;
            }
        }
        self.teach(at, request, false, arrival.is_some());
        if extracts {
            let held = self.caches[at].take(set, way);
            self.caches[at].policy.invalidate(set, way);
            return held.dirty;
        }
        if self.options.semantics.inner_hit_refreshes {
            if !streams {
                self.refresh_outer(at, request.address);
            }
        } else if !streams {
            self.settle(at, set, way);
        }
        if request.writes && !writes_back {
            self.pass_on(at, request);
        }
        false
    }

    /// Notes where a hit was, if the next to the same line changes nothing there.
    fn settle(&mut self, at: usize, set: usize, way: usize) {
        let cache = &mut self.caches[at];
        let watched = cache.predictors.is_some() || self.options.future.is_some();
        if cache.depth == 0 && !watched && cache.policy.repeated_hit_is_idle() {
            let dirty = *cache.dirty(set, way);
            self.settled = Some(Settled {
                core: 0,
                cache: at,
                line: cache.line_in(set, way),
                set,
                way,
                dirty,
            });
        }
    }

    fn miss(&mut self, at: usize, line: u64, request: Request, next_use: Option<u64>) -> bool {
        let cache = &mut self.caches[at];
        let set = cache.set_of(line);
        cache.policy.miss(set);
        if let Some(predictors) = &mut cache.predictors
            && predictors.lost_to_prefetch(line)
        {
            cache.prefetch.pollution += 1;
        }
        self.teach(at, request, true, false);
        let cache = &mut self.caches[at];
        let outer = cache.depth > 0;
        if let Some(held) = cache.take_victim(line) {
            self.count_victim_hit(at);
            if self.caches[at].takes_victims_only() && !request.writes {
                return held.dirty;
            }
            return self.fill(at, held, request, next_use);
        }
        if request.writes && !cache.write_allocate {
            self.pass_on(at, request);
            return false;
        }
        // A line that only passes through, on its way in.
        let passes = cache.takes_victims_only() && !request.writes;
        let streams_by =
            outer && request.kind == Kind::StreamLoad && cache.inclusion != Inclusion::Inclusive;
        let from_outside = Request {
            writes: false,
            ..request
        };
        let dirty = match cache.next {
            Some(next) => self.look_up(next, from_outside),
            None => {
                let bytes = 1_u64 << cache.line_shift;
                match request.kind {
                    Kind::Store | Kind::StreamStore => self.memory.ownership_bytes += bytes,
                    _ => self.memory.demand_bytes += bytes,
                }
                false
            }
        };
        // A dirty line may be longer than what the first cache takes of it: it stays here.
        if passes || (streams_by && !dirty) {
            return dirty;
        }
        let held = Held {
            line,
            dirty,
            used: 0,
            prefetched: None,
        };
        self.fill(at, held, request, next_use)
    }

    /// Brings a line in for the program. Nothing goes on inwards dirty.
    fn fill(&mut self, at: usize, mut held: Held, request: Request, next_use: Option<u64>) -> bool {
        let cache = &mut self.caches[at];
        if self.options.line_use {
            held.used |= cache.parts(request.address, request.bytes);
        }
        held.prefetched = None;
        let through = !cache.writes_back();
        held.dirty |= request.writes && !through;
        let (set, way) = self.insert(at, held, false);
        let cache = &mut self.caches[at];
        if let Some(next) = next_use {
            cache.policy.foresee(set, way, next);
        }
        if request.kind == Kind::StreamLoad && cache.depth == 0 {
            cache.policy.demote(set, way);
        }
        if request.writes && through {
            self.pass_on(at, request);
        }
        false
    }

    /// A store goes on to the next cache, or to memory.
    fn pass_on(&mut self, at: usize, request: Request) {
        self.caches[at].counts.stores_passed_on += 1;
        match self.caches[at].next {
            Some(next) => {
                self.look_up(next, request);
            }
            None => self.combiner.store(request.address, request.bytes),
        }
    }

    /// A use in an inner cache counts outside too.
    fn refresh_outer(&mut self, at: usize, address: u64) {
        let mut outer = self.caches[at].next;
        while let Some(next) = outer {
            let cache = &mut self.caches[next];
            let line = address >> cache.line_shift;
            if let Some(way) = cache.find(line) {
                let set = cache.set_of(line);
                cache.policy.hit(set, way);
            }
            outer = cache.next;
        }
    }

    /// Makes room for a line and puts it there.
    fn insert(&mut self, at: usize, held: Held, prefetched: bool) -> (usize, usize) {
        let lowest = self.options.semantics.lowest_free_way;
        let cache = &mut self.caches[at];
        let set = cache.set_of(held.line);
        let way = match cache.free_way(set, lowest) {
            Some(way) => way,
            None => {
                let way = cache.policy.victim(set);
                self.evict(at, set, way, prefetched);
                way
            }
        };
        let cache = &mut self.caches[at];
        cache.put(set, way, held);
        cache.policy.fill(set, way);
        if let Some(predictors) = &mut cache.predictors {
            predictors.came_in(held.line);
        }
        self.observer.event(Event::Fill {
            cache: at,
            set,
            way,
            line: held.line,
            prefetched,
        });
        (set, way)
    }
}
