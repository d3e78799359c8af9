//! Units as the lab writes and reads them: one formatting place for all of them.
//!
//! Sizes are bytes in powers of two (KiB, MiB, GiB), bandwidth is GB/s with 1 GB = 10^9 bytes,
//! latency is nanoseconds.

use serde::{Deserialize, Serialize};

/// What a number counts. Decides how it is printed and on which axis it may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Bytes, printed in powers of two.
    Bytes,
    /// A count of things (accesses, lines, sets).
    Count,
    /// A share between 0 and 1, printed as a plain number.
    Ratio,
    /// Hundredths.
    Percent,
    /// Nanoseconds.
    Nanoseconds,
    /// Nanoseconds for each access.
    NanosecondsPerAccess,
    /// 10^9 bytes a second.
    GigabytesPerSecond,
    /// 10^9 operations on numbers a second.
    GigaoperationsPerSecond,
    /// Operations on numbers for each byte moved: arithmetic intensity.
    OperationsPerByte,
    /// Times a second.
    Hertz,
}

impl Unit {
    /// The symbol behind a number: empty for counts and ratios.
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::Bytes => "B",
            Unit::Count | Unit::Ratio => "",
            Unit::Percent => "%",
            Unit::Nanoseconds => "ns",
            Unit::NanosecondsPerAccess => "ns/access",
            Unit::GigabytesPerSecond => "GB/s",
            Unit::GigaoperationsPerSecond => "Gop/s",
            Unit::OperationsPerByte => "op/B",
            Unit::Hertz => "Hz",
        }
    }

    /// Whether it measures a time: then less is faster.
    pub fn is_time(self) -> bool {
        matches!(self, Unit::Nanoseconds | Unit::NanosecondsPerAccess)
    }

    /// Whether it measures what is done in a time: then more is faster.
    pub fn is_rate(self) -> bool {
        matches!(
            self,
            Unit::GigabytesPerSecond | Unit::GigaoperationsPerSecond
        )
    }

    /// A value with its unit, at a precision a person reads: `32 KiB`, `1.69 ns`, `12.4 GB/s`.
    pub fn format(self, value: f64) -> String {
        match self {
            Unit::Bytes => format_bytes(value),
            Unit::Count | Unit::Ratio => format_number(value),
            Unit::Hertz => {
                let steps = [(1e9, "GHz"), (1e6, "MHz"), (1e3, "kHz")];
                let step = steps.iter().find(|(step, _)| value.abs() >= *step);
                let (step, symbol) = step.unwrap_or(&(1.0, "Hz"));
                format!("{} {symbol}", format_number(value / step))
            }
            _ => format!("{} {}", format_number(value), self.symbol()),
        }
    }
}

const BYTE_UNITS: [(&str, u64); 5] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

/// `bytes` in the largest power-of-two unit that keeps it at 1 or above, three digits at most
/// behind the point: `48 KiB`, `1.25 MiB`, `64 B`.
pub fn format_bytes(bytes: f64) -> String {
    let (symbol, unit) = BYTE_UNITS
        .into_iter()
        .find(|(_, unit)| bytes.abs() >= *unit as f64)
        .unwrap_or(("B", 1));
    format!("{} {symbol}", format_number(bytes / unit as f64))
}

/// A count with thin gaps between thousands.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A count with what is counted: `1 access`, `2 accesses`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    let what = if count == 1 { one } else { many };
    format!("{} {what}", grouped(count))
}

/// A number with about four significant digits and no trailing zeros.
pub fn format_number(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    if value == value.trunc() && value.abs() < 1e15 {
        return format!("{value:.0}");
    }
    let magnitude = value.abs().log10().floor() as i32;
    if magnitude < -5 {
        return format!("{value:.3e}");
    }
    let decimals = (3 - magnitude).clamp(0, 8) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// Why a text is no size in bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a size: write a number with B, KiB, MiB, GiB or TiB, such as 32KiB or 1.5 MiB"
)]
pub struct SizeError(String);

/// Reads a size: `4096`, `32KiB`, `32 KiB`, `1.5M` (the powers of two, with or without `iB`).
///
/// # Errors
/// When the text is no non-negative number followed by a known unit, or the size is no whole
/// number of bytes.
pub fn parse_bytes(text: &str) -> Result<u64, SizeError> {
    let error = || SizeError(text.to_owned());
    let trimmed = text.trim();
    let digits = trimmed
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(trimmed.len());
    let number: f64 = trimmed[..digits].parse().map_err(|_| error())?;
    let unit = match trimmed[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1_u64,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        _ => return Err(error()),
    };
    let bytes = number * unit as f64;
    if bytes != bytes.trunc() || bytes > 2_f64.powi(53) {
        return Err(error());
    }
    Ok(bytes as u64)
}

/// Serde form of a size: written as a number of bytes, read as a number or as text (`"32 KiB"`).
pub mod bytes {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes the number of bytes.
    ///
    /// # Errors
    /// Only those of the serializer.
    pub fn serialize<S: Serializer>(bytes: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(*bytes)
    }

    /// Reads a number of bytes or a text such as `"32 KiB"`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Size {
            Number(u64),
            Text(String),
        }
        match Size::deserialize(deserializer).map_err(|_| {
            D::Error::custom("a size is a whole number of bytes or a text such as \"32 KiB\"")
        })? {
            Size::Number(bytes) => Ok(bytes),
            Size::Text(text) => super::parse_bytes(&text).map_err(D::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written() {
        for (text, bytes) in [
            ("64", 64),
            ("32KiB", 32 << 10),
            ("32 kib", 32 << 10),
            ("1.25 MiB", 1_310_720),
            ("2G", 2 << 30),
        ] {
            assert_eq!(parse_bytes(text), Ok(bytes), "{text}");
        }
        for text in ["", "KiB", "32 KB s", "-4", "1.0001B", "1e3", "99999999T"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
        assert_eq!(format_bytes(1_310_720.0), "1.25 MiB");
        assert_eq!(format_bytes(48.0 * 1024.0), "48 KiB");
        assert_eq!(format_bytes(0.0), "0 B");
    }

    #[test]
    fn numbers_keep_four_digits() {
        assert_eq!(format_number(1.693_12), "1.693");
        assert_eq!(format_number(130.449), "130.4");
        assert_eq!(format_number(0.125), "0.125");
        assert_eq!(format_number(26_123.0), "26123");
        assert_eq!(format_number(12_345.678), "12346");
        assert_eq!(Unit::Nanoseconds.format(1.5), "1.5 ns");
        assert_eq!(Unit::Hertz.format(2.45e9), "2.45 GHz");
        assert_eq!(Unit::Hertz.format(250.0), "250 Hz");
        assert_eq!(Unit::Hertz.format(64e3), "64 kHz");
        assert_eq!(Unit::Hertz.format(1e6), "1 MHz");
    }
}
