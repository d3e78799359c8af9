//! Reductions: kernels that read many floats and write a few.

use std::marker::PhantomData;

use super::{Cost, Floats, Loader, Style, Way, split};
use crate::trace::{Buffer, Probe};

/// Half the distance from 1 to the next float: the most by which a rounding is off, relatively.
pub(super) const ROUND_OFF: f64 = f32::EPSILON as f64 / 2.0;

/// Vectors that are worked on side by side: an addition takes 3 or 4 cycles, and a processor starts one
/// or two in each.
pub(super) const SIDE_BY_SIDE: usize = 4;

/// From many floats to a few.
pub trait Reduction: 'static {
    /// Name of its kernel.
    const NAME: &'static str;
    /// What that does.
    const ABOUT: &'static str;
    /// Name and text of its source file.
    const SOURCE: (&'static str, &'static str);
    /// Operations for each value.
    const OPERATIONS: f64;
    /// What comes out: floats.
    type Result: bytemuck::Pod;
    /// Reduces the values.
    fn reduce<S: Style, P: Probe>(values: Buffer<'_, f32>, probe: &mut P) -> Self::Result;
    /// The most by which the result of so many values is off in any style, relative to what it would be
    /// of their magnitudes; terms of the square of the unit round-off are left out.
    fn bound(values: usize) -> f64;
}

/// Joins the lanes of a vector in pairs.
#[inline(always)]
pub(super) fn across<F: Floats>(vector: F, join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0; 16];
    let mut left = 0;
    vector.each(|lane| {
        lanes[left] = lane;
        left += 1;
    });
    while left > 1 {
        left /= 2;
        for lane in 0..left {
            lanes[lane] = join(lanes[lane], lanes[lane + left]);
        }
    }
    lanes[0]
}

/// A [`Reduction`] by name.
pub(in crate::kernels) struct Reduce<R> {
    values: usize,
    of: PhantomData<R>,
}

impl<R: Reduction> Loader for Reduce<R> {
    const NAME: &'static str = R::NAME;
    const ABOUT: &'static str = R::ABOUT;
    const SOURCE: (&'static str, &'static str) = R::SOURCE;
    const WAYS: &'static [Way] = &[Way::X8, Way::X16, Way::X4, Way::Plain, Way::Scalar];

    fn sized(bytes: usize) -> Self {
        Self {
            values: (bytes.saturating_sub(super::LINE) / 4).max(1),
            of: PhantomData,
        }
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        let result = size_of::<R::Result>();
        vec![("values", 4 * self.values), ("result", result)]
    }

    /// Floats from 0 to 1, as of images.
    fn prepare(&self, memory: &mut [u64]) {
        let mut random = fastrand::Rng::with_seed(1);
        bytemuck::cast_slice_mut(memory).fill_with(|| random.f32());
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        let [values, result] = split(self, memory, base);
        let of_all = R::reduce::<S, P>(values.read(), probe);
        result.write().set(0, of_all, probe);
    }

    fn accesses(&self) -> u64 {
        self.values as u64 + 1
    }

    fn cost(&self) -> Cost {
        let values = self.values as f64;
        Cost {
            elements: values,
            read: 4.0 * values,
            written: size_of::<R::Result>() as f64,
            operations: R::OPERATIONS * values,
            ..Cost::default()
        }
    }

    /// Each of two ways may be off by the bound; the values are not negative.
    fn tolerance(&self) -> f64 {
        2.0 * R::bound(self.values)
    }
}
