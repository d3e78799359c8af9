//! The loop language: what a student types, parsed, checked and run access by access.

mod problem;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Probe;

pub use problem::Problem;

/// A program, parsed and checked.
#[derive(Clone, Debug)]
pub struct Program {
    params: Arc<[Param]>,
}

/// A number that can be changed without touching the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    /// What the program calls it.
    pub name: String,
    /// Its value when nobody says otherwise.
    pub default: i64,
    /// The least value.
    pub min: i64,
    /// The largest value.
    pub max: i64,
    /// Whether only powers of two make sense.
    pub doubling: bool,
    /// The line it is declared on, from 1.
    pub line: u32,
    /// The comment behind it, empty where there is none.
    pub note: String,
}

/// How elements of several dimensions lie in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The last index runs fastest, as in C, Rust and NumPy.
    #[default]
    Row,
    /// The first index runs fastest, as in Fortran and Julia.
    Column,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Bytes from the start of the record.
    pub offset: u64,
    /// Its size.
    pub bytes: u64,
}

/// An array with its place in memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedArray {
    /// What the program calls it.
    pub name: String,
    /// Its first address.
    pub base: u64,
    /// Its size.
    pub bytes: u64,
    /// The size of an element, with padding.
    pub element_bytes: u64,
    /// Elements along each dimension, as declared.
    pub dims: Vec<u64>,
    /// How they lie.
    pub order: Order,
    /// The fields of an element, where it is a record.
    pub fields: Vec<Field>,
}

/// How many accesses a program makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// So many.
    Exact(u64),
    /// No more than that.
    AtMost(u64),
}

/// What a piece of the source is, for highlighting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKind {
    /// A word of the language.
    Keyword,
    /// A name somebody chose, or of a function.
    Name,
    /// A number.
    Number,
    /// The type of an element.
    Type,
    /// An operator or bracket.
    Operator,
    /// From `//` to the end of the line.
    Comment,
    /// What the language has no use for.
    Error,
}

/// A piece of the source; white space lies between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its first byte.
    pub start: usize,
    /// The byte behind its last.
    pub end: usize,
    /// What it is.
    pub kind: TokenKind,
}

/// A program to start from.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// For addresses and the command line.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// What it shows, in a sentence or two.
    pub about: &'static str,
    /// The claims of the theory it is about.
    pub claims: &'static [&'static str],
    /// The program.
    pub source: &'static str,
}

/// The programs to start from.
pub const EXAMPLES: &[Example] = &[];

/// A program with values for its parameters, ready to run.
#[derive(Clone, Debug)]
pub struct Instance {
    arrays: Arc<[PlacedArray]>,
}

/// Where a run of a program stands. A clone is a snapshot.
#[derive(Clone, Debug)]
pub struct Cursor {
    told: u64,
}

impl Program {
    /// Reads and checks a program.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(_source: &str) -> Result<Self, Vec<Problem>> {
        Err(Vec::new())
    }

    /// Its parameters, in the order they are declared.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// The program with these values; parameters not named keep their default.
    ///
    /// # Errors
    /// Names and values that do not fit, and what the program does wrong with them.
    pub fn with(&self, _values: &[(String, i64)]) -> Result<Instance, Vec<Problem>> {
        Err(Vec::new())
    }
}

/// The program, spaced and indented the one way; comments stay.
///
/// # Errors
/// When it cannot be read.
pub fn format(source: &str) -> Result<String, Vec<Problem>> {
    Program::parse(source).map(|_| source.to_owned())
}

/// All pieces of any text at all.
pub fn tokens(_source: &str) -> Vec<Token> {
    Vec::new()
}

impl Instance {
    /// The arrays, with their places.
    pub fn arrays(&self) -> &[PlacedArray] {
        &self.arrays
    }

    /// How many accesses it makes, without running it.
    pub fn accesses(&self) -> Extent {
        Extent::Exact(0)
    }

    /// Where a run starts.
    pub fn start(&self) -> Cursor {
        Cursor { told: 0 }
    }
}

impl Cursor {
    /// Makes up to `most` accesses and tells how many it made: fewer only at the end.
    pub fn run<P: Probe>(&mut self, _most: u64, _probe: &mut P) -> u64 {
        self.told = 0;
        0
    }

    /// The loop variables now, outermost first.
    pub fn position(&self) -> Vec<(String, i64)> {
        Vec::new()
    }

    /// Why the run ended early, if it did: an access outside an array, an overflow, a division by
    /// zero.
    pub fn fault(&self) -> Option<&Problem> {
        None
    }
}
