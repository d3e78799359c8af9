//! How a curve looks: colour by reading, dashes and marks by reading and variant.
//!
//! Colours live in the style sheet (`.reading-predicted` and so on); everything that tells curves
//! apart without colour lives here.

use std::fmt::Write;

use lab_core::{evidence::Reading, report::Series};

/// The shape of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A diamond.
    Diamond,
    /// A square.
    Square,
    /// A disc.
    Disc,
    /// A triangle on its base.
    Up,
    /// A triangle on its tip.
    Down,
    /// An upright cross, with arms.
    Cross,
}

/// How one curve looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Its mark.
    pub shape: Shape,
    /// Whether the mark is filled.
    pub filled: bool,
    /// Radius of the mark, pixels.
    pub radius: f64,
    /// Width of the line, pixels.
    pub width: f64,
    /// SVG dash pattern; empty for a solid line.
    pub dashes: &'static str,
}

/// The style of the `variant`-th curve of a reading.
///
/// The prediction is a broad line under the others, so that a simulation that agrees with it stays
/// visible as a dashed line on top; measured points are filled.
pub fn style(reading: Reading, variant: usize) -> Style {
    use Shape::{Cross, Diamond, Disc, Down, Square, Up};
    let pick = |shapes: [Shape; 4]| shapes[variant % 4];
    let dashed = |patterns: [&'static str; 8]| patterns[variant % 8];
    match reading {
        Reading::Predicted => Style {
            shape: pick([Diamond, Cross, Up, Square]),
            filled: true,
            radius: 0.0,
            width: 6.0,
            dashes: dashed([
                "",
                "16 7",
                "6 6",
                "22 6 6 6",
                "30 8",
                "10 4 3 4",
                "3 5",
                "18 4 3 4 3 4",
            ]),
        },
        Reading::Simulated => Style {
            shape: pick([Square, Up, Diamond, Down]),
            filled: false,
            radius: 3.6,
            width: 1.75,
            dashes: dashed([
                "6 4",
                "2 4",
                "10 4",
                "8 3 2 3",
                "4 2",
                "1 3",
                "14 3",
                "6 2 1 2 1 2",
            ]),
        },
        Reading::Measured => Style {
            shape: pick([Disc, Down, Diamond, Cross]),
            // Of four curves, as when two reports are compared, the last two are hollow; beyond four a
            // shape comes again, the other way.
            filled: matches!(variant % 8, 0 | 1 | 6 | 7),
            radius: 3.8,
            width: 1.75,
            dashes: dashed([
                "",
                "9 3 2 3",
                "3 3",
                "14 4",
                "6 2",
                "1 4",
                "18 3 1 3",
                "8 2 2 2 2 2",
            ]),
        },
    }
}

/// The style of a curve among all curves of its plot: variants are counted within each reading.
pub fn style_of(all: &[Series], index: usize) -> Style {
    let reading = all[index].reading;
    let before = all[..index].iter().filter(|other| other.reading == reading);
    style(reading, before.count())
}

/// Appends the outline of a mark to an SVG path.
pub fn trace_mark(path: &mut String, shape: Shape, x: f64, y: f64, radius: f64) {
    let corners: &[(f64, f64)] = match shape {
        Shape::Disc => {
            // Two arcs: one alone, back to its own start, draws nothing.
            let r = radius;
            let _ = write!(
                path,
                "M{:.1} {y:.1}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0Z",
                x - r,
                d = 2.0 * r
            );
            return;
        }
        Shape::Square => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        Shape::Diamond => &[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)],
        Shape::Up => &[(0.0, -1.2), (1.15, 0.9), (-1.15, 0.9)],
        Shape::Down => &[(0.0, 1.2), (1.15, -0.9), (-1.15, -0.9)],
        Shape::Cross => &[
            (-0.4, -1.2),
            (0.4, -1.2),
            (0.4, -0.4),
            (1.2, -0.4),
            (1.2, 0.4),
            (0.4, 0.4),
            (0.4, 1.2),
            (-0.4, 1.2),
            (-0.4, 0.4),
            (-1.2, 0.4),
            (-1.2, -0.4),
            (-0.4, -0.4),
        ],
    };
    for (index, (across, down)) in corners.iter().enumerate() {
        let command = if index == 0 { 'M' } else { 'L' };
        let (x, y) = (x + across * radius, y + down * radius);
        let _ = write!(path, "{command}{x:.1} {y:.1}");
    }
    path.push('Z');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_of_twenty_four_curves_look_alike_without_colour() {
        let styles: Vec<Style> = Reading::ALL
            .into_iter()
            .flat_map(|reading| (0..8).map(move |variant| style(reading, variant)))
            .collect();
        for (index, a) in styles.iter().enumerate() {
            for b in &styles[..index] {
                assert_ne!(a, b);
            }
        }
    }
}
