//! The styles a loader kernel is written in: scalar, plain, or vectors of a fixed width.

use std::{
    hint::black_box,
    num::Wrapping,
    ops::{Add, Mul, Sub},
};

use serde::{Deserialize, Serialize};
use wide::{f32x4, f32x8, f32x16, u32x4, u32x8, u32x16};

use super::Words;
use crate::trace::{Buffer, BufferMut, Probe};

/// How the inner loop of a kernel is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// One element at a time, kept from the compiler's vectoriser: what vectors are compared to.
    Scalar,
    /// The loop one would write, as the compiler vectorises it.
    Plain,
    /// Vectors of 128 bits: 4 numbers of 32 bits.
    X4,
    /// Vectors of 256 bits.
    X8,
    /// Vectors of 512 bits; two of 256 where the processor has none so long.
    X16,
}

impl Way {
    /// All of them.
    pub const ALL: [Way; 5] = [Way::Scalar, Way::Plain, Way::X4, Way::X8, Way::X16];

    /// Its name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Way::Scalar => "scalar",
            Way::Plain => "plain",
            Way::X4 => "x4",
            Way::X8 => "x8",
            Way::X16 => "x16",
        }
    }

    /// Numbers of 32 bits in a vector; none for the plain loop, whose width the compiler chooses.
    pub fn width(self) -> Option<usize> {
        match self {
            Way::Scalar => Some(1),
            Way::Plain => None,
            Way::X4 => Some(4),
            Way::X8 => Some(8),
            Way::X16 => Some(16),
        }
    }
}

/// A [`Way`] as a type, so that each is compiled for itself.
pub trait Style {
    /// Which it is.
    const WAY: Way;
    /// Its vector of floats.
    type Floats: Floats;
    /// Its vector of integers.
    type Words: Words<Floats = Self::Floats>;

    /// Reads a vector's floats from `index` on; in the plain style one, which the compiler may join with
    /// others.
    #[inline(always)]
    #[track_caller]
    fn floats<P: Probe>(data: &Buffer<'_, f32>, index: usize, probe: &mut P) -> Self::Floats {
        if Self::WAY == Way::Plain {
            Self::Floats::splat(data.get(index, probe))
        } else {
            Self::Floats::load(data, index, probe)
        }
    }
}

/// [`Way::Scalar`].
pub struct Scalar;
/// [`Way::Plain`].
pub struct Plain;
/// [`Way::X4`].
pub struct X4;
/// [`Way::X8`].
pub struct X8;
/// [`Way::X16`].
pub struct X16;

macro_rules! styles {
    ($($style:ident: $floats:ty, $words:ty;)+) => {
        $(impl Style for $style {
            const WAY: Way = Way::$style;
            type Floats = $floats;
            type Words = $words;
        })+
    };
}

styles! {
    Scalar: f32, Wrapping<u32>;
    Plain: f32, Wrapping<u32>;
    X4: f32x4, u32x4;
    X8: f32x8, u32x8;
    X16: f32x16, u32x16;
}

/// Stands in the body of a loop that is to handle one element at a time: the compiler may not move
/// memory accesses across it, so it forms no vectors. It costs no instruction.
#[inline(always)]
pub fn one_at_a_time() {
    black_box(());
}

/// A vector of floats, from 1 lane on.
pub trait Floats: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> {
    /// Its lanes.
    const LANES: usize;
    /// The same number in every lane.
    fn splat(value: f32) -> Self;
    /// Lane by lane, from the first on.
    fn from_fn(lane: impl FnMut() -> f32) -> Self;
    /// Reads as many floats from `index` on.
    fn load<P: Probe>(data: &Buffer<'_, f32>, index: usize, probe: &mut P) -> Self;
    /// Reads as many bytes from `index` on, as floats.
    fn load_bytes<P: Probe>(data: &Buffer<'_, u8>, index: usize, probe: &mut P) -> Self;
    /// Writes as many floats from `index` on.
    fn store<P: Probe>(self, data: &mut BufferMut<'_, f32>, index: usize, probe: &mut P);
    /// The lesser of each two lanes; neither may be NaN.
    fn least(self, other: Self) -> Self;
    /// The greater of each two lanes; neither may be NaN.
    fn most(self, other: Self) -> Self;
    /// Tells each lane, first to last.
    fn each(self, tell: impl FnMut(f32));
}

impl Floats for f32 {
    const LANES: usize = 1;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        value
    }

    #[inline(always)]
    fn from_fn(mut lane: impl FnMut() -> f32) -> Self {
        lane()
    }

    #[inline(always)]
    fn load<P: Probe>(data: &Buffer<'_, f32>, index: usize, probe: &mut P) -> Self {
        one_at_a_time();
        data.get(index, probe)
    }

    #[inline(always)]
    fn load_bytes<P: Probe>(data: &Buffer<'_, u8>, index: usize, probe: &mut P) -> Self {
        one_at_a_time();
        f32::from(data.get(index, probe))
    }

    #[inline(always)]
    fn store<P: Probe>(self, data: &mut BufferMut<'_, f32>, index: usize, probe: &mut P) {
        one_at_a_time();
        data.set(index, self, probe);
    }

    #[inline(always)]
    fn least(self, other: Self) -> Self {
        if other < self { other } else { self }
    }

    #[inline(always)]
    fn most(self, other: Self) -> Self {
        if other > self { other } else { self }
    }

    #[inline(always)]
    fn each(self, mut tell: impl FnMut(f32)) {
        tell(self);
    }
}

macro_rules! floats {
    ($($vector:ident: $lanes:literal;)+) => {
        $(impl Floats for $vector {
            const LANES: usize = $lanes;

            #[inline(always)]
            fn splat(value: f32) -> Self {
                $vector::splat(value)
            }

            #[inline(always)]
            fn from_fn(mut lane: impl FnMut() -> f32) -> Self {
                Self::new(std::array::from_fn(|_| lane()))
            }

            #[inline(always)]
            fn load<P: Probe>(data: &Buffer<'_, f32>, index: usize, probe: &mut P) -> Self {
                Self::new(data.lanes::<$lanes, P>(index, probe))
            }

            #[inline(always)]
            fn load_bytes<P: Probe>(data: &Buffer<'_, u8>, index: usize, probe: &mut P) -> Self {
                Self::new(data.lanes::<$lanes, P>(index, probe).map(f32::from))
            }

            #[inline(always)]
            fn store<P: Probe>(self, data: &mut BufferMut<'_, f32>, index: usize, probe: &mut P) {
                data.set_lanes::<$lanes, P>(index, self.to_array(), probe);
            }

            #[inline(always)]
            fn least(self, other: Self) -> Self {
                self.fast_min(other)
            }

            #[inline(always)]
            fn most(self, other: Self) -> Self {
                self.fast_max(other)
            }

            #[inline(always)]
            fn each(self, tell: impl FnMut(f32)) {
                self.to_array().into_iter().for_each(tell);
            }
        })+
    };
}

floats! {
    f32x4: 4;
    f32x8: 8;
    f32x16: 16;
}
