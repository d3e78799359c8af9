//! On a phone one pane is shown at a time, a tap away; where there is room, all stand side by side.

use yew::prelude::*;

use crate::state::{
    cache::{Quest, key},
    session::Handle,
};

/// What can be shown: value in the address, name.
const PANES: [(&str, &str); 5] = [
    ("program", "Program"),
    ("story", "Story"),
    ("caches", "Caches"),
    ("memory", "Memory"),
    ("sums", "Sums"),
];

/// The pane in front.
pub fn chosen(session: &Handle) -> &'static str {
    let wish = session.situation.get(&key("pane"));
    let found = PANES.iter().find(|(name, _)| Some(*name) == wish);
    // A link to a challenge leads to its questions.
    let first = usize::from(Quest::of(&session.situation).is_some());
    found.unwrap_or(&PANES[first]).0
}

/// A button for each.
pub fn panes(session: &Handle) -> Html {
    let front = chosen(session);
    html! {
        <nav class="panes" aria-label="Panes">
            { for PANES.iter().map(|(name, label)| {
                let session = session.clone();
                let show = Callback::from(move |_: MouseEvent| {
                    session.choose(&key("pane"), Some((*name).to_owned()));
                });
                html! {
                    <button type="button" class="quiet" data-testid={format!("pane-{name}")}
                        aria-pressed={(*name == front).to_string()} onclick={show}>{ *label }</button>
                }
            }) }
        </nav>
    }
}
