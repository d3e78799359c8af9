//! What a study says of itself, and what it answers.

use super::Workload;
use crate::{
    machine::Machine,
    parameters::{Arguments, Parameter},
    report::{Axis, Quantity, ScaleKind},
    sim::Hierarchy,
    units::Unit,
};

/// What a study says of itself.
pub struct Info {
    /// Its name on the command line and in links.
    pub name: &'static str,
    /// Title for people.
    pub title: &'static str,
    /// What it asks, as a sentence.
    pub about: &'static str,
    /// Ids of the claims it bears on.
    pub claims: &'static [&'static str],
    /// Among which others it stands.
    pub group: Group,
    /// Whether it belongs to a first look at a machine: others show what runs on it.
    pub first_look: bool,
    /// What is varied.
    pub x: Dimension,
    /// What is read.
    pub y: Dimension,
    /// Curves of the model and the simulator; [`Variant::ONLY`] where there is one.
    pub variants: &'static [Variant],
    /// Curves of the measurement, where they differ from those of the model.
    pub measured_variants: &'static [Variant],
    /// The x from which on its variants are to be compared, where they differ most somewhere else than
    /// at the largest.
    pub telling_x: Option<f64>,
    /// What it takes.
    pub parameters: &'static [Parameter],
    /// How it is simulated; or why no simulator has anything to say here, as a sentence without its full
    /// stop.
    pub(super) simulation: Result<&'static dyn Simulation, &'static str>,
    /// The places along x that have a name on a machine.
    pub(super) landmarks: fn(&Machine) -> Vec<Landmark>,
}

/// What a study is about, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// What memory gives to one core.
    Memory,
    /// What several cores do to each other.
    Cores,
    /// The same result by other ways through memory.
    Algorithms,
    /// What a core makes of data that is there.
    Kernels,
    /// What the operating system has a part in.
    System,
}

impl Group {
    /// Title for people.
    pub fn title(self) -> &'static str {
        match self {
            Group::Memory => "Memory",
            Group::Cores => "Cores",
            Group::Algorithms => "Algorithms",
            Group::Kernels => "Kernels",
            Group::System => "System",
        }
    }

    /// What it is about, as a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Group::Memory => "What caches and memory give to one core.",
            Group::Cores => "What several cores do to each other.",
            Group::Algorithms => "The same result by other ways through memory.",
            Group::Kernels => "What a core makes of data that is there.",
            Group::System => "What the operating system and its tools have a part in.",
        }
    }
}

/// A curve of a study, by the name that reports and links have for it.
///
/// Only studies make one; whoever has a name asks [`Study::variant`](super::Study::variant).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Variant(&'static str);

impl Variant {
    /// The curve of a study that has no other.
    pub const ONLY: Self = Self("");

    pub(super) const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Its name in reports and links; empty where there is one only.
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// Its place in a study's own table.
    ///
    /// # Panics
    /// For a variant of another study.
    pub(super) fn place<T>(self, table: &[(Self, T)]) -> usize {
        let place = table.iter().position(|(variant, _)| *variant == self);
        place.expect("a variant of this study")
    }

    /// What a study's own table has of it.
    ///
    /// # Panics
    /// For a variant of another study.
    pub(super) fn of<T: Copy>(self, table: &[(Self, T)]) -> T {
        table[self.place(table)].1
    }
}

impl std::fmt::Display for Variant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

/// The names in a table of variants.
pub(super) const fn names<T: Copy, const COUNT: usize>(
    table: &[(Variant, T); COUNT],
) -> [Variant; COUNT] {
    let mut names = [Variant::ONLY; COUNT];
    let mut place = 0;
    while place < COUNT {
        names[place] = table[place].0;
        place += 1;
    }
    names
}

/// What a study varies, or reads.
#[derive(Clone, Copy, Debug)]
pub struct Dimension {
    /// Its name on an axis.
    pub label: &'static str,
    /// In what unit.
    pub unit: Unit,
    /// What it is, where something follows from it.
    pub quantity: Quantity,
    /// How it is drawn.
    pub scale: ScaleKind,
}

impl Dimension {
    /// One from which nothing follows.
    pub(super) const fn new(label: &'static str, unit: Unit) -> Self {
        Self::of(Quantity::Other, label, unit)
    }

    pub(super) const fn of(quantity: Quantity, label: &'static str, unit: Unit) -> Self {
        Self {
            label,
            unit,
            quantity,
            scale: ScaleKind::Log,
        }
    }

    /// Bytes that are used over and over.
    pub(super) const WORKING_SET: Self = Self::of(Quantity::WorkingSet, "working set", Unit::Bytes);

    /// Time of a load, others not counted in.
    pub(super) const TIME_PER_LOAD: Self =
        Self::of(Quantity::TimePerAccess, "time per load", Unit::Nanoseconds);

    /// As an axis of a report.
    pub fn axis(self) -> Axis {
        Axis {
            label: self.label.to_owned(),
            unit: self.unit,
            quantity: self.quantity,
            scale: self.scale,
        }
    }
}

/// A named place along x: where a cache is full, where a line ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Landmark {
    /// Where.
    pub x: f64,
    /// Its name: `L2`.
    pub label: String,
}

/// No places with a name.
pub(super) fn nowhere(_: &Machine) -> Vec<Landmark> {
    Vec::new()
}

/// Where each cache is full, whose x is told from its bytes.
pub(super) fn full_at(machine: &Machine, x: impl Fn(f64) -> f64) -> Vec<Landmark> {
    let caches = machine.caches.iter();
    let marks = caches.map(|cache| Landmark {
        x: x(cache.size as f64),
        label: cache.name.clone(),
    });
    marks.collect()
}

/// Where each cache is full, along working sets.
pub(super) fn capacities(machine: &Machine) -> Vec<Landmark> {
    full_at(machine, |bytes| bytes)
}

/// Where a line ends.
pub(super) fn line_end(machine: &Machine) -> Vec<Landmark> {
    vec![Landmark {
        x: machine.line() as f64,
        label: "line".to_owned(),
    }]
}

/// One reading at one x.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Value {
    /// The reading, in the unit of y.
    pub y: f64,
    /// Share of accesses served by each level, memory last; empty where no level has a part in it.
    pub served: Vec<f64>,
    /// Accesses simulated, warm-up included; 0 for a closed form.
    pub simulated_accesses: u64,
}

impl Value {
    /// A reading in which no level of caches has a part.
    pub(super) fn of(y: f64) -> Self {
        Self {
            y,
            ..Self::default()
        }
    }
}

/// What a study is asked: the reading of one of its variants at one x.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// Sound.
    pub machine: &'a Machine,
    pub arguments: &'a Arguments,
    pub variant: Variant,
    pub x: f64,
}

impl Asked<'_> {
    /// The machine's caches, cold, for a kernel to run through.
    pub fn caches(&self) -> Hierarchy {
        Hierarchy::new(self.machine).expect("who asks has checked the machine")
    }
}

/// What each study implements. Machines passed in are sound ([`Machine::check`]).
pub(super) trait Definition: Sync {
    /// Where along x to read this variant, rising.
    fn xs(&self, machine: &Machine, arguments: &Arguments, variant: Variant) -> Vec<f64>;
    /// The closed form.
    fn predict(&self, asked: Asked<'_>) -> Value;
}

/// The largest working set that a page simulates where working sets grow.
pub(super) const PAGE_BYTES: f64 = 67_108_864.0;

/// The simulated reading of a study, by whatever simulator it needs.
pub(super) trait Simulation: Sync {
    /// Runs the kernel: once to warm what it runs through, then once counted. Not by a table of
    /// functions: a page that has its simulations elsewhere then leaves the simulators out.
    fn simulate(&self, asked: Asked<'_>) -> Value
    where
        Self: Sized;
    /// About how many accesses a simulation at `x` makes.
    fn accesses(&self, machine: &Machine, arguments: &Arguments, x: f64) -> f64;
    /// Whether a page simulates it at `x`: more takes seconds a point, and memory.
    fn is_for_a_page(&self, machine: &Machine, arguments: &Arguments, x: f64) -> bool {
        self.accesses(machine, arguments, x) <= 2e7
    }
}

/// The simulation of a study by its type, for `(&study).simulated(asked)`: that of [`Simulation`] where
/// it has one, and otherwise, a reference further away, that of [`Unsimulated`].
pub(super) trait Simulated {
    fn simulated(&self, asked: Asked<'_>) -> Value;
}

impl<S: Simulation> Simulated for S {
    fn simulated(&self, asked: Asked<'_>) -> Value {
        self.simulate(asked)
    }
}

/// A study that says why it is not simulated.
pub(super) trait Unsimulated {
    fn simulated(&self, _: Asked<'_>) -> Value {
        unreachable!("a study that is not simulated has no variants to simulate")
    }
}

impl<D: Definition> Unsimulated for &D {}

/// What only a lab that measures asks a study for: a page that does not leaves all of it out, since
/// [`Definition`] does not lead there.
pub(super) trait Measured {
    /// Why its readings part.
    const PARTING: Parting;
    /// The kernel as [`Study::workload`](super::Study::workload) says.
    fn workload(
        _machine: &Machine,
        _arguments: &Arguments,
        _variant: Variant,
        _x: Option<f64>,
    ) -> Option<Box<dyn Workload>> {
        None
    }
    /// The parameter that holds what the core alone takes for a unit of work of this variant.
    fn issue(_variant: Variant) -> Option<&'static Parameter> {
        None
    }
}

/// Why the readings of a study part, in sentences.
#[derive(Clone, Copy, Debug)]
pub enum Parting {
    /// Why a measured value is above its prediction, and why below, wherever it is.
    Either {
        /// Why it is above.
        above: &'static str,
        /// Why it is below.
        below: &'static str,
    },
    /// What the closed form of a variant leaves out where it is slower than predicted. Its experiment's
    /// own notes say where that is.
    Slower(fn(Variant) -> &'static str),
    /// The experiment's own notes say it all, with figures.
    Notes,
}
