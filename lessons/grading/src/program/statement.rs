//! The statements of a program, as text with the indices left out.
//!
//! The loop language tells which elements a statement touches, not what it does with them. That is
//! read here: `C[i][j] = C[i][j] + A[i][k] * B[k][j]` is `C[] = C[] + A[] * B[]`, whatever the loop
//! variables are called, and only a statement of the same words computes the same.

use std::collections::BTreeMap;

use lab_core::trace::program::{PlacedArray, TokenKind, tokens};

use crate::Remark;

/// What a statement does with the elements it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its words, indices left out.
    pub words: String,
    /// A number that goes with the words: the same in both programs.
    pub number: usize,
    /// Whether it adds to what the element holds: `C[i] = C[i] + …`, `C[i] += …`. Such sums may be
    /// taken in any order.
    pub adds: bool,
}

/// The statements of a program by source line.
#[derive(Clone, Debug, Default)]
pub struct Statements(BTreeMap<u32, Statement>);

/// A piece between braces, semicolons and ends of lines.
struct Segment<'s> {
    line: u32,
    words: Vec<(TokenKind, &'s str)>,
}

fn segments(source: &str) -> Vec<Segment<'_>> {
    let mut segments = Vec::new();
    let (mut line, mut at) = (1, 0);
    let mut segment = Segment {
        line,
        words: Vec::new(),
    };
    for token in tokens(source) {
        let ends = source[at..token.start].matches('\n').count() as u32;
        at = token.start;
        line += ends;
        let text = &source[token.start..token.end];
        let breaks = matches!(text, "{" | "}" | ";");
        if ends > 0 || breaks {
            segments.push(std::mem::replace(
                &mut segment,
                Segment {
                    line,
                    words: Vec::new(),
                },
            ));
        }
        if !breaks && token.kind != TokenKind::Comment {
            segment.words.push((token.kind, text));
        }
    }
    segments.push(segment);
    segments.retain(|segment| !segment.words.is_empty());
    segments
}

/// The words with what stands in square brackets left out.
fn without_indices<'s>(words: &[(TokenKind, &'s str)]) -> Vec<&'s str> {
    let mut depth = 0;
    let mut kept = Vec::new();
    for (_, word) in words {
        depth -= i32::from(*word == "]");
        if depth == 0 {
            kept.push(*word);
        }
        depth += i32::from(*word == "[");
    }
    kept
}

impl Statements {
    /// Those of a program whose arrays are these.
    ///
    /// # Errors
    /// What cannot be graded, by line.
    pub fn of(source: &str, arrays: &[PlacedArray]) -> Result<Self, Vec<Remark>> {
        let mut found = BTreeMap::new();
        let mut remarks = Vec::new();
        let mut remark = |line: u32, text: &str| {
            remarks.push(Remark {
                place: format!("line {line}"),
                good: false,
                text: text.to_owned(),
            });
        };
        for Segment { line, words } in segments(source) {
            let is_array =
                |word: &&(TokenKind, &str)| arrays.iter().any(|array| array.name == word.1);
            if words[0].1 == "array" || !words.iter().any(|word| is_array(&word)) {
                continue;
            }
            let kept = without_indices(&words);
            let equals = kept
                .iter()
                .position(|word| matches!(*word, "=" | "+=" | "-=" | "*=" | "/=" | "%="));
            let Some(equals) = equals.filter(|_| is_array(&&words[0])) else {
                remark(
                    line,
                    "Arrays are read here without an element being written: keep to the statements given, each on a line of its own, and write loops around them.",
                );
                continue;
            };
            let (target, value) = (&kept[..equals], &kept[equals + 1..]);
            // With indices: the very same element.
            let own = words
                .iter()
                .position(|word| matches!(word.1, "=" | "+=" | "-=" | "*=" | "/=" | "%="));
            let own = own.unwrap_or_default();
            let same = words[own + 1..].starts_with(&words[..own])
                && words.get(2 * own + 1).is_some_and(|word| word.1 == "+");
            let statement = if kept[equals] == "+=" || same {
                let rest = if same {
                    &value[target.len() + 1..]
                } else {
                    value
                };
                Statement {
                    words: format!("{} += {}", target.join(""), rest.join(" ")),
                    number: 0,
                    adds: true,
                }
            } else {
                Statement {
                    words: kept.join(" "),
                    number: 0,
                    adds: false,
                }
            };
            if found.insert(line, statement).is_some() {
                remark(
                    line,
                    "Two statements share this line: give each a line of its own.",
                );
            }
        }
        if remarks.is_empty() {
            let mut statements = Self(found);
            for (number, statement) in statements.0.values_mut().enumerate() {
                statement.number = number;
            }
            Ok(statements)
        } else {
            Err(remarks)
        }
    }

    /// These statements, with the numbers that the others have for the same words.
    ///
    /// # Errors
    /// Those the others do not have.
    pub fn numbered_like(mut self, others: &Self) -> Result<Self, Vec<Remark>> {
        let mut remarks = Vec::new();
        for (line, own) in &mut self.0 {
            match others.0.values().find(|other| other.words == own.words) {
                Some(other) => own.number = other.number,
                None => remarks.push(Remark {
                    place: format!("line {line}"),
                    good: false,
                    text: format!("`{}` is not a statement of the program given.", own.words),
                }),
            }
        }
        if remarks.is_empty() {
            Ok(self)
        } else {
            Err(remarks)
        }
    }

    /// The statement on a line.
    pub fn on(&self, line: u64) -> Option<&Statement> {
        self.0.get(&u32::try_from(line).ok()?)
    }
}
