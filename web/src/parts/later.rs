//! What is drawn by a part of the program that may still have to be fetched.

use std::{future::Future, pin::Pin};

use wasm_bindgen_futures::spawn_local;
use wasm_split_helpers::SplitLoaderError;
use yew::prelude::*;

/// What draws something of a `P`, once it is there. A part is entered by functions with `#[wasm_split]`
/// that give one; the packer cuts there.
pub type Fetched<P> = Result<fn(&P) -> Html, SplitLoaderError>;

type Fetch<P> = fn() -> Pin<Box<dyn Future<Output = Fetched<P>>>>;

/// Draws `of` by what `fetch` brings, which `name` alone tells from others at the same place.
pub fn later<P: PartialEq + 'static>(name: &'static str, fetch: Fetch<P>, of: P) -> Html {
    html! { <Later<P> key={name} {fetch} {of} /> }
}

#[derive(Properties)]
struct Props<P: PartialEq> {
    fetch: Fetch<P>,
    of: P,
}

impl<P: PartialEq> PartialEq for Props<P> {
    fn eq(&self, other: &Self) -> bool {
        // What is fetched changes with the key only.
        self.of == other.of
    }
}

#[component]
fn Later<P: PartialEq + 'static>(props: &Props<P>) -> Html {
    let fetched = use_state(|| None::<Fetched<P>>);
    let attempt = use_state(|| 0);
    {
        let (fetched, fetch) = (fetched.setter(), props.fetch);
        use_effect_with(*attempt, move |_| {
            spawn_local(async move { fetched.set(Some(fetch().await)) });
        });
    }
    let again = Callback::from(move |_| attempt.set(*attempt + 1));
    match &*fetched {
        None => html! { <p class="fetching" role="status">{ "Loading …" }</p> },
        Some(Ok(draw)) => draw(&props.of),
        Some(Err(_)) => html! {
            <p role="alert">
                { "What stands here could not be fetched. Is there a network? What you have open is kept. " }
                <button type="button" class="quiet" onclick={again}>{ "Try again" }</button>
            </p>
        },
    }
}
