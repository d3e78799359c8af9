//! The chart as a reader meets it: plot, cursor, read-out, legend, table.

use std::rc::Rc;

use lab_core::report::{Axis, Series};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::{
    Landmark,
    cursor::{Cursor, use_cursor},
    layout::{Frame, Scales, stops},
    legend::{legend, swatch},
    plot::{Plot, pixel},
    style::style_of,
    table::DataTable,
    words,
};
use crate::parts::size::use_width;

/// What the chart shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Its name, for those who cannot see it.
    pub title: AttrValue,
    /// Along x.
    pub x: Axis,
    /// Along y.
    pub y: Axis,
    /// The curves, predicted before simulated before measured; a curve that cannot be had says why.
    pub series: Rc<[Series]>,
    /// Names of the levels that shares belong to, memory last.
    #[prop_or_default]
    pub levels: Rc<[String]>,
    /// Named places along x.
    #[prop_or_default]
    pub landmarks: Rc<[Landmark]>,
    /// Keys of hidden curves (`words::key`).
    #[prop_or_default]
    pub hidden: Rc<[String]>,
    /// Called when curves are to be hidden or shown, with the new list of keys.
    #[prop_or_default]
    pub hide: Option<Callback<Rc<[String]>>>,
    /// Of very many variants the one that is shown, where `pick` is heard; the first unless it is known.
    #[prop_or_default]
    pub variant: Option<String>,
    /// Called when another variant is to be shown; without, the chart itself keeps which.
    #[prop_or_default]
    pub pick: Option<Callback<String>>,
}

/// More variants than this are not drawn over each other: the reader chooses one.
pub const MOST_VARIANTS: usize = 12;

/// The variants to choose from, where there are too many for one plot: those that a reading has beside
/// others of its own. What stands alone in its reading, a law, is shown with each.
fn choices(all: &[Series]) -> Vec<String> {
    let alone = |series: &Series| {
        let mut same = all.iter().filter(|other| other.reading == series.reading);
        same.all(|other| other.variant == series.variant)
    };
    let mut variants = Vec::new();
    for series in all.iter().filter(|series| !alone(series)) {
        if !variants.contains(&series.variant) {
            variants.push(series.variant.clone());
        }
    }
    if variants.len() <= MOST_VARIANTS {
        variants.clear();
    }
    variants
}

/// One kernel, three readings, on one plot; of very many variants the one that is chosen.
#[component]
pub fn ThreeReadings(props: &Props) -> Html {
    let own = use_state_eq(|| None::<String>);
    let chosen = if props.pick.is_some() {
        &props.variant
    } else {
        &*own
    };
    let variants = use_memo(props.series.clone(), |series| choices(series));
    let shown = chosen
        .as_ref()
        .filter(|chosen| variants.contains(chosen))
        .or(variants.first());
    let series = use_memo((props.series.clone(), shown.cloned()), {
        let variants = variants.clone();
        move |(series, shown)| -> Rc<[Series]> {
            let kept = series.iter().filter(|series| {
                shown.as_ref() == Some(&series.variant) || !variants.contains(&series.variant)
            });
            kept.cloned().collect()
        }
    });
    let choose = {
        let (own, pick) = (own.setter(), props.pick.clone());
        Callback::from(move |event: Event| {
            let value = event.target_unchecked_into::<HtmlSelectElement>().value();
            match &pick {
                Some(pick) => pick.emit(value),
                None => own.set(Some(value)),
            }
        })
    };
    let props = Props {
        series: (*series).clone(),
        ..props.clone()
    };
    html! {
        <>
            if !variants.is_empty() {
                <label class="control variants">
                    <span>{ format!("Shown, of {}", variants.len()) }</span>
                    <select data-testid="variant" onchange={choose}
                        ~value={shown.cloned().unwrap_or_default()}>
                        { for variants.iter().map(|variant| html! {
                            <option value={variant.clone()} selected={shown == Some(variant)}>
                                { variant }
                            </option>
                        }) }
                    </select>
                </label>
            }
            <Readings ..props />
        </>
    }
}

#[component]
fn Readings(props: &Props) -> Html {
    let Props {
        title,
        x,
        y,
        series,
        levels,
        landmarks,
        ..
    } = props.clone();
    let area = use_node_ref();
    let width = use_width(&area);
    let own_hidden = use_state_eq(|| props.hidden.clone());

    let hidden = if props.hide.is_some() {
        props.hidden.clone()
    } else {
        (*own_hidden).clone()
    };
    let visible: Rc<[bool]> = series
        .iter()
        .map(|series| !hidden.contains(&words::key(series)))
        .collect();
    let toggle = {
        let (series, own, hide) = (series.clone(), own_hidden.setter(), props.hide.clone());
        Callback::from(move |index: usize| {
            let key = words::key(&series[index]);
            let mut keys: Vec<String> = hidden.to_vec();
            match keys.iter().position(|hidden| *hidden == key) {
                Some(place) => drop(keys.remove(place)),
                None => keys.push(key),
            }
            match &hide {
                Some(hide) => hide.emit(keys.into()),
                None => own.set(keys.into()),
            }
        })
    };

    // Scales hold the hidden curves too: hiding one must not move the others.
    let labels = series
        .iter()
        .map(|series| words::label(series).chars().count());
    let frame = Frame::new(width, labels.max().unwrap_or(0));
    let scales = Scales::of(&series, [x.scale, y.scale], &frame);
    let stops = use_memo(series.clone(), |series| stops(series));
    let Cursor {
        at: cursor,
        told,
        onpointermove,
        onpointerleave,
        onkeydown,
        onblur,
    } = use_cursor(&area, stops, scales.map(|scales| scales.x));
    let lines = cursor.map_or_else(Vec::new, |at| {
        words::read(&series, &visible, &y, &levels, at)
    });

    let (width, height) = (pixel(frame.width), pixel(frame.height));
    let right_half = cursor
        .zip(scales)
        .is_some_and(|(at, scales)| scales.x.position(at) > (frame.left + frame.right) / 2.0);
    let missing = words::missing(&series);
    let disturbed = series
        .iter()
        .flat_map(|series| &series.points)
        .any(|point| !point.samples.is_empty() && point.dirty());
    let label = format!(
        "{title}: {} by {}. Arrow keys read the values; a table follows.",
        y.label, x.label
    );

    html! {
        <div class="three-readings" data-testid="three-readings">
            { legend(&series, &visible, &toggle) }
            <div class="plot" ref={area} tabindex="0" role="application" aria-label={label}
                aria-roledescription="plot" {onpointermove} {onpointerleave} {onkeydown} {onblur}>
                <svg {width} {height} viewBox={format!("0 0 {:.1} {:.1}", frame.width, frame.height)}
                    aria-hidden="true">
                    <Plot x={x.clone()} y={y.clone()} series={series.clone()} {visible} {landmarks}
                        {frame} {scales} />
                    if let (Some(at), Some(scales)) = (cursor, scales) {
                        <line class="cursor" x1={pixel(scales.x.position(at))}
                            x2={pixel(scales.x.position(at))}
                            y1={pixel(frame.top)} y2={pixel(frame.bottom)} />
                    }
                </svg>
                if scales.is_none() {
                    <p class="empty">{ empty(&series) }</p>
                }
                if let Some(at) = cursor {
                    <div class={classes!("readout", right_half.then_some("on-left"))}
                        data-testid="readout">
                        <strong>{ x.unit.format(at) }</strong>
                        { for lines.iter().map(|line| html! {
                            <div class={format!(
                                "reading-{}", series[line.series].reading.name()
                            )}>
                                { swatch(&style_of(&series, line.series)) }
                                <span>{ &line.name }</span>
                                <b>{ &line.value }</b>
                                <small>{ &line.detail }</small>
                            </div>
                        }) }
                    </div>
                }
            </div>
            <p class="visually-hidden" aria-live="polite">
                if let Some(at) = cursor.filter(|_| told) { { words::spoken(&x, at, &lines) } }
            </p>
            if disturbed {
                <p class="hint">{ "✕ marks disturbed points: most of their samples were taken while \
                    something else used the machine." }</p>
            }
            if !missing.is_empty() {
                <ul class="missing">
                    { for missing.into_iter().map(|(reading, why)| html! {
                        <li class={format!("reading-{}", reading.name())}>
                            <strong>{ reading.name() }{ ": " }</strong>{ why }
                        </li>
                    }) }
                </ul>
            }
            <DataTable {title} {x} {y} {series} {levels} />
        </div>
    }
}

/// What stands on a plot without points.
fn empty(series: &[Series]) -> &'static str {
    if series.iter().all(|series| series.unavailable.is_some()) {
        "Nothing to show: below stands why."
    } else {
        "No points yet."
    }
}

#[cfg(test)]
mod tests {
    use lab_core::evidence::Reading;

    use super::*;

    fn series(reading: Reading, variant: &str) -> Series {
        Series {
            reading,
            variant: variant.to_owned(),
            points: Vec::new(),
            unavailable: None,
        }
    }

    #[test]
    fn many_variants_are_to_be_chosen_from_and_a_law_is_not_among_them() {
        let named = |count: usize| (0..count).map(|it| format!("kernel {it}"));
        let mut all = vec![series(Reading::Predicted, "law")];
        all.extend(named(MOST_VARIANTS).map(|name| series(Reading::Measured, &name)));
        assert!(choices(&all).is_empty());
        all.push(series(Reading::Measured, "one more"));
        let choices = choices(&all);
        assert_eq!(choices.len(), MOST_VARIANTS + 1);
        assert!(!choices.contains(&"law".to_owned()));
    }
}
