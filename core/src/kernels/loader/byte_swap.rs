//! Byte swap: numbers as files of the other byte order hold them, to what this processor reads.

use wide::{u8x16, u8x32};

use super::{
    Cost, Loader, Style, Way,
    bytes::{BLOCK, Bytes},
    one_at_a_time, split,
};
use crate::trace::{BufferMut, Probe};

/// A number of 4 bytes in whichever order; it may start anywhere.
type Number = [u8; 4];

/// Turns round the bytes of each number, in place: big-endian to little-endian and back.
#[inline]
pub fn byte_swap<S: Style, P: Probe>(mut numbers: BufferMut<'_, Number>, probe: &mut P) {
    let done = match S::WAY {
        Way::Scalar | Way::Plain => 0,
        Way::X4 => by_lanes(&mut numbers, turned::<4, 1, u8x16>, probe),
        Way::X8 => by_lanes(&mut numbers, turned::<8, 1, u8x32>, probe),
        Way::X16 => by_lanes(&mut numbers, turned::<16, 2, u8x32>, probe),
    };
    for index in done..numbers.len() {
        if S::WAY == Way::Scalar {
            one_at_a_time();
        }
        let number = u32::from_ne_bytes(numbers.get(index, probe));
        numbers.set(index, number.swap_bytes().to_ne_bytes(), probe);
    }
}

/// Which byte of a block comes where.
const TURN: [u8; BLOCK] = {
    let mut from = [0; BLOCK];
    let mut byte = 0;
    while byte < BLOCK {
        from[byte] = (byte ^ (size_of::<Number>() - 1)) as u8;
        byte += 1;
    }
    from
};

/// `N` numbers turned round in `M` vectors.
#[inline(always)]
fn turned<const N: usize, const M: usize, V: Bytes + bytemuck::Pod>(
    numbers: [Number; N],
) -> [Number; N]
where
    [Number; N]: bytemuck::Pod,
    [V; M]: bytemuck::Pod,
{
    let vectors: [V; M] = bytemuck::cast(numbers);
    bytemuck::cast(vectors.map(|vector| vector.pick(TURN)))
}

/// Turns `N` numbers at a time as long as there are so many; tells how many were turned.
#[inline(always)]
fn by_lanes<const N: usize, P: Probe>(
    numbers: &mut BufferMut<'_, Number>,
    turned: impl Fn([Number; N]) -> [Number; N],
    probe: &mut P,
) -> usize {
    let mut index = 0;
    while index + N <= numbers.len() {
        let lanes = numbers.as_buffer().lanes::<N, P>(index, probe);
        numbers.set_lanes(index, turned(lanes), probe);
        index += N;
    }
    index
}

/// [`byte_swap`] by name.
pub(in crate::kernels) struct ByteSwap {
    numbers: usize,
}

impl Loader for ByteSwap {
    const NAME: &'static str = "byte-swap";
    const ABOUT: &'static str = "turns round the bytes of numbers of 4 bytes, in place";
    const SOURCE: (&'static str, &'static str) = ("byte_swap.rs", include_str!("byte_swap.rs"));
    const WAYS: &'static [Way] = &[Way::Plain, Way::Scalar, Way::X4, Way::X8, Way::X16];

    fn sized(bytes: usize) -> Self {
        Self {
            numbers: (bytes / size_of::<Number>()).max(1),
        }
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        vec![("numbers", size_of::<Number>() * self.numbers)]
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        let [numbers] = split(self, memory, base);
        byte_swap::<S, P>(numbers.write(), probe);
    }

    fn accesses(&self) -> u64 {
        2 * self.numbers as u64
    }

    fn cost(&self) -> Cost {
        let bytes = (size_of::<Number>() * self.numbers) as f64;
        Cost {
            elements: self.numbers as f64,
            read: bytes,
            written: bytes,
            rewritten: bytes,
            operations: self.numbers as f64,
            ..Cost::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Plain, Scalar, X4, X8, X16};
    use super::*;
    use crate::trace::NoProbe;
    use proptest::prelude::*;

    /// Against the standard library, behind `before` bytes that are to stay.
    fn is_right<S: Style>(numbers: &[u32], before: usize) {
        let mut bytes = vec![0x55; before];
        bytes.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
        let own: &mut [Number] = bytemuck::cast_slice_mut(&mut bytes[before..]);
        byte_swap::<S, _>(BufferMut::new(own, 0), &mut NoProbe);
        let mut expected = vec![0x55; before];
        let turned = numbers.iter().map(|number| number.swap_bytes());
        expected.extend(turned.flat_map(u32::to_be_bytes));
        assert_eq!(bytes, expected);
    }

    fn is_right_in_all_ways(numbers: &[u32], before: usize) {
        is_right::<Scalar>(numbers, before);
        is_right::<Plain>(numbers, before);
        is_right::<X4>(numbers, before);
        is_right::<X8>(numbers, before);
        is_right::<X16>(numbers, before);
    }

    #[test]
    fn what_is_big_endian_becomes_little_endian() {
        for count in 0..64_u32 {
            let numbers: Vec<u32> = (0..count).map(|number| number * 0x0102_0304).collect();
            is_right_in_all_ways(&numbers, 0);
        }
        let mut one = [[1, 2, 3, 4]];
        byte_swap::<Plain, _>(BufferMut::new(&mut one, 0), &mut NoProbe);
        assert_eq!(one, [[4, 3, 2, 1]]);
    }

    proptest! {
        #[test]
        fn bytes_are_turned_wherever_they_start(
            numbers in prop::collection::vec(any::<u32>(), 0..100), before in 0_usize..64,
        ) {
            is_right_in_all_ways(&numbers, before);
        }
    }
}
