//! Writing results.

use std::io::{self, Write};

use anyhow::Result;
use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
use serde::Serialize;

/// Writes a text and a line end to standard output.
///
/// # Errors
/// When nobody takes it: the caller's caller knows whether that matters.
pub fn say(text: impl AsRef<str>) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", text.as_ref().trim_end_matches('\n'))?;
    Ok(out.flush()?)
}

/// Writes a value as indented JSON to standard output.
///
/// # Errors
/// As [`say`].
pub fn say_json(value: &impl Serialize) -> Result<()> {
    say(serde_json::to_string_pretty(value)?)
}

/// One rule below the heads, nothing else: easy to read, and to cut apart with other tools.
pub const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// A table with these heads; all columns but the first are aligned to the right.
pub fn table<'h>(heads: impl IntoIterator<Item = &'h str>) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_header(heads);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// A table as text, without spaces at the ends of its lines.
pub fn text(table: &Table) -> String {
    table.trim_fmt()
}
