//! Named numbers that a model, a kernel or a study takes: their ranges, and arguments for them.
//!
//! One description serves the command line (`k=v`), the sliders of the page and the report.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::units::{Unit, parse_bytes};

/// One named number something takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// How it is written: `array`, `hit-time`.
    pub name: &'static str,
    /// What it means, as a phrase.
    pub meaning: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// Its value when nobody says otherwise.
    pub default: f64,
    /// The least value allowed.
    pub min: f64,
    /// The largest value allowed.
    pub max: f64,
}

/// The values of a parameter: what they count, and how far they go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Values {
    /// What they count.
    pub unit: Unit,
    /// The least.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

/// Why an argument was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ParameterError {
    /// Not of the form `name=value`.
    #[error("`{0}` is not an argument: write name=value")]
    Form(String),
    /// No parameter has that name.
    #[error("there is no parameter `{name}`: choose from {known}")]
    Unknown {
        /// The name as given.
        name: String,
        /// All names that exist here.
        known: String,
    },
    /// The value is no number of this unit.
    #[error("`{name}` takes a number{hint}, not `{value}`")]
    Value {
        /// The parameter.
        name: String,
        /// The text as given.
        value: String,
        /// How a number of this unit may be written.
        hint: &'static str,
    },
    /// The value is no whole number, and has to be.
    #[error("`{name}` takes a whole number, not `{value}`")]
    Whole {
        /// The parameter.
        name: String,
        /// The text as given.
        value: String,
    },
    /// The value lies outside the range.
    #[error("`{name}` must lie between {min} and {max}, not {value}")]
    Range {
        /// The parameter.
        name: String,
        /// The value with its unit.
        value: String,
        /// The least value with its unit.
        min: String,
        /// The largest value with its unit.
        max: String,
    },
}

/// Values for a list of parameters; what was not set has its default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Arguments(BTreeMap<String, f64>);

impl Arguments {
    /// Reads `name=value` words; sizes may be written `32KiB`.
    ///
    /// # Errors
    /// The first word that is no argument, names no parameter, or lies out of range.
    pub fn parse<W: AsRef<str>>(
        parameters: &[Parameter],
        words: impl IntoIterator<Item = W>,
    ) -> Result<Self, ParameterError> {
        let mut arguments = Self::default();
        for word in words {
            let word = word.as_ref();
            let (name, value) = word
                .split_once('=')
                .ok_or_else(|| ParameterError::Form(word.to_owned()))?;
            let parameter = find(parameters, name)?;
            arguments.set(parameters, name, parameter.read(value)?)?;
        }
        Ok(arguments)
    }

    /// Sets one value.
    ///
    /// # Errors
    /// When no parameter has that name or the value lies out of its range.
    pub fn set(
        &mut self,
        parameters: &[Parameter],
        name: &str,
        value: f64,
    ) -> Result<(), ParameterError> {
        find(parameters, name)?.values().within(name, value)?;
        self.0.insert(name.to_owned(), value);
        Ok(())
    }

    /// The value of `parameter`: as set, or its default.
    pub fn get(&self, parameter: &Parameter) -> f64 {
        self.0
            .get(parameter.name)
            .copied()
            .unwrap_or(parameter.default)
    }

    /// What was set, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, value)| (name.as_str(), *value))
    }
}

impl Parameter {
    /// What values it takes.
    pub fn values(&self) -> Values {
        Values {
            unit: self.unit,
            min: self.min,
            max: self.max,
        }
    }

    /// Reads a value of this parameter's unit, whatever its range.
    ///
    /// # Errors
    /// When the text is no such number.
    pub fn read(&self, text: &str) -> Result<f64, ParameterError> {
        self.values().number(self.name, text)
    }
}

impl Values {
    /// Whether they are whole numbers: bytes, and things that are counted.
    pub fn whole(&self) -> bool {
        matches!(self.unit, Unit::Bytes | Unit::Count)
    }

    /// Reads one that someone typed; `name` is for the error.
    ///
    /// # Errors
    /// When the text is no such number, or lies outside of the range.
    pub fn read(&self, name: &str, text: &str) -> Result<f64, ParameterError> {
        self.within(name, self.number(name, text)?)
    }

    fn number(&self, name: &str, text: &str) -> Result<f64, ParameterError> {
        let number = if self.unit == Unit::Bytes {
            parse_bytes(text).ok().map(|bytes| bytes as f64)
        } else {
            text.trim()
                .strip_suffix(self.unit.symbol())
                .unwrap_or(text)
                .trim()
                .parse()
                .ok()
                .filter(|value: &f64| value.is_finite())
        };
        let (name, value) = (name.to_owned(), text.to_owned());
        match number {
            Some(number) if self.whole() && number.fract() != 0.0 => {
                Err(ParameterError::Whole { name, value })
            }
            Some(number) => Ok(number),
            None => Err(ParameterError::Value {
                name,
                value,
                hint: if self.unit == Unit::Bytes {
                    " of bytes, such as 64 or 32KiB"
                } else {
                    ""
                },
            }),
        }
    }

    fn within(&self, name: &str, value: f64) -> Result<f64, ParameterError> {
        if (self.min..=self.max).contains(&value) {
            return Ok(value);
        }
        Err(ParameterError::Range {
            name: name.to_owned(),
            value: self.unit.format(value),
            min: self.unit.format(self.min),
            max: self.unit.format(self.max),
        })
    }
}

fn find<'p>(parameters: &'p [Parameter], name: &str) -> Result<&'p Parameter, ParameterError> {
    parameters
        .iter()
        .find(|parameter| parameter.name == name)
        .ok_or_else(|| ParameterError::Unknown {
            name: name.to_owned(),
            known: if parameters.is_empty() {
                "none: it takes no parameters".to_owned()
            } else {
                parameters
                    .iter()
                    .map(|parameter| parameter.name)
                    .collect::<Vec<_>>()
                    .join(", ")
            },
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Parameter = Parameter {
        name: "size",
        meaning: "bytes walked",
        unit: Unit::Bytes,
        default: 64.0,
        min: 8.0,
        max: 1024.0,
    };

    #[test]
    fn arguments_are_read_or_refused_in_words() {
        let read = |word: &str| Arguments::parse(&[SIZE], [word]);
        assert_eq!(read("size=1KiB").unwrap().get(&SIZE), 1024.0);
        assert_eq!(Arguments::default().get(&SIZE), 64.0);
        for (word, message) in [
            ("size", "`size` is not an argument: write name=value"),
            ("sise=1", "there is no parameter `sise`: choose from size"),
            (
                "size=many",
                "`size` takes a number of bytes, such as 64 or 32KiB, not `many`",
            ),
            (
                "size=2KiB",
                "`size` must lie between 8 B and 1 KiB, not 2 KiB",
            ),
        ] {
            assert_eq!(read(word).unwrap_err().to_string(), message);
        }
        let lanes = Parameter {
            unit: Unit::Count,
            ..SIZE
        };
        let refused = lanes.read("8.5").unwrap_err().to_string();
        assert_eq!(refused, "`size` takes a whole number, not `8.5`");
    }
}
