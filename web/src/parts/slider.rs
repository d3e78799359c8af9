//! A labelled slider with its value in words, and what a simulation took.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    simulation::{Job, Known},
    state::setup::Slider,
};

/// A slider as it stands.
pub struct Knob {
    /// Its id on the page.
    pub id: String,
    /// Its name in test hooks.
    pub name: String,
    /// What it sets.
    pub label: String,
    /// Its value in words.
    pub words: String,
    /// Its value.
    pub value: f64,
    /// Its positions.
    pub slider: Slider,
    /// Called with a new value.
    pub set: Callback<f64>,
}

/// The slider.
pub fn slider(knob: Knob) -> Html {
    let Knob {
        id,
        name,
        label,
        words,
        value,
        slider,
        set,
    } = knob;
    let oninput = Callback::from(move |event: InputEvent| {
        let input: HtmlInputElement = event.target_unchecked_into();
        if let Ok(position) = input.value().parse() {
            set.emit(slider.value(position));
        }
    });
    html! {
        <div class="control">
            <label for={id.clone()}>{ label }</label>
            <output for={id.clone()}>{ words.clone() }</output>
            <input type="range" {id} data-testid={format!("control-{name}")} min="0"
                max={slider.last.to_string()} step="1"
                value={slider.position(value).to_string()} aria-valuetext={words} {oninput} />
        </div>
    }
}

/// What the simulation took, that it runs, or why it does not.
pub fn status<J: Job>(simulated: &Known<J>) -> Html {
    let effort = simulated.effort.unwrap_or_default();
    let far = simulated
        .progress
        .filter(|_| simulated.running)
        .map_or_else(String::new, |share| {
            format!(" {:.0} %", (share * 100.0).floor())
        });
    html! {
        <p class="status" data-testid="simulation-status" data-run={simulated.completed.to_string()}
            data-milliseconds={format!("{:.1}", effort.milliseconds)}
            data-running={simulated.running.to_string()}>
            if simulated.failed {
                <span role="alert">{ "The simulator did not start in this browser: reload the page, \
                    or open it from a web server." }</span>
            } else if let Some(why) = &simulated.stopped {
                <span role="alert">{ why }</span>
            } else if simulated.completed == 0 {
                { format!("simulating …{far}") }
            } else {
                { format!(
                    "simulated {} accesses in {:.0} ms{}{far}",
                    grouped(effort.accesses),
                    effort.milliseconds,
                    if simulated.running { ", simulating again …" } else { "" }
                ) }
            }
        </p>
    }
}

/// A count with thin gaps between thousands.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}
