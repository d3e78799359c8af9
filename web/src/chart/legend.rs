//! The legend: what each curve is, with a switch to hide it.

use lab_core::report::Series;
use yew::prelude::*;

use super::{
    style::{Style, style_of, trace_mark},
    words,
};

/// One button a curve; `toggle` is called with the index of the one to be shown or hidden.
pub fn legend(all: &[Series], visible: &[bool], toggle: &Callback<usize>) -> Html {
    let entries = all.iter().enumerate().map(|(index, series)| {
        let shown = visible.get(index).copied().unwrap_or(true);
        let onclick = toggle.reform(move |_: MouseEvent| index);
        let absent = series.points.is_empty();
        html! {
            <li class={format!("reading-{}", series.reading.name())}>
                <button type="button" {onclick} aria-pressed={shown.to_string()} disabled={absent}
                    title={if shown { "hide this curve" } else { "show this curve" }}>
                    { swatch(&style_of(all, index)) }
                    <span>{ words::name(series) }</span>
                </button>
            </li>
        }
    });
    html! { <ul class="legend" aria-label="Curves">{ for entries }</ul> }
}

/// A piece of the curve's line with its mark.
pub fn swatch(style: &Style) -> Html {
    let mut mark = String::new();
    if style.radius > 0.0 {
        trace_mark(&mut mark, style.shape, 17.0, 7.0, style.radius);
    }
    let fill = if style.filled { "filled" } else { "hollow" };
    html! {
        <svg class="swatch curve" width="34" height="14" viewBox="0 0 34 14" aria-hidden="true">
            <path class="line" d="M1 7H33" stroke-width={style.width.to_string()}
                stroke-dasharray={style.dashes} />
            <path class={classes!("marks", fill)} d={mark} />
        </svg>
    }
}
