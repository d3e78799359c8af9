//! Loader kernels: what a data loader does to bytes, at the speed of memory.
//!
//! Each is one file: a function generic over the probe and over the [`Style`] of its inner loop, and a
//! type that implements [`Loader`], which lays out its arrays and knows what it moves and computes.
//! A new one is a file here and one line in the list below.
//!
//! The plain loop is the one to beat: a kernel's first way is its default, and it is the one that was
//! fastest when measured beside the others, be it written with vectors or not.

mod byte_swap;
mod bytes;
mod checksums;
mod collate;
mod copy;
mod crop_flip;
mod fill;
mod gather_rows;
mod half;
mod histogram;
mod layouts;
mod normalise;
mod normalise_planes;
mod one_hot;
mod planes;
mod reduction;
mod resize;
mod shuffle;
mod statistics;
mod streamed;
mod style;
mod sums;
mod words;

use serde::{Deserialize, Serialize};

pub(super) use self::byte_swap::ByteSwap;
pub use self::byte_swap::byte_swap;
pub(super) use self::checksums::Checksum;
pub use self::checksums::{crc32c, xxh3};
pub use self::collate::{CollateError, pack, pad};
pub(super) use self::collate::{Pack, Pad};
pub(super) use self::copy::CopyNumbers;
pub use self::copy::{copy, copy_streamed};
pub(super) use self::crop_flip::CropFlip;
pub use self::crop_flip::{Outside, Size, Window, crop_flip, random_windows};
pub(super) use self::fill::FillNumbers;
pub use self::fill::{FILLING, fill, fill_streamed};
pub(super) use self::gather_rows::GatherRows;
pub use self::gather_rows::{OutOfRange, gather_rows};
pub(super) use self::half::Halves;
pub use self::half::{Bf16, F16, Half, narrow, widen};
pub(super) use self::histogram::Histogram;
pub use self::histogram::{BINS, TABLES, histogram, histogram_interleaved};
pub(super) use self::layouts::Convert;
pub use self::layouts::{Rows, Short, convert};
pub(super) use self::normalise::Normalise;
pub use self::normalise::{Normal, normalise};
pub(super) use self::normalise_planes::NormalisePlanes;
pub use self::normalise_planes::normalise_planes;
pub(super) use self::one_hot::OneHot;
pub use self::one_hot::{NoSuchClass, one_hot};
pub(super) use self::planes::Planes;
pub use self::planes::{to_pixels, to_planes};
pub(super) use self::reduction::Reduce;
pub use self::reduction::Reduction;
pub(super) use self::resize::Resize;
pub use self::resize::{Sample, resize};
pub(super) use self::shuffle::{Shuffle, ShuffleBlocks};
pub use self::shuffle::{shuffle, shuffle_blocks};
pub use self::statistics::{Extremes, MeanVariance, Moments, mean_variance, minimum_maximum};
pub use self::streamed::{STREAMS, UNSTREAMED};
pub use self::sums::{Kahan, Naive, Pairwise, sum_kahan, sum_naive, sum_pairwise};
pub use style::{Floats, Plain, Scalar, Style, Way, X4, X8, X16, one_at_a_time};
pub use words::Words;

use super::{ARRAY, PAGE, PASSES, Runnable, records};
use crate::{
    parameters::{Arguments, Parameter},
    trace::{AddressSpace, Buffer, BufferMut, NoProbe, Probe},
};

/// What one run of a kernel moves and computes: its model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Units it handles: numbers, pixels, rows.
    pub elements: f64,
    /// Bytes read.
    pub read: f64,
    /// Bytes written by ordinary stores.
    pub written: f64,
    /// Of these, bytes whose line was read or written shortly before: where a kernel works in place.
    pub rewritten: f64,
    /// Bytes written past the caches.
    pub streamed: f64,
    /// Of the bytes read, those of tables and rows of its own that stay in the first cache.
    pub scratch_read: f64,
    /// Of the bytes written, those.
    pub scratch_written: f64,
    /// Arithmetic: conversions, additions, multiplications, comparisons, bit operations on elements,
    /// not addresses. For a kernel that only moves data, one for each element moved.
    pub operations: f64,
}

impl Cost {
    /// Bytes in and out, as benchmarks count them: no scratch.
    pub fn counted(&self) -> f64 {
        self.read - self.scratch_read + self.resting() + self.streamed
    }

    /// Bytes of lines that the caches fetch when nothing fits: those read, and those read before they
    /// are written (claim H4).
    pub fn fetched(&self) -> f64 {
        self.read - self.scratch_read + self.resting() - self.rewritten
    }

    /// Bytes written by ordinary stores that go back to where they came from when nothing fits.
    pub fn resting(&self) -> f64 {
        self.written - self.scratch_written
    }

    /// Bytes that pass between caches and memory when nothing fits: those fetched, and those that go
    /// back or past.
    pub fn moved(&self) -> f64 {
        self.fetched() + self.resting() + self.streamed
    }

    /// Operations for each byte moved.
    pub fn intensity(&self) -> f64 {
        self.operations / self.moved()
    }
}

/// A loader kernel with arrays of its own.
pub(super) trait Loader: Sized + 'static {
    /// Its name on the command line.
    const NAME: &'static str;
    /// What it does, as a phrase.
    const ABOUT: &'static str;
    /// Name and text of its source file.
    const SOURCE: (&'static str, &'static str);
    /// The ways it is written in, the default first.
    const WAYS: &'static [Way];
    /// Why this build has no times of it, as a sentence without its full stop, where it has not.
    const UNTIMED: Option<&'static str> = None;
    /// One whose arrays take about `bytes` bytes together, and no more unless that is too few for one
    /// element.
    fn sized(bytes: usize) -> Self;
    /// Name and bytes of each array.
    fn arrays(&self) -> Vec<(&'static str, usize)>;
    /// Fills the arrays: random bytes, unless the kernel wants more order than that.
    fn prepare(&self, memory: &mut [u64]) {
        let mut random = fastrand::Rng::with_seed(1);
        memory.fill_with(|| random.u64(..));
    }
    /// Runs it once on the memory of its arrays.
    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P);
    /// Accesses of a run in the plain style.
    fn accesses(&self) -> u64;
    /// What a run moves and computes.
    fn cost(&self) -> Cost;
    /// By how much, relatively, floats that come out of two ways may differ: 0 when all ways do the same
    /// operations in the same order.
    fn tolerance(&self) -> f64 {
        0.0
    }
}

/// Declares the loader kernels and passes on to each what [`LoaderKernel`] is asked.
macro_rules! loaders {
    ($($name:ident = $kernel:ty;)+) => {
        /// A loader kernel by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum LoaderKernel {
            $(#[doc = concat!("`", stringify!($kernel), "`.")] $name,)+
        }

        impl LoaderKernel {
            /// All of them.
            pub const ALL: &[LoaderKernel] = &[$(LoaderKernel::$name),+];

            /// Its name on the command line.
            pub fn name(self) -> &'static str {
                match self { $(LoaderKernel::$name => <$kernel>::NAME),+ }
            }

            /// What it does, as a phrase.
            pub fn about(self) -> &'static str {
                match self { $(LoaderKernel::$name => <$kernel>::ABOUT),+ }
            }

            /// The ways it is written in, the default first.
            pub fn ways(self) -> &'static [Way] {
                match self { $(LoaderKernel::$name => <$kernel>::WAYS),+ }
            }

            /// Why this build has no times of it, as a sentence without its full stop, where it has
            /// not: the target lacks what the kernel is about, and what runs in its place is
            /// something else than the model and the simulation speak of.
            pub fn untimed(self) -> Option<&'static str> {
                match self { $(LoaderKernel::$name => <$kernel>::UNTIMED),+ }
            }

            /// One whose arrays take about `bytes` bytes together, ready to be timed.
            pub fn timed(self, bytes: usize) -> Box<dyn Timed> {
                match self { $(LoaderKernel::$name => Box::new(OfSize(<$kernel>::sized(bytes)))),+ }
            }

            /// Like [`LoaderKernel::timed`], but in [`LoaderKernel::narrow_way`] alone, whichever is
            /// asked for: less code, for programs that are sent over a network.
            pub fn timed_narrow(self, bytes: usize) -> Box<dyn Timed> {
                match self { $(LoaderKernel::$name => Box::new(Narrow(<$kernel>::sized(bytes)))),+ }
            }

            /// What a run over about `bytes` bytes moves and computes.
            pub fn cost(self, bytes: usize) -> Cost {
                match self { $(LoaderKernel::$name => <$kernel>::sized(bytes).cost()),+ }
            }

            /// Runs it in the plain style on fresh arrays of about `bytes` bytes together, `passes`
            /// times, telling `probe` of every access of each pass; `between` is called before the
            /// last.
            pub fn simulate<P: Probe>(
                self,
                bytes: usize,
                passes: u64,
                probe: &mut P,
                between: impl FnOnce(&mut P),
            ) {
                match self {
                    $(LoaderKernel::$name => simulate(&<$kernel>::sized(bytes), passes, probe, between)),+
                }
            }
        }
    };
}

loaders! {
    Normalise = normalise::Normalise;
    HwcToChw = planes::Planes<3, false>;
    ChwToHwc = planes::Planes<3, true>;
    HwcToChw4 = planes::Planes<4, false>;
    ChwToHwc4 = planes::Planes<4, true>;
    NormalisePlanes = normalise_planes::NormalisePlanes;
    GatherRows64 = gather_rows::GatherRows<64>;
    GatherRows256 = gather_rows::GatherRows<256>;
    GatherRows1024 = gather_rows::GatherRows<1024>;
    GatherRows4096 = gather_rows::GatherRows<4096>;
    CollatePadded = collate::Pad;
    CollatePacked = collate::Pack;
    AosToSoa = layouts::Convert<records::Records, records::Columns>;
    SoaToAos = layouts::Convert<records::Columns, records::Records>;
    AosToAosoa = layouts::Convert<records::Records, records::Packets>;
    AosoaToSoa = layouts::Convert<records::Packets, records::Columns>;
    SoaToAosoa = layouts::Convert<records::Columns, records::Packets>;
    AosoaToAos = layouts::Convert<records::Packets, records::Records>;
    ShuffleIndices = shuffle::Shuffle<u32>;
    ShuffleRows = shuffle::Shuffle<[u8; 256]>;
    ShuffleBlocks = shuffle::ShuffleBlocks;
    CropFlip = crop_flip::CropFlip;
    Resize = resize::Resize<u8>;
    ResizeFloats = resize::Resize<f32>;
    Copy = copy::CopyNumbers<false>;
    CopyStreamed = copy::CopyNumbers<true>;
    Fill = fill::FillNumbers<false>;
    FillStreamed = fill::FillNumbers<true>;
    F32ToF16 = half::Halves<half::F16, false>;
    F16ToF32 = half::Halves<half::F16, true>;
    F32ToBf16 = half::Halves<half::Bf16, false>;
    Bf16ToF32 = half::Halves<half::Bf16, true>;
    MinimumMaximum = reduction::Reduce<statistics::Extremes>;
    SumNaive = reduction::Reduce<sums::Naive>;
    SumPairwise = reduction::Reduce<sums::Pairwise>;
    SumKahan = reduction::Reduce<sums::Kahan>;
    MeanVariance = reduction::Reduce<statistics::Moments>;
    Histogram = histogram::Histogram<false>;
    HistogramInterleaved = histogram::Histogram<true>;
    ByteSwap = byte_swap::ByteSwap;
    OneHot10 = one_hot::OneHot<u8, 10>;
    OneHot1000 = one_hot::OneHot<u32, 1000>;
    Crc32c = checksums::Checksum<false>;
    Xxh3 = checksums::Checksum<true>;
}

impl LoaderKernel {
    /// The kernel of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|kernel| kernel.name() == name)
    }

    /// Its default way where vectors have 128 bits, as those of WebAssembly have.
    pub fn narrow_way(self) -> Way {
        on_128_bits(self.ways()[0])
    }
}

/// A way on vectors of 128 bits.
const fn on_128_bits(way: Way) -> Way {
    match way {
        Way::Scalar | Way::Plain => way,
        Way::X4 | Way::X8 | Way::X16 => Way::X4,
    }
}

/// Arrays start at multiples of a line.
const LINE: usize = 64;

/// 8-byte words that an array takes.
fn room((_, bytes): (&str, usize)) -> usize {
    bytes.next_multiple_of(LINE) / size_of::<u64>()
}

/// 8-byte words that all arrays of a kernel take.
fn words(kernel: &impl Loader) -> usize {
    kernel.arrays().into_iter().map(room).sum()
}

/// The arrays within a kernel's memory.
///
/// # Panics
/// When there are not `N` of them, or the memory is too short.
fn split<'m, const N: usize>(
    kernel: &impl Loader,
    mut memory: &'m mut [u64],
    mut base: u64,
) -> [Part<'m>; N] {
    let arrays = kernel.arrays();
    assert_eq!(arrays.len(), N, "each array has its name");
    std::array::from_fn(|index| {
        let (own, rest) = std::mem::take(&mut memory).split_at_mut(room(arrays[index]));
        memory = rest;
        let at = base;
        base += size_of_val(own) as u64;
        Part {
            bytes: &mut bytemuck::cast_slice_mut(own)[..arrays[index].1],
            base: at,
        }
    })
}

/// One array of a kernel, whose elements' type the kernel knows.
struct Part<'m> {
    bytes: &'m mut [u8],
    base: u64,
}

impl<'m> Part<'m> {
    fn read<T: bytemuck::Pod>(self) -> Buffer<'m, T> {
        Buffer::new(bytemuck::cast_slice(self.bytes), self.base)
    }

    fn write<T: bytemuck::Pod>(self) -> BufferMut<'m, T> {
        BufferMut::new(bytemuck::cast_slice_mut(self.bytes), self.base)
    }
}

/// A loader kernel at one size, ready to be timed.
pub trait Timed {
    /// 8-byte words of the memory it runs on.
    fn words(&self) -> usize;
    /// Brings memory into the state it expects.
    fn prepare(&self, memory: &mut [u64]);
    /// Runs it once at full speed, in one of its ways; in its default one when it has not that.
    fn run(&self, way: Way, memory: &mut [u64]);
    /// By how much, relatively, floats that come out of two ways may differ; 0 when not at all.
    fn tolerance(&self) -> f64;
}

struct OfSize<L>(L);

impl<L: Loader> Timed for OfSize<L> {
    fn words(&self) -> usize {
        words(&self.0)
    }

    fn prepare(&self, memory: &mut [u64]) {
        self.0.prepare(&mut memory[..words(&self.0)]);
    }

    fn run(&self, way: Way, memory: &mut [u64]) {
        let has = L::WAYS.contains(&way);
        match if has { way } else { L::WAYS[0] } {
            Way::Scalar => self.0.run::<Scalar, _>(memory, 0, &mut NoProbe),
            Way::Plain => self.0.run::<Plain, _>(memory, 0, &mut NoProbe),
            Way::X4 => self.0.run::<X4, _>(memory, 0, &mut NoProbe),
            Way::X8 => self.0.run::<X8, _>(memory, 0, &mut NoProbe),
            Way::X16 => self.0.run::<X16, _>(memory, 0, &mut NoProbe),
        }
    }

    fn tolerance(&self) -> f64 {
        self.0.tolerance()
    }
}

/// One that is compiled in its narrow way alone.
struct Narrow<L>(L);

impl<L: Loader> Timed for Narrow<L> {
    fn words(&self) -> usize {
        words(&self.0)
    }

    fn prepare(&self, memory: &mut [u64]) {
        self.0.prepare(&mut memory[..words(&self.0)]);
    }

    fn run(&self, _: Way, memory: &mut [u64]) {
        // A constant: the compiler drops the arms that are not taken.
        match const { on_128_bits(L::WAYS[0]) } {
            Way::Scalar => self.0.run::<Scalar, _>(memory, 0, &mut NoProbe),
            Way::Plain => self.0.run::<Plain, _>(memory, 0, &mut NoProbe),
            Way::X4 | Way::X8 | Way::X16 => self.0.run::<X4, _>(memory, 0, &mut NoProbe),
        }
    }

    fn tolerance(&self) -> f64 {
        self.0.tolerance()
    }
}

fn simulate<P: Probe>(
    kernel: &impl Loader,
    passes: u64,
    probe: &mut P,
    between: impl FnOnce(&mut P),
) {
    let mut memory = vec![0; words(kernel)];
    kernel.prepare(&mut memory);
    let base = AddressSpace::default().place(size_of_val(&*memory) as u64, PAGE);
    let mut start = base;
    for (name, bytes) in kernel.arrays() {
        probe.array(name, start, bytes as u64);
        start += (size_of::<u64>() * room((name, bytes))) as u64;
    }
    for _ in 1..passes {
        kernel.run::<Plain, P>(&mut memory, base, probe);
    }
    between(probe);
    kernel.run::<Plain, P>(&mut memory, base, probe);
}

/// A loader kernel among those that are simulated by name: in its plain style, whose accesses are
/// those of single elements.
pub(super) struct Ready<L>(std::marker::PhantomData<L>);

const BYTES: Parameter = Parameter {
    meaning: "bytes of all arrays together",
    ..ARRAY
};

impl<L: Loader> Runnable for Ready<L> {
    const NAME: &'static str = L::NAME;
    const ABOUT: &'static str = L::ABOUT;
    const SOURCE: (&'static str, &'static str) = L::SOURCE;
    const PARAMETERS: &'static [Parameter] = &[BYTES, PASSES];

    fn accesses(arguments: &Arguments) -> u64 {
        arguments.get(&PASSES) as u64 * L::sized(arguments.get(&BYTES) as usize).accesses()
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        let kernel = L::sized(arguments.get(&BYTES) as usize);
        simulate(&kernel, arguments.get(&PASSES) as u64, probe, |_| ());
        0
    }
}

#[cfg(test)]
mod tests;
