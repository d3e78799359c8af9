//! Vectors of unsigned integers of 32 bits: floats seen as their bits, and numbers of 16 bits widened.

use std::{
    num::Wrapping,
    ops::{Add, BitAnd, BitOr, Sub},
};

#[cfg(target_feature = "f16c")]
use half::slice::HalfFloatSliceExt;
use wide::{f32x4, f32x8, f32x16, i16x8, i32x4, i32x8, i32x16, u16x8, u32x4, u32x8, u32x16};

use super::{Floats, one_at_a_time};
use crate::trace::{Buffer, BufferMut, Probe};

/// A vector of integers of 32 bits, from 1 lane on. Sums and differences wrap.
pub trait Words:
    Copy + Add<Output = Self> + Sub<Output = Self> + BitAnd<Output = Self> + BitOr<Output = Self>
{
    /// The floats of as many lanes.
    type Floats: Floats;
    /// The same number in every lane.
    fn splat(value: u32) -> Self;
    /// The bits of floats.
    fn of_floats(floats: Self::Floats) -> Self;
    /// The floats of these bits.
    fn floats(self) -> Self::Floats;
    /// Reads as many numbers of 16 bits from `index` on, widened with zeros.
    fn load_halves<P: Probe>(data: &Buffer<'_, u16>, index: usize, probe: &mut P) -> Self;
    /// Writes the low 16 bits of each lane from `index` on.
    fn store_halves<P: Probe>(self, data: &mut BufferMut<'_, u16>, index: usize, probe: &mut P);
    /// The bits of `binary16` nearest to the floats of these bits, where the processor that this is
    /// built for has an instruction for it.
    #[inline(always)]
    fn narrow_to_f16(self) -> Option<Self> {
        None
    }
    /// The bits of the floats that these are of in `binary16`, likewise.
    #[inline(always)]
    fn widen_from_f16(self) -> Option<Self> {
        None
    }
    /// Shifted up by `by` bits, zeros coming in.
    fn up(self, by: u32) -> Self;
    /// Shifted down by `by` bits, zeros coming in.
    fn down(self, by: u32) -> Self;
    /// The lesser of each two lanes, both below 2³¹.
    fn least(self, other: Self) -> Self;
    /// Lane by lane `then` where this is greater than `than`, else `otherwise`. Both compared are below
    /// 2³¹: few instruction sets compare numbers without a sign.
    fn if_above(self, than: Self, then: Self, otherwise: Self) -> Self;
}

impl Words for Wrapping<u32> {
    type Floats = f32;

    #[inline(always)]
    fn splat(value: u32) -> Self {
        Self(value)
    }

    #[inline(always)]
    fn of_floats(floats: f32) -> Self {
        Self(floats.to_bits())
    }

    #[inline(always)]
    fn floats(self) -> f32 {
        f32::from_bits(self.0)
    }

    #[inline(always)]
    fn load_halves<P: Probe>(data: &Buffer<'_, u16>, index: usize, probe: &mut P) -> Self {
        one_at_a_time();
        Self(u32::from(data.get(index, probe)))
    }

    #[inline(always)]
    fn store_halves<P: Probe>(self, data: &mut BufferMut<'_, u16>, index: usize, probe: &mut P) {
        one_at_a_time();
        data.set(index, self.0 as u16, probe);
    }

    #[cfg(target_feature = "f16c")]
    #[inline(always)]
    fn narrow_to_f16(self) -> Option<Self> {
        Some(Self(u32::from(
            half::f16::from_f32(self.floats()).to_bits(),
        )))
    }

    #[cfg(target_feature = "f16c")]
    #[inline(always)]
    fn widen_from_f16(self) -> Option<Self> {
        Some(Self::of_floats(
            half::f16::from_bits(self.0 as u16).to_f32(),
        ))
    }

    #[inline(always)]
    fn up(self, by: u32) -> Self {
        Self(self.0 << by)
    }

    #[inline(always)]
    fn down(self, by: u32) -> Self {
        Self(self.0 >> by)
    }

    #[inline(always)]
    fn least(self, other: Self) -> Self {
        self.min(other)
    }

    #[inline(always)]
    fn if_above(self, than: Self, then: Self, otherwise: Self) -> Self {
        if self > than { then } else { otherwise }
    }
}

macro_rules! words {
    ($($words:ident, $signed:ident, $floats:ident: $lanes:literal, $widen:expr, $narrow:expr;)+) => {
        $(impl Words for $words {
            type Floats = $floats;

            #[inline(always)]
            fn splat(value: u32) -> Self {
                $words::splat(value)
            }

            #[inline(always)]
            fn of_floats(floats: $floats) -> Self {
                bytemuck::cast(floats)
            }

            #[inline(always)]
            fn floats(self) -> $floats {
                bytemuck::cast(self)
            }

            #[inline(always)]
            fn load_halves<P: Probe>(data: &Buffer<'_, u16>, index: usize, probe: &mut P) -> Self {
                Self::new($widen(data.lanes::<$lanes, P>(index, probe)))
            }

            #[inline(always)]
            fn store_halves<P: Probe>(
                self,
                data: &mut BufferMut<'_, u16>,
                index: usize,
                probe: &mut P,
            ) {
                data.set_lanes::<$lanes, P>(index, $narrow(self.to_array()), probe);
            }

            #[cfg(target_feature = "f16c")]
            #[inline(always)]
            fn narrow_to_f16(self) -> Option<Self> {
                let mut halves = [half::f16::ZERO; $lanes];
                halves.convert_from_f32_slice(&self.floats().to_array());
                Some(Self::new($widen(halves.map(half::f16::to_bits))))
            }

            #[cfg(target_feature = "f16c")]
            #[inline(always)]
            fn widen_from_f16(self) -> Option<Self> {
                let mut floats = [0.0; $lanes];
                let halves = $narrow(self.to_array()).map(half::f16::from_bits);
                halves.convert_to_f32_slice(&mut floats);
                Some(Self::of_floats($floats::new(floats)))
            }

            #[inline(always)]
            fn up(self, by: u32) -> Self {
                self << by
            }

            #[inline(always)]
            fn down(self, by: u32) -> Self {
                self >> by
            }

            #[inline(always)]
            fn least(self, other: Self) -> Self {
                self.min(other)
            }

            #[inline(always)]
            fn if_above(self, than: Self, then: Self, otherwise: Self) -> Self {
                let (this, than): ($signed, $signed) = (bytemuck::cast(self), bytemuck::cast(than));
                let mask: $words = bytemuck::cast(this.simd_gt(than));
                mask.select(then, otherwise)
            }
        })+
    };
}

words! {
    u32x4, i32x4, f32x4: 4, widened, narrowed;
    u32x8, i32x8, f32x8: 8, |halves: [u16; 8]| halves.map(u32::from), |words: [u32; 8]| words.map(|word| word as u16);
    u32x16, i32x16, f32x16: 16, |halves: [u16; 16]| halves.map(u32::from), |words: [u32; 16]| words.map(|word| word as u16);
}

/// Four numbers of 16 bits widened: lane by lane the compiler would take one after the other.
#[inline(always)]
fn widened([a, b, c, d]: [u16; 4]) -> [u32; 4] {
    let all = u32x8::from(u16x8::new([a, b, c, d, 0, 0, 0, 0]));
    bytemuck::cast::<u32x8, [[u32; 4]; 2]>(all)[0]
}

/// The low halves of four numbers, likewise.
#[inline(always)]
fn narrowed(words: [u32; 4]) -> [u16; 4] {
    let all = i16x8::from_i32x8_truncate(bytemuck::cast([words, [0; 4]]));
    bytemuck::cast::<i16x8, [[u16; 4]; 2]>(all)[0]
}
