//! Layouts of records: time of a field, by how many of a record's fields are used (claims D1, D2).
//!
//! Kernels: [`sum_fields`] and [`gather_fields`] over records of 16 fields, more than the last cache
//! holds. In order, columns move only what is used; in random order, a record's fields come together
//! only where they lie together: that is where the layouts change places.

use super::{
    definition::*,
    loop_order::issue,
    workload::{Algorithm, Body, Lines},
};
use crate::{
    kernels::records::{Columns, Layout, Packets, Records, gather_fields, sum_fields},
    machine::Machine,
    model::patterns::random_miss_ratio,
    parameters::{Arguments, Parameter},
    trace::{Buffer, Probe},
    units::Unit,
};

pub(super) struct Layouts;

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Records,
    Columns,
    Packets,
}

/// Name, layout, and whether records are visited at random.
const VARIANTS: [(Variant, (Shape, bool)); 6] = [
    (Variant::new("AoS in order"), (Shape::Records, false)),
    (Variant::new("SoA in order"), (Shape::Columns, false)),
    (Variant::new("AoSoA in order"), (Shape::Packets, false)),
    (Variant::new("AoS at random"), (Shape::Records, true)),
    (Variant::new("SoA at random"), (Shape::Columns, true)),
    (Variant::new("AoSoA at random"), (Shape::Packets, true)),
];
const NAMES: [Variant; 6] = names(&VARIANTS);
const ISSUES: [Parameter; 6] = [
    issue("issue-aos", 0.5),
    issue("issue-soa", 0.5),
    issue("issue-aosoa", 0.7),
    issue("issue-aos-random", 0.7),
    issue("issue-soa-random", 0.7),
    issue("issue-aosoa-random", 0.7),
];
const REACH: Parameter = Parameter {
    name: "reach",
    meaning: "size of all records, as a multiple of the last-level cache",
    unit: Unit::Ratio,
    default: 2.0,
    min: 0.25,
    max: 16.0,
};

pub(super) static INFO: Info = Info {
    name: "layouts",
    title: "Records or columns",
    about: "What does a field cost, as more of a record's 16 fields are used, in each layout?",
    claims: &["D1", "D2"],
    group: Group::Algorithms,
    first_look: false,
    x: Dimension::new("fields used of 16", Unit::Count),
    y: Dimension::new("time per field", Unit::Nanoseconds),
    variants: &NAMES,
    measured_variants: &NAMES,
    // One field of a record; a quick run has no fewer than two.
    telling_x: Some(1.0),
    parameters: &[
        REACH, ISSUES[0], ISSUES[1], ISSUES[2], ISSUES[3], ISSUES[4], ISSUES[5],
    ],
    simulation: Ok(&Layouts),
    landmarks: nowhere,
};

/// Fields of a record, 8 bytes each.
const FIELDS: usize = 16;
const ELEMENT: f64 = 8.0;

#[derive(Clone, Copy)]
pub(super) struct Pass {
    records: usize,
    used: usize,
    shape: Shape,
    random: bool,
}

impl Pass {
    fn of(machine: &Machine, arguments: &Arguments, variant: Variant, x: Option<f64>) -> Self {
        let (shape, random) = variant.of(&VARIANTS);
        // To see what the core alone takes, the records fit half of the first level.
        let bytes = match x {
            Some(_) => machine.last_level_bytes() as f64 * arguments.get(&REACH),
            None => machine.caches[0].size as f64 / 2.0,
        };
        let records = (bytes / (ELEMENT * FIELDS as f64)) as usize;
        Self {
            records: records.next_multiple_of(Packets::RECORDS),
            used: x.map_or(FIELDS / 2, |x| x as usize),
            shape,
            random,
        }
    }

    fn all_fields<L: Layout, P: Probe>(&self, memory: &[u64], base: u64, probe: &mut P) -> u64 {
        let (data, order) = memory.split_at(self.records * FIELDS);
        let data = Buffer::new(data, base);
        let layout = L::of(self.records, FIELDS);
        if self.random {
            let order = &bytemuck::cast_slice(order)[..self.records];
            let order = Buffer::new(order, base + (8 * self.records * FIELDS) as u64);
            gather_fields(data, layout, order, self.used, probe)
        } else {
            sum_fields(data, layout, self.records, self.used, probe)
        }
    }
}

impl Body for Pass {
    fn words(&self) -> usize {
        self.records * FIELDS + self.records.div_ceil(2)
    }

    fn units(&self) -> f64 {
        (self.records * self.used) as f64
    }

    fn prepare(&self, memory: &mut [u64]) {
        let order: &mut [u32] = bytemuck::cast_slice_mut(&mut memory[self.records * FIELDS..]);
        for (place, record) in order.iter_mut().take(self.records).enumerate() {
            *record = place as u32;
        }
        fastrand::Rng::with_seed(1).shuffle(&mut order[..self.records]);
    }

    fn state(&self) -> usize {
        self.records
    }

    fn round<P: Probe>(&self, memory: &mut [u64], base: u64, _: u64, probe: &mut P) {
        let total = match self.shape {
            Shape::Records => self.all_fields::<Records, P>(memory, base, probe),
            Shape::Columns => self.all_fields::<Columns, P>(memory, base, probe),
            Shape::Packets => self.all_fields::<Packets, P>(memory, base, probe),
        };
        std::hint::black_box(total);
    }

    fn accesses(&self) -> f64 {
        // The order is read too, where there is one.
        (self.records * (self.used + usize::from(self.random))) as f64
    }

    fn element(&self) -> f64 {
        ELEMENT
    }

    fn lines(&self, b: f64, held: f64) -> Lines {
        let [n, used, fields] = [self.records, self.used, FIELDS].map(|count| count as f64);
        let columns = n * used / b;
        // Lines of a record that are touched, and of a packet's field.
        let (touched, reaches) = match self.shape {
            Shape::Records => (n * (used / b).ceil(), n * fields / b),
            Shape::Packets => (columns, n * fields / b),
            Shape::Columns => (columns, columns),
        };
        let order = if self.random { n / (2.0 * b) } else { 0.0 };
        let fetched = if reaches + order <= held {
            0.0
        } else if self.random && self.shape != Shape::Records {
            // Each field of each record is a line of its own, unless it is still there (P5). Of packets
            // the lines of the fields that are not used leave their sets empty.
            let held = match self.shape {
                Shape::Packets => held * used / fields,
                _ => held,
            };
            n * used * random_miss_ratio(held, columns) + order
        } else {
            touched + order
        };
        Lines {
            fetched,
            dirty: 0.0,
        }
    }
}

impl Algorithm for Layouts {
    type Work = Pass;
    const FIRST: Variant = NAMES[0];

    fn xs(_: &Machine, _: &Arguments, _: Variant) -> Vec<f64> {
        [1, 2, 3, 4, 6, 8, 10, 12, 14, 16].map(f64::from).to_vec()
    }

    fn work(machine: &Machine, arguments: &Arguments, variant: Variant, x: Option<f64>) -> Pass {
        Pass::of(machine, arguments, variant, x)
    }

    fn slower(variant: Variant) -> &'static str {
        match variant.of(&VARIANTS) {
            (_, true) => {
                "The prediction charges a line what it costs in a sequential read; records at random wait \
                 for their lines, a few at a time."
            }
            (_, false) => {
                "The prediction knows capacity: it sees neither that columns a power of two long meet in \
                 the same sets, nor what each further stream costs."
            }
        }
    }

    fn issue(variant: Variant) -> &'static Parameter {
        &ISSUES[variant.place(&VARIANTS)]
    }
}
