//! The cores with their letters, the bus, and memory.

use lab_core::sim::coherence::{State, Supplier, Touch};
use yew::prelude::*;

use super::words;

/// Width of a core's share of the picture; heights of its rows.
const SHARE: u32 = 100;
const BUS: u32 = 122;
const HEIGHT: u32 = 200;

/// What one access did, drawn.
pub fn picture(touch: &Touch, cores: u16) -> Html {
    let width = SHARE * u32::from(cores);
    let middle = |core: u16| SHARE * u32::from(core) + SHARE / 2;
    let cache = |core: u16| {
        let (before, after) = (touch.before.of(core), touch.after.of(core));
        let x = middle(core);
        let changed = before != after;
        let mine = core == touch.core;
        // Whose wires carry something: who asks, who sends, and who must do something about it.
        let carries = touch.bus.is_some() && (mine || changed);
        let held = format!("state-{}", after.letter().to_ascii_lowercase());
        let change = changed.then(|| format!("{} → {}", before.letter(), after.letter()));
        html! {
            <g class={classes!("holder", held, mine.then_some("acts"))}>
                <line class={classes!("wire", carries.then_some("carries"))}
                    x1={x.to_string()} y1="92" x2={x.to_string()} y2={BUS.to_string()} />
                <rect x={(x - 42).to_string()} y="22" width="84" height="70" rx="8" />
                <text class="core" x={x.to_string()} y="15">{ format!("core {core}") }</text>
                <text class="letter" x={x.to_string()} y="66">{ after.letter().to_string() }</text>
                <text class="change" x={x.to_string()} y="84">{ change.unwrap_or_default() }</text>
            </g>
        }
    };
    let memory = touch.written_back.is_some() || touch.supplier == Some(Supplier::Memory);
    let carried = touch.bus.map_or("the bus is quiet", |bus| bus.name());
    let centre = (width / 2).to_string();
    let fresh = (0..cores).all(|core| touch.after.of(core) != State::M);
    let memory_words = if fresh {
        "memory: up to date"
    } else {
        "memory: old"
    };
    html! {
        <figure class="bus-picture">
            <svg viewBox={format!("0 0 {width} {HEIGHT}")} role="img" aria-label={told(touch, cores)}>
                <line class={classes!("wire", memory.then_some("carries"))} x1={centre.clone()} x2={centre.clone()}
                    y1={BUS.to_string()} y2="158" />
                { for (0..cores).map(cache) }
                <line class={classes!("bus", touch.bus.map(|_| "carries"))} x1="8" x2={(width - 8).to_string()}
                    y1={BUS.to_string()} y2={BUS.to_string()} />
                <text class="carried" x="10" y={(BUS + 18).to_string()}>{ carried }</text>
                <rect class={classes!("memory", (!fresh).then_some("old"))} x={(width / 2 - 74).to_string()} y="158"
                    width="148" height="34" rx="6" />
                <text class="core" x={centre} y="180">{ memory_words }</text>
            </svg>
        </figure>
    }
}

/// The picture in words.
fn told(touch: &Touch, cores: u16) -> String {
    let states = (0..cores).map(|core| format!("core {core}: {}", touch.after.of(core).letter()));
    let states: Vec<String> = states.collect();
    let bus = touch.bus.map_or_else(
        || "the bus is quiet".to_owned(),
        |bus| format!("the bus carries {}", bus.name()),
    );
    format!(
        "{}; {bus}. After it {}.",
        words::access(touch),
        states.join(", ")
    )
}
