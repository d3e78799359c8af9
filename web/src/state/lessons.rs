//! What lessons consist of: fetched when one is opened, and kept while the page is open.

use std::{cell::RefCell, collections::BTreeMap};

use lab_lessons::Block;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::api;

/// What is known of a lesson's text.
#[derive(Clone, Debug, PartialEq)]
pub enum Text {
    /// It was asked for.
    Coming,
    /// It is there.
    Here(&'static [Block]),
    /// It did not come, for this reason, a sentence.
    Failed(String),
}

thread_local! {
    static KEPT: RefCell<BTreeMap<&'static str, &'static [Block]>> = RefCell::default();
}

fn kept(id: &'static str) -> Option<&'static [Block]> {
    KEPT.with_borrow(|kept| kept.get(id).copied())
}

/// The text of the lesson with that id, and what asks for it again.
#[hook]
pub fn use_text(id: &'static str) -> (Text, Callback<MouseEvent>) {
    let attempt = use_state_eq(|| 0_u32);
    let text = use_state_eq(|| kept(id).map_or(Text::Coming, Text::Here));
    {
        let text = text.clone();
        use_effect_with((id, *attempt), move |(id, _)| {
            let id = *id;
            if kept(id).is_some() {
                return;
            }
            text.set(Text::Coming);
            spawn_local(async move {
                text.set(match api::lesson(id).await {
                    Ok(blocks) => {
                        KEPT.with_borrow_mut(|kept| kept.insert(id, blocks));
                        Text::Here(blocks)
                    }
                    Err(why) => Text::Failed(why),
                });
            });
        });
    }
    let again = Callback::from(move |_| attempt.set(*attempt + 1));
    ((*text).clone(), again)
}
