//! Collation: samples of different lengths made into a batch, padded to a rectangle or packed.

use thiserror::Error;

use super::{Cost, Loader, Style, Way, split};
use crate::{
    prefetch::prefetch,
    trace::{BLOCK, Buffer, BufferMut, Kind, NoProbe, Probe},
};

/// Why samples make no batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CollateError {
    /// Offsets that go backwards or past the values.
    #[error(
        "sample {sample} spans values {from} to {to} of {values}: offsets must rise up to that"
    )]
    Span {
        /// Which, from 0.
        sample: usize,
        /// Its first value.
        from: u32,
        /// The first value that is not its own.
        to: u32,
        /// Values there are.
        values: usize,
    },
    /// A sample that no row of the batch can hold.
    #[error("sample {sample} has {length} values, a row has room for {room}: give it more")]
    Room {
        /// Which, from 0.
        sample: usize,
        /// Its values.
        length: usize,
        /// Values there is room for.
        room: usize,
    },
    /// An order that names a sample there is not.
    #[error("place {place} asks for sample {sample} of {samples}: use numbers below {samples}")]
    Sample {
        /// Where in the order, from 0.
        place: usize,
        /// What it asks for.
        sample: u32,
        /// Samples there are.
        samples: usize,
    },
}

/// The values of a sample.
#[inline(always)]
fn span(values: usize, sample: usize, from: u32, to: u32) -> Result<(usize, usize), CollateError> {
    if from > to || to as usize > values {
        return Err(CollateError::Span {
            sample,
            from,
            to,
            values,
        });
    }
    Ok((from as usize, to as usize))
}

/// Copies sample `i`, values `offsets[i]..offsets[i + 1]`, to row `i` of a batch of rows of `width`
/// values, and fills the rest of the row. Numbers of 32 bits, whatever they mean.
///
/// # Errors
/// When a sample is longer than a row, or offsets are no spans; the rows before it are done.
///
/// # Panics
/// When the batch has fewer rows than there are samples.
#[inline]
pub fn pad<P: Probe>(
    values: Buffer<'_, u32>,
    offsets: Buffer<'_, u32>,
    mut batch: BufferMut<'_, u32>,
    width: usize,
    fill: u32,
    probe: &mut P,
) -> Result<(), CollateError> {
    if offsets.is_empty() {
        return Ok(());
    }
    let mut from = offsets.get(0, probe);
    for sample in 0..offsets.len() - 1 {
        let to = offsets.get(sample + 1, probe);
        let (first, end) = span(values.len(), sample, from, to)?;
        let length = end - first;
        if length > width {
            return Err(CollateError::Room {
                sample,
                length,
                room: width,
            });
        }
        let mut row = batch.part_mut(width * sample..width * (sample + 1));
        let source = values.part(first..end).all(probe);
        let mut own = row.part_mut(0..length);
        own.all_mut(Kind::Store, probe).copy_from_slice(source);
        let mut rest = row.part_mut(length..width);
        rest.all_mut(Kind::Store, probe).fill(fill);
        from = to;
    }
    Ok(())
}

/// Copies the samples that `order` names one after the other, and writes where each starts, and where
/// the last ends: one number more than samples. Returns how many values that is. Of the sample that comes
/// `ahead` places later the start is prefetched, unless that is 0.
///
/// # Errors
/// When a sample is not there, its offsets are no span, or the batch has no room for it; those before it
/// are done.
///
/// # Panics
/// When there is no room for the new offsets.
#[inline]
pub fn pack<P: Probe>(
    values: Buffer<'_, u32>,
    offsets: Buffer<'_, u32>,
    order: Buffer<'_, u32>,
    mut batch: BufferMut<'_, u32>,
    mut starts: BufferMut<'_, u32>,
    ahead: usize,
    probe: &mut P,
) -> Result<usize, CollateError> {
    let samples = offsets.len().saturating_sub(1);
    let mut packed = 0;
    // The last sample stands for those past the end.
    let last = order.len().saturating_sub(1);
    for place in 0..order.len() {
        if ahead > 0 {
            let next = order.get((place + ahead).min(last), &mut NoProbe) as usize;
            if next < samples {
                let first = offsets.get(next, &mut NoProbe) as usize;
                let end = offsets.get(next + 1, &mut NoProbe) as usize;
                if first <= end && end <= values.len() {
                    prefetch(values.part(first..end).all(&mut NoProbe));
                }
            }
        }
        starts.set(place, packed as u32, probe);
        let sample = order.get(place, probe);
        let at = sample as usize;
        if at >= samples {
            return Err(CollateError::Sample {
                place,
                sample,
                samples,
            });
        }
        let (from, to) = (offsets.get(at, probe), offsets.get(at + 1, probe));
        let (first, end) = span(values.len(), at, from, to)?;
        let (length, room) = (end - first, batch.len() - packed);
        if length > room {
            return Err(CollateError::Room {
                sample: at,
                length,
                room,
            });
        }
        let source = values.part(first..end).all(probe);
        let mut own = batch.part_mut(packed..packed + length);
        own.all_mut(Kind::Store, probe).copy_from_slice(source);
        packed += length;
    }
    starts.set(order.len(), packed as u32, probe);
    Ok(packed)
}

/// Values of the longest sample: the tokens of a long sentence.
const WIDTH: usize = 128;

/// Lengths of samples, every one from 1 to [`WIDTH`] as likely as the others, until their batch and all
/// that belongs to it fills so many bytes.
fn lengths(bytes: usize, of_sample: impl Fn(usize) -> usize) -> Vec<usize> {
    let mut random = fastrand::Rng::with_seed(2);
    let mut left = bytes;
    let mut lengths = Vec::new();
    loop {
        let length = random.usize(1..=WIDTH);
        match left.checked_sub(of_sample(length)) {
            Some(rest) => left = rest,
            None if lengths.is_empty() => left = 0,
            None => return lengths,
        }
        lengths.push(length);
    }
}

/// Writes the offsets that belong to these lengths.
fn lay_out(offsets: &mut [u32], lengths: &[usize]) {
    let mut next = 0;
    for (offset, length) in offsets.iter_mut().zip(lengths.iter().chain([&0])) {
        *offset = next;
        next += *length as u32;
    }
}

/// Accesses of a copy of so many numbers, on one side.
fn blocks(length: usize) -> u64 {
    (4 * length).div_ceil(BLOCK) as u64
}

/// [`pad`] by name.
pub(in crate::kernels) struct Pad {
    lengths: Vec<usize>,
}

impl Pad {
    /// What rows are filled up with.
    const FILL: u32 = 0;

    fn values(&self) -> usize {
        self.lengths.iter().sum()
    }
}

impl Loader for Pad {
    const NAME: &'static str = "collate-padded";
    const ABOUT: &'static str = "copies samples of different lengths to rows of 128, filled up";
    const SOURCE: (&'static str, &'static str) = ("collate.rs", include_str!("collate.rs"));
    /// Copies and fills, which the standard library writes with the longest vectors.
    const WAYS: &'static [Way] = &[Way::Plain];

    fn sized(bytes: usize) -> Self {
        // Its values, its offset, its row.
        let lengths = lengths(bytes, |length| 4 * (length + 1 + WIDTH));
        Self { lengths }
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        let samples = self.lengths.len();
        vec![
            ("values", 4 * self.values()),
            ("offsets", 4 * (samples + 1)),
            ("batch", 4 * WIDTH * samples),
        ]
    }

    fn prepare(&self, memory: &mut [u64]) {
        let mut random = fastrand::Rng::with_seed(1);
        memory.fill_with(|| random.u64(..));
        let [_, offsets, _] = split(self, memory, 0);
        let mut offsets = offsets.write::<u32>();
        lay_out(offsets.all_mut(Kind::Store, &mut NoProbe), &self.lengths);
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        let [values, offsets, batch] = split(self, memory, base);
        let (values, offsets, batch) = (values.read(), offsets.read(), batch.write());
        pad(values, offsets, batch, WIDTH, Self::FILL, probe).expect("samples that fit");
    }

    fn accesses(&self) -> u64 {
        let copies = self.lengths.iter();
        let copies = copies.map(|&length| 2 * blocks(length) + blocks(WIDTH - length));
        self.lengths.len() as u64 + 1 + copies.sum::<u64>()
    }

    fn cost(&self) -> Cost {
        let (samples, values) = (self.lengths.len() as f64, self.values() as f64);
        Cost {
            elements: samples,
            read: 4.0 * (values + samples + 1.0),
            written: 4.0 * WIDTH as f64 * samples,
            // Each number of the batch is moved or filled in.
            operations: WIDTH as f64 * samples,
            ..Cost::default()
        }
    }
}

/// [`pack`] by name: each sample once, in random order.
pub(in crate::kernels) struct Pack {
    lengths: Vec<usize>,
}

impl Pack {
    /// Samples that are prefetched ahead: about 2 KiB of them.
    const AHEAD: usize = 8;

    fn values(&self) -> usize {
        self.lengths.iter().sum()
    }
}

impl Loader for Pack {
    const NAME: &'static str = "collate-packed";
    const ABOUT: &'static str = "copies samples of different lengths one after the other";
    const SOURCE: (&'static str, &'static str) = ("collate.rs", include_str!("collate.rs"));
    /// Copies, which the standard library writes with the longest vectors.
    const WAYS: &'static [Way] = &[Way::Plain];

    fn sized(bytes: usize) -> Self {
        // Its values twice, both offsets, its number.
        let lengths = lengths(bytes, |length| 4 * (2 * length + 3));
        Self { lengths }
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        let (samples, values) = (self.lengths.len(), 4 * self.values());
        vec![
            ("values", values),
            ("offsets", 4 * (samples + 1)),
            ("order", 4 * samples),
            ("batch", values),
            ("starts", 4 * (samples + 1)),
        ]
    }

    fn prepare(&self, memory: &mut [u64]) {
        let mut random = fastrand::Rng::with_seed(1);
        memory.fill_with(|| random.u64(..));
        let [_, offsets, order, _, _] = split(self, memory, 0);
        let (mut offsets, mut order) = (offsets.write::<u32>(), order.write::<u32>());
        lay_out(offsets.all_mut(Kind::Store, &mut NoProbe), &self.lengths);
        let order = order.all_mut(Kind::Store, &mut NoProbe);
        for (place, sample) in order.iter_mut().zip(0..) {
            *place = sample;
        }
        random.shuffle(order);
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        let [values, offsets, order, batch, starts] = split(self, memory, base);
        let (values, offsets, order) = (values.read(), offsets.read(), order.read());
        pack(
            values,
            offsets,
            order,
            batch.write(),
            starts.write(),
            Self::AHEAD,
            probe,
        )
        .expect("samples that fit");
    }

    fn accesses(&self) -> u64 {
        // Its place in the order, its two offsets, its new start, and the copy.
        let of_sample = |&length| 4 + 2 * blocks(length);
        self.lengths.iter().map(of_sample).sum::<u64>() + 1
    }

    fn cost(&self) -> Cost {
        let (samples, values) = (self.lengths.len() as f64, self.values() as f64);
        Cost {
            elements: samples,
            read: 4.0 * (values + 3.0 * samples),
            written: 4.0 * (values + samples + 1.0),
            // Each number is moved.
            operations: values,
            ..Cost::default()
        }
    }
}

#[cfg(test)]
mod tests;
