//! What the access that is shown did: in sentences, with its address in bits, and for who listens.

use lab_core::trace::program::PlacedArray;
use yew::prelude::*;

use super::{caches, words};
use crate::simulation::jobs::record::Moment;

/// The story of an access, in a space that is the same for each of them: nothing moves while one steps.
pub fn story(moment: &Moment, arrays: &[PlacedArray]) -> Html {
    let (word, class) = words::outcome(&moment.step);
    let access = words::access(&moment.step.access, arrays);
    let sentences = words::story(&moment.step, arrays);
    let heard = format!(
        "Access {}, {word}. {access}. {}",
        moment.step.index + 1,
        sentences.first().map_or("", String::as_str)
    );
    // Words of another access are other words, not the same ones in another place.
    let key = |part: &str| format!("{part} {} {access}", moment.step.index);
    let position: Vec<String> = moment
        .position
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    html! {
        <section class="explanation" aria-label="What happened" data-testid="explanation"
            data-step={moment.step.index.to_string()}>
            <p class="what" key={key("what")}>
                <span class={classes!("badge", class)} data-testid="outcome">{ word }</span>
                <strong>{ format!("{access}.") }</strong>
                if !position.is_empty() { <span class="loops">{ position.join(", ") }</span> }
            </p>
            <ol class="story" tabindex="0" key="story" aria-label="What the caches did">
                { for sentences.into_iter().enumerate().map(|(at, line)| {
                    html! { <li key={key(&at.to_string())}>{ line }</li> }
                }) }
            </ol>
            <div key={key("address")}>{ caches::address(&moment.step) }</div>
            <p key="heard" class="visually-hidden" role="status" data-testid="heard">{ heard }</p>
        </section>
    }
}
