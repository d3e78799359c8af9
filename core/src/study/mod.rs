//! Studies: one kernel, three readings.
//!
//! A study varies one thing along x and reads one thing along y. It says how the readings are
//! *predicted* (a closed form) and *simulated* (the kernel itself, access by access, or event by event)
//! on a given [`Machine`]; the native runner adds the *measured* one, on the same axes, at the same x.
//!
//! A new study is one file here, which says all there is to say of it, with its line in [`Study`]; and
//! one experiment of the same file name in the native runner, with its line there. The compiler names
//! what is missing.

pub mod bandwidth;
pub mod batches;
pub mod branches;
pub mod core_to_core;
pub mod cpu_utilisation;
mod definition;
pub mod false_sharing;
pub mod file_reading;
pub mod latency_ladder;
pub mod layouts;
pub mod loader_kernels;
pub mod loop_order;
pub mod page_faults;
pub mod parallel_chases;
pub mod profiling;
pub mod profiling_overhead;
pub mod roofline;
pub mod set_conflicts;
pub mod stride_sweep;
pub mod thread_bandwidth;
pub mod tiling;
pub mod tlb_reach;
pub mod transposition;
pub mod vector_efficiency;
pub mod vector_width;
mod workload;

use definition::{Asked, Definition, Measured, Simulated, Unsimulated};
pub use definition::{Dimension, Group, Info, Landmark, Parting, Value, Variant};
pub use workload::Workload;

use crate::{
    evidence::Reading,
    kernels::{PAGE, chase},
    machine::{Machine, MachineError},
    model::patterns::cyclic_hit_ratio,
    parameters::{Arguments, Parameter},
    report::{Experiment, ParameterValue, Point, Series},
    sim::{Counts, Hierarchy},
    trace::{AddressSpace, Buffer, Spread},
    units::Unit,
};

/// Makes [`Study`] of a line for each: its name, and the module that it stands in under that name.
macro_rules! studies {
    ($($study:ident in $module:ident,)+) => {
        /// A study by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Study {
            $(#[doc = concat!("That of [`", stringify!($module), "`].")] $study,)+
        }

        impl Study {
            /// All studies.
            pub const ALL: &[Study] = &[$(Study::$study),+];

            /// What it says of itself.
            pub fn info(self) -> &'static Info {
                match self { $(Study::$study => &$module::INFO),+ }
            }

            fn definition(self) -> &'static dyn Definition {
                match self { $(Study::$study => &$module::$study),+ }
            }

            // These not by the definition: a page that simulates and measures nothing itself then
            // leaves them out.

            fn simulated(self, asked: Asked<'_>) -> Value {
                match self { $(Study::$study => (&$module::$study).simulated(asked)),+ }
            }

            /// Why its readings part.
            pub fn parting(self) -> Parting {
                match self { $(Study::$study => $module::$study::PARTING),+ }
            }

            /// The kernel at `x`, to be timed; without an x a small one, inside the first level, to
            /// time what the core alone takes ([`issue`](Self::issue)). None for studies whose
            /// experiments set up their memory themselves.
            pub fn workload(
                self,
                machine: &Machine,
                arguments: &Arguments,
                variant: Variant,
                x: Option<f64>,
            ) -> Option<Box<dyn Workload>> {
                match self {
                    $(Study::$study => $module::$study::workload(machine, arguments, variant, x)),+
                }
            }

            /// The parameter that holds what the core alone takes for a unit of work of this variant,
            /// where each has its own.
            pub fn issue(self, variant: Variant) -> Option<&'static Parameter> {
                match self { $(Study::$study => <$module::$study as Measured>::issue(variant)),+ }
            }
        }
    };
}

studies! {
    LatencyLadder in latency_ladder,
    Bandwidth in bandwidth,
    StrideSweep in stride_sweep,
    LoopOrder in loop_order,
    Tiling in tiling,
    Transposition in transposition,
    Layouts in layouts,
    Batches in batches,
    ThreadBandwidth in thread_bandwidth,
    CoreToCore in core_to_core,
    FalseSharing in false_sharing,
    TlbReach in tlb_reach,
    SetConflicts in set_conflicts,
    ParallelChases in parallel_chases,
    Branches in branches,
    PageFaults in page_faults,
    CpuUtilisation in cpu_utilisation,
    Roofline in roofline,
    LoaderKernels in loader_kernels,
    VectorWidth in vector_width,
    VectorEfficiency in vector_efficiency,
    FileReading in file_reading,
    Profiling in profiling,
    ProfilingOverhead in profiling_overhead,
}

impl Study {
    /// Those that show a machine, for a first look: the others show what runs on it.
    pub fn of_machines() -> impl Iterator<Item = Self> {
        let all = Self::ALL.iter().copied();
        all.filter(|study| study.info().first_look)
    }

    /// The study of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|study| study.info().name == name)
    }

    /// The curves a reading has.
    pub fn variants(self, reading: Reading) -> &'static [Variant] {
        match reading {
            Reading::Measured => self.info().measured_variants,
            Reading::Simulated if self.unsimulated().is_some() => &[],
            Reading::Predicted | Reading::Simulated => self.info().variants,
        }
    }

    /// The curve of that name, whichever readings have it.
    pub fn variant(self, name: &str) -> Option<Variant> {
        let Info {
            variants,
            measured_variants,
            ..
        } = self.info();
        let mut all = variants.iter().chain(*measured_variants).copied();
        all.find(|variant| variant.name() == name)
    }

    /// Why there is no simulated reading, as a sentence without its full stop; none where there is
    /// one.
    pub fn unsimulated(self) -> Option<&'static str> {
        self.info().simulation.err()
    }

    /// Where along x to read a variant, rising. Variants of the measurement only have the x of the
    /// first.
    pub fn xs(self, machine: &Machine, arguments: &Arguments, variant: Variant) -> Vec<f64> {
        self.definition().xs(machine, arguments, variant)
    }

    /// The closed form at `x`.
    pub fn predict(
        self,
        machine: &Machine,
        arguments: &Arguments,
        variant: Variant,
        x: f64,
    ) -> Value {
        self.definition().predict(Asked {
            machine,
            arguments,
            variant,
            x,
        })
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
        variant: Variant,
        x: f64,
    ) -> Result<Value, Vec<MachineError>> {
        machine.check()?;
        Ok(self.simulated(Asked {
            machine,
            arguments,
            variant,
            x,
        }))
    }

    /// About how many accesses a simulation at `x` makes.
    pub fn accesses(self, machine: &Machine, arguments: &Arguments, x: f64) -> f64 {
        let simulation = self.info().simulation;
        simulation.map_or(0.0, |it| it.accesses(machine, arguments, x))
    }

    /// Whether a page simulates it at `x`: more takes seconds a point, and memory.
    pub fn is_for_a_page(self, machine: &Machine, arguments: &Arguments, x: f64) -> bool {
        let simulation = self.info().simulation;
        simulation.is_ok_and(|it| it.is_for_a_page(machine, arguments, x))
    }

    /// The places along x that have a name on this machine.
    pub fn landmarks(self, machine: &Machine) -> Vec<Landmark> {
        (self.info().landmarks)(machine)
    }

    /// A whole predicted or simulated curve, point by point as `read` gives it.
    pub fn curve(
        self,
        reading: Reading,
        variant: Variant,
        xs: &[f64],
        mut read: impl FnMut(f64) -> Value,
    ) -> Series {
        let points = xs.iter().map(|&x| point(x, read(x))).collect();
        Series {
            reading,
            variant: variant.name().to_owned(),
            points,
            unavailable: None,
        }
    }

    /// All predicted curves.
    pub fn predicted(self, machine: &Machine, arguments: &Arguments) -> Vec<Series> {
        let variants = self.info().variants.iter();
        let curves = variants.map(|&variant| {
            let xs = self.xs(machine, arguments, variant);
            self.curve(Reading::Predicted, variant, &xs, |x| {
                self.predict(machine, arguments, variant, x)
            })
        });
        curves.collect()
    }

    /// The experiment of a report, with these series.
    pub fn experiment(self, parameters: Vec<ParameterValue>, series: Vec<Series>) -> Experiment {
        let info = self.info();
        Experiment {
            name: info.name.to_owned(),
            title: info.title.to_owned(),
            claims: info.claims.iter().map(|&claim| claim.to_owned()).collect(),
            x: info.x.axis(),
            y: info.y.axis(),
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
