//! Where everything of a plot stands: pure geometry, in pixels.

use std::fmt::Write;

use lab_core::{
    report::{Point, ScaleKind, Series},
    units::Unit,
};

use super::{
    scale::Scale,
    style::{Style, trace_mark},
};
use crate::order::ordered;

/// The plot's outer size and the margins around its area.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Width of the whole drawing.
    pub width: f64,
    /// Height of the whole drawing.
    pub height: f64,
    /// Left edge of the area.
    pub left: f64,
    /// Right edge of the area.
    pub right: f64,
    /// Top edge of the area.
    pub top: f64,
    /// Bottom edge of the area.
    pub bottom: f64,
}

/// Least width at which curves are labelled directly, at their right ends.
const WIDE: f64 = 640.0;

impl Frame {
    /// The frame for a drawing of this width, whose longest curve label has so many characters.
    pub fn new(width: f64, longest_label: usize) -> Self {
        let width = width.max(240.0);
        let height = (width * 0.56).clamp(280.0, 440.0);
        let right = if width >= WIDE {
            26.0 + 7.4 * longest_label as f64
        } else {
            14.0
        };
        Self {
            width,
            height,
            left: 52.0,
            right: width - right,
            top: 44.0,
            bottom: height - 46.0,
        }
    }

    /// Whether curves are labelled at their right ends.
    pub fn labels_curves(&self) -> bool {
        self.width >= WIDE
    }

    /// How many labels fit along x: those of sizes are wider than plain numbers.
    pub fn room_x(&self, unit: Unit) -> usize {
        let each = if unit == Unit::Bytes { 62.0 } else { 48.0 };
        ((self.right - self.left) / each) as usize
    }

    /// How many labels fit along y.
    pub fn room_y(&self) -> usize {
        ((self.bottom - self.top) / 30.0) as usize
    }
}

/// The two scales of a plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scales {
    /// Left to right.
    pub x: Scale,
    /// Bottom to top.
    pub y: Scale,
}

impl Scales {
    /// Scales of these kinds, of x and of y, that hold all of these curves, intervals included; none when
    /// there are no points.
    pub fn of(series: &[Series], [x, y]: [ScaleKind; 2], frame: &Frame) -> Option<Self> {
        let points = || series.iter().flat_map(|series| &series.points);
        let xs = points().map(|point| point.x);
        let ys = points().flat_map(|point| {
            let (low, high) = point
                .spread
                .map_or((point.y, point.y), |spread| (spread.low, spread.high));
            [point.y, low, high]
        });
        Some(Self {
            x: Scale::over(x, xs, 1.12, (frame.left, frame.right))?,
            y: Scale::over(y, ys, 1.35, (frame.bottom, frame.top))?,
        })
    }

    /// Whether a line may lead from one point to the other.
    fn joins(&self, a: &Point, b: &Point) -> bool {
        self.x.joins(a.x, b.x) && self.y.joins(a.y, b.y)
    }

    /// The pixel of a point.
    pub fn place(&self, point: &Point) -> (f64, f64) {
        (self.x.position(point.x), self.y.position(point.y))
    }
}

/// The SVG paths of one curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Paths {
    /// The line through all points.
    pub line: String,
    /// The marks of points to be trusted.
    pub marks: String,
    /// The marks of disturbed points.
    pub dirty: String,
    /// Confidence intervals as bars with caps.
    pub intervals: String,
}

/// Room a mark wants along x, pixels: closer ones are drawn smaller.
const MARK_ROOM: f64 = 15.0;

/// Draws one curve.
pub fn trace(series: &Series, style: &Style, scales: &Scales) -> Paths {
    let mut paths = Paths::default();
    let apart = match (series.points.first(), series.points.last()) {
        (Some(first), Some(last)) if series.points.len() > 1 => {
            let across = scales.x.position(last.x) - scales.x.position(first.x);
            across / (series.points.len() - 1) as f64
        }
        _ => MARK_ROOM,
    };
    let shrink = (apart / MARK_ROOM).clamp(0.6, 1.0);
    let joined = |index: usize| match series.points.get(index.wrapping_sub(1)..=index) {
        Some([before, point]) => scales.joins(before, point),
        _ => false,
    };
    for (index, point) in series.points.iter().enumerate() {
        let (x, y) = scales.place(point);
        let command = if joined(index) { 'L' } else { 'M' };
        let _ = write!(paths.line, "{command}{x:.1} {y:.1}");
        let radius = if style.radius > 0.0 {
            style.radius * shrink
        } else if !joined(index) && !joined(index + 1) {
            // A line of one point shows nothing.
            4.0
        } else {
            0.0
        };
        if radius > 0.0 {
            trace_mark(&mut paths.marks, style.shape, x, y, radius);
        }
        if !point.samples.is_empty() && point.dirty() {
            let _ = write!(paths.dirty, "M{:.1} {:.1}l9 9m0 -9l-9 9", x - 4.5, y - 4.5);
        }
        if let Some(spread) = point.spread {
            let (low, high) = (
                scales.y.position(spread.low),
                scales.y.position(spread.high),
            );
            let _ = write!(
                paths.intervals,
                "M{x:.1} {low:.1}V{high:.1}M{:.1} {low:.1}h6M{:.1} {high:.1}h6",
                x - 3.0,
                x - 3.0
            );
        }
    }
    paths
}

/// Moves labels apart: each as near its wish as `gap` between neighbours and the edges allow.
/// Answers stand in the order of the wishes.
pub fn spread_labels(wishes: &[f64], gap: f64, (top, bottom): (f64, f64)) -> Vec<f64> {
    let order = ordered(wishes.len(), &|a, b| wishes[a].total_cmp(&wishes[b]));
    let mut places: Vec<f64> = order.iter().map(|&index| wishes[index]).collect();
    let mut least = top;
    for place in &mut places {
        *place = place.max(least);
        least = *place + gap;
    }
    let mut most = bottom;
    for place in places.iter_mut().rev() {
        *place = place.min(most);
        most = *place - gap;
    }
    let mut answer = vec![0.0; wishes.len()];
    for (place, index) in places.into_iter().zip(order) {
        answer[index] = place;
    }
    answer
}

/// All x at which some curve has a point, rising, each once.
pub fn stops(series: &[Series]) -> Vec<f64> {
    let mut xs: Vec<f64> = series
        .iter()
        .flat_map(|series| series.points.iter().map(|point| point.x))
        .collect();
    xs.sort_by(f64::total_cmp);
    xs.dedup_by(|later, earlier| same_x(*later, *earlier));
    xs
}

/// Whether two x are one and the same stop.
pub fn same_x(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-3 * a.abs().max(b.abs())
}

/// The stop nearest to a pixel.
pub fn nearest(stops: &[f64], scale: &Scale, pixel: f64) -> Option<usize> {
    let distance = |x: &f64| (scale.position(*x) - pixel).abs();
    (0..stops.len()).min_by(|a, b| distance(&stops[*a]).total_cmp(&distance(&stops[*b])))
}

#[cfg(test)]
mod tests {
    use lab_core::{evidence::Reading, report::Spread};

    use super::*;
    use crate::chart::style::style;

    fn curve(points: &[(f64, f64)]) -> Series {
        Series {
            reading: Reading::Measured,
            variant: String::new(),
            points: points
                .iter()
                .map(|&(x, y)| Point {
                    x,
                    y,
                    spread: Some(Spread {
                        low: y / 2.0,
                        high: y * 2.0,
                        confidence: 0.95,
                    }),
                    ..Point::default()
                })
                .collect(),
            unavailable: None,
        }
    }

    const LOG: [ScaleKind; 2] = [ScaleKind::Log; 2];

    fn scales(curve: &Series, frame: &Frame) -> Scales {
        Scales::of(std::slice::from_ref(curve), LOG, frame).unwrap()
    }

    #[test]
    fn a_zero_stands_inside_the_area_and_no_line_leads_to_it() {
        let frame = Frame::new(600.0, 10);
        let curve = curve(&[(64.0, 1.0), (128.0, 2.0), (192.0, 0.0), (256.0, 4.0)]);
        let scales = scales(&curve, &frame);
        let (_, zero) = scales.place(&curve.points[2]);
        let (_, least) = scales.place(&curve.points[0]);
        assert!(least < zero && zero < frame.bottom);
        let paths = trace(&curve, &style(Reading::Predicted, 0), &scales);
        assert_eq!(paths.line.matches('M').count(), 3);
        assert_eq!(paths.line.matches('L').count(), 1);
        assert!(!paths.line.contains("inf") && !paths.intervals.contains("inf"));
        // The two that no line leads to are marked, though a prediction has no marks.
        assert_eq!(paths.marks.matches('Z').count(), 2);
    }

    #[test]
    fn points_and_their_intervals_stay_inside_the_area() {
        for width in [300.0, 360.0, 900.0] {
            let frame = Frame::new(width, 10);
            let curve = curve(&[(4096.0, 1.0), (1e6, 10.0), (1e8, 150.0)]);
            let scales = scales(&curve, &frame);
            for point in &curve.points {
                let (x, _) = scales.place(point);
                assert!((frame.left..=frame.right).contains(&x));
                for y in [point.y / 2.0, point.y * 2.0] {
                    let y = scales.y.position(y);
                    assert!((frame.top..=frame.bottom).contains(&y), "{y}");
                }
            }
        }
    }

    #[test]
    fn a_curve_has_a_mark_and_an_interval_for_each_point() {
        let frame = Frame::new(600.0, 10);
        let curve = curve(&[(64.0, 1.0), (128.0, 2.0)]);
        let scales = scales(&curve, &frame);
        let paths = trace(&curve, &style(Reading::Measured, 0), &scales);
        assert_eq!(paths.line.matches(['M', 'L']).count(), 2);
        assert_eq!(paths.marks.matches('Z').count(), 2);
        assert_eq!(paths.intervals.matches('V').count(), 2);
        assert_eq!(paths.dirty, "");
    }

    #[test]
    fn no_points_no_scales() {
        assert_eq!(Scales::of(&[curve(&[])], LOG, &Frame::new(600.0, 10)), None);
    }

    #[test]
    fn labels_move_apart_and_stay_inside() {
        assert_eq!(
            spread_labels(&[50.0, 10.0, 51.0], 16.0, (0.0, 100.0)),
            [50.0, 10.0, 66.0]
        );
        assert_eq!(
            spread_labels(&[99.0, 98.0, 97.0], 16.0, (0.0, 100.0)),
            [100.0, 84.0, 68.0]
        );
    }

    #[test]
    fn stops_are_each_x_once() {
        let all = [
            curve(&[(64.0, 1.0), (128.0, 1.0)]),
            curve(&[(128.0, 2.0), (192.0, 2.0)]),
        ];
        assert_eq!(stops(&all), [64.0, 128.0, 192.0]);
        let scale = Scale::log((64.0, 256.0), (0.0, 200.0));
        assert_eq!(nearest(&stops(&all), &scale, 110.0), Some(1));
        assert_eq!(nearest(&[], &scale, 110.0), None);
    }
}
