//! A matrix as a heat map: the more, the darker. The values stand in the cells.

use lab_core::{
    report::{Exhibit, Matrix},
    units::format_number,
};
use yew::prelude::*;

use super::{caption, class_of};

/// Shades, least to most; the style sheet has them.
const SHADES: f64 = 5.0;

/// The matrix of an exhibit of an experiment of this title.
pub fn heat_map(matrix: &Matrix, exhibit: &Exhibit, of: &str) -> Html {
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
            html! { <td class="none"><span class="visually-hidden">{ "not known" }</span></td> }
        }
    };
    html! {
        <div class="scroll" tabindex="0" role="region" aria-label={format!("Pairs: {of}")}>
            <table class={classes!("heat", class_of(exhibit.evidence))} data-testid="heat-map">
                <caption>{ caption(exhibit) }</caption>
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
