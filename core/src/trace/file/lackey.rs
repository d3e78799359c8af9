//! What `valgrind --tool=lackey --trace-mem=yes` prints: a letter, an address, a number of bytes.
//!
//! ```text
//! ==28390== Lackey, an example Valgrind tool
//! I  0401ab73,5
//!  S 1fff000768,8
//! ```

use super::{
    lines::{Parser, Wrong},
    scan::{self, HEX, decimal, hexadecimal, shown},
};
use crate::trace::{Access, Kind, Probe};

#[derive(Debug, Default)]
pub(super) struct Lackey {
    /// Address of the last instruction.
    instruction: u64,
}

/// What a line does.
#[derive(Clone, Copy)]
enum Letter {
    Instruction,
    Load,
    Store,
    Modify,
}

/// Of lines as lackey writes them: three bytes before the address, 16 digits, a comma, 4 digits, and
/// the line's end fit into so many bytes.
const WINDOW: usize = 32;
const MOST_DIGITS: usize = 16;
const MOST_SIZE_DIGITS: usize = 4;

impl Lackey {
    #[inline(always)]
    fn tell<P: Probe>(&mut self, letter: Letter, access: Access, probe: &mut P) {
        let kind = match letter {
            Letter::Instruction => {
                self.instruction = access.address;
                Kind::Fetch
            }
            Letter::Load | Letter::Modify => Kind::Load,
            Letter::Store => Kind::Store,
        };
        let site = self.instruction;
        probe.access(Access {
            kind,
            site,
            ..access
        });
        if let Letter::Modify = letter {
            probe.access(Access {
                kind: Kind::Store,
                site,
                ..access
            });
        }
    }
}

impl Parser for Lackey {
    fn line<P: Probe>(&mut self, line: &[u8], probe: &mut P) -> Result<(), Wrong> {
        if self.is_remark(line) {
            return Ok(());
        }
        let (letter, access) = parse(line)?;
        self.tell(letter, access, probe);
        Ok(())
    }

    fn usual_lines<P: Probe>(&mut self, text: &[u8], probe: &mut P) -> (u64, usize) {
        let (mut lines, mut at) = (0, 0);
        while let Some(window) = text[at..].first_chunk::<WINDOW>() {
            let Some((letter, access, length)) = usual_line(window) else {
                break;
            };
            self.tell(letter, access, probe);
            lines += 1;
            at += length;
        }
        (lines, at)
    }

    /// Valgrind's own words begin with the number of the process between two such signs.
    fn is_remark(&self, start: &[u8]) -> bool {
        [b"==", b"--", b"**"]
            .iter()
            .any(|sign| start.starts_with(*sign))
    }
}

/// One line exactly as lackey prints it, and its length; nothing for any other.
#[inline(always)]
fn usual_line(window: &[u8; WINDOW]) -> Option<(Letter, Access, usize)> {
    let letter = match window.first_chunk::<3>()? {
        b"I  " => Letter::Instruction,
        b" L " => Letter::Load,
        b" S " => Letter::Store,
        b" M " => Letter::Modify,
        _ => return None,
    };
    let mut at = 3;
    let mut address = 0_u64;
    while at < 3 + MOST_DIGITS {
        let digit = HEX[usize::from(window[at])];
        if digit > 15 {
            break;
        }
        address = address << 4 | u64::from(digit);
        at += 1;
    }
    if at == 3 || window[at] != b',' {
        return None;
    }
    at += 1;
    let first = at;
    let mut bytes = 0_u32;
    while at < first + MOST_SIZE_DIGITS {
        let digit = window[at].wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        bytes = bytes * 10 + u32::from(digit);
        at += 1;
    }
    if window[at] == b'\r' {
        at += 1;
    }
    // What cannot be an access goes the slow way, to be told why
    let possible = bytes > 0 && address.checked_add(u64::from(bytes) - 1).is_some();
    if window[at] != b'\n' || !possible {
        return None;
    }
    let access = Access::new(Kind::Load, address, bytes);
    Some((letter, access, at + 1))
}

/// One line with blanks wherever they may be. The access's kind and site are not filled in.
fn parse(line: &[u8]) -> Result<(Letter, Access), String> {
    let (name, rest) = scan::word(line);
    let letter = match name {
        b"I" => Letter::Instruction,
        b"L" => Letter::Load,
        b"S" => Letter::Store,
        b"M" => Letter::Modify,
        _ => {
            return Err(format!(
                "`{}` is no kind of access (I, L, S or M)",
                shown(name)
            ));
        }
    };
    let Some(comma) = memchr::memchr(b',', rest) else {
        return Err("an address, a comma and a number of bytes must follow".to_owned());
    };
    let (address, bytes) = (rest[..comma].trim_ascii(), rest[comma + 1..].trim_ascii());
    let address = hexadecimal(address)
        .ok_or_else(|| format!("`{}` is no hexadecimal address", shown(address)))?;
    let bytes =
        decimal(bytes).ok_or_else(|| format!("`{}` is no number of bytes", shown(bytes)))?;
    Ok((letter, scan::access(Kind::Load, address, bytes)?))
}

/// Whether it may be a line of such a trace.
pub(super) fn is_like(line: &[u8]) -> bool {
    line.starts_with(b"==") || parse(line).is_ok()
}
