//! TOML with places: every value knows its line in the lesson.

use serde::Deserialize;
use toml::Spanned;

/// A place in a lesson where TOML starts.
#[derive(Clone, Copy)]
pub struct Toml<'a> {
    /// The TOML.
    pub text: &'a str,
    /// The line of the lesson its first line is.
    pub line: usize,
}

/// A value and the line of the lesson it stands on.
#[derive(Clone, Debug)]
pub struct At<T> {
    pub value: T,
    pub line: usize,
}

/// A number, or a size in words such as `"32 KiB"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Quantity {
    Whole(i64),
    Real(f64),
    Text(String),
}

impl Quantity {
    /// The number, in bytes where it is a size.
    pub fn number(&self) -> Result<f64, String> {
        match self {
            Quantity::Whole(number) => Ok(*number as f64),
            Quantity::Real(number) if number.is_finite() => Ok(*number),
            Quantity::Real(number) => Err(format!("`{number}` is no finite number.")),
            Quantity::Text(text) => lab_core::units::parse_bytes(text)
                .map(|bytes| bytes as f64)
                .map_err(|error| format!("{error}.")),
        }
    }
}

impl<'a> Toml<'a> {
    /// Reads it as a `T`, or says what is wrong and on which line.
    pub fn read<T: Deserialize<'a>>(self) -> Result<T, At<String>> {
        toml::from_str(self.text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            let reason = error.message().trim().replace('\n', "; ");
            At {
                value: format!("This is not the TOML expected here: {reason}."),
                line: self.line_at(offset),
            }
        })
    }

    /// The line of the lesson at `offset` bytes.
    fn line_at(self, offset: usize) -> usize {
        self.line + newlines(self.text, offset)
    }

    /// A value with the line it stands on.
    pub fn at<T>(self, value: Spanned<T>) -> At<T> {
        let line = self.line_at(value.span().start);
        At {
            value: value.into_inner(),
            line,
        }
    }

    /// Text with the line its *content* starts on: a multi-line string begins below its quotes.
    pub fn text(self, value: Spanned<String>) -> At<String> {
        let raw = self.text.get(value.span()).unwrap_or_default();
        let below = raw.starts_with("'''\n") || raw.starts_with("\"\"\"\n");
        let mut at = self.at(value);
        at.line += usize::from(below);
        at
    }
}

/// How many lines end before `offset`.
pub fn newlines(text: &str, offset: usize) -> usize {
    let before = &text.as_bytes()[..offset.min(text.len())];
    before.iter().filter(|byte| **byte == b'\n').count()
}
