//! What is wrong with a program: where, what was expected, and what would mend it.

use std::fmt;

use serde::{Deserialize, Serialize};

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
            text += &format!(" {}{}.", first.unwrap_or_default(), letters.as_str());
        }
        text
    }
}
