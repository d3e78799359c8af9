//! Coherence: what keeps the private caches of several cores of one mind about a line.
//!
//! Each core has one private cache, and all hear one bus, which carries one transaction at a time.
//! What a cache does stands in its [`Protocol`], one table. Private caches have room for everything:
//! a line leaves one only because another core writes it. So all misses but the first of each core
//! and line are coherence misses.
//!
//! An access that touches several lines touches one after the other. An atomic update is a store:
//! it asks for its line once, to write it. Hints that data is not needed again change nothing.

mod mesi;
mod protocol;
mod states;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use mesi::MESI;
pub use protocol::{Bus, Move, Protocol, Reaction, Row, State};
pub use states::States;

use super::replay::Simulator;
use crate::trace::{Access, Probe};

/// The most cores there may be.
pub const MOST_CORES: u16 = 64;

/// Who sends a line that a core asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Supplier {
    /// Memory.
    Memory,
    /// The cache of that core.
    Cache(u16),
}

/// What an access did to one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    /// Address of the line by its size.
    pub line: u64,
    /// Which core.
    pub core: u16,
    /// Whether it wrote.
    pub writes: bool,
    /// What each cache had of the line before.
    pub before: States,
    /// What each has now.
    pub after: States,
    /// The transaction it took, if it took one.
    pub bus: Option<Bus>,
    /// Who sent the line, where it had to be sent.
    pub supplier: Option<Supplier>,
    /// Whose copy memory took, if it took one.
    pub written_back: Option<u16>,
    /// Whether it is a write to a line that another core wrote last.
    pub handed_over: bool,
}

impl Touch {
    /// Whether the line was not there.
    pub fn missed(&self) -> bool {
        self.before.of(self.core) == State::I
    }

    /// How many other caches lost the line by it.
    pub fn invalidated(&self) -> u32 {
        (self.before.holders() & !self.after.holders()).count_ones()
    }
}

/// What was counted; lines of an access one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoherenceCounts {
    /// Lines touched by loads.
    pub loads: u64,
    /// Lines touched by stores.
    pub stores: u64,
    /// Those of both that were not in the core's own cache: coherence misses but for the first of
    /// each core and line.
    pub misses: u64,
    /// Those of them that were the core's first touch of the line.
    pub first_misses: u64,
    /// Stores that had the line and had to tell the others.
    pub upgrades: u64,
    /// Copies that others lost by it.
    pub invalidations: u64,
    /// Misses whose line another cache sent, in memory's place.
    pub interventions: u64,
    /// Lines that memory took.
    pub write_backs: u64,
    /// Stores to a line that another core wrote last.
    pub hand_overs: u64,
}

impl CoherenceCounts {
    /// Misses on lines that the core had, and lost to another's store.
    pub fn coherence_misses(&self) -> u64 {
        self.misses - self.first_misses
    }

    /// Transactions on the bus.
    pub fn transactions(&self) -> u64 {
        self.misses + self.upgrades
    }
}

/// What is known of one line.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    states: States,
    /// The cores that touched it ever, a bit for each.
    touched: u64,
    /// Who wrote it last.
    writer: Option<u16>,
}

/// Private caches on one bus, told of every access.
///
/// ```
/// use lab_core::{sim::coherence::{Coherence, Bus, MESI}, trace::Access};
/// let mut caches = Coherence::new(MESI, 2, 64).unwrap();
/// let store = |core| Access { core, ..Access::store(0x40, 8) };
/// caches.access(store(0));
/// let touch = caches.access(store(1))[0];
/// assert_eq!((touch.bus, touch.handed_over), (Some(Bus::ReadExclusive), true));
/// assert_eq!((touch.before.letters(2), touch.after.letters(2)), ("MI".into(), "IM".into()));
/// ```
#[derive(Clone, Debug)]
pub struct Coherence {
    protocol: Protocol,
    cores: u16,
    line_bytes: u64,
    lines: BTreeMap<u64, Line>,
    counts: CoherenceCounts,
    /// What the last access did, line by line.
    last: Vec<Touch>,
}

impl Coherence {
    /// Empty caches of that many cores, with lines of that many bytes.
    ///
    /// # Errors
    /// A sentence about numbers that do not fit.
    pub fn new(protocol: Protocol, cores: u16, line_bytes: u64) -> Result<Self, String> {
        if !(1..=MOST_CORES).contains(&cores) {
            return Err(format!(
                "coherence is simulated between 1 and {MOST_CORES} cores, not {cores}"
            ));
        }
        if !line_bytes.is_power_of_two() {
            return Err(format!(
                "a line has a power of two of bytes, not {line_bytes}"
            ));
        }
        Ok(Self {
            protocol,
            cores,
            line_bytes,
            lines: BTreeMap::new(),
            counts: CoherenceCounts::default(),
            last: Vec::new(),
        })
    }

    /// Makes an access and tells what it did, line by line. Higher cores than there are wrap around.
    pub fn access(&mut self, access: Access) -> &[Touch] {
        self.last.clear();
        let bytes = u64::from(access.bytes.max(1));
        let end = access.address.saturating_add(bytes - 1);
        for line in access.address / self.line_bytes..=end / self.line_bytes {
            let touch = self.touch(access.core % self.cores, access.kind.writes(), line);
            self.last.push(touch);
        }
        &self.last
    }

    fn touch(&mut self, core: u16, writes: bool, number: u64) -> Touch {
        let line = self.lines.entry(number).or_default();
        let before = line.states;
        let row = self.protocol.row(before.of(core));
        let step = if writes { row.store } else { row.load };
        let others = before.holders() & !(1 << core);
        let mut after = before;
        let mut supplier = None;
        let mut written_back = None;
        if let Some(bus) = step.bus {
            for row in &self.protocol.rows {
                let hearing = before.cores(row.state) & others;
                // What the state rules out does not come, if the table is sound.
                let Some(reaction) = row.snoops[bus as usize] else {
                    continue;
                };
                if hearing == 0 {
                    continue;
                }
                after.set(hearing, reaction.next);
                let first = hearing.trailing_zeros() as u16;
                if reaction.supplies {
                    supplier = Some(Supplier::Cache(first));
                }
                if reaction.writes_back {
                    written_back = Some(first);
                }
            }
            if bus != Bus::Upgrade {
                supplier = supplier.or(Some(Supplier::Memory));
            }
        }
        let next = if others == 0 { step.alone } else { step.shared };
        after.set(1 << core, next);
        let touch = Touch {
            line: number,
            core,
            writes,
            before,
            after,
            bus: step.bus,
            supplier,
            written_back,
            handed_over: writes && line.writer.is_some_and(|writer| writer != core),
        };
        let first = line.touched >> core & 1 == 0;
        line.states = after;
        line.touched |= 1 << core;
        if writes {
            line.writer = Some(core);
        }
        self.count(&touch, first);
        touch
    }

    fn count(&mut self, touch: &Touch, first: bool) {
        let counts = &mut self.counts;
        *(if touch.writes {
            &mut counts.stores
        } else {
            &mut counts.loads
        }) += 1;
        counts.misses += u64::from(touch.missed());
        counts.first_misses += u64::from(first);
        counts.upgrades += u64::from(touch.bus == Some(Bus::Upgrade));
        counts.invalidations += u64::from(touch.invalidated());
        counts.interventions += u64::from(matches!(touch.supplier, Some(Supplier::Cache(_))));
        counts.write_backs += u64::from(touch.written_back.is_some());
        counts.hand_overs += u64::from(touch.handed_over);
    }

    /// What was counted.
    pub fn counts(&self) -> CoherenceCounts {
        self.counts
    }

    /// The table it goes by.
    pub fn protocol(&self) -> &Protocol {
        &self.protocol
    }

    /// How many cores there are.
    pub fn cores(&self) -> u16 {
        self.cores
    }

    /// What the last access did, line by line; empty before the first.
    pub fn last(&self) -> &[Touch] {
        &self.last
    }

    /// The lines touched so far, by address, and what each cache has of them.
    pub fn lines(&self) -> impl Iterator<Item = (u64, States)> + '_ {
        self.lines.iter().map(|(number, line)| (*number, line.states))
    }
}

impl Probe for Coherence {
    fn access(&mut self, access: Access) {
        Coherence::access(self, access);
    }
}

impl Simulator for Coherence {
    fn footprint(&self) -> usize {
        self.lines.len() * size_of::<(u64, Line)>() + self.last.len() * size_of::<Touch>()
    }

    fn work(&self) -> u64 {
        self.counts.loads + self.counts.stores
    }
}
