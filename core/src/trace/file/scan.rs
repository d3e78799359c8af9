//! Numbers and words in bytes.

use crate::trace::{Access, Kind};

/// What a byte is worth as a hexadecimal digit; more than 15 if it is none.
pub(super) const HEX: [u8; 256] = {
    let mut table = [u8::MAX; 256];
    let mut digit = 0;
    while digit < 16 {
        let letter = b"0123456789abcdef"[digit];
        table[letter as usize] = digit as u8;
        table[letter.to_ascii_uppercase() as usize] = digit as u8;
        digit += 1;
    }
    table
};

/// A hexadecimal number with or without `0x`.
pub(super) fn hexadecimal(text: &[u8]) -> Option<u64> {
    let digits = after_0x(text).unwrap_or(text);
    number(digits, 16)
}

/// A decimal number, or a hexadecimal one after `0x`.
pub(super) fn decimal_or_0x(text: &[u8]) -> Option<u64> {
    match after_0x(text) {
        Some(digits) => number(digits, 16),
        None => number(text, 10),
    }
}

/// A decimal number.
pub(super) fn decimal(text: &[u8]) -> Option<u64> {
    number(text, 10)
}

fn after_0x(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"0x")
        .or_else(|| text.strip_prefix(b"0X"))
}

#[inline]
fn number(digits: &[u8], base: u64) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    // So few cannot overflow, digits or not (17 · 16¹⁴ < 2⁶⁴): they need not be watched one by one
    if digits.len() < 15 {
        let (mut number, mut largest) = (0, 0);
        for &byte in digits {
            let digit = u64::from(HEX[usize::from(byte)]);
            number = number * base + digit;
            largest = digit.max(largest);
        }
        return (largest < base).then_some(number);
    }
    digits.iter().try_fold(0_u64, |number, &byte| {
        let digit = u64::from(HEX[usize::from(byte)]);
        if digit < base {
            number.checked_mul(base)?.checked_add(digit)
        } else {
            None
        }
    })
}

/// The text up to the first blank, and what follows the blanks.
pub(super) fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let text = text.trim_ascii_start();
    let end = text
        .iter()
        .position(u8::is_ascii_whitespace)
        .unwrap_or(text.len());
    (&text[..end], text[end..].trim_ascii_start())
}

/// An access as a trace tells it, if there can be one.
#[inline]
pub(super) fn access(kind: Kind, address: u64, bytes: u64) -> Result<Access, String> {
    let Ok(bytes) = u32::try_from(bytes) else {
        return Err(format!("no access has {bytes} bytes"));
    };
    if bytes == 0 {
        return Err("an access of 0 bytes touches nothing".to_owned());
    }
    if address.checked_add(u64::from(bytes) - 1).is_none() {
        return Err(format!(
            "{bytes} bytes from {address:#x} on reach beyond the last address"
        ));
    }
    Ok(Access::new(kind, address, bytes))
}

/// Text as it can be shown: not too long, and without what would move a cursor.
pub(super) fn shown(text: &[u8]) -> String {
    const LONGEST: usize = 60;
    let cut = text.len() > LONGEST;
    let text = String::from_utf8_lossy(&text[..text.len().min(LONGEST)]);
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() {
            shown.extend(letter.escape_debug());
        } else {
            shown.push(letter);
        }
    }
    if cut {
        shown.push('…');
    }
    shown
}
