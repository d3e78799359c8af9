//! Exhibits: what a report shows beside its curves, each kind in a file of its own.
//!
//! Whoever has a `lab_core::report::Exhibit` shows it with [`ExhibitView`]. What core says of an exhibit in
//! a sentence is its text alternative, and all of it follows as a table. Kinds of spans and of cells have a
//! colour and, for those who do not see it, a texture (`ink`).

use lab_core::{
    evidence::{Evidence, Reading},
    report::{Exhibit, ExhibitKind},
};
use yew::{prelude::*, virtual_dom::AttrValue};

use super::{plot::pixel, table::folded};
use crate::parts::size::use_width;

mod histogram;
mod ink;
mod lanes;
mod map;
mod matrix;

/// Rows of a table that a page still carries.
const MOST_ROWS: usize = 500;

/// Which exhibit.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// It.
    pub exhibit: Exhibit,
    /// Of what: the experiment's title.
    pub of: AttrValue,
}

/// What a kind draws: how high it is, and the parts of an SVG.
struct Drawing {
    height: f64,
    parts: Html,
}

/// One exhibit: its caption, what its kinds look like, the drawing, the table.
#[component]
pub fn ExhibitView(props: &Props) -> Html {
    let Props { exhibit, of } = props;
    let area = use_node_ref();
    let width = use_width(&area).max(240.0);
    let none: &[String] = &[];
    let (kind, names, drawing) = match &exhibit.kind {
        // A table by itself, with its numbers in the cells.
        ExhibitKind::Matrix(matrix) => return matrix::heat_map(matrix, exhibit, of),
        ExhibitKind::Lanes(lanes) => {
            let drawing = lanes::draw(lanes, exhibit.unit, width);
            ("lanes", lanes.kinds.as_slice(), drawing)
        }
        ExhibitKind::Histogram(histogram) => {
            let drawing = histogram::draw(histogram, exhibit.unit, width);
            ("histogram", none, drawing)
        }
        ExhibitKind::Map(map) => ("map", map.categories.as_slice(), map::draw(map, width)),
    };
    let sentence = exhibit.sentence();
    let heads = exhibit.heads();
    let mut rows = exhibit.rows();
    let more = rows.len().saturating_sub(MOST_ROWS);
    rows.truncate(MOST_ROWS);
    let table = rows.into_iter().map(|row| {
        let mut cells = row.into_iter();
        html! {
            <tr>
                <th scope="row">{ cells.next().unwrap_or_default() }</th>
                { for cells.map(|cell| html! { <td>{ cell }</td> }) }
            </tr>
        }
    });
    let table = html! {
        <>
            { for table }
            if more > 0 {
                <tr><td colspan={heads.len().to_string()}>
                    { format!("{more} more rows are in the report.") }
                </td></tr>
            }
        </>
    };
    let (high, wide) = (pixel(drawing.height), pixel(width));
    html! {
        <figure class={classes!("exhibit", class_of(exhibit.evidence))} data-testid="exhibit"
            data-kind={kind}>
            <figcaption>{ caption(exhibit) }</figcaption>
            { key(names) }
            <div class="plot" ref={area}>
                <svg width={wide} height={high} role="img" aria-label={format!("{sentence}.")}
                    viewBox={format!("0 0 {width:.1} {:.1}", drawing.height)}>
                    { drawing.parts }
                </svg>
            </div>
            { folded("Data as a table", &format!("{of}, {}", exhibit.title), &sentence, heads, table) }
        </figure>
    }
}

/// Its title, the unit of its numbers and what kind of knowledge they are.
fn caption(exhibit: &Exhibit) -> String {
    let Exhibit {
        title,
        unit,
        evidence,
        ..
    } = exhibit;
    match unit.symbol() {
        "" => format!("{title}, {evidence}"),
        symbol => format!("{title} in {symbol}, {evidence}"),
    }
}

/// The colour of a kind of knowledge: that of its reading, where it is one of the three.
fn class_of(evidence: Evidence) -> Option<String> {
    let mut readings = Reading::ALL.into_iter();
    let reading = readings.find(|reading| reading.evidence() == evidence)?;
    Some(format!("reading-{}", reading.name()))
}

/// What each kind looks like.
fn key(names: &[String]) -> Html {
    let entries = names.iter().enumerate().map(|(kind, name)| {
        html! { <li>{ ink::swatch(kind) }<span>{ name }</span></li> }
    });
    html! {
        if !names.is_empty() { <ul class="legend" aria-label="Kinds">{ for entries }</ul> }
    }
}
