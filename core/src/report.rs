//! The report: what a measuring run writes and the page replays.
//!
//! One JSON document with a schema version. It holds the machine, the conditions, and experiments;
//! each experiment holds its parameters and its series, and each series says which reading it is.
//! Within one schema number fields are only ever added, each with a default; a change that an older lab
//! would misread or refuse raises [`SCHEMA`]. Reports of every schema so far open (`older.rs`):
//!
//! 1. Values above zero, one measured matrix an experiment, notes as bare texts.
//! 2. Zero is a value, and stands on linear axes; exhibits of four kinds; notes have kind and place.

use serde::{Deserialize, Serialize};

mod compare;
mod conditions;
mod counted;
mod exhibit;
mod inference;
mod note;
mod older;
mod quantity;
mod ratio;
mod sample;
mod sound;
mod verdict;

pub use compare::{Compared, Difference, compare};
pub use conditions::Conditions;
pub use counted::{Count, Counted, Counter, Metric};
pub use exhibit::{
    Cell, Exhibit, ExhibitKind, Histogram, Lane, Lanes, MOST_KINDS, Map, Matrix, Span,
};
pub use inference::{Estimate, Inference, Wording};
pub use note::{Note, NoteKind};
pub use quantity::Quantity;
pub use ratio::Ratio;
pub use sample::{Disturbance, Sample, Switches};
pub use verdict::{Alike, Verdict};

use crate::{
    evidence::{Evidence, Reading},
    machine::{Figure, Machine},
    study::Study,
    topology::Object,
    units::Unit,
};

/// The schema this lab writes.
pub const SCHEMA: u32 = 2;

/// One run of the lab on one machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Schema version: [`SCHEMA`] when written or read by this lab.
    pub schema: u32,
    /// Which lab wrote it: name and version.
    pub generator: String,
    /// When, RFC 3339, UTC.
    pub created: String,
    /// The machine as simulated: its figures say whether they were measured.
    pub machine: Machine,
    /// The tree of the machine's parts, where it was looked at.
    #[serde(default)]
    pub topology: Option<Object>,
    /// The conditions of the run.
    pub environment: Environment,
    /// What was run.
    pub experiments: Vec<Experiment>,
    /// What timing found of the machine, beside what it says of itself.
    #[serde(default)]
    pub inferred: Vec<Inference>,
    /// Sentences about the whole run: mismatches, caps, what was cut short.
    #[serde(default)]
    pub notes: Vec<Note>,
}

/// The conditions a measurement was taken under.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Environment {
    /// Facts by name, in the order to be shown: `kernel`, `processor`, `governor`, …
    pub facts: Vec<Fact>,
    /// What could not be had, and why.
    pub unavailable: Vec<Unavailable>,
}

/// One named condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is: `kernel`.
    pub name: String,
    /// Its value in words.
    pub value: String,
}

/// Something this machine or this run could not give.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unavailable {
    /// What is missing: `hardware counters`.
    pub what: String,
    /// Why, as a sentence.
    pub why: String,
}

impl Unavailable {
    /// What is missing and why, as a sentence without its full stop.
    pub fn sentence(&self) -> String {
        format!("{}: {}", self.what, self.why.trim_end_matches('.'))
    }
}

/// One experiment: a study with its parameters and its series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// Name of the study: `latency-ladder`.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// Ids of the claims it bears on: `H1`.
    pub claims: Vec<String>,
    /// What was varied along x.
    pub x: Axis,
    /// What was read along y.
    pub y: Axis,
    /// The parameters it ran with.
    pub parameters: Vec<ParameterValue>,
    /// Its curves, predicted before simulated before measured.
    pub series: Vec<Series>,
    /// What it shows beside its curves.
    #[serde(
        default,
        alias = "matrix",
        deserialize_with = "older::exhibits::deserialize",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub exhibits: Vec<Exhibit>,
    /// How its measured variants compare to the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ratios: Vec<Ratio>,
    /// What was counted beside the timing, point by point.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counted: Vec<Counted>,
    /// What holds the measured curves back, with the evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<Verdict>,
    /// Sentences about this experiment: why readings part, what was flagged.
    #[serde(default)]
    pub notes: Vec<Note>,
}

/// One axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// What stands along it: `working set`.
    pub label: String,
    /// In what unit.
    pub unit: Unit,
    /// What that is, where something follows from it.
    #[serde(default)]
    pub quantity: Quantity,
    /// How it is drawn.
    #[serde(default)]
    pub scale: ScaleKind,
}

/// How values are laid out along an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScaleKind {
    /// Equal ratios are equal distances.
    #[default]
    Log,
    /// Equal differences are equal distances, from zero on.
    Linear,
}

impl Axis {
    /// A place along it, with its name: `working set 32 KiB`.
    pub fn place(&self, x: f64) -> String {
        format!("{} {}", self.label, self.unit.format(x))
    }
}

/// One parameter as run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParameterValue {
    /// Its name.
    pub name: String,
    /// In what unit.
    pub unit: Unit,
    /// Its value and where that came from.
    pub figure: Figure,
}

/// One curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Which reading it is.
    pub reading: Reading,
    /// Which variant of the experiment: `4 KiB pages`; empty where there is one only.
    #[serde(default)]
    pub variant: String,
    /// Its points by rising x; empty when unavailable.
    pub points: Vec<Point>,
    /// Why there are no points.
    #[serde(default)]
    pub unavailable: Option<String>,
}

impl Series {
    /// The curve of that reading and variant among others.
    pub fn find<'s>(all: &'s [Self], reading: Reading, variant: &str) -> Option<&'s Self> {
        all.iter()
            .find(|series| series.reading == reading && series.variant == variant)
    }

    /// Its point at exactly that x.
    pub fn at(&self, x: f64) -> Option<&Point> {
        self.points.iter().find(|point| point.x == x)
    }
}

/// One point of a curve.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Where along x.
    pub x: f64,
    /// The reading: the median, when measured.
    pub y: f64,
    /// How sure: only measured points have one, and all of them do.
    #[serde(default)]
    pub spread: Option<Spread>,
    /// The samples behind a measured point, in the order taken.
    #[serde(default)]
    pub samples: Vec<Sample>,
    /// Share of accesses served by each level, memory last; only predicted and simulated ones.
    #[serde(default)]
    pub served: Vec<f64>,
}

impl Point {
    /// Whether too many of its samples were disturbed to trust it.
    pub fn dirty(&self) -> bool {
        let dirty = self.samples.iter().filter(|sample| sample.dirty).count();
        dirty * 2 > self.samples.len()
    }
}

/// How sure a median is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Lower end of the confidence interval.
    pub low: f64,
    /// Upper end of the confidence interval.
    pub high: f64,
    /// Coverage of the interval, 0.95 where there were samples enough.
    pub confidence: f64,
}

/// Why a text is no report.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReportError {
    /// Not JSON, or not shaped like a report.
    #[error("this is no report that can be read: line {line}, column {column}: {problem}")]
    Corrupt {
        /// 1-based.
        line: usize,
        /// 1-based.
        column: usize,
        /// What was found or missed there.
        problem: String,
    },
    /// Written by a newer lab.
    #[error(
        "this report has schema {found}, and this lab reads up to {SCHEMA}: open it with a newer lab"
    )]
    Newer {
        /// The schema it names.
        found: u32,
    },
    /// Well-formed, but it contradicts itself.
    #[error("this report contradicts itself: {0}")]
    Unsound(String),
}

impl Report {
    /// Reads a report.
    ///
    /// # Errors
    /// When the text is corrupt, from a newer lab, or contradicts itself; the error names the place.
    // Inlined, it is compiled with the page, for size, and shares its readers of machines and points
    // with what the page's worker is told.
    #[inline]
    pub fn from_json(text: &str) -> Result<Self, ReportError> {
        #[derive(Deserialize)]
        struct Version {
            schema: u32,
        }
        let corrupt = |error: serde_json::Error| ReportError::Corrupt {
            line: error.line(),
            column: error.column(),
            problem: plain(&error),
        };
        let Version { schema } = serde_json::from_str(text).map_err(corrupt)?;
        if schema > SCHEMA {
            return Err(ReportError::Newer { found: schema });
        }
        let report: Self = serde_json::from_str(text).map_err(corrupt)?;
        let mut report = report.renewed();
        report.check()?;
        report.experiments.iter_mut().for_each(Experiment::declared);
        Ok(report)
    }

    /// The report as JSON, indented.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a report holds only plain data")
    }

    /// The experiment of that name.
    pub fn experiment(&self, name: &str) -> Option<&Experiment> {
        self.experiments
            .iter()
            .find(|experiment| experiment.name == name)
    }
}

impl Experiment {
    /// What its axes are of, by its study's own word: older reports do not say.
    fn declared(&mut self) {
        if let Some(study) = Study::from_name(&self.name) {
            let info = study.info();
            for (axis, declared) in [(&mut self.x, info.x), (&mut self.y, info.y)] {
                if axis.quantity == Quantity::Other {
                    axis.quantity = declared.quantity;
                }
            }
        }
    }

    /// How many of its samples were disturbed, and by what.
    pub fn conditions(&self) -> Conditions {
        Conditions::of_series(&self.series)
    }

    /// What kind of knowledge each of its series is, in the order of the series.
    pub fn evidence(&self) -> impl Iterator<Item = Evidence> {
        self.series.iter().map(|series| match series.unavailable {
            Some(_) => Evidence::Unavailable,
            None => series.reading.evidence(),
        })
    }
}

/// The message without serde_json's own " at line …": the place is told apart.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
