//! Fills: one number written everywhere, through the caches, and past them.

use super::{
    Cost, Floats, Loader, Style, Way, split,
    streamed::{self, Stream},
};
use crate::trace::{BLOCK, BufferMut, Kind, Probe};

/// Writes `value` to every place of `output`.
#[inline]
pub fn fill<S: Style, P: Probe>(mut output: BufferMut<'_, f32>, value: f32, probe: &mut P) {
    let mut index = 0;
    if S::WAY != Way::Plain {
        let lanes = S::Floats::splat(value);
        while index + S::Floats::LANES <= output.len() {
            lanes.store(&mut output, index, probe);
            index += S::Floats::LANES;
        }
    }
    while index < output.len() {
        output.set(index, value, probe);
        index += 1;
    }
}

/// Writes `value` to every place of `output` with stores past the caches, where the build
/// [has them](streamed::STREAMS). The probe is told of such stores everywhere: what is simulated does
/// not depend on where.
#[inline]
pub fn fill_streamed<P: Probe>(mut output: BufferMut<'_, f32>, value: f32, probe: &mut P) {
    let output = output.all_mut(Kind::StreamStore, probe);
    streamed::fill_floats(&Stream::open(), output, value);
}

/// What fills write by name and in studies: its four bytes differ, so that no compiler makes a `memset`
/// of them, which would choose its kind of store by itself.
pub const FILLING: f32 = 1.234_567_9;

/// [`fill`], or [`fill_streamed`], by name, of so many numbers.
pub(in crate::kernels) struct FillNumbers<const STREAMED: bool> {
    numbers: usize,
}

impl<const STREAMED: bool> Loader for FillNumbers<STREAMED> {
    const NAME: &'static str = if STREAMED { "fill-streamed" } else { "fill" };
    const ABOUT: &'static str = if STREAMED {
        "writes one number of 4 bytes everywhere with stores past the caches"
    } else {
        "writes one number of 4 bytes everywhere"
    };
    const SOURCE: (&'static str, &'static str) = ("fill.rs", include_str!("fill.rs"));
    const WAYS: &'static [Way] = if STREAMED {
        &[Way::Plain]
    } else {
        &[Way::Plain, Way::Scalar, Way::X4, Way::X8, Way::X16]
    };
    const UNTIMED: Option<&'static str> = if STREAMED { streamed::UNSTREAMED } else { None };

    fn sized(bytes: usize) -> Self {
        Self {
            numbers: (bytes / 4).max(1),
        }
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        vec![("numbers", 4 * self.numbers)]
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        let [numbers] = split(self, memory, base);
        if STREAMED {
            fill_streamed(numbers.write(), FILLING, probe);
        } else {
            fill::<S, P>(numbers.write(), FILLING, probe);
        }
    }

    fn accesses(&self) -> u64 {
        let stores = if STREAMED {
            (4 * self.numbers).div_ceil(BLOCK)
        } else {
            self.numbers
        };
        stores as u64
    }

    fn cost(&self) -> Cost {
        let (numbers, bytes) = (self.numbers as f64, (4 * self.numbers) as f64);
        Cost {
            elements: numbers,
            read: 0.0,
            written: if STREAMED { 0.0 } else { bytes },
            streamed: if STREAMED { bytes } else { 0.0 },
            // Each number is written.
            operations: numbers,
            ..Cost::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Plain, Scalar, X4, X8, X16};
    use super::*;
    use crate::trace::NoProbe;

    fn is_right(numbers: usize, start: usize, fill: impl Fn(BufferMut<'_, f32>)) {
        let mut all = [-1.0_f32; 100];
        fill(BufferMut::new(&mut all[start..start + numbers], 0));
        for (at, &number) in all.iter().enumerate() {
            let filled = (start..start + numbers).contains(&at);
            assert_eq!(number, if filled { 2.5 } else { -1.0 }, "number {at}");
        }
    }

    #[test]
    fn every_place_is_written_and_no_other() {
        for numbers in 0..64 {
            for start in 0..17 {
                is_right(numbers, start, |to| {
                    fill::<Scalar, _>(to, 2.5, &mut NoProbe)
                });
                is_right(numbers, start, |to| fill::<Plain, _>(to, 2.5, &mut NoProbe));
                is_right(numbers, start, |to| fill::<X4, _>(to, 2.5, &mut NoProbe));
                is_right(numbers, start, |to| fill::<X8, _>(to, 2.5, &mut NoProbe));
                is_right(numbers, start, |to| fill::<X16, _>(to, 2.5, &mut NoProbe));
                is_right(numbers, start, |to| fill_streamed(to, 2.5, &mut NoProbe));
            }
        }
    }
}
