//! Sum above a threshold: with a branch, or without one.
//!
//! Both forms read the same data and return the same sum. What differs is who decides: the branch
//! is guessed by the processor, the mask is computed.

use std::hint::black_box;

use crate::trace::{Buffer, Probe};

/// Adds up what is at least `threshold`, wrapping, by a branch around the addition.
#[inline]
pub fn sum_by_branch<P: Probe>(data: Buffer<'_, u64>, threshold: u64, probe: &mut P) -> u64 {
    let mut total = 0_u64;
    for index in 0..data.len() {
        let value = data.get(index, probe);
        if value >= threshold {
            // Compilers turn the branch into a mask unless something in it must not happen
            // otherwise; this costs no instruction.
            black_box(());
            total = total.wrapping_add(value);
        }
    }
    total
}

/// Adds up what is at least `threshold`, wrapping, by a mask of all ones or all zeros.
#[inline]
pub fn sum_by_mask<P: Probe>(data: Buffer<'_, u64>, threshold: u64, probe: &mut P) -> u64 {
    let mut total = 0_u64;
    for index in 0..data.len() {
        let value = data.get(index, probe);
        let mask = u64::from(value >= threshold).wrapping_neg();
        total = total.wrapping_add(value & mask);
    }
    total
}

/// The numbers from 0 to `length` - 1: rising, or in a random order of that seed.
pub fn numbers(length: usize, seed: Option<u64>) -> Vec<u64> {
    let mut numbers: Vec<u64> = (0..length as u64).collect();
    if let Some(seed) = seed {
        fastrand::Rng::with_seed(seed).shuffle(&mut numbers);
    }
    numbers
}

/// The threshold that `percent` of [`numbers`] reach, to the nearest number.
pub fn threshold(length: usize, percent: f64) -> u64 {
    (length as f64 * (1.0 - percent / 100.0)).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Kind, NoProbe, Recorder};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_forms_add_up_what_reaches_the_threshold(data: Vec<u64>, threshold: u64) {
            let oracle = data
                .iter()
                .filter(|value| **value >= threshold)
                .fold(0_u64, |sum, value| sum.wrapping_add(*value));
            let buffer = Buffer::new(&data, 0);
            prop_assert_eq!(sum_by_branch(buffer, threshold, &mut NoProbe), oracle);
            prop_assert_eq!(sum_by_mask(buffer, threshold, &mut NoProbe), oracle);
        }

        #[test]
        fn the_threshold_takes_the_share_asked_for(percent in 0.0..100.0_f64, seed: u64) {
            let data = numbers(1000, Some(seed));
            let reached = threshold(1000, percent);
            let taken = data.iter().filter(|value| **value >= reached).count() as f64;
            prop_assert!((taken - 10.0 * percent).abs() <= 0.5 + 1e-9);
        }
    }

    #[test]
    fn both_forms_read_every_element_once_in_order() {
        let data = numbers(5, None);
        let [mut branch, mut mask] = [Recorder::default(), Recorder::default()];
        sum_by_branch(Buffer::new(&data, 64), 3, &mut branch);
        sum_by_mask(Buffer::new(&data, 64), 3, &mut mask);
        // All but the lines of the source that they come from.
        for recorder in [branch, mask] {
            let seen: Vec<_> = recorder
                .accesses
                .iter()
                .map(|access| (access.kind, access.address, access.bytes))
                .collect();
            let expected = [64, 72, 80, 88, 96].map(|address| (Kind::Load, address, 8));
            assert_eq!(seen, expected);
        }
    }
}
