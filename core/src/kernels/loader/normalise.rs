//! Normalisation: bytes of an image to floats, each channel with its mean and deviation.

use super::{Cost, Floats, Loader, Style, Way, split};
use crate::trace::{Buffer, BufferMut, Probe};

/// Channels of a pixel: red, green, blue.
pub const CHANNELS: usize = 3;

/// What becomes of a channel's bytes: `byte · scale + offset`, a multiplication and an addition, not
/// fused, so that every style gives the same bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    /// 1 / (255 · deviation), by channel.
    pub scale: [f32; CHANNELS],
    /// −mean / deviation, by channel.
    pub offset: [f32; CHANNELS],
}

impl Normal {
    /// From means and deviations of the channels, of pixels from 0 to 1.
    pub fn new(mean: [f32; CHANNELS], deviation: [f32; CHANNELS]) -> Self {
        Self {
            scale: deviation.map(|deviation| 1.0 / (255.0 * deviation)),
            offset: [0, 1, 2].map(|channel| -mean[channel] / deviation[channel]),
        }
    }

    /// Those that models trained on ImageNet expect.
    pub fn imagenet() -> Self {
        Self::new([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    }
}

/// `output[i] = input[i] · scale + offset`, with the factors of channel `i mod 3`: HWC stays HWC.
///
/// # Panics
/// When the output is shorter than the input.
#[inline]
pub fn normalise<S: Style, P: Probe>(
    input: Buffer<'_, u8>,
    mut output: BufferMut<'_, f32>,
    normal: &Normal,
    probe: &mut P,
) {
    let mut index = 0;
    if S::WAY != Way::Plain {
        // After as many vectors as there are channels the factors come round again.
        let lanes = S::Floats::LANES;
        let factors = |of: [f32; CHANNELS], vector: usize| {
            let mut lane = vector * lanes;
            S::Floats::from_fn(|| {
                lane += 1;
                of[(lane - 1) % CHANNELS]
            })
        };
        let scale = [0, 1, 2].map(|vector| factors(normal.scale, vector));
        let offset = [0, 1, 2].map(|vector| factors(normal.offset, vector));
        while index + CHANNELS * lanes <= input.len() {
            for vector in 0..CHANNELS {
                let at = index + vector * lanes;
                let bytes = S::Floats::load_bytes(&input, at, probe);
                let value = bytes * scale[vector] + offset[vector];
                value.store(&mut output, at, probe);
            }
            index += CHANNELS * lanes;
        }
    }
    while index + CHANNELS <= input.len() {
        for channel in 0..CHANNELS {
            let byte = f32::from(input.get(index + channel, probe));
            let value = byte * normal.scale[channel] + normal.offset[channel];
            output.set(index + channel, value, probe);
        }
        index += CHANNELS;
    }
    for channel in 0..input.len() - index {
        let byte = f32::from(input.get(index + channel, probe));
        let value = byte * normal.scale[channel] + normal.offset[channel];
        output.set(index + channel, value, probe);
    }
}

/// [`normalise`] by name.
pub(in crate::kernels) struct Normalise {
    pixels: usize,
}

impl Loader for Normalise {
    const NAME: &'static str = "normalise";
    const ABOUT: &'static str =
        "bytes of pixels to floats, with mean and deviation of each channel";
    const SOURCE: (&'static str, &'static str) = ("normalise.rs", include_str!("normalise.rs"));
    const WAYS: &'static [Way] = &[Way::X16, Way::X8, Way::X4, Way::Plain, Way::Scalar];

    fn sized(bytes: usize) -> Self {
        Self {
            pixels: (bytes / (CHANNELS * 5)).max(1),
        }
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        let values = CHANNELS * self.pixels;
        vec![("bytes", values), ("floats", 4 * values)]
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        let [input, output] = split(self, memory, base);
        normalise::<S, P>(input.read(), output.write(), &Normal::imagenet(), probe);
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
