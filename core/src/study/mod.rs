//! Studies: one kernel, three readings.
//!
//! A study varies one thing along x and reads one thing along y. It says how the readings are
//! *predicted* (a closed form) and *simulated* (the kernel itself, access by access) on a given
//! [`Machine`]; the native runner adds the *measured* one, on the same axes, at the same x.
//!
//! A new study is one file here, one variant of [`Study`], and one experiment of the same file name
//! in the native runner; the compiler names the places that lack it.

pub mod bandwidth;
mod batches;
pub mod branches;
mod core_to_core;
pub mod cpu_utilisation;
mod false_sharing;
pub mod file_reading;
mod latency_ladder;
mod layouts;
mod loader_kernels;
mod loop_order;
pub mod page_faults;
pub mod parallel_chases;
pub mod profiling;
pub mod profiling_overhead;
pub mod roofline;
pub mod set_conflicts;
mod stride_sweep;
mod thread_bandwidth;
mod tiling;
pub mod tlb_reach;
mod transposition;
pub mod vector_efficiency;
pub mod vector_width;
mod workload;

pub use core_to_core::{MOST_CORES, pairs};
pub use false_sharing::{HANDOVER, UPDATE, slots};
pub use stride_sweep::array_bytes;
pub use thread_bandwidth::ALONE;
pub use workload::Workload;
use workload::timed;

use crate::{
    evidence::Reading,
    kernels::{PAGE, chase},
    machine::{Machine, MachineError},
    model::patterns::cyclic_hit_ratio,
    parameters::{Arguments, Parameter},
    report::{Axis, Experiment, ParameterValue, Point, ScaleKind, Series},
    sim::{Counts, Hierarchy},
    trace::{AddressSpace, Buffer, Spread},
    units::Unit,
};

/// A study by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Study {
    /// Time of a dependent load, by working set.
    LatencyLadder,
    /// Rate of streaming kernels, by working set.
    Bandwidth,
    /// Time of an access, by stride.
    StrideSweep,
    /// Time of a matrix product's multiply-add, by size and order of the loops.
    LoopOrder,
    /// Time of a matrix product's multiply-add, by side of a tile.
    Tiling,
    /// Time of transposing an element, by size and method.
    Transposition,
    /// Time of a record's field, by layout and how many are used.
    Layouts,
    /// Time of bringing a shuffled sample to its place, by number and method.
    Batches,
    /// Rate at which several cores read and write memory, by their number.
    ThreadBandwidth,
    /// Time of a line's way from core to core, by pair.
    CoreToCore,
    /// Time of an update, by distance between two threads' counters.
    FalseSharing,
    /// Time of a dependent load, by number of pages.
    TlbReach,
    /// Time of a dependent load, by how many lines share a set.
    SetConflicts,
    /// Time of a load, by how many chases go on at once.
    ParallelChases,
    /// Time of an element behind a branch, by share taken.
    Branches,
    /// Time of the first touch of a page, by size of the mapping.
    PageFaults,
    /// Processor time over wall time, by working set.
    CpuUtilisation,
    /// Rate of arithmetic, by operations for each byte.
    Roofline,
    /// Rate of each kernel of a loader, by working set.
    LoaderKernels,
    /// Rate of a kernel in vectors of each width, by working set.
    VectorWidth,
    /// Speed-up of vectors over single numbers, by lanes.
    VectorEfficiency,
    /// Rate of reading a file, by size of a request.
    FileReading,
    /// Error of a sampling profiler, by number of samples.
    Profiling,
    /// Time that a profiler adds, by rate of its events.
    ProfilingOverhead,
}

/// What a study says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// Its name on the command line and in links.
    pub name: &'static str,
    /// Title for people.
    pub title: &'static str,
    /// What it asks, as a sentence.
    pub about: &'static str,
    /// Ids of the claims it bears on.
    pub claims: &'static [&'static str],
    /// What is varied.
    pub x: (&'static str, Unit),
    /// What is read.
    pub y: (&'static str, Unit),
    /// Curves of the model and the simulator; one empty name where there is one curve only.
    pub variants: &'static [&'static str],
    /// Curves of the measurement, where they differ from those of the model.
    pub measured_variants: &'static [&'static str],
    /// What it takes.
    pub parameters: &'static [Parameter],
}

/// One reading at one x.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Value {
    /// The reading, in the unit of y.
    pub y: f64,
    /// Share of accesses served by each level, memory last.
    pub served: Vec<f64>,
    /// Accesses simulated, warm-up included; 0 for a closed form.
    pub simulated_accesses: u64,
}

/// What each study implements. Machines passed in are sound ([`Machine::check`]).
trait Definition: Sync {
    fn info(&self) -> &'static Info;
    /// Where along x to read this variant, rising.
    fn xs(&self, machine: &Machine, arguments: &Arguments, variant: &str) -> Vec<f64>;
    fn predict(&self, machine: &Machine, arguments: &Arguments, variant: &str, x: f64) -> Value;
    /// Runs the kernel through `caches`, which are cold: once to warm them, then once counted. Those
    /// that say why they are [not simulated](Self::unsimulated) leave it as it is.
    fn simulate(
        &self,
        _caches: Hierarchy,
        _machine: &Machine,
        _arguments: &Arguments,
        _variant: &str,
        _x: f64,
    ) -> Value {
        unreachable!("a study that is not simulated has no variants to simulate")
    }
    /// Why the simulator has nothing to say here, as a sentence without its full stop, where it has
    /// not.
    fn unsimulated(&self) -> Option<&'static str> {
        None
    }
    /// How x and y are drawn.
    fn scales(&self) -> [ScaleKind; 2] {
        [ScaleKind::Log; 2]
    }
    /// The parameter that holds what the core alone takes for this variant.
    fn issue(&self, _variant: &str) -> Option<&'static Parameter> {
        None
    }
    /// About how many accesses a simulation at `x` makes.
    fn accesses(&self, _machine: &Machine, _arguments: &Arguments, _x: f64) -> f64 {
        0.0
    }
}

impl Study {
    /// All studies.
    pub const ALL: &[Study] = &[
        Study::LatencyLadder,
        Study::Bandwidth,
        Study::StrideSweep,
        Study::LoopOrder,
        Study::Tiling,
        Study::Transposition,
        Study::Layouts,
        Study::Batches,
        Study::ThreadBandwidth,
        Study::CoreToCore,
        Study::FalseSharing,
        Study::TlbReach,
        Study::SetConflicts,
        Study::ParallelChases,
        Study::Branches,
        Study::PageFaults,
        Study::CpuUtilisation,
        Study::Roofline,
        Study::LoaderKernels,
        Study::VectorWidth,
        Study::VectorEfficiency,
        Study::FileReading,
        Study::Profiling,
        Study::ProfilingOverhead,
    ];

    /// Those that show a machine, for a first look: the others show algorithms on it.
    pub const OF_MACHINES: [Study; 3] =
        [Study::LatencyLadder, Study::Bandwidth, Study::StrideSweep];

    fn definition(self) -> &'static dyn Definition {
        match self {
            Study::LatencyLadder => &latency_ladder::LatencyLadder,
            Study::Bandwidth => &bandwidth::Bandwidth,
            Study::StrideSweep => &stride_sweep::StrideSweep,
            Study::LoopOrder => &loop_order::LoopOrder,
            Study::Tiling => &tiling::Tiling,
            Study::Transposition => &transposition::Transpose,
            Study::Layouts => &layouts::Layouts,
            Study::Batches => &batches::Batches,
            Study::ThreadBandwidth => &thread_bandwidth::ThreadBandwidth,
            Study::CoreToCore => &core_to_core::CoreToCore,
            Study::FalseSharing => &false_sharing::FalseSharing,
            Study::TlbReach => &tlb_reach::TlbReach,
            Study::SetConflicts => &set_conflicts::SetConflicts,
            Study::ParallelChases => &parallel_chases::ParallelChases,
            Study::Branches => &branches::Branches,
            Study::PageFaults => &page_faults::PageFaults,
            Study::CpuUtilisation => &cpu_utilisation::CpuUtilisation,
            Study::Roofline => &roofline::Roofline,
            Study::LoaderKernels => &loader_kernels::LoaderKernels,
            Study::VectorWidth => &vector_width::VectorWidth,
            Study::VectorEfficiency => &vector_efficiency::VectorEfficiency,
            Study::FileReading => &file_reading::FileReading,
            Study::Profiling => &profiling::Profiling,
            Study::ProfilingOverhead => &profiling_overhead::ProfilingOverhead,
        }
    }

    /// What it says of itself.
    pub fn info(self) -> &'static Info {
        self.definition().info()
    }

    /// The study of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|study| study.info().name == name)
    }

    /// The curves a reading has.
    pub fn variants(self, reading: Reading) -> &'static [&'static str] {
        match reading {
            Reading::Measured => self.info().measured_variants,
            Reading::Simulated if self.unsimulated().is_some() => &[],
            Reading::Predicted | Reading::Simulated => self.info().variants,
        }
    }

    /// Why there is no simulated reading, as a sentence without its full stop; none where there is
    /// one.
    pub fn unsimulated(self) -> Option<&'static str> {
        self.definition().unsimulated()
    }

    /// Where along x to read a variant, rising. Variants of the measurement only have the x of the
    /// first.
    pub fn xs(self, machine: &Machine, arguments: &Arguments, variant: &str) -> Vec<f64> {
        self.definition().xs(machine, arguments, variant)
    }

    /// The closed form at `x`.
    pub fn predict(self, machine: &Machine, arguments: &Arguments, variant: &str, x: f64) -> Value {
        self.definition().predict(machine, arguments, variant, x)
    }

    /// The simulated reading at `x`.
    ///
    /// # Errors
    /// All that is wrong with the machine.
    ///
    /// # Panics
    /// For a study that is [not simulated](Self::unsimulated): it has no simulated variants.
    pub fn simulate(
        self,
        machine: &Machine,
        arguments: &Arguments,
        variant: &str,
        x: f64,
    ) -> Result<Value, Vec<MachineError>> {
        let caches = Hierarchy::new(machine)?;
        Ok(self
            .definition()
            .simulate(caches, machine, arguments, variant, x))
    }

    /// The kernel at `x`, to be timed; without an x a small one, inside the first level, to time what
    /// the core alone takes ([`issue`](Self::issue)). None for studies whose experiments set up their
    /// memory themselves.
    pub fn workload(
        self,
        machine: &Machine,
        arguments: &Arguments,
        variant: &str,
        x: Option<f64>,
    ) -> Option<Box<dyn Workload>> {
        // Not by the definition: a page that measures nothing then leaves the timed kernels out.
        Some(match self {
            Study::LatencyLadder
            | Study::Bandwidth
            | Study::StrideSweep
            | Study::ThreadBandwidth
            | Study::CoreToCore
            | Study::FalseSharing => return None,
            Study::TlbReach | Study::SetConflicts | Study::ParallelChases => return None,
            Study::Branches | Study::PageFaults | Study::CpuUtilisation => return None,
            Study::Roofline | Study::LoaderKernels => return None,
            Study::VectorWidth | Study::VectorEfficiency => return None,
            Study::FileReading | Study::Profiling | Study::ProfilingOverhead => return None,
            Study::LoopOrder => timed::<loop_order::LoopOrder>(machine, arguments, variant, x),
            Study::Tiling => timed::<tiling::Tiling>(machine, arguments, variant, x),
            Study::Transposition => {
                timed::<transposition::Transpose>(machine, arguments, variant, x)
            }
            Study::Layouts => timed::<layouts::Layouts>(machine, arguments, variant, x),
            Study::Batches => timed::<batches::Batches>(machine, arguments, variant, x),
        })
    }

    /// The parameter that holds what the core alone takes for a unit of work of this variant, where
    /// each has its own.
    pub fn issue(self, variant: &str) -> Option<&'static Parameter> {
        self.definition().issue(variant)
    }

    /// The x from which on its variants are to be compared, where they differ most somewhere else than
    /// at the largest.
    pub fn telling_x(self) -> Option<f64> {
        match self {
            // Nobody can foresee a branch that is taken every second time.
            Study::Branches => Some(50.0),
            // Counters side by side.
            Study::FalseSharing => Some(8.0),
            // One field of a record; a quick run has no fewer than two.
            Study::Layouts => Some(1.0),
            _ => None,
        }
    }

    /// About how many accesses a simulation at `x` makes.
    pub fn accesses(self, machine: &Machine, arguments: &Arguments, x: f64) -> f64 {
        self.definition().accesses(machine, arguments, x)
    }

    /// A whole predicted or simulated curve, point by point as `read` gives it.
    pub fn curve(
        self,
        reading: Reading,
        variant: &str,
        xs: &[f64],
        mut read: impl FnMut(f64) -> Value,
    ) -> Series {
        let points = xs.iter().map(|&x| point(x, read(x))).collect();
        Series {
            reading,
            variant: variant.to_owned(),
            points,
            unavailable: None,
        }
    }

    /// All predicted curves.
    pub fn predicted(self, machine: &Machine, arguments: &Arguments) -> Vec<Series> {
        self.info()
            .variants
            .iter()
            .map(|variant| {
                let xs = self.xs(machine, arguments, variant);
                self.curve(Reading::Predicted, variant, &xs, |x| {
                    self.predict(machine, arguments, variant, x)
                })
            })
            .collect()
    }

    /// What stands along x and along y.
    pub fn axes(self) -> [Axis; 2] {
        let info = self.info();
        let [x, y] = self.definition().scales();
        let axis = |(label, unit): (&str, Unit), scale| Axis {
            label: label.to_owned(),
            unit,
            scale,
        };
        [axis(info.x, x), axis(info.y, y)]
    }

    /// The experiment of a report, with these series.
    pub fn experiment(self, parameters: Vec<ParameterValue>, series: Vec<Series>) -> Experiment {
        let info = self.info();
        let [x, y] = self.axes();
        Experiment {
            name: info.name.to_owned(),
            title: info.title.to_owned(),
            claims: info.claims.iter().map(|&claim| claim.to_owned()).collect(),
            x,
            y,
            parameters,
            series,
            exhibits: Vec::new(),
            ratios: Vec::new(),
            counted: Vec::new(),
            verdicts: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// A modelled or simulated value as a point of a curve.
pub fn point(x: f64, value: Value) -> Point {
    Point {
        x,
        y: value.y,
        served: value.served,
        ..Point::default()
    }
}

/// Largest working set, as a multiple of the last-level cache.
pub const REACH: Parameter = Parameter {
    name: "reach",
    meaning: "largest working set, as a multiple of the last-level cache",
    unit: Unit::Ratio,
    default: 4.0,
    min: 0.25,
    max: 16.0,
};

/// Density of the grid of working sets.
pub const PER_OCTAVE: Parameter = Parameter {
    name: "per-octave",
    meaning: "points for each doubling of the working set",
    unit: Unit::Count,
    default: 2.0,
    min: 1.0,
    max: 8.0,
};

/// Working sets from 4 KiB (or an eighth of a smaller first cache) on, each a whole number of
/// `quantum` bytes.
fn working_sets(machine: &Machine, arguments: &Arguments, quantum: u64) -> Vec<f64> {
    let first = (machine.caches[0].size / 8).clamp(quantum, 4096) as f64;
    let last = machine.last_level_bytes() as f64 * arguments.get(&REACH);
    let steps = arguments.get(&PER_OCTAVE);
    let count = ((last / first).log2().max(0.0) * steps + 1e-9).floor() as u32;
    let mut xs: Vec<f64> = (0..=count)
        .map(|step| {
            let bytes = first * (f64::from(step) / steps).exp2();
            (bytes as u64).next_multiple_of(quantum) as f64
        })
        .collect();
    xs.dedup();
    xs
}

/// Share of visits to `lines` lines, over and over, that each level serves, memory last.
///
/// By [`cyclic_hit_ratio`] for each level; an outer level serves what it holds and the inner ones
/// do not.
fn cyclic_served(machine: &Machine, lines: u64, line_stride: u64) -> Vec<f64> {
    let mut inside = 0.0_f64;
    let mut served: Vec<f64> = machine
        .caches
        .iter()
        .map(|cache| {
            let held = cyclic_hit_ratio(lines, line_stride, cache.sets(), cache.ways).max(inside);
            let share = held - inside;
            inside = held;
            share
        })
        .collect();
    served.push(1.0 - inside);
    served
}

/// What the caches count in one lap of a random cycle of `nodes` dependent loads, each of a word,
/// `pitch` bytes apart, when a lap before has warmed them.
fn chase_lap(caches: &mut Hierarchy, nodes: usize, pitch: u64, seed: f64) -> Counts {
    const WORD: u64 = size_of::<u64>() as u64;
    // Nodes of one word, told to the caches as far apart as they are: the same cycle, and what the
    // kernel does not touch is left out.
    let mut data = vec![0_u64; nodes];
    chase::link_cycle(&mut data, WORD as usize, seed as u64);
    let base = AddressSpace::default().place(nodes as u64 * pitch, PAGE);
    let data = Buffer::new(&data, base);
    let lap = |start, caches: &mut Hierarchy| {
        let mut spread = Spread {
            probe: caches,
            base,
            factor: pitch / WORD,
        };
        chase::permutation_chase(data, start, nodes, &mut spread)
    };
    let start = lap(0, caches);
    caches.reset_counts();
    lap(start, caches);
    caches.counts()
}

#[cfg(test)]
mod tests;
