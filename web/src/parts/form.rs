//! Forms: fields made from typed parameters, whose values stand in the address.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::state::session::Handle;

/// A choice among names.
pub struct Choice {
    /// Its key in the address.
    pub key: String,
    /// Its name in test hooks.
    pub hook: String,
    /// What it sets.
    pub label: String,
    /// What there is to choose from: value in the address, name.
    pub options: Vec<(String, String)>,
    /// The value chosen.
    pub chosen: String,
}

/// The choice.
pub fn choice(session: &Handle, choice: Choice) -> Html {
    let Choice {
        key,
        hook,
        label,
        options,
        chosen,
    } = choice;
    let id = key.replace('.', "-");
    let session = session.clone();
    let onchange = Callback::from(move |event: Event| {
        let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
        session.choose(&key, Some(chosen));
    });
    html! {
        <div class="control">
            <label for={id.clone()}>{ label }</label>
            <select {id} data-testid={hook} {onchange}>
                { for options.into_iter().map(|(value, name)| {
                    let selected = value == chosen;
                    html! { <option {value} {selected}>{ name }</option> }
                }) }
            </select>
        </div>
    }
}
