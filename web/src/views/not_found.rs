//! An address that leads nowhere.

use yew::prelude::*;

use crate::{routes::Route, state::session::use_session};

/// What was looked for.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// In words, after “There is no”.
    pub what: AttrValue,
}

/// Says so, and leads back.
#[component]
pub fn NotFound(props: &Props) -> Html {
    let session = use_session();
    html! {
        <article class="page">
            <h1>{ "Nothing here" }</h1>
            <p>{ format!("There is no {}.", props.what) }</p>
            <p><a href={Route::Home.href(&session.situation)}>{ "Back to the start" }</a></p>
        </article>
    }
}
