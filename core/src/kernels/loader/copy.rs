//! Copies: through the caches, and past them.

use bytemuck::Pod;

use super::{
    Cost, Floats, Loader, Style, Way, one_at_a_time, split,
    streamed::{self, Stream},
};
use crate::trace::{BLOCK, Buffer, BufferMut, Kind, NoProbe, Probe};

/// Copies `input` to the front of `output`.
///
/// The plain way is the C library's copy, which knows the machine: for arrays beyond a size of its own
/// choice it may write past the caches (glibc: three quarters of a thread's share of the last cache),
/// and then moves less than the [`Cost`] says. The other ways store through the caches, always.
///
/// # Panics
/// When the output is shorter than the input.
#[inline]
pub fn copy<S: Style, P: Probe>(
    input: Buffer<'_, f32>,
    mut output: BufferMut<'_, f32>,
    probe: &mut P,
) {
    let mut index = 0;
    if S::WAY != Way::Plain {
        while index + S::Floats::LANES <= input.len() {
            let value = S::Floats::load(&input, index, probe);
            // Else the compiler recognises a copy, and calls the C library's after all.
            one_at_a_time();
            value.store(&mut output, index, probe);
            index += S::Floats::LANES;
        }
    }
    let rest = input.part(index..input.len());
    let mut output = output.part_mut(index..input.len());
    tell(rest, &mut output, Kind::Store, probe);
    let to = output.all_mut(Kind::Store, &mut NoProbe);
    to.copy_from_slice(rest.all(&mut NoProbe));
}

/// Copies `input` to the front of `output` with stores past the caches, where the build
/// [has them](streamed::STREAMS). The probe is told of such stores everywhere: what is simulated does
/// not depend on where.
///
/// # Panics
/// When the output is shorter than the input.
#[inline]
pub fn copy_streamed<T: Pod, P: Probe>(
    input: Buffer<'_, T>,
    mut output: BufferMut<'_, T>,
    probe: &mut P,
) {
    let mut output = output.part_mut(0..input.len());
    tell(input, &mut output, Kind::StreamStore, probe);
    let from = bytemuck::cast_slice(input.all(&mut NoProbe));
    let to = output.all_mut(Kind::StreamStore, &mut NoProbe);
    streamed::copy_bytes(&Stream::open(), from, bytemuck::cast_slice_mut(to));
}

/// Tells of a copy block by block, each read before it is written; the copy itself is made at once.
#[inline(always)]
#[track_caller]
fn tell<T: Pod, P: Probe>(
    input: Buffer<'_, T>,
    output: &mut BufferMut<'_, T>,
    kind: Kind,
    probe: &mut P,
) {
    let each = (BLOCK / size_of::<T>()).max(1);
    for start in (0..input.len()).step_by(each) {
        let range = start..input.len().min(start + each);
        input.part(range.clone()).all(probe);
        output.part_mut(range).all_mut(kind, probe);
    }
}

/// [`copy`], or [`copy_streamed`], by name, of so many numbers of 4 bytes.
pub(in crate::kernels) struct CopyNumbers<const STREAMED: bool> {
    numbers: usize,
}

impl<const STREAMED: bool> Loader for CopyNumbers<STREAMED> {
    const NAME: &'static str = if STREAMED { "copy-streamed" } else { "copy" };
    const ABOUT: &'static str = if STREAMED {
        "copies numbers of 4 bytes with stores past the caches"
    } else {
        "copies numbers of 4 bytes"
    };
    const SOURCE: (&'static str, &'static str) = ("copy.rs", include_str!("copy.rs"));
    const WAYS: &'static [Way] = if STREAMED {
        &[Way::Plain]
    } else {
        &[Way::Plain, Way::Scalar, Way::X4, Way::X8, Way::X16]
    };
    const UNTIMED: Option<&'static str> = if STREAMED { streamed::UNSTREAMED } else { None };

    fn sized(bytes: usize) -> Self {
        Self {
            numbers: (bytes / 8).max(1),
        }
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        vec![("from", 4 * self.numbers), ("to", 4 * self.numbers)]
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        let [from, to] = split(self, memory, base);
        if STREAMED {
            copy_streamed::<f32, P>(from.read(), to.write(), probe);
        } else {
            copy::<S, P>(from.read(), to.write(), probe);
        }
    }

    fn accesses(&self) -> u64 {
        2 * (4 * self.numbers).div_ceil(BLOCK) as u64
    }

    fn cost(&self) -> Cost {
        let (numbers, bytes) = (self.numbers as f64, (4 * self.numbers) as f64);
        Cost {
            elements: numbers,
            read: bytes,
            written: if STREAMED { 0.0 } else { bytes },
            streamed: if STREAMED { bytes } else { 0.0 },
            // Each number is moved.
            operations: numbers,
            ..Cost::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Plain, Scalar, X4, X8, X16};
    use super::*;
    use crate::trace::Recorder;

    /// Copies between places that start `from` and `to` bytes behind a multiple of 64, and sees that
    /// nothing else was written.
    fn is_right(numbers: usize, from: usize, to: usize, copy: impl Fn(&[u8], &mut [u8])) {
        let bytes = 4 * numbers;
        let mut random = fastrand::Rng::with_seed(7);
        let words: Vec<u64> = (0..64).map(|_| random.u64(..)).collect();
        let before: Vec<u64> = (0..64).map(|_| random.u64(..)).collect();
        let mut after = before.clone();
        let source: &[u8] = bytemuck::cast_slice(&words);
        let target: &mut [u8] = bytemuck::cast_slice_mut(&mut after);
        copy(&source[from..][..bytes], &mut target[to..][..bytes]);
        for (at, &byte) in target.iter().enumerate() {
            let copied = (to..to + bytes).contains(&at);
            let expected = if copied {
                source[from + at - to]
            } else {
                bytemuck::cast_slice(&before)[at]
            };
            assert_eq!(byte, expected, "byte {at} of {numbers} numbers");
        }
    }

    fn styled<S: Style>(from: &[u8], to: &mut [u8]) {
        let (from, to) = (bytemuck::cast_slice(from), bytemuck::cast_slice_mut(to));
        copy::<S, _>(Buffer::new(from, 0), BufferMut::new(to, 0), &mut NoProbe);
    }

    #[test]
    fn every_byte_arrives_and_no_other_is_touched() {
        for numbers in 0..64 {
            for (from, to) in [(0, 0), (4, 0), (0, 4), (12, 28), (60, 36)] {
                is_right(numbers, from, to, styled::<Scalar>);
                is_right(numbers, from, to, styled::<Plain>);
                is_right(numbers, from, to, styled::<X4>);
                is_right(numbers, from, to, styled::<X8>);
                is_right(numbers, from, to, styled::<X16>);
            }
            // Bytes may start anywhere.
            for (from, to) in [(0, 0), (1, 0), (0, 1), (7, 31), (33, 63)] {
                is_right(numbers, from, to, |from, to| {
                    let to = BufferMut::new(to, 0);
                    copy_streamed(Buffer::new(from, 0), to, &mut NoProbe);
                });
            }
        }
    }

    #[test]
    fn a_copy_reads_a_block_before_it_writes_it() {
        let (from, mut to) = ([7_u8; 70], [0; 70]);
        let mut recorder = Recorder::default();
        let output = BufferMut::new(&mut to, 5000);
        copy_streamed(Buffer::new(&from, 1000), output, &mut recorder);
        let told: Vec<_> = recorder
            .accesses
            .iter()
            .map(|access| (access.kind, access.address, access.bytes))
            .collect();
        let (load, store) = (Kind::Load, Kind::StreamStore);
        assert_eq!(
            told,
            [
                (load, 1000, 32),
                (store, 5000, 32),
                (load, 1032, 32),
                (store, 5032, 32),
                (load, 1064, 6),
                (store, 5064, 6)
            ]
        );
        assert_eq!(to, from);
    }
}
