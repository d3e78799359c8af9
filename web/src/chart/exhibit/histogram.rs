//! A histogram: how many there are of each size.

use lab_core::{
    report::{Histogram, ScaleKind},
    units::Unit,
};
use yew::prelude::*;

use super::{Drawing, ink::Rect};
use crate::chart::{
    layout::{Frame, Scales},
    plot::{breaks, x_axis, y_axis},
    scale::Scale,
};

/// Draws the bars.
pub fn draw(histogram: &Histogram, unit: Unit, width: f64) -> Drawing {
    let frame = Frame::new(width, 0);
    let parts = layout(histogram, &frame).map_or_else(Html::default, |scales| {
        let mut bars = String::new();
        for rect in bars_of(histogram, &scales) {
            rect.trace(&mut bars);
        }
        // Nothing is there half a time.
        let ticks = scales.y.ticks(Unit::Count, frame.room_y()).into_iter();
        let whole = ticks.filter(|tick| tick.value.fract() == 0.0);
        let across = whole.map(|tick| (scales.y.position(tick.value), tick.label));
        html! {
            <>
                { y_axis(&frame, across) }
                { breaks(&frame, &scales) }
                <path class="bars" d={bars} />
                { x_axis(&frame, &scales.x, unit, unit.symbol()) }
                <text class="axis-title" x="2" y="13">{ "how many" }</text>
            </>
        }
    });
    Drawing {
        height: frame.height,
        parts,
    }
}

/// The scales; none where there are no edges.
fn layout(histogram: &Histogram, frame: &Frame) -> Option<Scales> {
    let edges = histogram.edges.iter().copied();
    let counts = histogram.counts.iter().map(|&count| count as f64);
    let high = counts.fold(0.0, f64::max);
    Some(Scales {
        x: Scale::over(histogram.scale, edges, 1.0, (frame.left, frame.right))?,
        y: Scale::over(ScaleKind::Linear, [high], 1.0, (frame.bottom, frame.top))?,
    })
}

/// A bar for each class that is not empty.
fn bars_of<'h>(histogram: &'h Histogram, scales: &'h Scales) -> impl Iterator<Item = Rect> + 'h {
    let classes = histogram.edges.windows(2).zip(&histogram.counts);
    let bar = move |(edges, count): (&[f64], &u64)| {
        let (left, right) = (scales.x.position(edges[0]), scales.x.position(edges[1]));
        let (top, bottom) = (scales.y.position(*count as f64), scales.y.position(0.0));
        Rect {
            left,
            top,
            width: right - left,
            height: bottom - top,
        }
    };
    classes.filter(|(_, count)| **count > 0).map(bar)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(scale: ScaleKind, edges: &[f64], counts: &[u64]) -> (Frame, Vec<Rect>) {
        let histogram = Histogram {
            scale,
            edges: edges.to_vec(),
            counts: counts.to_vec(),
        };
        let frame = Frame::new(360.0, 0);
        let scales = layout(&histogram, &frame).unwrap();
        let bars = bars_of(&histogram, &scales).collect();
        (frame, bars)
    }

    #[test]
    fn bars_are_as_high_as_they_count_and_empty_classes_have_none() {
        let (frame, bars) = bars(ScaleKind::Linear, &[0.0, 1.0, 2.0, 4.0], &[4, 0, 2]);
        assert_eq!(bars.len(), 2);
        assert!((bars[0].height - 2.0 * bars[1].height).abs() < 1e-9);
        assert!((2.0 * bars[0].width - bars[1].width).abs() < 1e-9);
        for bar in bars {
            assert!(bar.left >= frame.left && bar.left + bar.width <= frame.right);
            assert!((bar.top + bar.height - frame.bottom).abs() < 1e-9 && bar.top >= frame.top);
        }
    }

    #[test]
    fn the_first_class_may_begin_at_zero_on_a_logarithmic_axis() {
        let (frame, bars) = bars(ScaleKind::Log, &[0.0, 1.0, 10.0, 100.0], &[1, 1, 1]);
        assert!(bars[0].left > frame.left && bars[0].width > 0.0);
        assert!((bars[0].left + bars[0].width - bars[1].left).abs() < 1e-9);
    }

    #[test]
    fn where_nothing_was_counted_nothing_stands() {
        assert_eq!(bars(ScaleKind::Linear, &[0.0, 1.0], &[0]).1, []);
    }
}
