//! Histogram of bytes: how often each of the 256 values occurs.
//!
//! Counting has no vectors below those of AVX-512, which can tell lanes that want the same count. What
//! there is to gain is elsewhere: when neighbours are equal, as in pictures, the count that is read was
//! just written, and waits until that store can be forwarded. With a table for each of four neighbours
//! it is four values later that the same count is needed again; in the end the tables are added up.

use super::{Cost, Loader, Style, Way, split};
use crate::trace::{Buffer, BufferMut, Probe};

/// Values of a byte.
pub const BINS: usize = 256;

/// Tables of [`histogram_interleaved`].
pub const TABLES: usize = 4;

/// Counts how often each value occurs among the bytes.
///
/// # Panics
/// When there are not [`BINS`] counts.
#[inline]
pub fn histogram<P: Probe>(bytes: Buffer<'_, u8>, mut counts: BufferMut<'_, u32>, probe: &mut P) {
    assert_eq!(counts.len(), BINS, "a count for each value");
    for bin in 0..BINS {
        counts.set(bin, 0, probe);
    }
    for index in 0..bytes.len() {
        count(&mut counts, bytes.get(index, probe), probe);
    }
}

/// Counts likewise, by tables that take turns.
///
/// # Panics
/// When there are not [`TABLES`] · [`BINS`] counts in the tables, or not [`BINS`] in the sum.
#[inline]
pub fn histogram_interleaved<P: Probe>(
    bytes: Buffer<'_, u8>,
    mut tables: BufferMut<'_, u32>,
    mut counts: BufferMut<'_, u32>,
    probe: &mut P,
) {
    assert_eq!(tables.len(), TABLES * BINS, "tables of a count each");
    assert_eq!(counts.len(), BINS, "a count for each value");
    for bin in 0..TABLES * BINS {
        tables.set(bin, 0, probe);
    }
    let mut each = tables.parts_mut::<TABLES>(BINS);
    let whole = bytes.len() / TABLES * TABLES;
    for index in (0..whole).step_by(TABLES) {
        for (table, counts) in each.iter_mut().enumerate() {
            count(counts, bytes.get(index + table, probe), probe);
        }
    }
    for index in whole..bytes.len() {
        count(&mut each[0], bytes.get(index, probe), probe);
    }
    for bin in 0..BINS {
        let of_all = each.iter().map(|table| table.get(bin, probe)).sum();
        counts.set(bin, of_all, probe);
    }
}

#[inline(always)]
#[track_caller]
fn count<P: Probe>(counts: &mut BufferMut<'_, u32>, value: u8, probe: &mut P) {
    let bin = usize::from(value);
    let before = counts.get(bin, probe);
    counts.set(bin, before + 1, probe);
}

/// [`histogram`] by name, or [`histogram_interleaved`].
pub(in crate::kernels) struct Histogram<const INTERLEAVED: bool> {
    bytes: usize,
}

/// Bytes of a table.
const TABLE: usize = BINS * size_of::<u32>();

impl<const INTERLEAVED: bool> Histogram<INTERLEAVED> {
    /// Tables that count, and those that are only written to in the end.
    const COUNTING: usize = if INTERLEAVED { TABLES } else { 1 };
    const SUMS: usize = INTERLEAVED as usize;
}

impl<const INTERLEAVED: bool> Loader for Histogram<INTERLEAVED> {
    const NAME: &'static str = if INTERLEAVED {
        "histogram-interleaved"
    } else {
        "histogram"
    };
    const ABOUT: &'static str = if INTERLEAVED {
        "counts how often each byte occurs, by four tables that take turns"
    } else {
        "counts how often each byte occurs"
    };
    const SOURCE: (&'static str, &'static str) = ("histogram.rs", include_str!("histogram.rs"));
    // Which count is next depends on the data: there is nothing for vectors to do side by side.
    const WAYS: &'static [Way] = &[Way::Plain];

    fn sized(bytes: usize) -> Self {
        Self {
            bytes: bytes
                .saturating_sub((Self::COUNTING + Self::SUMS) * TABLE)
                .max(1),
        }
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        let mut arrays = vec![("bytes", self.bytes), ("counts", TABLE)];
        if INTERLEAVED {
            arrays.insert(1, ("tables", TABLES * TABLE));
        }
        arrays
    }

    /// A picture's bytes: each is as the one before three times out of four.
    fn prepare(&self, memory: &mut [u64]) {
        let mut random = fastrand::Rng::with_seed(1);
        let mut byte = 0;
        bytemuck::cast_slice_mut(memory).fill_with(|| {
            if random.u8(..4) == 0 {
                byte = random.u8(..);
            }
            byte
        });
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        if INTERLEAVED {
            let [bytes, tables, counts] = split(self, memory, base);
            histogram_interleaved(bytes.read(), tables.write(), counts.write(), probe);
        } else {
            let [bytes, counts] = split(self, memory, base);
            histogram(bytes.read(), counts.write(), probe);
        }
    }

    fn accesses(&self) -> u64 {
        let set_up_and_summed = Self::COUNTING + Self::SUMS * (TABLES + 1);
        (3 * self.bytes + set_up_and_summed * BINS) as u64
    }

    /// The tables lie in the first-level cache: of what is read and written, all but the bytes stays
    /// there.
    fn cost(&self) -> Cost {
        let bytes = self.bytes as f64;
        let counted = size_of::<u32>() as f64 * bytes;
        let (counting, sums) = ((Self::COUNTING * TABLE) as f64, (Self::SUMS * TABLE) as f64);
        Cost {
            elements: bytes,
            read: bytes + counted + sums * TABLES as f64,
            written: counted + counting + sums,
            scratch_read: counted + sums * TABLES as f64,
            scratch_written: counted + counting + sums,
            operations: bytes + sums,
            ..Cost::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::NoProbe;
    use proptest::prelude::*;

    fn is_right(bytes: &[u8]) {
        // What was there before must not matter.
        let (mut one, mut sum) = ([7; BINS], [9; BINS]);
        let mut tables = [5; TABLES * BINS];
        let from = Buffer::new(bytes, 0);
        histogram(from, BufferMut::new(&mut one, 0), &mut NoProbe);
        let (work, to) = (BufferMut::new(&mut tables, 0), BufferMut::new(&mut sum, 0));
        histogram_interleaved(from, work, to, &mut NoProbe);
        for value in 0..=u8::MAX {
            let occurs = bytes.iter().filter(|&&byte| byte == value).count() as u32;
            let bin = usize::from(value);
            assert_eq!((one[bin], sum[bin]), (occurs, occurs), "value {value}");
        }
    }

    proptest! {
        #[test]
        fn every_value_is_counted(
            bytes in prop::collection::vec(any::<u8>(), 0..1000),
            from in 0_usize..8,
        ) {
            is_right(&bytes[from.min(bytes.len())..]);
        }

        #[test]
        fn equal_neighbours_are_counted(
            runs in prop::collection::vec((any::<u8>(), 1_usize..50), 0..20),
        ) {
            let bytes = runs.into_iter().flat_map(|(byte, times)| vec![byte; times]);
            is_right(&bytes.collect::<Vec<_>>());
        }
    }

    #[test]
    fn every_small_size_is_right() {
        for length in 0..64 {
            is_right(&(0..length).map(|at| (at * at) as u8).collect::<Vec<_>>());
        }
    }
}
