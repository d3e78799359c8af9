//! Gather of rows by their indices: how a shuffled batch comes together.

use thiserror::Error;

use super::{
    Cost, Loader, Style, Way, split,
    streamed::{self, STREAMS, Stream},
};
use crate::{
    prefetch::prefetch,
    trace::{Buffer, BufferMut, Kind, NoProbe, Probe},
};

/// An index that names no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("index {position} asks for row {index} of {rows}: use indices below {rows}")]
pub struct OutOfRange {
    /// Where among the indices, from 0.
    pub position: usize,
    /// What it asks for.
    pub index: u32,
    /// Rows there are.
    pub rows: usize,
}

/// Copies row `indices[i]` of `rows` to row `i` of the output, for every `i`; rows are of `B` bytes.
/// Row `i + ahead` is prefetched while row `i` is copied, none when `ahead` is 0: hardware prefetchers
/// cannot know it. The probe is not told of prefetches, which are no accesses of the program.
///
/// `STREAMED` stores go past the caches, where the build [has them](super::STREAMS): for a batch that no
/// cache would keep anyway.
///
/// # Errors
/// When an index is out of range; the rows before it have been copied.
///
/// # Panics
/// When the output has fewer rows than there are indices.
#[inline]
pub fn gather_rows<const B: usize, const STREAMED: bool, P: Probe>(
    rows: Buffer<'_, u8>,
    indices: Buffer<'_, u32>,
    mut output: BufferMut<'_, u8>,
    ahead: usize,
    probe: &mut P,
) -> Result<(), OutOfRange> {
    let count = rows.len() / B;
    let kind = if STREAMED {
        Kind::StreamStore
    } else {
        Kind::Store
    };
    let stream = STREAMED.then(Stream::open);
    // The last index stands for those past the end: prefetched again, it costs next to nothing.
    let last = indices.len().saturating_sub(1);
    for position in 0..indices.len() {
        if ahead > 0 {
            let next = indices.get((position + ahead).min(last), &mut NoProbe) as usize;
            if next < count {
                prefetch(rows.part(B * next..B * (next + 1)).all(&mut NoProbe));
            }
        }
        let index = indices.get(position, probe);
        let row = index as usize;
        if row >= count {
            return Err(OutOfRange {
                position,
                index,
                rows: count,
            });
        }
        let from = rows.part(B * row..B * (row + 1)).all(probe);
        let mut to = output.part_mut(B * position..B * (position + 1));
        let to = to.all_mut(kind, probe);
        match &stream {
            Some(stream) => streamed::copy_bytes(stream, from, to),
            None => to.copy_from_slice(from),
        }
    }
    Ok(())
}

/// [`gather_rows`] by name: as many rows of `B` bytes as there are, each once, in random order.
pub(in crate::kernels) struct GatherRows<const B: usize> {
    rows: usize,
}

impl<const B: usize> GatherRows<B> {
    /// Rows from one that is copied to the one that is prefetched: 2 to 8 KiB, which served each of
    /// these sizes best, or within 3 % of the best, where 1 to 128 rows were tried on a Zen 3.
    const AHEAD: usize = match B {
        64 => 32,
        256 => 16,
        _ => 8192 / B,
    };

    /// A batch from so many bytes on is stored past the caches, as the C library's copy does: no core's
    /// share of a last cache commonly keeps it.
    const STREAMED: usize = 32 << 20;

    fn streams(&self) -> bool {
        STREAMS && B * self.rows >= Self::STREAMED
    }
}

/// Bytes by which the arrays may exceed what was asked for, so that few long rows still fill it.
const SPARE: usize = 1000;

impl<const B: usize> Loader for GatherRows<B> {
    const NAME: &'static str = match B {
        64 => "gather-rows-64",
        256 => "gather-rows-256",
        1024 => "gather-rows-1024",
        4096 => "gather-rows-4096",
        _ => panic!("a size without a name"),
    };
    const ABOUT: &'static str = match B {
        64 => "copies rows of 64 bytes in random order; a batch of 32 MiB past the caches",
        256 => "copies rows of 256 bytes in random order; a batch of 32 MiB past the caches",
        1024 => "copies rows of 1024 bytes in random order; a batch of 32 MiB past the caches",
        _ => "copies rows of 4096 bytes in random order; a batch of 32 MiB past the caches",
    };
    const SOURCE: (&'static str, &'static str) = ("gather_rows.rs", include_str!("gather_rows.rs"));
    /// Copies of whole rows, which the standard library writes with the longest vectors.
    const WAYS: &'static [Way] = &[Way::Plain];

    fn sized(bytes: usize) -> Self {
        Self {
            rows: ((bytes + SPARE) / (2 * B + size_of::<u32>())).max(1),
        }
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        let bytes = B * self.rows;
        vec![
            ("rows", bytes),
            ("indices", 4 * self.rows),
            ("batch", bytes),
        ]
    }

    fn prepare(&self, memory: &mut [u64]) {
        let mut random = fastrand::Rng::with_seed(1);
        memory.fill_with(|| random.u64(..));
        let [_, indices, _] = split(self, memory, 0);
        let mut indices = indices.write::<u32>();
        let order = indices.all_mut(Kind::Store, &mut NoProbe);
        for (place, index) in order.iter_mut().zip(0..) {
            *place = index;
        }
        random.shuffle(order);
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        let [rows, indices, batch] = split(self, memory, base);
        let (rows, indices, batch) = (rows.read(), indices.read(), batch.write());
        let gather = if self.streams() {
            gather_rows::<B, true, P>
        } else {
            gather_rows::<B, false, P>
        };
        gather(rows, indices, batch, Self::AHEAD, probe)
            .expect("an order of the rows names no others");
    }

    fn accesses(&self) -> u64 {
        let blocks = B.div_ceil(crate::trace::BLOCK);
        ((1 + 2 * blocks) * self.rows) as u64
    }

    fn cost(&self) -> Cost {
        let (rows, bytes) = (self.rows as f64, (B * self.rows) as f64);
        let [written, streamed] = if self.streams() {
            [0.0, bytes]
        } else {
            [bytes, 0.0]
        };
        Cost {
            elements: rows,
            read: bytes + 4.0 * rows,
            written,
            streamed,
            // Each row is moved.
            operations: rows,
            ..Cost::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Recorder;
    use proptest::prelude::*;

    fn gathered<const B: usize, const STREAMED: bool>(
        rows: &[u8],
        indices: &[u32],
        ahead: usize,
    ) -> Result<Vec<u8>, OutOfRange> {
        let mut output = vec![0; B * indices.len()];
        gather_rows::<B, STREAMED, _>(
            Buffer::new(rows, 0),
            Buffer::new(indices, 0),
            BufferMut::new(&mut output, 0),
            ahead,
            &mut NoProbe,
        )
        .map(|()| output)
    }

    fn is_right<const B: usize>(count: usize, indices: &[u32], ahead: usize) {
        let rows: Vec<u8> = (0..B * count).map(|at| (at * 31 / 7) as u8).collect();
        let mut expected = Vec::new();
        for &index in indices {
            expected.extend((0..B).map(|byte| rows[B * index as usize + byte]));
        }
        let past = gathered::<B, true>(&rows, indices, ahead);
        assert_eq!(past.as_ref(), Ok(&expected));
        assert_eq!(gathered::<B, false>(&rows, indices, ahead), Ok(expected));
    }

    proptest! {
        #[test]
        fn each_row_is_the_one_asked_for(
            (count, indices) in (1_u32..40).prop_flat_map(|count| {
                (Just(count), prop::collection::vec(0..count, 0..64))
            }),
            ahead in 0_usize..100,
        ) {
            is_right::<1>(count as usize, &indices, ahead);
            is_right::<3>(count as usize, &indices, ahead);
            is_right::<64>(count as usize, &indices, ahead);
            is_right::<100>(count as usize, &indices, ahead);
            is_right::<256>(count as usize, &indices, ahead);
        }
    }

    #[test]
    fn an_index_out_of_range_is_named() {
        let rows = [7; 3 * 4];
        for ahead in [0, 1, 5] {
            let error = gathered::<4, false>(&rows, &[0, 2, 3, 1], ahead).unwrap_err();
            assert_eq!(
                error.to_string(),
                "index 2 asks for row 3 of 3: use indices below 3"
            );
        }
        assert!(gathered::<4, false>(&[], &[0], 1).is_err());
        assert_eq!(gathered::<4, false>(&[], &[], 1), Ok(vec![]));
    }

    #[test]
    fn the_probe_hears_which_stores_go_past_the_caches() {
        let indices = [1_u32, 0];
        let stores = |streamed: bool| {
            let mut output = [0; 128];
            let mut recorder = Recorder::default();
            let (rows, order) = (Buffer::new(&[7; 128], 0), Buffer::new(&indices, 1000));
            let output = BufferMut::new(&mut output, 2000);
            let done = if streamed {
                gather_rows::<64, true, _>(rows, order, output, 1, &mut recorder)
            } else {
                gather_rows::<64, false, _>(rows, order, output, 1, &mut recorder)
            };
            done.unwrap();
            let kinds = recorder.accesses.iter().map(|access| access.kind);
            kinds.filter(|kind| *kind != Kind::Load).collect::<Vec<_>>()
        };
        let past = stores(true);
        assert!(!past.is_empty() && past.iter().all(|&kind| kind == Kind::StreamStore));
        let through = stores(false);
        assert_eq!(through.len(), past.len());
        assert!(through.iter().all(|&kind| kind == Kind::Store));
    }

    /// What it says of its traffic changes with the size of the batch, and not what it does.
    #[test]
    fn a_batch_no_cache_keeps_goes_past_them() {
        let batch = GatherRows::<4096>::STREAMED;
        let small = GatherRows::<4096>::sized(batch).cost();
        assert_eq!(small.streamed, 0.0);
        let large = GatherRows::<4096>::sized(3 * batch).cost();
        assert_eq!(large.streamed > 0.0, STREAMS);
        assert_eq!(
            large.counted() / large.elements,
            small.counted() / small.elements
        );
    }

    #[test]
    fn its_order_names_each_row_once() {
        let kernel = GatherRows::<64>::sized(10_000);
        let mut memory = vec![0; super::super::words(&kernel)];
        kernel.prepare(&mut memory);
        let [_, indices, _] = split(&kernel, &mut memory, 0);
        let indices = indices.read::<u32>().all(&mut NoProbe);
        let mut sorted = indices.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..kernel.rows as u32).collect::<Vec<_>>());
        assert_ne!(sorted, indices);
    }
}
