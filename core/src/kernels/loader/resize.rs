//! Bilinear resize of images, with the centres of pixels at halves: what OpenCV's `INTER_LINEAR` and
//! PyTorch's `interpolate` without `align_corners` and antialiasing compute.

use wide::{f32x4, u8x16};

use super::{
    Cost, Floats, Loader, Size, Style, Way,
    bytes::{BLOCK, Bytes, NOTHING},
    one_at_a_time, split,
};
use crate::trace::{Buffer, BufferMut, Probe};

/// Bytes of a pixel.
const CHANNELS: usize = 3;

/// What a resized image is made of.
pub trait Sample: bytemuck::Pod {
    /// From a value of 0 to 255.
    fn of(value: f32) -> Self;
    /// From four values, likewise.
    fn four(values: f32x4) -> [Self; 4];
}

impl Sample for f32 {
    #[inline(always)]
    fn of(value: f32) -> Self {
        value
    }

    #[inline(always)]
    fn four(values: f32x4) -> [Self; 4] {
        values.to_array()
    }
}

impl Sample for u8 {
    /// Rounded, halves up.
    #[inline(always)]
    fn of(value: f32) -> Self {
        (value + 0.5) as u8
    }

    #[inline(always)]
    fn four(values: f32x4) -> [Self; 4] {
        // None is so large that the fast conversion, which saturates nothing, goes wrong.
        let numbers = (values + f32x4::splat(0.5)).fast_trunc_int();
        let bytes: u8x16 = bytemuck::cast(numbers);
        let [bytes, ..]: [[u8; 4]; 4] = bytemuck::cast(bytes.pick(LOW_BYTES));
        bytes
    }
}

/// The low byte of each of 4 numbers of 32 bits.
const LOW_BYTES: [u8; BLOCK] = {
    let low = if cfg!(target_endian = "little") { 0 } else { 3 };
    let mut places = [NOTHING; BLOCK];
    let mut number = 0;
    while number < 4 {
        places[number] = 4 * number as u8 + low;
        number += 1;
    }
    places
};

/// The old pixel whose centre lies before that of a new one, along one axis, and how far the new one is on
/// the way from it to the next, 0 to 1. When `scale` old pixels make a new one its centre lies at
/// `(index + ½) · scale − ½`, but never beyond the outermost of the `old` centres.
#[inline(always)]
fn before(index: usize, scale: f64, old: usize) -> (usize, f32) {
    let place = ((index as f64 + 0.5) * scale - 0.5).clamp(0.0, (old - 1) as f64);
    // Not `floor`: it is not negative, and this is one instruction everywhere.
    let first = place as usize;
    (first, (place - first as f64) as f32)
}

/// What [`resize`] needs room for while it works.
#[derive(Debug)]
pub struct Scratch<'m> {
    /// A row between, of [`Scratch::row`] numbers.
    pub row: BufferMut<'m, f32>,
    /// Where in that row the old pixel before each new one starts: a number for each column.
    pub places: BufferMut<'m, u32>,
    /// How far each new pixel is on the way to the next old one: a number for each column.
    pub ways: BufferMut<'m, f32>,
}

impl Scratch<'_> {
    /// Numbers of a row between: a pixel more than the old row has, which the last one is mixed with in
    /// no part, and a number more, so that a vector of 4 can be read where a pixel of 3 is.
    pub fn row(from: Size) -> usize {
        CHANNELS * (from.width + 1) + 1
    }
}

/// Brings an image of pixels of 3 bytes from one size to another. Each new row is first mixed of two old
/// ones, into the row between, and then its pixels are mixed of those: two sums for a new value and the
/// share of an old row, not three.
///
/// # Panics
/// When the image to read is empty and the other is not, or an array is too short.
#[inline]
pub fn resize<T: Sample, S: Style, P: Probe>(
    input: Buffer<'_, u8>,
    from: Size,
    scratch: &mut Scratch<'_>,
    mut output: BufferMut<'_, T>,
    to: Size,
    probe: &mut P,
) {
    let (wide, new) = (CHANNELS * from.width, CHANNELS * to.width);
    let scale = |old: usize, new: usize| old as f64 / new as f64;
    let (down, across) = (scale(from.height, to.height), scale(from.width, to.width));
    for x in 0..to.width {
        let (first, way) = before(x, across, from.width);
        scratch.places.set(x, (CHANNELS * first) as u32, probe);
        scratch.ways.set(x, way, probe);
    }
    for beyond in wide..Scratch::row(from) {
        scratch.row.set(beyond, 0.0, probe);
    }
    for y in 0..to.height {
        let (first, way) = before(y, down, from.height);
        let second = (first + 1).min(from.height - 1);
        let upper = input.part(wide * first..wide * (first + 1));
        let lower = input.part(wide * second..wide * (second + 1));
        let mut mixed = scratch.row.part_mut(0..wide);
        mix_rows::<S, P>(&upper, &lower, way, &mut mixed, probe);
        let row = scratch.row.as_buffer();
        let places = scratch.places.as_buffer().part(0..to.width);
        let ways = scratch.ways.as_buffer().part(0..to.width);
        let mut line = output.part_mut(new * y..new * (y + 1));
        for x in 0..to.width {
            let (place, way) = (places.get(x, probe) as usize, ways.get(x, probe));
            mix_pixels::<T, S, P>(&row, place, way, &mut line, CHANNELS * x, probe);
        }
    }
}

/// `mixed[i] = upper[i] + (lower[i] − upper[i]) · way`.
#[inline(always)]
fn mix_rows<S: Style, P: Probe>(
    upper: &Buffer<'_, u8>,
    lower: &Buffer<'_, u8>,
    way: f32,
    mixed: &mut BufferMut<'_, f32>,
    probe: &mut P,
) {
    let mut index = 0;
    if S::WAY != Way::Plain {
        let (lanes, ways) = (S::Floats::LANES, S::Floats::splat(way));
        while index + lanes <= mixed.len() {
            let one = S::Floats::load_bytes(upper, index, probe);
            let two = S::Floats::load_bytes(lower, index, probe);
            let value = one + (two - one) * ways;
            value.store(mixed, index, probe);
            index += lanes;
        }
    }
    for index in index..mixed.len() {
        let one = f32::from(upper.get(index, probe));
        let two = f32::from(lower.get(index, probe));
        mixed.set(index, one + (two - one) * way, probe);
    }
}

/// A new pixel at `at`, of the one at `place` in the row and the next.
#[inline(always)]
fn mix_pixels<T: Sample, S: Style, P: Probe>(
    row: &Buffer<'_, f32>,
    place: usize,
    way: f32,
    line: &mut BufferMut<'_, T>,
    at: usize,
    probe: &mut P,
) {
    if !matches!(S::WAY, Way::Scalar | Way::Plain) {
        let one = f32x4::new(row.lanes(place, probe));
        let two = f32x4::new(row.lanes(place + CHANNELS, probe));
        let value = one + (two - one) * f32x4::splat(way);
        let four = T::four(value);
        if at + four.len() <= line.len() {
            // One store for a pixel and a number that the next pixel writes over.
            line.set_lanes(at, four, probe);
        } else {
            let [red, green, blue, _] = four;
            line.set_lanes(at, [red, green, blue], probe);
        }
        return;
    }
    for channel in 0..CHANNELS {
        if S::WAY == Way::Scalar {
            one_at_a_time();
        }
        let one = row.get(place + channel, probe);
        let two = row.get(place + CHANNELS + channel, probe);
        line.set(at + channel, T::of(one + (two - one) * way), probe);
    }
}

/// [`resize`] by name: a square image to one of 7/8 the side, as from 256 to 224.
pub(in crate::kernels) struct Resize<T> {
    from: Size,
    to: Size,
    of: std::marker::PhantomData<T>,
}

impl<T: Sample> Resize<T> {
    fn of_side(side: usize) -> Self {
        let [from, to] = [side, (side * 7 / 8).max(1)].map(|side| Size {
            height: side,
            width: side,
        });
        Self {
            from,
            to,
            of: std::marker::PhantomData,
        }
    }

    /// Numbers of the rows between that are mixed.
    fn mixed(&self) -> usize {
        CHANNELS * self.from.width * self.to.height
    }
}

impl<T: Sample> Loader for Resize<T> {
    const NAME: &'static str = match size_of::<T>() {
        1 => "resize",
        _ => "resize-floats",
    };
    const ABOUT: &'static str = match size_of::<T>() {
        1 => "an image of pixels of 3 bytes to 7/8 of its side, bilinear",
        _ => "an image of pixels of 3 bytes to 7/8 of its side, bilinear, as floats",
    };
    const SOURCE: (&'static str, &'static str) = ("resize.rs", include_str!("resize.rs"));
    const WAYS: &'static [Way] = &[Way::X16, Way::X8, Way::X4, Way::Plain, Way::Scalar];

    fn sized(bytes: usize) -> Self {
        let taken = |side: usize| super::words(&Self::of_side(side)) * size_of::<u64>();
        // A little too large, then down to what fits.
        let mut side =
            (bytes as f64 / (3.0 * (1.0 + 0.76 * size_of::<T>() as f64))).sqrt() as usize;
        while side > 1 && taken(side) > bytes {
            side -= 1;
        }
        Self::of_side(side.max(1))
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        vec![
            ("image", self.from.bytes()),
            ("row", 4 * Scratch::row(self.from)),
            ("places", 4 * self.to.width),
            ("ways", 4 * self.to.width),
            ("resized", size_of::<T>() * self.to.bytes()),
        ]
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        let [image, row, places, ways, resized] = split(self, memory, base);
        let mut scratch = Scratch {
            row: row.write(),
            places: places.write(),
            ways: ways.write(),
        };
        let (image, resized) = (image.read(), resized.write::<T>());
        resize::<T, S, P>(image, self.from, &mut scratch, resized, self.to, probe);
    }

    fn accesses(&self) -> u64 {
        let columns = self.to.width;
        let beyond = Scratch::row(self.from) - CHANNELS * self.from.width;
        // Place and way of each column, written and read in each row; two reads and a write for each
        // number of the rows between, and for each new value.
        let places = 2 * columns * (1 + self.to.height);
        (places + beyond + 3 * (self.mixed() + self.to.bytes())) as u64
    }

    /// A row between two of the image stays in the first cache, as do the places in it, and the second
    /// reading of a row that lies between two pairs.
    fn cost(&self) -> Cost {
        let mixed = self.mixed() as f64;
        let values = self.to.bytes() as f64;
        let (columns, rows) = (self.to.width as f64, self.to.height as f64);
        let beyond = (Scratch::row(self.from) - CHANNELS * self.from.width) as f64;
        let written = size_of::<T>() as f64 * values;
        let read = 8.0 * columns * rows + 2.0 * mixed + 8.0 * values;
        let scratch_written = 8.0 * columns + 4.0 * (beyond + mixed);
        Cost {
            elements: values / CHANNELS as f64,
            read,
            written: scratch_written + written,
            scratch_read: read - self.from.bytes() as f64,
            scratch_written,
            // Two conversions for each number of the rows between, and for both these and each value a
            // difference, a product, a sum.
            operations: 5.0 * mixed + 3.0 * values,
            ..Cost::default()
        }
    }
}

#[cfg(test)]
mod tests;
