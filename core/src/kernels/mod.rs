//! The kernels: code that is timed, simulated and modelled.
//!
//! Each is one function, generic over the probe. [`Kernel`] lists those a person can run by name;
//! a new kernel is one file and one variant, and the compiler names the places that lack it.

pub mod chase;
pub mod gather;
pub mod stride;
pub mod sum;
pub mod triad;

use serde::{Deserialize, Serialize};

use crate::{
    parameters::{Arguments, Parameter},
    trace::{AddressSpace, Buffer, BufferMut, Probe},
    units::Unit,
};

/// A kernel by name, ready to run on data of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kernel {
    /// [`sum::sequential_sum`].
    SequentialSum,
    /// [`stride::strided_walk`].
    StridedWalk,
    /// [`gather::random_gather`].
    RandomGather,
    /// [`chase::permutation_chase`].
    PermutationChase,
    /// [`triad::triad`].
    Triad,
}

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

impl Kernel {
    /// All kernels.
    pub const ALL: [Kernel; 5] = [
        Kernel::SequentialSum,
        Kernel::StridedWalk,
        Kernel::RandomGather,
        Kernel::PermutationChase,
        Kernel::Triad,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Kernel::SequentialSum => "sequential-sum",
            Kernel::StridedWalk => "strided-walk",
            Kernel::RandomGather => "random-gather",
            Kernel::PermutationChase => "permutation-chase",
            Kernel::Triad => "triad",
        }
    }

    /// What it does, as a phrase.
    pub fn about(self) -> &'static str {
        match self {
            Kernel::SequentialSum => "adds up an array of 8-byte numbers, front to back",
            Kernel::StridedWalk => "adds up every n-th 8-byte number of an array",
            Kernel::RandomGather => "adds up 8-byte numbers picked at random",
            Kernel::PermutationChase => "follows one random cycle through all lines of an array",
            Kernel::Triad => "a[i] = b[i] + s · c[i] over three arrays of 8-byte numbers",
        }
    }

    /// The kernel of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kernel| kernel.name() == name)
    }

    /// Name and text of the source file that its accesses come from: a site is a line of it.
    pub fn source(self) -> (&'static str, &'static str) {
        match self {
            Kernel::SequentialSum => ("sum.rs", include_str!("sum.rs")),
            Kernel::StridedWalk => ("stride.rs", include_str!("stride.rs")),
            Kernel::RandomGather => ("gather.rs", include_str!("gather.rs")),
            Kernel::PermutationChase => ("chase.rs", include_str!("chase.rs")),
            Kernel::Triad => ("triad.rs", include_str!("triad.rs")),
        }
    }

    /// What it takes.
    pub fn parameters(self) -> &'static [Parameter] {
        match self {
            Kernel::SequentialSum | Kernel::Triad => &[ARRAY, PASSES],
            Kernel::StridedWalk => &[ARRAY, STRIDE, PASSES],
            Kernel::RandomGather => &[ARRAY, ACCESSES, PASSES, SEED],
            Kernel::PermutationChase => &[ARRAY, PASSES, SEED],
        }
    }

    /// How many accesses [`run`](Self::run) tells of.
    pub fn accesses(self, arguments: &Arguments) -> u64 {
        let elements = arguments.get(&ARRAY) as usize / size_of::<u64>();
        let pass = match self {
            Kernel::SequentialSum => elements,
            Kernel::StridedWalk => {
                stride::walk_length(elements, arguments.get(&STRIDE) as usize / size_of::<u64>())
            }
            // An index, then what it points to.
            Kernel::RandomGather => 2 * arguments.get(&ACCESSES) as usize,
            Kernel::PermutationChase => elements / (LINE / size_of::<u64>()),
            Kernel::Triad => 3 * elements,
        };
        pass as u64 * arguments.get(&PASSES) as u64
    }

    /// Runs it on fresh arrays, telling `probe` of every access.
    ///
    /// The set-up of the arrays is not told: only the kernel's own accesses are. Arrays start at
    /// multiples of 4096 bytes. Returns what the kernel computed, so that nothing is optimised away.
    pub fn run<P: Probe>(self, arguments: &Arguments, probe: &mut P) -> u64 {
        let bytes = arguments.get(&ARRAY) as usize;
        let passes = arguments.get(&PASSES) as usize;
        let mut space = AddressSpace::default();
        let mut place = |name: &str, bytes: usize, probe: &mut P| {
            let base = space.place(bytes as u64, PAGE);
            probe.array(name, base, bytes as u64);
            base
        };
        let first = if self == Kernel::Triad { "a" } else { "data" };
        let base = place(first, bytes, probe);
        let elements = bytes / size_of::<u64>();
        let mut result = 0_u64;
        match self {
            Kernel::SequentialSum => {
                let data = vec![1_u64; elements];
                for _ in 0..passes {
                    result = sum::sequential_sum(Buffer::new(&data, base), probe);
                }
            }
            Kernel::StridedWalk => {
                let data = vec![1_u64; elements];
                let stride = arguments.get(&STRIDE) as usize / size_of::<u64>();
                for _ in 0..passes {
                    result = stride::strided_walk(Buffer::new(&data, base), stride, probe);
                }
            }
            Kernel::RandomGather => {
                let data = vec![1_u64; elements];
                let accesses = arguments.get(&ACCESSES) as usize;
                let indices =
                    gather::random_indices(accesses, elements, arguments.get(&SEED) as u64);
                let order = place("indices", 4 * accesses, probe);
                for _ in 0..passes {
                    let indices = Buffer::new(&indices, order);
                    result = gather::random_gather(Buffer::new(&data, base), indices, probe);
                }
            }
            Kernel::PermutationChase => {
                let mut data = vec![0_u64; elements];
                let lap = chase::link_cycle(&mut data, LINE, arguments.get(&SEED) as u64);
                for _ in 0..passes {
                    result = chase::permutation_chase(Buffer::new(&data, base), result, lap, probe);
                }
            }
            Kernel::Triad => {
                let [b, c] = [1.0, 2.0].map(|value| vec![value; elements]);
                let mut a = vec![0.0; elements];
                let [base_b, base_c] = ["b", "c"].map(|name| place(name, bytes, probe));
                for _ in 0..passes {
                    let [b, c] = [Buffer::new(&b, base_b), Buffer::new(&c, base_c)];
                    triad::triad(BufferMut::new(&mut a, base), b, c, 3.0, probe);
                }
                result = a.first().copied().unwrap_or(0.0) as u64;
            }
        }
        result
    }
}

/// Alignment of the arrays a kernel runs on.
pub const PAGE: u64 = 4096;

/// Distance of two nodes of the chase that [`Kernel::run`] links.
const LINE: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Kind, NoProbe, Recorder};

    #[test]
    fn every_kernel_runs_and_its_probe_changes_nothing() {
        for kernel in Kernel::ALL {
            assert_eq!(Kernel::from_name(kernel.name()), Some(kernel));
            let mut arguments = Arguments::default();
            arguments.set(kernel.parameters(), "array", 4096.0).unwrap();
            let mut recorder = Recorder::default();
            let probed = kernel.run(&arguments, &mut recorder);
            assert_eq!(kernel.run(&arguments, &mut NoProbe), probed);
            assert!(!recorder.accesses.is_empty());
        }
    }

    #[test]
    fn every_kernel_knows_how_many_accesses_it_makes() {
        for kernel in Kernel::ALL {
            for (array, stride, passes) in
                [(64.0, 8.0, 1.0), (4096.0, 24.0, 3.0), (999.0, 2048.0, 2.0)]
            {
                let mut arguments = Arguments::default();
                for (name, value) in [
                    ("array", array),
                    ("stride", stride),
                    ("passes", passes),
                    ("accesses", 77.0),
                ] {
                    // Not every kernel takes all of them.
                    let _ = arguments.set(kernel.parameters(), name, value);
                }
                let mut recorder = Recorder::default();
                kernel.run(&arguments, &mut recorder);
                assert_eq!(
                    kernel.accesses(&arguments),
                    recorder.accesses.len() as u64,
                    "{kernel:?} {arguments:?}"
                );
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
