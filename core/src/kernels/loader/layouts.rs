//! Records from one layout to another: side by side (AoS), field by field (SoA), in packets (AoSoA).
//!
//! The layouts are those of [`records`](crate::kernels::records). Where one has the fields of a record
//! in a row and the other the values of a field, vectors are transposed on the way, square by square.

use wide::{f32x4, f32x8};

use super::{Cost, Loader, Style, Way, one_at_a_time, split};
use crate::{
    kernels::records::{Columns, Layout, Packets, Records},
    trace::{Buffer, BufferMut, Probe},
};

/// What lies in a row in a layout.
pub trait Rows: Layout {
    /// The fields of a record; otherwise values of a field, as many as a packet holds.
    const OF_FIELDS: bool;
    /// Its usual name.
    const SHORT: Short;
}

/// The usual names of layouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Short {
    /// Array of structures.
    Aos,
    /// Structure of arrays.
    Soa,
    /// Array of structures of arrays.
    Aosoa,
}

impl Rows for Records {
    const OF_FIELDS: bool = true;
    const SHORT: Short = Short::Aos;
}

impl Rows for Columns {
    const OF_FIELDS: bool = false;
    const SHORT: Short = Short::Soa;
}

impl Rows for Packets {
    const OF_FIELDS: bool = false;
    const SHORT: Short = Short::Aosoa;
}

/// Moves `records` records of `F` fields from layout `From` to layout `To`. Vectors need `F` to be a
/// multiple of their lanes, unless both layouts have values of a field in a row.
///
/// # Panics
/// When an array is too short for its layout.
#[inline]
pub fn convert<From: Rows, To: Rows, const F: usize, S: Style, P: Probe>(
    input: Buffer<'_, f32>,
    mut output: BufferMut<'_, f32>,
    records: usize,
    probe: &mut P,
) {
    let layouts = (From::of(records, F), To::of(records, F));
    let done = match S::WAY {
        Way::Scalar | Way::Plain => 0,
        Way::X4 => by_squares::<4, f32x4, From, To, F, P>(&input, &mut output, records, probe),
        Way::X8 | Way::X16 => {
            by_squares::<8, f32x8, From, To, F, P>(&input, &mut output, records, probe)
        }
    };
    for record in done..records {
        for field in 0..F {
            if S::WAY == Way::Scalar {
                one_at_a_time();
            }
            let value = input.get(layouts.0.index(record, field), probe);
            output.set(layouts.1.index(record, field), value, probe);
        }
    }
}

/// A vector of `N` floats, `N` of which can be transposed.
trait Square<const N: usize>: Copy {
    fn of(lanes: [f32; N]) -> Self;
    fn lanes(self) -> [f32; N];
    fn transpose(rows: [Self; N]) -> [Self; N];
}

macro_rules! squares {
    ($($vector:ident: $lanes:literal;)+) => {
        $(impl Square<$lanes> for $vector {
            #[inline(always)]
            fn of(lanes: [f32; $lanes]) -> Self {
                Self::new(lanes)
            }

            #[inline(always)]
            fn lanes(self) -> [f32; $lanes] {
                self.to_array()
            }

            #[inline(always)]
            fn transpose(rows: [Self; $lanes]) -> [Self; $lanes] {
                $vector::transpose(rows)
            }
        })+
    };
}

squares! {
    f32x4: 4;
    f32x8: 8;
}

/// Moves squares of `N` records and `N` fields, as long as there are so many records, or lines of `N`
/// values of a field where nothing is to be transposed. Says how many records that was.
#[inline(always)]
fn by_squares<const N: usize, V: Square<N>, From: Rows, To: Rows, const F: usize, P: Probe>(
    input: &Buffer<'_, f32>,
    output: &mut BufferMut<'_, f32>,
    records: usize,
    probe: &mut P,
) -> usize {
    let layouts = (From::of(records, F), To::of(records, F));
    let fields_in_a_row = From::OF_FIELDS || To::OF_FIELDS;
    if fields_in_a_row && !F.is_multiple_of(N) {
        return 0;
    }
    let mut record = 0;
    while record + N <= records {
        if fields_in_a_row {
            for field in (0..F).step_by(N) {
                let rows = std::array::from_fn(|row| {
                    let at = place::<From>(&layouts.0, record, field, row);
                    V::of(input.lanes(at, probe))
                });
                let rows = match From::OF_FIELDS == To::OF_FIELDS {
                    true => rows,
                    false => V::transpose(rows),
                };
                for (row, values) in rows.into_iter().enumerate() {
                    let at = place::<To>(&layouts.1, record, field, row);
                    output.set_lanes(at, values.lanes(), probe);
                }
            }
        } else {
            for field in 0..F {
                let values = V::of(input.lanes(layouts.0.index(record, field), probe));
                output.set_lanes(layouts.1.index(record, field), values.lanes(), probe);
            }
        }
        record += N;
    }
    record
}

/// Where a row of a square starts: one of its records, or one of its fields.
#[inline(always)]
fn place<L: Rows>(layout: &L, record: usize, field: usize, row: usize) -> usize {
    match L::OF_FIELDS {
        true => layout.index(record + row, field),
        false => layout.index(record, field + row),
    }
}

/// Fields of the records that are converted by name: a point and its weight.
const FIELDS: usize = 4;

/// [`convert`] by name.
pub(in crate::kernels) struct Convert<From, To> {
    records: usize,
    layouts: std::marker::PhantomData<(From, To)>,
}

impl<From: Rows + 'static, To: Rows + 'static> Loader for Convert<From, To> {
    const NAME: &'static str = match (From::SHORT, To::SHORT) {
        (Short::Aos, Short::Soa) => "aos-to-soa",
        (Short::Soa, Short::Aos) => "soa-to-aos",
        (Short::Aos, Short::Aosoa) => "aos-to-aosoa",
        (Short::Aosoa, Short::Soa) => "aosoa-to-soa",
        (Short::Soa, Short::Aosoa) => "soa-to-aosoa",
        (Short::Aosoa, Short::Aos) => "aosoa-to-aos",
        _ => panic!("a conversion without a name"),
    };
    const ABOUT: &'static str = match (From::SHORT, To::SHORT) {
        (Short::Aos, Short::Soa) => "records of 4 floats to 4 columns",
        (Short::Soa, Short::Aos) => "4 columns of floats to records of 4",
        (Short::Soa, _) => "4 columns of floats to packets of 8 records, field by field",
        (Short::Aos, _) => "records of 4 floats to packets of 8 records, field by field",
        (Short::Aosoa, Short::Soa) => "packets of 8 records of 4 floats to 4 columns",
        (Short::Aosoa, _) => "packets of 8 records, field by field, to records of 4 floats",
    };
    const SOURCE: (&'static str, &'static str) = ("layouts.rs", include_str!("layouts.rs"));
    const WAYS: &'static [Way] = match (From::OF_FIELDS, To::OF_FIELDS) {
        (false, false) => &[Way::X8, Way::X4, Way::Plain, Way::Scalar],
        // The compiler finds the transposition of whole columns by itself, that of packets it does not.
        _ if matches!(From::SHORT, Short::Aosoa) || matches!(To::SHORT, Short::Aosoa) => {
            &[Way::X4, Way::Plain, Way::Scalar]
        }
        _ => &[Way::Plain, Way::X4, Way::Scalar],
    };

    fn sized(bytes: usize) -> Self {
        Self {
            records: (bytes / (2 * 4 * FIELDS)).max(1),
            layouts: std::marker::PhantomData,
        }
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        vec![
            ("from", 4 * From::len(self.records, FIELDS)),
            ("to", 4 * To::len(self.records, FIELDS)),
        ]
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        let [from, to] = split(self, memory, base);
        convert::<From, To, FIELDS, S, P>(from.read(), to.write(), self.records, probe);
    }

    fn accesses(&self) -> u64 {
        2 * (FIELDS * self.records) as u64
    }

    fn cost(&self) -> Cost {
        let values = (FIELDS * self.records) as f64;
        Cost {
            elements: self.records as f64,
            read: 4.0 * values,
            written: 4.0 * values,
            // Each field is moved.
            operations: values,
            ..Cost::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kernels::loader::{Plain, Scalar, X4, X8, X16},
        trace::NoProbe,
    };
    use proptest::prelude::*;

    /// Where a field lies, from the words that describe the layouts.
    fn naive(layout: Short, records: usize, fields: usize, record: usize, field: usize) -> usize {
        match layout {
            Short::Aos => record * fields + field,
            Short::Soa => field * records + record,
            Short::Aosoa => record / 8 * 8 * fields + field * 8 + record % 8,
        }
    }

    fn is_right<From: Rows, To: Rows, const F: usize, S: Style>(records: usize) {
        let mut input = vec![0.0; From::len(records, F)];
        for (at, value) in input.iter_mut().enumerate() {
            *value = at as f32;
        }
        let mut output = vec![-1.0; To::len(records, F)];
        let to = BufferMut::new(&mut output, 0);
        let from = Buffer::new(&input, 0);
        convert::<From, To, F, S, _>(from, to, records, &mut NoProbe);
        let mut left = output.len();
        for record in 0..records {
            for field in 0..F {
                let from = naive(From::SHORT, records, F, record, field);
                let to = naive(To::SHORT, records, F, record, field);
                assert_eq!(output[to], from as f32, "{:?} of {records}", S::WAY);
                left -= 1;
            }
        }
        let untouched = output.iter().filter(|&&value| value == -1.0).count();
        assert_eq!(untouched, left, "{:?} writes only records", S::WAY);
    }

    fn in_every_style<From: Rows, To: Rows, const F: usize>(records: usize) {
        is_right::<From, To, F, Scalar>(records);
        is_right::<From, To, F, Plain>(records);
        is_right::<From, To, F, X4>(records);
        is_right::<From, To, F, X8>(records);
        is_right::<From, To, F, X16>(records);
    }

    fn with_all_layouts<const F: usize>(records: usize) {
        in_every_style::<Records, Records, F>(records);
        in_every_style::<Records, Columns, F>(records);
        in_every_style::<Records, Packets, F>(records);
        in_every_style::<Columns, Records, F>(records);
        in_every_style::<Columns, Packets, F>(records);
        in_every_style::<Packets, Records, F>(records);
        in_every_style::<Packets, Columns, F>(records);
    }

    proptest! {
        #[test]
        fn fields_go_where_their_layout_says(records in 0_usize..300) {
            with_all_layouts::<1>(records);
            with_all_layouts::<3>(records);
            with_all_layouts::<4>(records);
            with_all_layouts::<8>(records);
            with_all_layouts::<12>(records);
        }
    }

    #[test]
    fn every_small_number_of_records_is_right() {
        for records in 0..64 {
            with_all_layouts::<4>(records);
            with_all_layouts::<8>(records);
        }
    }
}
