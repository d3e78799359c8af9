//! Expressions and conditions.

use winnow::{
    Parser,
    combinator::{Infix, expression as precedence, fail},
    error::{ErrMode, ParserError},
    stream::Stream,
};

use super::{
    super::{
        ast::{Comparison, Condition, Expression, ExpressionKind, Name, Operator, Span},
        token::{Piece, TokenKind},
    },
    Failure, Input, MOST_OPERATORS, Read, accept, behind, deeper, expect, name, peek, span,
};

const OPERAND: &str = "a number, a name or an element such as `A[i]`";

/// Sums and products.
pub fn expression<'t, 's>(input: &mut Input<'t, 's>) -> Read<Expression> {
    deeper(input, |input: &mut Input<'t, 's>| {
        precedence(operand).infix(infix).parse_next(input)
    })
}

fn infix<'t, 's>(
    input: &mut Input<'t, 's>,
) -> Read<Infix<Input<'t, 's>, Expression, ErrMode<Failure>>> {
    let infix = match peek(input) {
        "+" => Infix::Left(1, |input, a, b| joined(input, Operator::Add, a, b)),
        "-" => Infix::Left(1, |input, a, b| joined(input, Operator::Subtract, a, b)),
        "*" => Infix::Left(2, |input, a, b| joined(input, Operator::Multiply, a, b)),
        "/" => Infix::Left(2, |input, a, b| joined(input, Operator::Divide, a, b)),
        "%" => Infix::Left(2, |input, a, b| joined(input, Operator::Remainder, a, b)),
        _ => return fail.parse_next(input),
    };
    input.next_token();
    Ok(infix)
}

fn joined(input: &mut Input, operator: Operator, a: Expression, b: Expression) -> Read<Expression> {
    one_more(input)?;
    Ok(binary(operator, a, b))
}

/// Counts an operator of the statement.
fn one_more(input: &mut Input) -> Read<()> {
    input.state.operators += 1;
    if input.state.operators <= MOST_OPERATORS {
        return Ok(());
    }
    let mut failure = Failure::from_input(input);
    failure.message = format!("more than {MOST_OPERATORS} operators in one statement");
    failure.fix = Some("name a part with `let`".to_owned());
    Err(ErrMode::Cut(failure))
}

fn binary(operator: Operator, a: Expression, b: Expression) -> Expression {
    Expression {
        span: a.span.to(b.span),
        kind: ExpressionKind::Binary(operator, Box::new(a), Box::new(b)),
    }
}

fn operand(input: &mut Input) -> Read<Expression> {
    let Some(piece) = input.input.first().copied() else {
        return wrong(input);
    };
    let place = span(&piece);
    match (piece.kind, piece.text) {
        (TokenKind::Number, _) => number(input, &piece),
        (TokenKind::Name, "min" | "max") => {
            let operator = if piece.text == "min" {
                Operator::Min
            } else {
                Operator::Max
            };
            input.next_token();
            least_or_most(input, operator, place)
        }
        (TokenKind::Name, _) => reference(input),
        (_, "(") => {
            input.next_token();
            let inner = expression(input)?;
            let close = expect(input, ")", "`)`")?;
            Ok(Expression {
                span: place.to(close),
                ..inner
            })
        }
        (_, "-") => {
            input.next_token();
            one_more(input)?;
            let inner = deeper(input, |input| operand(input))?;
            Ok(match inner.kind {
                ExpressionKind::Integer(value) if value != i64::MIN => Expression {
                    kind: ExpressionKind::Integer(-value),
                    span: place.to(inner.span),
                },
                _ => {
                    let zero = Expression {
                        kind: ExpressionKind::Integer(0),
                        span: place,
                    };
                    binary(Operator::Subtract, zero, inner)
                }
            })
        }
        _ => wrong(input),
    }
}

/// What is next cannot begin an operand.
fn wrong<T>(input: &mut Input) -> Read<T> {
    let mut failure = Failure::from_input(input);
    failure.expected = Some(OPERAND);
    Err(ErrMode::Cut(failure))
}

fn number(input: &mut Input, piece: &Piece) -> Read<Expression> {
    let kind = read_number(piece.text).map_err(|(message, fix)| {
        let mut failure = Failure::from_input(input);
        failure.message = message;
        failure.fix = Some(fix);
        ErrMode::Cut(failure)
    })?;
    input.next_token();
    Ok(Expression {
        kind,
        span: span(piece),
    })
}

fn read_number(text: &str) -> Result<ExpressionKind, (String, String)> {
    let digits = text.replace('_', "");
    let hexadecimal = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"));
    let integer = match hexadecimal {
        Some(digits) => i64::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    let all_digits = digits.bytes().all(|digit| digit.is_ascii_digit());
    if let Ok(value) = integer {
        return Ok(ExpressionKind::Integer(value));
    }
    if all_digits
        || hexadecimal.is_some_and(|rest| {
            rest.bytes().all(|digit| digit.is_ascii_hexdigit()) && !rest.is_empty()
        })
    {
        return Err((
            format!("`{text}` is larger than any number of 64 bits"),
            format!("write at most {}", i64::MAX),
        ));
    }
    match digits.parse::<f64>() {
        Ok(value) if digits.contains('.') => Ok(ExpressionKind::Real(value)),
        _ => Err((
            format!("`{text}` is no number"),
            "write digits, such as 64, 0x40, 1_000 or 0.5".to_owned(),
        )),
    }
}

/// The arguments of `min` and `max`.
fn least_or_most(input: &mut Input, operator: Operator, start: Span) -> Read<Expression> {
    let arguments = arguments(input)?;
    let end = behind(input);
    let place = Span { end, ..start };
    let count = arguments.len();
    let all = arguments
        .into_iter()
        .reduce(|a, b| binary(operator, a, b))
        .filter(|_| count > 1);
    match all {
        Some(all) => Ok(Expression { span: place, ..all }),
        None => Err(ErrMode::Cut(Failure {
            span: place,
            message: "one value has no smaller or larger one".to_owned(),
            expected: Some("two values or more, such as `min(i + 4, N)`"),
            fix: None,
        })),
    }
}

/// `(a, b, …)`
pub fn arguments(input: &mut Input) -> Read<Vec<Expression>> {
    expect(input, "(", "`(` and the values it takes")?;
    let mut arguments = Vec::new();
    while peek(input) != ")" {
        arguments.push(expression(input)?);
        if !accept(input, ",") {
            break;
        }
        one_more(input)?;
    }
    expect(input, ")", "`,` or `)`")?;
    Ok(arguments)
}

/// A name, and what is taken of it: `a`, `A[i][j]`, `P[i].x`.
pub fn reference(input: &mut Input) -> Read<Expression> {
    let array = name(input, OPERAND)?;
    let mut indices = Vec::new();
    while accept(input, "[") {
        indices.push(expression(input)?);
        expect(input, "]", "`]`")?;
    }
    let field: Option<Name> = if accept(input, ".") {
        Some(name(input, "the name of a field")?)
    } else {
        None
    };
    let place = Span {
        end: behind(input),
        ..array.span
    };
    let kind = if indices.is_empty() && field.is_none() {
        ExpressionKind::Name(array.text)
    } else {
        ExpressionKind::Element {
            array,
            indices,
            field,
        }
    };
    Ok(Expression { kind, span: place })
}

/// Comparisons joined by `&&` and `||`, of which `&&` binds closer.
pub fn condition(input: &mut Input) -> Read<Condition> {
    let mut all = conjunction(input)?;
    while accept(input, "||") {
        one_more(input)?;
        all = Condition::Or(Box::new(all), Box::new(conjunction(input)?));
    }
    Ok(all)
}

fn conjunction(input: &mut Input) -> Read<Condition> {
    let mut all = comparison(input)?;
    while accept(input, "&&") {
        one_more(input)?;
        all = Condition::And(Box::new(all), Box::new(comparison(input)?));
    }
    Ok(all)
}

fn comparison(input: &mut Input) -> Read<Condition> {
    if accept(input, "!") {
        one_more(input)?;
        let inner = deeper(input, |input| comparison(input))?;
        return Ok(Condition::Not(Box::new(inner)));
    }
    if holds_a_condition(&input.input) {
        return deeper(input, |input| {
            input.next_token();
            let inner = condition(input)?;
            expect(input, ")", "`)`")?;
            Ok(inner)
        });
    }
    let left = expression(input)?;
    let comparison = match peek(input) {
        "==" => Comparison::Equal,
        "!=" => Comparison::Unequal,
        "<" => Comparison::Less,
        "<=" => Comparison::AtMost,
        ">" => Comparison::More,
        ">=" => Comparison::AtLeast,
        next => {
            let mut failure = Failure::from_input(input);
            failure.expected = Some("a comparison: `<`, `<=`, `==`, `!=`, `>=` or `>`");
            failure.fix = (next == "=").then(|| "write `==` to compare".to_owned());
            return Err(ErrMode::Cut(failure));
        }
    };
    input.next_token();
    let right = expression(input)?;
    Ok(Condition::Compare(comparison, Box::new((left, right))))
}

/// Whether the parenthesis that is next holds a condition, not a number.
fn holds_a_condition(pieces: &[Piece]) -> bool {
    let mut open = 0;
    for piece in pieces {
        match piece.text {
            "(" => open += 1,
            _ if open == 0 => return false,
            ")" => open -= 1,
            "==" | "!=" | "<" | "<=" | ">" | ">=" | "&&" | "||" | "!" => return true,
            "{" | "}" => return false,
            _ => {}
        }
    }
    false
}
