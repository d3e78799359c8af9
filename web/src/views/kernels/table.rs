//! The table of kernels: a row each, sortable by every column.

use std::{cmp::Ordering, rc::Rc};

use lab_core::{
    evidence::Reading,
    kernels::loader::{LoaderKernel, Way},
    report::{Point, Series},
    study::{Study, vector_efficiency::GOOD},
    units::{format_bytes, format_number},
};
use yew::prelude::*;

use super::{Subject, reading};
use crate::{order::ordered, simulation::jobs::time::Timing};

/// What the table shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Of which machine.
    pub subject: Rc<Subject>,
    /// Bytes of all arrays of a kernel together.
    pub size: f64,
    /// The curves of the kernels, all readings.
    pub curves: Rc<Vec<Series>>,
    /// What was measured in this browser.
    pub timings: Rc<Vec<Timing>>,
}

/// The columns behind the kernel's name: title, and the reading it is of.
const COLUMNS: [(&str, &str); 8] = [
    ("B/element", ""),
    ("op/B", ""),
    ("Predicted", "reading-predicted"),
    ("Simulated", "reading-simulated"),
    ("Measured", "reading-measured"),
    ("Roof", ""),
    ("Vector efficiency", ""),
    ("In your browser", "reading-measured"),
];

/// A cell: what it sorts by, what it says, what stands below in small.
#[derive(Clone, Default)]
struct Cell(Option<f64>, String, String);

struct Row {
    kernel: LoaderKernel,
    cells: [Cell; COLUMNS.len()],
}

/// One row a kernel.
#[component]
pub fn Table(props: &Props) -> Html {
    // The column sorted by, if any, and whether the largest stands first.
    let sort = use_state_eq(|| None::<(usize, bool)>);
    let rows: Vec<Row> = LoaderKernel::ALL
        .iter()
        .map(|kernel| row(props, *kernel))
        .collect();
    let places = ordered(rows.len(), &|a, b| match *sort {
        Some((column, falling)) => order(&rows[a].cells[column], &rows[b].cells[column], falling),
        None => Ordering::Equal,
    });
    let heads = COLUMNS.iter().enumerate().map(|(column, (title, class))| {
        let now = sort.filter(|(sorted, _)| *sorted == column);
        let next = match now {
            None => Some((column, true)),
            Some((_, true)) => Some((column, false)),
            Some((_, false)) => None,
        };
        let set = sort.setter();
        let onclick = Callback::from(move |_: MouseEvent| set.set(next));
        let (direction, mark) = match now {
            None => ("none", ""),
            Some((_, true)) => ("descending", " ↓"),
            Some((_, false)) => ("ascending", " ↑"),
        };
        html! {
            <th scope="col" class={*class} aria-sort={direction}>
                <button type="button" class="sort" {onclick}>{ *title }{ mark }</button>
            </th>
        }
    });
    let body = places.into_iter().map(|place| {
        let row = &rows[place];
        let cells = row.cells.iter().zip(COLUMNS);
        let cells = cells.map(|(Cell(_, text, small), (title, class))| {
            html! {
                <td {class} data-label={title}>
                    { if text.is_empty() { "–" } else { text.as_str() } }
                    if !small.is_empty() { <small>{ small }</small> }
                </td>
            }
        });
        html! {
            <tr key={row.kernel.name()} data-kernel={row.kernel.name()}>
                <th scope="row">
                    { row.kernel.name() }
                    <small class="way">{ way_words(row.kernel.ways()[0]) }</small>
                    <small>{ row.kernel.about() }</small>
                </th>
                { for cells }
            </tr>
        }
    });
    html! {
        <div class="scroll" role="region" aria-label="Efficiency of the kernels" tabindex="0">
            <table class="counters kernel-table" data-testid="kernels">
                <caption>{ format!(
                    "Each kernel on {}, {} of data; rates in GB/s",
                    props.subject.machine.name, format_bytes(props.size)
                ) }</caption>
                <thead><tr><th scope="col">{ "Kernel" }</th>{ for heads }</tr></thead>
                <tbody>{ for body }</tbody>
            </table>
        </div>
    }
}

/// Cells without a value stand last whichever way.
fn order(a: &Cell, b: &Cell, falling: bool) -> Ordering {
    match (a.0, b.0) {
        (Some(a), Some(b)) if falling => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

fn row(props: &Props, kernel: LoaderKernel) -> Row {
    let cost = kernel.cost(props.size as usize);
    let at = |which| reading(&props.curves, which, kernel, props.size);
    let (predicted, measured) = (at(Reading::Predicted), at(Reading::Measured));
    let timing = props.timings.iter().find(|timing| timing.kernel == kernel);
    let number = |value: f64| Cell(Some(value), three(value), String::new());
    let of_model = |point: Option<&Point>| point.map_or_else(Cell::default, |it| number(it.y));
    let cells = [
        number(cost.counted() / cost.elements),
        number(cost.operations / cost.counted()),
        of_model(predicted),
        of_model(at(Reading::Simulated)),
        measured.map_or_else(Cell::default, |point| {
            let interval = point.spread.map_or_else(String::new, |spread| {
                format!("{} to {}", three(spread.low), three(spread.high))
            });
            let dirty = !point.samples.is_empty() && point.dirty();
            let mark = if dirty { " ✕ disturbed" } else { "" };
            Cell(Some(point.y), three(point.y) + mark, interval)
        }),
        predicted
            .zip(measured)
            .map_or_else(Cell::default, |(roof, reached)| {
                let share = reached.y / roof.y;
                Cell(
                    Some(share),
                    format!("{:.0}\u{a0}%", 100.0 * share),
                    String::new(),
                )
            }),
        efficiency(&props.subject, kernel).map_or_else(Cell::default, |(lanes, efficiency)| {
            let mark = if efficiency >= GOOD { " ✓" } else { "" };
            let text = format!("{efficiency:.2}{mark}");
            Cell(Some(efficiency), text, format!("with {lanes} lanes"))
        }),
        timing.map_or_else(
            || untimed(kernel),
            |timing| {
                let (low, high) = (three(timing.range.0), three(timing.range.1));
                let set = format_bytes(timing.bytes as f64);
                let small = format!("{low} to {high}, {}, {set}", timing.way.name());
                Cell(Some(timing.rate), three(timing.rate), small)
            },
        ),
    ];
    Row { kernel, cells }
}

/// A way, for those who never saw its code.
fn way_words(way: Way) -> String {
    match (way, way.width()) {
        (Way::Scalar, _) => "one at a time".to_owned(),
        (_, None) => "plain loop".to_owned(),
        (_, Some(width)) => format!("vectors of {width}"),
    }
}

/// The empty cell of a kernel that was not timed here, with the reason why it cannot be.
fn untimed(kernel: LoaderKernel) -> Cell {
    Cell(
        None,
        String::new(),
        kernel.untimed().unwrap_or_default().to_owned(),
    )
}

/// A number to three digits.
fn three(value: f64) -> String {
    let digits = 10_f64.powi(2 - value.abs().max(1e-12).log10().floor() as i32);
    format_number((value * digits).round() / digits)
}

/// The lanes at which a kernel's vectors were most efficient, and that efficiency (claim X3).
fn efficiency(subject: &Subject, kernel: LoaderKernel) -> Option<(f64, f64)> {
    let experiment = subject.experiment(Study::VectorEfficiency)?;
    experiment
        .series
        .iter()
        .filter(|series| series.reading == Reading::Measured && series.variant == kernel.name())
        .flat_map(|series| &series.points)
        .filter(|point| point.x > 1.0)
        .map(|point| (point.x, point.y / point.x))
        .max_by(|a, b| a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        for (value, text) in [
            (1234.5, "1230"),
            (0.012345, "0.0123"),
            (9.996, "10"),
            (0.0, "0"),
        ] {
            assert_eq!(three(value), text);
        }
    }

    #[test]
    fn every_way_has_words_of_its_own() {
        let words = Way::ALL.map(way_words);
        assert_eq!(words[1..3], ["plain loop", "vectors of 4"]);
        assert!((1..words.len()).all(|at| !words[..at].contains(&words[at])));
    }

    #[test]
    fn empty_cells_stand_last_whichever_way() {
        let cells =
            [None, Some(1.0), Some(2.0)].map(|value| Cell(value, String::new(), String::new()));
        for (falling, first) in [(true, Some(2.0)), (false, Some(1.0))] {
            let mut sorted = cells.to_vec();
            sorted.sort_by(|a, b| order(a, b, falling));
            assert_eq!((sorted[0].0, sorted[2].0), (first, None));
        }
    }
}
