//! Accesses by hand: what would a load or a store of this element do now?

use std::rc::Rc;

use lab_core::trace::{Access, Kind, program::PlacedArray};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::words;
use crate::state::{
    cache::{MOST_BY_HAND, by_hand, with_hand},
    session::{Action, use_session},
};

/// What can be accessed.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The access of the run after which it is done.
    pub at: u64,
    /// The arrays, for names.
    pub arrays: Rc<[PlacedArray]>,
    /// The element pointed at in a picture.
    pub picked: Option<AttrValue>,
}

/// A field for an element, and what is to be done with it.
#[component]
pub fn Hand(props: &Props) -> Html {
    let session = use_session();
    let name = use_state_eq(|| AttrValue::from(""));
    let refused = use_state_eq(|| None::<String>);
    {
        let (name, refused) = (name.setter(), refused.setter());
        use_effect_with(props.picked.clone(), move |picked| {
            if let Some(picked) = picked {
                name.set(picked.clone());
                refused.set(None);
            }
        });
    }
    let made = by_hand(&session.situation, props.at);
    let at = props.at;
    let make = |kind: Kind| {
        let (session, refused, made) = (session.clone(), refused.setter(), made.clone());
        let (arrays, name) = (props.arrays.clone(), name.clone());
        Callback::from(move |_: MouseEvent| match words::find(&arrays, &name) {
            Ok((address, bytes)) => {
                refused.set(None);
                let more = [Access::new(kind, address, bytes)];
                let all: Vec<Access> = made.iter().copied().chain(more).collect();
                session.dispatch(Action::Situation(with_hand(&session.situation, at, &all)));
            }
            Err(why) => refused.set(Some(why)),
        })
    };
    let leave = |keep: usize| {
        let (session, kept) = (session.clone(), made[..keep].to_vec());
        Callback::from(move |_: MouseEvent| {
            session.dispatch(Action::Situation(with_hand(&session.situation, at, &kept)));
        })
    };
    let typed = {
        let name = name.setter();
        Callback::from(move |event: InputEvent| {
            let value = event.target_unchecked_into::<HtmlInputElement>().value();
            name.set(value.into());
        })
    };
    let full = made.len() >= MOST_BY_HAND;
    let count = made.len();
    html! {
        <div class="hand" role="group" aria-label="An access by hand">
            <label for="by-hand">{ "By hand" }</label>
            <input id="by-hand" type="text" autocomplete="off" spellcheck="false" value={(*name).clone()}
                placeholder="an element, or click one" oninput={typed} data-testid="by-hand"
                aria-invalid={refused.as_ref().map(|_| "true")} />
            <button type="button" class="quiet" data-testid="hand-load" disabled={full} onclick={make(Kind::Load)}>{ "Load" }</button>
            <button type="button" class="quiet" data-testid="hand-store" disabled={full} onclick={make(Kind::Store)}>{ "Store" }</button>
            if count > 0 {
                <button type="button" class="quiet" data-testid="hand-undo" onclick={leave(count - 1)}>{ "Take back" }</button>
                <button type="button" class="quiet" data-testid="hand-end" onclick={leave(0)}>{ "Back to the run" }</button>
                <p class="hint" role="status" data-testid="hand-count">{ format!(
                    "{count} by hand after access {}. The run itself stays as it is.", at + 1
                ) }</p>
            }
            if let Some(why) = &*refused { <p class="problem" role="alert">{ why }</p> }
        </div>
    }
}
