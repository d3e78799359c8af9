//! The table of kernels: a row each, sortable by every column.

use std::rc::Rc;

use lab_core::{
    evidence::Reading,
    kernels::loader::{LoaderKernel, Way},
    report::{Point, Series},
    study::{Study, vector_efficiency::GOOD},
    units::{format_bytes, format_number},
};
use yew::prelude::*;

use super::{Subject, reading};
use crate::{
    parts::table::{Cell, Row, Table},
    simulation::jobs::time::Timing,
};

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

/// One row a kernel.
#[component]
pub fn KernelTable(props: &Props) -> Html {
    let rows: Vec<Row> = LoaderKernel::ALL
        .iter()
        .map(|kernel| row(props, *kernel))
        .collect();
    let titles = COLUMNS.map(|(title, _)| title.to_owned());
    let titles: Vec<String> = ["Kernel".to_owned()].into_iter().chain(titles).collect();
    let caption = format!(
        "Each kernel on {}, {} of data; rates in GB/s",
        props.subject.machine.name,
        format_bytes(props.size)
    );
    html! {
        <Table hook="kernels" label="Efficiency of the kernels" class={classes!("counters", "kernel-table")}
            {caption} {titles} classes={COLUMNS.map(|(_, class)| class).to_vec()} {rows} sorts=true />
    }
}

fn row(props: &Props, kernel: LoaderKernel) -> Row {
    let cost = kernel.cost(props.size as usize);
    let at = |which| reading(&props.curves, which, kernel, props.size);
    let (predicted, measured) = (at(Reading::Predicted), at(Reading::Measured));
    let timing = props.timings.iter().find(|timing| timing.kernel == kernel);
    let number = |value: f64| Cell::number(value, three(value));
    let of_model = |point: Option<&Point>| point.map_or_else(Cell::default, |it| number(it.y));
    let cells = [
        number(cost.counted() / cost.elements),
        number(cost.operations / cost.counted()),
        of_model(predicted),
        of_model(at(Reading::Simulated)),
        measured.map_or_else(Cell::default, |point| {
            let dirty = !point.samples.is_empty() && point.dirty();
            let mark = if dirty { " ✕ disturbed" } else { "" };
            Cell {
                small: point.spread.map_or_else(String::new, |spread| {
                    format!("{} to {}", three(spread.low), three(spread.high))
                }),
                ..Cell::number(point.y, three(point.y) + mark)
            }
        }),
        predicted
            .zip(measured)
            .map_or_else(Cell::default, |(roof, reached)| {
                let share = reached.y / roof.y;
                Cell::number(share, format!("{:.0}\u{a0}%", 100.0 * share))
            }),
        efficiency(&props.subject, kernel).map_or_else(Cell::default, |(lanes, efficiency)| {
            let mark = if efficiency >= GOOD { " ✓" } else { "" };
            Cell {
                small: format!("with {lanes} lanes"),
                ..Cell::number(efficiency, format!("{efficiency:.2}{mark}"))
            }
        }),
        timing.map_or_else(
            || Cell {
                // Why a kernel cannot be timed here.
                small: kernel.untimed().unwrap_or_default().to_owned(),
                ..Cell::default()
            },
            |timing| {
                let (low, high) = (three(timing.range.0), three(timing.range.1));
                let set = format_bytes(timing.bytes as f64);
                Cell {
                    small: format!("{low} to {high}, {}, {set}", timing.way.name()),
                    ..Cell::number(timing.rate, three(timing.rate))
                }
            },
        ),
    ];
    Row {
        name: kernel.name().to_owned(),
        notes: html! {
            <>
                <small class="way">{ way_words(kernel.ways()[0]) }</small>
                <small>{ kernel.about() }</small>
            </>
        },
        cells: cells.into(),
    }
}

/// A way, for those who never saw its code.
fn way_words(way: Way) -> String {
    match (way, way.width()) {
        (Way::Scalar, _) => "one at a time".to_owned(),
        (_, None) => "plain loop".to_owned(),
        (_, Some(width)) => format!("vectors of {width}"),
    }
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
}
