//! Statements, blocks, and reading on after one that cannot be read.

use winnow::{
    error::{ErrMode, ParserError},
    stream::Stream,
};

use super::{
    super::{
        ast::{
            Array, Expression, ExpressionKind, For, Name, Operator, Param, Record, Span, Statement,
        },
        token::TokenKind,
    },
    Failure, Input, Read, accept, behind, deeper, expect,
    expression::{arguments, condition, expression},
    here, meant, name, peek,
};

/// Statements up to a closing brace or the end; what cannot be read is noted and left out.
pub fn statements(input: &mut Input) -> Vec<Statement> {
    let mut statements = Vec::new();
    loop {
        while accept(input, ";") {}
        if matches!(peek(input), "" | "}") {
            return statements;
        }
        let start = here(input);
        input.state.starts.insert(start);
        input.state.operators = 0;
        let depth = input.state.depth;
        match statement(input) {
            Ok(statement) => statements.push(statement),
            Err(ErrMode::Incomplete(_)) => return statements,
            Err(ErrMode::Backtrack(failure) | ErrMode::Cut(failure)) => {
                input.state.depth = depth;
                input.state.note(failure);
                statements.push(recover(input, start));
                debug_assert!(here(input) > start, "every statement takes something");
            }
        }
    }
}

/// Goes to where the next statement may start: a block on the same line, which belongs to the head
/// that could not be read, or the next line that begins like a statement.
fn recover(input: &mut Input, start: usize) -> Statement {
    let mut names = Vec::new();
    let mut open = 0;
    let read = input.input.previous_tokens();
    for piece in read.take_while(|piece| piece.start >= start) {
        match (piece.kind, piece.text) {
            (TokenKind::Name, text) => names.push(text.to_owned()),
            (_, "{") => open += 1,
            (_, "}") => open -= 1,
            _ => {}
        }
    }
    let mut moved = behind(input) > start;
    while let Some(piece) = input.input.first().copied() {
        let begins = matches!(piece.kind, TokenKind::Keyword | TokenKind::Name);
        if open > 0 {
            // Inside the braces of a record.
            open -= i32::from(piece.text == "}");
        } else if piece.text == "}" || moved && piece.lines > 0 && begins {
            break;
        } else if piece.text == "{" {
            let names_here = names.clone();
            input.state.doubtful.extend(names);
            let body = deeper(input, |input| block(input)).unwrap_or_else(|_| {
                // Too deep: what follows would make no sense.
                while input.next_token().is_some() {}
                Vec::new()
            });
            let unknown = |text: &String| Name {
                text: text.clone(),
                span: Span { start, end: start },
            };
            return Statement::Headless {
                names: names_here.iter().map(unknown).collect(),
                body,
            };
        }
        if piece.kind == TokenKind::Name {
            names.push(piece.text.to_owned());
        }
        input.next_token();
        moved = true;
    }
    input.state.doubtful.extend(names);
    Statement::Headless {
        names: Vec::new(),
        body: Vec::new(),
    }
}

fn statement(input: &mut Input) -> Read<Statement> {
    let start = here(input);
    match peek(input) {
        "param" => param(input),
        "record" => record(input),
        "array" => array(input),
        "let" => {
            input.next_token();
            let name = name(input, "a name, such as `let s = 0`")?;
            expect(input, "=", "`=` and a value")?;
            let value = expression(input)?;
            Ok(Statement::Let { name, value })
        }
        "parallel" => {
            input.next_token();
            expect(input, "for", "`for`, as in `parallel for t in 0..4 { … }`")?;
            for_loop(input, true)
        }
        "for" => {
            input.next_token();
            for_loop(input, false)
        }
        "if" => deeper(input, |input| branch(input)),
        "stream" => {
            input.next_token();
            assignment(input, start, true)
        }
        _ => assignment(input, start, false),
    }
}

/// A whole number, perhaps negative.
fn integer(input: &mut Input, expected: &'static str) -> Read<(i64, Span)> {
    let written = expression(input)?;
    match written.kind {
        ExpressionKind::Integer(value) => Ok((value, written.span)),
        _ => Err(ErrMode::Cut(Failure {
            span: written.span,
            message: "this has to be a whole number as it stands".to_owned(),
            expected: Some(expected),
            fix: None,
        })),
    }
}

fn param(input: &mut Input) -> Read<Statement> {
    input.next_token();
    let name = name(input, "a name, such as `param N = 64`")?;
    expect(input, "=", "`=` and a whole number")?;
    let (default, default_span) = integer(input, "a whole number, such as 64")?;
    let range = if accept(input, "in") {
        let (from, _) = integer(input, "the least value")?;
        let inclusive = accept(input, "..=");
        if !inclusive {
            expect(input, "..", "`..=` and the largest value")?;
        }
        let (to, _) = integer(input, "the largest value")?;
        Some((from, if inclusive { to } else { to.saturating_sub(1) }))
    } else {
        None
    };
    Ok(Statement::Param(Param {
        name,
        default,
        default_span,
        range,
        doubling: accept(input, "doubling"),
    }))
}

fn record(input: &mut Input) -> Read<Statement> {
    input.next_token();
    let record = name(input, "a name, such as `record P { x: f32, y: f32 }`")?;
    expect(input, "{", "`{` and the fields")?;
    let mut fields = Vec::new();
    while peek(input) != "}" {
        let start = here(input);
        input.state.starts.insert(start);
        let field = name(input, "the name of a field, or `}`")?;
        expect(input, ":", "`:` and the type of the field")?;
        fields.push((field, type_name(input)?));
        if !accept(input, ",") {
            break;
        }
    }
    expect(input, "}", "`,` and another field, or `}`")?;
    Ok(Statement::Record(Record {
        name: record,
        fields,
    }))
}

/// The type of an element: one of the language's, or the name of a record.
fn type_name(input: &mut Input) -> Read<Name> {
    match input.input.first().copied() {
        Some(piece) if matches!(piece.kind, TokenKind::Type | TokenKind::Name) => {
            input.next_token();
            Ok(Name {
                text: piece.text.to_owned(),
                span: super::span(&piece),
            })
        }
        _ => {
            let mut failure = Failure::from_input(input);
            failure.expected = Some("a type, such as f32, or the name of a record");
            Err(ErrMode::Cut(failure))
        }
    }
}

fn array(input: &mut Input) -> Read<Statement> {
    input.next_token();
    let array = name(input, "a name, such as `array A[N]: f32`")?;
    let mut dims = Vec::new();
    expect(input, "[", "`[` and how many elements")?;
    loop {
        dims.push(expression(input)?);
        expect(input, "]", "`]`")?;
        if !accept(input, "[") {
            break;
        }
    }
    expect(
        input,
        ":",
        "`:` and the type of an element, such as `: f32`",
    )?;
    let mut declared = Array {
        name: array,
        dims,
        element: type_name(input)?,
        align: None,
        column: false,
        at: None,
        generator: None,
    };
    loop {
        if accept(input, "align") {
            declared.align = Some(expression(input)?);
        } else if accept(input, "at") {
            declared.at = Some(expression(input)?);
        } else if accept(input, "order") {
            let order = name(input, "`row` or `column`")?;
            declared.column = match order.text.as_str() {
                "row" => false,
                "column" => true,
                other => {
                    return Err(ErrMode::Cut(Failure {
                        span: order.span,
                        message: format!("there is no order `{other}`"),
                        expected: Some(
                            "`row` (the last index runs fastest) or `column` (the first)",
                        ),
                        fix: None,
                    }));
                }
            };
        } else if accept(input, "=") {
            let generator = name(input, "how its values come about, such as `permutation(1)`")?;
            declared.generator = Some((generator, arguments(input)?));
        } else {
            return Ok(Statement::Array(Box::new(declared)));
        }
    }
}

fn for_loop(input: &mut Input, parallel: bool) -> Read<Statement> {
    let counter = name(
        input,
        "the name of the variable, as in `for i in 0..N { … }`",
    )?;
    expect(input, "in", "`in` and a range, such as `in 0..N`")?;
    let from = expression(input)?;
    let inclusive = accept(input, "..=");
    if !inclusive {
        expect(input, "..", "`..` and the end of the range, such as `0..N`")?;
    }
    let to = expression(input)?;
    let step = if accept(input, "step") {
        Some(expression(input)?)
    } else {
        None
    };
    let body = deeper(input, |input| block(input))?;
    Ok(Statement::For(Box::new(For {
        parallel,
        name: counter,
        from,
        to,
        inclusive,
        step,
        body,
    })))
}

/// `{ … }`
fn block(input: &mut Input) -> Read<Vec<Statement>> {
    let open = expect(input, "{", "`{` and what to do")?;
    let body = statements(input);
    if accept(input, "}") {
        return Ok(body);
    }
    let line = input.state.source.line(open.start);
    input.state.note(Failure {
        span: open,
        message: "this block is not closed".to_owned(),
        expected: None,
        fix: Some(format!("write the `}}` that belongs to line {line}")),
    });
    Ok(body)
}

fn branch(input: &mut Input) -> Read<Statement> {
    input.next_token();
    let condition = condition(input)?;
    let then = block(input)?;
    let otherwise = if !accept(input, "else") {
        Vec::new()
    } else if peek(input) == "if" {
        vec![deeper(input, |input| branch(input))?]
    } else {
        block(input)?
    };
    Ok(Statement::If {
        condition,
        then,
        otherwise,
    })
}

/// Anything that starts with a value: an assignment, or a bare read.
fn assignment(input: &mut Input, start: usize, stream: bool) -> Read<Statement> {
    let first = input.input.first().copied();
    let named = first.is_some_and(|piece| piece.kind == TokenKind::Name);
    if !named {
        let mut failure = Failure::from_input(input);
        failure.expected = Some("a statement");
        return Err(ErrMode::Cut(failure));
    }
    let value = expression(input)?;
    let operator = match peek(input) {
        "=" => None,
        "+=" => Some(Operator::Add),
        "-=" => Some(Operator::Subtract),
        "*=" => Some(Operator::Multiply),
        "/=" => Some(Operator::Divide),
        "%=" => Some(Operator::Remainder),
        _ => return read(input, value, start, stream),
    };
    let place = value.span;
    let assignable = matches!(
        value.kind,
        ExpressionKind::Name(_) | ExpressionKind::Element { .. }
    );
    if !assignable {
        return Err(ErrMode::Cut(Failure {
            span: place,
            message: "nothing can be assigned to this".to_owned(),
            expected: Some("a scalar or an element on the left of `=`"),
            fix: None,
        }));
    }
    input.next_token();
    Ok(Statement::Assign {
        target: value,
        operator,
        value: expression(input)?,
        stream,
    })
}

/// A bare read has to end the line, or to read something: else it is a slip of the finger.
fn read(input: &mut Input, value: Expression, start: usize, stream: bool) -> Read<Statement> {
    let ends = input.input.first().is_none_or(|piece| {
        let begins = piece.kind == TokenKind::Keyword;
        begins || piece.lines > 0 || matches!(piece.text, "}" | ";")
    });
    match &value.kind {
        ExpressionKind::Name(word) if !ends || meant(word).is_some_and(|_| !ends) => {
            let span = value.span;
            Err(ErrMode::Cut(Failure {
                span,
                message: format!("`{word}` begins no statement"),
                expected: Some("a statement"),
                fix: meant(word),
            }))
        }
        _ if !ends => {
            let mut failure = Failure::from_input(input);
            failure.expected = Some("an operator, `=`, or the end of the line");
            Err(ErrMode::Cut(failure))
        }
        _ => {
            debug_assert!(value.span.start >= start);
            Ok(Statement::Read { value, stream })
        }
    }
}
