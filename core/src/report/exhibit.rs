//! Exhibits: what an experiment shows beside its curves.
//!
//! All numbers of an exhibit are in one unit and one kind of knowledge. What tells its parts apart,
//! such as what a worker does or who holds a page, is named once in the exhibit and then referred to by
//! number, so that it can be drawn, counted and looked up without reading texts.

use serde::{Deserialize, Serialize};

use super::{ScaleKind, sound::is_amount};
use crate::{evidence::Evidence, units::Unit};

mod words;

/// Something to be looked at beside curves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exhibit {
    /// What it shows: `time of a line's way`.
    pub title: String,
    /// What kind of knowledge its numbers are.
    pub evidence: Evidence,
    /// In what unit they are.
    pub unit: Unit,
    /// What there is to see.
    pub kind: ExhibitKind,
}

/// The kinds of exhibits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExhibitKind {
    /// From each of some things to each.
    Matrix(Matrix),
    /// What each of several did, and when.
    Lanes(Lanes),
    /// How many there are of each size.
    Histogram(Histogram),
    /// What stands where.
    Map(Map),
}

/// A square of values: from each of these things to each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    /// What stands at the rows, and in the same order at the columns: `CPU 0`.
    pub names: Vec<String>,
    /// Row by row; none where nothing is known.
    pub cells: Vec<Vec<Option<f64>>>,
}

/// Lanes beside each other along one axis, mostly of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lanes {
    /// What a span can be: `decode`, `wait`; no more than [`MOST_KINDS`].
    pub kinds: Vec<String>,
    /// From top to bottom.
    pub lanes: Vec<Lane>,
}

/// One lane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    /// Whose it is: `worker 0`.
    pub name: String,
    /// What happened, in its order; a lane does one thing at a time.
    pub spans: Vec<Span>,
}

/// Something that lasted. What took no time at all is a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// Where it begins.
    pub start: f64,
    /// Where it ends.
    pub end: f64,
    /// Which of the exhibit's kinds it is.
    pub kind: usize,
    /// What it is in particular: `batch 3`; empty where there is nothing to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
}

/// Counts in classes that lie side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// How the edges are to be drawn.
    #[serde(default)]
    pub scale: ScaleKind,
    /// Where the classes begin and the last one ends, rising: one more than there are classes.
    pub edges: Vec<f64>,
    /// How many lie in each.
    pub counts: Vec<u64>,
}

/// Cells of a grid, row by row: the pages of a file, the blocks of a heap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Map {
    /// How many cells a row has; the last row may have fewer.
    pub columns: usize,
    /// What a cell can be: `free`, `node 0`; no more than [`MOST_KINDS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// All cells.
    pub cells: Vec<Cell>,
}

/// One cell.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Its value, drawn as an area.
    pub value: f64,
    /// Which of the map's categories it is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<usize>,
}

/// Kinds and categories that can be told apart without colour.
pub const MOST_KINDS: usize = 8;

impl Exhibit {
    /// # Errors
    /// Why it is unsound, as a sentence without its full stop.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.evidence == Evidence::Unavailable {
            return Err("an exhibit that cannot be had is none: a note may say why".to_owned());
        }
        match &self.kind {
            ExhibitKind::Matrix(matrix) => matrix.check(),
            ExhibitKind::Lanes(lanes) => lanes.check(),
            ExhibitKind::Histogram(histogram) => histogram.check().map_err(str::to_owned),
            ExhibitKind::Map(map) => map.check(),
        }
    }
}

impl Matrix {
    fn check(&self) -> Result<(), String> {
        let side = self.names.len();
        let rows = &self.cells;
        if rows.len() != side || rows.iter().any(|row| row.len() != side) {
            return Err(format!(
                "the matrix is not as long and as wide as its {side} names"
            ));
        }
        if !rows.iter().flatten().flatten().copied().all(is_amount) {
            return Err("a cell of the matrix is below zero, or not finite".to_owned());
        }
        Ok(())
    }
}

impl Lanes {
    fn check(&self) -> Result<(), String> {
        few(&self.kinds)?;
        for Lane { name, spans } in &self.lanes {
            for span in spans {
                if span.kind >= self.kinds.len() {
                    return Err(format!(
                        "{name}: a span is of kind {}, and there are {}",
                        span.kind,
                        self.kinds.len()
                    ));
                }
                if !(is_amount(span.start) && span.end.is_finite() && span.start <= span.end) {
                    return Err(format!(
                        "{name}: a span begins below zero, ends before it begins, or not at all"
                    ));
                }
            }
            if spans.windows(2).any(|pair| pair[0].end > pair[1].start) {
                return Err(format!("{name}: a span begins before the last one ended"));
            }
        }
        Ok(())
    }
}

impl Histogram {
    fn check(&self) -> Result<(), &'static str> {
        if self.edges.len() != self.counts.len() + 1 {
            return Err("a histogram has one edge more than classes");
        }
        if !self.edges.iter().copied().all(is_amount) {
            return Err("an edge is below zero, or not finite");
        }
        if self.edges.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err("the edges do not rise");
        }
        Ok(())
    }
}

impl Map {
    fn check(&self) -> Result<(), String> {
        few(&self.categories)?;
        if self.columns == 0 {
            return Err("the map has no columns".to_owned());
        }
        for cell in &self.cells {
            if !is_amount(cell.value) {
                return Err("a cell of the map is below zero, or not finite".to_owned());
            }
            if let Some(category) = cell.category.filter(|it| *it >= self.categories.len()) {
                return Err(format!(
                    "a cell is of category {category}, and there are {}",
                    self.categories.len()
                ));
            }
        }
        Ok(())
    }
}

fn few(kinds: &[String]) -> Result<(), String> {
    if kinds.len() > MOST_KINDS {
        return Err(format!(
            "{} kinds cannot be told apart: {MOST_KINDS} can",
            kinds.len()
        ));
    }
    Ok(())
}
