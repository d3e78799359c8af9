//! Records of fields in three layouts: one after the other (AoS), a column for each field (SoA), and
//! packets of columns (AoSoA), read field by field (claims D1, D2).

use super::{Arrays, ELEMENTS, Runnable};
use crate::{
    parameters::{Arguments, Parameter},
    trace::{Buffer, Probe},
    units::Unit,
};

/// Where the fields of records lie in one array.
pub trait Layout: Copy {
    /// The layout of so many records of so many fields each.
    fn of(records: usize, fields: usize) -> Self;
    /// The place of a field of a record.
    fn index(&self, record: usize, field: usize) -> usize;
    /// How many elements the array has.
    fn len(records: usize, fields: usize) -> usize {
        records * fields
    }
    /// Its name on the command line.
    const NAME: &'static str;
    /// What it does, as a phrase.
    const ABOUT: &'static str;
}

/// Array of structures: the fields of a record side by side.
#[derive(Clone, Copy, Debug)]
pub struct Records {
    fields: usize,
}

impl Layout for Records {
    fn of(_: usize, fields: usize) -> Self {
        Self { fields }
    }
    #[inline(always)]
    fn index(&self, record: usize, field: usize) -> usize {
        record * self.fields + field
    }
    const NAME: &'static str = "records-aos";
    const ABOUT: &'static str = "adds up some fields of records that lie one after the other";
}

/// Structure of arrays: all values of a field side by side.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    records: usize,
}

impl Layout for Columns {
    fn of(records: usize, _: usize) -> Self {
        Self { records }
    }
    #[inline(always)]
    fn index(&self, record: usize, field: usize) -> usize {
        field * self.records + record
    }
    const NAME: &'static str = "records-soa";
    const ABOUT: &'static str = "adds up some fields of records that lie field by field";
}

/// Array of structures of arrays: packets of [`Packets::RECORDS`] records, field by field within.
#[derive(Clone, Copy, Debug)]
pub struct Packets {
    fields: usize,
}

impl Packets {
    /// Records in a packet: a field of them fills a line of 64 bytes.
    pub const RECORDS: usize = 8;
}

impl Layout for Packets {
    fn of(_: usize, fields: usize) -> Self {
        Self { fields }
    }
    #[inline(always)]
    fn index(&self, record: usize, field: usize) -> usize {
        let (packet, place) = (record / Self::RECORDS, record % Self::RECORDS);
        (packet * self.fields + field) * Self::RECORDS + place
    }
    /// The last packet may stand partly empty.
    fn len(records: usize, fields: usize) -> usize {
        records.next_multiple_of(Self::RECORDS) * fields
    }
    const NAME: &'static str = "records-aosoa";
    const ABOUT: &'static str = "adds up some fields of records that lie in packets of 8";
}

/// Adds up the first `used` fields of every record, record by record, wrapping.
#[inline]
pub fn sum_fields<L: Layout, P: Probe>(
    data: Buffer<'_, u64>,
    layout: L,
    records: usize,
    used: usize,
    probe: &mut P,
) -> u64 {
    let mut total = 0_u64;
    for record in 0..records {
        for field in 0..used {
            total = total.wrapping_add(data.get(layout.index(record, field), probe));
        }
    }
    total
}

/// The same for records in a given order.
#[inline]
pub fn gather_fields<L: Layout, P: Probe>(
    data: Buffer<'_, u64>,
    layout: L,
    order: Buffer<'_, u32>,
    used: usize,
    probe: &mut P,
) -> u64 {
    let mut total = 0_u64;
    for place in 0..order.len() {
        let record = order.get(place, probe) as usize;
        for field in 0..used {
            total = total.wrapping_add(data.get(layout.index(record, field), probe));
        }
    }
    total
}

/// Fields of a record.
pub const FIELDS: Parameter = Parameter {
    name: "fields",
    meaning: "fields of a record, 8 bytes each",
    unit: Unit::Count,
    default: 8.0,
    min: 1.0,
    max: 64.0,
};

/// Fields that are read.
pub const USED: Parameter = Parameter {
    name: "used",
    meaning: "fields read of each record",
    unit: Unit::Count,
    default: 1.0,
    min: 1.0,
    max: 64.0,
};

/// A walk over records in one of the layouts.
pub(super) struct Walk<L>(std::marker::PhantomData<L>);

impl<L: Layout> Runnable for Walk<L> {
    const NAME: &'static str = L::NAME;
    const ABOUT: &'static str = L::ABOUT;
    const SOURCE: (&'static str, &'static str) = ("records.rs", include_str!("records.rs"));
    const PARAMETERS: &'static [Parameter] = &[ELEMENTS, FIELDS, USED];

    fn accesses(arguments: &Arguments) -> u64 {
        let used = arguments.get(&USED).min(arguments.get(&FIELDS));
        arguments.get(&ELEMENTS) as u64 * used as u64
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        let [records, fields, used] =
            [ELEMENTS, FIELDS, USED].map(|parameter| arguments.get(&parameter) as usize);
        let elements = L::len(records, fields);
        let base = Arrays::default().place::<u64, P>("records", elements, probe);
        let data = vec![1; elements];
        let layout = L::of(records, fields);
        sum_fields(
            Buffer::new(&data, base),
            layout,
            records,
            used.min(fields),
            probe,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn every_field_has_a_place_of_its_own<L: Layout>(records: usize, fields: usize) {
        let layout = L::of(records, fields);
        let mut seen = vec![false; L::len(records, fields)];
        for record in 0..records {
            for field in 0..fields {
                let place = &mut seen[layout.index(record, field)];
                assert!(!std::mem::replace(place, true));
            }
        }
    }

    proptest! {
        #[test]
        fn layouts_lose_nothing(records in 1_usize..50, fields in 1_usize..9) {
            every_field_has_a_place_of_its_own::<Records>(records, fields);
            every_field_has_a_place_of_its_own::<Columns>(records, fields);
            every_field_has_a_place_of_its_own::<Packets>(records, fields);
        }
    }

    #[test]
    fn neighbours_are_as_the_names_say() {
        assert_eq!(Records::of(10, 3).index(2, 1), 7);
        assert_eq!(Columns::of(10, 3).index(2, 1), 12);
        // Packet 1, field 1, its third value.
        assert_eq!(Packets::of(10, 3).index(10, 1), 24 + 8 + 2);
    }
}
