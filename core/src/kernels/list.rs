//! The kernels a person can run by name.
//!
//! Each is a type that implements [`Runnable`], in its kernel's file, and one line in the list below.

use serde::{Deserialize, Serialize};

use super::{
    batch, chase, gather, loader, matmul, matrix_sum, merge_sort, mixture, records, stride, sum,
    transpose, triad,
};
use crate::{
    parameters::{Arguments, Parameter},
    trace::{AddressSpace, Probe},
};

/// A kernel that runs on arrays of its own.
pub(super) trait Runnable {
    /// Its name on the command line.
    const NAME: &'static str;
    /// What it does, as a phrase.
    const ABOUT: &'static str;
    /// Name and text of the source file that its accesses come from.
    const SOURCE: (&'static str, &'static str);
    /// What it takes; the one that sets the size comes first.
    const PARAMETERS: &'static [Parameter];
    /// How many accesses [`run`](Self::run) tells of.
    fn accesses(arguments: &Arguments) -> u64;
    /// Runs it on fresh arrays.
    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64;
}

/// Declares the kernels and passes on to each what [`Kernel`] is asked.
macro_rules! kernels {
    ($($name:ident = $kernel:ty;)+) => {
        /// A kernel by name, ready to run on data of its own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Kernel {
            $(#[doc = concat!("`", stringify!($kernel), "`.")] $name,)+
        }

        impl Kernel {
            /// All kernels.
            pub const ALL: &[Kernel] = &[$(Kernel::$name),+];

            /// Its name on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Kernel::$name => <$kernel>::NAME),+ }
            }

            /// What it does, as a phrase.
            pub fn about(self) -> &'static str {
                match self { $(Kernel::$name => <$kernel>::ABOUT),+ }
            }

            /// Name and text of the source file that its accesses come from: a site is a line of it.
            pub fn source(self) -> (&'static str, &'static str) {
                match self { $(Kernel::$name => <$kernel>::SOURCE),+ }
            }

            /// What it takes; the one that sets the size comes first.
            pub fn parameters(self) -> &'static [Parameter] {
                match self { $(Kernel::$name => <$kernel>::PARAMETERS),+ }
            }

            /// How many accesses [`run`](Self::run) tells of. For the sorts, whose accesses depend on
            /// the data, a number that is not exceeded.
            pub fn accesses(self, arguments: &Arguments) -> u64 {
                match self { $(Kernel::$name => <$kernel>::accesses(arguments)),+ }
            }

            /// Runs it on fresh arrays, telling `probe` of every access.
            ///
            /// The set-up of the arrays is not told: only the kernel's own accesses are. Arrays start
            /// at multiples of 4096 bytes. Returns what the kernel computed, so that nothing is
            /// optimised away.
            pub fn run<P: Probe>(self, arguments: &Arguments, probe: &mut P) -> u64 {
                match self { $(Kernel::$name => <$kernel>::run(arguments, probe)),+ }
            }
        }
    };
}

kernels! {
    SequentialSum = sum::SequentialSum;
    StridedWalk = stride::StridedWalk;
    RandomGather = gather::RandomGather;
    PermutationChase = chase::PermutationChase;
    Triad = triad::Triad;
    HotCold = mixture::HotCold<false>;
    HotColdStreaming = mixture::HotCold<true>;
    RowSum = matrix_sum::MatrixSum<true>;
    ColumnSum = matrix_sum::MatrixSum<false>;
    Records = records::Walk<records::Records>;
    Columns = records::Walk<records::Columns>;
    Packets = records::Walk<records::Packets>;
    MatmulIjk = matmul::Ordered<0>;
    MatmulIkj = matmul::Ordered<1>;
    MatmulJik = matmul::Ordered<2>;
    MatmulJki = matmul::Ordered<3>;
    MatmulKij = matmul::Ordered<4>;
    MatmulKji = matmul::Ordered<5>;
    MatmulTiled = matmul::Tiled;
    MatmulRecursive = matmul::Recursive;
    Transpose = transpose::Naive;
    TransposeTiled = transpose::Tiled;
    TransposeRecursive = transpose::Recursive;
    MergeSort = merge_sort::MergeSort;
    FunnelSort = merge_sort::FunnelSort;
    BatchScatter = batch::Scatter;
    BatchRoots = batch::Distribute<true>;
    BatchGroups = batch::Distribute<false>;
    Normalise = loader::Ready<loader::Normalise>;
    HwcToChw = loader::Ready<loader::Planes<3, false>>;
    ChwToHwc = loader::Ready<loader::Planes<3, true>>;
    HwcToChw4 = loader::Ready<loader::Planes<4, false>>;
    ChwToHwc4 = loader::Ready<loader::Planes<4, true>>;
    NormalisePlanes = loader::Ready<loader::NormalisePlanes>;
    GatherRows64 = loader::Ready<loader::GatherRows<64>>;
    GatherRows256 = loader::Ready<loader::GatherRows<256>>;
    GatherRows1024 = loader::Ready<loader::GatherRows<1024>>;
    GatherRows4096 = loader::Ready<loader::GatherRows<4096>>;
    CollatePadded = loader::Ready<loader::Pad>;
    CollatePacked = loader::Ready<loader::Pack>;
    AosToSoa = loader::Ready<loader::Convert<records::Records, records::Columns>>;
    SoaToAos = loader::Ready<loader::Convert<records::Columns, records::Records>>;
    AosToAosoa = loader::Ready<loader::Convert<records::Records, records::Packets>>;
    AosoaToSoa = loader::Ready<loader::Convert<records::Packets, records::Columns>>;
    SoaToAosoa = loader::Ready<loader::Convert<records::Columns, records::Packets>>;
    AosoaToAos = loader::Ready<loader::Convert<records::Packets, records::Records>>;
    ShuffleIndices = loader::Ready<loader::Shuffle<u32>>;
    ShuffleRows = loader::Ready<loader::Shuffle<[u8; 256]>>;
    ShuffleBlocks = loader::Ready<loader::ShuffleBlocks>;
    CropFlip = loader::Ready<loader::CropFlip>;
    Resize = loader::Ready<loader::Resize<u8>>;
    ResizeFloats = loader::Ready<loader::Resize<f32>>;
    Copy = loader::Ready<loader::CopyNumbers<false>>;
    CopyStreamed = loader::Ready<loader::CopyNumbers<true>>;
    Fill = loader::Ready<loader::FillNumbers<false>>;
    FillStreamed = loader::Ready<loader::FillNumbers<true>>;
    F32ToF16 = loader::Ready<loader::Halves<loader::F16, false>>;
    F16ToF32 = loader::Ready<loader::Halves<loader::F16, true>>;
    F32ToBf16 = loader::Ready<loader::Halves<loader::Bf16, false>>;
    Bf16ToF32 = loader::Ready<loader::Halves<loader::Bf16, true>>;
    MinimumMaximum = loader::Ready<loader::Reduce<loader::Extremes>>;
    SumNaive = loader::Ready<loader::Reduce<loader::Naive>>;
    SumPairwise = loader::Ready<loader::Reduce<loader::Pairwise>>;
    SumKahan = loader::Ready<loader::Reduce<loader::Kahan>>;
    MeanVariance = loader::Ready<loader::Reduce<loader::Moments>>;
    Histogram = loader::Ready<loader::Histogram<false>>;
    HistogramInterleaved = loader::Ready<loader::Histogram<true>>;
    ByteSwap = loader::Ready<loader::ByteSwap>;
    OneHot10 = loader::Ready<loader::OneHot<u8, 10>>;
    OneHot1000 = loader::Ready<loader::OneHot<u32, 1000>>;
    Crc32c = loader::Ready<loader::Checksum<false>>;
    Xxh3 = loader::Ready<loader::Checksum<true>>;
}

impl Kernel {
    /// The kernel of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|kernel| kernel.name() == name)
    }
}

/// Gives the arrays of a run their addresses and tells the probe where they lie.
#[derive(Default)]
pub(super) struct Arrays(AddressSpace);

impl Arrays {
    /// The address of a new array of `elements` elements of type `T`.
    pub fn place<T, P: Probe>(&mut self, name: &str, elements: usize, probe: &mut P) -> u64 {
        let bytes = (elements * size_of::<T>()) as u64;
        let base = self.0.place(bytes, super::PAGE);
        probe.array(name, base, bytes);
        base
    }
}
