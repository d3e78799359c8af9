//! From source to [`Statement`]s, with everything that is wrong on the way.
//!
//! The grammar looks one piece ahead. Where a statement cannot be read, the trouble is noted and
//! reading goes on at the next line that can begin one, so that one slip does not hide another.

mod expression;
mod statement;

use std::collections::BTreeSet;

use winnow::{
    Parser,
    combinator::cut_err,
    error::{AddContext, ErrMode, ParserError},
    stream::{Stateful, Stream, TokenSlice},
    token::any,
};

use super::{
    ast::{Name, Span, Statement},
    problem::{Problem, Source, similar},
    token::{KEYWORDS, Piece, TokenKind},
};

/// How deep blocks, brackets and parentheses may nest.
const DEEPEST: usize = 48;
/// Operators in one statement.
const MOST_OPERATORS: usize = 256;
/// Bytes of source.
const LONGEST: usize = 1 << 16;
/// Problems told at once.
pub const MOST_PROBLEMS: usize = 32;

/// What reading a source brings.
pub struct Parsed {
    pub statements: Vec<Statement>,
    pub problems: Vec<Problem>,
    /// Names in what could not be read: whether they were declared is not known.
    pub doubtful: BTreeSet<String>,
    /// Where statements, fields and blocks start: places where a line may start.
    pub starts: BTreeSet<usize>,
}

#[derive(Debug)]
struct State<'s> {
    source: Source<'s>,
    problems: Vec<Problem>,
    doubtful: BTreeSet<String>,
    starts: BTreeSet<usize>,
    depth: usize,
    operators: usize,
}

type Input<'t, 's> = Stateful<TokenSlice<'t, Piece<'s>>, State<'s>>;
type Read<T> = Result<T, ErrMode<Failure>>;

/// Why something could not be read.
#[derive(Clone, Debug)]
struct Failure {
    span: Span,
    message: String,
    expected: Option<&'static str>,
    fix: Option<String>,
}

impl<'t, 's> ParserError<Input<'t, 's>> for Failure {
    type Inner = Self;

    /// The next piece is not what the grammar has room for.
    fn from_input(input: &Input<'t, 's>) -> Self {
        let (span, message) = match input.input.first() {
            Some(piece) if piece.kind == TokenKind::Error => (
                span(piece),
                format!("`{}` means nothing in this language", piece.text),
            ),
            Some(piece) if piece.kind == TokenKind::Keyword => (
                span(piece),
                format!(
                    "`{}` is out of place: it is a word of the language",
                    piece.text
                ),
            ),
            Some(piece) => (span(piece), format!("`{}` is out of place", piece.text)),
            None => {
                let end = input.state.source.text.trim_end().len();
                (
                    Span { start: end, end },
                    "the program ends too early".to_owned(),
                )
            }
        };
        Failure {
            span,
            message,
            expected: None,
            fix: None,
        }
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

impl<'t, 's> AddContext<Input<'t, 's>> for Failure {
    fn add_context(
        mut self,
        _: &Input<'t, 's>,
        _: &<Input<'t, 's> as Stream>::Checkpoint,
        expected: &'static str,
    ) -> Self {
        self.expected.get_or_insert(expected);
        self
    }
}

/// Reads the whole of a source.
pub fn parse(source: &str, pieces: &[Piece]) -> Parsed {
    let code: Vec<Piece> = pieces
        .iter()
        .filter(|piece| piece.kind != TokenKind::Comment)
        .copied()
        .collect();
    let mut input = Stateful {
        input: TokenSlice::new(&code),
        state: State {
            source: Source::new(source),
            problems: Vec::new(),
            doubtful: BTreeSet::new(),
            starts: BTreeSet::new(),
            depth: 0,
            operators: 0,
        },
    };
    let mut statements = Vec::new();
    if source.len() > LONGEST {
        let failure = Failure {
            span: Span::default(),
            message: format!("the program is longer than {} KiB", LONGEST >> 10),
            expected: None,
            fix: Some("leave out what does not matter to memory".to_owned()),
        };
        input.state.note(failure);
    } else {
        loop {
            statements.append(&mut statement::statements(&mut input));
            // A closing brace too many stops the list before the end.
            let Some(stray) = input.input.first().copied() else {
                break;
            };
            input.state.note(Failure {
                span: span(&stray),
                message: "`}` closes nothing".to_owned(),
                expected: None,
                fix: Some("leave it out, or open a block with `{` before it".to_owned()),
            });
            input.next_token();
        }
    }
    let state = input.state;
    Parsed {
        statements,
        problems: state.problems,
        doubtful: state.doubtful,
        starts: state.starts,
    }
}

impl State<'_> {
    fn note(&mut self, failure: Failure) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(self.source.problem(
                failure.span,
                failure.message,
                failure.expected.map(str::to_owned),
                failure.fix,
            ));
        }
    }
}

fn span(piece: &Piece) -> Span {
    Span {
        start: piece.start,
        end: piece.end(),
    }
}

/// The text of the next piece, empty at the end.
fn peek<'s>(input: &Input<'_, 's>) -> &'s str {
    input.input.first().map_or("", |piece| piece.text)
}

/// Where the next piece starts.
fn here(input: &Input) -> usize {
    input
        .input
        .first()
        .map_or(input.state.source.text.len(), |piece| piece.start)
}

/// Where the last piece read ends.
fn behind(input: &Input) -> usize {
    input.input.previous_tokens().next().map_or(0, Piece::end)
}

/// This word or operator, if it is next.
fn word<'t, 's: 't>(
    text: &'static str,
) -> impl Parser<Input<'t, 's>, &'t Piece<'s>, ErrMode<Failure>> {
    any.verify(move |piece: &&Piece| piece.text == text)
}

/// This word or operator, which has to be next: nothing else makes sense here.
fn expect(input: &mut Input, text: &'static str, expected: &'static str) -> Read<Span> {
    cut_err(word(text).map(span))
        .context(expected)
        .parse_next(input)
}

/// Reads on if this word is next.
fn accept(input: &mut Input, text: &'static str) -> bool {
    let found = peek(input) == text;
    if found {
        input.next_token();
    }
    found
}

/// A name, which has to be next.
fn name(input: &mut Input, expected: &'static str) -> Read<Name> {
    cut_err(any.verify(|piece: &&Piece| piece.kind == TokenKind::Name))
        .context(expected)
        .map(|piece: &Piece| Name {
            text: piece.text.to_owned(),
            span: span(piece),
        })
        .parse_next(input)
        .map_err(|error: ErrMode<Failure>| {
            let taken = peek(input);
            let reserved = KEYWORDS.contains(&taken);
            error.map(|failure| Failure {
                fix: reserved.then(|| format!("choose another name, such as `{taken}_`")),
                ..failure
            })
        })
}

/// One deeper into brackets or blocks, and back.
fn deeper<'t, 's, T>(
    input: &mut Input<'t, 's>,
    read: impl FnOnce(&mut Input<'t, 's>) -> Read<T>,
) -> Read<T> {
    if input.state.depth == DEEPEST {
        let mut failure = Failure::from_input(input);
        failure.message = format!("blocks and brackets nest deeper than {DEEPEST}");
        failure.fix = Some("name a part with `let`".to_owned());
        return Err(ErrMode::Cut(failure));
    }
    input.state.depth += 1;
    let read = read(input);
    input.state.depth -= 1;
    read
}

/// What was meant by a word that begins no statement.
fn meant(word: &str) -> Option<String> {
    let known = KEYWORDS.iter().copied();
    match word {
        "while" | "loop" => Some("write a `for` loop with bounds".to_owned()),
        "const" | "var" | "int" | "double" | "float" => {
            Some("write `param`, `let` or `array`".to_owned())
        }
        _ => similar(word, known).map(|known| format!("did you mean `{known}`?")),
    }
}
