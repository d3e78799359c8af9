//! A sum of iterated affine maps: the kernel whose arithmetic for each byte can be set.
//!
//! Each element is loaded once, mapped `x → a·x + b` so many times, and added up. As the times go
//! from none to a hundred, the kernel moves along the roofline from the roof of bandwidth to that of
//! arithmetic.

use crate::trace::{Buffer, Probe};

/// The widest vector this build has in one register.
#[cfg(target_feature = "avx512f")]
type Vector = wide::f32x16;
/// The widest vector this build has in one register.
#[cfg(not(target_feature = "avx512f"))]
type Vector = wide::f32x8;

/// Numbers in a vector.
const LANES: usize = size_of::<Vector>() / size_of::<f32>();

/// Vectors under way at once: a multiply-add takes four cycles and two begin in each, so that fewer
/// than eight would leave units idle.
const CHAINS: usize = 8;

/// Elements handled at a time: the kernel wants a multiple of these.
pub const STEP: usize = CHAINS * LANES;

/// How often each element is mapped: the cases there is code for.
pub const TIMES: [usize; 9] = [0, 1, 2, 4, 8, 16, 32, 64, 128];

/// `a` of the map: below 1, so that no number grows without bound or becomes subnormal.
pub const FACTOR: f32 = 0.75;
/// `b` of the map.
pub const OFFSET: f32 = 0.5;

/// Arithmetic for an element that is mapped so many times: each map is a multiplication and an
/// addition, and the sum another addition.
pub fn operations(times: usize) -> f64 {
    (2 * times + 1) as f64
}

/// The sum of all elements, each mapped `times` times, over as many whole steps of [`STEP`] elements
/// as there are: one load of a vector at a time, nothing stored.
///
/// # Panics
/// When `times` is none of [`TIMES`].
#[inline]
pub fn affine_sum<P: Probe>(data: Buffer<'_, f32>, times: usize, probe: &mut P) -> f32 {
    match times {
        0 => fixed::<0, P>(data, probe),
        1 => fixed::<1, P>(data, probe),
        2 => fixed::<2, P>(data, probe),
        4 => fixed::<4, P>(data, probe),
        8 => fixed::<8, P>(data, probe),
        16 => fixed::<16, P>(data, probe),
        32 => fixed::<32, P>(data, probe),
        64 => fixed::<64, P>(data, probe),
        128 => fixed::<128, P>(data, probe),
        other => panic!("there is no code for {other} maps of an element"),
    }
}

/// The number is known when compiled: nothing but the maps is left in the loop.
#[inline(never)]
fn fixed<const TIMES: usize, P: Probe>(data: Buffer<'_, f32>, probe: &mut P) -> f32 {
    let mut totals = [Vector::splat(0.0); 4];
    let mut index = 0;
    while index + STEP <= data.len() {
        let mut values: [Vector; CHAINS] =
            std::array::from_fn(|chain| Vector::new(data.lanes(index + chain * LANES, probe)));
        for _ in 0..TIMES {
            for value in &mut values {
                *value = map(*value);
            }
        }
        for (chain, value) in values.into_iter().enumerate() {
            totals[chain % totals.len()] += value;
        }
        index += STEP;
    }
    let [a, b, c, d] = totals;
    ((a + b) + (c + d)).reduce_add()
}

/// Arithmetic alone, in registers: `rounds` maps of each of [`STEP`] numbers, added up. What no kernel
/// of this build can exceed on one core.
#[inline(never)]
pub fn maps_in_registers(start: f32, rounds: u64) -> f32 {
    let mut values = [Vector::splat(start); CHAINS];
    for (chain, value) in values.iter_mut().enumerate() {
        *value += Vector::splat(chain as f32);
    }
    for _ in 0..rounds {
        for value in &mut values {
            *value = map(*value);
        }
    }
    let total = values
        .into_iter()
        .fold(Vector::splat(0.0), |sum, value| sum + value);
    total.reduce_add()
}

/// A fused multiply-add where the processor has one.
#[inline(always)]
fn map(value: Vector) -> Vector {
    value.mul_add(Vector::splat(FACTOR), Vector::splat(OFFSET))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{NoProbe, Recorder};

    /// `aᵏ·x + b·(1 − aᵏ)/(1 − a)`: the map, iterated, in closed form.
    fn closed(x: f64, times: usize) -> f64 {
        let (a, b) = (f64::from(FACTOR), f64::from(OFFSET));
        let power = a.powi(times as i32);
        power * x + b * (1.0 - power) / (1.0 - a)
    }

    #[test]
    fn the_sum_is_that_of_the_closed_form_and_every_element_is_read_once() {
        let data: Vec<f32> = (0..3 * STEP + 5).map(|i| (i % 17) as f32 - 8.0).collect();
        for times in TIMES {
            let mut recorder = Recorder::default();
            let sum = affine_sum(Buffer::new(&data, 0), times, &mut recorder);
            let whole = &data[..3 * STEP];
            let expected: f64 = whole.iter().map(|&x| closed(f64::from(x), times)).sum();
            assert!(
                (f64::from(sum) - expected).abs() < 1e-3,
                "{times}: {sum} {expected}"
            );
            let bytes: u64 = recorder.accesses.iter().map(|a| u64::from(a.bytes)).sum();
            assert_eq!(bytes, size_of_val(whole) as u64);
            assert_eq!(affine_sum(Buffer::new(&data, 0), times, &mut NoProbe), sum);
        }
    }

    #[test]
    fn maps_in_registers_are_the_same_maps() {
        let expected: f64 = (0..CHAINS)
            .map(|chain| LANES as f64 * closed(2.0 + chain as f64, 5))
            .sum();
        assert!((f64::from(maps_in_registers(2.0, 5)) - expected).abs() < 1e-2);
    }
}
