//! The source cut into pieces: words, numbers, operators, comments.

use serde::{Deserialize, Serialize};
use winnow::{
    Parser, Result,
    combinator::{alt, opt, preceded},
    stream::{LocatingSlice, Location},
    token::{any, literal, one_of, take_till, take_while},
};

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

/// Words that cannot be names.
pub const KEYWORDS: &[&str] = &[
    "param", "array", "record", "let", "for", "parallel", "in", "step", "if", "else", "stream",
    "align", "order", "at", "doubling",
];

/// Types of elements, with their sizes in bytes.
pub const TYPES: &[(&str, u64)] = &[
    ("u8", 1),
    ("i8", 1),
    ("u16", 2),
    ("i16", 2),
    ("f16", 2),
    ("bf16", 2),
    ("u32", 4),
    ("i32", 4),
    ("f32", 4),
    ("u64", 8),
    ("i64", 8),
    ("f64", 8),
];

/// Operators, those first that begin like others.
const OPERATORS: &[&str] = &[
    "..=", "..", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "&&", "||", "+", "-", "*",
    "/", "%", "=", "<", ">", "(", ")", "[", "]", "{", "}", ",", ":", ";", ".", "!",
];

/// A piece with its text.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'s> {
    pub kind: TokenKind,
    pub text: &'s str,
    /// Its first byte.
    pub start: usize,
    /// How many lines end between the piece before and this one.
    pub lines: usize,
}

impl Piece<'_> {
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

type Input<'s> = LocatingSlice<&'s str>;

/// The source in pieces, comments among them.
pub fn pieces(source: &str) -> Vec<Piece<'_>> {
    let mut input = LocatingSlice::new(source);
    let mut pieces = Vec::new();
    loop {
        let space = space(&mut input).unwrap_or_default();
        let start = input.current_token_start();
        let Ok((kind, text)) = piece(&mut input) else {
            return pieces;
        };
        pieces.push(Piece {
            kind,
            text,
            start,
            lines: space.matches('\n').count(),
        });
    }
}

/// All pieces of any text at all, for highlighting.
pub fn tokens(source: &str) -> Vec<Token> {
    let token = |piece: Piece| Token {
        start: piece.start,
        end: piece.end(),
        kind: piece.kind,
    };
    pieces(source).into_iter().map(token).collect()
}

fn space<'s>(input: &mut Input<'s>) -> Result<&'s str> {
    take_while(0.., char::is_whitespace).parse_next(input)
}

/// The next piece; an error at the end only.
fn piece<'s>(input: &mut Input<'s>) -> Result<(TokenKind, &'s str)> {
    alt((
        comment.map(|text| (TokenKind::Comment, text)),
        word.map(|text| (kind_of_word(text), text)),
        number.map(|text| (TokenKind::Number, text)),
        operator.map(|text| (TokenKind::Operator, text)),
        any.take().map(|text| (TokenKind::Error, text)),
    ))
    .parse_next(input)
}

fn comment<'s>(input: &mut Input<'s>) -> Result<&'s str> {
    let rest = (literal("//"), take_till(0.., ['\n', '\r']));
    rest.take().parse_next(input)
}

fn letter(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn word<'s>(input: &mut Input<'s>) -> Result<&'s str> {
    let first = one_of(|first: char| first.is_alphabetic() || first == '_');
    (first, take_while(0.., letter)).take().parse_next(input)
}

fn number<'s>(input: &mut Input<'s>) -> Result<&'s str> {
    let digits = (one_of('0'..='9'), take_while(0.., letter));
    let fraction = preceded('.', take_while(1.., '0'..='9'));
    (digits, opt(fraction)).take().parse_next(input)
}

fn operator<'s>(input: &mut Input<'s>) -> Result<&'s str> {
    let rest: &'s str = input.as_ref();
    let found = OPERATORS
        .iter()
        .find(|operator| rest.starts_with(**operator));
    literal(found.copied().unwrap_or("\0operator")).parse_next(input)
}

fn kind_of_word(text: &str) -> TokenKind {
    if KEYWORDS.contains(&text) {
        TokenKind::Keyword
    } else if TYPES.iter().any(|(name, _)| *name == text) {
        TokenKind::Type
    } else {
        TokenKind::Name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_cut_where_they_end() {
        let cut = |source| -> Vec<_> { pieces(source).iter().map(|piece| piece.text).collect() };
        assert_eq!(
            cut("for i in 0..N{"),
            ["for", "i", "in", "0", "..", "N", "{"]
        );
        assert_eq!(
            cut("a[i]+=1.5//b\r\nc"),
            ["a", "[", "i", "]", "+=", "1.5", "//b", "c"]
        );
        assert_eq!(
            cut("0x1F..=1_000 p.x"),
            ["0x1F", "..=", "1_000", "p", ".", "x"]
        );
        assert_eq!(cut(" é $ "), ["é", "$"]);
    }

    proptest::proptest! {
        #[test]
        fn every_text_is_pieces_and_white_space(source in "\\PC{0,40}|[a-z0-9./=\\[\\] \n]{0,60}") {
            let mut end = 0;
            for token in tokens(&source) {
                proptest::prop_assert!(source[end..token.start].trim().is_empty());
                proptest::prop_assert!(token.end > token.start);
                end = token.end;
            }
            proptest::prop_assert!(source[end..].trim().is_empty());
        }
    }
}
