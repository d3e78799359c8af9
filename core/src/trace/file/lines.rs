//! Text that comes in pieces, as lines.

use memchr::memchr;

use super::{BadLine, Counter, KINDS, Place, Summary, scan::shown};
use crate::trace::Probe;

/// Longer lines (in bytes, without the line feed) are bad ones: no more of a line is kept.
pub const LONGEST_LINE: usize = 4096;

/// Why a line is no access.
pub(super) enum Wrong {
    /// Only this line is concerned: it can be skipped.
    Line(String),
    /// Nothing after it can be understood.
    File(String),
}

impl From<String> for Wrong {
    fn from(reason: String) -> Self {
        Self::Line(reason)
    }
}

impl From<&str> for Wrong {
    fn from(reason: &str) -> Self {
        Self::Line(reason.to_owned())
    }
}

/// What a text format makes of a line.
pub(super) trait Parser {
    /// Tells of what a line says. It is not blank and has no line end.
    fn line<P: Probe>(&mut self, line: &[u8], probe: &mut P) -> Result<(), Wrong>;

    /// Reads lines from the start of a text as long as they are as usual. Gives how many, and how
    /// many bytes with their line feeds; the rest goes to [`line`](Self::line), one by one.
    fn usual_lines<P: Probe>(&mut self, _text: &[u8], _probe: &mut P) -> (u64, usize) {
        (0, 0)
    }

    /// Whether a line that starts like this means nothing, however long it is.
    fn is_remark(&self, _start: &[u8]) -> bool {
        false
    }

    /// At the end of the file: what is wrong if this is all.
    fn end(&self) -> Result<(), String> {
        Ok(())
    }
}

#[derive(Debug)]
pub(super) struct Lines<F> {
    parser: F,
    lenient: bool,
    /// Without the counts of accesses, which stand in `counts`.
    summary: Summary,
    counts: [u64; KINDS],
    /// The start of a line whose end is still to come; one byte more than allowed at most.
    held: Vec<u8>,
}

impl<F: Parser> Lines<F> {
    pub(super) fn new(parser: F, lenient: bool) -> Self {
        Self {
            parser,
            lenient,
            summary: Summary::default(),
            counts: [0; KINDS],
            held: Vec::new(),
        }
    }

    pub(super) fn feed<P: Probe>(&mut self, chunk: &[u8], probe: &mut P) -> Result<(), BadLine> {
        let mut rest = chunk;
        if !self.held.is_empty() {
            let Some(end) = memchr(b'\n', rest) else {
                return self.hold(rest);
            };
            self.hold(&rest[..end])?;
            self.held_line(probe)?;
            rest = &rest[end + 1..];
        }
        loop {
            let mut counter = Counter {
                counts: &mut self.counts,
                probe,
            };
            let (lines, bytes) = self.parser.usual_lines(rest, &mut counter);
            self.summary.lines += lines;
            rest = &rest[bytes..];
            let Some(end) = memchr(b'\n', rest) else {
                return self.hold(rest);
            };
            self.line(&rest[..end], probe)?;
            rest = &rest[end + 1..];
        }
    }

    pub(super) fn finish<P: Probe>(mut self, probe: &mut P) -> Result<Summary, BadLine> {
        if !self.held.is_empty() {
            self.held_line(probe)?;
        }
        self.parser.end().map_err(|reason| BadLine {
            place: Place::Line(self.summary.lines.max(1)),
            excerpt: None,
            reason,
        })?;
        self.summary.count(self.counts);
        Ok(self.summary)
    }

    /// Keeps the start of a line. One that is too long is refused at once, not where it ends: that
    /// may be never.
    fn hold(&mut self, text: &[u8]) -> Result<(), BadLine> {
        let room = LONGEST_LINE + 1 - self.held.len();
        self.held.extend_from_slice(&text[..text.len().min(room)]);
        let too_long = self.held.len() > LONGEST_LINE;
        if too_long && !self.lenient && !self.parser.is_remark(&self.held) {
            self.summary.lines += 1;
            return Err(bad(self.summary.lines, &self.held, too_long_reason()));
        }
        Ok(())
    }

    fn held_line<P: Probe>(&mut self, probe: &mut P) -> Result<(), BadLine> {
        let mut line = std::mem::take(&mut self.held);
        let result = self.line(&line, probe);
        line.clear();
        self.held = line;
        result
    }

    /// Deals with one line, given without its line feed.
    fn line<P: Probe>(&mut self, line: &[u8], probe: &mut P) -> Result<(), BadLine> {
        self.summary.lines += 1;
        let wrong = if line.len() > LONGEST_LINE {
            if self.parser.is_remark(line) {
                return Ok(());
            }
            Wrong::Line(too_long_reason())
        } else {
            let line = line.trim_ascii_end();
            if line.is_empty() {
                return Ok(());
            }
            let mut counter = Counter {
                counts: &mut self.counts,
                probe,
            };
            match self.parser.line(line, &mut counter) {
                Ok(()) => return Ok(()),
                Err(wrong) => wrong,
            }
        };
        match wrong {
            Wrong::Line(reason) if self.lenient => {
                self.summary.skip(bad(self.summary.lines, line, reason));
                Ok(())
            }
            Wrong::Line(reason) | Wrong::File(reason) => Err(bad(self.summary.lines, line, reason)),
        }
    }
}

fn too_long_reason() -> String {
    format!("the line is longer than {LONGEST_LINE} bytes")
}

#[cold]
fn bad(line: u64, text: &[u8], reason: String) -> BadLine {
    BadLine {
        place: Place::Line(line),
        excerpt: Some(shown(text.trim_ascii())),
        reason,
    }
}
