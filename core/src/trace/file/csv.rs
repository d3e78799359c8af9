//! Comma-separated values with a first line that names the columns.
//!
//! ```text
//! address,bytes,kind,site,core
//! 0x1000,8,load,0x401136,0
//! ```

use memchr::memchr;

use super::{
    lines::{Parser, Wrong},
    scan::{self, decimal_or_0x, shown},
};
use crate::trace::{Access, Kind, Probe};

/// The columns in the order in which they are written.
pub(super) const HEADER: &str = "address,bytes,kind,site,core";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Address,
    Bytes,
    Kind,
    Site,
    Core,
    /// Unknown, passed over.
    Other,
}

#[derive(Debug)]
pub(super) struct Csv {
    lenient: bool,
    /// None before the first line.
    columns: Option<Vec<Column>>,
}

impl Csv {
    pub(super) fn new(lenient: bool) -> Self {
        Self {
            lenient,
            columns: None,
        }
    }
}

impl Parser for Csv {
    fn line<P: Probe>(&mut self, line: &[u8], probe: &mut P) -> Result<(), Wrong> {
        match &self.columns {
            Some(columns) => row(columns, line, probe).map_err(Wrong::Line),
            None => {
                let columns = header(line, self.lenient).map_err(Wrong::File)?;
                self.columns = Some(columns);
                Ok(())
            }
        }
    }

    fn end(&self) -> Result<(), String> {
        match self.columns {
            Some(_) => Ok(()),
            None => Err(format!(
                "there is no first line that names the columns, as `{HEADER}`"
            )),
        }
    }
}

fn header(line: &[u8], lenient: bool) -> Result<Vec<Column>, String> {
    let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
    let mut columns = Vec::new();
    for name in fields(line) {
        let column = match name.to_ascii_lowercase().as_slice() {
            b"address" | b"addr" => Column::Address,
            b"bytes" | b"size" => Column::Bytes,
            b"kind" | b"type" | b"op" => Column::Kind,
            b"site" | b"pc" => Column::Site,
            b"core" | b"cpu" => Column::Core,
            _ if lenient => Column::Other,
            _ => {
                return Err(format!(
                    "`{}` is no column; the first line names those there are, of `{HEADER}`",
                    shown(name)
                ));
            }
        };
        if column != Column::Other && columns.contains(&column) {
            return Err(format!(
                "`{}` names a column for the second time",
                shown(name)
            ));
        }
        columns.push(column);
    }
    if columns.contains(&Column::Address) {
        Ok(columns)
    } else {
        Err("no column is named `address`".to_owned())
    }
}

/// What a row does.
#[derive(Clone, Copy)]
enum Action {
    One(Kind),
    /// A load, then a store.
    Modify,
}

/// Names of actions: the words first, then the letters.
const ACTIONS: [(&[u8], Action); 14] = [
    (b"load", Action::One(Kind::Load)),
    (b"store", Action::One(Kind::Store)),
    (b"fetch", Action::One(Kind::Fetch)),
    (b"stream-load", Action::One(Kind::StreamLoad)),
    (b"stream-store", Action::One(Kind::StreamStore)),
    (b"modify", Action::Modify),
    (b"read", Action::One(Kind::Load)),
    (b"write", Action::One(Kind::Store)),
    (b"l", Action::One(Kind::Load)),
    (b"s", Action::One(Kind::Store)),
    (b"m", Action::Modify),
    (b"i", Action::One(Kind::Fetch)),
    (b"r", Action::One(Kind::Load)),
    (b"w", Action::One(Kind::Store)),
];

impl Action {
    fn from_name(name: &[u8]) -> Option<Self> {
        let mut actions = ACTIONS.iter();
        let found = actions.find(|(known, _)| name.eq_ignore_ascii_case(known));
        found.map(|(_, action)| *action)
    }
}

/// The word for a kind, as it is written.
pub(super) fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Load => "load",
        Kind::Store => "store",
        Kind::Fetch => "fetch",
        Kind::StreamLoad => "stream-load",
        Kind::StreamStore => "stream-store",
    }
}

/// Tells of one row. An empty field is as good as none.
fn row<P: Probe>(columns: &[Column], line: &[u8], probe: &mut P) -> Result<(), String> {
    let (mut address, mut bytes, mut site, mut core) = (None, 1, 0, 0);
    let mut action = Action::One(Kind::Load);
    let mut fields = fields(line);
    for column in columns {
        let Some(field) = fields.next() else {
            return Err("there are fewer fields than columns".to_owned());
        };
        if field.is_empty() {
            continue;
        }
        match column {
            Column::Address => address = Some(number(field, "address")?),
            Column::Bytes => bytes = number(field, "number of bytes")?,
            Column::Site => site = number(field, "site")?,
            Column::Core => {
                core = u16::try_from(number(field, "core")?)
                    .map_err(|_| format!("`{}` is no core: they end at 65535", shown(field)))?;
            }
            Column::Kind => {
                action = Action::from_name(field).ok_or_else(|| {
                    format!(
                        "`{}` is no kind of access (load, store, modify, fetch, stream-load or \
                         stream-store)",
                        shown(field)
                    )
                })?;
            }
            Column::Other => {}
        }
    }
    if fields.next().is_some() {
        return Err("there are more fields than columns".to_owned());
    }
    let address = address.ok_or("the address is missing")?;
    let access = scan::access(Kind::Load, address, bytes)?;
    let mut tell = |kind| {
        probe.access(Access {
            kind,
            site,
            core,
            ..access
        });
    };
    match action {
        Action::One(kind) => tell(kind),
        Action::Modify => {
            tell(Kind::Load);
            tell(Kind::Store);
        }
    }
    Ok(())
}

fn number(field: &[u8], what: &str) -> Result<u64, String> {
    decimal_or_0x(field).ok_or_else(|| {
        format!(
            "`{}` is no {what} (decimal, or hexadecimal after 0x)",
            shown(field)
        )
    })
}

/// The fields of a line, without blanks and quotation marks around them.
fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        let field = match memchr(b',', text) {
            Some(comma) => {
                rest = Some(&text[comma + 1..]);
                &text[..comma]
            }
            None => {
                rest = None;
                text
            }
        };
        let field = field.trim_ascii();
        let unquoted = field
            .strip_prefix(b"\"")
            .and_then(|field| field.strip_suffix(b"\""));
        Some(unquoted.unwrap_or(field))
    })
}

/// Whether it may be the first line of such a file.
pub(super) fn is_like(line: &[u8]) -> bool {
    header(line, true).is_ok()
}
