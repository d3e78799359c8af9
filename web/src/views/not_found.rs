//! An address that leads nowhere.

use lab_core::views::View;
use yew::prelude::*;

use crate::{routes::Route, state::session::Handle};

/// Says that there is no such thing, and leads back.
pub fn not_found(session: &Handle, what: &str) -> Html {
    html! {
        <article class="page">
            <h1>{ "Nothing here" }</h1>
            <p>{ format!("There is no {}.", what) }</p>
            <p><a href={Route::View(View::Home).href(&session.situation)}>{ "Back to the start" }</a></p>
        </article>
    }
}
