//! Pixels to planes (HWC to CHW) and back: the channels of an image side by side, or one after the
//! other.

use wide::{u8x16, u8x32};

use super::{
    Cost, Loader, Style, Way,
    bytes::{BLOCK, Bytes, Networks, through},
    one_at_a_time, split,
};
use crate::trace::{Buffer, BufferMut, Probe};

/// `planes[c · n + i] = pixels[C · i + c]`, of `n` pixels of `C` bytes: HWC to CHW.
///
/// # Panics
/// When the planes are shorter than the pixels, or the last pixel is not whole.
#[inline]
pub fn to_planes<const C: usize, S: Style, P: Probe>(
    pixels: Buffer<'_, u8>,
    mut planes: BufferMut<'_, u8>,
    probe: &mut P,
) {
    let count = whole::<C>(pixels.len());
    let mut planes = planes.parts_mut::<C>(count);
    let done = match S::WAY {
        Way::Scalar | Way::Plain => 0,
        Way::X4 => deinterleave::<C, u8x16, P>(&pixels, &mut planes, probe),
        Way::X8 | Way::X16 => deinterleave::<C, u8x32, P>(&pixels, &mut planes, probe),
    };
    for pixel in done..count {
        let here = pixels.part(C * pixel..C * pixel + C);
        for (channel, plane) in planes.iter_mut().enumerate() {
            if S::WAY == Way::Scalar {
                one_at_a_time();
            }
            plane.set(pixel, here.get(channel, probe), probe);
        }
    }
}

/// `pixels[C · i + c] = planes[c · n + i]`, of `n` pixels of `C` bytes: CHW to HWC.
///
/// # Panics
/// When the pixels are shorter than the planes, or these are not all of the same length.
#[inline]
pub fn to_pixels<const C: usize, S: Style, P: Probe>(
    planes: Buffer<'_, u8>,
    mut pixels: BufferMut<'_, u8>,
    probe: &mut P,
) {
    let count = whole::<C>(planes.len());
    let planes: [_; C] = std::array::from_fn(|c| planes.part(c * count..(c + 1) * count));
    let done = match S::WAY {
        Way::Scalar | Way::Plain => 0,
        Way::X4 => interleave::<C, u8x16, P>(&planes, &mut pixels, probe),
        Way::X8 | Way::X16 => interleave::<C, u8x32, P>(&planes, &mut pixels, probe),
    };
    for pixel in done..count {
        let mut here = pixels.part_mut(C * pixel..C * pixel + C);
        for (channel, plane) in planes.iter().enumerate() {
            if S::WAY == Way::Scalar {
                one_at_a_time();
            }
            here.set(channel, plane.get(pixel, probe), probe);
        }
    }
}

/// Pixels of `C` bytes in so many bytes.
fn whole<const C: usize>(bytes: usize) -> usize {
    assert!(
        bytes.is_multiple_of(C),
        "{bytes} bytes are not whole pixels of {C}"
    );
    bytes / C
}

/// Does as many whole vectors as there are, and says how many pixels that was.
#[inline(always)]
fn deinterleave<const C: usize, V: Bytes, P: Probe>(
    pixels: &Buffer<'_, u8>,
    planes: &mut [BufferMut<'_, u8>; C],
    probe: &mut P,
) -> usize {
    let (step, mut pixel) = (V::BLOCKS * BLOCK, 0);
    while pixel + step <= planes[0].len() {
        let here = pixels.part(C * pixel..C * (pixel + step));
        let from = std::array::from_fn(|block| V::load(&here, BLOCK * block, C * BLOCK, probe));
        let to = through(&Networks::<C>::TO_PLANES, from);
        for (plane, bytes) in planes.iter_mut().zip(to) {
            bytes.store(plane, pixel, BLOCK, probe);
        }
        pixel += step;
    }
    pixel
}

/// The same the other way.
#[inline(always)]
fn interleave<const C: usize, V: Bytes, P: Probe>(
    planes: &[Buffer<'_, u8>; C],
    pixels: &mut BufferMut<'_, u8>,
    probe: &mut P,
) -> usize {
    let (step, mut pixel) = (V::BLOCKS * BLOCK, 0);
    while pixel + step <= planes[0].len() {
        let from = std::array::from_fn(|c| V::load(&planes[c], pixel, BLOCK, probe));
        let to = through(&Networks::<C>::TO_PIXELS, from);
        let mut here = pixels.part_mut(C * pixel..C * (pixel + step));
        for (block, bytes) in to.into_iter().enumerate() {
            bytes.store(&mut here, BLOCK * block, C * BLOCK, probe);
        }
        pixel += step;
    }
    pixel
}

/// [`to_planes`] by name, or [`to_pixels`] with `BACK`.
pub(in crate::kernels) struct Planes<const C: usize, const BACK: bool> {
    pixels: usize,
}

impl<const C: usize, const BACK: bool> Loader for Planes<C, BACK> {
    const NAME: &'static str = match (C, BACK) {
        (3, false) => "hwc-to-chw",
        (3, true) => "chw-to-hwc",
        (_, false) => "hwc-to-chw-4",
        (_, true) => "chw-to-hwc-4",
    };
    const ABOUT: &'static str = match (C, BACK) {
        (3, false) => "pixels of 3 bytes to 3 planes of bytes",
        (3, true) => "3 planes of bytes to pixels of 3 bytes",
        (_, false) => "pixels of 4 bytes to 4 planes of bytes",
        (_, true) => "4 planes of bytes to pixels of 4 bytes",
    };
    const SOURCE: (&'static str, &'static str) = ("planes.rs", include_str!("planes.rs"));
    const WAYS: &'static [Way] = &[Way::X8, Way::X4, Way::Plain, Way::Scalar];

    fn sized(bytes: usize) -> Self {
        Self {
            pixels: (bytes / (2 * C)).max(1),
        }
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        let bytes = C * self.pixels;
        match BACK {
            false => vec![("pixels", bytes), ("planes", bytes)],
            true => vec![("planes", bytes), ("pixels", bytes)],
        }
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        let [from, to] = split(self, memory, base);
        match BACK {
            false => to_planes::<C, S, P>(from.read(), to.write(), probe),
            true => to_pixels::<C, S, P>(from.read(), to.write(), probe),
        }
    }

    fn accesses(&self) -> u64 {
        2 * (C * self.pixels) as u64
    }

    fn cost(&self) -> Cost {
        let bytes = (C * self.pixels) as f64;
        Cost {
            elements: self.pixels as f64,
            read: bytes,
            written: bytes,
            // Each byte is moved.
            operations: bytes,
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

    fn there_and_back<const C: usize, S: Style>(bytes: &[u8]) {
        let pixels = &bytes[..bytes.len() / C * C];
        let count = pixels.len() / C;
        let mut planes = vec![0; pixels.len()];
        let to = BufferMut::new(&mut planes, 0);
        to_planes::<C, S, _>(Buffer::new(pixels, 0), to, &mut NoProbe);
        for (at, &byte) in planes.iter().enumerate() {
            let (channel, pixel) = (at / count, at % count);
            assert_eq!(byte, pixels[C * pixel + channel], "{:?} at {at}", S::WAY);
        }
        let mut back = vec![0; pixels.len()];
        let to = BufferMut::new(&mut back, 0);
        to_pixels::<C, S, _>(Buffer::new(&planes, 0), to, &mut NoProbe);
        assert_eq!(back, pixels, "{:?}", S::WAY);
    }

    fn in_every_style<const C: usize>(bytes: &[u8]) {
        there_and_back::<C, Scalar>(bytes);
        there_and_back::<C, Plain>(bytes);
        there_and_back::<C, X4>(bytes);
        there_and_back::<C, X8>(bytes);
        there_and_back::<C, X16>(bytes);
    }

    proptest! {
        #[test]
        fn bytes_go_where_their_index_says(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
            in_every_style::<1>(&bytes);
            in_every_style::<3>(&bytes);
            in_every_style::<4>(&bytes);
        }
    }

    #[test]
    fn every_small_size_is_right() {
        for pixels in 0..=64 {
            let bytes: Vec<u8> = (0..4 * pixels).map(|at| (31 * at + 7) as u8).collect();
            in_every_style::<3>(&bytes[..3 * pixels]);
            in_every_style::<4>(&bytes);
        }
    }

    #[test]
    #[should_panic(expected = "10 bytes are not whole pixels of 3")]
    fn half_a_pixel_is_refused() {
        let (from, mut to) = ([0; 10], [0; 10]);
        let (from, to) = (Buffer::new(&from, 0), BufferMut::new(&mut to, 0));
        to_planes::<3, Plain, _>(from, to, &mut NoProbe);
    }
}
