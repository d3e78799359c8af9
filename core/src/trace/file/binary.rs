//! The lab's compact binary trace.
//!
//! A file is a head, records, and an end record. All numbers are LEB128 *varints*: seven bits a
//! byte, low ones first, the top bit set on all bytes but the last; 64 bits at most. A *signed*
//! number *n* is the varint of `2n` if *n* ≥ 0, else of `−2n − 1` (zigzag). Sums of addresses and
//! differences are taken modulo 2⁶⁴.
//!
//! The head is the eight bytes [`MAGIC`], which a transfer as text would spoil, and the byte
//! [`VERSION`].
//!
//! An **access** begins with a byte of four fields, low bits first:
//!
//! | bits | field | means |
//! |---|---|---|
//! | 0–2 | kind | 0 load, 1 store, 2 fetch, 3 streaming load, 4 streaming store |
//! | 3–5 | size | 1 to 7: 2⁰ to 2⁶ bytes; 0: the number of bytes follows |
//! | 6 | site | 1: it follows; 0: it is that of the access before |
//! | 7 | step | 1: the address follows; 0: the step is that of the last access of this kind |
//!
//! After it come, as far as they follow: the step (signed), by which the address is more than that
//! of the last access of this kind; the number of bytes (a varint, 32 bits at most); the
//! difference (signed) of the site to that of the access before. All of these begin as 0.
//!
//! Two more **records** begin with a byte whose low three bits are 7. `0x07`: accesses from here on
//! are those of another core, whose number follows (a varint, 16 bits at most); they begin with
//! core 0. `0x0f`: the end; the number of accesses follows (a varint). Nothing comes after it. A
//! file without an end was cut short.
//!
//! So a loop over arrays takes one or two bytes an access; a trace of `ls`, instructions and data,
//! took 3.4.

use super::{BadLine, Counter, KINDS, Place, Summary, scan};
use crate::trace::{Access, Kind, Probe};

/// How a file begins.
pub const MAGIC: [u8; 8] = *b"\x89LLT\r\n\x1a\n";
/// The version described here, which follows the magic bytes.
pub const VERSION: u8 = 1;

const HEAD: usize = MAGIC.len() + 1;
/// A byte and three numbers.
const LONGEST_RECORD: usize = 1 + 3 * 10;
const SITE_FOLLOWS: u8 = 1 << 6;
const STEP_FOLLOWS: u8 = 1 << 7;
const NO_ACCESS: u8 = 7;
const CORE: u8 = NO_ACCESS;
const END: u8 = 1 << 3 | NO_ACCESS;

/// Whether a file that begins like this is such a trace, of whatever version.
pub(super) fn is_magic(first_bytes: &[u8]) -> bool {
    first_bytes.starts_with(&MAGIC)
}

/// What writer and reader both remember of the accesses so far.
#[derive(Clone, Debug, Default)]
struct Memory {
    /// Of every kind: the last address, and the last step to it.
    places: [(u64, u64); KINDS],
    site: u64,
    core: u16,
    accesses: u64,
}

/// Writes records.
#[derive(Clone, Debug, Default)]
pub(super) struct Encoder {
    memory: Memory,
}

impl Encoder {
    pub(super) fn head(bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&MAGIC);
        bytes.push(VERSION);
    }

    #[inline]
    pub(super) fn access(&mut self, access: Access, bytes: &mut Vec<u8>) {
        let memory = &mut self.memory;
        memory.accesses += 1;
        if access.core != memory.core {
            memory.core = access.core;
            bytes.push(CORE);
            varint(u64::from(access.core), bytes);
        }
        let first = bytes.len();
        bytes.push(0);
        let mut head = access.kind as u8;
        let (place, last_step) = &mut memory.places[access.kind as usize];
        let step = access.address.wrapping_sub(*place);
        *place = access.address;
        if step != *last_step {
            *last_step = step;
            head |= STEP_FOLLOWS;
            varint(zigzag(step), bytes);
        }
        if access.bytes.is_power_of_two() && access.bytes <= 64 {
            head |= (access.bytes.trailing_zeros() as u8 + 1) << 3;
        } else {
            varint(u64::from(access.bytes), bytes);
        }
        if access.site != memory.site {
            head |= SITE_FOLLOWS;
            varint(zigzag(access.site.wrapping_sub(memory.site)), bytes);
            memory.site = access.site;
        }
        bytes[first] = head;
    }

    pub(super) fn end(&self, bytes: &mut Vec<u8>) {
        bytes.push(END);
        varint(self.memory.accesses, bytes);
    }
}

/// A difference modulo 2⁶⁴, small in either direction, as a number that is small.
fn zigzag(difference: u64) -> u64 {
    let signed = difference as i64;
    (signed << 1 ^ signed >> 63) as u64
}

fn unzigzag(number: u64) -> u64 {
    number >> 1 ^ (number & 1).wrapping_neg()
}

fn varint(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Why a record could not be read.
enum Stop {
    /// It goes on behind the bytes at hand.
    Short,
    /// It is wrong.
    Wrong(String),
}

/// Reads numbers from bytes at hand.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    #[inline(always)]
    fn byte(&mut self) -> Result<u8, Stop> {
        let byte = *self.bytes.get(self.at).ok_or(Stop::Short)?;
        self.at += 1;
        Ok(byte)
    }

    #[inline(always)]
    fn varint(&mut self) -> Result<u64, Stop> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(u64::from(first));
        }
        let mut number = u64::from(first & 0x7f);
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                if shift == 63 && byte > 1 {
                    break;
                }
                return Ok(number);
            }
        }
        Err(Stop::Wrong("a number has more than 64 bits".to_owned()))
    }
}

/// Reads such a file.
#[derive(Debug)]
pub(super) struct Binary {
    lenient: bool,
    memory: Memory,
    summary: Summary,
    counts: [u64; KINDS],
    /// The start of a record whose end is still to come.
    held: Vec<u8>,
    /// Place of the next byte that is not held.
    offset: u64,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Head,
    Records,
    Ended,
}

impl Binary {
    pub(super) fn new(lenient: bool) -> Self {
        Self {
            lenient,
            memory: Memory::default(),
            summary: Summary::default(),
            counts: [0; KINDS],
            held: Vec::new(),
            offset: 0,
            stage: Stage::Head,
        }
    }

    pub(super) fn feed<P: Probe>(&mut self, chunk: &[u8], probe: &mut P) -> Result<(), BadLine> {
        let mut rest = chunk;
        while !self.held.is_empty() && !rest.is_empty() {
            // With these the held record is whole, whatever it is; what lies behind it goes back
            let before = self.held.len();
            let more = rest.len().min(LONGEST_RECORD);
            let mut joined = std::mem::take(&mut self.held);
            joined.extend_from_slice(&rest[..more]);
            let used = self.records(&joined, self.offset - before as u64, true, probe)?;
            if used == 0 {
                // All there was: it still is not whole
                self.offset += more as u64;
                self.held = joined;
                rest = &rest[more..];
            } else {
                let taken = used - before;
                self.offset += taken as u64;
                rest = &rest[taken..];
            }
        }
        let used = self.records(rest, self.offset, false, probe)?;
        self.held.extend_from_slice(&rest[used..]);
        self.offset += rest.len() as u64;
        Ok(())
    }

    /// Reads the records that are whole, or only `one`; gives how many bytes they were.
    fn records<P: Probe>(
        &mut self,
        bytes: &[u8],
        offset: u64,
        one: bool,
        probe: &mut P,
    ) -> Result<usize, BadLine> {
        let mut used = 0;
        while used < bytes.len() {
            let mut cursor = Cursor { bytes, at: used };
            let result = match self.stage {
                Stage::Head => self.head(&mut cursor),
                Stage::Records => self.record(&mut cursor, probe),
                Stage::Ended => Err(Stop::Wrong("nothing may follow the end record".to_owned())),
            };
            match result {
                Ok(()) => used = cursor.at,
                Err(Stop::Short) => break,
                Err(Stop::Wrong(reason)) => return Err(bad(offset + used as u64, reason)),
            }
            if one {
                break;
            }
        }
        Ok(used)
    }

    fn head(&mut self, cursor: &mut Cursor) -> Result<(), Stop> {
        let length = cursor.bytes.len().min(MAGIC.len());
        if cursor.bytes[..length] != MAGIC[..length] {
            return Err(Stop::Wrong(
                "the file does not begin like a binary trace of the lab".to_owned(),
            ));
        }
        match cursor.bytes.get(MAGIC.len()) {
            None => Err(Stop::Short),
            Some(&VERSION) => {
                cursor.at = HEAD;
                self.stage = Stage::Records;
                Ok(())
            }
            Some(version) => Err(Stop::Wrong(format!(
                "the file has version {version} of the binary trace; version {VERSION} is known"
            ))),
        }
    }

    /// Reads one record; leaves everything as it was if it is not whole.
    #[inline(always)]
    fn record<P: Probe>(&mut self, cursor: &mut Cursor, probe: &mut P) -> Result<(), Stop> {
        let head = cursor.byte()?;
        let memory = &mut self.memory;
        let kind = match head & 7 {
            0 => Kind::Load,
            1 => Kind::Store,
            2 => Kind::Fetch,
            3 => Kind::StreamLoad,
            4 => Kind::StreamStore,
            _ => return self.other(head, cursor),
        };
        let (place, last_step) = memory.places[kind as usize];
        let step = if head & STEP_FOLLOWS == 0 {
            last_step
        } else {
            unzigzag(cursor.varint()?)
        };
        let bytes = match head >> 3 & 7 {
            0 => cursor.varint()?,
            size => 1 << (size - 1),
        };
        let site = if head & SITE_FOLLOWS == 0 {
            memory.site
        } else {
            memory.site.wrapping_add(unzigzag(cursor.varint()?))
        };
        let address = place.wrapping_add(step);
        let access = scan::access(kind, address, bytes).map_err(Stop::Wrong)?;
        memory.places[kind as usize] = (address, step);
        memory.site = site;
        memory.accesses += 1;
        let core = memory.core;
        let mut counter = Counter {
            counts: &mut self.counts,
            probe,
        };
        counter.access(Access {
            site,
            core,
            ..access
        });
        Ok(())
    }

    /// Reads a record that is no access.
    #[cold]
    fn other(&mut self, head: u8, cursor: &mut Cursor) -> Result<(), Stop> {
        match head {
            CORE => {
                let core = cursor.varint()?;
                self.memory.core = u16::try_from(core)
                    .map_err(|_| Stop::Wrong(format!("{core} is no core: they end at 65535")))?;
            }
            END => {
                let said = cursor.varint()?;
                if said != self.memory.accesses {
                    return Err(Stop::Wrong(format!(
                        "the end record tells of {said} accesses, but there are {}",
                        self.memory.accesses
                    )));
                }
                self.stage = Stage::Ended;
            }
            _ => return Err(Stop::Wrong(format!("{head:#04x} begins no record"))),
        }
        self.summary.lines += 1;
        Ok(())
    }

    pub(super) fn finish<P: Probe>(mut self, _: &mut P) -> Result<Summary, BadLine> {
        if self.stage != Stage::Ended {
            let short = bad(
                self.offset,
                "the file ends here without an end record: it was cut short".to_owned(),
            );
            // Of a file without even a head nothing is known
            if !self.lenient || self.stage == Stage::Head {
                return Err(short);
            }
            self.summary.skip(short);
        }
        self.summary.count(self.counts);
        self.summary.lines += self.summary.accesses;
        Ok(self.summary)
    }
}

#[cold]
fn bad(byte: u64, reason: String) -> BadLine {
    BadLine {
        place: Place::Byte(byte),
        excerpt: None,
        reason,
    }
}
