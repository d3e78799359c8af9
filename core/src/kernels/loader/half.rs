//! Floats of 16 bits: to them, rounded to nearest with ties to even, and back, which is exact.
//!
//! `binary16` of IEEE 754 has 5 bits of exponent and 10 of fraction; bfloat16 is the upper half of an
//! `f32`. Both are done without a branch, on the bits, so that vectors of any width can do them where
//! there is no instruction for it, as in WebAssembly; where there is one, F16C of x86, it is used through
//! the `half` crate. The way from and to `binary16` follows F. Giesen,
//! “float->half variants” (2012): a float addition lets the adder round numbers that become subnormal.

use std::{marker::PhantomData, num::Wrapping};

use super::{Cost, Floats, Loader, Style, Way, Words, split};
use crate::trace::{Buffer, BufferMut, Probe};

/// A format of 16 bits.
pub trait Half: 'static {
    /// Names of the kernels: to it, and from it.
    const NAMES: [&'static str; 2];
    /// What they do.
    const ABOUT: [&'static str; 2];
    /// Whether it takes but shifts and an addition, of which compilers make as good vectors.
    const SHIFTS: bool;
    /// From bits of floats, in the low half of each lane. A NaN becomes a quiet one and keeps the
    /// upper bits of its payload.
    fn narrow<W: Words>(bits: W) -> W;
    /// To bits of floats, from the low half of each lane; its upper half is 0. A NaN becomes quiet.
    fn widen<W: Words>(bits: W) -> W;
}

/// `binary16`, known as half precision.
pub struct F16;

/// bfloat16: an `f32` without its lower half.
pub struct Bf16;

/// Bits of an infinite `f32`; NaNs lie above.
const INFINITY: u32 = 0x7f80_0000;
/// The top bit of an `f32`'s fraction, set in quiet NaNs.
const QUIET: u32 = 1 << 22;
/// Bits that an `f32`'s fraction has more than that of `binary16`.
const FRACTION: u32 = 23 - 10;
/// What an exponent of `binary16` lacks to that of an `f32`, at its place there.
const BIAS: u32 = (127 - 15) << 23;

impl Half for F16 {
    const NAMES: [&'static str; 2] = ["f32-to-f16", "f16-to-f32"];
    const ABOUT: [&'static str; 2] = [
        "floats to half precision, rounded to nearest, ties to even",
        "half precision to floats",
    ];
    const SHIFTS: bool = false;

    #[inline(always)]
    fn narrow<W: Words>(bits: W) -> W {
        bits.narrow_to_f16()
            .unwrap_or_else(|| Self::narrow_words(bits))
    }

    #[inline(always)]
    fn widen<W: Words>(bits: W) -> W {
        bits.widen_from_f16()
            .unwrap_or_else(|| Self::widen_words(bits))
    }
}

impl F16 {
    /// [`narrow`](Half::narrow) where there is no instruction for it.
    #[inline(always)]
    fn narrow_words<W: Words>(bits: W) -> W {
        /// 2¹⁶: it and all above are infinite.
        const OVERFLOW: u32 = (127 + 16) << 23;
        /// 2⁻¹⁴, the least number that does not become subnormal.
        const NORMAL: u32 = (127 - 14) << 23;
        /// 0.5, whose last bit is worth as much as that of a subnormal: 2⁻²⁴.
        const ALIGN: f32 = 0.5;
        let magnitude = bits & W::splat(0x7fff_ffff);
        // Half of the last place, less a bit where the place is even: ties go there. A carry moves on to
        // the exponent, and from the greatest finite number to infinity.
        let bounded = magnitude.least(W::splat(OVERFLOW));
        let odd = bounded.down(FRACTION) & W::splat(1);
        let half_place = W::splat((1 << (FRACTION - 1)) - 1) + odd;
        let normal = (bounded - W::splat(BIAS) + half_place).down(FRACTION);
        let align = W::Floats::splat(ALIGN);
        let subnormal = W::of_floats(magnitude.floats() + align) - W::splat(ALIGN.to_bits());
        let number = W::splat(NORMAL).if_above(magnitude, subnormal, normal);
        let nan = magnitude.down(FRACTION) & W::splat(0x03ff) | W::splat(0x7e00);
        let value = magnitude.if_above(W::splat(INFINITY), nan, number);
        value | (bits.down(16) & W::splat(0x8000))
    }

    /// [`widen`](Half::widen) likewise.
    #[inline(always)]
    fn widen_words<W: Words>(bits: W) -> W {
        /// 2⁻¹⁴, to be taken off where a leading 1 was put that subnormals have not.
        const NORMAL: u32 = (127 - 14) << 23;
        let magnitude = (bits & W::splat(0x7fff)).up(FRACTION);
        let normal = magnitude + W::splat(BIAS);
        let least = W::Floats::splat(f32::from_bits(NORMAL));
        let subnormal = W::of_floats((magnitude + W::splat(NORMAL)).floats() - least);
        let number = W::splat(0x0400 << FRACTION).if_above(magnitude, subnormal, normal);
        let infinite = W::splat(0x7c00 << FRACTION);
        let quiet = magnitude.if_above(infinite, W::splat(INFINITY | QUIET), W::splat(INFINITY));
        let special = magnitude | quiet;
        let value = magnitude.if_above(W::splat((0x7c00 << FRACTION) - 1), special, number);
        value | (bits & W::splat(0x8000)).up(16)
    }
}

impl Half for Bf16 {
    const NAMES: [&'static str; 2] = ["f32-to-bf16", "bf16-to-f32"];
    const ABOUT: [&'static str; 2] = [
        "floats to bfloat16, rounded to nearest, ties to even",
        "bfloat16 to floats",
    ];
    const SHIFTS: bool = true;

    #[inline(always)]
    fn narrow<W: Words>(bits: W) -> W {
        let upper = bits.down(16);
        let half_place = W::splat(0x7fff) + (upper & W::splat(1));
        let rounded = (bits + half_place).down(16);
        let nan = upper | W::splat(QUIET >> 16);
        let magnitude = bits & W::splat(0x7fff_ffff);
        magnitude.if_above(W::splat(INFINITY), nan, rounded)
    }

    #[inline(always)]
    fn widen<W: Words>(bits: W) -> W {
        let wide = bits.up(16);
        let magnitude = wide & W::splat(0x7fff_ffff);
        magnitude.if_above(W::splat(INFINITY), wide | W::splat(QUIET), wide)
    }
}

/// `output[i] = input[i]`, rounded to the format of 16 bits whose bits the output holds.
///
/// # Panics
/// When the output is shorter than the input.
#[inline]
pub fn narrow<H: Half, S: Style, P: Probe>(
    input: Buffer<'_, f32>,
    mut output: BufferMut<'_, u16>,
    probe: &mut P,
) {
    let mut index = 0;
    if S::WAY != Way::Plain {
        let lanes = S::Floats::LANES;
        while index + lanes <= input.len() {
            let floats = S::Floats::load(&input, index, probe);
            let halves = H::narrow(S::Words::of_floats(floats));
            halves.store_halves(&mut output, index, probe);
            index += lanes;
        }
    }
    for index in index..input.len() {
        let bits = H::narrow(Wrapping(input.get(index, probe).to_bits()));
        output.set(index, bits.0 as u16, probe);
    }
}

/// `output[i] = input[i]`, from the bits of a format of 16 bits.
///
/// # Panics
/// When the output is shorter than the input.
#[inline]
pub fn widen<H: Half, S: Style, P: Probe>(
    input: Buffer<'_, u16>,
    mut output: BufferMut<'_, f32>,
    probe: &mut P,
) {
    let mut index = 0;
    if S::WAY != Way::Plain {
        let lanes = S::Floats::LANES;
        while index + lanes <= input.len() {
            let floats = H::widen(S::Words::load_halves(&input, index, probe)).floats();
            floats.store(&mut output, index, probe);
            index += lanes;
        }
    }
    for index in index..input.len() {
        let bits = H::widen(Wrapping(u32::from(input.get(index, probe))));
        output.set(index, f32::from_bits(bits.0), probe);
    }
}

/// [`narrow`] by name, or [`widen`].
pub(in crate::kernels) struct Halves<H, const WIDEN: bool> {
    numbers: usize,
    of: PhantomData<H>,
}

impl<H: Half, const WIDEN: bool> Loader for Halves<H, WIDEN> {
    const NAME: &'static str = H::NAMES[WIDEN as usize];
    const ABOUT: &'static str = H::ABOUT[WIDEN as usize];
    const SOURCE: (&'static str, &'static str) = ("half.rs", include_str!("half.rs"));
    const WAYS: &'static [Way] = match (H::SHIFTS, WIDEN) {
        (true, _) => &[Way::Plain, Way::X16, Way::X8, Way::X4, Way::Scalar],
        (false, false) => &[Way::X16, Way::X8, Way::Plain, Way::X4, Way::Scalar],
        // Of longer vectors the compiler makes no better use than of its own.
        (false, true) => &[Way::X8, Way::X16, Way::Plain, Way::X4, Way::Scalar],
    };

    fn sized(bytes: usize) -> Self {
        Self {
            numbers: (bytes / 6).max(1),
            of: PhantomData,
        }
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        let (floats, halves) = (("floats", 4 * self.numbers), ("halves", 2 * self.numbers));
        if WIDEN {
            vec![halves, floats]
        } else {
            vec![floats, halves]
        }
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        let [input, output] = split(self, memory, base);
        if WIDEN {
            widen::<H, S, P>(input.read(), output.write(), probe);
        } else {
            narrow::<H, S, P>(input.read(), output.write(), probe);
        }
    }

    fn accesses(&self) -> u64 {
        2 * self.numbers as u64
    }

    fn cost(&self) -> Cost {
        let numbers = self.numbers as f64;
        let (floats, halves) = (4.0 * numbers, 2.0 * numbers);
        Cost {
            elements: numbers,
            read: if WIDEN { halves } else { floats },
            written: if WIDEN { floats } else { halves },
            // A conversion each, however many instructions it takes.
            operations: numbers,
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
    use half::{bf16, f16};
    use proptest::prelude::*;

    /// One format, with what another's conversions make of a number.
    trait Judged: Half {
        fn narrowed(value: f32) -> u16;
        fn widened(bits: u16) -> f32;
    }

    impl Judged for F16 {
        fn narrowed(value: f32) -> u16 {
            f16::from_f32(value).to_bits()
        }
        fn widened(bits: u16) -> f32 {
            f16::from_bits(bits).to_f32()
        }
    }

    /// [`F16`] as where there is no instruction for it.
    struct F16ByWords;

    impl Half for F16ByWords {
        const NAMES: [&'static str; 2] = F16::NAMES;
        const ABOUT: [&'static str; 2] = F16::ABOUT;
        const SHIFTS: bool = F16::SHIFTS;
        fn narrow<W: Words>(bits: W) -> W {
            F16::narrow_words(bits)
        }
        fn widen<W: Words>(bits: W) -> W {
            F16::widen_words(bits)
        }
    }

    impl Judged for F16ByWords {
        fn narrowed(value: f32) -> u16 {
            F16::narrowed(value)
        }
        fn widened(bits: u16) -> f32 {
            F16::widened(bits)
        }
    }

    impl Judged for Bf16 {
        fn narrowed(value: f32) -> u16 {
            bf16::from_f32(value).to_bits()
        }
        fn widened(bits: u16) -> f32 {
            bf16::from_bits(bits).to_f32()
        }
    }

    fn narrows<H: Judged, S: Style>(floats: &[f32]) {
        let mut halves = vec![0x1234; floats.len()];
        let to = BufferMut::new(&mut halves, 0);
        narrow::<H, S, _>(Buffer::new(floats, 0), to, &mut NoProbe);
        for (&value, half) in floats.iter().zip(halves) {
            let (way, right, bits) = (S::WAY, H::narrowed(value), value.to_bits());
            assert_eq!(half, right, "{way:?}: {half:x}, not {right:x}, of {bits:x}");
        }
    }

    fn widens<H: Judged, S: Style>(halves: &[u16]) {
        let mut floats = vec![1.5; halves.len()];
        let to = BufferMut::new(&mut floats, 0);
        widen::<H, S, _>(Buffer::new(halves, 0), to, &mut NoProbe);
        for (&half, value) in halves.iter().zip(floats) {
            let (way, right) = (S::WAY, H::widened(half).to_bits());
            let bits = value.to_bits();
            assert_eq!(bits, right, "{way:?}: {bits:x}, not {right:x}, of {half:x}");
        }
    }

    fn narrows_in_every_style(floats: &[f32]) {
        fn to<H: Judged>(floats: &[f32]) {
            narrows::<H, Scalar>(floats);
            narrows::<H, Plain>(floats);
            narrows::<H, X4>(floats);
            narrows::<H, X8>(floats);
            narrows::<H, X16>(floats);
        }
        to::<F16>(floats);
        to::<F16ByWords>(floats);
        to::<Bf16>(floats);
    }

    fn widens_in_every_style(halves: &[u16]) {
        fn from<H: Judged>(halves: &[u16]) {
            widens::<H, Scalar>(halves);
            widens::<H, Plain>(halves);
            widens::<H, X4>(halves);
            widens::<H, X8>(halves);
            widens::<H, X16>(halves);
        }
        from::<F16>(halves);
        from::<F16ByWords>(halves);
        from::<Bf16>(halves);
    }

    #[test]
    fn every_number_of_16_bits_is_widened_to_its_own_value() {
        widens_in_every_style(&(0..=u16::MAX).collect::<Vec<_>>());
    }

    /// Every number of 16 bits, the tie between it and the next, and the floats beside either.
    #[test]
    fn floats_around_every_number_and_every_tie_are_rounded_to_nearest() {
        fn around<H: Judged>(bits: u16) -> impl Iterator<Item = f32> {
            let (own, next) = (H::widened(bits), H::widened(bits.wrapping_add(1)));
            let near = [own, own / 2.0 + next / 2.0].into_iter();
            near.flat_map(|at| [u32::MAX, 0, 1].map(|by| at.to_bits().wrapping_add(by)))
                .map(f32::from_bits)
        }
        let all = (0..=u16::MAX).flat_map(|bits| around::<F16>(bits).chain(around::<Bf16>(bits)));
        narrows_in_every_style(&all.collect::<Vec<_>>());
    }

    #[test]
    fn floats_of_every_exponent_are_rounded_to_nearest() {
        // 2¹⁸ floats, an odd step apart: every exponent, all of the bits that are lost.
        let bits = (0..1_u32 << 18).map(|index| index.wrapping_mul((1 << 14) + 1));
        narrows_in_every_style(&bits.map(f32::from_bits).collect::<Vec<_>>());
    }

    #[test]
    fn special_numbers_stay_what_they_are() {
        let of = |value: f32| {
            [
                F16::narrow(Wrapping(value.to_bits())).0,
                Bf16::narrow(Wrapping(value.to_bits())).0,
            ]
        };
        assert_eq!(of(-0.0), [0x8000, 0x8000]);
        assert_eq!(of(f32::INFINITY), [0x7c00, 0x7f80]);
        assert_eq!(of(f32::MAX), [0x7c00, 0x7f80]);
        assert_eq!(of(65_519.0), [0x7bff, 0x4780]);
        assert_eq!(of(65_520.0), [0x7c00, 0x4780]);
        // A signalling NaN whose payload lies in the bits that are lost.
        assert_eq!(of(f32::from_bits(0xff80_0001)), [0xfe00, 0xffc0]);
    }

    proptest! {
        #[test]
        fn any_floats_are_rounded_to_nearest(
            bits in prop::collection::vec(any::<u32>(), 0..200),
            from in 0_usize..4,
        ) {
            let floats: Vec<_> = bits.into_iter().map(f32::from_bits).collect();
            narrows_in_every_style(&floats[from.min(floats.len())..]);
        }

        #[test]
        fn what_is_widened_comes_back(half in any::<u16>()) {
            let back = F16::narrow(F16::widen(Wrapping(u32::from(half)))).0;
            let quiet = if half & 0x7fff > 0x7c00 { half | 0x0200 } else { half };
            prop_assert_eq!(back, u32::from(quiet));
            let back = Bf16::narrow(Bf16::widen(Wrapping(u32::from(half)))).0;
            let quiet = if half & 0x7fff > 0x7f80 { half | 0x0040 } else { half };
            prop_assert_eq!(back, u32::from(quiet));
        }
    }

    #[test]
    fn every_small_size_and_place_is_right() {
        let floats: Vec<f32> = (0..67).map(|at| (at as f32 - 31.0) * 1.37e-5).collect();
        let halves: Vec<u16> = (0..67).map(|at| (at * 977) as u16).collect();
        for start in 0..4 {
            for length in 0..64 {
                narrows_in_every_style(&floats[start..start + length]);
                widens_in_every_style(&halves[start..start + length]);
            }
        }
    }
}
