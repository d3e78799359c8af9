//! Crop and flip: a window of each image, mirrored or not, as training augments its images.

use thiserror::Error;
use wide::u8x16;

use super::{
    Cost, Loader, Style, Way,
    bytes::{BLOCK, Bytes, Networks, through},
    one_at_a_time, split,
};
use crate::{
    prefetch::prefetch,
    trace::{self, Buffer, BufferMut, Kind, NoProbe, Probe},
};

/// Rows from one that is mirrored to the one that is prefetched.
const AHEAD: usize = 3;

/// Bytes of a pixel.
const CHANNELS: usize = 3;

/// Rows and columns of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Rows.
    pub height: usize,
    /// Pixels of a row.
    pub width: usize,
}

impl Size {
    /// Bytes of an image of pixels of 3 bytes.
    pub fn bytes(self) -> usize {
        CHANNELS * self.height * self.width
    }
}

/// Where a window lies: its first row, its first column, and whether it is mirrored left to right, which
/// any number but 0 says.
pub type Window = [u32; 3];

/// A window that does not lie within its image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "image {image}: a window of {} rows of {} pixels from row {top}, column {left} on does not lie \
     within {} rows of {}",
    window.height, window.width, size.height, size.width
)]
pub struct Outside {
    /// Which, from 0.
    pub image: usize,
    /// First row of the window.
    pub top: u32,
    /// Its first column.
    pub left: u32,
    /// Its size.
    pub window: Size,
    /// That of the image.
    pub size: Size,
}

/// Copies a window of size `to` of each image of size `from`, pixels of 3 bytes, mirrored when it says so.
///
/// # Errors
/// When a window does not lie within its image; those before it have been copied.
///
/// # Panics
/// When there are fewer images, or less room in the output, than windows.
#[inline]
pub fn crop_flip<S: Style, P: Probe>(
    images: Buffer<'_, u8>,
    from: Size,
    windows: Buffer<'_, Window>,
    mut output: BufferMut<'_, u8>,
    to: Size,
    probe: &mut P,
) -> Result<(), Outside> {
    for image in 0..windows.len() {
        let [top, left, flip] = windows.get(image, probe);
        let (first, column) = (top as usize, left as usize);
        if first + to.height > from.height || column + to.width > from.width {
            return Err(Outside {
                image,
                top,
                left,
                window: to,
                size: from,
            });
        }
        let bytes = CHANNELS * to.width;
        for row in 0..to.height {
            let start = from.bytes() * image + CHANNELS * (from.width * (first + row) + column);
            let source = images.part(start..start + bytes);
            let own = to.bytes() * image + bytes * row;
            let mut target = output.part_mut(own..own + bytes);
            if flip != 0 {
                // Else the hardware's prefetchers start again with each row, as they follow it backwards.
                let ahead = (start + AHEAD * CHANNELS * from.width).min(images.len());
                prefetch(
                    images
                        .part(ahead..images.len().min(ahead + bytes))
                        .all(&mut NoProbe),
                );
                mirror::<S, P>(&source, &mut target, probe);
            } else if S::WAY == Way::Scalar {
                for byte in 0..bytes {
                    one_at_a_time();
                    target.set(byte, source.get(byte, probe), probe);
                }
            } else {
                let source = source.all(probe);
                target.all_mut(Kind::Store, probe).copy_from_slice(source);
            }
        }
    }
    Ok(())
}

/// Copies a row, its last pixel first.
#[inline(always)]
fn mirror<S: Style, P: Probe>(
    source: &Buffer<'_, u8>,
    target: &mut BufferMut<'_, u8>,
    probe: &mut P,
) {
    let width = target.len() / CHANNELS;
    let mut pixel = 0;
    if !matches!(S::WAY, Way::Scalar | Way::Plain) {
        while pixel + BLOCK <= width {
            let end = CHANNELS * (width - pixel);
            let here = source.part(end - CHANNELS * BLOCK..end);
            let from = std::array::from_fn(|block| u8x16::load(&here, BLOCK * block, 0, probe));
            let to = through(&Networks::<CHANNELS>::MIRROR, from);
            let start = CHANNELS * pixel;
            let mut there = target.part_mut(start..start + CHANNELS * BLOCK);
            for (block, bytes) in to.into_iter().enumerate() {
                bytes.store(&mut there, BLOCK * block, 0, probe);
            }
            pixel += BLOCK;
        }
    }
    for pixel in pixel..width {
        let (start, from) = (CHANNELS * pixel, CHANNELS * (width - 1 - pixel));
        let here = source.part(from..from + CHANNELS);
        let mut there = target.part_mut(start..start + CHANNELS);
        for channel in 0..CHANNELS {
            if S::WAY == Way::Scalar {
                one_at_a_time();
            }
            there.set(channel, here.get(channel, probe), probe);
        }
    }
}

/// A window for each image, anywhere within it, mirrored in half the cases.
pub fn random_windows(
    images: usize,
    from: Size,
    to: Size,
    seed: u64,
) -> impl Iterator<Item = Window> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..images).map(move |_| {
        let top = random.usize(0..=from.height.saturating_sub(to.height));
        let left = random.usize(0..=from.width.saturating_sub(to.width));
        [top as u32, left as u32, u32::from(random.bool())]
    })
}

/// [`crop_flip`] by name.
pub(in crate::kernels) struct CropFlip {
    images: usize,
    from: Size,
    to: Size,
}

impl CropFlip {
    /// From so many bytes on, images are as large as those of ImageNet.
    const LARGE: usize = 4 << 20;

    fn windows(&self) -> impl Iterator<Item = Window> + use<> {
        random_windows(self.images, self.from, self.to, 4)
    }
}

impl Loader for CropFlip {
    const NAME: &'static str = "crop-flip";
    const ABOUT: &'static str =
        "copies random windows of images, mirrored or not: 32 of 40 pixels; in 4 MiB, 224 of 256";
    const SOURCE: (&'static str, &'static str) = ("crop_flip.rs", include_str!("crop_flip.rs"));
    const WAYS: &'static [Way] = &[Way::X4, Way::Plain, Way::Scalar];

    fn sized(bytes: usize) -> Self {
        let (side, window) = if bytes < Self::LARGE {
            (40, 32)
        } else {
            (256, 224)
        };
        let [from, to] = [side, window].map(|side| Size {
            height: side,
            width: side,
        });
        let each = from.bytes() + to.bytes() + size_of::<Window>();
        Self {
            images: (bytes / each).max(1),
            from,
            to,
        }
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        vec![
            ("images", self.from.bytes() * self.images),
            ("windows", size_of::<Window>() * self.images),
            ("cropped", self.to.bytes() * self.images),
        ]
    }

    fn prepare(&self, memory: &mut [u64]) {
        let mut random = fastrand::Rng::with_seed(1);
        memory.fill_with(|| random.u64(..));
        let [_, windows, _] = split(self, memory, 0);
        let mut windows = windows.write::<Window>();
        for (image, window) in self.windows().enumerate() {
            windows.set(image, window, &mut NoProbe);
        }
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        let [images, windows, cropped] = split(self, memory, base);
        let (images, windows, cropped) = (images.read(), windows.read(), cropped.write());
        crop_flip::<S, P>(images, self.from, windows, cropped, self.to, probe)
            .expect("windows drawn within their images");
    }

    fn accesses(&self) -> u64 {
        let bytes = CHANNELS * self.to.width;
        let of_row = |[_, _, flip]: Window| match flip {
            0 => bytes.div_ceil(trace::BLOCK),
            _ => bytes,
        };
        let rows: usize = self.windows().map(of_row).sum();
        (self.images + 2 * self.to.height * rows) as u64
    }

    fn cost(&self) -> Cost {
        let bytes = (self.to.bytes() * self.images) as f64;
        let windows = (size_of::<Window>() * self.images) as f64;
        Cost {
            elements: bytes / CHANNELS as f64,
            read: bytes + windows,
            written: bytes,
            // Each byte is moved.
            operations: bytes,
            ..Cost::default()
        }
    }
}

#[cfg(test)]
mod tests;
