//! Lanes: what each of several did, and when, along one axis.

use lab_core::{
    report::{Lanes, Span},
    units::Unit,
};
use yew::prelude::*;

use super::{
    Drawing,
    ink::{Ink, Rect},
};
use crate::chart::{
    layout::Frame,
    plot::{pixel, x_axis},
    scale::Scale,
};

/// Height of a lane with its name over it.
const LANE: f64 = 42.0;

/// Height of a span.
const BAR: f64 = 20.0;

/// Least width of a span: a moment is seen, too.
const LEAST: f64 = 1.5;

/// Width of a character of a span's label.
const CHARACTER: f64 = 7.0;

/// Draws the lanes.
pub fn draw(lanes: &Lanes, unit: Unit, width: f64) -> Drawing {
    let (frame, scale) = layout(lanes, width);
    let mut ink = Ink::default();
    let mut labels = Vec::new();
    let names = lanes.lanes.iter().enumerate().map(|(index, lane)| {
        for span in &lane.spans {
            let rect = place(span, index, &frame, &scale);
            ink.add(span.kind, rect);
            if !span.label.is_empty()
                && rect.width > CHARACTER * (span.label.chars().count() + 1) as f64
            {
                labels.push((rect, span.label.as_str()));
            }
        }
        let top = frame.top + LANE * index as f64;
        html! {
            <text class="lane" x={pixel(frame.left)} y={pixel(top + 13.0)}>{ &lane.name }</text>
        }
    });
    let names: Vec<Html> = names.collect();
    let labels = labels.into_iter().map(|(rect, label)| {
        let (x, y) = (rect.left + rect.width / 2.0, rect.top + BAR / 2.0);
        html! {
            <text class="on" x={pixel(x)} y={pixel(y)} dy="0.34em" text-anchor="middle">{ label }</text>
        }
    });
    Drawing {
        height: frame.height,
        parts: html! {
            <>
                { x_axis(&frame, &scale, unit, unit.symbol()) }
                { for names }
                { ink.parts() }
                { for labels }
            </>
        },
    }
}

fn layout(lanes: &Lanes, width: f64) -> (Frame, Scale) {
    let top = 4.0;
    let bottom = top + LANE * lanes.lanes.len() as f64 + 6.0;
    let frame = Frame {
        width,
        height: bottom + 46.0,
        left: 8.0,
        // The last tick's label stands on both sides of its place.
        right: width - 24.0,
        top,
        bottom,
    };
    let (start, end) = lanes.reach().unwrap_or((0.0, 1.0));
    let end = if end > start { end } else { start + 1.0 };
    (
        frame,
        Scale::linear((start, end), (frame.left, frame.right)),
    )
}

fn place(span: &Span, lane: usize, frame: &Frame, scale: &Scale) -> Rect {
    let left = scale.position(span.start);
    Rect {
        left,
        top: frame.top + LANE * lane as f64 + 18.0,
        width: (scale.position(span.end) - left).max(LEAST),
        height: BAR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_core::report::Lane;

    fn span(start: f64, end: f64) -> Span {
        Span {
            start,
            end,
            kind: 0,
            label: String::new(),
        }
    }

    #[test]
    fn spans_stand_in_their_lane_as_long_as_they_lasted() {
        let lane = |spans| Lane {
            name: "worker".to_owned(),
            spans,
        };
        let lanes = Lanes {
            kinds: vec!["busy".to_owned()],
            lanes: vec![
                lane(vec![span(100.0, 150.0)]),
                lane(vec![span(120.0, 120.0), span(150.0, 200.0)]),
            ],
        };
        for width in [240.0, 360.0, 900.0] {
            let (frame, scale) = layout(&lanes, width);
            let rect = |lane: usize, span: usize| {
                place(&lanes.lanes[lane].spans[span], lane, &frame, &scale)
            };
            let (first, last) = (rect(0, 0), rect(1, 1));
            assert_eq!(first.left, frame.left);
            assert!((last.left + last.width - frame.right).abs() < 1e-9);
            assert!((first.width - last.width).abs() < 1e-9);
            assert_eq!(rect(1, 0).width, LEAST);
            assert!(first.top + BAR < last.top && last.top + BAR < frame.bottom);
        }
    }

    #[test]
    fn lanes_without_spans_have_an_axis_all_the_same() {
        let lanes = Lanes {
            kinds: Vec::new(),
            lanes: Vec::new(),
        };
        let (frame, scale) = layout(&lanes, 360.0);
        assert_eq!(scale.position(0.0), frame.left);
        assert!(frame.bottom > frame.top);
    }
}
