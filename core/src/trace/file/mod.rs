//! Trace files: accesses that another program recorded, or that this one wrote down.
//!
//! A [`Reader`] is fed with pieces of a file, of whatever size they come in, and tells a
//! [`Probe`] of every access. It keeps no more than one line, so a trace may be of any length.
//!
//! | format | one line, or record | known from |
//! |---|---|---|
//! | [`Lackey`](Format::Lackey) | ` L 1ffeffe7e,4` | `valgrind --tool=lackey --trace-mem=yes`, CS:APP's cache lab |
//! | [`Din`](Format::Din) | `0 1000` or `r 1000 4` | Dinero III and IV |
//! | [`Csv`](Format::Csv) | columns named in the first line | spreadsheets, scripts, [`Writer`] |
//! | [`Binary`](Format::Binary) | a few bytes, see [`binary`] | [`Writer`] |
//!
//! In the text formats lines end with or without a carriage return, blank lines mean nothing, and a
//! line longer than [`LONGEST_LINE`] is a bad one. Where a format tells of instruction fetches
//! (lackey, din), the [`site`](Access::site) of an access is the address of the last one, which for
//! a fetch is its own.

pub mod binary;
mod csv;
mod din;
mod lackey;
mod lines;
mod scan;
mod write;

use std::fmt;

use serde::Serialize;

pub use lines::LONGEST_LINE;
pub use write::Writer;

use self::{binary::Binary, csv::Csv, din::Din, lackey::Lackey, lines::Lines};
use super::{Access, Kind, Probe};

/// How a trace is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// What `valgrind --tool=lackey --trace-mem=yes` prints. A modify (`M`) is a load, then a store.
    /// Valgrind's own lines (`==1234== …`) mean nothing.
    Lackey,
    /// Dinero's. With a number as label it is the traditional form, of which Dinero itself says:
    /// an access is one word of 4 bytes at a multiple of 4, and what follows the address is a
    /// remark. With a letter it is the extended form, with the number of bytes as third column.
    /// All numbers are hexadecimal. `3` and `m` are reads. Copy-back and invalidate records (`4`,
    /// `5`, `c`, `v`) are nothing a program does: bad lines.
    Din,
    /// A first line that names the columns, in any order: `address` and, where wanted, `bytes` (else
    /// 1), `kind` (else a load), `site` (else 0), `core` (else 0). Numbers are decimal, or
    /// hexadecimal after `0x`. Kinds are `load`, `store`, `modify`, `fetch`, `stream-load` and
    /// `stream-store`, or the letters of lackey (`L S M I`) or Dinero (`r w i`).
    Csv,
    /// The lab's own, see [`binary`].
    #[serde(rename = "bin")]
    Binary,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 4] = [Self::Lackey, Self::Din, Self::Csv, Self::Binary];

    /// The word for it on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lackey => "lackey",
            Self::Din => "din",
            Self::Csv => "csv",
            Self::Binary => "bin",
        }
    }

    /// The format called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Which format a file seems to have: by its first bytes (a few lines will do), else by how its
    /// name ends.
    pub fn detect(first_bytes: &[u8], file_name: &str) -> Option<Self> {
        if binary::is_magic(first_bytes) {
            return Some(Self::Binary);
        }
        let lines = first_bytes.split(|&byte| byte == b'\n');
        let by_content = lines.take(LINES_LOOKED_AT).find_map(|line| {
            let line = line.trim_ascii();
            if lackey::is_like(line) {
                Some(Self::Lackey)
            } else if csv::is_like(line) {
                Some(Self::Csv)
            } else {
                din::is_like(line).then_some(Self::Din)
            }
        });
        by_content.or_else(|| Self::of_name(file_name))
    }

    fn of_name(file_name: &str) -> Option<Self> {
        let name = file_name.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "lackey" | "trace" => Some(Self::Lackey),
            "din" | "xdin" => Some(Self::Din),
            "csv" => Some(Self::Csv),
            "bin" => Some(Self::Binary),
            _ => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A traced program may print something of its own before the first access.
const LINES_LOOKED_AT: usize = 100;

/// Where in a file something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// A line of text, from 1.
    Line(u64),
    /// A byte of a binary file, from 0.
    Byte(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Byte(byte) => write!(f, "byte {byte}"),
        }
    }
}

/// A line (or a record of a binary file) that is no access, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{place}: {}{reason}", excerpt.as_ref().map(|text| format!("`{text}`: ")).unwrap_or_default())]
pub struct BadLine {
    /// Where it is.
    pub place: Place,
    /// How the line begins; nothing for a binary file.
    pub excerpt: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}

/// What a trace held.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Lines, with the blank, the skipped and the last one; records of a binary file.
    pub lines: u64,
    /// Accesses told.
    pub accesses: u64,
    /// Those that read data, non-temporal ones too.
    pub loads: u64,
    /// Those that write, non-temporal ones too.
    pub stores: u64,
    /// Those that read instructions.
    pub fetches: u64,
    /// Bad lines that were skipped.
    pub skipped: u64,
    /// The first of them.
    pub first_skipped: Vec<BadLine>,
}

/// So many bad lines are kept to be shown.
const SKIPPED_KEPT: usize = 5;

impl Summary {
    fn count(&mut self, counts: [u64; KINDS]) {
        let of = |kind: Kind| counts[kind as usize];
        self.loads = of(Kind::Load) + of(Kind::StreamLoad);
        self.stores = of(Kind::Store) + of(Kind::StreamStore);
        self.fetches = of(Kind::Fetch);
        self.accesses = counts.iter().sum();
    }

    fn skip(&mut self, bad: BadLine) {
        self.skipped += 1;
        if self.first_skipped.len() < SKIPPED_KEPT {
            self.first_skipped.push(bad);
        }
    }
}

const KINDS: usize = 5;

/// Counts accesses by kind on their way to a probe.
struct Counter<'a, P> {
    counts: &'a mut [u64; KINDS],
    probe: &'a mut P,
}

impl<P: Probe> Probe for Counter<'_, P> {
    #[inline(always)]
    fn access(&mut self, access: Access) {
        self.counts[access.kind as usize] += 1;
        self.probe.access(access);
    }
}

/// Reads a trace that comes in pieces.
///
/// ```
/// use lab_core::trace::{Access, Recorder, file::{Format, Reader}};
///
/// let mut reader = Reader::new(Format::Lackey, false);
/// let mut heard = Recorder::default();
/// reader.feed(b" L 10,8\n S 1", &mut heard)?;
/// reader.feed(b"8,4", &mut heard)?;
/// let summary = reader.finish(&mut heard)?;
/// assert_eq!(heard.accesses, [Access::load(0x10, 8), Access::store(0x18, 4)]);
/// assert_eq!(summary.lines, 2);
/// # Ok::<(), lab_core::trace::file::BadLine>(())
/// ```
#[derive(Debug)]
pub struct Reader {
    state: State,
}

#[derive(Debug)]
enum State {
    Lackey(Lines<Lackey>),
    Din(Lines<Din>),
    Csv(Lines<Csv>),
    Binary(Binary),
}

/// Calls the same method of whichever state it is.
macro_rules! each {
    ($state:expr, $inner:ident => $call:expr) => {
        match $state {
            State::Lackey($inner) => $call,
            State::Din($inner) => $call,
            State::Csv($inner) => $call,
            State::Binary($inner) => $call,
        }
    };
}

impl Reader {
    /// A reader at the start of a file. A `lenient` one skips bad lines and counts them, passes over
    /// columns it does not know, and takes a binary file that was cut short for what there is of it.
    pub fn new(format: Format, lenient: bool) -> Self {
        let state = match format {
            Format::Lackey => State::Lackey(Lines::new(Lackey::default(), lenient)),
            Format::Din => State::Din(Lines::new(Din::default(), lenient)),
            Format::Csv => State::Csv(Lines::new(Csv::new(lenient), lenient)),
            Format::Binary => State::Binary(Binary::new(lenient)),
        };
        Self { state }
    }

    /// Tells `probe` of the accesses in the next piece, all but those in a last line that may go on
    /// in the piece after it.
    ///
    /// # Errors
    /// On a bad line, unless lenient; on what makes no sense of the whole file in any case. All
    /// accesses before it were told. There is nothing to do with the reader after that.
    pub fn feed<P: Probe>(&mut self, chunk: &[u8], probe: &mut P) -> Result<(), BadLine> {
        each!(&mut self.state, state => state.feed(chunk, probe))
    }

    /// The file ends here.
    ///
    /// # Errors
    /// When the last line is bad, or a binary file was cut short, unless lenient; when a CSV file
    /// does not even have a first line.
    pub fn finish<P: Probe>(self, probe: &mut P) -> Result<Summary, BadLine> {
        each!(self.state, state => state.finish(probe))
    }
}

#[cfg(test)]
mod tests;
