//! What a program computes, as far as its accesses and statements tell.
//!
//! Each element holds a number that stands for a value: at first a hash of its name and place. A
//! statement writes the hash of its words and of the numbers it read; one that adds (`C[i] += …`) adds
//! the hash of the rest. Two programs compute the same if all elements hold the same numbers at
//! the end. Any order that keeps each element's dependences passes, and sums may be taken in another
//! order, as if numbers were exact; a term left out, done twice or done too early changes a number.

use std::{
    collections::BTreeMap,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
};

use lab_core::trace::{
    Access, Kind, Probe,
    program::{Order, PlacedArray},
};

use super::statement::Statements;

/// Why a run is not looked at any further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It makes more accesses than the program given.
    TooLong {
        /// So many are enough.
        most: u64,
    },
    /// The program does what it must not.
    Fault {
        /// On this line.
        line: u32,
        /// What, as a sentence.
        sentence: String,
    },
    /// Several cores, or accesses past the caches.
    Unfair {
        /// On this line.
        line: u64,
    },
    /// A store from a line without a statement: should not be, and is told rather than trusted.
    Unknown {
        /// That line.
        line: u64,
    },
}

impl Trouble {
    /// The line it concerns.
    pub fn line(&self) -> Option<u64> {
        match self {
            Trouble::TooLong { .. } => None,
            Trouble::Fault { line, .. } => Some((*line).into()),
            Trouble::Unfair { line } | Trouble::Unknown { line } => Some(*line),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::TooLong { most } => write!(
                out,
                "The program given makes {most} accesses, this one makes more: each statement need run only once for the same elements."
            ),
            Trouble::Fault { sentence, .. } => out.write_str(sentence),
            Trouble::Unfair { line } => write!(
                out,
                "Line {line} uses `parallel` or `stream`: the misses of one core through its caches are what counts here."
            ),
            Trouble::Unknown { line } => write!(
                out,
                "What line {line} writes cannot be made out: write the statement on one line."
            ),
        }
    }
}

/// The elements of an array, each with a number that stands for its value.
#[derive(Clone, Debug)]
struct Held {
    array: PlacedArray,
    /// Elements are told apart by multiples of so many bytes.
    grain: u64,
    numbers: Vec<u64>,
}

/// What has been computed so far.
#[derive(Clone, Debug)]
pub struct Meaning<'s> {
    statements: &'s Statements,
    held: Vec<Held>,
    /// Numbers read since the last store.
    read: Vec<u64>,
    runs: BTreeMap<u64, u64>,
    trouble: Option<Trouble>,
}

fn hash(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

impl Held {
    fn new(array: &PlacedArray) -> Self {
        let sizes = array
            .fields
            .iter()
            .flat_map(|field| [field.offset, field.bytes]);
        let all = sizes.fold(array.element_bytes, |all, size| all | size);
        let grain = 1 << all.trailing_zeros().min(12);
        let number = |at: u64| hash((&array.name, at));
        Self {
            array: array.clone(),
            grain,
            numbers: (0..array.bytes.div_ceil(grain)).map(number).collect(),
        }
    }

    /// The element at a place, as the program writes it.
    fn element(&self, at: usize) -> String {
        let offset = at as u64 * self.grain;
        let mut left = offset / self.array.element_bytes;
        let dims = self.array.dims.iter().copied().enumerate();
        let fastest_first: Vec<_> = match self.array.order {
            Order::Row => dims.rev().collect(),
            Order::Column => dims.collect(),
        };
        let mut indices = vec![0; self.array.dims.len()];
        for (dim, size) in fastest_first {
            indices[dim] = left % size.max(1);
            left /= size.max(1);
        }
        let indices: String = indices.iter().map(|index| format!("[{index}]")).collect();
        let inside = offset % self.array.element_bytes;
        let field = self
            .array
            .fields
            .iter()
            .find(|field| field.offset == inside);
        let field = field.map_or(String::new(), |field| format!(".{}", field.name));
        format!("{}{indices}{field}", self.array.name)
    }
}

impl<'s> Meaning<'s> {
    /// Nothing yet.
    pub fn new(arrays: &[PlacedArray], statements: &'s Statements) -> Self {
        Self {
            statements,
            held: arrays.iter().map(Held::new).collect(),
            read: Vec::new(),
            runs: BTreeMap::new(),
            trouble: None,
        }
    }

    /// What went wrong, if anything did.
    ///
    /// # Errors
    /// That.
    pub fn trouble(&self) -> Result<(), Trouble> {
        self.trouble.clone().map_or(Ok(()), Err)
    }

    /// How often each statement ran, by line.
    pub fn runs(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.runs.iter().map(|(line, times)| (*line, *times))
    }

    /// The first element that is not what it should be, in a sentence.
    pub fn difference(&self, wanted: &Meaning) -> Option<String> {
        let elements = |held: &Held| held.numbers.len();
        let mut pairs = self.held.iter().zip(&wanted.held);
        let (held, at) = pairs.find_map(|(own, wanted)| {
            let at = (0..elements(own)).find(|at| own.numbers[*at] != wanted.numbers[*at])?;
            Some((own, at))
        })?;
        let element = held.element(at);
        let untouched = held.numbers[at] == hash((&held.array.name, at as u64));
        Some(if untouched {
            format!(
                "`{element}` is never written: every statement has to run for the same elements as in the program given."
            )
        } else {
            format!(
                "`{element}` ends up with another value than in the program given: a term is missing, doubled, or taken before it was ready."
            )
        })
    }

    fn number(&mut self, address: u64) -> Option<&mut u64> {
        let held = self
            .held
            .iter_mut()
            .find(|held| address.wrapping_sub(held.array.base) < held.array.bytes)?;
        let at = (address - held.array.base) / held.grain;
        held.numbers.get_mut(at as usize)
    }

    fn note(&mut self, access: Access) {
        if access.core > 0 || !matches!(access.kind, Kind::Load | Kind::Store) {
            self.trouble
                .get_or_insert(Trouble::Unfair { line: access.site });
            return;
        }
        if access.kind == Kind::Load {
            let number = self.number(access.address).copied().unwrap_or_default();
            self.read.push(number);
            return;
        }
        let read = std::mem::take(&mut self.read);
        let Some(statement) = self.statements.on(access.site) else {
            self.trouble
                .get_or_insert(Trouble::Unknown { line: access.site });
            return;
        };
        *self.runs.entry(access.site).or_default() += 1;
        let number = statement.number;
        // The first element read by a statement that adds is the one it writes.
        let value = match (statement.adds, read.split_first()) {
            (true, Some((before, rest))) => before.wrapping_add(hash((number, rest))),
            _ => hash((number, &read)),
        };
        if let Some(held) = self.number(access.address) {
            *held = value;
        }
        self.read = read;
        self.read.clear();
    }
}

/// The probe of a graded run: what is computed, and what the caches make of it.
#[derive(Debug)]
pub struct Watch<'w, 's, P> {
    /// What is computed.
    pub meaning: &'w mut Meaning<'s>,
    /// The caches; no probe for the program given.
    pub caches: &'w mut P,
}

impl<P: Probe> Probe for Watch<'_, '_, P> {
    fn access(&mut self, access: Access) {
        self.meaning.note(access);
        self.caches.access(access);
    }
}
