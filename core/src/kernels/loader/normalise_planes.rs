//! Normalisation and planes in one pass: bytes of pixels (HWC) to planes of floats (CHW), what a model
//! takes. Done one after the other, the two write the floats, read them, and write them again.

use wide::{f32x4, f32x8, u8x16, u8x32};

use super::{
    Cost, Floats, Loader, Normal, Style, Way,
    bytes::{BLOCK, Bytes, NOTHING},
    normalise::CHANNELS,
    one_at_a_time, split,
};
use crate::trace::{Buffer, BufferMut, Probe};

/// `output[c · n + i] = input[3 · i + c] · scale[c] + offset[c]`, of `n` pixels, to the same bits as
/// [`normalise`](super::normalise) followed by a transposition.
///
/// # Panics
/// When the output is shorter than the input, or the last pixel is not whole.
#[inline]
pub fn normalise_planes<S: Style, P: Probe>(
    input: Buffer<'_, u8>,
    mut output: BufferMut<'_, f32>,
    normal: &Normal,
    probe: &mut P,
) {
    let bytes = input.len();
    assert!(
        bytes.is_multiple_of(CHANNELS),
        "{bytes} bytes are not whole pixels"
    );
    let count = bytes / CHANNELS;
    let mut planes = output.parts_mut::<CHANNELS>(count);
    let done = match S::WAY {
        Way::Scalar | Way::Plain => 0,
        Way::X4 => by_vectors::<u8x16, P>(&input, &mut planes, normal, probe),
        Way::X8 | Way::X16 => by_vectors::<u8x32, P>(&input, &mut planes, normal, probe),
    };
    for pixel in done..count {
        let here = input.part(CHANNELS * pixel..CHANNELS * (pixel + 1));
        for (channel, plane) in planes.iter_mut().enumerate() {
            if S::WAY == Way::Scalar {
                one_at_a_time();
            }
            let byte = f32::from(here.get(channel, probe));
            let value = byte * normal.scale[channel] + normal.offset[channel];
            plane.set(pixel, value, probe);
        }
    }
}

/// Pixels whose bytes become one block of floats.
const PIXELS: usize = BLOCK / size_of::<f32>();

/// Places of a channel's bytes among those of [`PIXELS`] pixels, each at the low end of 4 bytes of
/// which the others are 0: the shuffle that picks a channel also widens it to 32 bits.
const WIDEN: [[u8; BLOCK]; CHANNELS] = {
    let low = if cfg!(target_endian = "little") { 0 } else { 3 };
    let mut places = [[NOTHING; BLOCK]; CHANNELS];
    let mut byte = 0;
    while byte < CHANNELS * PIXELS {
        places[byte % CHANNELS][4 * (byte / CHANNELS) + low] = byte as u8;
        byte += 1;
    }
    places
};

/// A vector of bytes that can be seen as numbers of 32 bits.
trait Widened: Bytes {
    type Floats: Floats;
    /// Each 4 bytes as a number, as a float.
    fn floats(self) -> Self::Floats;
}

impl Widened for u8x16 {
    type Floats = f32x4;

    #[inline(always)]
    fn floats(self) -> f32x4 {
        f32x4::from_i32x4(bytemuck::cast(self))
    }
}

impl Widened for u8x32 {
    type Floats = f32x8;

    #[inline(always)]
    fn floats(self) -> f32x8 {
        f32x8::from_i32x8(bytemuck::cast(self))
    }
}

/// Does as many whole vectors as there are, and says how many pixels that was. A block is read for its
/// first 12 bytes; the other 4 are read again with the next.
#[inline(always)]
fn by_vectors<V: Widened, P: Probe>(
    input: &Buffer<'_, u8>,
    planes: &mut [BufferMut<'_, f32>; CHANNELS],
    normal: &Normal,
    probe: &mut P,
) -> usize {
    let scale = normal.scale.map(V::Floats::splat);
    let offset = normal.offset.map(V::Floats::splat);
    let apart = CHANNELS * PIXELS;
    let reach = (V::BLOCKS - 1) * apart + BLOCK;
    let (step, mut pixel) = (V::BLOCKS * PIXELS, 0);
    while CHANNELS * pixel + reach <= input.len() {
        let pixels = V::load(input, CHANNELS * pixel, apart, probe);
        for (channel, plane) in planes.iter_mut().enumerate() {
            let bytes = pixels.pick(WIDEN[channel]).floats();
            let value = bytes * scale[channel] + offset[channel];
            value.store(plane, pixel, probe);
        }
        pixel += step;
    }
    pixel
}

/// [`normalise_planes`] by name.
pub(in crate::kernels) struct NormalisePlanes {
    pixels: usize,
}

impl Loader for NormalisePlanes {
    const NAME: &'static str = "normalise-planes";
    const ABOUT: &'static str = "bytes of pixels to planes of normalised floats, in one pass";
    const SOURCE: (&'static str, &'static str) =
        ("normalise_planes.rs", include_str!("normalise_planes.rs"));
    const WAYS: &'static [Way] = &[Way::X8, Way::X4, Way::Plain, Way::Scalar];

    fn sized(bytes: usize) -> Self {
        Self {
            pixels: (bytes / (CHANNELS * 5)).max(1),
        }
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        let values = CHANNELS * self.pixels;
        vec![("pixels", values), ("planes", 4 * values)]
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        let [input, output] = split(self, memory, base);
        normalise_planes::<S, P>(input.read(), output.write(), &Normal::imagenet(), probe);
    }

    fn accesses(&self) -> u64 {
        2 * (CHANNELS * self.pixels) as u64
    }

    fn cost(&self) -> Cost {
        let values = (CHANNELS * self.pixels) as f64;
        Cost {
            elements: values,
            read: values,
            written: 4.0 * values,
            // A conversion, a multiplication, an addition.
            operations: 3.0 * values,
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

    const MEAN: [f32; 3] = [0.1, 0.5, 0.9];
    const DEVIATION: [f32; 3] = [0.2, 0.3, 0.7];

    fn is_right<S: Style>(pixels: &[u8]) {
        let count = pixels.len() / 3;
        let mut planes = vec![f32::NAN; pixels.len()];
        let to = BufferMut::new(&mut planes, 0);
        let normal = Normal::new(MEAN, DEVIATION);
        normalise_planes::<S, _>(Buffer::new(pixels, 0), to, &normal, &mut NoProbe);
        for (at, &byte) in pixels.iter().enumerate() {
            let (pixel, channel) = (at / 3, at % 3);
            let (mean, deviation) = (f64::from(MEAN[channel]), f64::from(DEVIATION[channel]));
            let exact = (f64::from(byte) / 255.0 - mean) / deviation;
            let value = f64::from(planes[channel * count + pixel]);
            assert!(
                (value - exact).abs() < 3e-6,
                "{:?}: {value}, not {exact}",
                S::WAY
            );
        }
    }

    fn is_right_in_every_style(pixels: &[u8]) {
        is_right::<Scalar>(pixels);
        is_right::<Plain>(pixels);
        is_right::<X4>(pixels);
        is_right::<X8>(pixels);
        is_right::<X16>(pixels);
    }

    proptest! {
        #[test]
        fn values_are_those_of_the_definition(
            bytes in prop::collection::vec(any::<u8>(), 0..500),
        ) {
            is_right_in_every_style(&bytes[..bytes.len() / 3 * 3]);
        }
    }

    #[test]
    fn every_small_size_is_right() {
        for pixels in 0..=64 {
            let bytes: Vec<u8> = (0..3 * pixels).map(|at| (29 * at + 5) as u8).collect();
            is_right_in_every_style(&bytes);
        }
    }
}
