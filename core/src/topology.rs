//! The parts of a machine as a tree, and how to draw it.
//!
//! The tree comes from hwloc natively, or from a [`Machine`] description; text, SVG and the page
//! all draw the same [`Drawing`].

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::{machine::Machine, units::format_bytes};

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The whole machine.
    Machine,
    /// A processor package (socket).
    Package,
    /// Memory of a NUMA node.
    Memory,
    /// A cache, of any level.
    Cache,
    /// A core.
    Core,
    /// A hardware thread.
    Thread,
    /// Any other grouping.
    Group,
}

impl Part {
    /// The class of its box, in SVG and in the page.
    pub fn class(self) -> &'static str {
        match self {
            Part::Machine => "machine",
            Part::Package => "package",
            Part::Memory => "memory",
            Part::Cache => "cache",
            Part::Core => "core",
            Part::Thread => "thread",
            Part::Group => "group",
        }
    }
}

/// A part with the parts inside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// What it is.
    pub part: Part,
    /// Its name: `L2`, `core 3`.
    pub name: String,
    /// What to know of it: `512 KiB, 8 ways`; may be empty.
    #[serde(default)]
    pub detail: String,
    /// What it contains, in order.
    #[serde(default)]
    pub children: Vec<Object>,
}

impl Object {
    /// A part without children.
    pub fn new(part: Part, name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            part,
            name: name.into(),
            detail: detail.into(),
            children: Vec::new(),
        }
    }

    /// The tree of a described machine.
    pub fn from_machine(machine: &Machine) -> Self {
        let mut root = Self::new(
            Part::Machine,
            machine.name.clone(),
            format_bytes(machine.memory.size as f64),
        );
        let mut first = 0;
        for (index, node) in machine.nodes.iter().enumerate() {
            let memory = Self::new(
                Part::Memory,
                format!("node {index}"),
                format_bytes(node.memory as f64),
            );
            let mut package = Self::new(Part::Package, format!("package {index}"), "");
            package.children.push(memory);
            let cores = first..first + node.cores;
            package
                .children
                .extend(caches_over(machine, machine.caches.len(), cores));
            root.children.push(package);
            first += node.cores;
        }
        root
    }

    /// The tree as indented text, one part a line.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write_text(&mut text, 0);
        text
    }

    fn write_text(&self, text: &mut String, depth: usize) {
        let Self { name, detail, .. } = self;
        let gap = if detail.is_empty() { "" } else { "  " };
        writeln!(
            text,
            "{:indent$}{name}{gap}{detail}",
            "",
            indent = 2 * depth
        )
        .expect("writing to a string cannot fail");
        for child in &self.children {
            child.write_text(text, depth + 1);
        }
    }
}

/// Caches of level `level` and inwards over these cores; cores where no level is left.
fn caches_over(machine: &Machine, level: usize, cores: std::ops::Range<u32>) -> Vec<Object> {
    let Some(cache) = level.checked_sub(1).map(|index| &machine.caches[index]) else {
        return cores
            .map(|core| Object::new(Part::Core, format!("core {core}"), ""))
            .collect();
    };
    cores
        .clone()
        .step_by(cache.shared_by.max(1) as usize)
        .map(|first| {
            let last = (first + cache.shared_by.max(1)).min(cores.end);
            Object {
                children: caches_over(machine, level - 1, first..last),
                ..Object::new(
                    Part::Cache,
                    cache.name.clone(),
                    format!("{}, {} ways", format_bytes(cache.size as f64), cache.ways),
                )
            }
        })
        .collect()
}

/// A tree laid out: nested boxes in a plane, in units of one pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// Width of the whole.
    pub width: f64,
    /// Height of the whole.
    pub height: f64,
    /// The boxes, each before those inside it.
    pub boxes: Vec<Rectangle>,
}

/// One part's box. Its label stands at the top left, inside.
#[derive(Clone, Debug, PartialEq)]
pub struct Rectangle {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// What it is.
    pub part: Part,
    /// Its name.
    pub name: String,
    /// What to know of it.
    pub detail: String,
}

const GAP: f64 = 8.0;
const LABEL_HEIGHT: f64 = 24.0;
/// Of one character of a label, generously.
const LETTER_WIDTH: f64 = 7.5;

impl Drawing {
    /// Lays the tree out: a part's children stand in rows inside it, at most `columns` a row.
    pub fn of(root: &Object, columns: usize) -> Self {
        let mut boxes = Vec::new();
        let (width, height) = place(root, 0.0, 0.0, columns.max(1), &mut boxes);
        Self {
            width,
            height,
            boxes,
        }
    }

    /// The drawing as an SVG document that carries its own colours, light and dark.
    pub fn to_svg(&self, title: &str) -> String {
        let Self { width, height, .. } = self;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-1 -1 {} {}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\"><title>{}</title><style>{STYLE}</style>",
            width + 2.0,
            height + 2.0,
            escape(title),
        );
        for Rectangle {
            x,
            y,
            width,
            height,
            part,
            name,
            detail,
        } in &self.boxes
        {
            write!(
                svg,
                "<rect class=\"{}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\"/>\
                 <text x=\"{}\" y=\"{}\">{} <tspan>{}</tspan></text>",
                part.class(),
                x + GAP,
                y + 17.0,
                escape(name),
                escape(detail),
            )
            .expect("writing to a string cannot fail");
        }
        svg.push_str("</svg>\n");
        svg
    }
}

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1b1f24}tspan{fill:#57606a}\
rect{fill:#fff;stroke:#8b949e}.cache{fill:#e8f1fb}.memory{fill:#fdf0e1}.core,.thread{fill:#eaf6ec}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}tspan{fill:#9da7b1}rect{fill:#161b22;\
stroke:#6e7681}.cache{fill:#16304d}.memory{fill:#47300f}.core,.thread{fill:#143822}}";

/// Places `object` with its top left at (x, y); gives its size.
fn place(
    object: &Object,
    x: f64,
    y: f64,
    columns: usize,
    boxes: &mut Vec<Rectangle>,
) -> (f64, f64) {
    let own = boxes.len();
    boxes.push(Rectangle {
        x,
        y,
        width: 0.0,
        height: 0.0,
        part: object.part,
        name: object.name.clone(),
        detail: object.detail.clone(),
    });
    let letters = object.name.chars().count() + object.detail.chars().count() + 1;
    let mut width = letters as f64 * LETTER_WIDTH + 2.0 * GAP;
    let mut bottom = y + LABEL_HEIGHT;
    for row in object.children.chunks(columns) {
        let mut right = x + GAP;
        let mut row_height = 0.0_f64;
        for child in row {
            let (child_width, child_height) = place(child, right, bottom, columns, boxes);
            right += child_width + GAP;
            row_height = row_height.max(child_height);
        }
        width = width.max(right - x);
        bottom += row_height + GAP;
    }
    let height = bottom - y;
    (boxes[own].width, boxes[own].height) = (width, height);
    (width, height)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_described_machine_becomes_a_tree() {
        let tree = Object::from_machine(&Machine::preset("teaching").unwrap());
        assert_eq!(
            tree.to_text(),
            "teaching  64 KiB\n  package 0\n    node 0  64 KiB\n    L2  512 B, 4 ways\n      \
             L1  128 B, 2 ways\n        core 0\n"
        );
    }

    #[test]
    fn children_stay_inside_and_apart() {
        let tree = Object::from_machine(&Machine::preset("server-2-node").unwrap());
        let drawing = Drawing::of(&tree, 4);
        let inside = |a: &Rectangle, b: &Rectangle| {
            a.x >= b.x
                && a.y >= b.y
                && a.x + a.width <= b.x + b.width
                && a.y + a.height <= b.y + b.height
        };
        let apart = |a: &Rectangle, b: &Rectangle| {
            a.x + a.width <= b.x
                || b.x + b.width <= a.x
                || a.y + a.height <= b.y
                || b.y + b.height <= a.y
        };
        assert_eq!(drawing.boxes.len(), 1 + 2 * (1 + 1 + 1 + 24 * 3));
        for (index, a) in drawing.boxes.iter().enumerate() {
            for b in &drawing.boxes[..index] {
                assert!(inside(a, b) || apart(a, b), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn names_cannot_break_the_svg() {
        let svg = Drawing::of(&Object::new(Part::Machine, "<a&\"b\">", ""), 1).to_svg("<t>");
        assert!(svg.contains("&lt;a&amp;&quot;b&quot;&gt;") && !svg.contains("<a"));
    }
}
