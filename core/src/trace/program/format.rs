//! The one way to write a program: a statement a line, blocks indented by four, comments where they
//! were.
//!
//! It works on the pieces of the source, so that nothing can get lost; the grammar only tells where
//! statements start.

use std::collections::BTreeSet;

use super::{
    parse::parse,
    problem::Problem,
    token::{Piece, TokenKind, pieces},
};

/// The program, spaced and indented the one way; comments stay.
///
/// # Errors
/// When it cannot be read. What is wrong with its names and sizes does not matter.
pub fn format(source: &str) -> Result<String, Vec<Problem>> {
    let pieces = pieces(source);
    let parsed = parse(source, &pieces);
    if !parsed.problems.is_empty() {
        return Err(parsed.problems);
    }
    let mut writer = Writer {
        starts: &parsed.starts,
        text: String::new(),
        braces: Vec::new(),
        last: None,
        sign: false,
    };
    // Each statement has its line, so nothing need separate them.
    let kept: Vec<Piece> = pieces
        .into_iter()
        .filter(|piece| piece.text != ";")
        .collect();
    for at in 0..kept.len() {
        writer.piece(&kept, at);
    }
    if !writer.text.is_empty() {
        writer.text.push('\n');
    }
    Ok(writer.text)
}

/// What a brace that is open holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Brace {
    /// Statements.
    Block,
    /// Fields, on one line.
    Fields,
    /// Fields, a line each.
    FieldLines,
}

struct Writer<'a> {
    starts: &'a BTreeSet<usize>,
    text: String,
    braces: Vec<Brace>,
    /// The piece written last.
    last: Option<Piece<'a>>,
    /// Whether it was a sign before a number, not an operator between two.
    sign: bool,
}

impl<'a> Writer<'a> {
    fn piece(&mut self, all: &[Piece<'a>], at: usize) {
        let piece = all[at];
        if piece.text == "{" {
            let brace = self.brace(all, at);
            self.space(all, at);
            self.braces.push(brace);
        } else if piece.text == "}" {
            let brace = self.braces.pop().unwrap_or(Brace::Block);
            let empty = self.last.is_some_and(|last| last.text == "{");
            match brace {
                _ if empty => {}
                Brace::Fields => self.text.push(' '),
                _ => self.lines(false, 0),
            }
        } else {
            self.space(all, at);
        }
        self.sign = piece.text == "-" && self.last.is_none_or(expects_an_operand);
        self.text.push_str(piece.text.trim_end());
        self.last = Some(piece);
    }

    /// What the brace that comes next holds.
    fn brace(&self, all: &[Piece<'a>], at: usize) -> Brace {
        let code = all[..at].iter().rev();
        let mut code = code.filter(|piece| piece.kind != TokenKind::Comment);
        let record = code.nth(1).is_some_and(|piece| piece.text == "record");
        if !record {
            return Brace::Block;
        }
        let fields = all[at + 1..].iter().take_while(|piece| piece.text != "}");
        let first_on_its_own = all.get(at + 1).is_some_and(|piece| piece.lines > 0);
        let comments = fields.clone().any(|piece| piece.kind == TokenKind::Comment);
        if fields.count() > 0 && (first_on_its_own || comments) {
            Brace::FieldLines
        } else {
            Brace::Fields
        }
    }

    /// Writes what comes between the last piece and this one.
    fn space(&mut self, all: &[Piece<'a>], at: usize) {
        let piece = all[at];
        let Some(last) = self.last else { return };
        let starts =
            self.starts.contains(&piece.start) && self.braces.last() != Some(&Brace::Fields);
        if piece.kind == TokenKind::Comment {
            if piece.lines == 0 && last.kind != TokenKind::Comment {
                self.text.push(' ');
            } else {
                let blank = piece.lines > 1 && last.text != "{";
                let inside = usize::from(!self.at_an_end(all, at));
                self.lines(blank, inside);
            }
        } else if starts {
            self.lines(piece.lines > 1 && last.text != "{", 0);
        } else if last.kind == TokenKind::Comment {
            self.lines(false, usize::from(piece.text != "else"));
        } else if !self.close(last, piece) {
            self.text.push(' ');
        }
    }

    /// Whether the comment at `at` stands between statements, not within one.
    fn at_an_end(&self, all: &[Piece], at: usize) -> bool {
        let mut after = all[at..].iter();
        match after.find(|piece| piece.kind != TokenKind::Comment) {
            Some(next) => matches!(next.text, "}" | "else") || self.starts.contains(&next.start),
            None => true,
        }
    }

    /// Whether two pieces on a line stand together without a space.
    fn close(&self, last: Piece, piece: Piece) -> bool {
        if self.sign {
            return true;
        }
        match (last.text, piece.text) {
            ("(" | "[" | "." | "!" | ".." | "..=", _) => true,
            (_, ")" | "]" | "," | "." | ":" | "[" | ".." | "..=") => true,
            (_, "(") => last.kind == TokenKind::Name,
            _ => false,
        }
    }

    /// A new line, indented by the open braces and more, perhaps after an empty one.
    fn lines(&mut self, blank: bool, deeper: usize) {
        self.text.push_str(if blank { "\n\n" } else { "\n" });
        let depth = self.braces.len() + deeper;
        self.text.extend(std::iter::repeat_n("    ", depth));
    }
}

/// Whether a minus behind this piece is a sign.
fn expects_an_operand(piece: Piece) -> bool {
    match piece.kind {
        TokenKind::Operator => !matches!(piece.text, ")" | "]" | "}"),
        TokenKind::Keyword => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &str) {
        let formatted = format(source).expect("it can be read");
        assert_eq!(formatted, expected);
        assert_eq!(format(&formatted).as_deref(), Ok(expected));
    }

    #[test]
    fn statements_get_a_line_each() {
        check(
            "param N=64 in 8 ..= 512 doubling// rows\narray A[ N ] [N+1] :f32 align 64;for i in -1 .. N step 2{A[i][ -i ]+=-1*(2-i) ;if i<2&&!( i==1 ){}else{A[0][0]}}",
            "param N = 64 in 8..=512 doubling // rows\n\
             array A[N][N + 1]: f32 align 64\n\
             for i in -1..N step 2 {\n    \
                 A[i][-i] += -1 * (2 - i)\n    \
                 if i < 2 && !(i == 1) {} else {\n        \
                     A[0][0]\n    \
                 }\n\
             }\n",
        );
    }

    #[test]
    fn comments_and_single_empty_lines_stay() {
        check(
            "\n\n// head\n\n\n\nlet s = 0 // why\n// below\n\n\nfor i in 0..4 { // each\n // inside\n s = s // half\n + 1\n // end\n\n}\n// last",
            "// head\n\nlet s = 0 // why\n// below\n\nfor i in 0..4 { // each\n    // inside\n    \
             s = s // half\n        + 1\n    // end\n}\n// last\n",
        );
    }

    #[test]
    fn records_stay_on_a_line_or_on_several() {
        check(
            "record P{x:f32,y:u8}record Q {\n x:f32, y : f64 }",
            "record P { x: f32, y: u8 }\nrecord Q {\n    x: f32,\n    y: f64\n}\n",
        );
    }

    #[test]
    fn nothing_becomes_nothing() {
        check(" \n ", "");
    }
}
