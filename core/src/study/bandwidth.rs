//! Bandwidth: rate of streaming kernels, by working set (claims H4, L3, P3).
//!
//! Kernels: the sequential sum (reads), triad (reads, and writes that allocate), fills (writes) and
//! copies, each of these two through the caches and past them.

use super::{PER_OCTAVE, REACH, cyclic_served, definition::*, working_sets};
use crate::{
    kernels::{loader, sum, triad},
    machine::Machine,
    model::hierarchy::{Traffic, transfer_ns},
    parameters::Arguments,
    sim::{Hierarchy, traffic},
    trace::{AddressSpace, BLOCK, Buffer, BufferMut, Probe},
    units::Unit,
};

pub(super) struct Bandwidth;

/// Reads only.
pub const READ: Variant = Variant::new("read");
/// Two reads and a write an element; 24 bytes are counted, as STREAM does.
pub const TRIAD: Variant = Variant::new("triad");
/// Writes only.
pub const WRITE: Variant = Variant::new("write");
/// A read and a write an element; both are counted.
pub const COPY: Variant = Variant::new("copy");
/// Writes only, past the caches.
pub const WRITE_STREAMED: Variant = Variant::new("write, streamed");
/// A read, and a write past the caches.
pub const COPY_STREAMED: Variant = Variant::new("copy, streamed");

const NAMES: [Variant; 6] = [READ, TRIAD, WRITE, COPY, WRITE_STREAMED, COPY_STREAMED];

pub(super) static INFO: Info = Info {
    name: "bandwidth",
    title: "Bandwidth by working set",
    about: "How many bytes a second does a streaming loop get, as the data grows?",
    claims: &["H4", "L3", "P3"],
    group: Group::Memory,
    first_look: true,
    x: Dimension::WORKING_SET,
    y: Dimension::new("bandwidth", Unit::GigabytesPerSecond),
    variants: &NAMES,
    measured_variants: &NAMES,
    telling_x: None,
    parameters: &[REACH, PER_OCTAVE],
    simulation: Ok(&Bandwidth),
    landmarks: capacities,
};

/// What a variant does with the bytes of its working set, as shares of them.
struct Mix {
    /// Read.
    read: f64,
    /// Written through the caches.
    written: f64,
    /// Written past the caches.
    streamed: f64,
    /// Bytes of an access.
    access: f64,
}

impl Mix {
    fn of(variant: Variant) -> Self {
        let (read, written, streamed) = match variant {
            TRIAD => (2.0 / 3.0, 1.0 / 3.0, 0.0),
            WRITE => (0.0, 1.0, 0.0),
            COPY => (0.5, 0.5, 0.0),
            WRITE_STREAMED => (0.0, 0.0, 1.0),
            COPY_STREAMED => (0.5, 0.0, 0.5),
            _ => (1.0, 0.0, 0.0),
        };
        let words = matches!(variant, READ | TRIAD);
        Self {
            read,
            written,
            streamed,
            access: if words { 8.0 } else { BLOCK as f64 },
        }
    }

    /// Share of the bytes that the caches hold.
    fn cached(&self) -> f64 {
        self.read + self.written
    }
}

impl Definition for Bandwidth {
    fn xs(&self, machine: &Machine, arguments: &Arguments, _: Variant) -> Vec<f64> {
        // One array, two, or three of whole lines, so that all kernels run at the same x.
        working_sets(machine, arguments, 6 * machine.line())
    }

    fn predict(&self, asked: Asked<'_>) -> Value {
        let (machine, x) = (asked.machine, asked.x);
        let line = machine.line();
        let mix = Mix::of(asked.variant);
        // What is written past the caches takes no room in them.
        let cached = mix.cached() * x;
        let by_line = cyclic_served(machine, cached as u64 / line, 1);
        let each = |bytes: f64| by_line[1..].iter().map(move |share| share * bytes);
        // Lines that were written go back where they came from.
        let mut written_back: Vec<f64> = each(mix.written * x).collect();
        let mut served: Vec<f64> = per_access(&by_line, line as f64 / mix.access)
            .iter()
            .map(|share| share * mix.cached())
            .collect();
        let memory = served.len() - 1;
        written_back[memory - 1] += mix.streamed * x;
        served[memory] += mix.streamed;
        let moved = Traffic {
            asked: cached,
            fetched: each(cached).collect(),
            written_back,
        };
        Value {
            y: x / transfer_ns(&moved, &machine.bandwidths_gbs()),
            served,
            simulated_accesses: 0,
        }
    }
}

impl Simulation for Bandwidth {
    fn simulate(&self, asked: Asked<'_>) -> Value {
        let (machine, variant, x) = (asked.machine, asked.variant, asked.x);
        let mut caches = asked.caches();
        if let Some(pass) = pass(variant) {
            stream_writes(&mut caches, machine, pass, x as u64);
        } else if variant == TRIAD {
            stream_triad(&mut caches, machine, x as u64 / 3);
        } else {
            stream_read(&mut caches, machine, x as u64);
        }
        let counts = caches.counts();
        let nanoseconds = transfer_ns(&traffic(&counts, machine), &machine.bandwidths_gbs());
        Value {
            y: counts.bytes as f64 / nanoseconds,
            served: counts.served(),
            simulated_accesses: 2 * counts.accesses,
        }
    }

    fn accesses(&self, _: &Machine, _: &Arguments, x: f64) -> f64 {
        2.0 * x / 8.0
    }

    fn is_for_a_page(&self, _: &Machine, _: &Arguments, x: f64) -> bool {
        x <= PAGE_BYTES
    }
}

impl Measured for Bandwidth {
    const PARTING: Parting = Parting::Either {
        above: "The form charges each level what one stream of reads gets of it: several streams, \
                or stores, keep more lines under way; and a shared cache holds more than its \
                nominal share while others are idle.",
        below: "The form lets writes go at the rate of reads: ownership and write-back cost more; \
                and a cache shared with others ends before its nominal size.",
    };
}

fn stream_read(caches: &mut Hierarchy, machine: &Machine, bytes: u64) {
    let data = vec![0_u64; (bytes / 8) as usize];
    let data = Buffer::new(&data, AddressSpace::default().place(bytes, machine.line()));
    sum::sequential_sum(data, caches);
    caches.reset_counts();
    sum::sequential_sum(data, caches);
}

fn stream_triad(caches: &mut Hierarchy, machine: &Machine, bytes: u64) {
    let mut space = AddressSpace::default();
    let bases = [(); 3].map(|()| space.place(bytes, machine.line()));
    let elements = (bytes / 8) as usize;
    let (mut a, b) = (vec![0.0; elements], vec![0.0; elements]);
    for pass in 0..2 {
        if pass == 1 {
            caches.reset_counts();
        }
        // What the elements hold does not matter to the caches: b serves as both operands.
        let [b, c] = [bases[1], bases[2]].map(|base| Buffer::new(&b, base));
        triad::triad(BufferMut::new(&mut a, bases[0]), b, c, 3.0, caches);
    }
}

fn stream_writes(caches: &mut Hierarchy, machine: &Machine, pass: Pass<Hierarchy>, bytes: u64) {
    let base = AddressSpace::default().place(bytes, machine.line());
    let mut data = vec![0.0; bytes as usize / size_of::<f32>()];
    pass(BufferMut::new(&mut data, base), caches);
    caches.reset_counts();
    pass(BufferMut::new(&mut data, base), caches);
}

/// The style of fills and copies through the caches: accesses as long as of those past them.
type Vectors = loader::X8;

/// A pass over the working set.
pub type Pass<P> = fn(BufferMut<'_, f32>, &mut P);

/// What a variant that fills or copies does in a pass; none for the others. A copy's first half goes to
/// its second.
pub fn pass<P: Probe>(variant: Variant) -> Option<Pass<P>> {
    Some(match variant {
        WRITE => |data, probe| loader::fill::<Vectors, P>(data, loader::FILLING, probe),
        WRITE_STREAMED => |data, probe| loader::fill_streamed(data, loader::FILLING, probe),
        COPY => |mut data, probe| {
            let [from, to] = halves(&mut data);
            loader::copy::<Vectors, P>(from.as_buffer(), to, probe);
        },
        COPY_STREAMED => |mut data, probe| {
            let [from, to] = halves(&mut data);
            loader::copy_streamed(from.as_buffer(), to, probe);
        },
        _ => return None,
    })
}

fn halves<'h>(data: &'h mut BufferMut<'_, f32>) -> [BufferMut<'h, f32>; 2] {
    let half = data.len() / 2;
    data.parts_mut(half)
}

/// Shares of accesses, from shares of lines, when each line is accessed `each` times in a row: all
/// but the first of these hit the first level.
pub(super) fn per_access(by_line: &[f64], each: f64) -> Vec<f64> {
    let mut served: Vec<f64> = by_line.iter().map(|share| share / each.max(1.0)).collect();
    served[0] += 1.0 - served.iter().sum::<f64>();
    served
}
