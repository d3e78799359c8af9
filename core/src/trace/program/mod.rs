//! The loop language: what a student types, parsed, checked and run access by access.
//!
//! ```text
//! param N = 64 in 8..=512 doubling        // a slider; the range may be left out
//! record P { x: f32, y: f64, id: u8 }     // laid out and padded as C does
//! array A[N][N + 1]: f32 align 64         // rows first, unless: order column
//! array B[N]: P at 0x1000                 // a place of its own
//! array idx[N]: u32 = permutation(1)      // values: also random(bound, seed), cycle(seed),
//!                                         // zipf(bound, skew, seed), iota()
//! let s = 0                               // a register: no access
//! for i in 0..N step 2 {                  // 0..=N includes N; a step may be negative
//!     if i < 4 && !(i == 2) { s = s + A[i][i] } else { B[idx[i]].x += 1 }
//!     stream A[0][i] = min(i, 8) % 3      // a non-temporal store
//!     A[i][0]                             // a bare read
//! }
//! parallel for t in 0..4 { B[t].y = s }   // threads 0 to 3, each on its core
//! ```
//!
//! **What is accessed, and when.** Reads on the right side from left to right, as written, an index
//! array's element just before the element it points to; then the index arrays of the target, then
//! the store. `+=` and its like read their target first, and its index arrays once. Bounds of a loop
//! are read once, as it starts. `&&` and `||` look at their right side only where the left one does
//! not decide. [`Access::site`](super::Access) is the line in the source, from 1.
//!
//! **Numbers** are whole, of 64 bits; `/` and `%` go towards zero, as in C and Rust. Indices, bounds
//! and conditions are made of literals, parameters, loop variables, scalars and generated arrays;
//! other arrays have addresses, but no values. An index that surely leaves its array is a problem
//! before anything runs; one that leaves it in the run ends the run there ([`Cursor::fault`]), and
//! so do a division by 0 and a result beyond 64 bits.
//!
//! **Threads** of a `parallel for` take turns: a turn ends with the first end of an iteration, of
//! whichever loop, behind an access. Each has its own copy of the scalars.
//!
//! **Places.** Arrays lie one behind the other in the order of their declaration, each at a multiple
//! of 64 bytes unless `align` says otherwise, around those with a place of their own.

mod ast;
mod check;
mod code;
mod count;
mod examples;
mod format;
mod generate;
mod layout;
mod lower;
mod parse;
mod problem;
mod run;
mod token;
mod tree;

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};

use self::{
    ast::Statement,
    code::Code,
    problem::Source,
    tree::{Interval, Node},
};

pub use examples::{EXAMPLES, Example, example};
pub use format::format;
pub use layout::{Field, Order, PlacedArray};
pub use problem::Problem;
pub use run::Cursor;
pub use token::{Token, TokenKind, tokens};

/// A program, parsed and checked.
#[derive(Clone, Debug)]
pub struct Program {
    source: Arc<str>,
    params: Arc<[Param]>,
    statements: Arc<[Statement]>,
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

/// How many accesses a program makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// So many.
    Exact(u64),
    /// No more than that.
    AtMost(u64),
}

impl Extent {
    /// The most it can be.
    pub fn most(self) -> u64 {
        match self {
            Extent::Exact(count) | Extent::AtMost(count) => count,
        }
    }
}

/// A program with values for its parameters, ready to run.
#[derive(Clone, Debug)]
pub struct Instance {
    code: Arc<Code>,
    nodes: Arc<[Node]>,
    /// What variables can hold.
    slots: Arc<[Interval]>,
}

impl Program {
    /// Reads and checks a program, with its parameters as they are written.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(source: &str) -> Result<Self, Vec<Problem>> {
        let pieces = token::pieces(source);
        let parsed = parse::parse(source, &pieces);
        let places = Source::new(source);
        let (_, mut problems) = check::check(&parsed.statements, &places, &parsed.doubtful, &[]);
        problems.extend(parsed.problems);
        if !problems.is_empty() {
            problem::sort(&mut problems);
            problems.truncate(parse::MOST_PROBLEMS);
            return Err(problems);
        }
        let params = parsed.statements.iter().filter_map(|statement| {
            let Statement::Param(param) = statement else {
                return None;
            };
            Some(Param::new(param, &places, &pieces))
        });
        Ok(Self {
            source: source.into(),
            params: params.collect(),
            statements: parsed.statements.into(),
        })
    }

    /// Its parameters, in the order they are declared.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// The program with these values; parameters not named keep their default.
    ///
    /// # Errors
    /// Names and values that do not fit, and what the program does wrong with them.
    pub fn with(&self, values: &[(String, i64)]) -> Result<Instance, Vec<Problem>> {
        let places = Source::new(&self.source);
        let known = |name: &str| self.params.iter().any(|param| param.name == name);
        let unknown = values.iter().filter(|(name, _)| !known(name));
        let unknown = unknown.map(|(name, _)| {
            let names: Vec<_> = self
                .params
                .iter()
                .map(|param| param.name.as_str())
                .collect();
            let fix = match problem::similar(name, names.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if names.is_empty() => "the program has no parameters".to_owned(),
                None => format!("choose from {}", names.join(", ")),
            };
            let message = format!("there is no parameter `{name}`");
            places.problem(ast::Span::default(), message, None, Some(fix))
        });
        let mut problems: Vec<Problem> = unknown.collect();
        let doubtful = BTreeSet::new();
        let (checked, mut wrong) = check::check(&self.statements, &places, &doubtful, values);
        problems.append(&mut wrong);
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Instance {
            code: Arc::new(lower::lower(&checked, &places)),
            slots: checked.slots.iter().map(|slot| slot.interval).collect(),
            nodes: checked.nodes.into(),
        })
    }
}

impl Param {
    fn new(param: &ast::Param, places: &Source, pieces: &[token::Piece]) -> Self {
        let line = places.line(param.name.span.start);
        let default = param.default;
        // Room to play on both sides of what the author chose.
        let derived = match default {
            1.. => (1, default.saturating_mul(4).max(16)),
            0 => (0, 16),
            _ => (default.saturating_mul(4), default.saturating_neg()),
        };
        let (min, max) = param.range.unwrap_or(derived);
        let comment = pieces.iter().find(|piece| {
            piece.kind == TokenKind::Comment
                && piece.start > param.name.span.start
                && places.line(piece.start) == line
        });
        let note = comment.map_or("", |piece| piece.text.trim_start_matches('/').trim());
        Self {
            name: param.name.text.clone(),
            default,
            min,
            max,
            doubling: param.doubling,
            line,
            note: note.to_owned(),
        }
    }
}

impl Instance {
    /// The arrays, with their places.
    pub fn arrays(&self) -> &[PlacedArray] {
        &self.code.arrays
    }

    /// How many accesses it makes, if nothing stops it, without running it.
    pub fn accesses(&self) -> Extent {
        count::count(&self.nodes, &self.code, &self.slots)
    }

    /// Where a run starts.
    pub fn start(&self) -> Cursor {
        Cursor::new(Arc::clone(&self.code))
    }
}
