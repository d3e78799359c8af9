//! How kinds look: each has a colour, which is the style sheet's, and a texture, which is drawn here and
//! tells it apart without colour.

use std::fmt::Write;

use lab_core::report::MOST_KINDS;
use yew::prelude::*;

/// A rectangle, pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Its left edge.
    pub left: f64,
    /// Its upper edge.
    pub top: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

impl Rect {
    /// Appends its outline to an SVG path.
    pub fn trace(&self, path: &mut String) {
        let Self {
            left,
            top,
            width,
            height,
        } = self;
        let _ = write!(
            path,
            "M{left:.1} {top:.1}h{width:.1}v{height:.1}h-{width:.1}Z"
        );
    }
}

/// Rectangles of all kinds, one path of each: thousands cost no more elements than a few.
#[derive(Debug, Default)]
pub struct Ink {
    kinds: [(String, String); MOST_KINDS],
}

impl Ink {
    /// Adds a rectangle of that kind.
    pub fn add(&mut self, kind: usize, rect: Rect) {
        let (fill, texture) = &mut self.kinds[kind];
        rect.trace(fill);
        trace_texture(texture, kind, rect);
    }

    /// What was added.
    pub fn parts(self) -> Html {
        let kinds = self.kinds.into_iter().enumerate();
        let drawn = kinds.filter(|(_, (fill, _))| !fill.is_empty());
        let drawn = drawn.map(|(kind, (fill, texture))| {
            html! {
                <g class={format!("kind-{kind}")}>
                    <path class="fill" d={fill} />
                    <path class="texture" d={texture} />
                </g>
            }
        });
        html! { <>{ for drawn }</> }
    }
}

/// A piece of a kind, beside its name.
pub fn swatch(kind: usize) -> Html {
    let mut ink = Ink::default();
    let rect = Rect {
        left: 1.0,
        top: 1.0,
        width: 32.0,
        height: 14.0,
    };
    ink.add(kind, rect);
    html! {
        <svg class="swatch" width="34" height="16" viewBox="0 0 34 16" aria-hidden="true">
            { ink.parts() }
        </svg>
    }
}

/// Pixels between the lines of a texture.
const GAP: f64 = 6.0;

/// Appends the lines of a kind's texture, cut off at the rectangle: none, rising, falling, lying,
/// standing, both slanted, both straight, all but the lying ones.
fn trace_texture(path: &mut String, kind: usize, rect: Rect) {
    let [rising, falling, lying, standing] = match kind {
        0 => [false; 4],
        1 => [true, false, false, false],
        2 => [false, true, false, false],
        3 => [false, false, true, false],
        4 => [false, false, false, true],
        5 => [true, true, false, false],
        6 => [false, false, true, true],
        _ => [true, true, false, true],
    };
    let Rect {
        left,
        top,
        width,
        height,
    } = rect;
    let steps = |length: f64| {
        let count = (length / GAP + 0.5).floor() as usize;
        (0..count).map(|step| (step as f64 + 0.5) * GAP)
    };
    if lying {
        for down in steps(height) {
            let _ = write!(path, "M{left:.1} {:.1}h{width:.1}", top + down);
        }
    }
    if standing {
        for across in steps(width) {
            let _ = write!(path, "M{:.1} {top:.1}v{height:.1}", left + across);
        }
    }
    for (drawn, mirrored) in [(rising, false), (falling, true)] {
        if !drawn {
            continue;
        }
        // A rising line is all points whose way from the left and from the top add up to one sum.
        let x = |across: f64| match mirrored {
            false => left + across,
            true => left + width - across,
        };
        for sum in steps(width + height) {
            let (from, to) = ((sum - height).max(0.0), sum.min(width));
            let _ = write!(
                path,
                "M{:.1} {:.1}L{:.1} {:.1}",
                x(from),
                top + sum - from,
                x(to),
                top + sum - to
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_kinds_look_alike_without_colour() {
        let rect = Rect {
            left: 10.0,
            top: 20.0,
            width: 32.0,
            height: 14.0,
        };
        let mut seen = Vec::new();
        for kind in 0..MOST_KINDS {
            let mut path = String::new();
            trace_texture(&mut path, kind, rect);
            assert!(!seen.contains(&path), "kind {kind}");
            seen.push(path);
        }
    }

    #[test]
    fn textures_end_at_their_rectangle() {
        for (width, height) in [(0.0, 18.0), (2.0, 2.0), (300.0, 18.0)] {
            let rect = Rect {
                left: 10.0,
                top: 20.0,
                width,
                height,
            };
            let mut path = String::new();
            trace_texture(&mut path, 5, rect);
            for point in path.split(['M', 'L']).filter(|it| !it.is_empty()) {
                let (x, y) = point.split_once(' ').unwrap();
                let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
                assert!((10.0..=10.0 + width).contains(&x), "{point}");
                assert!((20.0..=20.0 + height).contains(&y), "{point}");
            }
        }
    }
}
