//! Dinero's traces: the traditional form (`label address`) and the extended one of Dinero IV
//! (`letter address bytes`), told apart line by line by what comes first.
//!
//! The particulars are those of Dinero IV's own readers: numbers are hexadecimal with or without
//! `0x`; what follows is a remark; a traditional access is one word of 4 bytes, aligned.

use super::{
    lines::{Parser, Wrong},
    scan::{self, hexadecimal, shown},
};
use crate::trace::{Access, Kind, Probe};

/// Bytes of an access in the traditional form.
const WORD: u64 = 4;

#[derive(Debug, Default)]
pub(super) struct Din {
    /// Address of the last instruction.
    instruction: u64,
}

impl Parser for Din {
    fn line<P: Probe>(&mut self, line: &[u8], probe: &mut P) -> Result<(), Wrong> {
        let access = parse(line)?;
        if access.kind == Kind::Fetch {
            self.instruction = access.address;
        }
        probe.access(Access {
            site: self.instruction,
            ..access
        });
        Ok(())
    }
}

fn parse(line: &[u8]) -> Result<Access, String> {
    let (label, rest) = scan::word(line);
    let kind = match label {
        b"0" | b"3" | b"r" | b"R" | b"m" | b"M" => Kind::Load,
        b"1" | b"w" | b"W" => Kind::Store,
        b"2" | b"i" | b"I" => Kind::Fetch,
        b"4" | b"5" | b"c" | b"C" | b"v" | b"V" => {
            return Err(
                "a copy-back, flush or invalidate record is no access of a program".to_owned(),
            );
        }
        _ => {
            return Err(format!(
                "`{}` is no kind of access (0, 1, 2 or r, w, i)",
                shown(label)
            ));
        }
    };
    if rest.is_empty() {
        return Err("an address must follow".to_owned());
    }
    let (address, rest) = scan::word(rest);
    let address = hexadecimal(address)
        .ok_or_else(|| format!("`{}` is no hexadecimal address", shown(address)))?;
    if label[0].is_ascii_digit() {
        return scan::access(kind, address & !(WORD - 1), WORD);
    }
    let (bytes, _) = scan::word(rest);
    if bytes.is_empty() {
        return Err(format!(
            "a number of bytes must follow the address after `{}`",
            shown(label)
        ));
    }
    let bytes = hexadecimal(bytes)
        .ok_or_else(|| format!("`{}` is no hexadecimal number of bytes", shown(bytes)))?;
    scan::access(kind, address, bytes)
}

/// Whether it may be a line of such a trace.
pub(super) fn is_like(line: &[u8]) -> bool {
    parse(line).is_ok()
}
