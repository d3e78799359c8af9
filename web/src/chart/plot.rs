//! The drawing itself: axes, landmarks, curves, labels at their ends.

use std::rc::Rc;

use lab_core::{
    report::{Axis, Series},
    units::Unit,
};
use yew::{prelude::*, virtual_dom::AttrValue};

use super::{
    Landmark,
    layout::{Frame, Paths, Scales, spread_labels, trace},
    scale::Scale,
    style::style_of,
    words,
};

/// What the drawing shows. It does not change with the pointer: the cursor is drawn over it.
#[derive(Clone, PartialEq, Properties)]
pub struct PlotProps {
    /// Along x.
    pub x: Axis,
    /// Along y.
    pub y: Axis,
    /// The curves, in the order of the readings.
    pub series: Rc<[Series]>,
    /// Which of them are shown.
    pub visible: Rc<[bool]>,
    /// Named places along x.
    pub landmarks: Rc<[Landmark]>,
    /// Size and margins.
    pub frame: Frame,
    /// Scales of both axes; none while there is no point to show.
    pub scales: Option<Scales>,
}

/// A pixel as an SVG attribute, to a tenth.
pub fn pixel(value: f64) -> AttrValue {
    AttrValue::from(format!("{value:.1}"))
}

/// Axes, landmarks, curves and labels.
#[component]
pub fn Plot(props: &PlotProps) -> Html {
    let series = props.series.iter().enumerate();
    let drawn = series.map(|(index, _)| curve(props, index));
    html! {
        <>
            if let Some(scales) = &props.scales {
                { axes(props, scales) }
                { landmark_lines(&props.frame, &scales.x, &props.landmarks) }
            }
            { for drawn }
            if let Some(scales) = props.scales.as_ref().filter(|_| props.frame.labels_curves()) {
                { end_labels(props, scales) }
            }
        </>
    }
}

fn axes(props: &PlotProps, scales: &Scales) -> Html {
    let (frame, x, y) = (&props.frame, &props.x, &props.y);
    let unit = match y.unit.symbol() {
        "" => String::new(),
        symbol => format!(", {symbol}"),
    };
    let across = scales.y.ticks(y.unit, frame.room_y()).into_iter();
    let across = across.map(|tick| (scales.y.position(tick.value), tick.label));
    html! {
        <g class="axes" aria-hidden="true">
            { y_axis(frame, across) }
            { breaks(frame, scales) }
            { x_axis(frame, &scales.x, x.unit, &x.label) }
            <text class="axis-title" x="2" y="13">{ &y.label }{ unit }</text>
        </g>
    }
}

/// Where a logarithmic axis is broken: beyond lies zero.
pub fn breaks(frame: &Frame, scales: &Scales) -> Html {
    let line = |x: [f64; 2], y: [f64; 2]| {
        html! {
            <line class="break" x1={pixel(x[0])} x2={pixel(x[1])} y1={pixel(y[0])} y2={pixel(y[1])} />
        }
    };
    html! {
        <>
            { for scales.y.broken_at().map(|y| line([frame.left - 8.0, frame.right], [y; 2])) }
            { for scales.x.broken_at().map(|x| line([x; 2], [frame.top, frame.bottom + 8.0])) }
        </>
    }
}

/// Lines across the area, each with its label at the left.
pub fn y_axis(frame: &Frame, ticks: impl Iterator<Item = (f64, String)>) -> Html {
    let across = ticks.map(|(at, label)| {
        let at = pixel(at);
        html! {
            <>
                <line class="grid" x1={pixel(frame.left)} x2={pixel(frame.right)}
                    y1={at.clone()} y2={at.clone()} />
                <text class="tick" x={pixel(frame.left - 8.0)} y={at} dy="0.32em" text-anchor="end">
                    { label }
                </text>
            </>
        }
    });
    html! { <>{ for across }</> }
}

/// The ground line, its ticks and labels, and what it shows.
pub fn x_axis(frame: &Frame, scale: &Scale, unit: Unit, title: &str) -> Html {
    let ticks = scale.ticks(unit, frame.room_x(unit)).into_iter();
    let along = ticks.map(|tick| {
        let at = pixel(scale.position(tick.value));
        html! {
            <>
                <line class="base" x1={at.clone()} x2={at.clone()}
                    y1={pixel(frame.bottom)} y2={pixel(frame.bottom + 5.0)} />
                <text class="tick" x={at} y={pixel(frame.bottom + 20.0)} text-anchor="middle">
                    { tick.label }
                </text>
            </>
        }
    });
    html! {
        <>
            { for along }
            <line class="base" x1={pixel(frame.left)} x2={pixel(frame.right)}
                y1={pixel(frame.bottom)} y2={pixel(frame.bottom)} />
            <text class="axis-title" x={pixel(frame.right)} y={pixel(frame.bottom + 39.0)}
                text-anchor="end">{ title.to_owned() }</text>
        </>
    }
}

/// Named lines from above the area down through it.
pub fn landmark_lines(frame: &Frame, scale: &Scale, marks: &[Landmark]) -> Html {
    let shown = marks.iter().filter(|mark| scale.contains(mark.x));
    let drawn = shown.map(|mark| {
        let at = scale.position(mark.x);
        html! {
            <>
                <line x1={pixel(at)} x2={pixel(at)}
                    y1={pixel(frame.top - 6.0)} y2={pixel(frame.bottom)} />
                <text x={pixel(at)} y={pixel(frame.top - 12.0)} text-anchor="middle">
                    { &mark.label }
                </text>
            </>
        }
    });
    html! { <g class="landmarks" aria-hidden="true">{ for drawn }</g> }
}

fn curve(props: &PlotProps, index: usize) -> Html {
    let series = &props.series[index];
    let style = style_of(&props.series, index);
    let visible = props.visible.get(index).copied().unwrap_or(true);
    let Paths {
        line,
        marks,
        dirty,
        intervals,
    } = match &props.scales {
        Some(scales) if visible => trace(series, &style, scales),
        _ => Paths::default(),
    };
    let fill = if style.filled { "filled" } else { "hollow" };
    html! {
        <g class={classes!("curve", format!("reading-{}", series.reading.name()))}
            data-series={series.reading.name()}
            data-variant={series.variant.clone()}
            data-points={series.points.len().to_string()}
            data-visible={visible.to_string()}>
            if !line.is_empty() {
                <path class="interval" d={intervals} />
                // A gap of paper around the line keeps it visible on top of the prediction.
                <path class="halo" d={line.clone()} />
                <path class="line" d={line} stroke-width={style.width.to_string()}
                    stroke-dasharray={style.dashes} />
                <path class={classes!("marks", fill)} d={marks} />
                <path class="dirty" d={dirty} />
            }
        </g>
    }
}

fn end_labels(props: &PlotProps, scales: &Scales) -> Html {
    let frame = &props.frame;
    let ends: Vec<_> = props
        .series
        .iter()
        .zip(props.visible.iter())
        .filter(|(_, visible)| **visible)
        .filter_map(|(series, _)| Some((series, scales.place(series.points.last()?))))
        .collect();
    let wishes: Vec<f64> = ends.iter().map(|(_, (_, y))| *y).collect();
    let places = spread_labels(&wishes, 16.0, (frame.top, frame.bottom));
    let labels = ends
        .into_iter()
        .zip(places)
        .map(|((series, (x, y)), place)| {
            let class = format!("end-label reading-{}", series.reading.name());
            let text = words::label(series);
            html! {
                <g {class}>
                    <path d={format!(
                        "M{:.1} {y:.1}L{:.1} {place:.1}", x + 7.0, frame.right + 10.0
                    )} />
                    <text x={pixel(frame.right + 14.0)} y={pixel(place)} dy="0.32em">{ text }</text>
                    <title>{ words::name(series) }</title>
                </g>
            }
        });
    html! { <g aria-hidden="true">{ for labels }</g> }
}
