//! What a report found beside its curves: pairs of cores as a heat map, and what the machine says of
//! itself beside what timing says.

use lab_core::{
    report::{Axis, Inference, Matrix},
    units::format_number,
};
use yew::prelude::*;

/// Shades of a heat map, least to most; the style sheet has them.
const SHADES: f64 = 5.0;

/// A square of measured values of an experiment of this title; the more, the darker. The values stand in
/// the cells.
pub fn heat_map(matrix: &Matrix, title: &str, y: &Axis) -> Html {
    let cells = || matrix.cells.iter().flatten().flatten().copied();
    let (least, most) = cells().fold((f64::MAX, 0.0_f64), |(least, most), cell| {
        (least.min(cell), most.max(cell))
    });
    let shade = |cell: f64| {
        let share = if most > least {
            (cell - least) / (most - least)
        } else {
            0.0
        };
        (1.0 + share * (SHADES - 1.0)).round()
    };
    let cell = |cell: &Option<f64>| match *cell {
        Some(value) => html! {
            <td class={format!("shade-{}", shade(value))}>{ format_number(value) }</td>
        },
        None => {
            html! { <td class="none"><span class="visually-hidden">{ "not measured" }</span></td> }
        }
    };
    html! {
        <div class="scroll" tabindex="0" role="region" aria-label={format!("Pairs: {title}")}>
            <table class="heat" data-testid="heat-map">
                <caption>{ format!("{} in {}, measured", y.label, y.unit.symbol()) }</caption>
                <thead><tr>
                    <td></td>
                    { for matrix.names.iter().map(|name| html! { <th scope="col">{ name }</th> }) }
                </tr></thead>
                <tbody>
                    { for matrix.names.iter().zip(&matrix.cells).map(|(name, row)| html! {
                        <tr><th scope="row">{ name }</th>{ for row.iter().map(cell) }</tr>
                    }) }
                </tbody>
            </table>
        </div>
    }
}

/// What was inferred from timing beside what is reported, with a sentence for each mismatch; `of` names
/// the report where there are several on a page.
pub fn inferred(inferences: &[Inference], of: Option<&str>) -> Html {
    if inferences.is_empty() {
        return Html::default();
    }
    // What is under the heading of its report stands one level deeper.
    let (id, heading, named) = match of {
        Some(of) => (format!("inferred-{of}"), "h3", format!(", {of}")),
        None => ("inferred".to_owned(), "h2", String::new()),
    };
    let row = |inference: &Inference| {
        let reported = inference.reported.map_or_else(
            || "not said".to_owned(),
            |value| inference.unit.format(value),
        );
        let found = inference.inferred.map_or_else(
            || "not found".to_owned(),
            |found| found.text(inference.unit),
        );
        let verdict = match inference.agree {
            Some(true) => "agree",
            Some(false) => "differ ≠",
            None => "",
        };
        html! {
            <tr class={(inference.agree == Some(false)).then_some("differs")}>
                <th scope="row">{ &inference.what }</th>
                <td>{ reported }</td><td>{ found }</td><td>{ verdict }</td><td>{ &inference.from }</td>
            </tr>
        }
    };
    // Where the two differ first: that is what a reader must not miss.
    let differ = |is: bool| {
        let some = move |it: &&Inference| (it.agree == Some(false)) == is;
        inferences.iter().filter(some).filter_map(Inference::remark)
    };
    let remarks = differ(true).chain(differ(false));
    html! {
        <section aria-labelledby={id.clone()} data-testid="inferred">
            <@{heading} {id}>{ "Reported and inferred" }{ &named }</@>
            <div class="scroll" tabindex="0" role="region"
                aria-label={format!("Figures from both sources{named}")}>
                <table class="inferred">
                    <thead><tr>
                        <th scope="col">{ "what" }</th><th scope="col">{ "reported" }</th>
                        <th scope="col">{ "inferred from timing" }</th><th scope="col">{ "they" }</th>
                        <th scope="col">{ "how" }</th>
                    </tr></thead>
                    <tbody>{ for inferences.iter().map(row) }</tbody>
                </table>
            </div>
            <ul class="notes">
                { for remarks.map(|remark| html! { <li>{ remark }{ "." }</li> }) }
            </ul>
        </section>
    }
}
