//! The plot's text alternative: all of its numbers as a table.

use std::rc::Rc;

use lab_core::{
    evidence::Reading,
    report::{Axis, Point, Series},
};
use yew::prelude::*;

use super::{
    layout::{same_x, stops},
    words,
};

/// What the table lists.
#[derive(Clone, PartialEq, Properties)]
pub struct TableProps {
    /// Name of the plot.
    pub title: AttrValue,
    /// Along x.
    pub x: Axis,
    /// Along y.
    pub y: Axis,
    /// All curves, hidden ones included.
    pub series: Rc<[Series]>,
    /// What the disclosure calls itself.
    #[prop_or("Data as a table".into())]
    pub summary: AttrValue,
    /// Names of the levels that shares belong to, memory last.
    pub levels: Rc<[String]>,
}

/// A table behind a disclosure.
#[component]
pub fn DataTable(props: &TableProps) -> Html {
    let TableProps {
        title,
        summary,
        x,
        y,
        series,
        levels,
    } = props;
    let rows = stops(series).into_iter().map(|at| {
        let cells = series.iter().map(|series| {
            let point = series.points.iter().find(|point| same_x(point.x, at));
            html! {
                <td class={format!("reading-{}", series.reading.name())}>
                    { point.map_or_else(|| html! { "–" }, |point| cell(series, point, y, levels)) }
                </td>
            }
        });
        html! { <tr><th scope="row">{ x.unit.format(at) }</th>{ for cells }</tr> }
    });
    let head = std::iter::once(x.label.clone()).chain(series.iter().map(words::name));
    let caption = format!("{title}: {} by {}", y.label, x.label);
    folded(summary, title, &caption, head, html! { <>{ for rows }</> })
}

/// A table behind a disclosure, which scrolls in its own box.
pub fn folded(
    summary: &str,
    title: &str,
    caption: &str,
    head: impl IntoIterator<Item = String>,
    rows: Html,
) -> Html {
    html! {
        <details class="data">
            <summary>
                { summary.to_owned() }
                <span class="visually-hidden">{ format!(": {title}") }</span>
            </summary>
            <div class="scroll" role="region" aria-label={format!("Data: {title}")} tabindex="0">
                <table data-testid="data-table">
                    <caption>{ caption.to_owned() }</caption>
                    <thead>
                        <tr>{ for head.into_iter().map(|name| html! {
                            <th scope="col">{ name }</th>
                        }) }</tr>
                    </thead>
                    <tbody>{ rows }</tbody>
                </table>
            </div>
        </details>
    }
}

fn cell(series: &Series, point: &Point, y: &Axis, levels: &[String]) -> Html {
    let small = match series.reading {
        Reading::Measured => words::interval(point, y),
        Reading::Predicted | Reading::Simulated => words::served(point, levels),
    };
    let disturbed = !point.samples.is_empty() && point.dirty();
    html! {
        <>
            { y.unit.format(point.y) }
            if disturbed { { " ✕ disturbed" } }
            <small>{ small }</small>
        </>
    }
}
