//! The engine's front door: from an access of the program to look-ups of its lines.

use super::{Engine, Request};
use crate::{
    sim::{
        event::{Event, Observer},
        semantics::Straddle,
    },
    trace::{Access, Kind, Probe},
};

impl<O: Observer> Engine<O> {
    /// Another access to the line used last, where that changes counters only.
    #[inline(always)]
    fn repeats(&mut self, access: &Access, last: u64) -> bool {
        let Some(settled) = self.settled else {
            return false;
        };
        let idle = match access.kind {
            Kind::Load => true,
            Kind::Store => settled.dirty,
            _ => false,
        };
        let cache = &mut self.caches[settled.cache];
        let shift = cache.line_shift;
        if !idle
            || access.core != settled.core
            || access.address >> shift != settled.line
            || last >> shift != settled.line
        {
            return false;
        }
        cache.count(access.kind, None);
        if self.options.line_use {
            let used = cache.parts(access.address, last - access.address + 1);
            cache.note_use(settled.set, settled.way, used);
        }
        self.observer.event(Event::LookUp {
            cache: settled.cache,
            line: settled.line,
        });
        self.observer.event(Event::Hit {
            cache: settled.cache,
            set: settled.set,
            way: settled.way,
        });
        true
    }

    #[inline(never)]
    fn look_up_all(&mut self, access: &Access, last: u64) {
        let core = usize::from(access.core) % self.doors.len();
        let doors = self.doors[core].as_ref();
        let doors = doors.map(|doors| (doors.data, doors.instructions));
        let (data, instructions) = doors.unwrap_or_else(|| self.open(core));
        let door = if access.kind == Kind::Fetch {
            instructions.expect("fetches without an instruction cache are ignored")
        } else {
            data
        };
        self.settled = None;
        let shift = self.caches[door].line_shift;
        let lines = access.address >> shift..=last >> shift;
        let several = lines.start() != lines.end();
        let together = several && self.options.semantics.straddle == Straddle::Once;
        if together {
            self.once = Some(Vec::new());
            self.accesses += 1;
            self.streaming_stores += u64::from(access.kind == Kind::StreamStore);
        }
        for line in lines {
            let first = (line << shift).max(access.address);
            let end = last.min((line << shift) + ((1 << shift) - 1));
            let request = Request {
                kind: access.kind,
                writes: access.kind == Kind::Store,
                address: first,
                bytes: end - first + 1,
                site: access.site,
            };
            if !together {
                self.accesses += 1;
                self.streaming_stores += u64::from(access.kind == Kind::StreamStore);
            }
            if access.kind == Kind::StreamStore {
                self.stream(first, request.bytes);
            } else {
                self.look_up(door, request);
            }
        }
        for seen in self.once.take().unwrap_or_default() {
            let cache = &mut self.caches[seen.cache];
            cache.count(seen.kind, seen.miss);
            let served = seen.missed > 0 && seen.missed == seen.from_victims;
            cache.counts.victim_hits += u64::from(served);
        }
        if several || access.kind == Kind::Fetch {
            self.settled = None;
        } else if let Some(settled) = &mut self.settled {
            settled.core = access.core;
        }
        if !self.asked.is_empty() {
            self.settled = None;
            let asked = std::mem::take(&mut self.asked);
            for &(at, line) in &asked {
                self.prefetch(at, line);
            }
            self.asked = asked;
            self.asked.clear();
        }
    }
}

impl<O: Observer> Probe for Engine<O> {
    fn array(&mut self, name: &str, base: u64, bytes: u64) {
        self.observer.array(name, base, bytes);
    }

    #[inline(always)]
    fn access(&mut self, access: Access) {
        let fetch = access.kind == Kind::Fetch;
        if fetch && self.machine.instruction_cache.is_none() {
            return;
        }
        self.observer.event(Event::Access(access));
        let bytes = u64::from(access.bytes.max(1));
        let last = access.address.saturating_add(bytes - 1);
        self.bytes += u64::from(access.bytes);
        if !fetch && !self.machine.tlbs.is_empty() {
            self.translate_pages(access.core, access.address, last);
        }
        if self.repeats(&access, last) {
            self.accesses += 1;
            return;
        }
        self.look_up_all(&access, last);
    }
}
