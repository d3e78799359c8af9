//! What is wrong with a program: where, what was expected, and what would mend it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ast::Span;

/// A place in the source and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// How many characters the trouble covers; at least 1.
    pub length: u32,
    /// What is wrong, as a clause without full stop.
    pub message: String,
    /// What the language expects there.
    pub expected: Option<String>,
    /// What to write instead.
    pub fix: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}, column {}: ", self.line, self.column)?;
        write!(out, "{}", self.sentence())
    }
}

impl Problem {
    /// The problem in a sentence or two, without its place.
    pub fn sentence(&self) -> String {
        let mut text = self.message.clone();
        if let Some(expected) = &self.expected {
            text += &format!("; expected {expected}");
        }
        text.push('.');
        if let Some(fix) = &self.fix {
            let mut letters = fix.chars();
            let first = letters.next().map(|first| first.to_uppercase().to_string());
            text += &format!(" {}{}", first.unwrap_or_default(), letters.as_str());
            if !text.ends_with('?') {
                text.push('.');
            }
        }
        text
    }
}

/// Puts them in the order of their places.
pub(super) fn sort(problems: &mut [Problem]) {
    problems.sort_by_key(|problem| (problem.line, problem.column));
}

/// A source, and where its lines start.
#[derive(Clone, Debug)]
pub struct Source<'s> {
    pub text: &'s str,
    lines: Vec<usize>,
}

impl<'s> Source<'s> {
    pub fn new(text: &'s str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            lines: std::iter::once(0).chain(ends).collect(),
        }
    }

    /// The line of a byte, from 1.
    pub fn line(&self, at: usize) -> u32 {
        self.lines.partition_point(|start| *start <= at) as u32
    }

    /// The text of a place.
    pub fn slice(&self, span: Span) -> &'s str {
        self.text.get(span.start..span.end).unwrap_or("")
    }

    /// A problem at a place; of a place of several lines, the first is marked.
    pub fn problem(
        &self,
        span: Span,
        message: String,
        expected: Option<String>,
        fix: Option<String>,
    ) -> Problem {
        let line = self.line(span.start);
        let start = self.lines[line as usize - 1];
        let before = self.text.get(start..span.start).unwrap_or("");
        let marked = self.slice(span).lines().next().unwrap_or("");
        Problem {
            line,
            column: before.chars().count() as u32 + 1,
            length: (marked.chars().count() as u32).max(1),
            message,
            expected,
            fix,
        }
    }
}

/// The known word that was probably meant.
pub fn similar<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let most = match word.chars().count() {
        0..=1 => {
            return known
                .into_iter()
                .find(|name| name.eq_ignore_ascii_case(word));
        }
        2..=3 => 1,
        4..=7 => 2,
        _ => 3,
    };
    known
        .map(|name| (distance(word, name), name))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters must be added, dropped, changed or exchanged with the next to get from one to
/// the other (optimal string alignment); the case of a letter does not matter.
fn distance(one: &str, other: &str) -> usize {
    let [one, other] = [one, other].map(|text| text.to_lowercase().chars().collect::<Vec<_>>());
    let mut before = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for row in 1..=one.len() {
        let mut here = vec![row];
        for column in 1..=other.len() {
            let (from, to) = (one[row - 1], other[column - 1]);
            let change = above[column - 1] + usize::from(from != to);
            let mut least = change.min(above[column] + 1).min(here[column - 1] + 1);
            if row > 1 && column > 1 && from == other[column - 2] && to == one[row - 2] {
                let exchanged: usize = before[column - 2];
                least = least.min(exchanged + 1);
            }
            here.push(least);
        }
        before = std::mem::replace(&mut above, here);
    }
    above[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        let known = ["matrix", "vector", "N", "idx"];
        let meant = |word| similar(word, known.into_iter());
        assert_eq!(meant("matirx"), Some("matrix"));
        assert_eq!(meant("vektor"), Some("vector"));
        assert_eq!(meant("n"), Some("N"));
        assert_eq!(meant("id"), Some("idx"));
        assert_eq!(similar("fro", ["for", "from_"].into_iter()), Some("for"));
        assert_eq!(meant("table"), None);
        assert_eq!(meant("M"), None);
    }

    #[test]
    fn places_count_characters() {
        let source = Source::new("é = 1\n  ab\n");
        let problem = |start, end| {
            let span = Span { start, end };
            let problem = source.problem(span, String::new(), None, None);
            (problem.line, problem.column, problem.length)
        };
        assert_eq!(problem(3, 4), (1, 3, 1));
        assert_eq!(problem(9, 11), (2, 3, 2));
        assert_eq!(problem(12, 12), (3, 1, 1));
    }
}
