//! The drawing of a machine's parts.

use lab_core::topology::{Drawing, Object, Rectangle};
use yew::prelude::*;

use super::size::use_width;

/// What is drawn.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The tree of parts.
    pub root: Object,
}

/// Nested boxes, and the same tree as text.
#[component]
pub fn Topology(props: &Props) -> Html {
    let area = use_node_ref();
    let width = use_width(&area);
    let drawing = use_memo((props.root.clone(), width as u32), |(root, width)| {
        fitting(root, f64::from(*width))
    });
    let Drawing { width, height, .. } = *drawing;
    let name = format!("Parts of {}", props.root.name);
    html! {
        <div class="topology">
            <div class="scroll" ref={area} tabindex="0" role="region" aria-label={name.clone()}>
                <svg width={width.to_string()} height={height.to_string()} role="img"
                    viewBox={format!("-1 -1 {} {}", width + 2.0, height + 2.0)} aria-label={name}>
                    { for drawing.boxes.iter().map(part) }
                </svg>
            </div>
            <details>
                <summary>{ "Parts as text" }</summary>
                <pre class="scroll" tabindex="0">{ props.root.to_text() }</pre>
            </details>
        </div>
    }
}

/// The widest drawing that fits, or the narrowest there is.
fn fitting(root: &Object, width: f64) -> Drawing {
    let drawings = (1..=8).rev().map(|columns| Drawing::of(root, columns));
    let mut narrowest: Option<Drawing> = None;
    for drawing in drawings {
        if drawing.width + 2.0 <= width {
            return drawing;
        }
        narrowest = Some(drawing);
    }
    narrowest.unwrap_or_else(|| Drawing::of(root, 1))
}

fn part(part: &Rectangle) -> Html {
    let (x, y) = (part.x.to_string(), part.y.to_string());
    html! {
        <>
            <rect class={part.part.class()} {x} {y} width={part.width.to_string()}
                height={part.height.to_string()} rx="4" />
            <text x={(part.x + 8.0).to_string()} y={(part.y + 17.0).to_string()}>
                { &part.name }{ " " }<tspan>{ &part.detail }</tspan>
            </text>
        </>
    }
}
