//! The kernels: code that is timed, simulated and modelled.
//!
//! Each is one function, generic over the probe. [`Kernel`] lists those a person can run by name: a
//! new one is one file, and one line in `list.rs`.

pub mod affine_sum;
pub mod batch;
pub mod branches;
pub mod chase;
pub mod counters;
pub mod funnel;
pub mod gather;
mod list;
pub mod loader;
pub mod matmul;
pub mod matrix_sum;
pub mod merge_sort;
pub mod mixture;
pub mod parallel_chases;
pub mod records;
pub mod stride;
pub mod sum;
pub mod transpose;
pub mod triad;

pub use list::Kernel;
use list::{Arrays, Runnable};

use crate::{
    parameters::{Arguments, Parameter},
    units::Unit,
};

/// Bytes a kernel works on: of each array for `triad`.
pub const ARRAY: Parameter = Parameter {
    name: "array",
    meaning: "bytes of the array walked",
    unit: Unit::Bytes,
    default: 65_536.0,
    min: 64.0,
    max: 1_073_741_824.0,
};

/// Distance between neighbouring accesses of a walk.
pub const STRIDE: Parameter = Parameter {
    name: "stride",
    meaning: "bytes from one access to the next, a multiple of 8",
    unit: Unit::Bytes,
    default: 64.0,
    min: 8.0,
    max: 1_048_576.0,
};

/// How often a kernel passes over its data.
pub const PASSES: Parameter = Parameter {
    name: "passes",
    meaning: "times the data is passed over",
    unit: Unit::Count,
    default: 1.0,
    min: 1.0,
    max: 1_000.0,
};

/// Accesses of a random gather.
pub const ACCESSES: Parameter = Parameter {
    name: "accesses",
    meaning: "random accesses of a pass",
    unit: Unit::Count,
    default: 100_000.0,
    min: 1.0,
    max: 100_000_000.0,
};

/// Start of the random numbers.
pub const SEED: Parameter = Parameter {
    name: "seed",
    meaning: "seed of the random order",
    unit: Unit::Count,
    default: 1.0,
    min: 0.0,
    max: 4_294_967_295.0,
};

/// Side of a square matrix.
pub const SIDE: Parameter = Parameter {
    name: "n",
    meaning: "rows and columns of each matrix, of 4-byte numbers",
    unit: Unit::Count,
    default: 96.0,
    min: 1.0,
    max: 4096.0,
};

/// Elements that lie unused at the end of each row.
pub const PAD: Parameter = Parameter {
    name: "pad",
    meaning: "elements left unused at the end of each row",
    unit: Unit::Count,
    default: 0.0,
    min: 0.0,
    max: 1024.0,
};

/// Side of a tile.
pub const TILE: Parameter = Parameter {
    name: "tile",
    meaning: "rows and columns of a tile",
    unit: Unit::Count,
    default: 16.0,
    min: 1.0,
    max: 4096.0,
};

/// Where a recursion ends.
pub const BASE: Parameter = Parameter {
    name: "base",
    meaning: "side at which the recursion ends",
    unit: Unit::Count,
    default: 8.0,
    min: 1.0,
    max: 64.0,
};

/// Elements that are sorted, permuted, or read as records.
pub const ELEMENTS: Parameter = Parameter {
    name: "n",
    meaning: "elements of 8 bytes",
    unit: Unit::Count,
    default: 16_384.0,
    min: 1.0,
    max: 16_777_216.0,
};

/// What a kernel's numbers must be able to do.
pub trait Number:
    Copy + Default + std::ops::Add<Output = Self> + std::ops::Mul<Output = Self>
{
}

impl Number for f32 {}
impl Number for f64 {}

/// Alignment of the arrays a kernel runs on.
pub const PAGE: u64 = 4096;

/// 8-byte elements of the array that is walked.
fn words(arguments: &Arguments) -> usize {
    arguments.get(&ARRAY) as usize / size_of::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Kind, NoProbe, Recorder};

    /// Arguments that make a kernel small.
    fn small(kernel: Kernel) -> Arguments {
        let mut arguments = Arguments::default();
        for (name, value) in [("array", 4096.0), ("n", 20.0), ("rounds", 3.0)] {
            // Not every kernel takes all of them.
            let _ = arguments.set(kernel.parameters(), name, value);
        }
        arguments
    }

    #[test]
    fn every_kernel_runs_and_its_probe_changes_nothing() {
        for &kernel in Kernel::ALL {
            assert_eq!(Kernel::from_name(kernel.name()), Some(kernel));
            let arguments = small(kernel);
            let mut recorder = Recorder::default();
            let probed = kernel.run(&arguments, &mut recorder);
            assert_eq!(kernel.run(&arguments, &mut NoProbe), probed);
            assert!(!recorder.accesses.is_empty());
        }
    }

    #[test]
    fn every_kernel_knows_how_many_accesses_it_makes() {
        for &kernel in Kernel::ALL {
            for (array, stride, passes) in
                [(64.0, 8.0, 1.0), (4096.0, 24.0, 3.0), (999.0, 2048.0, 2.0)]
            {
                let mut arguments = small(kernel);
                for (name, value) in [
                    ("array", array),
                    ("stride", stride),
                    ("passes", passes),
                    ("accesses", 77.0),
                    ("n", 10.0 * passes),
                ] {
                    let _ = arguments.set(kernel.parameters(), name, value);
                }
                let mut recorder = Recorder::default();
                kernel.run(&arguments, &mut recorder);
                let (said, made) = (kernel.accesses(&arguments), recorder.accesses.len() as u64);
                let by_data = matches!(
                    kernel,
                    Kernel::MergeSort
                        | Kernel::FunnelSort
                        | Kernel::BatchRoots
                        | Kernel::BatchGroups
                );
                let right = if by_data { made <= said } else { made == said };
                assert!(right, "{kernel:?} {arguments:?}: {made}, not {said}");
            }
        }
    }

    #[test]
    fn accesses_lie_in_the_arrays_that_were_told() {
        for &kernel in Kernel::ALL {
            let mut recorder = Recorder::default();
            kernel.run(&small(kernel), &mut recorder);
            for access in &recorder.accesses {
                let inside = recorder
                    .arrays
                    .iter()
                    .any(|(_, base, bytes)| (*base..base + bytes).contains(&access.address));
                assert!(inside, "{kernel:?} {access:?}");
            }
        }
    }

    #[test]
    fn triad_tells_two_loads_and_a_store_for_each_element() {
        let mut recorder = Recorder::default();
        Kernel::Triad.run(
            &Arguments::parse(&[ARRAY], ["array=64"]).unwrap(),
            &mut recorder,
        );
        let kinds: Vec<_> = recorder.accesses.iter().map(|access| access.kind).collect();
        assert_eq!(kinds, [Kind::Load, Kind::Load, Kind::Store].repeat(8));
    }
}
